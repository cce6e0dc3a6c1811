/* What clock entries say came before its day. */
#include "model_history_papers.h"

#define CLOCK(a, b, year) .admin = LEAF_CLOCK, .note = true, .by = { 1, 2 }, .on = { ENTRIES(a, b) }, .counts = year

/* Papers that are due in 2026, disposed of by entry 8 at a time that calls itself 2026; not completed. */
static struct history *certified(void)
{
	struct history *h = papers();
	struct plan p = plan_of(h, 2026, 0);

	ADD(.day = "2026-01-04", PROPOSE(p));
	ADD(.day = "2026-01-04", APPROVE(6));
	ADD(.day = "2026-01-04", DISPOSE(7, p));
	return h;
}

static struct history *completed(void)
{
	struct history *h = certified();

	ADD(.day = "2026-01-04", DISPOSED(8));
	return h;
}

static void assert_early(const struct history *h, uint64_t by, int counts)
{
	struct history_early x;

	assert_true(history_early_disposal(h, 8, &x));
	assert_int_equal(x.entry, 8);
	assert_int_equal(x.by, by);
	assert_int_equal(x.counts, counts);
	assert_int_equal(x.from, 2026);
	assert_true(x.completed);
}

static void assert_not_early(const struct history *h)
{
	struct history_early x;

	assert_false(history_early_disposal(h, 8, &x));
}

static void says_that_a_disposal_was_early_for_which_an_earlier_year_counts(void **s)
{
	struct history *h BOOK_CLEANUP = completed();

	(void)s;
	assert_not_early(h);
	ADD(.day = "2025-12-23", CLOCK(6, 9, 2025));
	assert_early(h, 10, 2025);
	ADD(.day = "2025-12-24", .admin = LEAF_HEARTBEAT);
	assert_early(h, 10, 2025);
	assert_false(history_early_waited(h, 8));
	assert_int_equal(history_stopped(h, 2025), 0);
}

static void says_so_where_the_completion_alone_is_named(void **s)
{
	struct history *h BOOK_CLEANUP = completed();

	(void)s;
	ADD(.day = "2026-02-01", CLOCK(9, 9, 2025));
	assert_early(h, 10, 2025);
}

static void keeps_the_first_entry_that_says_so(void **s)
{
	struct history *h BOOK_CLEANUP = completed();

	(void)s;
	ADD(.day = "2025-12-23", CLOCK(6, 9, 2025));
	ADD(.day = "2026-02-01", CLOCK(6, 10, 2026));
	assert_early(h, 10, 2025);
}

static void says_nothing_where_the_year_that_counts_is_lawful(void **s)
{
	struct history *h BOOK_CLEANUP = completed();

	(void)s;
	ADD(.day = "2026-01-05", CLOCK(6, 9, 2026));
	assert_not_early(h);
}

static void says_nothing_where_other_entries_are_named(void **s)
{
	struct history *h BOOK_CLEANUP = completed();

	(void)s;
	ADD(.day = "2026-01-05", CLOCK(3, 7, 2025));
	assert_not_early(h);
}

static void lets_a_certificate_wait_for_its_year(void **s)
{
	struct history *h BOOK_CLEANUP = certified();

	(void)s;
	assert_int_equal(history_early_waits(h, 2025), 2026);
	assert_int_equal(history_early_waits(h, 2026), 0);
	ADD(.day = "2025-12-23", CLOCK(6, 8, 2025));
	assert_not_early(h);
	assert_int_equal(history_stopped(h, 2025), 8);
	assert_int_equal(history_stopped(h, 2026), 0);
	ADD(.day = "2026-01-01", DISPOSED(8));
	assert_not_early(h);
	assert_true(history_early_waited(h, 8));
	assert_int_equal(history_early_waits(h, 2025), 0);
}

static void refuses_to_complete_what_waits(void **s)
{
	struct history *h BOOK_CLEANUP = certified();

	(void)s;
	ADD(.day = "2025-12-23", CLOCK(6, 8, 2025));
	REFUSE("On 8: PREMATURE: what that disposal names is due from 2026-01-01 on", .day = "2025-12-31", DISPOSED(8));
}

