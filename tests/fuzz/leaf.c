#include "fuzz.h"
#include "model/leaf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct err e = ERR_INIT;
	struct leaf leaf;
	int rc = leaf_parse((const char *)data, size, &leaf, &e);
	if (rc)
		fuzz_refused(rc, &e);
	else {
		fuzz_demand(leaf_print(&leaf, &out, &e) == ERR_OK, "what was parsed can be printed");
		fuzz_same(&out, data, size);
	}
	leaf_release(&leaf);
	return 0;
}
