#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static void is_an_empty_string_at_first(void **s)
{
	(void)s;
	struct buf b = BUF_INIT;
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(b.len, 0);
	assert_false(buf_is_over(&b));
}

static void stays_a_string_behind_every_addition(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf b = BUF_INIT;
	buf_add(&b, "", 0);
	assert_non_null(b.ptr);
	buf_puts(&b, "ab");
	buf_putc(&b, 'c');
	buf_printf(&b, "-%03d-", 7);
	buf_add_hex(&b, "\x00\xfe", 2);
	assert_string_equal(b.ptr, "abc-007-00fe");
	assert_int_equal(b.len, 12);
}

static void holds_nul_bytes(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf b = BUF_INIT;
	buf_add(&b, "a\0b", 3);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.ptr, "a\0b", 4);
}

static void grows_by_doubling(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf b = BUF_INIT;
	size_t moves = 0, cap = 0;
	for (int i = 0; i < 1000000; i++) {
		buf_putc(&b, (char)('a' + i % 26));
		moves += b.cap != cap;
		cap = b.cap;
	}
	assert_int_equal(b.len, 1000000);
	assert_int_equal(b.ptr[999999], 'a' + 999999 % 26);
	assert_true(moves < 20);
}

static void takes_exactly_its_maximum(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf b = { .max = 4 };
	buf_puts(&b, "abcd");
	assert_false(buf_is_over(&b));
	buf_putc(&b, 'e');
	assert_true(buf_is_over(&b));
	assert_string_equal(b.ptr, "abcd");
}

static void drops_all_that_comes_after_the_maximum(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf b = { .max = 4 };
	buf_puts(&b, "ab");
	buf_puts(&b, "cdefg");
	buf_puts(&b, "x");
	buf_printf(&b, "%d", 1);
	buf_add_hex(&b, "x", 1);
	assert_string_equal(b.ptr, "ab");
	assert_true(buf_is_over(&b));
}

static void keeps_its_memory_when_cleared(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf b = { .max = 4 };
	buf_puts(&b, "abc");
	buf_puts(&b, "abc");
	size_t cap = b.cap;
	buf_clear(&b);
	assert_int_equal(b.cap, cap);
	assert_false(buf_is_over(&b));
	assert_string_equal(buf_str(&b), "");
	buf_puts(&b, "z");
	assert_string_equal(b.ptr, "z");
}

static void hands_its_memory_over(void **s)
{
	(void)s;
	struct buf b = BUF_INIT;
	size_t len = 9;
	char *p = buf_steal(&b, &len);
	assert_string_equal(p, "");
	assert_int_equal(len, 0);
	free(p);
	buf_puts(&b, "abc");
	p = buf_steal(&b, &len);
	assert_string_equal(p, "abc");
	assert_int_equal(len, 3);
	assert_null(b.ptr);
	assert_int_equal(b.len, 0);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_an_empty_string_at_first),
		cmocka_unit_test(stays_a_string_behind_every_addition),
		cmocka_unit_test(holds_nul_bytes),
		cmocka_unit_test(grows_by_doubling),
		cmocka_unit_test(takes_exactly_its_maximum),
		cmocka_unit_test(drops_all_that_comes_after_the_maximum),
		cmocka_unit_test(keeps_its_memory_when_cleared),
		cmocka_unit_test(hands_its_memory_over),
	};
	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
