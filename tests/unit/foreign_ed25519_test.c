#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "foreign/ed25519.h"

static char dir[] = "/tmp/daicho-ed25519-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return file_remove_tree(dir, NULL);
}

/* RFC 8032, section 7.1: TEST 1, 2, 3 and SHA(abc). */
static const struct {
	const char *public_key, *message, *sig;
} published[] = {
	{ "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
	  "655141438e7a100b" },
	{ "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
	  "b00d291612bb0c00" },
	{ "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	  "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
	  "c027beceea1ec40a" },
};

static void takes_the_published_signatures_and_none_with_a_bit_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
		uint8_t key[32], message[8], sig[64];
		size_t len = strlen(published[i].message) / 2;
		assert_true(hash_hex_decode(published[i].public_key, 64, key, sizeof key));
		assert_true(hash_hex_decode(published[i].message, 2 * len, message, len));
		assert_true(hash_hex_decode(published[i].sig, 128, sig, sizeof sig));
		assert_true(ed25519_is_valid(key, message, len, sig));
		for (size_t bit = 0; bit < 512; bit += 7) {
			sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(ed25519_is_valid(key, message, len, sig));
			sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		message[0] ^= 1;
		assert_false(ed25519_is_valid(key, message, len ? len : 1, sig));
	}
}

static void makes_a_key_that_nobody_else_can_read_and_signs_with_it(void **state)
{
	MEM_CLEANUP char *path = file_path(dir, "key.pem");
	struct ed25519_key *made = NULL, *read = NULL;
	struct err e = ERR_INIT;
	struct stat st;
	uint8_t a[32], b[32], sig[64];
	mode_t mask = umask(0);
	(void)state;
	assert_int_equal(ed25519_create(path, &made, &e), ERR_OK);
	umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(ed25519_open(path, &read, &e), ERR_OK);
	ed25519_public(made, a);
	ed25519_public(read, b);
	assert_memory_equal(a, b, 32);
	assert_int_equal(ed25519_sign(read, "text", 4, sig, &e), ERR_OK);
	assert_true(ed25519_is_valid(a, "text", 4, sig));
	assert_false(ed25519_is_valid(a, "Text", 4, sig));
	ed25519_free(made);
	ed25519_free(read);
	ed25519_free(NULL);
}

static void leaves_a_key_that_is_there(void **state)
{
	MEM_CLEANUP char *path = file_path(dir, "key.pem");
	struct ed25519_key *first = NULL, *second = NULL;
	struct err e = ERR_INIT;
	uint8_t a[32], b[32];
	(void)state;
	assert_int_equal(ed25519_create(path, &first, &e), ERR_OK);
	assert_int_equal(ed25519_create(path, &second, &e), ERR_CONFLICT);
	assert_null(second);
	assert_int_equal(ed25519_open(path, &second, &e), ERR_OK);
	ed25519_public(first, a);
	ed25519_public(second, b);
	assert_memory_equal(a, b, 32);
	ed25519_free(first);
	ed25519_free(second);
}

static void refuses_a_key_that_others_may_read(void **state)
{
	MEM_CLEANUP char *path = file_path(dir, "key.pem");
	struct ed25519_key *k = NULL;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(ed25519_create(path, &k, &e), ERR_OK);
	ed25519_free(k);
	k = NULL;
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(ed25519_open(path, &k, &e), ERR_KEY);
	assert_null(k);
	assert_non_null(strstr(e.next, "chmod 600"));
}

/* RFC 8410, section 10.3: the key of an example, as PEM; an X25519 key; the same with a passphrase. */
#define PEM "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n" \
	"-----END PRIVATE KEY-----\n"
#define X25519 "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n" \
	"-----END PRIVATE KEY-----\n"

static int open_text(const char *text, uint8_t out[32])
{
	MEM_CLEANUP char *path = file_path(dir, "text.pem");
	struct ed25519_key *k = NULL;
	struct err e = ERR_INIT;
	assert_int_equal(file_write_durable(path, text, strlen(text), 0600, &e), ERR_OK);
	int rc = ed25519_open(path, &k, &e);
	if (!rc)
		ed25519_public(k, out);
	ed25519_free(k);
	return rc;
}

static void reads_the_published_key_and_nothing_else(void **state)
{
	static const char *const bad[] = {
		"", "text\n", X25519, "text\n" PEM, PEM "text\n", PEM PEM,
		"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
	};
	MEM_CLEANUP char *link = file_path(dir, "link"), *path = file_path(dir, "text.pem");
	uint8_t expected[32], key[32];
	struct ed25519_key *k = NULL;
	struct err e = ERR_INIT;
	(void)state;
	assert_true(hash_hex_decode("19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1", 64, expected, 32));
	assert_int_equal(open_text(PEM, key), ERR_OK);
	assert_memory_equal(key, expected, 32);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (open_text(bad[i], key) != ERR_KEY)
			fail_msg("key %zu", i);
	assert_int_equal(symlink(path, link), 0);
	assert_int_not_equal(ed25519_open(link, &k, &e), ERR_OK);
	assert_int_equal(ed25519_open(dir, &k, &e), ERR_KEY);
	MEM_CLEANUP char *none = file_path(dir, "none");
	assert_int_equal(ed25519_open(none, &k, &e), ERR_NOTFOUND);
	assert_null(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_published_signatures_and_none_with_a_bit_changed),
		cmocka_unit_test_setup_teardown(makes_a_key_that_nobody_else_can_read_and_signs_with_it, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(leaves_a_key_that_is_there, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(refuses_a_key_that_others_may_read, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(reads_the_published_key_and_nothing_else, make_dir, remove_dir),
	};
	return cmocka_run_group_tests_name("foreign/ed25519", tests, NULL, NULL);
}
