#include "fuzz.h"
#include "model/tlog_proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct tlog_proof p;
	int rc = tlog_proof_parse((const char *)data, size, &p, &e);
	if (rc) {
		fuzz_refused(rc, &e);
		return 0;
	}
	BUF_CLEANUP struct buf out = BUF_INIT;
	tlog_proof_print(&p, &out);
	fuzz_same(&out, data, size);
	tlog_proof_release(&p);
	return 0;
}
