#include "model_vectors.h"

#include "model/verdict.h"

static const enum verdict by_severity[] = {
	VERDICT_VALID, VERDICT_UNWITNESSED, VERDICT_INCOMPLETE, VERDICT_NEWER_FORMAT, VERDICT_INVALID, VERDICT_DIVERGED,
};
#define VERDICTS (sizeof by_severity / sizeof *by_severity)

static void orders_verdicts_by_severity(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERDICTS; i++)
		for (size_t j = 0; j < VERDICTS; j++)
			assert_int_equal(verdict_worse(by_severity[i], by_severity[j]), by_severity[i > j ? i : j]);
}

static void has_a_word_and_a_sentence_for_each_verdict(void **state)
{
	(void)state;
	assert_string_equal(verdict_word(VERDICT_VALID), "VALID");
	assert_string_equal(verdict_word(VERDICT_NEWER_FORMAT), "NEWER-FORMAT");
	for (size_t i = 0; i < VERDICTS; i++)
		assert_true(strlen(verdict_meaning(by_severity[i])) > 20);
}

static void never_exits_with_1(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERDICTS; i++)
		assert_int_not_equal(by_severity[i], 1);
}

static void takes_an_unknown_verdict_for_invalid(void **state)
{
	(void)state;
	assert_string_equal(verdict_word((enum verdict)1), "INVALID");
	assert_string_equal(verdict_word((enum verdict)99), "INVALID");
	assert_int_equal(verdict_worse((enum verdict)1, VERDICT_INCOMPLETE), 1);
}

static void has_a_word_for_each_state(void **state)
{
	(void)state;
	for (enum verdict_state a = VERDICT_PRESENT; a < VERDICT_STATE_COUNT; a++)
		for (enum verdict_state b = VERDICT_PRESENT; b < a; b++)
			assert_string_not_equal(verdict_state_word(a), verdict_state_word(b));
	assert_string_equal(verdict_state_word(VERDICT_WRONG_KEY), "WRONG-KEY");
}

static void writes_states_that_make_the_whole_invalid_in_capitals(void **state)
{
	(void)state;
	for (int s = 0; s < VERDICT_STATE_COUNT; s++) {
		bool is_capital = verdict_state_word((enum verdict_state)s)[0] < 'a';
		assert_int_equal(verdict_of_state((enum verdict_state)s), is_capital ? VERDICT_INVALID : VERDICT_VALID);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_verdicts_by_severity),
		cmocka_unit_test(has_a_word_and_a_sentence_for_each_verdict),
		cmocka_unit_test(never_exits_with_1),
		cmocka_unit_test(takes_an_unknown_verdict_for_invalid),
		cmocka_unit_test(has_a_word_for_each_state),
		cmocka_unit_test(writes_states_that_make_the_whole_invalid_in_capitals),
	};
	return cmocka_run_group_tests_name("model/verdict", tests, NULL, NULL);
}
