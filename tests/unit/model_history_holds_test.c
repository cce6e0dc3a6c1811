/* Holds, their releases, and extensions. */
#include "model_history_papers.h"

static void holds_one_entry_and_lets_its_neighbours_go(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct history_dues dues DUES_CLEANUP;

	(void)s;
	ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .on = { ENTRY(4) });
	history_due(h, 2026, 0, &dues);
	assert_int_equal(dues.at[0].due.count, 2);
	assert_int_equal(dues.at[0].seqs[0], 3);
	assert_int_equal(dues.at[0].seqs[1], 5);
	assert_int_equal(dues.except_count, 1);
	assert_int_equal(dues.except[0].first, 4);
	assert_int_equal(dues.except[0].last, 4);
}

static void holds_a_group_of_corrections_by_any_of_its_records(void **s)
{
	const struct leaf_target on[] = { ENTRY(4), ENTRY(6), VOLUME(2025, "paper", "hq") };

	(void)s;
	for (size_t i = 0; i < sizeof(on) / sizeof(*on); i++) {
		struct history *h BOOK_CLEANUP = papers();
		uint64_t hold, third;

		ADD(.day = "2025-01-04", PAPER, .corrects = 4);
		hold = ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .on = { on[i] });
		third = ADD(.day = "2025-01-06", PAPER, .corrects = 6);
		assert_true(book_is_due(h, 3, 2027));
		assert_false(book_is_due(h, 4, 2027));
		assert_false(book_is_due(h, 6, 2027));
		assert_false(book_is_due(h, third, 2027));
		ADD(.day = "2025-01-07", .admin = LEAF_RELEASE, .ends = hold);
		assert_true(book_is_due(h, 4, 2027));
		assert_true(book_is_due(h, 6, 2027));
		assert_true(book_is_due(h, third, 2027));
	}
}

static void extends_a_group_of_corrections_by_any_of_its_records(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	uint64_t valid = ADD(.day = "2024-01-04", PAPER, .corrects = 4);

	(void)s;
	ADD(.day = "2025-01-05", .admin = LEAF_EXTEND, .on = { ENTRY(4) }, .until = "2027-12-31");
	assert_true(book_is_due(h, 3, 2026));
	assert_false(book_is_due(h, valid, 2027));
	assert_true(book_is_due(h, valid, 2028));
}

static void lists_held_neighbours_as_one_range(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p;

	(void)s;
	ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .on = { ENTRIES(3, 4) });
	p = plan_of(h, 2026, 0);
	assert_int_equal(p.except_count, 1);
	assert_int_equal(p.except[0].first, 3);
	assert_int_equal(p.except[0].last, 4);
}

static void never_makes_one_range_of_held_records_apart(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p;

	(void)s;
	ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .on = { ENTRY(3), ENTRY(5) });
	p = plan_of(h, 2026, 0);
	assert_int_equal(p.except_count, 2);
	assert_int_equal(p.except[0].last, 3);
	assert_int_equal(p.except[1].first, 5);
}

static void says_held_only_of_what_is_due(void **s)
{
	struct history *h BOOK_CLEANUP = papers();

	(void)s;
	ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .on = { ENTRY(4) });
	assert_int_equal(book_entry(h, 4).state, HISTORY_CLOSED);
	ADD(.day = "2026-01-05", .admin = LEAF_HEARTBEAT);
	assert_int_equal(book_entry(h, 4).state, HISTORY_HELD);
	assert_int_equal(book_entry(h, 5).state, HISTORY_DUE);
}

static void goes_on_to_the_next_base_year_when_one_is_held_whole(void **s)
{
	struct history *h BOOK_CLEANUP = papers();

	(void)s;
	ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .on = { ENTRIES(3, 5) });
	ADD(.day = "2025-01-06", PAPER);
	assert_int_equal(plan_of(h, 2027, 0).due[0].group.year, 2025);
	assert_int_equal(plan_of(h, 2027, 0).except_count, 0);
}

