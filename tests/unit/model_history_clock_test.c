/* Life, steps, doubts about the clock; and which keys count. */
#include "model_history_book.h"

#include "model/rulebook.h"

#define PAPER .kind = "paper", .years = 1
#define DAY_S 86400
#define FPR_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define FPR_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"

static int64_t noon(int year, int month, int day)
{
	return date_to_time((struct date){ year, month, day }) + DAY_S / 2;
}

/* One heartbeat on each of `days` days. */
static void live(struct history *h, int year, int month, int day, int days)
{
	for (int i = 0; i < days; i++)
		ADD(.time = noon(year, month, day) + (int64_t)i * DAY_S, .admin = LEAF_HEARTBEAT);
}

static void assert_life(const struct history *h, int year, int days, int lived)
{
	struct history_life life;

	history_life(h, year, &life);
	assert_int_equal(life.year, year);
	assert_int_equal(life.days, days);
	assert_int_equal(life.lived, lived);
}

static void assert_doubt(struct history *h, int base_year, int year, const char *text)
{
	struct err e = ERR_INIT;

	assert_int_equal(history_clock_check(h, base_year, year, 50, 14, &e), ERR_CLOCK);
	assert_string_equal(e.text, text);
}

static void assert_believed(struct history *h, int base_year, int year)
{
	struct err e = ERR_INIT;

	if (history_clock_check(h, base_year, year, 50, 14, &e))
		fail_msg("%s", e.text);
}

/* A ledger from 1 January 2026 with a paper (entry 1), alive on each day until the end of 2027. */
static struct history *two_years(void)
{
	struct history *h = book_new("2026-01-01");

	ADD(.day = "2026-01-01", PAPER);
	live(h, 2026, 1, 2, 364 + 365);
	return h;
}

static void counts_each_day_once(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2026-03-01");

	(void)s;
	ADD(.day = "2026-03-01", PAPER);
	ADD(.day = "2026-03-02", PAPER);
	assert_life(h, 2026, 365, 2);
}

static void knows_leap_years(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2028-02-28");

	(void)s;
	live(h, 2028, 2, 29, 2);
	ADD(.day = "2028-12-31", .admin = LEAF_HEARTBEAT);
	assert_life(h, 2028, 366, 4);
	assert_life(h, 2100, 365, 0);
	assert_life(h, 2400, 366, 0);
}

static void counts_days_as_they_are_in_japan(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2026-12-01");

	(void)s;
	ADD(.time = 1798729200 /* 2026-12-31T15:00:00Z */, .admin = LEAF_HEARTBEAT);
	assert_life(h, 2026, 365, 1);
	assert_life(h, 2027, 365, 1);
}

static void believes_a_clock_that_lived_every_day(void **s)
{
	struct history *h BOOK_CLEANUP = two_years();

	(void)s;
	assert_life(h, 2027, 365, 365);
	assert_believed(h, 2026, 2028);
}

static void doubts_a_year_with_too_little_life(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2026-01-01");

	(void)s;
	ADD(.day = "2026-01-01", PAPER);
	live(h, 2026, 1, 2, 364);
	live(h, 2027, 1, 1, 12);
	assert_doubt(h, 2026, 2028, "2027: life on 12 of 365 days, 183 are needed");
}

static void believes_life_on_just_half_of_the_days(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2027-01-01");

	(void)s;
	live(h, 2027, 1, 1, 182);
	assert_doubt(h, 2027, 2028, "2027: life on 182 of 365 days, 183 are needed");
	live(h, 2027, 7, 2, 1);
	assert_believed(h, 2027, 2028);
}

static void asks_no_life_of_days_before_the_first_entry(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2026-12-22");

	(void)s;
	live(h, 2026, 12, 23, 3);
	assert_doubt(h, 2026, 2027, "2026: life on 4 of 10 days since the first entry, 5 are needed");
	live(h, 2026, 12, 26, 1);
	assert_believed(h, 2026, 2027);
	assert_believed(h, 2020, 2027);
}

static void asks_no_life_of_the_running_year(void **s)
{
	struct history *h BOOK_CLEANUP = two_years();

	(void)s;
	ADD(.day = "2028-01-01", .admin = LEAF_HEARTBEAT);
	assert_believed(h, 2026, 2028);
}

