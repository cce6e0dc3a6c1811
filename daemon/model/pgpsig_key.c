#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/pgpsig.h"
#include "base/hash.h"

#define KEY_MAX ((size_t)1 << 20)
#define ARMOR_FIRST "-----BEGIN PGP PUBLIC KEY BLOCK-----"
#define ARMOR_LAST "-----END PGP PUBLIC KEY BLOCK-----"
#define TAG_SIGNATURE 2
#define TAG_SECRET_KEY 5
#define TAG_PUBLIC_KEY 6
#define TAG_SECRET_SUBKEY 7
#define TAG_USER_ID 13
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

/* s: behind the base64. */
static bool is_crc(const char *s, const char *end, const uint8_t *bytes, size_t len)
{
	char crc[PGPSIG_CRC_LEN + 1];
	pgpsig_crc(bytes, len, crc);
	if (s == end)
		return true;
	if (end - s < 1 + PGPSIG_CRC_LEN || memcmp(s + 1, crc, PGPSIG_CRC_LEN) != 0)
		return false;
	for (s += 1 + PGPSIG_CRC_LEN; s < end; s++)
		if (!memchr(" \t\r\n", *s, 4))
			return false;
	return true;
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
	return hash_base64_decode(text, n, out, out_len) && is_crc(s, end, out, *out_len);
}

/* out_bytes, to be freed, holds what an armor holds. */
static int open_key(const char *key, size_t len, struct packets *out, uint8_t **out_bytes, struct err *e)
{
	*out = (struct packets){ (const uint8_t *)key, len };
	if (len > KEY_MAX)
		return err_set(e, ERR_KEY, "key: over %zu bytes", KEY_MAX);
	if (len >= strlen(ARMOR_FIRST) && memcmp(key, ARMOR_FIRST, strlen(ARMOR_FIRST)) == 0) {
		*out_bytes = mem_alloc(len);
		if (!decode_armor(key, len, *out_bytes, &out->left))
			return err_set(e, ERR_KEY, "key: malformed PGP armor");
		out->at = *out_bytes;
	}
	return ERR_OK;
}

int pgpsig_find_key(const char *key, size_t len, const char *fpr, uint8_t out_public[PUBLIC_LEN], struct err *e)
{
	MEM_CLEANUP uint8_t *bytes = NULL;
	struct packets p;
	int rc = open_key(key, len, &p, &bytes, e);
	return rc ? rc : search(p, fpr, out_public, e);
}

/* One primary key, first, and one user id. */
static int check_packets(struct packets p, const char *uid, struct err *e)
{
	struct packet k;
	size_t keys = 0, uids = 0;
	for (size_t i = 0; p.left && take_packet(&p, &k); i++) {
		bool is_primary = k.tag == TAG_PUBLIC_KEY, is_uid = k.tag == TAG_USER_ID;
		bool is_other = k.tag == TAG_SIGNATURE || k.tag == TAG_PUBLIC_SUBKEY;
		keys += is_primary;
		uids += is_uid;
		if (keys != 1 || is_primary != (i == 0))
			return err_set(e, ERR_KEY, "key: not one OpenPGP key alone");
		if (uids > 1 || (is_uid && (k.len != strlen(uid) || memcmp(k.body, uid, k.len) != 0)))
			return err_set(e, ERR_KEY, "key: its only user id has to be the origin");
		if (!is_primary && !is_uid && !is_other)
			return err_set(e, ERR_KEY, "key: holds more than keys, a user id and their signatures");
	}
	return uids ? ERR_OK : err_set(e, ERR_KEY, "key: its only user id has to be the origin");
}

static bool is_one_armor(const char *key, size_t len)
{
	const char *last = memmem(key, len, ARMOR_LAST, strlen(ARMOR_LAST));
	size_t rest = last ? len - (size_t)(last - key) - strlen(ARMOR_LAST) : 0;
	return last && len >= strlen(ARMOR_FIRST) && memcmp(key, ARMOR_FIRST, strlen(ARMOR_FIRST)) == 0 && rest <= 1 &&
	       (!rest || key[len - 1] == '\n');
}

int pgpsig_check_key(const char *armor, size_t len, const char *fpr, const char *uid, struct err *e)
{
	MEM_CLEANUP uint8_t *bytes = NULL;
	uint8_t public_key[PUBLIC_LEN];
	struct packets p;
	if (!is_one_armor(armor, len))
		return err_set(e, ERR_KEY, "key: not one PGP armor alone");
	int rc = open_key(armor, len, &p, &bytes, e);
	if (!rc)
		rc = search(p, fpr, public_key, e);
	return rc ? rc : check_packets(p, uid, e);
}
