#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/random.h"

static void fills_all_bytes(void **s)
{
	(void)s;
	unsigned char seen[4096] = { 0 }, bytes[4096];
	/* after 16 fills a byte that was always 0 was not filled (1 in 2^116 otherwise) */
	for (int i = 0; i < 16; i++) {
		random_bytes(bytes, sizeof bytes);
		for (size_t n = 0; n < sizeof bytes; n++)
			seen[n] |= bytes[n];
	}
	assert_null(memchr(seen, 0, sizeof seen));
}

static void gives_others_each_time(void **s)
{
	(void)s;
	unsigned char a[32], b[32];
	random_bytes(a, sizeof a);
	random_bytes(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
}

static void writes_no_further_than_asked(void **s)
{
	(void)s;
	unsigned char bytes[3] = { 1, 2, 3 };
	random_bytes(bytes, 0);
	assert_int_equal(bytes[0], 1);
	random_bytes(bytes, 2);
	assert_int_equal(bytes[2], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_all_bytes),
		cmocka_unit_test(gives_others_each_time),
		cmocka_unit_test(writes_no_further_than_asked),
	};
	return cmocka_run_group_tests_name("base/random", tests, NULL, NULL);
}