static void measures_the_longest_step_in_days(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2026-01-01");

	(void)s;
	ADD(.day = "2026-01-21", .admin = LEAF_HEARTBEAT);
	ADD(.day = "2026-01-26", .admin = LEAF_HEARTBEAT);
	ADD(.time = noon(2026, 1, 28) + 1, .admin = LEAF_HEARTBEAT);
	assert_int_equal(history_longest_step(h, 0), 20);
	assert_int_equal(history_longest_step(h, 1), 5);
	assert_int_equal(history_longest_step(h, 2), 3);
	assert_int_equal(history_longest_step(h, 3), 0);
	assert_int_equal(history_longest_step(h, 99), 0);
}

/* Lives through 2026 and 2027 but for a gap in September 2026 that ends at `day`. */
static struct history *with_gap(int day)
{
	struct history *h = book_new("2026-01-01");

	ADD(.day = "2026-01-01", PAPER);
	live(h, 2026, 1, 2, 31 - 1 + 28 + 31 + 30 + 31 + 30 + 31 + 31);
	live(h, 2026, 9, day, 30 - day + 1);
	live(h, 2026, 10, 1, 92 + 365);
	return h;
}

static void believes_a_step_of_fourteen_days(void **s)
{
	struct history *h BOOK_CLEANUP = with_gap(14);

	(void)s;
	assert_believed(h, 2026, 2028);
}

static void doubts_a_step_of_fifteen_days(void **s)
{
	struct history *h BOOK_CLEANUP = with_gap(15);

	(void)s;
	assert_doubt(h, 2026, 2028, "entry 244: the clock stepped by 15 days, 14 are allowed");
}

static void believes_a_step_that_a_clock_entry_cleared(void **s)
{
	struct history *h BOOK_CLEANUP = with_gap(20);

	(void)s;
	ADD(.day = "2027-12-31", .admin = LEAF_CLOCK, .on = { ENTRY(243) }, .counts = 2026, .by = { 1, 2 });
	assert_believed(h, 2026, 2028);
}

static void believes_a_step_whose_later_side_a_clock_entry_cleared(void **s)
{
	struct history *h BOOK_CLEANUP = with_gap(20);

	(void)s;
	ADD(.day = "2027-12-31", .admin = LEAF_CLOCK, .on = { ENTRY(244) }, .counts = 2026, .by = { 1, 2 });
	assert_believed(h, 2026, 2028);
}

static void goes_on_doubting_a_step_that_a_clock_entry_does_not_name(void **s)
{
	struct history *h BOOK_CLEANUP = with_gap(20);

	(void)s;
	ADD(.day = "2027-12-31", .admin = LEAF_CLOCK, .on = { ENTRIES(1, 242) }, .counts = 2026, .by = { 1, 2 });
	assert_doubt(h, 2026, 2028, "entry 244: the clock stepped by 20 days, 14 are allowed");
}

static void never_minds_a_step_before_the_oldest_due_record(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2026-01-01");

	(void)s;
	live(h, 2026, 1, 2, 180);
	ADD(.day = "2026-08-01", PAPER);
	live(h, 2026, 8, 2, 152 + 365);
	assert_believed(h, 2026, 2028);
}

static void never_minds_a_step_before_all_but_a_held_record(void **s)
{
	struct history *h BOOK_CLEANUP = with_gap(20);

	(void)s;
	ADD(.day = "2027-12-31", .admin = LEAF_HOLD, .on = { ENTRY(1) });
	ADD(.day = "2027-12-31", .year = 2026, PAPER);
	assert_believed(h, 2026, 2028);
}

