/* Keys of a ledger: which one counts at which position, by the Key lines alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "model/keyring.h"

static const char A[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
static const char B[] = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
static const char C[] = "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC";

static struct leaf_key line(enum leaf_key_action action, enum leaf_key_use use, const char *fpr, uint64_t since)
{
	struct leaf_key key = { .action = action, .use = use, .since = since };
	memcpy(key.fpr, fpr, sizeof key.fpr);
	return key;
}

static struct leaf entry(struct leaf_key *key, uint64_t seq)
{
	return (struct leaf){ .kind = seq ? LEAF_KEY : LEAF_GENESIS, .seq = seq, .keys = key, .keys_count = 1 };
}

/* What the ledger holds by then: the judge has nothing against it, and it is taken. */
static void takes(struct keyring *k, uint64_t seq, enum leaf_key_action action, const char *fpr, uint64_t since)
{
	struct leaf_key key = line(action, LEAF_USE_ENTRY, fpr, since);
	struct leaf leaf = entry(&key, seq);
	struct err e = ERR_INIT;
	if (keyring_judge(k, &leaf, seq, &e))
		fail_msg("%s", e.text);
	keyring_take(k, &leaf, seq);
}

/* Refused, and said why; the entry stands all the same, and is taken. */
static void breaks(struct keyring *k, uint64_t seq, struct leaf_key key, const char *why)
{
	struct leaf leaf = entry(&key, seq);
	struct err e = ERR_INIT;
	assert_int_equal(keyring_judge(k, &leaf, seq, &e), ERR_RULE);
	if (!strstr(e.text, why))
		fail_msg("%s: not: %s", e.text, why);
	keyring_take(k, &leaf, seq);
}

/* Counts at first, at last and between, and neither before nor after; last UINT64_MAX = no end. */
static void counts(const struct keyring *k, const char *fpr, uint64_t first, uint64_t last)
{
	assert_true(keyring_counts(k, fpr, LEAF_USE_ENTRY, first));
	assert_true(keyring_counts(k, fpr, LEAF_USE_ENTRY, first + (last - first) / 2));
	assert_true(keyring_counts(k, fpr, LEAF_USE_ENTRY, last == UINT64_MAX ? last - 1 : last));
	if (first)
		assert_false(keyring_counts(k, fpr, LEAF_USE_ENTRY, first - 1));
	if (last != UINT64_MAX)
		assert_false(keyring_counts(k, fpr, LEAF_USE_ENTRY, last + 1));
}

static void a_key_of_genesis_counts_from_entry_0_and_any_other_from_the_next_one(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	assert_false(keyring_counts(&k, A, LEAF_USE_ENTRY, 0));
	assert_null(keyring_newest(&k, LEAF_USE_ENTRY, 0, NULL));
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	takes(&k, 5, LEAF_KEY_ADD, B, 0);
	counts(&k, A, 0, UINT64_MAX);
	counts(&k, B, 6, UINT64_MAX);
	assert_true(keyring_knows(&k, B));
	assert_false(keyring_knows(&k, C));
	keyring_release(&k);
}

static void a_key_counts_for_its_use_only(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	assert_false(keyring_counts(&k, A, LEAF_USE_ARCHIVE, 1));
	assert_false(keyring_counts(&k, A, LEAF_USE_RECOVERY, 1));
	assert_null(keyring_newest(&k, LEAF_USE_ARCHIVE, 1, NULL));
	breaks(&k, 3, line(LEAF_KEY_ADD, LEAF_USE_ARCHIVE, A, 0), "has another use");
	assert_false(keyring_counts(&k, A, LEAF_USE_ARCHIVE, 4));
	keyring_release(&k);
}

static void retired_or_revoked_it_counts_up_to_the_entry_that_says_so(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	takes(&k, 4, LEAF_KEY_ADD, B, 0);
	takes(&k, 7, LEAF_KEY_RETIRE, A, 0);
	takes(&k, 9, LEAF_KEY_REVOKE, B, 0);
	counts(&k, A, 0, 7);
	counts(&k, B, 5, 9);
	assert_int_equal(k.at[0].state, KEYRING_RETIRED);
	assert_int_equal(k.at[0].told_by, 7);
	assert_int_equal(k.at[1].state, KEYRING_REVOKED);
	assert_false(keyring_doubts(&k, A, 7));
	keyring_release(&k);
}

static void an_end_that_is_said_again_later_moves_nothing(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	takes(&k, 4, LEAF_KEY_RETIRE, A, 0);
	takes(&k, 8, LEAF_KEY_REVOKE, A, 0);
	counts(&k, A, 0, 4);
	assert_int_equal(k.at[0].state, KEYRING_RETIRED);
	assert_int_equal(k.at[0].told_by, 4);
	keyring_release(&k);
}

