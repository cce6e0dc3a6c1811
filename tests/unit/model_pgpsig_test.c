#include "model_vectors.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "model/pgpsig.h"

/* key.asc and key.gpg: made by gpg, which also made the signatures over signed.txt with the subkey ENTRY. */
#define PRIMARY "85C7C37FE2EAA3A817B0543814F660A16CACFD8F"
#define ENTRY "BFDCEA891582482A74910888348F531C535F40CF"
#define UID "kumamoto/test"
#define ARCHIVE "ED8F715C630DE8FA4F8181194604F3FB2E2B6D06"

static struct pgpsig parse(const char *name)
{
	struct pgpsig sig;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf armor = read_vector(name);
	if (pgpsig_parse(armor.ptr, armor.len, &sig, &e))
		fail_msg("%s: %s", name, e.text);
	return sig;
}

static void find(const char *file, const char *fpr, uint8_t out[32])
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf key = read_vector(file);
	if (pgpsig_find_key(key.ptr, key.len, fpr, out, &e))
		fail_msg("%s: %s", file, e.text);
}

static bool is_valid(const struct pgpsig *sig, const void *data, size_t len)
{
	uint8_t public_key[32], digest[PGPSIG_DIGEST_MAX], rs[64];
	size_t digest_len = pgpsig_digest(sig, data, len, digest);
	find("key.asc", ENTRY, public_key);
	memcpy(rs, sig->r, 32);
	memcpy(rs + 32, sig->s, 32);
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key), 1);
	bool valid = EVP_DigestVerify(ctx, rs, sizeof rs, digest, digest_len) == 1 && memcmp(digest, sig->left, 2) == 0;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return valid;
}

static void check_signature(const char *name)
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf data = read_vector("signed.txt"), armor = read_vector(name), again = BUF_INIT;
	struct pgpsig sig = parse(name);
	assert_string_equal(sig.fpr, ENTRY);
	assert_true(is_valid(&sig, data.ptr, data.len));
	data.ptr[0] ^= 1;
	assert_false(is_valid(&sig, data.ptr, data.len));
	assert_int_equal(pgpsig_print(&sig, &again, &e), 0);
	assert_string_equal(again.ptr, armor.ptr);
}

static void takes_what_gpg_signed_and_prints_the_same_bytes(void **state)
{
	(void)state;
	assert_int_equal(each_vector("signature-*.asc", check_signature), 4);
}

static void reads_digest_time_and_key(void **state)
{
	struct pgpsig sig = parse("signature-sha256.asc");
	(void)state;
	assert_int_equal(sig.algo, PGPSIG_SHA256);
	assert_int_equal(sig.time, 1775088000);
	sig = parse("signature-sha512.asc");
	assert_int_equal(sig.algo, PGPSIG_SHA512);
}

static void pads_numbers_that_begin_with_zeros(void **state)
{
	struct pgpsig sig = parse("signature-short-r.asc");
	(void)state;
	assert_int_equal(sig.r[0], 0);
	sig = parse("signature-short-s.asc");
	assert_int_equal(sig.s[0], 0);
}

/* Base64 of the packet with one byte changed, and the CRC that fits it. */
static void build(const uint8_t *packet, size_t len, struct buf *out)
{
	uint32_t crc = 0xb704ce;
	char text[512], sum[8];
	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)packet[i] << 16;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc << 1 ^ (crc & 0x800000 ? 0x1864cfb : 0)) & 0xffffff;
	}
	hash_base64_encode(packet, len, text);
	hash_base64_encode((uint8_t[]){ (uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc }, 3, sum);
	buf_puts(out, "-----BEGIN PGP SIGNATURE-----\n\n");
	for (size_t at = 0; at < strlen(text); at += 64)
		buf_printf(out, "%.64s\n", text + at);
	buf_printf(out, "=%s\n-----END PGP SIGNATURE-----\n", sum);
}