static void asks_of_the_record_disposed_of_when_none_is_due_any_more(void **s)
{
	static const struct rulebook one_approves = { .approvals = 1, .approval_days = 180 };
	struct history *h BOOK_CLEANUP = with_gap(20);
	struct history_dues dues;
	uint64_t propose, approve;

	(void)s;
	history_rules(h, &one_approves);
	ADD(.day = "2027-12-31", .year = 2026, PAPER);
	history_due(h, 2028, 0, &dues);
	propose = ADD(.day = "2028-01-01", .admin = LEAF_PROPOSE, .note = true, .by = { 1 }, .due = &dues.at[0].due,
	              .due_count = 1);
	approve = ADD(.day = "2028-01-01", .admin = LEAF_APPROVE, .note = true, .by = { 2 }, .on = { ENTRY(propose) });
	ADD(.day = "2028-01-01", .admin = LEAF_DISPOSE, .by = { 1, 2 }, .on = { ENTRY(approve) }, .due = &dues.at[0].due,
	    .due_count = 1);
	assert_doubt(h, 2026, 2028, "entry 244: the clock stepped by 20 days, 14 are allowed");
	history_dues_release(&dues);
}

static void doubts_a_step_back(void **s)
{
	struct history *h BOOK_CLEANUP = two_years();

	(void)s;
	ADD(.day = "2026-12-01", .admin = LEAF_HEARTBEAT);
	assert_doubt(h, 2026, 2028, "entry 731: the clock stepped by 395 days, 14 are allowed");
}

static void forgets_the_life_of_days_that_a_clock_entry_doubts(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2026-01-01");

	(void)s;
	live(h, 2035, 1, 1, 200);
	assert_life(h, 2035, 365, 200);
	ADD(.day = "2026-01-02", .admin = LEAF_CLOCK, .on = { ENTRIES(1, 200) }, .counts = 2026, .by = { 1, 2 });
	assert_life(h, 2035, 365, 0);
	assert_life(h, 2026, 365, 2);
	ADD(.day = "2026-01-03", .admin = LEAF_CLOCK, .on = { ENTRIES(1, 200) }, .counts = 2026, .by = { 1, 2 });
	assert_life(h, 2035, 365, 0);
}

static void refuses_a_clock_entry_by_one_person(void **s)
{
	struct history *h BOOK_CLEANUP = with_gap(20);

	(void)s;
	REFUSE("By: two people vouch for a clock", .day = "2027-12-31", .admin = LEAF_CLOCK, .on = { ENTRY(243) },
	       .counts = 2026, .by = { 1 });
	assert_doubt(h, 2026, 2028, "entry 244: the clock stepped by 20 days, 14 are allowed");
}

static void refuses_a_clock_entry_that_names_nothing(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2026-01-01");

	(void)s;
	REFUSE("On, Counts", .day = "2026-01-02", .admin = LEAF_CLOCK, .counts = 2026, .by = { 1, 2 });
	REFUSE("On: it names no earlier entries", .day = "2026-01-02", .admin = LEAF_CLOCK, .on = { ENTRY(9) },
	       .counts = 2026, .by = { 1, 2 });
}

/* Off from 2 March 2026 to the end of the year, and on again. */
static struct history *with_pause(void)
{
	struct history *h = book_new("2026-01-01");

	ADD(.day = "2026-01-01", PAPER);
	live(h, 2026, 1, 2, 60);
	return h;
}

static void asks_no_life_of_a_pause_that_persons_vouch_for(void **s)
{
	struct history *h BOOK_CLEANUP = with_pause();

	(void)s;
	live(h, 2027, 1, 1, 200);
	assert_doubt(h, 2026, 2027, "2026: life on 61 of 365 days, 183 are needed");
	ADD(.day = "2027-12-30", .admin = LEAF_CLOCK, .on = { ENTRY(61) }, .counts = 2026, .by = { 1, 2 });
	ADD(.day = "2027-12-31", .admin = LEAF_CLOCK, .on = { ENTRY(261) }, .counts = 2027, .by = { 1, 2 });
	assert_believed(h, 2026, 2028);
}

static void asks_life_again_of_a_pause_whose_end_turns_out_wrong(void **s)
{
	struct history *h BOOK_CLEANUP = with_pause();
	uint64_t wrong;

	(void)s;
	wrong = ADD(.day = "2027-01-01", .admin = LEAF_CLOCK, .on = { ENTRY(61) }, .counts = 2026, .by = { 1, 2 });
	assert_believed(h, 2026, 2027);
	ADD(.day = "2026-03-03", .admin = LEAF_CLOCK, .on = { ENTRY(wrong) }, .counts = 2026, .by = { 1, 2 });
	assert_doubt(h, 2026, 2027, "2026: life on 62 of 365 days, 183 are needed");
}

