/*
 * Inside pgpsig: the two digests of OpenPGP that base/hash does not make (FIPS 180-4), over bytes that lie in several
 * places. SHA-1 names keys (version 4 fingerprints) and vouches for nothing.
 */
#ifndef MODEL_PGPSIG_SHA_H
#define MODEL_PGPSIG_SHA_H

#include <stddef.h>
#include <stdint.h>

#define PGPSIG_SHA1_LEN 20
#define PGPSIG_SHA512_LEN 64

struct pgpsig_span {
	const void *bytes;
	size_t len;
};

void pgpsig_sha1(const struct pgpsig_span *spans, size_t count, uint8_t out[PGPSIG_SHA1_LEN]);
void pgpsig_sha512(const struct pgpsig_span *spans, size_t count, uint8_t out[PGPSIG_SHA512_LEN]);

#endif
