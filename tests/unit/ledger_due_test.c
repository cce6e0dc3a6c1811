/* What a rule book asks for and has not got, on days at the ends of months and years. */
#include "ledger/due.h"
#include "ledger_cars.h"

typedef unsigned long long ull;

struct telling {
	const char *rule;            /* NULL: the end of the rule book */
	struct buf out;
};

static int print_item(void *ctx, const struct due_item *item, struct err *e)
{
	struct telling *t = ctx;
	char since[DATE_LEN + 1], until[DATE_LEN + 1];
	(void)e;
	if (item->rule ? !t->rule || strcmp(item->rule->name, t->rule) != 0 : t->rule != NULL)
		return ERR_OK;
	date_print(item->since, since);
	date_print(item->until, until);
	if (item->state == DUE_OVERDUE)
		buf_printf(&t->out, "overdue since %s;", since);
	else
		buf_printf(&t->out, "%s until %s;", due_state_word(item->state), until);
	return ERR_OK;
}

/* On that day, of one rule of the rule book. */
static void assert_due_in(struct office *o, const char *unit, const char *rule, const char *day, const char *expected)
{
	struct telling t = { .rule = rule, .out = BUF_INIT };
	struct date date;
	struct err e = ERR_INIT;
	assert_true(date_parse(day, strlen(day), &date));
	office_must(due_each(o->ledger, unit, date_to_time(date) + OFFICE_DAY / 2, print_item, &t, &e), &e);
	assert_string_equal(buf_str(&t.out), expected);
	buf_release(&t.out);
}

static void assert_due(struct office *o, const char *rule, const char *day, const char *expected)
{
	assert_due_in(o, NULL, rule, day, expected);
}

static uint64_t buy(struct office *o, const char *day, const char *more)
{
	return cars_put(o, "vehicle", "'body':{'plate':'A','bought_on':'%s'%s}", day, more);
}

static void check(struct office *o, uint64_t vehicle, const char *day, const char *more)
{
	cars_put(o, "check", "'body':{'vehicle_entries':[%llu],'checked_on':'%s'%s}", (ull)vehicle, day, more);
}

static void asks_once_in_each_calendar_month(void **state)
{
	struct office *o = *state;
	uint64_t n = buy(o, "2024-01-31", "");
	assert_due(o, "check", "2023-12-31", "");
	assert_due(o, "check", "2024-01-31", "near until 2024-01-31;");
	assert_due(o, "check", "2024-02-28", "overdue since 2024-02-01;asked until 2024-02-29;");
	assert_due(o, "check", "2024-02-29", "overdue since 2024-02-01;near until 2024-02-29;");
	check(o, n, "2024-01-31", "");
	assert_due(o, "check", "2024-02-29", "near until 2024-02-29;");
	check(o, n, "2024-03-01", "");
	assert_due(o, "check", "2024-03-01", "overdue since 2024-03-01;");
	check(o, n, "2024-02-29", "");
	assert_due(o, "check", "2024-03-31", "");
	assert_due(o, "check", "2024-04-01", "asked until 2024-04-30;");
}

static void knows_the_end_of_each_february(void **state)
{
	struct office *o = *state;
	buy(o, "2025-02-28", "");
	assert_due(o, "check", "2025-02-28", "near until 2025-02-28;");
	assert_due(o, "check", "2025-03-01", "overdue since 2025-03-01;asked until 2025-03-31;");
}

static void asks_once_in_each_calendar_year(void **state)
{
	struct office *o = *state;
	uint64_t n = buy(o, "2024-02-29", ",'exam':'shaken'");
	assert_due(o, "shaken", "2024-12-30", "asked until 2024-12-31;");
	assert_due(o, "shaken", "2024-12-31", "near until 2024-12-31;");
	assert_due(o, "shaken", "2025-01-01", "overdue since 2025-01-01;asked until 2025-12-31;");
	check(o, n, "2024-12-31", "");
	check(o, n, "2024-12-31", ",'yearly':'other'");
	assert_due(o, "shaken", "2025-01-01", "overdue since 2025-01-01;asked until 2025-12-31;");
	check(o, n, "2024-12-31", ",'yearly':'shaken'");
	assert_due(o, "shaken", "2025-01-01", "asked until 2025-12-31;");
	check(o, n, "2025-01-01", ",'yearly':'shaken'");
	assert_due(o, "shaken", "2025-12-31", "");
}

