#include "fuzz.h"
#include "model/tlog_note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct tlog_note_key k;
	int rc = tlog_note_key_parse((const char *)data, size, &k, &e);
	if (rc) {
		fuzz_refused(rc, &e);
		return 0;
	}
	BUF_CLEANUP struct buf out = BUF_INIT;
	tlog_note_key_print(&k, &out);
	fuzz_same(&out, data, size);
	return 0;
}
