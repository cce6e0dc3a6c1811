#include "fuzz.h"
#include "model/tlog_checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF_CLEANUP struct buf out = BUF_INIT, request = BUF_INIT;
	struct err e = ERR_INIT;
	struct tlog_checkpoint c;
	struct tlog_checkpoint_request r;
	struct tlog_note note;
	int rc = tlog_checkpoint_parse((const char *)data, size, &c, &e);
	if (rc) {
		fuzz_refused(rc, &e);
	} else {
		tlog_checkpoint_print(&c, &out);
		fuzz_demand(out.len <= size && memcmp(out.ptr, data, out.len) == 0, "its first lines are what was parsed");
		fuzz_demand(c.is_extended == (out.len < size), "other lines are told");
	}
	e = (struct err)ERR_INIT;
	tlog_checkpoint_read((const char *)data, size, &note, &c, &e);
	e = (struct err)ERR_INIT;
	if (!tlog_checkpoint_request_parse((const char *)data, size, &r, &e)) {
		tlog_checkpoint_request_print(&r, &request);
		fuzz_same(&request, data, size);
	}
	return 0;
}
