/*
 * SHA-256 (FIPS 180-4) over libcrypto, and the text form of a digest, "sha256:<64 lower-case hex>"; and the digests
 * that the formats of others need.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_LEN 32
#define HASH_TEXT_LEN 71 /* strlen("sha256:") + 64 */

struct hash {
	uint8_t b[HASH_LEN];
};

/* Digests of other standards, over the spans one after the other: SHA-1 names git objects and OpenPGP keys, SHA-512
 * stands in OpenPGP signatures. Returns the length: 20, 32 or 64. */
enum hash_algo { HASH_SHA1, HASH_SHA256, HASH_SHA512 };
struct hash_span {
	const void *at;
	size_t len;
};
#define HASH_ALGO_LEN_MAX 64
size_t hash_spans(enum hash_algo algo, const struct hash_span *spans, size_t count, uint8_t *out);

struct hash_ctx; /* incremental SHA-256 */

struct hash hash_of(const void *bytes, size_t len);
struct hash hash_of2(uint8_t first, const void *bytes, size_t len); /* SHA-256(first byte || bytes): RFC 6962 leaf */
struct hash_ctx *hash_new(void);
void hash_add(struct hash_ctx *c, const void *bytes, size_t len);
struct hash hash_finish(struct hash_ctx *c);                        /* frees c */
bool hash_is_equal(const struct hash *a, const struct hash *b);
void hash_print(const struct hash *h, char out[HASH_TEXT_LEN + 1]); /* "sha256:..." */
void hash_print_hex(const struct hash *h, char out[65]);
bool hash_parse(const char *text, size_t len, struct hash *out);    /* exactly the printed form, nothing else */

/* lower-case hex; false if len is odd, not 2*outlen, or a character is not [0-9a-f] */
bool hash_hex_decode(const char *hex, size_t len, uint8_t *out, size_t outlen);
void hash_hex_encode(const void *bytes, size_t len, char *out /* 2*len+1 */);

/* base64, RFC 4648 section 4. Decoding is strict: no white space, padding as required, no stray bits. */
size_t hash_base64_encoded_len(size_t len);                          /* without NUL */
void hash_base64_encode(const void *bytes, size_t len, char *out);   /* adds NUL */
bool hash_base64_decode(const char *text, size_t len, uint8_t *out /* len/4*3 bytes */, size_t *out_len);

#endif
