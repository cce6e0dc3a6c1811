/* Document numbers: what is one, what is none, and what its parts are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "model/docno.h"

static const struct era eras[] = {
	{ "平成", "平", "H", "㍻", { 1989, 1, 8 } },
	{ "令和", "令", "R", "㋿", { 2019, 5, 1 } },
};
#define ERAS (sizeof eras / sizeof *eras)

static void reads(const char *text, const char *prefix, unsigned number, unsigned branch, const char *day)
{
	struct docno d;
	char iso[DATE_LEN + 1] = "";
	if (!docno_parse(eras, ERAS, text, strlen(text), &d))
		fail_msg("%s: not read", text);
	if (d.has_date)
		date_print(d.date, iso);
	if (strcmp(d.prefix, prefix) != 0 || d.number != number || d.branch != branch || strcmp(iso, day) != 0)
		fail_msg("%s: read as %s %u %u %s", text, d.prefix, d.number, d.branch, iso);
	assert_ptr_equal(d.text, text);
	assert_int_equal(d.len, strlen(text));
}

static void reads_a_number(void **s)
{
	(void)s;
	reads("熊生企第120号", "熊生企", 120, 0, "");
	reads("熊少第121号", "熊少", 121, 0, "");
	reads("熊情管第80号", "熊情管", 80, 0, "");
	reads("達(情)第123号", "達(情)", 123, 0, "");
	reads("達(情、務、生企)第153号", "達(情、務、生企)", 153, 0, "");
	reads("警察庁丁備企発第108号", "警察庁丁備企発", 108, 0, "");
	reads("平成16年熊本県警察本部訓令第2号", "平成16年熊本県警察本部訓令", 2, 0, "");
	reads("第二課第3号", "第二課", 3, 0, "");
}

static void reads_a_branch(void **s)
{
	(void)s;
	reads("熊生企第120号の2", "熊生企", 120, 2, "");
	reads("熊生企第120号の２（令和6年2月22日）", "熊生企", 120, 2, "2024-02-22");
	reads("熊生企第120号の二", "熊生企", 120, 2, "");
}

static void reads_other_widths_as_the_same(void **s)
{
	(void)s;
	reads("熊生企第１２０号", "熊生企", 120, 0, "");
	reads("熊生企第１２0号", "熊生企", 120, 0, "");
	reads("熊生企第百二十号", "熊生企", 120, 0, "");
	reads("熊生企第一二〇号", "熊生企", 120, 0, "");
	reads("熊生企第0120号", "熊生企", 120, 0, "");
	reads("　熊生企　第 120 号 ", "熊生企", 120, 0, "");
	reads("達（情、務、生企）第１５３号", "達(情、務、生企)", 153, 0, "");
}

static void reads_a_day_beside_it(void **s)
{
	(void)s;
	reads("令和2年3月25日付け熊少第121号", "熊少", 121, 0, "2020-03-25");
	reads("令和２年３月２５日付熊少第１２１号", "熊少", 121, 0, "2020-03-25");
	reads("令和2年3月25日 熊少第121号", "熊少", 121, 0, "2020-03-25");
	reads("令和2年3月25日熊少第121号", "熊少", 121, 0, "2020-03-25");
	reads("（令和2年3月25日付け）熊少第121号", "熊少", 121, 0, "2020-03-25");
	reads("R2.3.25 熊少第121号", "熊少", 121, 0, "2020-03-25");
	reads("2020-03-25付け熊少第121号", "熊少", 121, 0, "2020-03-25");
	reads("令和2年（2020年）3月25日付け熊少第121号", "熊少", 121, 0, "2020-03-25");
	reads("熊少第121号(令和2年3月25日)", "熊少", 121, 0, "2020-03-25");
	reads("熊少第121号（令和2年3月25日付け）", "熊少", 121, 0, "2020-03-25");
	reads("熊少第121号 令和2年3月25日", "熊少", 121, 0, "2020-03-25");
	reads("熊少第121号　2020-03-25", "熊少", 121, 0, "2020-03-25");
	reads("平成31年6月1日付け熊少第121号", "熊少", 121, 0, "2019-06-01");
}

static void takes_nothing_else_for_a_number(void **s)
{
	static const char *const others[] = {
		"", "なし", "120", "第120号", "熊生企120号", "熊生企第120", "熊生企第号", "熊生企第0号", "熊生企第120号の", "熊生企第120号の0",
		"熊生企第120号外", "熊生企第1000000000号", "熊生企第12O号", "例規第28号 神総発第274号",
		"令和2年3月25日付け熊少第121号（令和2年3月26日）", "熊少第121号（令和2年2月30日）", "令和2年3月25日付け第121号", "熊少第１2三号",
		"熊生企\n第120号\n一", "熊少第121号()", "熊少第121号(", "\xff第1号",
	};
	(void)s;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct docno d = { .number = 7 };
		if (docno_parse(eras, ERAS, others[i], strlen(others[i]), &d))
			fail_msg("%s: read as %s %u", others[i], d.prefix, d.number);
		assert_int_equal(d.number, 7);
	}
}

static void takes_no_long_text_for_a_number(void **s)
{
	char text[DOCNO_TEXT_MAX + 32];
	struct docno d;
	(void)s;
	memset(text, ' ', sizeof text);
	strcpy(text + sizeof text - 16, "a第1号");
	assert_true(docno_parse(eras, ERAS, text + 32, strlen(text + 32), &d));
	assert_false(docno_parse(eras, ERAS, text, strlen(text), &d));
}

static void refuses_a_prefix_over_its_limit(void **s)
{
	char text[DOCNO_PREFIX_MAX + 32];
	struct docno d;
	(void)s;
	memset(text, 'a', DOCNO_PREFIX_MAX + 1);
	strcpy(text + DOCNO_PREFIX_MAX, "第1号");
	assert_true(docno_parse(eras, ERAS, text, strlen(text), &d));
	assert_int_equal(strlen(d.prefix), DOCNO_PREFIX_MAX);
	text[DOCNO_PREFIX_MAX] = 'a';
	strcpy(text + DOCNO_PREFIX_MAX + 1, "第1号");
	assert_false(docno_parse(eras, ERAS, text, strlen(text), &d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_number),
		cmocka_unit_test(reads_a_branch),
		cmocka_unit_test(reads_other_widths_as_the_same),
		cmocka_unit_test(reads_a_day_beside_it),
		cmocka_unit_test(takes_nothing_else_for_a_number),
		cmocka_unit_test(takes_no_long_text_for_a_number),
		cmocka_unit_test(refuses_a_prefix_over_its_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