static void says_that_it_was_early_when_its_completion_is_doubted_as_well(void **s)
{
	struct history *h BOOK_CLEANUP = certified();

	(void)s;
	ADD(.day = "2025-12-23", CLOCK(6, 8, 2025));
	ADD(.day = "2026-01-01", DISPOSED(8));
	ADD(.day = "2025-12-24", CLOCK(10, 10, 2025));
	assert_early(h, 11, 2025);
}

static void tells_beforehand_what_a_clock_entry_would_say(void **s)
{
	struct history *h BOOK_CLEANUP = certified();
	struct history_early x;

	(void)s;
	assert_false(history_early_would(h, 7, 2025, &x));
	assert_false(history_early_would(h, 8, 2026, &x));
	assert_true(history_early_would(h, 8, 2025, &x));
	assert_false(x.completed);
	assert_int_equal(x.from, 2026);
	ADD(.day = "2026-01-04", DISPOSED(8));
	assert_true(history_early_would(h, 8, 2025, &x));
	assert_true(x.completed);
	assert_int_equal(x.by, 0);
}

/* What is due was due when it went, whatever hold ended by its date in that year. */
static void calls_nothing_early_that_was_due_by_its_own_time(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p;
	uint64_t hold;

	(void)s;
	hold = ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .by = { 1 }, .on = { ENTRY(4) }, .until = "2026-06-30");
	ADD(.day = "2026-07-05", .admin = LEAF_RELEASE, .by = { 1, 2 }, .ends = hold);
	p = plan_of(h, 2026, 0);
	ADD(.day = "2026-08-04", PROPOSE(p));
	ADD(.day = "2026-08-04", APPROVE(8));
	ADD(.day = "2026-08-04", DISPOSE(9, p));
	assert_int_equal(history_disposal_from(h, 10), 2027);
	ADD(.day = "2026-08-04", DISPOSED(10));
}

static void says_that_an_archive_was_destroyed_early(void **s)
{
	static const struct rulebook keeps = { .approvals = 1, .approval_days = 180, .archive_years = 1 };
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	struct history_early x;

	(void)s;
	history_rules(h, &keeps);
	ADD(.day = "2026-01-04", PROPOSE(p));
	ADD(.day = "2026-01-04", APPROVE(6));
	ADD(.day = "2026-01-04", DISPOSE(7, p), .until = "2027-12-31");
	ADD(.day = "2026-01-04", DISPOSED(8));
	ADD(.day = "2028-01-02", .admin = LEAF_DESTROYED, .note = true, .by = { 1, 2 }, .on = { ENTRY(8) });
	assert_false(history_early_archive(h, 8, &x));
	assert_false(history_early_would(h, 10, 2028, &x));
	assert_true(history_early_would(h, 10, 2027, &x));
	ADD(.day = "2027-12-23", CLOCK(10, 10, 2027));
	assert_not_early(h);
	assert_true(history_early_archive(h, 8, &x));
	assert_int_equal(x.entry, 10);
	assert_int_equal(x.by, 11);
	assert_int_equal(x.counts, 2027);
	assert_int_equal(x.from, 2028);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_that_a_disposal_was_early_for_which_an_earlier_year_counts),
		cmocka_unit_test(says_so_where_the_completion_alone_is_named),
		cmocka_unit_test(keeps_the_first_entry_that_says_so),
		cmocka_unit_test(says_nothing_where_the_year_that_counts_is_lawful),
		cmocka_unit_test(says_nothing_where_other_entries_are_named),
		cmocka_unit_test(lets_a_certificate_wait_for_its_year),
		cmocka_unit_test(refuses_to_complete_what_waits),
		cmocka_unit_test(says_that_it_was_early_when_its_completion_is_doubted_as_well),
		cmocka_unit_test(tells_beforehand_what_a_clock_entry_would_say),
		cmocka_unit_test(calls_nothing_early_that_was_due_by_its_own_time),
		cmocka_unit_test(says_that_an_archive_was_destroyed_early),
	};
	return cmocka_run_group_tests_name("model/history early", tests, NULL, NULL);
}