static void a_retired_key_may_be_added_again_and_does_not_count_between(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	breaks(&k, 2, line(LEAF_KEY_ADD, LEAF_USE_ENTRY, A, 0), "counts already");
	assert_int_equal(k.count, 1);
	takes(&k, 4, LEAF_KEY_RETIRE, A, 0);
	takes(&k, 8, LEAF_KEY_ADD, A, 0);
	for (uint64_t seq = 0; seq < 20; seq++)
		assert_int_equal(keyring_counts(&k, A, LEAF_USE_ENTRY, seq), seq <= 4 || seq >= 9);
	assert_int_equal(k.count, 2);
	keyring_release(&k);
}

static void compromised_it_counts_up_to_before_the_entry_named_and_is_doubted_from_there(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	takes(&k, 9, LEAF_KEY_COMPROMISED, A, 6);
	counts(&k, A, 0, 5);
	for (uint64_t seq = 0; seq < 20; seq++) {
		assert_int_equal(keyring_doubts(&k, A, seq), seq >= 6 && seq <= 9);
		assert_false(keyring_doubts(&k, B, seq));
	}
	assert_int_equal(k.at[0].state, KEYRING_COMPROMISED);
	keyring_release(&k);
}

static void compromised_since_entry_0_it_never_counted(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	takes(&k, 3, LEAF_KEY_COMPROMISED, A, 0);
	for (uint64_t seq = 0; seq < 6; seq++)
		assert_false(keyring_counts(&k, A, LEAF_USE_ENTRY, seq));
	assert_true(keyring_doubts(&k, A, 0));
	keyring_release(&k);
}

static void compromised_since_the_entry_that_says_so_it_counts_up_to_before_it(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	takes(&k, 9, LEAF_KEY_COMPROMISED, A, 9);
	counts(&k, A, 0, 8);
	assert_true(keyring_doubts(&k, A, 9));
	keyring_release(&k);
}

static void a_compromised_key_stays_that_whatever_is_said_later(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	takes(&k, 9, LEAF_KEY_COMPROMISED, A, 6);
	breaks(&k, 10, line(LEAF_KEY_ADD, LEAF_USE_ENTRY, A, 0), "is compromised");
	takes(&k, 11, LEAF_KEY_RETIRE, A, 0);
	counts(&k, A, 0, 5);
	assert_int_equal(k.at[0].state, KEYRING_COMPROMISED);
	assert_int_equal(k.at[0].told_by, 9);
	takes(&k, 12, LEAF_KEY_COMPROMISED, A, 8);
	counts(&k, A, 0, 5);
	assert_int_equal(k.at[0].compromised_since, 6);
	takes(&k, 13, LEAF_KEY_COMPROMISED, A, 3);
	counts(&k, A, 0, 2);
	assert_true(keyring_doubts(&k, A, 3));
	keyring_release(&k);
}

static void a_retired_key_that_is_compromised_keeps_its_end_or_gets_an_earlier_one(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	takes(&k, 4, LEAF_KEY_RETIRE, A, 0);
	takes(&k, 9, LEAF_KEY_COMPROMISED, A, 7);
	counts(&k, A, 0, 4);
	takes(&k, 10, LEAF_KEY_COMPROMISED, A, 2);
	counts(&k, A, 0, 1);
	assert_true(keyring_doubts(&k, A, 3));
	keyring_release(&k);
}

static void each_addition_of_a_compromised_key_ends_where_it_is_named(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	takes(&k, 4, LEAF_KEY_RETIRE, A, 0);
	takes(&k, 8, LEAF_KEY_ADD, A, 0);
	takes(&k, 15, LEAF_KEY_COMPROMISED, A, 12);
	for (uint64_t seq = 0; seq < 20; seq++)
		assert_int_equal(keyring_counts(&k, A, LEAF_USE_ENTRY, seq), seq <= 4 || (seq >= 9 && seq < 12));
	keyring_release(&k);
}

static void what_names_no_key_of_the_ledger_or_an_entry_to_come_is_refused(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	breaks(&k, 2, line(LEAF_KEY_RETIRE, LEAF_USE_ENTRY, B, 0), "no such key");
	breaks(&k, 3, line(LEAF_KEY_COMPROMISED, LEAF_USE_ENTRY, A, 4), "entry 4 is not made yet");
	assert_false(keyring_knows(&k, B));
	keyring_release(&k);
}

static void the_newest_that_counts_comes_first_and_then_those_before_it(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	takes(&k, 3, LEAF_KEY_ADD, B, 0);
	takes(&k, 5, LEAF_KEY_ADD, C, 0);
	takes(&k, 7, LEAF_KEY_RETIRE, B, 0);
	const struct keyring_key *x = keyring_newest(&k, LEAF_USE_ENTRY, 8, NULL);
	assert_string_equal(x->fpr, C);
	x = keyring_newest(&k, LEAF_USE_ENTRY, 8, x);
	assert_string_equal(x->fpr, A);
	assert_null(keyring_newest(&k, LEAF_USE_ENTRY, 8, x));
	assert_string_equal(keyring_newest(&k, LEAF_USE_ENTRY, 5, NULL)->fpr, B);
	keyring_release(&k);
}

