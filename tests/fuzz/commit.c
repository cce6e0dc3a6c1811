#include "fuzz.h"
#include "model/commit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT, out = BUF_INIT;
	struct err e = ERR_INIT;
	struct commit c;
	int rc = commit_parse((const char *)data, size, &c, &payload, &armor, &e);
	if (!rc) {
		fuzz_demand(commit_sign(payload.ptr, payload.len, buf_str(&armor), &out, &e) == ERR_OK,
		            "payload and signature make a commit");
		fuzz_same(&out, data, size);
		return 0;
	}
	fuzz_refused(rc, &e);
	e = (struct err)ERR_INIT;
	if (rc == ERR_KEY && !commit_parse_payload((const char *)data, size, &c, &e)) {
		commit_print_payload(&c, &out);
		fuzz_same(&out, data, size);
	}
	return 0;
}
