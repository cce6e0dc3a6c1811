#include "model/pgpsig.h"

#include <string.h>

#include "base/lang.h"
#include "base/mem.h"

#define FPR_BYTES 20
#define KEY_ID_BYTES 8
#define HASHED_SUBPACKETS 29      /* issuer fingerprint 2 + 1 + 20, creation time 2 + 4 */
#define HASHED_LEN (6 + HASHED_SUBPACKETS)
#define UNHASHED_SUBPACKETS (2 + KEY_ID_BYTES)
#define PACKET_MAX 255            /* the length is one byte */
#define MPI_BYTES 32
#define CTB 0x88                  /* old form, tag 2, one byte of length: as gpg writes it */
#define ALGO_EDDSA 22
#define ARMOR_FIRST "-----BEGIN PGP SIGNATURE-----\n\n"
#define ARMOR_LAST "-----END PGP SIGNATURE-----\n"
#define ARMOR_COLUMNS 64

struct bytes {
	uint8_t at[PACKET_MAX + 2];
	size_t len;
};

static void put(struct bytes *b, const void *bytes, size_t len)
{
	memcpy(b->at + b->len, bytes, len);
	b->len += len;
}

static void put_u8(struct bytes *b, unsigned v)
{
	b->at[b->len++] = (uint8_t)v;
}

static void put_u32(struct bytes *b, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		put_u8(b, v >> shift & 0xff);
}

/* Two bytes of length in bits, then the number without leading zeros. */
static void put_mpi(struct bytes *b, const uint8_t v[MPI_BYTES])
{
	size_t zeros = 0;
	while (zeros < MPI_BYTES && !v[zeros])
		zeros++;
	unsigned bits = (unsigned)(MPI_BYTES - zeros) * 8;
	for (unsigned top = zeros < MPI_BYTES ? v[zeros] : 0x80; !(top & 0x80); top <<= 1)
		bits--;
	put_u8(b, bits >> 8);
	put_u8(b, bits & 0xff);
	put(b, v + zeros, MPI_BYTES - zeros);
}

static int get_hex(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

static void decode_fpr(const char *fpr, uint8_t out[FPR_BYTES])
{
	for (size_t i = 0; i < FPR_BYTES; i++)
		out[i] = (uint8_t)(get_hex(fpr[2 * i]) << 4 | get_hex(fpr[2 * i + 1]));
}

static void encode_fpr(const uint8_t bytes[FPR_BYTES], char out[LEAF_FPR_LEN + 1])
{
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i < FPR_BYTES; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

static bool is_sayable(const struct pgpsig *sig)
{
	return leaf_is_fpr(sig->fpr, strlen(sig->fpr)) && sig->time >= 0 && sig->time <= UINT32_MAX &&
	       (sig->algo == PGPSIG_SHA256 || sig->algo == PGPSIG_SHA512);
}

static void put_hashed(const struct pgpsig *sig, struct bytes *b)
{
	uint8_t fpr[FPR_BYTES];
	decode_fpr(sig->fpr, fpr);
	put(b, (const uint8_t[]){ 4, 0x00, ALGO_EDDSA, (uint8_t)sig->algo, 0, HASHED_SUBPACKETS }, 6);
	put(b, (const uint8_t[]){ 2 + FPR_BYTES, 33, 4 }, 3);
	put(b, fpr, FPR_BYTES);
	put(b, (const uint8_t[]){ 5, 2 }, 2);
	put_u32(b, (uint32_t)sig->time);
}

static void put_packet(const struct pgpsig *sig, struct bytes *b)
{
	uint8_t fpr[FPR_BYTES];
	decode_fpr(sig->fpr, fpr);
	put(b, (const uint8_t[]){ CTB, 0 }, 2);
	put_hashed(sig, b);
	put(b, (const uint8_t[]){ 0, UNHASHED_SUBPACKETS, 1 + KEY_ID_BYTES, 16 }, 4);
	put(b, fpr + FPR_BYTES - KEY_ID_BYTES, KEY_ID_BYTES);
	put(b, sig->left, sizeof sig->left);
	put_mpi(b, sig->r);
	put_mpi(b, sig->s);
	b->at[1] = (uint8_t)(b->len - 2);
}

size_t pgpsig_digest(const struct pgpsig *sig, const void *data, size_t len, uint8_t out[PGPSIG_DIGEST_MAX])
{
	struct bytes hashed = { .len = 0 };
	put_hashed(sig, &hashed);
	put(&hashed, (const uint8_t[]){ 4, 0xff, 0, 0, 0, HASHED_LEN }, 6);
	return hash_spans(sig->algo == PGPSIG_SHA512 ? HASH_SHA512 : HASH_SHA256,
	                  (const struct hash_span[]){ { data, len }, { hashed.at, hashed.len } }, 2, out);
}

/* Armor. */

static uint32_t get_crc(const uint8_t *bytes, size_t len)
{
	uint32_t crc = 0xb704ce;
	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)bytes[i] << 16;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc & 0x800000 ? 0x1864cfb : 0);
	}
	return crc & 0xffffff;
}

