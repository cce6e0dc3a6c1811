#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/pgpsig.h"
#include "base/hash.h"

#define KEY_MAX ((size_t)1 << 20)
#define ARMOR_FIRST "-----BEGIN PGP PUBLIC KEY BLOCK-----"
#define ARMOR_LAST "-----END PGP PUBLIC KEY BLOCK-----"
#define TAG_SECRET_KEY 5
#define TAG_PUBLIC_KEY 6
#define TAG_SECRET_SUBKEY 7
#define TAG_PUBLIC_SUBKEY 14
#define CREATION_LEN 4
#define PUBLIC_LEN 32

struct packets {
	const uint8_t *at;
	size_t left;
};

struct packet {
	unsigned tag;
	const uint8_t *body;
	size_t len;
};

static bool take_big(struct packets *p, size_t count, size_t *out)
{
	size_t v = 0;
	if (p->left < count)
		return false;
	for (size_t i = 0; i < count; i++)
		v = v << 8 | p->at[i];
	p->at += count;
	p->left -= count;
	*out = v;
	return true;
}

/* RFC 4880, section 4.2.2: one, two or five bytes; the partial lengths are not for keys. */
static bool take_new_length(struct packets *p, size_t *out)
{
	size_t first, second;
	if (!take_big(p, 1, &first))
		return false;
	if (first < 192) {
		*out = first;
		return true;
	}
	if (first < 224) {
		if (!take_big(p, 1, &second))
			return false;
		*out = ((first - 192) << 8) + second + 192;
		return true;
	}
	return first == 255 && take_big(p, 4, out);
}

static bool take_packet(struct packets *p, struct packet *out)
{
	size_t ctb, len;
	if (!take_big(p, 1, &ctb) || !(ctb & 0x80))
		return false;
	bool is_new = ctb & 0x40;
	if (!is_new && (ctb & 3) == 3) /* indeterminate length */
		return false;
	if (!(is_new ? take_new_length(p, &len) : take_big(p, (size_t)1 << (ctb & 3), &len)) || len > p->left)
		return false;
	*out = (struct packet){ is_new ? ctb & 0x3f : ctb >> 2 & 0x0f, p->at, len };
	p->at += len;
	p->left -= len;
	return true;
}

static void get_fpr(const struct packet *k, char out[LEAF_FPR_LEN + 1])
{
	static const char digits[] = "0123456789ABCDEF";
	uint8_t fpr[LEAF_FPR_LEN / 2];
	const uint8_t head[] = { 0x99, (uint8_t)(k->len >> 8), (uint8_t)k->len };
	hash_spans(HASH_SHA1, (const struct hash_span[]){ { head, sizeof head }, { k->body, k->len } }, 2, fpr);
	for (size_t i = 0; i < sizeof fpr; i++) {
		out[2 * i] = digits[fpr[i] >> 4];
		out[2 * i + 1] = digits[fpr[i] & 15];
	}
	out[LEAF_FPR_LEN] = '\0';
}

/* Algorithm 22, the curve's OID with its length, an MPI of 263 bits that begins with 0x40. */
static bool get_ed25519(const struct packet *k, uint8_t out[PUBLIC_LEN])
{
	static const uint8_t middle[] = { 22, 9, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01, 0x01, 0x07, 0x40 };
	size_t before = 1 + CREATION_LEN;
	if (k->len != before + sizeof middle + PUBLIC_LEN || memcmp(k->body + before, middle, sizeof middle) != 0)
		return false;
	memcpy(out, k->body + before + sizeof middle, PUBLIC_LEN);
	return true;
}

/* To the end, so that nothing malformed or secret stands behind the key that is looked for. */
static int search(struct packets p, const char *fpr, uint8_t out_public[PUBLIC_LEN], struct err *e)
{
	struct packet k, found = { .body = NULL };
	char name[LEAF_FPR_LEN + 1];
	while (p.left) {
		if (!take_packet(&p, &k))
			return err_set(e, ERR_KEY, "key: malformed OpenPGP packets");
		if (k.tag == TAG_SECRET_KEY || k.tag == TAG_SECRET_SUBKEY)
			return err_set(e, ERR_KEY, "key: a secret key, where a public one is wanted");
		if ((k.tag != TAG_PUBLIC_KEY && k.tag != TAG_PUBLIC_SUBKEY) || !k.len || k.len > UINT16_MAX || k.body[0] != 4)
			continue;
		get_fpr(&k, name);
		if (strcmp(name, fpr) == 0)
			found = k;
	}
	if (!found.body)
		return err_set(e, ERR_KEY, "key %s: not in the exported key", fpr);
	return get_ed25519(&found, out_public) ? ERR_OK : err_set(e, ERR_KEY, "key %s: not an Ed25519 signing key", fpr);
}

static const char *skip_line(const char *s, const char *end)
{
	const char *lf = memchr(s, '\n', (size_t)(end - s));
	return lf ? lf + 1 : end;
}

/* Base64 between the empty line after the headers and the CRC or the end; white space is left out. */
static bool decode_armor(const char *key, size_t len, uint8_t *out, size_t *out_len)
{
	MEM_CLEANUP char *text = mem_alloc(len + 1);
	const char *end = memmem(key, len, ARMOR_LAST, strlen(ARMOR_LAST));
	const char *s = skip_line(key, key + len);
	size_t n = 0;
	if (!end)
		return false;
	while (s < end && *s != '\n' && *s != '\r')
		s = skip_line(s, end);
	for (bool is_start = false; s < end && !(is_start && *s == '='); s++) {
		is_start = *s == '\n';
		if (!memchr(" \t\r\n", *s, 4))
			text[n++] = *s;
	}
	return hash_base64_decode(text, n, out, out_len);
}

int pgpsig_find_key(const char *key, size_t len, const char *fpr, uint8_t out_public[PUBLIC_LEN], struct err *e)
{
	MEM_CLEANUP uint8_t *bytes = NULL;
	struct packets p = { (const uint8_t *)key, len };
	if (len > KEY_MAX)
		return err_set(e, ERR_KEY, "key: over %zu bytes", KEY_MAX);
	if (len >= strlen(ARMOR_FIRST) && memcmp(key, ARMOR_FIRST, strlen(ARMOR_FIRST)) == 0) {
		bytes = mem_alloc(len);
		if (!decode_armor(key, len, bytes, &p.left))
			return err_set(e, ERR_KEY, "key: malformed PGP armor");
		p.at = bytes;
	}
	return search(p, fpr, out_public, e);
}
