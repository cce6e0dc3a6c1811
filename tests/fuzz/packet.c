#include "fuzz.h"
#include "base/hash.h"
#include "model/pgpsig.h"

/* A packet that is taken is the one inside of its own armor. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct err e = ERR_INIT;
	struct pgpsig sig, again;
	uint8_t digest[PGPSIG_DIGEST_MAX];
	int rc = pgpsig_parse_packet(data, size, &sig, &e);
	if (rc) {
		fuzz_refused(rc, &e);
		return 0;
	}
	fuzz_demand(pgpsig_print(&sig, &out, &e) == ERR_OK && pgpsig_parse(out.ptr, out.len, &again, &e) == ERR_OK,
	            "what was parsed can be printed and parsed");
	fuzz_demand(sig.time == again.time && memcmp(sig.fpr, again.fpr, sizeof sig.fpr) == 0 &&
	            memcmp(sig.r, again.r, 32) == 0 && memcmp(sig.s, again.s, 32) == 0, "it is the same signature");
	fuzz_demand(pgpsig_digest(&sig, "x", 1, digest) >= 32, "it has a digest");
	char *line = malloc(hash_base64_encoded_len(size) + 1), *at = out.ptr + strlen("-----BEGIN PGP SIGNATURE-----\n\n");
	hash_base64_encode(data, size, line);
	for (const char *c = line; *c; c++, at++) {
		at += *at == '\n';
		fuzz_demand(*at == *c, "the armor holds these bytes");
	}
	free(line);
	return 0;
}
