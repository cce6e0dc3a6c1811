#include "base/hash.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PREFIX "sha256:"
#define PREFIX_LEN (sizeof PREFIX - 1)

struct hash_ctx {
	EVP_MD_CTX *md;
};

static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_MD *known[3];

/* Once, and kept: EVP_sha256() would look the algorithm up anew for each digest. */
static void fetch(void)
{
	known[HASH_SHA1] = EVP_MD_fetch(NULL, "SHA1", NULL);
	known[HASH_SHA256] = EVP_MD_fetch(NULL, "SHA256", NULL);
	known[HASH_SHA512] = EVP_MD_fetch(NULL, "SHA512", NULL);
}

static EVP_MD_CTX *start_with(enum hash_algo algo)
{
	pthread_once(&fetched, fetch);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	/* No digest can be made up: without libcrypto there is nothing left to do right. */
	if (!known[algo] || !md || EVP_DigestInit_ex2(md, known[algo], NULL) != 1)
		abort();
	return md;
}

static EVP_MD_CTX *start(void)
{
	return start_with(HASH_SHA256);
}

static void update(EVP_MD_CTX *md, const void *bytes, size_t len)
{
	if (len && EVP_DigestUpdate(md, bytes, len) != 1)
		abort();
}

static struct hash finish(EVP_MD_CTX *md)
{
	struct hash h;
	if (EVP_DigestFinal_ex(md, h.b, NULL) != 1)
		abort();
	EVP_MD_CTX_free(md);
	return h;
}

struct hash hash_of(const void *bytes, size_t len)
{
	EVP_MD_CTX *md = start();
	update(md, bytes, len);
	return finish(md);
}

struct hash hash_of2(uint8_t first, const void *bytes, size_t len)
{
	EVP_MD_CTX *md = start();
	update(md, &first, 1);
	update(md, bytes, len);
	return finish(md);
}

size_t hash_spans(enum hash_algo algo, const struct hash_span *spans, size_t count, uint8_t *out)
{
	EVP_MD_CTX *md = start_with(algo);
	unsigned len = 0;
	for (size_t i = 0; i < count; i++)
		update(md, spans[i].at, spans[i].len);
	if (EVP_DigestFinal_ex(md, out, &len) != 1)
		abort();
	EVP_MD_CTX_free(md);
	return len;
}

struct hash_ctx *hash_new(void)
{
	struct hash_ctx *c = mem_alloc(sizeof *c);
	c->md = start();
	return c;
}

void hash_add(struct hash_ctx *c, const void *bytes, size_t len)
{
	update(c->md, bytes, len);
}

struct hash hash_finish(struct hash_ctx *c)
{
	struct hash h = finish(c->md);
	free(c);
	return h;
}

bool hash_is_equal(const struct hash *a, const struct hash *b)
{
	return memcmp(a->b, b->b, HASH_LEN) == 0;
}

void hash_print(const struct hash *h, char out[HASH_TEXT_LEN + 1])
{
	memcpy(out, PREFIX, PREFIX_LEN);
	hash_hex_encode(h->b, HASH_LEN, out + PREFIX_LEN);
}

void hash_print_hex(const struct hash *h, char out[65])
{
	hash_hex_encode(h->b, HASH_LEN, out);
}

bool hash_parse(const char *text, size_t len, struct hash *out)
{
	struct hash h;
	if (len != HASH_TEXT_LEN || memcmp(text, PREFIX, PREFIX_LEN) != 0)
		return false;
	if (!hash_hex_decode(text + PREFIX_LEN, len - PREFIX_LEN, h.b, HASH_LEN))
		return false;
	*out = h;
	return true;
}

/* Plus one; 0 = no lower-case hex digit. */
static const uint8_t nibbles[256] = {
	['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ['a'] = 11, 12, 13, 14, 15, 16,
};

bool hash_hex_decode(const char *hex, size_t len, uint8_t *out, size_t outlen)
{
	const uint8_t *at = (const uint8_t *)hex;
	if (len % 2 || len / 2 != outlen)
		return false;
	for (size_t i = 0; i < outlen; i++) {
		unsigned high = nibbles[at[2 * i]], low = nibbles[at[2 * i + 1]];
		if (!high || !low)
			return false;
		out[i] = (uint8_t)((high - 1) << 4 | (low - 1));
	}
	return true;
}

void hash_hex_encode(const void *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *b = bytes;
	for (size_t i = 0; i < len; i++) {
		*out++ = digits[b[i] >> 4];
		*out++ = digits[b[i] & 15];
	}
	*out = '\0';
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t hash_base64_encoded_len(size_t len)
{
	return len / 3 * 4 + (len % 3 ? 4 : 0);
}

void hash_base64_encode(const void *bytes, size_t len, char *out)
{
	const uint8_t *b = bytes;
	for (; len > 0; b += 3, len -= len < 3 ? len : 3) {
		uint32_t group = (uint32_t)b[0] << 16;
		if (len > 1)
			group |= (uint32_t)b[1] << 8;
		if (len > 2)
			group |= b[2];
		*out++ = base64_digits[group >> 18];
		*out++ = base64_digits[group >> 12 & 63];
		*out++ = len > 1 ? base64_digits[group >> 6 & 63] : '=';
		*out++ = len > 2 ? base64_digits[group & 63] : '=';
		if (len < 3)
			break;
	}
	*out = '\0';
}

static int get_sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* One group of four, of which `digits` (2 to 4) are no padding; the bits that no byte takes have to be 0. */
static bool decode_group(const char *text, size_t digits, uint8_t *out)
{
	uint32_t group = 0;
	for (size_t i = 0; i < 4; i++) {
		int v = i < digits ? get_sextet(text[i]) : 0;
		if (v < 0)
			return false;
		group = group << 6 | (uint32_t)v;
	}
	if (group & ((uint32_t)0xffffff >> 8 * (digits - 1)))
		return false;
	for (size_t i = 0; i + 1 < digits; i++)
		out[i] = (uint8_t)(group >> (16 - 8 * i));
	return true;
}

bool hash_base64_decode(const char *text, size_t len, uint8_t *out, size_t *out_len)
{
	size_t n = 0;
	if (len % 4)
		return false;
	for (size_t at = 0; at < len; at += 4) {
		size_t digits = 4;
		if (at + 4 == len && text[at + 3] == '=')
			digits = text[at + 2] == '=' ? 2 : 3;
		if (!decode_group(text + at, digits, out + n))
			return false;
		n += digits - 1;
	}
	*out_len = n;
	return true;
}