static void names_all_that_it_goes_back_over(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2026-01-01");

	(void)s;
	live(h, 2030, 1, 1, 3);
	REFUSE("On: entry 2 has a later Time, and it is not named", .day = "2026-01-02", .admin = LEAF_CLOCK,
	       .on = { ENTRY(3) }, .counts = 2026, .by = { 1, 2 });
}

static void never_goes_back_before_the_first_entry(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2026-01-01");

	(void)s;
	live(h, 2026, 1, 2, 1);
	REFUSE("Time: before that of entry 0", .day = "2025-12-31", .admin = LEAF_CLOCK, .on = { ENTRY(1) },
	       .counts = 2025, .by = { 1, 2 });
}

static void refuses_a_year_that_has_not_begun(void **s)
{
	struct history *h BOOK_CLEANUP = with_gap(20);

	(void)s;
	REFUSE("Counts: that year has not begun", .day = "2027-12-31", .admin = LEAF_CLOCK, .on = { ENTRY(243) },
	       .counts = 2028, .by = { 1, 2 });
}

static void takes_the_later_of_the_year_and_what_counts_for_it(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2020-01-01");
	uint64_t opened = ADD(.day = "2020-01-01", PAPER, .closing = true, .opens = "loan");
	uint64_t closed = ADD(.day = "2020-01-02", PAPER, .closing = true, .closes = { opened });
	uint64_t ahead = ADD(.day = "2020-01-02", .year = 2021, PAPER);

	(void)s;
	ADD(.day = "2026-01-02", .admin = LEAF_CLOCK, .on = { ENTRIES(closed, ahead) }, .counts = 2026, .by = { 1, 2 });
	assert_int_equal(book_entry(h, opened).base_year, 2026);
	assert_int_equal(book_entry(h, closed).base_year, 2026);
	assert_int_equal(book_entry(h, ahead).base_year, 2026);
	assert_int_equal(book_entry(h, closed).volume.year, 2020);
	ADD(.day = "2026-01-02", .admin = LEAF_CLOCK, .on = { ENTRIES(closed, ahead) }, .counts = 2019, .by = { 1, 2 });
	assert_int_equal(book_entry(h, ahead).base_year, 2026);
}

static void counts_the_year_of_a_voiding_entry_too(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2020-01-01");
	uint64_t opened = ADD(.day = "2020-01-01", PAPER, .closing = true, .opens = "loan"), voided;

	(void)s;
	voided = ADD(.day = "2020-01-02", .admin = LEAF_VOID, .note = true, .voids = opened, .by = { 1 });
	assert_int_equal(book_entry(h, opened).base_year, 2020);
	ADD(.day = "2026-01-02", .admin = LEAF_CLOCK, .on = { ENTRY(voided) }, .counts = 2026, .by = { 1, 2 });
	assert_int_equal(book_entry(h, opened).base_year, 2026);
}

static void tells_the_time_of_the_last_entry(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2026-01-01");

	(void)s;
	assert_int_equal(history_time(h), noon(2026, 1, 1));
}

#define KEY(a, u, f) .keys = { { .action = LEAF_KEY_##a, .use = LEAF_USE_##u, .fpr = f } }, .keys_count = 1

/* Genesis with key A for entries, and four heartbeats. */
static struct history *keyed(void)
{
	struct history *h = history_new();

	ADD(.day = "2026-01-01", .admin = LEAF_GENESIS, KEY(ADD, ENTRY, FPR_A));
	live(h, 2026, 1, 2, 4);
	return h;
}

static void counts_a_genesis_key_from_genesis(void **s)
{
	struct history *h BOOK_CLEANUP = keyed();

	(void)s;
	assert_true(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, 0));
	assert_true(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, 5));
	assert_false(history_key_counts(h, FPR_A, LEAF_USE_ARCHIVE, 0));
	assert_false(history_key_counts(h, FPR_B, LEAF_USE_ENTRY, 0));
}

