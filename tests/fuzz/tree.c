#include "fuzz.h"
#include "model/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct tree tree;
	int rc = tree_parse(data, size, &tree, &e);
	if (rc) {
		fuzz_refused(rc, &e);
		return 0;
	}
	BUF_CLEANUP struct buf out = BUF_INIT;
	tree_print(&tree, &out);
	fuzz_same(&out, data, size);
	tree_release(&tree);
	return 0;
}