static void holds_until_the_release(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	uint64_t hold = ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .on = { ENTRIES(3, 4), ENTRY(5) });

	(void)s;
	assert_int_equal(plan_of(h, 2026, 0).count, 0);
	ADD(.day = "2025-01-06", .admin = LEAF_RELEASE, .ends = hold);
	assert_int_equal(plan_of(h, 2026, 0).due[0].count, 3);
}

static void holds_while_any_of_two_holds_stands(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	uint64_t one = ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .on = { ENTRY(4) });

	(void)s;
	ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .on = { ENTRY(4) });
	ADD(.day = "2025-01-06", .admin = LEAF_RELEASE, .ends = one);
	assert_false(book_is_due(h, 4, 2026));
}

static void holds_a_volume_and_what_comes_into_it_later(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t in, other_unit, other_year;

	(void)s;
	ADD(.day = "2024-01-05", .admin = LEAF_HOLD, .on = { VOLUME(2024, "paper", "hq") });
	in = ADD(.day = "2024-01-06", PAPER);
	other_unit = ADD(.day = "2024-01-06", PAPER, .unit = "chuo");
	other_year = ADD(.day = "2025-01-06", PAPER);
	assert_false(book_is_due(h, in, 2030));
	assert_true(book_is_due(h, other_unit, 2030));
	assert_true(book_is_due(h, other_year, 2030));
}

static void holds_a_matter_with_all_that_belongs_to_it(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t top = ADD(.day = "2024-01-05", LOAN, .opens = "application");
	uint64_t hold = ADD(.day = "2024-01-05", .admin = LEAF_HOLD, .on = { MATTER(top) });
	uint64_t child = ADD(.day = "2024-01-06", LOAN, .opens = "loan", .under = { top });
	uint64_t within = ADD(.day = "2024-01-07", LOAN, .within = { child });
	uint64_t closer = ADD(.day = "2024-01-08", LOAN, .closes = { child });
	uint64_t stranger = ADD(.day = "2024-01-08", LOAN, .concerns = { top });

	(void)s;
	ADD(.day = "2024-01-09", LOAN, .closes = { top });
	assert_false(book_is_due(h, top, 2030));
	assert_false(book_is_due(h, child, 2030));
	assert_false(book_is_due(h, within, 2030));
	assert_false(book_is_due(h, closer, 2030));
	assert_true(book_is_due(h, stranger, 2030));
	ADD(.day = "2024-01-10", .admin = LEAF_RELEASE, .ends = hold);
	assert_true(book_is_due(h, within, 2030));
}

static void holds_a_child_without_its_parent(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t top = ADD(.day = "2024-01-05", LOAN, .opens = "application");
	uint64_t child = ADD(.day = "2024-01-06", LOAN, .opens = "loan", .under = { top });

	(void)s;
	ADD(.day = "2024-01-07", LOAN, .closes = { top, child });
	ADD(.day = "2024-01-08", .admin = LEAF_HOLD, .on = { MATTER(child) });
	assert_false(book_is_due(h, child, 2030));
	assert_true(book_is_due(h, top, 2030));
}

static void extends_until_the_day_named_has_passed(void **s)
{
	struct history *h BOOK_CLEANUP = papers();

	(void)s;
	ADD(.day = "2025-01-05", .admin = LEAF_EXTEND, .on = { ENTRY(3) }, .until = "2026-12-31");
	ADD(.day = "2025-01-05", .admin = LEAF_EXTEND, .on = { ENTRY(4) }, .until = "2027-12-31");
	assert_false(book_is_due(h, 3, 2026));
	assert_true(book_is_due(h, 3, 2027));
	assert_false(book_is_due(h, 4, 2027));
	assert_true(book_is_due(h, 4, 2028));
}

static void extends_a_matter_until_the_day_named_has_passed(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-05", LOAN, .opens = "loan");

	(void)s;
	ADD(.day = "2024-01-06", LOAN, .closes = { loan });
	ADD(.day = "2024-01-07", .admin = LEAF_EXTEND, .on = { MATTER(loan) }, .until = "2030-12-31");
	assert_false(book_is_due(h, loan, 2030));
	assert_true(book_is_due(h, loan, 2031));
}

