/* The day of an act, against the Time of its entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/act.h"

#define TIME INT64_C(1767225600)        /* 2026-01-01T09:00:00+09:00 */
#define DAY_S (24 * 60 * 60)

static bool is_timely(enum leaf_kind kind, int days_before)
{
	return act_body_is_timely(kind, date_of_time(TIME - (int64_t)days_before * DAY_S), TIME);
}

static void takes_what_one_person_states_on_the_day_or_the_day_before(void **state)
{
	(void)state;
	assert_true(is_timely(LEAF_APPROVE, 0));
	assert_true(is_timely(LEAF_APPROVE, 1));
	assert_false(is_timely(LEAF_APPROVE, 2));
	assert_false(is_timely(LEAF_APPROVE, -1));
	assert_false(is_timely(LEAF_VOID, 2));
	assert_false(is_timely(LEAF_RULES, 2));
}

static void leaves_the_second_of_two_persons_two_weeks(void **state)
{
	(void)state;
	assert_true(is_timely(LEAF_RELEASE, 14));
	assert_false(is_timely(LEAF_RELEASE, 15));
	assert_false(is_timely(LEAF_RELEASE, -1));
	assert_true(is_timely(LEAF_DESTROYED, 14));
}

static void counts_days_of_japan(void **state)
{
	const int64_t midnight = TIME - 9 * 60 * 60;
	(void)state;
	assert_true(act_body_is_timely(LEAF_HOLD, (struct date){ 2026, 1, 1 }, midnight));
	assert_false(act_body_is_timely(LEAF_HOLD, (struct date){ 2026, 1, 1 }, midnight - 1));
	assert_false(act_body_is_timely(LEAF_HOLD, (struct date){ 2025, 12, 30 }, midnight));
	assert_true(act_body_is_timely(LEAF_HOLD, (struct date){ 2025, 12, 30 }, midnight - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_one_person_states_on_the_day_or_the_day_before),
		cmocka_unit_test(leaves_the_second_of_two_persons_two_weeks),
		cmocka_unit_test(counts_days_of_japan),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