static void asks_only_where_its_condition_holds(void **state)
{
	struct office *o = *state;
	uint64_t n = buy(o, "2024-02-29", ",'exam':'shaken','exempt':true");
	assert_due(o, "shaken", "2024-12-31", "");
	cars_put(o, "vehicle", "'corrects':%llu,'reason':'x','body':{'plate':'A','bought_on':'2024-03-01','exam':'shaken',"
	         "'exempt':false}", (ull)n);
	assert_due(o, "shaken", "2024-12-31", "near until 2024-12-31;");
	assert_due(o, "check", "2024-03-01", "asked until 2024-03-31;"); /* from the corrected day on */
}

static void asks_for_nothing_of_what_has_ended(void **state)
{
	struct office *o = *state;
	uint64_t n = buy(o, "2024-01-31", "");
	cars_put(o, "vehicle-end", "'body':{'vehicle_entry':%llu,'gone_on':'2024-02-10'}", (ull)n);
	assert_due(o, "check", "2024-03-01", "");
}

static void counts_days_over_the_end_of_a_month(void **state)
{
	struct office *o = *state;
	uint64_t n = cars_put(o, "fault", "'body':{'what':'tyre','seen_on':'2024-02-27'}");
	assert_due(o, "repair", "2024-02-27", "asked until 2024-03-01;");
	assert_due(o, "repair", "2024-03-01", "near until 2024-03-01;");
	assert_due(o, "repair", "2024-03-02", "overdue since 2024-03-02;");
	cars_put(o, "fault-step", "'body':{'fault_entry':%llu,'done_on':'2024-03-01','step':'estimated'}", (ull)n);
	assert_due(o, "repair", "2024-03-02", "overdue since 2024-03-02;");
	cars_put(o, "fault-step", "'body':{'fault_entry':%llu,'done_on':'2024-03-05','step':'repaired'}", (ull)n);
	assert_due(o, "repair", "2024-03-06", "");
}

static void tells_a_day_that_was_set_only_when_it_is_near(void **state)
{
	struct office *o = *state;
	struct cars_trip t = cars_prepare(o);
	MEM_CLEANUP char *text = cars_trip_text(t, "2024-03-10", "true", "");
	uint64_t n = cars_put(o, "trip", "%s", text);
	assert_due(o, "back", "2024-03-10", "");
	assert_due(o, "back", "2024-03-11", "near until 2024-03-12;");
	assert_due(o, "back", "2024-03-12", "near until 2024-03-12;");
	assert_due(o, "back", "2024-03-13", "overdue since 2024-03-13;");
	cars_put(o, "trip-end", "'body':{'trip_entry':%llu,'back_on':'2024-03-13'}", (ull)n);
	assert_due(o, "back", "2024-03-13", "");
}

static void tells_of_one_unit_alone(void **state)
{
	struct office *o = *state;
	buy(o, "2024-01-31", "");
	assert_due_in(o, "hq", "check", "2024-01-31", "near until 2024-01-31;");
	assert_due_in(o, "north", "check", "2024-01-31", "");
}

static void tells_of_the_end_of_the_rule_book(void **state)
{
	struct office *o = *state;
	assert_due(o, NULL, "2999-06-29", "");
	assert_due(o, NULL, "2999-06-30", "near until 2999-12-31;");
	assert_due(o, NULL, "2999-12-31", "near until 2999-12-31;");
	assert_due(o, NULL, "3000-01-01", "overdue since 3000-01-01;");
	assert_due_in(o, "north", NULL, "3000-01-01", "");
}

int main(void)
{
	office_library();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(asks_once_in_each_calendar_month, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(knows_the_end_of_each_february, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(asks_once_in_each_calendar_year, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(asks_only_where_its_condition_holds, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(asks_for_nothing_of_what_has_ended, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(counts_days_over_the_end_of_a_month, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(tells_a_day_that_was_set_only_when_it_is_near, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(tells_of_one_unit_alone, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(tells_of_the_end_of_the_rule_book, cars_set_up, cars_tear_down),
	};
	return cmocka_run_group_tests_name("ledger/due", tests, NULL, NULL);
}
