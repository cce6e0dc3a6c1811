#include "base/file.h"
#include "foreign/tsa.h"
#include "fuzz.h"

/* Replies of an authority: what is believed is what can be read of it. */
static const struct buf *trusted(void)
{
	static struct buf ca = BUF_INIT;
	struct err e = ERR_INIT;
	if (!ca.len)
		fuzz_demand(file_read("tests/data/tsa/ca.pem", TSA_CA_MAX, &ca, &e) == ERR_OK, "the authority is there");
	return &ca;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tsa_trust trust = { trusted(), NULL, 0 };
	struct tsa_stamp said, believed;
	struct err e = ERR_INIT, why = ERR_INIT;
	int rc = tsa_read(data, size, &said, &e), judged = tsa_check(data, size, &trust, NULL, &believed, &why);
	if (rc)
		fuzz_refused(rc, &e);
	if (judged)
		fuzz_refused(judged, &why);
	else
		fuzz_demand(!rc && said.time == believed.time && hash_is_equal(&said.digest, &believed.digest) &&
		                    strcmp(said.serial, believed.serial) == 0,
		            "what is believed is what is read");
	return 0;
}