static size_t get_packet(const char *name, uint8_t out[512])
{
	char text[512] = "";
	size_t len;
	BUF_CLEANUP struct buf armor = read_vector(name);
	char *rest = NULL;
	for (char *line = strtok_r(armor.ptr, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (line[0] != '-' && line[0] != '=')
			strcat(text, line);
	assert_true(hash_base64_decode(text, strlen(text), out, &len));
	return len;
}

static int parse_packet(const uint8_t *packet, size_t len, struct pgpsig *out)
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf armor = BUF_INIT;
	build(packet, len, &armor);
	return pgpsig_parse(armor.ptr, armor.len, out, &e);
}

static void refuses_every_other_form_of_the_packet(void **state)
{
	uint8_t packet[512], changed[512];
	struct pgpsig sig;
	size_t len = get_packet("signature-sha512.asc", packet);
	(void)state;
	assert_int_equal(parse_packet(packet, len, &sig), 0);
	static const size_t fixed[] = { 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 31, 32, 37, 38, 39, 40 };
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		for (int bit = 0; bit < 8; bit++) {
			memcpy(changed, packet, len);
			changed[fixed[i]] ^= (uint8_t)(1 << bit);
			assert_int_equal(parse_packet(changed, len, &sig), ERR_SYNTAX);
		}
	/* the issuer key id must be the end of the fingerprint; SHA-1 is no digest; a byte after the packet */
	memcpy(changed, packet, len);
	changed[41] ^= 1;
	assert_int_equal(parse_packet(changed, len, &sig), ERR_SYNTAX);
	memcpy(changed, packet, len);
	changed[5] = 2;
	assert_int_equal(parse_packet(changed, len, &sig), ERR_SYNTAX);
	memcpy(changed, packet, len);
	changed[len] = 0;
	assert_int_equal(parse_packet(changed, len + 1, &sig), ERR_SYNTAX);
	changed[1]++;
	assert_int_equal(parse_packet(changed, len + 1, &sig), ERR_SYNTAX);
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(parse_packet(packet, cut, &sig), ERR_SYNTAX);
}

static void refuses_every_other_form_of_the_armor(void **state)
{
	static const char *const edits[][2] = {
		{ "-----\n\n", "-----\nVersion: 1\n\n" }, { "-----\n\n", "-----\n \n" }, { "-----\n\n", "-----\n" },
		{ "END PGP SIGNATURE-----\n", "END PGP SIGNATURE-----" },
		{ "END PGP SIGNATURE-----\n", "END PGP SIGNATURE-----\n\n" },
		{ "-----BEGIN", " -----BEGIN" }, { "\n=", "\n\n=" }, { "PGP SIGNATURE", "PGP MESSAGE" }, { "\n=", "=" },
		{ "\n=", "\r\n=" },
	};
	struct pgpsig sig;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf armor = read_vector("signature-sha512.asc");
	(void)state;
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		BUF_CLEANUP struct buf changed = BUF_INIT;
		const char *at = strstr(armor.ptr, edits[i][0]);
		buf_add(&changed, armor.ptr, (size_t)(at - armor.ptr));
		buf_printf(&changed, "%s%s", edits[i][1], at + strlen(edits[i][0]));
		assert_int_equal(pgpsig_parse(changed.ptr, changed.len, &sig, &e), ERR_SYNTAX);
	}
	BUF_CLEANUP struct buf two = BUF_INIT;
	buf_printf(&two, "%s%s", armor.ptr, armor.ptr);
	assert_int_equal(pgpsig_parse(two.ptr, two.len, &sig, &e), ERR_SYNTAX);
	char *sum = strstr(armor.ptr, "\n=") + 2;
	*sum = *sum == 'A' ? 'B' : 'A';
	assert_int_equal(pgpsig_parse(armor.ptr, armor.len, &sig, &e), ERR_SYNTAX);
}

struct answer {
	uint8_t digest[PGPSIG_DIGEST_MAX];
	size_t len;
	int rc;
};

static int answer(void *ctx, const uint8_t *digest, size_t len, uint8_t r[32], uint8_t s[32], struct err *e)
{
	struct answer *a = ctx;
	memcpy(a->digest, digest, len);
	a->len = len;
	memset(r, 0, 32);
	memset(s, 0x5a, 32);
	r[31] = 1;
	return a->rc ? err_set(e, a->rc, "no agent") : 0;
}

static void makes_a_signature_over_the_digest_it_then_states(void **state)
{
	struct answer a = { .rc = 0 };
	struct err e = ERR_INIT;
	struct pgpsig sig;
	uint8_t digest[PGPSIG_DIGEST_MAX];
	BUF_CLEANUP struct buf armor = BUF_INIT;
	(void)state;
	assert_int_equal(pgpsig_make(ENTRY, 1775088000, "bytes", 5, answer, &a, &armor, &e), 0);
	assert_int_equal(pgpsig_parse(armor.ptr, armor.len, &sig, &e), 0);
	assert_int_equal(sig.time, 1775088000);
	assert_int_equal(sig.r[31], 1);
	assert_int_equal(pgpsig_digest(&sig, "bytes", 5, digest), a.len);
	assert_memory_equal(digest, a.digest, a.len);
	assert_memory_equal(digest, sig.left, 2);
}

static void prints_nothing_when_the_agent_refuses(void **state)
{
	struct answer a = { .rc = ERR_KEY };
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf armor = BUF_INIT;
	(void)state;
	assert_int_equal(pgpsig_make(ENTRY, 1, "bytes", 5, answer, &a, &armor, &e), ERR_KEY);
	assert_int_equal(armor.len, 0);
}

static void refuses_to_sign_with_a_bad_name_or_time(void **state)
{
	struct answer a = { .rc = 0 };
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf armor = BUF_INIT;
	(void)state;
	assert_int_equal(pgpsig_make("BFDCEA89", 1, "", 0, answer, &a, &armor, &e), ERR_SYNTAX);
	assert_int_equal(pgpsig_make(ENTRY, -1, "", 0, answer, &a, &armor, &e), ERR_SYNTAX);
	assert_int_equal(pgpsig_make(ENTRY, INT64_C(1) << 32, "", 0, answer, &a, &armor, &e), ERR_SYNTAX);
}

