#include "fuzz.h"
#include "model/pgpsig.h"

/* The first 40 bytes are the fingerprint that is looked for, the others the key. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char fpr[LEAF_FPR_LEN + 1] = "";
	uint8_t found[32];
	struct err e = ERR_INIT;
	if (size < LEAF_FPR_LEN || !leaf_is_fpr((const char *)data, LEAF_FPR_LEN))
		return 0;
	memcpy(fpr, data, LEAF_FPR_LEN);
	int rc = pgpsig_find_key((const char *)data + LEAF_FPR_LEN, size - LEAF_FPR_LEN, fpr, found, &e);
	if (rc)
		fuzz_refused(rc, &e);
	return 0;
}
