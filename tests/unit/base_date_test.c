#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"

#define NEW_YEAR_2025 ((int64_t)1735657200) /* 2024-12-31T15:00:00Z */

static int64_t to_time(const char *text)
{
	int64_t t = INT64_MIN;
	assert_true(date_time_parse(text, strlen(text), &t));
	return t;
}

static void begins_the_year_at_fifteen_hours_utc(void **s)
{
	(void)s;
	assert_int_equal(date_year_of_time(NEW_YEAR_2025), 2025);
	assert_int_equal(date_year_of_time(NEW_YEAR_2025 - 1), 2024);
	assert_int_equal(to_time("2025-01-01T00:00:00+09:00"), NEW_YEAR_2025);
}

static void takes_no_notice_of_tz(void **s)
{
	(void)s;
	setenv("TZ", "America/New_York", 1);
	tzset();
	assert_int_equal(date_year_of_time(NEW_YEAR_2025), 2025);
	assert_int_equal(date_to_time((struct date){ 2025, 1, 1 }), NEW_YEAR_2025);
	unsetenv("TZ");
}

static void counts_days_like_the_calendar(void **s)
{
	(void)s;
	int64_t n = date_day_number((struct date){ 1900, 1, 1 });
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	assert_int_equal(date_day_number((struct date){ 1970, 1, 1 }), 0);
	assert_int_equal(n, -25567);
	for (int y = 1900; y <= 2500; y++)
		for (int m = 1; m <= 12; m++) {
			int last = days[m - 1] + (m == 2 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0));
			for (int d = 1; d <= last; d++, n++) {
				struct date date = { y, m, d }, back = date_of_time(n * 86400);
				assert_true(date_is_valid(date));
				assert_int_equal(date_day_number(date), n);
				assert_int_equal(back.year * 10000 + back.month * 100 + back.day, y * 10000 + m * 100 + d);
			}
			assert_false(date_is_valid((struct date){ y, m, last + 1 }));
		}
}

static void refuses_days_that_do_not_exist(void **s)
{
	(void)s;
	static const char *const wrong[] = { "2025-02-29", "1900-02-29", "2024-02-30", "2024-04-31", "2024-13-01",
		                             "2024-00-01", "2024-01-00", "1899-12-31", "0000-01-01" };
	struct date d;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(date_parse(wrong[i], strlen(wrong[i]), &d));
	assert_true(date_parse("2024-02-29", 10, &d));
	assert_true(date_parse("2000-02-29", 10, &d));
	assert_true(date_parse("9999-12-31", 10, &d));
}

static void refuses_other_spellings_of_a_date(void **s)
{
	(void)s;
	static const char *const wrong[] = { "2024-2-29", "2024/02/29", "20240229", " 2024-02-29", "2024-02-29 ",
		                             "+024-02-29", "2024-02-2x", "" };
	struct date d;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(date_parse(wrong[i], strlen(wrong[i]), &d));
}

static void refuses_other_spellings_of_a_time(void **s)
{
	(void)s;
	static const char *const wrong[] = {
		"2026-02-22T10:15:03Z",      "2026-02-22T10:15:03+0900",  "2026-02-22T10:15:03+08:00",
		"2026-02-22 10:15:03+09:00", "2026-02-22T24:00:00+09:00", "2026-02-22T10:60:00+09:00",
		"2026-02-22T10:15:60+09:00", "2026-02-30T10:15:03+09:00", "2026-02-22T1a:15:03+09:00",
		"2026-02-22T10:15:03-09:00", "2026-02-22t10:15:03+09:00", "",
	};
	int64_t t;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_false(date_time_parse(wrong[i], strlen(wrong[i]), &t));
}

static void prints_what_it_parses(void **s)
{
	(void)s;
	static const char *const times[] = { "1900-01-01T00:00:00+09:00", "1970-01-01T08:59:59+09:00",
		                             "2026-02-22T10:15:03+09:00", "2024-02-29T23:59:59+09:00",
		                             "9999-12-31T23:59:59+09:00" };
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		char text[DATE_TIME_LEN + 1], day[DATE_LEN + 1];
		int64_t t = to_time(times[i]);
		date_time_print(t, text);
		assert_string_equal(text, times[i]);
		date_print(date_of_time(t), day);
		assert_memory_equal(day, times[i], DATE_LEN);
	}
	assert_int_equal(to_time("1970-01-01T08:59:59+09:00"), -1);
}

static void stays_within_its_years_for_any_number(void **s)
{
	(void)s;
	char text[DATE_TIME_LEN + 1];
	date_time_print(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59+09:00");
	date_time_print(INT64_MIN, text);
	assert_string_equal(text, "1900-01-01T00:00:00+09:00");
	assert_true(date_year_of_time(INT64_MAX) > DATE_YEAR_MAX);
	assert_true(date_year_of_time(INT64_MIN) < DATE_YEAR_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(begins_the_year_at_fifteen_hours_utc),
		cmocka_unit_test(takes_no_notice_of_tz),
		cmocka_unit_test(counts_days_like_the_calendar),
		cmocka_unit_test(refuses_days_that_do_not_exist),
		cmocka_unit_test(refuses_other_spellings_of_a_date),
		cmocka_unit_test(refuses_other_spellings_of_a_time),
		cmocka_unit_test(prints_what_it_parses),
		cmocka_unit_test(stays_within_its_years_for_any_number),
	};
	return cmocka_run_group_tests_name("base/date", tests, NULL, NULL);
}
