#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "base/hash.h"

static void assert_digest(const struct hash *h, const char *hex)
{
	char text[HASH_TEXT_LEN + 1], plain[65];
	hash_print(h, text);
	hash_print_hex(h, plain);
	assert_memory_equal(text, "sha256:", 7);
	assert_string_equal(text + 7, hex);
	assert_string_equal(plain, hex);
}

/* FIPS 180-4's examples */
static void gives_the_digests_of_the_standard(void **s)
{
	(void)s;
	struct hash h = hash_of("", 0);
	assert_digest(&h, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	h = hash_of("abc", 3);
	assert_digest(&h, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void puts_one_byte_before_the_bytes(void **s)
{
	(void)s;
	struct hash a = hash_of2('a', "bc", 2), b = hash_of("abc", 3);
	assert_true(hash_is_equal(&a, &b));
	/* RFC 6962's leaf without content */
	a = hash_of2(0, NULL, 0);
	assert_digest(&a, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

static void adds_up_parts(void **s)
{
	(void)s;
	struct hash_ctx *c = hash_new();
	hash_add(c, "a", 1);
	hash_add(c, NULL, 0);
	hash_add(c, "bc", 2);
	struct hash a = hash_finish(c), b = hash_of("abc", 3);
	assert_true(hash_is_equal(&a, &b));
	b.b[31] ^= 1;
	assert_false(hash_is_equal(&a, &b));
}

static void *hash_often(void *arg)
{
	struct hash expected = hash_of("abc", 3);
	for (int i = 0; i < 2000; i++) {
		struct hash h = hash_of("abc", 3);
		if (!hash_is_equal(&h, &expected))
			return arg;
	}
	return NULL;
}

static void works_in_several_threads(void **s)
{
	(void)s;
	pthread_t threads[4];
	void *result;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hash_often, &result), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_null(result);
	}
}

static void parses_only_what_it_prints(void **s)
{
	(void)s;
	char text[HASH_TEXT_LEN + 1];
	struct hash h = hash_of("x", 1), back;
	hash_print(&h, text);
	assert_true(hash_parse(text, HASH_TEXT_LEN, &back));
	assert_true(hash_is_equal(&h, &back));
	assert_false(hash_parse(text, HASH_TEXT_LEN - 1, &back));
	assert_false(hash_parse(text, HASH_TEXT_LEN + 1, &back));
	assert_false(hash_parse(text + 7, 64, &back));
	text[0] = 'S';
	assert_false(hash_parse(text, HASH_TEXT_LEN, &back));
	text[0] = 's';
	text[10] = 'A';
	assert_false(hash_parse(text, HASH_TEXT_LEN, &back));
}

static void decodes_only_lower_case_hex_of_the_right_length(void **s)
{
	(void)s;
	uint8_t out[2];
	assert_true(hash_hex_decode("0aff", 4, out, 2));
	assert_int_equal(out[0], 0x0a);
	assert_int_equal(out[1], 0xff);
	assert_false(hash_hex_decode("0af", 3, out, 2));
	assert_false(hash_hex_decode("0aff0", 5, out, 2));
	assert_false(hash_hex_decode("0a", 2, out, 2));
	assert_false(hash_hex_decode("0AFF", 4, out, 2));
	assert_false(hash_hex_decode("0ag0", 4, out, 2));
	assert_true(hash_hex_decode("", 0, out, 0));
}

static const struct {
	const char *plain, *coded;
} base64_examples[] = { /* RFC 4648, section 10 */
	{ "", "" },         { "f", "Zg==" },        { "fo", "Zm8=" },           { "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
};

static void codes_base64_as_the_standard_does(void **s)
{
	(void)s;
	for (size_t i = 0; i < sizeof base64_examples / sizeof *base64_examples; i++) {
		const char *plain = base64_examples[i].plain, *coded = base64_examples[i].coded;
		char text[16];
		uint8_t back[16];
		size_t len = 99;
		hash_base64_encode(plain, strlen(plain), text);
		assert_string_equal(text, coded);
		assert_int_equal(hash_base64_encoded_len(strlen(plain)), strlen(coded));
		assert_true(hash_base64_decode(coded, strlen(coded), back, &len));
		assert_int_equal(len, strlen(plain));
		assert_memory_equal(back, plain, len);
	}
}

static void codes_every_byte_in_base64(void **s)
{
	(void)s;
	uint8_t bytes[256], back[258];
	char text[345];
	size_t len;
	for (int i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	hash_base64_encode(bytes, 256, text);
	assert_int_equal(strlen(text), 344);
	assert_true(hash_base64_decode(text, 344, back, &len));
	assert_int_equal(len, 256);
	assert_memory_equal(back, bytes, 256);
}

static void refuses_loose_base64(void **s)
{
	(void)s;
	static const char *const loose[] = { "Zg=", "Zg", "Zg==\n", " Zg=", "Zh==", "Zm9=", "Zg=a", "Z===", "====",
		                             "Zg==Zg==", "Zm9-", "Zm9_", "Zm9v=" };
	uint8_t out[16];
	size_t len;
	for (size_t i = 0; i < sizeof loose / sizeof *loose; i++)
		assert_false(hash_base64_decode(loose[i], strlen(loose[i]), out, &len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_digests_of_the_standard),
		cmocka_unit_test(puts_one_byte_before_the_bytes),
		cmocka_unit_test(adds_up_parts),
		cmocka_unit_test(works_in_several_threads),
		cmocka_unit_test(parses_only_what_it_prints),
		cmocka_unit_test(decodes_only_lower_case_hex_of_the_right_length),
		cmocka_unit_test(codes_base64_as_the_standard_does),
		cmocka_unit_test(codes_every_byte_in_base64),
		cmocka_unit_test(refuses_loose_base64),
	};
	return cmocka_run_group_tests_name("base/hash", tests, NULL, NULL);
}
