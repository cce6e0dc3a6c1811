/* The days of a record are found by its schema, wherever they stand, and written as ISO days. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "foreign/schema_dates.h"

static const struct era eras[] = {
	{ "平成", "平", "H", NULL, { 1989, 1, 8 } },
	{ "令和", "令", "R", "㋿", { 2019, 5, 1 } },
};

static struct jdoc *read_doc(const char *text)
{
	struct err e = ERR_INIT;
	struct jdoc *d = jdoc_parse(text, strlen(text), 65536, JDOC_ANY, &e);
	if (!d)
		fail_msg("%s", e.text);
	return d;
}

static const char schema_text[] =
	"{\"properties\": {\"day\": {\"x-date\": true}, \"days\": {\"items\": {\"x-date\": true}}, \"text\": {},"
	" \"in\": {\"properties\": {\"day\": {\"x-date\": true}}}}}";

struct told {
	unsigned count;
	struct date day;
};

static void tell(void *ctx, const char *text, size_t len, struct date day)
{
	struct told *t = ctx;
	assert_int_equal(strlen(text), len);
	t->count++;
	t->day = day;
}

static int map(const char *value_text, struct told *told, struct jdoc **out, struct jdoc **faults, struct err *e)
{
	struct jdoc *schema = read_doc(schema_text), *value = read_doc(value_text), *again = read_doc(value_text);
	const struct schema_dates_table table = { eras, 2, tell, told };
	int rc = schema_dates_read(&table, schema, value, out, faults, e);
	assert_true(jdoc_is_equal(value, again));
	jdoc_free(again);
	jdoc_free(value);
	jdoc_free(schema);
	return rc;
}

static void becomes(const char *from, const char *to, unsigned notices)
{
	struct told told = { .count = 0 };
	struct jdoc *out = NULL, *faults, *expected = read_doc(to);
	struct err e = ERR_INIT;
	assert_int_equal(map(from, &told, &out, &faults, &e), ERR_OK);
	assert_null(faults);
	assert_true(jdoc_is_equal(out, expected));
	assert_int_equal(told.count, notices);
	jdoc_free(out);
	jdoc_free(expected);
}

static void writes_days_as_iso_wherever_they_stand(void **s)
{
	(void)s;
	becomes("{\"day\": \"令和6年2月22日\", \"text\": \"令和6年2月22日\", \"other\": \"R6.2.22\", \"n\": 3}",
	        "{\"day\": \"2024-02-22\", \"text\": \"令和6年2月22日\", \"other\": \"R6.2.22\", \"n\": 3}", 0);
	becomes("{\"days\": [\"R6.2.22\", \"2024-02-23\", 7], \"in\": {\"day\": \"㋿6年2月24日\"}}",
	        "{\"days\": [\"2024-02-22\", \"2024-02-23\", 7], \"in\": {\"day\": \"2024-02-24\"}}", 0);
}

static void tells_of_a_day_in_an_era_that_had_ended(void **s)
{
	(void)s;
	becomes("{\"day\": \"平成31年6月1日\"}", "{\"day\": \"2019-06-01\"}", 1);
}

static void leaves_to_the_schema_what_is_no_day(void **s)
{
	(void)s;
	becomes("{\"day\": \"tomorrow\"}", "{\"day\": \"tomorrow\"}", 0);
	becomes("{\"day\": \"2025-02-29\"}", "{\"day\": \"2025-02-29\"}", 0);
	becomes("{\"day\": 5, \"days\": {}, \"in\": []}", "{\"day\": 5, \"days\": {}, \"in\": []}", 0);
	becomes("[\"R6.2.22\"]", "[\"R6.2.22\"]", 0);
	becomes("\"R6.2.22\"", "\"R6.2.22\"", 0);
}

static void refuses_wrong_days_with_their_places(void **s)
{
	struct told told = { .count = 0 };
	struct jdoc *out = NULL, *faults = NULL;
	struct err e = ERR_INIT;
	(void)s;
	assert_int_equal(map("{\"day\": \"令和7年2月29日\", \"days\": [\"R6.2.22\", \"令和元年4月30日\"]}", &told, &out,
	                     &faults, &e), ERR_SCHEMA);
	assert_null(out);
	assert_int_equal(jdoc_size(faults), 2);
	const struct jdoc *second = jdoc_at(faults, 1);
	assert_string_equal(jdoc_get_text(jdoc_at(faults, 0), "at"), "/day");
	assert_string_equal(jdoc_get_text(second, "at"), "/days/1");
	assert_string_equal(jdoc_get_text(second, "field"), "days");
	assert_string_equal(jdoc_get_text(second, "rule"), "x-date");
	assert_non_null(strstr(jdoc_get_text(second, "reason"), "before 令和 began"));
	assert_non_null(strstr(e.text, "2 faults; first, at /day: x-date: "));
	jdoc_free(faults);
}

static void gives_the_table_of_eras_back(void **s)
{
	(void)s;
	size_t count = 0;
	struct jdoc *list = schema_dates_print_eras(eras, 2);
	struct era *table = schema_dates_parse_eras(list, &count);
	assert_int_equal(count, 2);
	assert_string_equal(table[1].ja, "令和");
	assert_string_equal(table[1].sign, "㋿");
	assert_null(table[0].sign);
	assert_int_equal(date_day_number(table[0].first), date_day_number(eras[0].first));
	free(table);
	jdoc_free(list);
	table = schema_dates_parse_eras(NULL, &count);
	assert_int_equal(count, 0);
	free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_days_as_iso_wherever_they_stand),
		cmocka_unit_test(tells_of_a_day_in_an_era_that_had_ended),
		cmocka_unit_test(leaves_to_the_schema_what_is_no_day),
		cmocka_unit_test(refuses_wrong_days_with_their_places),
		cmocka_unit_test(gives_the_table_of_eras_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
