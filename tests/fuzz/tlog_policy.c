#include "fuzz.h"
#include "model/tlog_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct tlog_policy *p;
	int rc = tlog_policy_parse((const char *)data, size, &p, &e);
	if (rc)
		fuzz_refused(rc, &e);
	else
		tlog_policy_free(p);
	return 0;
}