static void counts_an_added_key_from_the_next_entry(void **s)
{
	struct history *h BOOK_CLEANUP = keyed();
	uint64_t n = ADD(.day = "2026-02-01", .admin = LEAF_KEY, KEY(ADD, ENTRY, FPR_B));

	(void)s;
	assert_false(history_key_counts(h, FPR_B, LEAF_USE_ENTRY, n));
	assert_true(history_key_counts(h, FPR_B, LEAF_USE_ENTRY, n + 1));
	assert_true(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, n + 1));
}

static void counts_a_retired_key_up_to_its_retirement(void **s)
{
	struct history *h BOOK_CLEANUP = keyed();
	uint64_t n = ADD(.day = "2026-02-01", .admin = LEAF_KEY, KEY(RETIRE, ENTRY, FPR_A));

	(void)s;
	assert_true(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, n));
	assert_false(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, n + 1));
}

static void counts_a_revoked_key_up_to_its_revocation(void **s)
{
	struct history *h BOOK_CLEANUP = keyed();
	uint64_t n = ADD(.day = "2026-02-01", .admin = LEAF_KEY, KEY(REVOKE, ENTRY, FPR_A));

	(void)s;
	assert_true(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, n));
	assert_false(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, n + 1));
}

static void counts_a_compromised_key_up_to_its_compromise(void **s)
{
	struct history *h BOOK_CLEANUP = keyed();

	(void)s;
	ADD(.day = "2026-02-01", .admin = LEAF_KEY, .keys_count = 1,
	    .keys = { { .action = LEAF_KEY_COMPROMISED, .use = LEAF_USE_ENTRY, .fpr = FPR_A, .since = 3 } });
	assert_true(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, 2));
	assert_false(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, 3));
	assert_false(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, 5));
}

static void never_counts_a_compromised_key_longer_for_its_retirement(void **s)
{
	struct history *h BOOK_CLEANUP = keyed();

	(void)s;
	ADD(.day = "2026-02-01", .admin = LEAF_KEY, .keys_count = 1,
	    .keys = { { .action = LEAF_KEY_COMPROMISED, .use = LEAF_USE_ENTRY, .fpr = FPR_A, .since = 3 } });
	ADD(.day = "2026-02-01", .admin = LEAF_KEY, KEY(RETIRE, ENTRY, FPR_A));
	assert_false(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, 3));
}

static void counts_a_retired_key_again_when_it_is_added_again(void **s)
{
	struct history *h BOOK_CLEANUP = keyed();
	uint64_t n = ADD(.day = "2026-02-01", .admin = LEAF_KEY, KEY(RETIRE, ENTRY, FPR_A)), m;

	(void)s;
	m = ADD(.day = "2026-02-02", .admin = LEAF_KEY, KEY(ADD, ENTRY, FPR_A));
	assert_true(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, n));
	assert_false(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, m));
	assert_true(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, m + 1));
	REFUSE("that key counts already", .day = "2026-02-03", .admin = LEAF_KEY, KEY(ADD, ENTRY, FPR_A));
}

static void refuses_to_add_a_compromised_key(void **s)
{
	struct history *h BOOK_CLEANUP = keyed();

	(void)s;
	ADD(.day = "2026-02-01", .admin = LEAF_KEY, KEY(COMPROMISED, ENTRY, FPR_A));
	REFUSE("that key is compromised", .day = "2026-02-02", .admin = LEAF_KEY, KEY(ADD, ENTRY, FPR_A));
	assert_false(history_key_counts(h, FPR_A, LEAF_USE_ENTRY, 7));
}

static void refuses_a_second_use_of_a_key(void **s)
{
	struct history *h BOOK_CLEANUP = keyed();

	(void)s;
	REFUSE("that key has another use", .day = "2026-02-02", .admin = LEAF_KEY, KEY(ADD, ARCHIVE, FPR_A));
	assert_false(history_key_counts(h, FPR_A, LEAF_USE_ARCHIVE, 6));
}