void pgpsig_crc(const uint8_t *bytes, size_t len, char out[PGPSIG_CRC_LEN + 1])
{
	uint32_t crc = get_crc(bytes, len);
	hash_base64_encode((const uint8_t[]){ (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc }, 3, out);
}

int pgpsig_print(const struct pgpsig *sig, struct buf *out_armor, struct err *e)
{
	struct bytes packet = { .len = 0 };
	char text[PACKET_MAX * 2], crc[PGPSIG_CRC_LEN + 1];
	if (!is_sayable(sig))
		return err_set(e, ERR_SYNTAX, "signature: expected a fingerprint, a time before 2106 and SHA-256 or SHA-512");
	put_packet(sig, &packet);
	hash_base64_encode(packet.at, packet.len, text);
	pgpsig_crc(packet.at, packet.len, crc);
	buf_puts(out_armor, ARMOR_FIRST);
	for (size_t at = 0, len = strlen(text), n; at < len; at += n) {
		n = len - at < ARMOR_COLUMNS ? len - at : ARMOR_COLUMNS;
		buf_add(out_armor, text + at, n);
		buf_putc(out_armor, '\n');
	}
	buf_printf(out_armor, "=%s\n" ARMOR_LAST, crc);
	return ERR_OK;
}

static int refuse(const char *expected, struct err *e)
{
	return err_set(e, ERR_SYNTAX, "signature: expected %s", lang_text(expected));
}

/* The packet's bytes. Line lengths and the CRC are not looked at here: printing tells. */
static bool decode_armor(const char *armor, size_t len, struct bytes *out)
{
	size_t first = strlen(ARMOR_FIRST), last = 1 + PGPSIG_CRC_LEN + 1 + strlen(ARMOR_LAST);
	char text[PGPSIG_ARMOR_MAX];
	uint8_t bytes[PGPSIG_ARMOR_MAX];
	size_t n = 0;
	if (len < first + last || len > PGPSIG_ARMOR_MAX || memcmp(armor, ARMOR_FIRST, first) != 0)
		return false;
	for (size_t i = first; i < len - last; i++)
		if (armor[i] != '\n')
			text[n++] = armor[i];
	if (!hash_base64_decode(text, n, bytes, &out->len) || out->len > PACKET_MAX + 2)
		return false;
	memcpy(out->at, bytes, out->len);
	return true;
}

struct reader {
	const uint8_t *at;
	size_t left;
};

static const uint8_t *take(struct reader *r, size_t len)
{
	if (r->left < len)
		return NULL;
	r->at += len;
	r->left -= len;
	return r->at - len;
}

static bool take_mpi(struct reader *r, uint8_t out[MPI_BYTES])
{
	const uint8_t *bits = take(r, 2);
	size_t len = bits ? (((size_t)bits[0] << 8 | bits[1]) + 7) / 8 : 0;
	const uint8_t *v = len && len <= MPI_BYTES ? take(r, len) : NULL;
	if (!v)
		return false;
	memset(out, 0, MPI_BYTES);
	memcpy(out + MPI_BYTES - len, v, len);
	return true;
}

/* Fields at their places; every fixed byte between them is compared by printing. */
static bool read_packet(struct reader *r, struct pgpsig *out)
{
	const uint8_t *head = take(r, 2), *hashed = take(r, HASHED_LEN), *unhashed = take(r, 2 + UNHASHED_SUBPACKETS),
	              *left = take(r, sizeof out->left);
	if (!head || !hashed || !unhashed || !left)
		return false;
	out->algo = (enum pgpsig_digest)hashed[3];
	encode_fpr(hashed + 9, out->fpr);
	const uint8_t *time = hashed + HASHED_LEN - 4;
	out->time = (int64_t)((uint32_t)time[0] << 24 | (uint32_t)time[1] << 16 | (uint32_t)time[2] << 8 | time[3]);
	memcpy(out->left, left, sizeof out->left);
	return take_mpi(r, out->r) && take_mpi(r, out->s);
}

int pgpsig_parse_packet(const uint8_t *bytes, size_t len, struct pgpsig *out, struct err *e)
{
	struct bytes again = { .len = 0 };
	struct reader r = { bytes, len };
	struct pgpsig sig = { .fpr = "" };
	if (!read_packet(&r, &sig) || !is_sayable(&sig))
		return refuse("one version 4 EdDSA signature with SHA-256 or SHA-512", e);
	put_packet(&sig, &again);
	if (again.len != len || memcmp(again.at, bytes, len) != 0)
		return refuse("issuer fingerprint, creation time and issuer alone, in the form that gpg writes", e);
	*out = sig;
	return ERR_OK;
}

int pgpsig_parse(const char *armor, size_t len, struct pgpsig *out, struct err *e)
{
	BUF_CLEANUP struct buf again = BUF_INIT;
	struct bytes packet;
	struct pgpsig sig;
	if (!decode_armor(armor, len, &packet))
		return refuse("one block of PGP armor without headers", e);
	int rc = pgpsig_parse_packet(packet.at, packet.len, &sig, e);
	if (!rc)
		rc = pgpsig_print(&sig, &again, e);
	if (!rc && (again.len != len || memcmp(again.ptr, armor, len) != 0))
		rc = refuse("armor in the form that gpg writes", e);
	if (!rc)
		*out = sig;
	return rc;
}

int pgpsig_make(const char *fpr, int64_t time, const void *data, size_t len, pgpsig_sign_fn *sign, void *ctx,
                struct buf *out_armor, struct err *e)
{
	struct pgpsig sig = { .time = time, .algo = PGPSIG_SHA256 };
	uint8_t digest[PGPSIG_DIGEST_MAX];
	if (!leaf_is_fpr(fpr, strlen(fpr)))
		return refuse("a fingerprint of 40 upper-case hex digits", e);
	memcpy(sig.fpr, fpr, LEAF_FPR_LEN);
	if (!is_sayable(&sig))
		return refuse("a time from 1970 to 2106", e);
	size_t digest_len = pgpsig_digest(&sig, data, len, digest);
	memcpy(sig.left, digest, sizeof sig.left);
	int rc = sign(ctx, digest, digest_len, sig.r, sig.s, e);
	return rc ? rc : pgpsig_print(&sig, out_armor, e);
}
