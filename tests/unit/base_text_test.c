#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/text.h"

#define BYTES(s) (s), sizeof(s) - 1

static void takes_all_of_utf8(void **s)
{
	(void)s;
	assert_true(text_is_utf8(BYTES("")));
	assert_true(text_is_utf8(BYTES("a\x7f\xc2\x80\xdf\xbf")));
	assert_true(text_is_utf8(BYTES("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf")));
	assert_true(text_is_utf8(BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")));
}

static void refuses_what_is_not_utf8(void **s)
{
	(void)s;
	static const char *const wrong[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "\xfe",
		"\xc2", "\xe3\x81", "\xf0\x9f\x98", "\xe3\x81z", "\xc2z", "a\xe5",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(text_is_utf8(wrong[i], strlen(wrong[i])));
}

static void lets_records_hold_plain_text(void **s)
{
	(void)s;
	assert_true(text_is_clean(BYTES("貸出簿\t髙﨑\n𠮷野 é e\xcc\x81 \xe3\x80\x80" "😀"), NULL));
}

static void says_where_a_refused_character_stands(void **s)
{
	(void)s;
	static const char *const refused[] = {
		"\r", "\x01", "\x1b", "\x1f", "\x7f", "\xc2\x80", "\xc2\x85", "\xc2\x9f", "\xd8\x9c", "\xe2\x80\x8b",
		"\xe2\x80\x8d",
		"\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa0",
		"\xe2\x81\xa6", "\xe2\x81\xa9", "\xef\xb7\x90", "\xef\xb7\xaf", "\xef\xbb\xbf", "\xef\xbf\xbe", "\xef\xbf\xbf",
		"\xf0\x9f\xbf\xbe", "\xf4\x8f\xbf\xbf", "\xf3\xa0\x80\x80", "\xf3\xa0\x81\xbf", "\xff",
	};
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		char text[16] = "台a";
		size_t at = 99;
		strcat(text, refused[i]);
		assert_false(text_is_clean(text, strlen(text), &at));
		assert_int_equal(at, 4);
	}
	size_t at = 99;
	assert_false(text_is_clean("ab\0c", 4, &at));
	assert_int_equal(at, 2);
}

static void takes_the_neighbours_of_refused_characters(void **s)
{
	(void)s;
	static const char *const taken[] = { " ", "~", "\xc2\xa0", "\xd8\x9b", "\xd8\x9d", "\xe2\x80\x8a", "\xe2\x80\x90",
		                             "\xe2\x80\xa7", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe2\x81\xa1", "\xef\xb7\x8f",
		                             "\xef\xb7\xb0", "\xef\xbb\xbe", "\xef\xbf\xbd", "\xf3\xa0\x82\x80" };
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		assert_true(text_is_clean(taken[i], strlen(taken[i]), NULL));
}

static void escapes_what_a_terminal_could_obey(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf b = BUF_INIT;
	text_add_safe(&b, BYTES("a\x1b[31m\xe2\x80\xae\xff\xe3\x81z\0\t\n台"), false);
	assert_string_equal(buf_str(&b), "a\\u{1b}[31m\\u{202e}\\x{ff}\\x{e3}\\x{81}z\\u{0} \n台");
	assert_true(text_is_clean(b.ptr, b.len, NULL));
	buf_clear(&b);
	text_add_safe(&b, BYTES("a\nb\r"), true);
	assert_string_equal(buf_str(&b), "a b\\u{d}");
}

static void counts_columns(void **s)
{
	(void)s;
	assert_int_equal(text_width(BYTES("")), 0);
	assert_int_equal(text_width(BYTES("abc é")), 5);
	assert_int_equal(text_width(BYTES("台帳")), 4);
	assert_int_equal(text_width(BYTES("ｱｲ")), 2);                          /* half-width katakana */
	assert_int_equal(text_width(BYTES("ＡＢ")), 4);                        /* full-width letters */
	assert_int_equal(text_width(BYTES("か\xe3\x82\x99")), 2);              /* combining voiced mark */
	assert_int_equal(text_width(BYTES("e\xcc\x81")), 1);
	assert_int_equal(text_width(BYTES("葛\xf3\xa0\x84\x80")), 2);          /* variation selector */
	assert_int_equal(text_width(BYTES("𠮷")), 2);
	assert_int_equal(text_width(BYTES("😀")), 2);
	assert_int_equal(text_width(BYTES("한")), 2);
	assert_int_equal(text_width(BYTES("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab")), 2); /* the same in jamo */
	assert_int_equal(text_width(BYTES("\xe3\x80\x80…")), 3);
}

static void counts_the_columns_of_escapes(void **s)
{
	(void)s;
	static const char text[] = "\x1b\xff\xe2\x80\xae\xf3\xa0\x80\x81\n\t\0x";
	BUF_CLEANUP struct buf b = BUF_INIT;
	text_add_safe(&b, BYTES(text), true);
	assert_int_equal(text_width(BYTES(text)), b.len);
}

static void fills_a_cell_to_its_columns(void **s)
{
	(void)s;
	static const struct {
		const char *text;
		size_t columns;
		const char *cell;
	} cases[] = {
		{ "台帳", 6, "台帳  " }, { "台帳", 4, "台帳" },  { "台帳", 3, "台…" },     { "台帳", 2, "… " },
		{ "台帳", 1, "…" },      { "台帳", 0, "" },      { "", 2, "  " },          { "abcdef", 4, "abc…" },
		{ "a台帳", 4, "a台…" },  { "a\nb", 4, "a b " },  { "a\x1b" "b", 4, "a…  " }, { "e\xcc\x81x", 2, "e\xcc\x81x" },
		{ "e\xcc\x81xy", 2, "e\xcc\x81…" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		BUF_CLEANUP struct buf b = BUF_INIT;
		text_add_cell(&b, cases[i].text, cases[i].columns);
		assert_string_equal(buf_str(&b), cases[i].cell);
		assert_int_equal(text_width(buf_str(&b), b.len), cases[i].columns);
	}
}

static void knows_names(void **s)
{
	(void)s;
	static const char *const names[] = { "a", "loan", "loan-2", "a1-b2-c3", "abcdefghijklmnopqrstuvwxyz012345" };
	static const char *const others[] = { "",  "1a", "-a", "a-", "a--b", "A", "aB", "a_b", "a.b", "a/b", "a b", "台",
		                              "abcdefghijklmnopqrstuvwxyz0123456" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_true(text_is_name(names[i], strlen(names[i])));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(text_is_name(others[i], strlen(others[i])));
}

static void finds_text_without_regard_to_ascii_case(void **s)
{
	(void)s;
	assert_true(text_contains(BYTES("Kumamoto"), "MOTO"));
	assert_true(text_contains(BYTES("台帳 ABC"), "帳 abc"));
	assert_true(text_contains(BYTES("abc"), ""));
	assert_false(text_contains(BYTES("abc"), "abcd"));
	assert_false(text_contains(BYTES("abc"), "bd"));
	assert_false(text_contains("abc", 2, "c"));
}

static void parses_plain_decimal_numbers(void **s)
{
	(void)s;
	uint64_t v = 99;
	assert_true(text_parse_u64(BYTES("0"), 10, &v));
	assert_int_equal(v, 0);
	assert_true(text_parse_u64(BYTES("18446744073709551615"), UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	assert_true(text_parse_u64(BYTES("10"), 10, &v));
	assert_int_equal(v, 10);
}

static void refuses_other_numbers(void **s)
{
	(void)s;
	static const char *const wrong[] = { "", "00", "01", "+1", "-1", " 1", "1 ", "1x", "0x1", "18446744073709551616",
		                             "99999999999999999999", "100000000000000000000000" };
	uint64_t v = 99;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(text_parse_u64(wrong[i], strlen(wrong[i]), UINT64_MAX, &v));
	assert_false(text_parse_u64(BYTES("11"), 10, &v));
	assert_int_equal(v, 99);
}

static void folds_what_is_typed_in_several_forms(void **s)
{
	(void)s;
	BUF_CLEANUP struct buf out = BUF_INIT;
	static const char typed[] = "Ｒ６．２（２２）\u3000\u22121 \uf9a8\u2f47\u2f49 あア①㋿ \xff ー";
	text_fold(&out, typed, sizeof typed - 1);
	assert_string_equal(buf_str(&out), "R6.2(22) -1 令日月 あア①㋿ \xff ー");
}

static void counts(const char *text, size_t takes, uint32_t number)
{
	uint32_t v = 77;
	size_t n = text_number(text, strlen(text), 99999, &v);
	if (n != takes || v != (takes ? number : 77))
		fail_msg("%s: %zu bytes, %u", text, n, v);
}

static void reads_numbers_in_digits_and_in_kanji(void **s)
{
	(void)s;
	counts("0", 1, 0);
	counts("022年", 3, 22);
	counts("99999x", 5, 99999);
	counts("十", 3, 10);
	counts("二十二日", 9, 22);
	counts("二〇二四年", 12, 2024);
	counts("二千二十四", 15, 2024);
	counts("百二十号", 9, 120);
	counts("三百", 6, 300);
	counts("一二三四五", 15, 12345);
}

static void reads_no_number_in_anything_else(void **s)
{
	(void)s;
	static const char *const others[] = { "", "x", "年", "-1", "100000", "99999999999999999999", "2二", "二2", "十二十",
		                              "二〇十", "〇十", "十十", "十百", "十二三", "一二三四五六", "一二三四五六七八九〇" };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		counts(others[i], 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_all_of_utf8),
		cmocka_unit_test(refuses_what_is_not_utf8),
		cmocka_unit_test(lets_records_hold_plain_text),
		cmocka_unit_test(says_where_a_refused_character_stands),
		cmocka_unit_test(takes_the_neighbours_of_refused_characters),
		cmocka_unit_test(escapes_what_a_terminal_could_obey),
		cmocka_unit_test(counts_columns),
		cmocka_unit_test(counts_the_columns_of_escapes),
		cmocka_unit_test(fills_a_cell_to_its_columns),
		cmocka_unit_test(knows_names),
		cmocka_unit_test(finds_text_without_regard_to_ascii_case),
		cmocka_unit_test(parses_plain_decimal_numbers),
		cmocka_unit_test(refuses_other_numbers),
		cmocka_unit_test(folds_what_is_typed_in_several_forms),
		cmocka_unit_test(reads_numbers_in_digits_and_in_kanji),
		cmocka_unit_test(reads_no_number_in_anything_else),
	};
	return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
