/*
 * OpenPGP bytes that daicho itself makes and accepts (RFC 4880 with EdDSA of RFC 9580's legacy form): one version 4
 * signature over binary data (type 0x00), EdDSA on Ed25519 (algorithm 22), SHA-256 (daicho makes it) or SHA-512 (gpg
 * does), in the form that gpg gives it: packet header 0x88 and one byte of length, hashed subpackets exactly issuer
 * fingerprint (33) and creation time (2) in this order, unhashed exactly issuer key id (16); one armor block without
 * headers with its CRC. And the public key of an Ed25519 (sub)key found in an exported OpenPGP key.
 */
#ifndef MODEL_PGPSIG_H
#define MODEL_PGPSIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "model/leaf.h"

#define PGPSIG_ARMOR_MAX 2048
#define PGPSIG_DIGEST_MAX 64
#define PGPSIG_CRC_LEN 4

enum pgpsig_digest { PGPSIG_SHA256 = 8, PGPSIG_SHA512 = 10 };   /* OpenPGP numbers */

struct pgpsig {
	char fpr[LEAF_FPR_LEN + 1];    /* of the key that made it (a subkey) */
	int64_t time;
	enum pgpsig_digest algo;
	uint8_t left[2];               /* left 16 bits of the digest */
	uint8_t r[32], s[32];          /* big-endian MPIs padded to 32 bytes: the two halves of the EdDSA signature */
};

/* Digest that the EdDSA signature is over: data || hashed part || trailer. Returns its length (32 or 64). */
size_t pgpsig_digest(const struct pgpsig *sig, const void *data, size_t len, uint8_t out[PGPSIG_DIGEST_MAX]);

/* CRC-24 of what an armor holds, as its line after "=" has it. */
void pgpsig_crc(const uint8_t *bytes, size_t len, char out[PGPSIG_CRC_LEN + 1]);

int pgpsig_print(const struct pgpsig *sig, struct buf *out_armor, struct err *e);
/* Strict: printing gives the same bytes. */
int pgpsig_parse(const char *armor, size_t len, struct pgpsig *out, struct err *e);

/* The packet alone, without armor: as a person's detached signature stands in a note. As strict. */
int pgpsig_parse_packet(const uint8_t *bytes, size_t len, struct pgpsig *out, struct err *e);

/* Signs data: fills left, r and s by asking `sign` for an EdDSA signature over the digest, and prints the armor. */
typedef int pgpsig_sign_fn(void *ctx, const uint8_t *digest, size_t len, uint8_t out_r[32], uint8_t out_s[32],
                           struct err *e);
int pgpsig_make(const char *fpr, int64_t time, const void *data, size_t len, pgpsig_sign_fn *sign, void *ctx,
                struct buf *out_armor, struct err *e);

/* Finds the (sub)key with this fingerprint in an exported binary or armored OpenPGP key; ERR_KEY if it is not there or
 * is not Ed25519, if a secret key stands in it, or if the armor has a CRC that is of something else. Does not judge
 * self-signatures: those who trust a fingerprint trust this key. */
int pgpsig_find_key(const char *key, size_t len, const char *fpr, uint8_t out_public[32], struct err *e);

/* Is that, in armor, one public key and nothing else, with the user id uid alone, in which this (sub)key is found?
 * ERR_KEY. Nor does this judge self-signatures. */
int pgpsig_check_key(const char *armor, size_t len, const char *fpr, const char *uid, struct err *e);

#endif
