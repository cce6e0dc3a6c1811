#include "fuzz.h"
#include "model/tlog_checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct tlog_checkpoint_request q;
	int rc = tlog_checkpoint_request_parse((const char *)data, size, &q, &e);
	if (rc) {
		fuzz_refused(rc, &e);
		return 0;
	}
	BUF_CLEANUP struct buf out = BUF_INIT;
	tlog_checkpoint_request_print(&q, &out);
	fuzz_same(&out, data, size);
	return 0;
}