static void finds_each_key_in_armor_and_in_binary(void **state)
{
	static const char *const fprs[] = { PRIMARY, ENTRY, ARCHIVE };
	uint8_t armored[3][32], binary[32];
	(void)state;
	for (int i = 0; i < 3; i++) {
		find("key.asc", fprs[i], armored[i]);
		find("key.gpg", fprs[i], binary);
		assert_memory_equal(binary, armored[i], 32);
	}
	assert_memory_not_equal(armored[1], armored[2], 32);
}

static int search(const char *key, size_t len, const char *fpr)
{
	uint8_t out[32];
	struct err e = ERR_INIT;
	return pgpsig_find_key(key, len, fpr, out, &e);
}

static void refuses_a_key_that_is_not_there(void **state)
{
	BUF_CLEANUP struct buf key = read_vector("key.asc");
	(void)state;
	assert_int_equal(search(key.ptr, key.len, "0000000000000000000000000000000000000000"), ERR_KEY);
	assert_int_equal(search("", 0, ENTRY), ERR_KEY);
}

static void refuses_broken_packets_and_secret_keys(void **state)
{
	BUF_CLEANUP struct buf key = read_vector("key.gpg");
	(void)state;
	for (size_t len = 0; len < 60; len++)
		if (len != 53) /* the primary alone is whole */
			assert_int_equal(search(key.ptr, len, PRIMARY), ERR_KEY);
	assert_int_equal(search(key.ptr, 53, PRIMARY), 0);
	key.ptr[0] = (char)(0x80 | 5 << 2);
	assert_int_equal(search(key.ptr, key.len, ENTRY), ERR_KEY);
}

static int check(const struct buf *key, size_t len, const char *uid)
{
	struct err e = ERR_INIT;
	return pgpsig_check_key(key->ptr, len, ENTRY, uid, &e);
}

static void takes_no_armor_of_a_key_in_which_a_bit_is_flipped(void **state)
{
	BUF_CLEANUP struct buf key = read_vector("key.asc");
	(void)state;
	for (size_t i = 0; i < 8 * key.len; i++) {
		key.ptr[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(check(&key, key.len, UID), ERR_KEY);
		key.ptr[i / 8] ^= (char)(1 << i % 8);
	}
}

static void takes_one_armored_key_of_one_user_id_alone(void **state)
{
	BUF_CLEANUP struct buf key = read_vector("key.asc"), binary = read_vector("key.gpg"), two = BUF_INIT;
	(void)state;
	assert_int_equal(check(&key, key.len, UID), ERR_OK);
	assert_int_equal(check(&key, key.len - 1, UID), ERR_OK);
	assert_int_equal(check(&key, key.len, "somebody else"), ERR_KEY);
	assert_int_equal(check(&binary, binary.len, UID), ERR_KEY);
	buf_add(&two, key.ptr, key.len);
	buf_puts(&two, "\n");
	assert_int_equal(check(&two, two.len, UID), ERR_KEY);
	buf_add(&two, key.ptr, key.len);
	assert_int_equal(check(&two, two.len, UID), ERR_KEY);
}

static void walks_packets_of_the_new_form(void **state)
{
	BUF_CLEANUP struct buf key = read_vector("key.gpg"), changed = BUF_INIT;
	uint8_t old[32], new[32];
	struct err e = ERR_INIT;
	(void)state;
	/* "98 33 <51 bytes>" as "c6 ff 00 00 00 33 <51 bytes>", after a user id of 200 bytes in the two-byte form */
	buf_add(&changed, "\xcd\xc0\x08", 3);
	for (int i = 0; i < 200; i++)
		buf_putc(&changed, 'u');
	buf_add(&changed, "\xc6\xff\x00\x00\x00\x33", 6);
	buf_add(&changed, key.ptr + 2, 51);
	find("key.gpg", PRIMARY, old);
	assert_int_equal(pgpsig_find_key(changed.ptr, changed.len, PRIMARY, new, &e), 0);
	assert_memory_equal(old, new, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_gpg_signed_and_prints_the_same_bytes),
		cmocka_unit_test(reads_digest_time_and_key),
		cmocka_unit_test(pads_numbers_that_begin_with_zeros),
		cmocka_unit_test(refuses_every_other_form_of_the_packet),
		cmocka_unit_test(refuses_every_other_form_of_the_armor),
		cmocka_unit_test(makes_a_signature_over_the_digest_it_then_states),
		cmocka_unit_test(prints_nothing_when_the_agent_refuses),
		cmocka_unit_test(refuses_to_sign_with_a_bad_name_or_time),
		cmocka_unit_test(finds_each_key_in_armor_and_in_binary),
		cmocka_unit_test(refuses_a_key_that_is_not_there),
		cmocka_unit_test(refuses_broken_packets_and_secret_keys),
		cmocka_unit_test(takes_no_armor_of_a_key_in_which_a_bit_is_flipped),
		cmocka_unit_test(takes_one_armored_key_of_one_user_id_alone),
		cmocka_unit_test(walks_packets_of_the_new_form),
	};
	return cmocka_run_group_tests_name("model/pgpsig", tests, NULL, NULL);
}
