/* Days as they are written in Japan: every form that is taken, every one that is not, and each day printed and read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/era.h"

static const struct era eras[] = {
	{ "昭和", "昭", "S", "㍼", { 1926, 12, 25 } },
	{ "平成", "平", "H", "㍻", { 1989, 1, 8 } },
	{ "令和", "令", "R", "㋿", { 2019, 5, 1 } },
};
#define ERAS (sizeof eras / sizeof *eras)

static void reads(const char *text, const char *day, bool notice)
{
	struct date d;
	char iso[DATE_LEN + 1];
	bool told = !notice;
	struct err e = ERR_INIT;
	if (era_parse(eras, ERAS, text, strlen(text), &d, &told, &e))
		fail_msg("%s: %s", text, e.text);
	date_print(d, iso);
	if (strcmp(iso, day) != 0 || told != notice)
		fail_msg("%s: read as %s%s", text, iso, told ? " with a notice" : "");
}

static void refuses(const char *text, int code, const char *reason)
{
	struct date d = { 1, 2, 3 };
	bool told = true;
	struct err e = ERR_INIT;
	int rc = era_parse(eras, ERAS, text, strlen(text), &d, &told, &e);
	if (rc != code || !strstr(e.text, reason))
		fail_msg("%s: %d %s", text, rc, e.text);
	assert_true(d.year == 1 && d.month == 2 && d.day == 3 && told);
}

static void takes_every_form_of_a_day(void **s)
{
	static const char *const forms[] = {
		"令和6年2月22日", "令和６年２月２２日", "令和6年２月22日", "令和６年2月2２日", "令和06年02月22日",
		"令和六年二月二十二日", "令和六年二月二二日", "R6.2.22", "R06.02.22", "Ｒ６．２．２２", "令6.2.22", "令和6.2.22",
		"㋿6年2月22日", "㋿6.2.22", "令6年2月22日", "R6年2月22日", "令和6年(2024年)2月22日", "令和６年（２０２４年）２月２２日",
		"令和6年（2024）2月22日", "令和六年（二〇二四年）二月二十二日", "2024-02-22", "２０２４－０２－２２", "2024−02−22",
		"2024年2月22日", "２０２４年２月２２日", "2024年02月22日", "二〇二四年二月二十二日", "二千二十四年二月二十二日",
		"令和　６年　２月２２日", "令和 6 年 2 月 22 日", " 2024-02-22 ", "R6. 2.22", "\uf9a8和6年2\u2f4922\u2f47",
		"令和六年\u2f06月\u2f06\u2f17\u2f06日",
	};
	(void)s;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		reads(forms[i], "2024-02-22", false);
}

static void takes_the_first_year_in_both_forms(void **s)
{
	(void)s;
	reads("令和元年5月1日", "2019-05-01", false);
	reads("令和1年5月1日", "2019-05-01", false);
	reads("令和一年五月一日", "2019-05-01", false);
	reads("令和元年（2019年）5月1日", "2019-05-01", false);
	reads("R元.5.1", "2019-05-01", false);
	reads("平成元年1月8日", "1989-01-08", false);
	reads("昭和元年12月25日", "1926-12-25", false);
}

static void takes_the_older_eras_by_all_their_names(void **s)
{
	(void)s;
	reads("H16.12.1", "2004-12-01", false);
	reads("平16.12.1", "2004-12-01", false);
	reads("㍻31年4月30日", "2019-04-30", false);
	reads("㍼64年1月7日", "1989-01-07", false);
	reads("S47.5.15", "1972-05-15", false);
}

static void tells_when_the_day_lies_in_a_later_era(void **s)
{
	(void)s;
	reads("平成31年6月1日", "2019-06-01", true);
	reads("平成31年5月1日", "2019-05-01", true);
	reads("平成31年4月30日", "2019-04-30", false);
	reads("平成36年12月31日", "2024-12-31", true);
	reads("平成36年（2024年）12月31日", "2024-12-31", true);
	reads("H36.12.31", "2024-12-31", true);
	reads("昭和64年1月8日", "1989-01-08", true);
	reads("昭和百年一月一日", "2025-01-01", true);
}

static void takes_any_later_year_of_the_last_era(void **s)
{
	(void)s;
	reads("令和7981年12月31日", "9999-12-31", false);
	refuses("令和7982年1月1日", ERR_RULE, "a year from 1900 to 9999");
	refuses("1899年12月31日", ERR_RULE, "a year from 1900 to 9999");
}

static void refuses_a_year_zero(void **s)
{
	(void)s;
	refuses("令和0年2月22日", ERR_RULE, "no year 0");
	refuses("R00.02.22", ERR_RULE, "no year 0");
	refuses("令和〇年二月二十二日", ERR_RULE, "no year 0");
}

static void refuses_a_day_before_the_era_began(void **s)
{
	(void)s;
	refuses("令和元年4月30日", ERR_RULE, "before 令和 began, on 2019-05-01");
	refuses("令和1年1月1日", ERR_RULE, "before 令和 began");
	refuses("平成元年1月7日", ERR_RULE, "before 平成 began");
	refuses("S1.12.24", ERR_RULE, "before 昭和 began");
}

static void refuses_a_month_or_day_that_there_is_not(void **s)
{
	(void)s;
	refuses("令和6年0月1日", ERR_RULE, "a month from 1 to 12");
	refuses("令和6年13月1日", ERR_RULE, "a month from 1 to 12");
	refuses("2024-13-01", ERR_RULE, "a month from 1 to 12");
	refuses("令和6年1月0日", ERR_RULE, "a day from 1 to 31");
	refuses("令和6年1月32日", ERR_RULE, "a day from 1 to 31");
	refuses("令和6年4月31日", ERR_RULE, "that month has no such day");
	refuses("令和6年2月30日", ERR_RULE, "that month has no such day");
	refuses("令和7年2月29日", ERR_RULE, "no leap year");
	refuses("R7.2.29", ERR_RULE, "no leap year");
	refuses("2025-02-29", ERR_RULE, "no leap year");
	reads("令和6年2月29日", "2024-02-29", false);
}

static void refuses_years_that_disagree(void **s)
{
	(void)s;
	refuses("令和6年(2023年)2月22日", ERR_RULE, "the year in brackets");
	refuses("平成36年（2023年）2月22日", ERR_RULE, "the year in brackets");
	refuses("2024年(2023年)2月22日", ERR_RULE, "the year in brackets");
}

static void refuses_a_year_of_no_era(void **s)
{
	(void)s;
	refuses("6.2.22", ERR_RULE, "of which era?");
	refuses("６．２．２２", ERR_RULE, "of which era?");
	refuses("6年2月22日", ERR_RULE, "of which era?");
	refuses("24年2月22日", ERR_RULE, "of which era?");
	refuses("元年5月1日", ERR_RULE, "of which era?");
}

static void takes_nothing_else_for_a_day(void **s)
{
	static const char *const others[] = {
		"", " ", "令和", "令和6", "令和6年", "令和6年2月", "令和6年2月22", "令和6年2月22日(木)", "令和6年2月22日頃",
		"6", "2024", "2024.2.22", "2024/02/22", "2024-2-22", "20240222", "2024-02-22T00:00", "2024-02-22x", "R6-2-22",
		"R6/2/22", "R.2.22", "大正15年12月24日", "T15.12.24", "明治元年1月1日", "r6.2.22", "令令6年2月22日", "令和6年6年2月22日",
		"令和6年(2024年2月22日", "令和6年2024年)2月22日", "令和6年()2月22日", "令和-6年2月22日", "令和6.5年2月22日",
		"令和99999999999年1月1日", "令和6年2月二2日", "令和2二年2月2日", "令和十二十年2月2日", "令和二〇十年2月2日",
		"令和6年2月22日令和6年2月22日", "\xff\xfe", "令和6年2月22\xe6\x97",
	};
	(void)s;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		refuses(others[i], ERR_SYNTAX, "is wanted");
	struct date d;
	bool told;
	struct err e = ERR_INIT;
	assert_int_equal(era_parse(eras, ERAS, "2024-02-22\0x", 12, &d, &told, &e), ERR_SYNTAX);
}

static void knows_no_era_that_its_table_lacks(void **s)
{
	static const char text[] = "令和6年2月22日";
	struct date d;
	bool told;
	(void)s;
	assert_int_equal(era_parse(NULL, 0, text, strlen(text), &d, &told, NULL), ERR_SYNTAX);
	assert_int_equal(era_parse(eras, 2, text, strlen(text), &d, &told, NULL), ERR_SYNTAX);
	assert_int_equal(era_parse(NULL, 0, "2024年2月22日", strlen("2024年2月22日"), &d, &told, NULL), ERR_OK);
	assert_int_equal(era_parse(eras, 2, "平成36年2月22日", strlen("平成36年2月22日"), &d, &told, NULL), ERR_OK);
	assert_false(told);
}

static void prints(struct date d, enum era_form form, const char *expected)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	era_print(eras, ERAS, d, form, &out);
	assert_string_equal(buf_str(&out), expected);
}

static void prints_days_of_their_era(void **s)
{
	(void)s;
	prints((struct date){ 2024, 2, 22 }, ERA_PLAIN, "令和6年2月22日");
	prints((struct date){ 2024, 2, 22 }, ERA_WEST, "令和6年（2024年）2月22日");
	prints((struct date){ 2019, 5, 1 }, ERA_PLAIN, "令和元年5月1日");
	prints((struct date){ 2019, 12, 31 }, ERA_WEST, "令和元年（2019年）12月31日");
	prints((struct date){ 2019, 4, 30 }, ERA_PLAIN, "平成31年4月30日");
	prints((struct date){ 1989, 1, 8 }, ERA_PLAIN, "平成元年1月8日");
	prints((struct date){ 1989, 1, 7 }, ERA_PLAIN, "昭和64年1月7日");
	prints((struct date){ 1926, 12, 24 }, ERA_PLAIN, "1926年12月24日");
	prints((struct date){ 1926, 12, 24 }, ERA_WEST, "1926年12月24日");
	prints((struct date){ 2051, 1, 1 }, ERA_PLAIN, "令和33年1月1日");
}

static struct date next_day(struct date d)
{
	d.day++;
	if (!date_is_valid(d))
		d = (struct date){ d.year, d.month + 1, 1 };
	return date_is_valid(d) ? d : (struct date){ d.year + 1, 1, 1 };
}

static void reads_back_every_day_that_it_prints(void **s)
{
	(void)s;
	unsigned days = 0;
	for (struct date d = { 1926, 12, 25 }; d.year <= 2040; d = next_day(d), days++)
		for (int form = ERA_PLAIN; form <= ERA_WEST; form++) {
			BUF_CLEANUP struct buf text = BUF_INIT;
			char iso[DATE_LEN + 1];
			date_print(d, iso);
			era_print(eras, ERAS, d, (enum era_form)form, &text);
			reads(buf_str(&text), iso, false);
		}
	assert_int_equal(days, date_day_number((struct date){ 2041, 1, 1 }) -
	                       date_day_number((struct date){ 1926, 12, 25 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_every_form_of_a_day),
		cmocka_unit_test(takes_the_first_year_in_both_forms),
		cmocka_unit_test(takes_the_older_eras_by_all_their_names),
		cmocka_unit_test(tells_when_the_day_lies_in_a_later_era),
		cmocka_unit_test(takes_any_later_year_of_the_last_era),
		cmocka_unit_test(refuses_a_year_zero),
		cmocka_unit_test(refuses_a_day_before_the_era_began),
		cmocka_unit_test(refuses_a_month_or_day_that_there_is_not),
		cmocka_unit_test(refuses_years_that_disagree),
		cmocka_unit_test(refuses_a_year_of_no_era),
		cmocka_unit_test(takes_nothing_else_for_a_day),
		cmocka_unit_test(knows_no_era_that_its_table_lacks),
		cmocka_unit_test(prints_days_of_their_era),
		cmocka_unit_test(reads_back_every_day_that_it_prints),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