static void keeps_what_two_extend_as_long_as_the_later_one(void **s)
{
	struct history *h BOOK_CLEANUP = papers();

	(void)s;
	ADD(.day = "2025-01-05", .admin = LEAF_EXTEND, .on = { ENTRIES(3, 5) }, .until = "2028-12-31");
	ADD(.day = "2025-01-06", .admin = LEAF_EXTEND, .on = { ENTRY(3) }, .until = "2026-12-31");
	assert_false(book_is_due(h, 3, 2028));
	assert_true(book_is_due(h, 3, 2029));
}

static void refuses_an_extension_that_ends_within_a_year(void **s)
{
	struct history *h BOOK_CLEANUP = papers();

	(void)s;
	REFUSE("Until: an extension ends on a 31 December", .day = "2025-01-05", .admin = LEAF_EXTEND, .on = { ENTRY(3) },
	       .until = "2027-03-31");
}

static void refuses_an_extension_shorter_than_the_class_of_any_record(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	uint64_t longer = ADD(.day = "2024-01-04", .kind = "form", .years = 5);

	(void)s;
	REFUSE("Until: entry 6 is kept until 2029-12-31 by its class", .day = "2025-01-05", .admin = LEAF_EXTEND,
	       .on = { ENTRIES(3, longer) }, .until = "2028-12-31");
	REFUSE("Until: these records are kept until that day by their class", .day = "2025-01-05", .admin = LEAF_EXTEND,
	       .on = { ENTRY(longer) }, .until = "2029-12-31");
}

static void refuses_an_extension_of_what_has_no_end(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	uint64_t kept = ADD(.day = "2024-01-04", .kind = "incident");
	uint64_t open = ADD(.day = "2024-01-04", LOAN, .opens = "loan");

	(void)s;
	REFUSE("On: no record with a class is among these", .day = "2025-01-05", .admin = LEAF_EXTEND,
	       .on = { ENTRY(kept) }, .until = "2030-12-31");
	REFUSE("On: no record with a class is among these", .day = "2025-01-05", .admin = LEAF_EXTEND,
	       .on = { VOLUME(2024, "letter", "hq") }, .until = "2030-12-31");
	REFUSE("the matter of entry 7 is open", .day = "2025-01-05", .admin = LEAF_EXTEND, .on = { MATTER(open) },
	       .until = "2030-12-31");
}

static void ends_a_hold_by_itself_when_its_day_has_passed(void **s)
{
	struct history *h BOOK_CLEANUP = papers();

	(void)s;
	ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .on = { ENTRY(3) }, .until = "2027-05-03");
	assert_false(book_is_due(h, 3, 2027));
	assert_true(book_is_due(h, 3, 2028));
}

static void releases_a_hold_that_has_a_day_before_it(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	uint64_t hold = ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .on = { ENTRY(3) }, .until = "2027-05-03");
	struct history_standing standing;

	(void)s;
	assert_true(history_holds_state(h, hold, 2026, &standing));
	assert_true(standing.stands);
	assert_true(history_holds_state(h, hold, 2028, &standing));
	assert_false(standing.stands);
	ADD(.day = "2025-01-06", .admin = LEAF_RELEASE, .ends = hold);
	assert_true(book_is_due(h, 3, 2026));
	assert_true(history_holds_state(h, hold, 2026, &standing));
	assert_false(standing.stands);
	assert_int_equal(standing.released_by, hold + 1);
	assert_false(history_holds_state(h, 3, 2026, &standing));
}

static void lists_no_held_records_of_groups_that_are_not_due(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	uint64_t form = ADD(.day = "2024-01-04", .kind = "form", .years = 1);

	(void)s;
	ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .on = { ENTRY(form) });
	assert_int_equal(plan_of(h, 2026, 0).count, 1);
	assert_int_equal(plan_of(h, 2026, 0).except_count, 0);
}

