#include "fuzz.h"
#include "model/pgpsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct err e = ERR_INIT;
	struct pgpsig sig;
	int rc = pgpsig_parse((const char *)data, size, &sig, &e);
	if (rc) {
		fuzz_refused(rc, &e);
		return 0;
	}
	fuzz_demand(pgpsig_print(&sig, &out, &e) == ERR_OK, "what was parsed can be printed");
	fuzz_same(&out, data, size);
	return 0;
}