static void refuses_to_add_a_key_that_counts(void **s)
{
	struct history *h BOOK_CLEANUP = keyed();

	(void)s;
	REFUSE("that key counts already", .day = "2026-02-02", .admin = LEAF_KEY, KEY(ADD, ENTRY, FPR_A));
}

static void refuses_to_retire_an_unknown_key(void **s)
{
	struct history *h BOOK_CLEANUP = keyed();

	(void)s;
	REFUSE("the ledger has no such key", .day = "2026-02-02", .admin = LEAF_KEY, KEY(RETIRE, ENTRY, FPR_B));
}

static void refuses_a_compromise_in_the_future(void **s)
{
	struct history *h BOOK_CLEANUP = keyed();

	(void)s;
	REFUSE("entry 9 is not made yet", .day = "2026-02-01", .admin = LEAF_KEY, .keys_count = 1,
	       .keys = { { .action = LEAF_KEY_COMPROMISED, .use = LEAF_USE_ENTRY, .fpr = FPR_A, .since = 9 } });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_each_day_once),
		cmocka_unit_test(knows_leap_years),
		cmocka_unit_test(counts_days_as_they_are_in_japan),
		cmocka_unit_test(believes_a_clock_that_lived_every_day),
		cmocka_unit_test(doubts_a_year_with_too_little_life),
		cmocka_unit_test(believes_life_on_just_half_of_the_days),
		cmocka_unit_test(asks_no_life_of_days_before_the_first_entry),
		cmocka_unit_test(asks_no_life_of_the_running_year),
		cmocka_unit_test(measures_the_longest_step_in_days),
		cmocka_unit_test(believes_a_step_of_fourteen_days),
		cmocka_unit_test(doubts_a_step_of_fifteen_days),
		cmocka_unit_test(believes_a_step_that_a_clock_entry_cleared),
		cmocka_unit_test(believes_a_step_whose_later_side_a_clock_entry_cleared),
		cmocka_unit_test(goes_on_doubting_a_step_that_a_clock_entry_does_not_name),
		cmocka_unit_test(never_minds_a_step_before_the_oldest_due_record),
		cmocka_unit_test(never_minds_a_step_before_all_but_a_held_record),
		cmocka_unit_test(asks_of_the_record_disposed_of_when_none_is_due_any_more),
		cmocka_unit_test(doubts_a_step_back),
		cmocka_unit_test(forgets_the_life_of_days_that_a_clock_entry_doubts),
		cmocka_unit_test(refuses_a_clock_entry_by_one_person),
		cmocka_unit_test(refuses_a_clock_entry_that_names_nothing),
		cmocka_unit_test(asks_no_life_of_a_pause_that_persons_vouch_for),
		cmocka_unit_test(asks_life_again_of_a_pause_whose_end_turns_out_wrong),
		cmocka_unit_test(names_all_that_it_goes_back_over),
		cmocka_unit_test(never_goes_back_before_the_first_entry),
		cmocka_unit_test(refuses_a_year_that_has_not_begun),
		cmocka_unit_test(takes_the_later_of_the_year_and_what_counts_for_it),
		cmocka_unit_test(counts_the_year_of_a_voiding_entry_too),
		cmocka_unit_test(tells_the_time_of_the_last_entry),
		cmocka_unit_test(counts_a_genesis_key_from_genesis),
		cmocka_unit_test(counts_an_added_key_from_the_next_entry),
		cmocka_unit_test(counts_a_retired_key_up_to_its_retirement),
		cmocka_unit_test(counts_a_revoked_key_up_to_its_revocation),
		cmocka_unit_test(counts_a_compromised_key_up_to_its_compromise),
		cmocka_unit_test(never_counts_a_compromised_key_longer_for_its_retirement),
		cmocka_unit_test(counts_a_retired_key_again_when_it_is_added_again),
		cmocka_unit_test(refuses_to_add_a_compromised_key),
		cmocka_unit_test(refuses_a_second_use_of_a_key),
		cmocka_unit_test(refuses_to_add_a_key_that_counts),
		cmocka_unit_test(refuses_to_retire_an_unknown_key),
		cmocka_unit_test(refuses_a_compromise_in_the_future),
	};

	return cmocka_run_group_tests_name("model/history_clock", tests, NULL, NULL);
}