static void holds_nothing_by_the_receipt_of_a_transfer(void **s)
{
	struct history *h BOOK_CLEANUP = papers();

	(void)s;
	REFUSE("it names no approval that stands", .day = "2025-01-05", .admin = LEAF_TRANSFER, .note = true, .by = { 1 },
	       .on = { ENTRY(3) });
	assert_true(book_is_due(h, 3, 2026));
}

static void refuses_to_release_what_is_no_hold(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	uint64_t extend = ADD(.day = "2025-01-05", .admin = LEAF_EXTEND, .on = { ENTRY(3) }, .until = "2030-12-31");

	(void)s;
	REFUSE("Ends 3: that entry is no hold", .day = "2025-01-06", .admin = LEAF_RELEASE, .ends = 3);
	REFUSE("Ends 6: that entry is no hold", .day = "2025-01-06", .admin = LEAF_RELEASE, .ends = extend);
	assert_false(book_is_due(h, 3, 2026));
}

static void refuses_to_release_a_hold_twice(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	uint64_t hold = ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .on = { ENTRY(3) });

	(void)s;
	ADD(.day = "2025-01-06", .admin = LEAF_RELEASE, .ends = hold);
	REFUSE("Ends 6: that hold was released already", .day = "2025-01-06", .admin = LEAF_RELEASE, .ends = hold);
}

static void refuses_a_hold_on_nothing(void **s)
{
	struct history *h BOOK_CLEANUP = papers();

	(void)s;
	REFUSE("On matter 3: entry 3 opened no matter", .day = "2025-01-06", .admin = LEAF_HOLD, .on = { MATTER(3) });
	REFUSE("On 99: it names no earlier entry", .day = "2025-01-06", .admin = LEAF_HOLD, .on = { ENTRIES(3, 99) });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_one_entry_and_lets_its_neighbours_go),
		cmocka_unit_test(holds_a_group_of_corrections_by_any_of_its_records),
		cmocka_unit_test(extends_a_group_of_corrections_by_any_of_its_records),
		cmocka_unit_test(lists_held_neighbours_as_one_range),
		cmocka_unit_test(never_makes_one_range_of_held_records_apart),
		cmocka_unit_test(says_held_only_of_what_is_due),
		cmocka_unit_test(goes_on_to_the_next_base_year_when_one_is_held_whole),
		cmocka_unit_test(holds_until_the_release),
		cmocka_unit_test(holds_while_any_of_two_holds_stands),
		cmocka_unit_test(holds_a_volume_and_what_comes_into_it_later),
		cmocka_unit_test(holds_a_matter_with_all_that_belongs_to_it),
		cmocka_unit_test(holds_a_child_without_its_parent),
		cmocka_unit_test(extends_until_the_day_named_has_passed),
		cmocka_unit_test(extends_a_matter_until_the_day_named_has_passed),
		cmocka_unit_test(keeps_what_two_extend_as_long_as_the_later_one),
		cmocka_unit_test(refuses_an_extension_that_ends_within_a_year),
		cmocka_unit_test(refuses_an_extension_shorter_than_the_class_of_any_record),
		cmocka_unit_test(refuses_an_extension_of_what_has_no_end),
		cmocka_unit_test(ends_a_hold_by_itself_when_its_day_has_passed),
		cmocka_unit_test(releases_a_hold_that_has_a_day_before_it),
		cmocka_unit_test(lists_no_held_records_of_groups_that_are_not_due),
		cmocka_unit_test(holds_nothing_by_the_receipt_of_a_transfer),
		cmocka_unit_test(refuses_to_release_what_is_no_hold),
		cmocka_unit_test(refuses_to_release_a_hold_twice),
		cmocka_unit_test(refuses_a_hold_on_nothing),
	};

	return cmocka_run_group_tests_name("model/history_holds", tests, NULL, NULL);
}