static void lines_of_other_kinds_say_nothing(void **s)
{
	(void)s;
	struct keyring k = { .count = 0 };
	struct leaf_key key = line(LEAF_KEY_RETIRE, LEAF_USE_ENTRY, B, 0);
	struct leaf leaf = entry(&key, 1);
	leaf.kind = LEAF_RECORD;
	assert_int_equal(keyring_judge(&k, &leaf, 1, NULL), ERR_OK);
	key.action = LEAF_KEY_ADD;
	keyring_take(&k, &leaf, 1);
	assert_int_equal(k.count, 0);
	keyring_release(&k);
}

static void words_are_read_as_they_are_printed(void **s)
{
	(void)s;
	enum leaf_key_use use = LEAF_USE_ENTRY;
	enum leaf_key_action action = LEAF_KEY_RETIRE;
	for (int i = LEAF_USE_ENTRY; i <= LEAF_USE_RECOVERY; i++) {
		assert_true(keyring_use_of(keyring_use_word((enum leaf_key_use)i), &use));
		assert_int_equal(use, i);
	}
	assert_true(keyring_action_of("compromised", &action));
	assert_int_equal(action, LEAF_KEY_COMPROMISED);
	assert_false(keyring_use_of("entries", &use) || keyring_action_of("counts", &action));
	assert_int_equal(use, LEAF_USE_RECOVERY);
	assert_int_equal(action, LEAF_KEY_COMPROMISED);
	assert_string_equal(keyring_state_word(KEYRING_COUNTS), "counts");
	assert_string_equal(keyring_state_word(KEYRING_COMPROMISED), "compromised");
}

/* Retired by entry 4, added anew by entry 9, and since entry 12 in other hands, says entry 20. */
static void an_end_is_told_of_where_a_key_never_counts_again(void **s)
{
	struct keyring k = { .count = 0 };
	(void)s;
	takes(&k, 0, LEAF_KEY_ADD, A, 0);
	takes(&k, 1, LEAF_KEY_ADD, B, 0);
	assert_null(keyring_ended(&k, A, 1));
	takes(&k, 4, LEAF_KEY_RETIRE, A, 0);
	assert_null(keyring_ended(&k, A, 4));
	assert_int_equal(keyring_ended(&k, A, 5)->told_by, 4);
	takes(&k, 9, LEAF_KEY_ADD, A, 0);
	assert_null(keyring_ended(&k, A, 7));
	takes(&k, 20, LEAF_KEY_COMPROMISED, A, 12);
	assert_null(keyring_ended(&k, A, 11));
	assert_int_equal(keyring_ended(&k, A, 12)->told_by, 20);
	assert_int_equal(keyring_ended(&k, A, 12)->state, KEYRING_COMPROMISED);
	takes(&k, 22, LEAF_KEY_REVOKE, B, 0);
	assert_null(keyring_ended(&k, B, 22));
	assert_int_equal(keyring_ended(&k, B, 23)->state, KEYRING_REVOKED);
	assert_null(keyring_ended(&k, C, 23));
	keyring_release(&k);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_of_genesis_counts_from_entry_0_and_any_other_from_the_next_one),
		cmocka_unit_test(a_key_counts_for_its_use_only),
		cmocka_unit_test(retired_or_revoked_it_counts_up_to_the_entry_that_says_so),
		cmocka_unit_test(an_end_that_is_said_again_later_moves_nothing),
		cmocka_unit_test(a_retired_key_may_be_added_again_and_does_not_count_between),
		cmocka_unit_test(compromised_it_counts_up_to_before_the_entry_named_and_is_doubted_from_there),
		cmocka_unit_test(compromised_since_entry_0_it_never_counted),
		cmocka_unit_test(compromised_since_the_entry_that_says_so_it_counts_up_to_before_it),
		cmocka_unit_test(a_compromised_key_stays_that_whatever_is_said_later),
		cmocka_unit_test(a_retired_key_that_is_compromised_keeps_its_end_or_gets_an_earlier_one),
		cmocka_unit_test(each_addition_of_a_compromised_key_ends_where_it_is_named),
		cmocka_unit_test(what_names_no_key_of_the_ledger_or_an_entry_to_come_is_refused),
		cmocka_unit_test(the_newest_that_counts_comes_first_and_then_those_before_it),
		cmocka_unit_test(lines_of_other_kinds_say_nothing),
		cmocka_unit_test(words_are_read_as_they_are_printed),
		cmocka_unit_test(an_end_is_told_of_where_a_key_never_counts_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
