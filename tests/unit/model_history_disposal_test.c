/* Due sets, holds, proposals and disposals. */
#include "model_history_book.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/merkle.h"
#include "model/rulebook.h"

#define PAPER .kind = "paper", .years = 1
#define LOAN .kind = "loan", .years = 3, .closing = true
#define DUES_CLEANUP __attribute__((cleanup(history_dues_release)))
#define GROUPS_MAX 8

struct plan {                          /* the due set as lines of a leaf */
	struct leaf_due due[GROUPS_MAX];
	size_t count;
	struct leaf_range except[GROUPS_MAX];
	size_t except_count;
};

#define LINES(p) .due = (p).due, .due_count = (p).count, .except = (p).except, .except_count = (p).except_count
#define PROPOSE(p) .admin = LEAF_PROPOSE, .note = true, .by = { 1 }, LINES(p)
#define APPROVE_BY(p, n) .admin = LEAF_APPROVE, .note = true, .by = { p }, .on = { ENTRY(n) }
#define APPROVE(n) .admin = LEAF_APPROVE, .note = true, .by = { 2 }, .on = { ENTRY(n) }
#define ABORT(n) .admin = LEAF_ABORT, .note = true, .by = { 2 }, .on = { ENTRY(n) }
#define DISPOSE(n, p) .admin = LEAF_DISPOSE, .by = { 1, 2 }, .on = { ENTRY(n) }, LINES(p)
#define DISPOSED(n) .admin = LEAF_DISPOSED, .on = { ENTRY(n) }

static struct plan plan_of(struct history *h, int year, int base_year)
{
	struct history_dues dues DUES_CLEANUP;
	struct plan p = { .count = 0 };

	history_due(h, year, base_year, &dues);
	assert_in_range(dues.count, 0, GROUPS_MAX);
	assert_in_range(dues.except_count, 0, GROUPS_MAX);
	for (; p.count < dues.count; p.count++)
		p.due[p.count] = dues.at[p.count].due;
	for (; p.except_count < dues.except_count; p.except_count++)
		p.except[p.except_count] = dues.except[p.except_count];
	return p;
}

static const struct rulebook ONE_APPROVES = { .approvals = 1, .approval_days = 180 };

/* Genesis, two appointments (1 and 2), and three papers of 2024 (3, 4, 5) that are due in 2026. One approval is enough,
 * where a test does not say else. */
static struct history *papers(void)
{
	struct history *h = book_new("2024-01-01");

	history_rules(h, &ONE_APPROVES);
	for (int i = 0; i < 2; i++)
		ADD(.day = "2024-01-02", .kind = "appointment");
	for (int i = 0; i < 3; i++)
		ADD(.day = "2024-01-03", PAPER);
	return h;
}

static void assert_proposal(const struct history *h, uint64_t propose, uint64_t approve, uint64_t dispose,
                            int base_year)
{
	struct history_proposal p;

	history_proposal(h, &p);
	assert_int_equal(p.propose, propose);
	assert_int_equal(p.approve, approve);
	assert_int_equal(p.dispose, dispose);
	assert_int_equal(p.base_year, base_year);
}

static void finds_nothing_due_before_the_first_of_january(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct history_dues dues DUES_CLEANUP;

	(void)s;
	history_due(h, 2025, 0, &dues);
	assert_int_equal(dues.count, 0);
	assert_int_equal(dues.except_count, 0);
}

static void groups_by_kind_unit_and_base_year(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	uint64_t chuo = ADD(.day = "2024-01-04", PAPER, .unit = "chuo");
	uint64_t form = ADD(.day = "2024-01-04", .kind = "form", .years = 1);
	struct history_dues dues DUES_CLEANUP;

	(void)s;
	ADD(.day = "2025-01-04", PAPER);
	history_due(h, 2026, 0, &dues);
	assert_int_equal(dues.count, 3);
	assert_string_equal(dues.at[0].due.group.kind, "form");
	assert_int_equal(dues.at[0].seqs[0], form);
	assert_string_equal(dues.at[1].due.group.unit, "chuo");
	assert_int_equal(dues.at[1].seqs[0], chuo);
	assert_string_equal(dues.at[2].due.group.unit, "hq");
	assert_int_equal(dues.at[2].due.group.year, 2024);
	assert_int_equal(dues.at[2].due.count, 3);
	assert_int_equal(dues.at[2].disposable_year, 2026);
}

static void takes_the_root_over_the_leaves_by_seq(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	const struct hash leaves[] = { book_hash(3), book_hash(4), book_hash(5) };
	struct hash root = merkle_root_of(leaves, 3);
	struct plan p = plan_of(h, 2026, 0);

	(void)s;
	assert_true(hash_is_equal(&p.due[0].root, &root));
}

static void takes_the_oldest_base_year_first(void **s)
{
	struct history *h BOOK_CLEANUP = papers();

	(void)s;
	ADD(.day = "2025-01-04", PAPER);
	assert_int_equal(plan_of(h, 2027, 0).due[0].group.year, 2024);
	assert_int_equal(plan_of(h, 2027, 0).count, 1);
	assert_int_equal(plan_of(h, 2027, 2025).due[0].group.year, 2025);
}

static void lets_a_shorter_class_go_before_an_older_longer_one(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2023-01-01");

	(void)s;
	ADD(.day = "2023-01-04", .kind = "form", .years = 3);
	ADD(.day = "2024-01-04", PAPER);
	assert_string_equal(plan_of(h, 2026, 0).due[0].group.kind, "paper");
	assert_string_equal(plan_of(h, 2027, 0).due[0].group.kind, "form");
}

static void leaves_out_what_is_disposed(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-01-06", APPROVE(propose));

	(void)s;
	ADD(.day = "2026-01-07", DISPOSE(approve, p));
	assert_int_equal(plan_of(h, 2026, 2024).count, 0);
}

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

static void runs_a_disposal_from_proposal_to_completion(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose, approve, dispose;

	(void)s;
	propose = ADD(.day = "2026-01-05", PROPOSE(p));
	assert_proposal(h, propose, 0, 0, 2024);
	assert_int_equal(book_entry(h, 3).state, HISTORY_PROPOSED);
	approve = ADD(.day = "2026-01-06", APPROVE(propose));
	assert_proposal(h, propose, approve, 0, 2024);
	assert_int_equal(book_entry(h, 3).state, HISTORY_APPROVED);
	dispose = ADD(.day = "2026-01-07", DISPOSE(approve, p));
	assert_proposal(h, propose, approve, dispose, 2024);
	assert_int_equal(book_entry(h, 3).state, HISTORY_DISPOSED);
	assert_int_equal(book_entry(h, 5).disposed_by, dispose);
	ADD(.day = "2026-01-08", DISPOSED(dispose));
	assert_proposal(h, 0, 0, 0, 0);
	assert_int_equal(book_entry(h, 3).state, HISTORY_DISPOSED);
}

static void is_not_completed_while_a_later_hold_is_on_what_it_names(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-01-06", APPROVE(propose));
	uint64_t dispose = ADD(.day = "2026-01-07", DISPOSE(approve, p)), hold, other, by, seq;

	(void)s;
	other = ADD(.day = "2026-01-07", .admin = LEAF_HOLD, .on = { ENTRY(1) });
	assert_false(history_holds_late(h, dispose, 2026, &by, &seq));
	assert_int_equal(history_stopped(h, 2026), 0);
	hold = ADD(.day = "2026-01-07", .admin = LEAF_HOLD, .on = { ENTRIES(2, 4) });
	assert_true(history_holds_late(h, dispose, 2026, &by, &seq));
	assert_int_equal(by, hold);
	assert_int_equal(seq, 3);
	assert_int_equal(history_stopped(h, 2026), dispose);
	assert_int_equal(history_stopped(h, 2030), dispose);
	assert_false(history_holds_late(h, hold, 2026, &by, &seq));
	REFUSE("On 8: entry 10 holds entry 3, which that disposal names", .day = "2026-01-08", DISPOSED(dispose));
	ADD(.day = "2026-01-08", .admin = LEAF_RELEASE, .ends = other);
	assert_true(history_holds_late(h, dispose, 2026, &by, &seq));
	ADD(.day = "2026-01-08", .admin = LEAF_RELEASE, .ends = hold);
	assert_false(history_holds_late(h, dispose, 2026, &by, &seq));
}

static void lets_concerns_name_a_disposed_record(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-01-06", APPROVE(propose));

	(void)s;
	ADD(.day = "2026-01-07", DISPOSE(approve, p));
	ADD(.day = "2026-01-08", PAPER, .concerns = { 3 });
}

static void refuses_links_to_a_disposed_record(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	uint64_t open = ADD(.day = "2024-01-03", PAPER, .opens = "loan"), propose, approve;
	struct plan p = plan_of(h, 2026, 0);

	(void)s;
	propose = ADD(.day = "2026-01-05", PROPOSE(p));
	approve = ADD(.day = "2026-01-06", APPROVE(propose));
	ADD(.day = "2026-01-07", DISPOSE(approve, p));
	REFUSE("Under 6: that record was disposed of by entry 9", .day = "2026-01-08", LOAN, .opens = "loan",
	       .under = { open });
	REFUSE("Within 6: that record was disposed of by entry 9", .day = "2026-01-08", LOAN, .within = { open });
	REFUSE("Corrects 3: that record was disposed of by entry 9", .day = "2026-01-08", PAPER, .corrects = 3);
	REFUSE("Voids 3: that record was disposed of by entry 9", .day = "2026-01-08", PAPER, .voids = 3);
	ADD(.day = "2026-01-08", LOAN, .closes = { open });
}

static void says_premature_of_a_proposal_a_year_early(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);

	(void)s;
	REFUSE("Due 2024/paper/hq: PREMATURE: entry 3 is not due on 2025-01-01", .time = 1767193199 /* 2025, last second */,
	       PROPOSE(p));
}

static void says_premature_of_a_disposal_a_second_early(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t dispose;

	(void)s;
	REFUSE("PREMATURE: entry 3", .time = 1767193199, DISPOSE(9, p));
	dispose = history_size(h) - 1;
	assert_int_equal(book_entry(h, 4).disposed_by, dispose);
}

static void says_premature_when_an_open_record_is_among_them(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	uint64_t open = ADD(.day = "2024-01-03", .kind = "paper", .years = 1, .closing = true, .opens = "loan");
	const struct hash leaves[] = { book_hash(3), book_hash(4), book_hash(5), book_hash(open) };
	struct plan p = plan_of(h, 2026, 0);

	(void)s;
	p.due[0].count = 4;
	p.due[0].root = merkle_root_of(leaves, 4);
	REFUSE("PREMATURE: entry 6", .day = "2026-01-05", PROPOSE(p));
}

static void says_premature_when_more_are_named_than_are_due(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);

	(void)s;
	ADD(.day = "2024-01-03", .kind = "paper", .years = 3);
	p.due[0].count = 4;
	REFUSE("PREMATURE: entry 6", .day = "2026-01-05", PROPOSE(p));
}

static void refuses_a_due_set_with_a_held_record(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);

	(void)s;
	ADD(.day = "2026-01-04", .admin = LEAF_HOLD, .on = { ENTRY(4) });
	REFUSE("records under a hold are among them", .day = "2026-01-05", PROPOSE(p));
}

static void refuses_a_due_set_with_one_record_missing(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	const struct hash leaves[] = { book_hash(3), book_hash(4) };
	struct plan p = plan_of(h, 2026, 0);

	(void)s;
	p.due[0].count = 2;
	p.due[0].root = merkle_root_of(leaves, 2);
	REFUSE("2 records are not the due set of 3", .day = "2026-01-05", PROPOSE(p));
}

static void refuses_a_due_set_with_another_root(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);

	(void)s;
	p.due[0].root.b[0] ^= 1;
	REFUSE("3 records are not the due set of 3", .day = "2026-01-05", PROPOSE(p));
}

static void refuses_a_group_left_out(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p;

	(void)s;
	ADD(.day = "2024-01-03", PAPER, .unit = "chuo");
	p = plan_of(h, 2026, 0);
	p.count = 1;
	REFUSE("1 groups are named, 2 are due", .day = "2026-01-05", PROPOSE(p));
}

static void refuses_exceptions_that_are_not_held(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);

	(void)s;
	p.except[0] = (struct leaf_range){ 1, 1 };
	p.except_count = 1;
	REFUSE("Except", .day = "2026-01-05", PROPOSE(p));
}

static void refuses_two_base_years_in_one_run(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p;

	(void)s;
	ADD(.day = "2025-01-03", PAPER);
	p = plan_of(h, 2027, 2024);
	p.due[1] = plan_of(h, 2027, 2025).due[0];
	p.count = 2;
	REFUSE("more than one base year, 2024 and 2025", .day = "2027-01-05", PROPOSE(p));
}

static void refuses_a_later_base_year_first(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p;

	(void)s;
	ADD(.day = "2025-01-03", PAPER);
	p = plan_of(h, 2027, 2025);
	REFUSE("base year 2024 comes before 2025", .day = "2027-01-05", PROPOSE(p));
}

static void refuses_an_empty_proposal(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = { .count = 0 };

	(void)s;
	REFUSE("Due: it names no records", .day = "2026-01-05", PROPOSE(p));
}

static void refuses_a_second_proposal_while_one_stands(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);

	(void)s;
	ADD(.day = "2026-01-05", PROPOSE(p));
	REFUSE("the proposal of entry 6 still stands", .day = "2026-01-05", PROPOSE(p));
}

static void refuses_a_proposal_while_a_disposal_is_not_completed(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose, approve;

	(void)s;
	ADD(.day = "2025-01-03", PAPER);
	propose = ADD(.day = "2027-01-05", PROPOSE(p));
	approve = ADD(.day = "2027-01-06", APPROVE(propose));
	ADD(.day = "2027-01-07", DISPOSE(approve, p));
	p = plan_of(h, 2027, 0);
	REFUSE("the disposal of entry 9 is not completed", .day = "2027-01-08", PROPOSE(p));
}

static void refuses_a_proposal_by_nobody(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);

	(void)s;
	REFUSE("nobody proposes", .day = "2026-01-05", .admin = LEAF_PROPOSE, .note = true, LINES(p));
}

static void refuses_the_proposers_own_approval(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p));

	(void)s;
	REFUSE("By 1: who proposes does not approve", .day = "2026-01-06", .admin = LEAF_APPROVE, .note = true,
	       .by = { 1, 2 }, .on = { ENTRY(propose) });
}

static void refuses_an_approval_by_nobody(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p));

	(void)s;
	REFUSE("an approval is that of one person", .day = "2026-01-06", .admin = LEAF_APPROVE, .note = true,
	       .on = { ENTRY(propose) });
}

static void refuses_an_approval_of_no_proposal(void **s)
{
	struct history *h BOOK_CLEANUP = papers();

	(void)s;
	REFUSE("On: it names no proposal that stands", .day = "2026-01-06", APPROVE(3));
}

static void refuses_a_second_approval(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p));

	(void)s;
	ADD(.day = "2026-01-06", APPROVE(propose));
	REFUSE("that proposal is approved already, by entry 7", .day = "2026-01-06", APPROVE(propose));
	assert_proposal(h, propose, 7, 0, 2024);
}

static void ends_a_proposal_by_abort(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p));

	(void)s;
	ADD(.day = "2026-01-06", ABORT(propose));
	assert_proposal(h, 0, 0, 0, 0);
	assert_int_equal(book_entry(h, 3).state, HISTORY_DUE);
	ADD(.day = "2026-01-07", PROPOSE(p));
}

static void ends_an_approved_proposal_by_abort(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-01-06", APPROVE(propose));

	(void)s;
	ADD(.day = "2026-01-06", ABORT(propose));
	REFUSE("On: it names no approval that stands", .day = "2026-01-07", DISPOSE(approve, p));
}

static void refuses_to_abort_what_is_run(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-01-06", APPROVE(propose));

	(void)s;
	ADD(.day = "2026-01-07", DISPOSE(approve, p));
	REFUSE("entry 8 disposed of it already", .day = "2026-01-07", ABORT(propose));
	assert_proposal(h, propose, approve, 8, 2024);
}

static void refuses_to_abort_no_proposal(void **s)
{
	struct history *h BOOK_CLEANUP = papers();

	(void)s;
	REFUSE("On: it names no proposal that stands", .day = "2026-01-07", ABORT(3));
}

static void refuses_to_dispose_without_approval(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p));

	(void)s;
	REFUSE("On: it names no approval that stands", .day = "2026-01-07", DISPOSE(propose, p));
	assert_proposal(h, 0, 0, propose + 1, 2024);
	assert_int_equal(book_entry(h, 3).state, HISTORY_DISPOSED);
}

static void refuses_to_dispose_twice_on_one_approval(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-01-06", APPROVE(propose));

	(void)s;
	ADD(.day = "2026-01-07", DISPOSE(approve, p));
	REFUSE("are not the due set of 0", .day = "2026-01-07", DISPOSE(approve, p));
}

static void lets_a_hold_win_over_an_approval(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0), now;
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-01-06", APPROVE(propose));

	(void)s;
	ADD(.day = "2026-01-06", .admin = LEAF_HOLD, .on = { ENTRY(4) });
	assert_int_equal(book_entry(h, 4).state, HISTORY_HELD);
	REFUSE("records under a hold are among them", .day = "2026-01-07", DISPOSE(approve, p));
	now = plan_of(h, 2026, 0);
	assert_int_equal(now.count, 0);
}

static void refuses_to_dispose_of_other_than_was_proposed(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-01-06", APPROVE(propose));

	(void)s;
	ADD(.day = "2026-01-06", .admin = LEAF_HOLD, .on = { ENTRY(4) });
	p = plan_of(h, 2026, 0);
	REFUSE("not those of the proposal, entry 6", .day = "2026-01-07", DISPOSE(approve, p));
}

static void refuses_to_dispose_of_fewer_than_was_proposed(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-01-06", APPROVE(propose));

	(void)s;
	ADD(.day = "2026-01-06", PAPER, .corrects = 5);
	p = plan_of(h, 2026, 0);
	assert_int_equal(p.due[0].count, 2);
	REFUSE("not those of the proposal, entry 6", .day = "2026-01-07", DISPOSE(approve, p));
}

static void refuses_to_dispose_with_other_exceptions_than_were_proposed(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p;
	uint64_t approve;

	(void)s;
	ADD(.day = "2026-01-04", .admin = LEAF_HOLD, .on = { ENTRY(5) });
	p = plan_of(h, 2026, 0);
	ADD(.day = "2026-01-05", PROPOSE(p));
	approve = ADD(.day = "2026-01-06", APPROVE(7));
	ADD(.day = "2026-01-06", PAPER, .corrects = 5);
	p = plan_of(h, 2026, 0);
	assert_int_equal(p.except_count, 0);
	REFUSE("not those of the proposal, entry 7", .day = "2026-01-07", DISPOSE(approve, p));
}

static void refuses_a_disposal_without_its_proposer(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-01-06", APPROVE(propose));

	(void)s;
	REFUSE("By: it must name who proposed and who approved", .day = "2026-01-07", .admin = LEAF_DISPOSE,
	       .by = { 2, 3 }, .on = { ENTRY(approve) }, LINES(p));
}

static void refuses_a_disposal_without_its_approver(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-01-06", APPROVE(propose));

	(void)s;
	REFUSE("By: it must name who proposed and who approved", .day = "2026-01-07", .admin = LEAF_DISPOSE,
	       .by = { 1, 3 }, .on = { ENTRY(approve) }, LINES(p));
}

static void takes_an_approval_of_180_days(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-01", PROPOSE(p)), approve = ADD(.day = "2026-01-01", APPROVE(propose));

	(void)s;
	ADD(.day = "2026-06-30", DISPOSE(approve, p));
}

static void refuses_an_approval_of_181_days(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-01", PROPOSE(p)), approve = ADD(.day = "2026-01-01", APPROVE(propose));

	(void)s;
	REFUSE("older than 180 days", .day = "2026-07-01", DISPOSE(approve, p));
}

static void refuses_an_approval_of_a_time_that_was_taken_back(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-02-06", APPROVE(propose));

	(void)s;
	ADD(.day = "2026-01-06", .admin = LEAF_CLOCK, .on = { ENTRY(approve) }, .counts = 2026, .by = { 1, 2 });
	REFUSE("has a later Time", .day = "2026-01-07", DISPOSE(approve, p));
}

static void wants_two_approvals_unless_the_rule_book_says_otherwise(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), one, two;

	(void)s;
	history_rules(h, NULL);
	one = ADD(.day = "2026-01-06", APPROVE_BY(2, propose));
	assert_proposal(h, propose, 0, 0, 2024);
	assert_int_equal(book_entry(h, 3).state, HISTORY_PROPOSED);
	REFUSE("On: it names no approval that stands", .day = "2026-01-07", DISPOSE(one, p));
	history_free(h);
	h = papers();
	history_rules(h, NULL);
	propose = ADD(.day = "2026-01-05", PROPOSE(p));
	ADD(.day = "2026-01-06", APPROVE_BY(2, propose));
	two = ADD(.day = "2026-01-06", APPROVE_BY(3, propose));
	assert_proposal(h, propose, two, 0, 2024);
	assert_int_equal(book_entry(h, 3).state, HISTORY_APPROVED);
	REFUSE("By: it must name who proposed and who approved", .day = "2026-01-07", DISPOSE(two, p));
}

static void disposes_by_all_who_approved(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), two;

	(void)s;
	history_rules(h, NULL);
	ADD(.day = "2026-01-06", APPROVE_BY(2, propose));
	two = ADD(.day = "2026-01-06", APPROVE_BY(3, propose));
	ADD(.day = "2026-01-07", .admin = LEAF_DISPOSE, .by = { 1, 2, 3 }, .on = { ENTRY(two) }, LINES(p));
	assert_proposal(h, propose, two, two + 1, 2024);
}

static void refuses_one_person_to_approve_twice(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p));

	(void)s;
	history_rules(h, NULL);
	ADD(.day = "2026-01-06", APPROVE_BY(2, propose));
	REFUSE("By 2: who approved it once does not approve it again", .day = "2026-01-06", APPROVE_BY(2, propose));
	assert_proposal(h, propose, 0, 0, 2024);
	REFUSE("an approval is that of one person", .day = "2026-01-06", .admin = LEAF_APPROVE, .note = true,
	       .by = { 3, 4 }, .on = { ENTRY(propose) });
}

static void asks_for_the_approvals_of_the_rule_book_in_force(void **s)
{
	const struct rulebook three = { .approvals = 3, .approval_days = 180 };
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), third;

	(void)s;
	ADD(.day = "2026-01-06", APPROVE_BY(2, propose));
	history_rules(h, &three);
	assert_proposal(h, propose, 0, 0, 2024);
	ADD(.day = "2026-01-06", APPROVE_BY(3, propose));
	third = ADD(.day = "2026-01-06", APPROVE_BY(4, propose));
	assert_proposal(h, propose, third, 0, 2024);
}

static void asks_for_no_fewer_approvals_than_the_rule_book_of_the_proposal(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose;

	(void)s;
	history_rules(h, NULL);
	propose = ADD(.day = "2026-01-05", PROPOSE(p));
	history_rules(h, &ONE_APPROVES);
	ADD(.day = "2026-01-06", APPROVE_BY(2, propose));
	assert_proposal(h, propose, 0, 0, 2024);
}

static void refuses_when_the_first_of_two_approvals_is_too_old(void **s)
{
	const struct rulebook month = { .approvals = 2, .approval_days = 30 };
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-01", PROPOSE(p)), first, second;

	(void)s;
	history_rules(h, &month);
	first = ADD(.day = "2026-01-01", APPROVE_BY(2, propose));
	second = ADD(.day = "2026-01-30", APPROVE_BY(3, propose));
	assert_int_equal(first, 7);
	REFUSE("the approval of entry 7 is older than 30 days", .day = "2026-02-01", .admin = LEAF_DISPOSE,
	       .by = { 1, 2, 3 }, .on = { ENTRY(second) }, LINES(p));
}

/* Receipts from outside. */

static const struct rulebook WANTS_A_RECEIPT = { .approvals = 1, .approval_days = 180, .receipts = 1 };

static void wants_a_receipt_where_the_rule_book_in_force_does(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve;

	(void)s;
	approve = ADD(.day = "2026-01-06", APPROVE_BY(2, propose));
	history_rules(h, &WANTS_A_RECEIPT);
	REFUSE("Witness: the rule book wants a dated receipt from outside", .day = "2026-01-07", DISPOSE(approve, p));
}

static void takes_a_certificate_that_carries_the_receipt_that_is_wanted(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve;

	(void)s;
	approve = ADD(.day = "2026-01-06", APPROVE_BY(2, propose));
	history_rules(h, &WANTS_A_RECEIPT);
	ADD(.day = "2026-01-07", DISPOSE(approve, p), .note = true, .witness = true);
}

static void tells_the_first_day_of_what_went_as_it_was_when_it_went(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve, dispose;

	(void)s;
	approve = ADD(.day = "2026-01-06", APPROVE_BY(2, propose));
	dispose = ADD(.day = "2026-01-07", DISPOSE(approve, p));
	ADD(.day = "2026-01-08", .admin = LEAF_CLASSIFY, .by = { 1, 2 }, .class = { "paper", 9, false });
	assert_int_equal(history_disposal_from(h, dispose), 2026);
	assert_int_equal(history_disposal_from(h, propose), 0);
}

static void counts_the_first_day_from_the_end_of_an_extension(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	const uint64_t all[] = { 3, 4, 5 };

	(void)s;
	assert_int_equal(history_due_from(h, all, 3), 2026);
	ADD(.day = "2025-01-05", .admin = LEAF_EXTEND, .by = { 1 }, .on = { ENTRY(4) }, .until = "2028-12-31");
	assert_int_equal(history_due_from(h, all, 1), 2026);
	assert_int_equal(history_due_from(h, all, 3), 2029);
}

/* Measures. */

#define TRANSFER(n) .admin = LEAF_TRANSFER, .note = true, .by = { 4 }, .on = { ENTRY(n) }

static struct rulebook_kind MEASURED[] = {
	{ .name = "paper", .measure = RULEBOOK_MEASURE_TRANSFER },
	{ .name = "form", .measure = RULEBOOK_MEASURE_DESTROY },
	{ .name = "card", .measure = RULEBOOK_MEASURE_ARCHIVE },
};
static const struct rulebook MEASURES = { .approvals = 1, .approval_days = 180, .kinds = MEASURED, .kinds_count = 3 };

static void does_what_was_proposed_or_nothing_when_the_measure_changes(void **s)
{
	static const struct rulebook_kind destroys[] = { { .name = "paper", .measure = RULEBOOK_MEASURE_DESTROY } };
	static const struct rulebook changed = { .approvals = 1, .approval_days = 180, .kinds = (void *)destroys,
		.kinds_count = 1 };
	struct history *h BOOK_CLEANUP = papers();
	struct plan p;
	uint64_t propose, approve;

	(void)s;
	history_rules(h, &ONE_APPROVES);
	p = plan_of(h, 2026, 0);
	propose = ADD(.day = "2026-01-05", PROPOSE(p));
	approve = ADD(.day = "2026-01-06", APPROVE_BY(2, propose));
	history_rules(h, &changed);
	p = plan_of(h, 2026, 0);
	REFUSE("proposed the measure archive, and it is destroy now", .day = "2026-01-07", DISPOSE(approve, p),
	       .no_archive = true);
}

static void takes_one_measure_a_run_archive_destroy_transfer(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct history_dues dues DUES_CLEANUP;

	(void)s;
	ADD(.day = "2024-01-03", .kind = "form", .years = 1);
	history_rules(h, &MEASURES);
	history_due(h, 2026, 0, &dues);
	assert_int_equal(dues.count, 1);
	assert_int_equal(dues.measure, RULEBOOK_MEASURE_DESTROY);
	assert_string_equal(dues.at[0].due.group.kind, "form");
	history_dues_release(&dues);
	ADD(.day = "2024-01-04", .kind = "card", .years = 1);
	history_due(h, 2026, 0, &dues);
	assert_int_equal(dues.measure, RULEBOOK_MEASURE_ARCHIVE);
	history_dues_release(&dues);
	history_due_of(h, 2026, 2024, RULEBOOK_MEASURE_TRANSFER, &dues);
	assert_int_equal(dues.count, 1);
	assert_int_equal(dues.at[0].due.count, 3);
}

static void takes_an_older_base_year_before_another_measure(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct history_dues dues DUES_CLEANUP;

	(void)s;
	history_rules(h, &MEASURES);
	ADD(.day = "2025-01-03", .kind = "card", .years = 1);
	history_due(h, 2027, 0, &dues);
	assert_int_equal(dues.measure, RULEBOOK_MEASURE_TRANSFER);
	assert_int_equal(dues.at[0].due.group.year, 2024);
}

static void refuses_two_measures_in_one_run(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p;

	(void)s;
	ADD(.day = "2024-01-03", .kind = "form", .years = 1);
	history_rules(h, &MEASURES);
	p = plan_of(h, 2026, 2024);
	assert_int_equal(p.count, 2);
	REFUSE("more than one measure, destroy and transfer", .day = "2026-01-05", PROPOSE(p));
}

static void refuses_a_later_measure_first(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p;

	(void)s;
	p = plan_of(h, 2026, 0);
	ADD(.day = "2024-01-03", .kind = "form", .years = 1);
	history_rules(h, &MEASURES);
	REFUSE("the measure destroy comes before transfer", .day = "2026-01-05", PROPOSE(p));
}

static void wants_no_archive_of_what_is_destroyed(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	struct plan p;
	uint64_t propose, approve;

	(void)s;
	ADD(.day = "2024-01-03", .kind = "form", .years = 1);
	history_rules(h, &MEASURES);
	p = plan_of(h, 2026, 0);
	propose = ADD(.day = "2026-01-05", PROPOSE(p));
	approve = ADD(.day = "2026-01-06", APPROVE(propose));
	ADD(.day = "2026-01-07", DISPOSE(approve, p), .no_archive = true);
	history_free(h);
	h = book_new("2024-01-01");
	ADD(.day = "2024-01-03", .kind = "form", .years = 1);
	history_rules(h, &MEASURES);
	ADD(.day = "2026-01-05", PROPOSE(p));
	ADD(.day = "2026-01-06", APPROVE(propose));
	REFUSE("what is to be destroyed has none", .day = "2026-01-07", DISPOSE(approve, p));
}

static void wants_an_archive_of_what_is_not_destroyed(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-01-06", APPROVE(propose));

	(void)s;
	REFUSE("Archive: it names none", .day = "2026-01-07", DISPOSE(approve, p), .no_archive = true);
}

static struct history *papers_to_transfer(struct plan *p, uint64_t *propose, uint64_t *approve)
{
	struct history *h = papers();

	history_rules(h, &MEASURES);
	*p = plan_of(h, 2026, 0);
	*propose = ADD(.day = "2026-01-05", PROPOSE(*p));
	*approve = ADD(.day = "2026-01-06", APPROVE(*propose));
	return h;
}

static void disposes_of_what_was_transferred_once_it_is_received(void **s)
{
	struct plan p;
	uint64_t propose, approve;
	struct history *h BOOK_CLEANUP = papers_to_transfer(&p, &propose, &approve);
	struct history_proposal stands;

	(void)s;
	ADD(.day = "2026-01-07", TRANSFER(approve), .bytes = 9);
	history_proposal(h, &stands);
	assert_int_equal(stands.transfer, approve + 1);
	assert_int_equal(stands.measure, RULEBOOK_MEASURE_TRANSFER);
	ADD(.day = "2026-01-07", DISPOSE(approve, p), .bytes = 9);
}

static void refuses_to_dispose_of_what_nobody_received(void **s)
{
	struct plan p;
	uint64_t propose, approve;
	struct history *h BOOK_CLEANUP = papers_to_transfer(&p, &propose, &approve);

	(void)s;
	REFUSE("nobody has received them", .day = "2026-01-07", DISPOSE(approve, p));
}

static void refuses_to_dispose_by_another_archive_than_was_received(void **s)
{
	struct plan p;
	uint64_t propose, approve;
	struct history *h BOOK_CLEANUP = papers_to_transfer(&p, &propose, &approve);

	(void)s;
	ADD(.day = "2026-01-07", TRANSFER(approve), .bytes = 9);
	REFUSE("not what was handed over, entry 8", .day = "2026-01-07", DISPOSE(approve, p), .bytes = 10);
}

static void refuses_a_receipt_of_what_is_not_to_be_transferred(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve;

	(void)s;
	REFUSE("On: it names no approval that stands", .day = "2026-01-06", TRANSFER(propose));
	approve = ADD(.day = "2026-01-06", APPROVE(propose));
	REFUSE("these records are not to be transferred", .day = "2026-01-06", TRANSFER(approve));
}

static void refuses_a_second_receipt(void **s)
{
	struct plan p;
	uint64_t propose, approve;
	struct history *h BOOK_CLEANUP = papers_to_transfer(&p, &propose, &approve);

	(void)s;
	ADD(.day = "2026-01-07", TRANSFER(approve));
	REFUSE("entry 8 says already that they were received", .day = "2026-01-07", TRANSFER(approve));
}

/* What does not fit into one leaf. */

static void takes_as_many_groups_as_one_leaf_holds(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	struct history_dues dues DUES_CLEANUP, all DUES_CLEANUP;
	char unit[LEAF_NAME_MAX + 1];
	size_t bytes = 0;

	(void)s;
	for (int i = 0; i < 1000; i++) {
		snprintf(unit, sizeof(unit), "u%04d", i);
		ADD(.day = "2024-01-03", PAPER, .unit = unit);
	}
	history_due(h, 2026, 0, &dues);
	history_due(h, 2026, 2024, &all);
	assert_true(dues.more);
	assert_int_equal(all.count, 1000);
	assert_false(all.more);
	/* "Due: 2024/paper/u0000 1 sha256:<64>\n" is 96 bytes */
	for (size_t i = 0; i < dues.count; i++)
		bytes += 96;
	assert_int_equal(dues.count, 57344 / 96);
	assert_true(bytes <= 57344);
	assert_string_equal(dues.at[0].due.group.unit, "u0000");
	assert_string_equal(dues.at[dues.count - 1].due.group.unit, "u0596");
}

static void counts_held_records_of_a_group_into_its_room(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	struct history_dues dues DUES_CLEANUP;

	(void)s;
	for (int i = 0; i < 10000; i++) {
		uint64_t seq = ADD(.day = "2024-01-03", PAPER, .unit = i < 5000 ? "a" : "b");
		if (i % 2)
			ADD(.day = "2024-01-03", .admin = LEAF_HOLD, .on = { ENTRY(seq) });
	}
	history_due(h, 2026, 0, &dues);
	assert_true(dues.more);
	assert_int_equal(dues.count, 1);
	assert_string_equal(dues.at[0].due.group.unit, "a");
	assert_int_equal(dues.except_count, 2500);
}

static void refuses_a_proposal_of_more_than_one_leaf_holds(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	struct history_dues all DUES_CLEANUP;
	char unit[LEAF_NAME_MAX + 1];

	(void)s;
	for (int i = 0; i < 700; i++) {
		snprintf(unit, sizeof(unit), "u%04d", i);
		ADD(.day = "2024-01-03", PAPER, .unit = unit);
	}
	history_due(h, 2026, 2024, &all);
	struct leaf_due *due = mem_array(all.count, sizeof(*due));

	for (size_t i = 0; i < all.count; i++)
		due[i] = all.at[i].due;
	REFUSE("700 groups are named, 597 fit into one entry", .day = "2026-01-05", .admin = LEAF_PROPOSE, .note = true,
	       .by = { 1 }, .due = due, .due_count = all.count);
	free(due);
}

static void refuses_disposed_without_dispose(void **s)
{
	struct history *h BOOK_CLEANUP = papers();

	(void)s;
	REFUSE("On: it names no `dispose` entry", .day = "2026-01-07", DISPOSED(3));
}

static void refuses_disposed_twice(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-01", PROPOSE(p)), approve = ADD(.day = "2026-01-01", APPROVE(propose));
	uint64_t dispose = ADD(.day = "2026-01-02", DISPOSE(approve, p));

	(void)s;
	ADD(.day = "2026-01-07", DISPOSED(dispose));
	REFUSE("entry 9 completed that disposal already", .day = "2026-01-07", DISPOSED(dispose));
}

static void judges_without_taking(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	struct line l = { .day = "2026-01-05", PROPOSE(p) };
	struct leaf leaf = book_leaf(&l, history_size(h));
	struct err e = ERR_INIT;

	(void)s;
	assert_int_equal(history_judge(h, &leaf, (struct history_class){ 0, false }, &e), ERR_OK);
	assert_proposal(h, 0, 0, 0, 0);
	assert_int_equal(history_size(h), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing_due_before_the_first_of_january),
		cmocka_unit_test(groups_by_kind_unit_and_base_year),
		cmocka_unit_test(takes_the_root_over_the_leaves_by_seq),
		cmocka_unit_test(takes_the_oldest_base_year_first),
		cmocka_unit_test(lets_a_shorter_class_go_before_an_older_longer_one),
		cmocka_unit_test(leaves_out_what_is_disposed),
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
		cmocka_unit_test(lists_no_held_records_of_groups_that_are_not_due),
		cmocka_unit_test(keeps_what_two_extend_as_long_as_the_later_one),
		cmocka_unit_test(refuses_an_extension_that_ends_within_a_year),
		cmocka_unit_test(refuses_an_extension_shorter_than_the_class_of_any_record),
		cmocka_unit_test(refuses_an_extension_of_what_has_no_end),
		cmocka_unit_test(ends_a_hold_by_itself_when_its_day_has_passed),
		cmocka_unit_test(releases_a_hold_that_has_a_day_before_it),
		cmocka_unit_test(holds_nothing_by_the_receipt_of_a_transfer),
		cmocka_unit_test(is_not_completed_while_a_later_hold_is_on_what_it_names),
		cmocka_unit_test(refuses_to_release_what_is_no_hold),
		cmocka_unit_test(refuses_to_release_a_hold_twice),
		cmocka_unit_test(refuses_a_hold_on_nothing),
		cmocka_unit_test(runs_a_disposal_from_proposal_to_completion),
		cmocka_unit_test(lets_concerns_name_a_disposed_record),
		cmocka_unit_test(refuses_links_to_a_disposed_record),
		cmocka_unit_test(says_premature_of_a_proposal_a_year_early),
		cmocka_unit_test(says_premature_of_a_disposal_a_second_early),
		cmocka_unit_test(says_premature_when_an_open_record_is_among_them),
		cmocka_unit_test(says_premature_when_more_are_named_than_are_due),
		cmocka_unit_test(refuses_a_due_set_with_a_held_record),
		cmocka_unit_test(refuses_a_due_set_with_one_record_missing),
		cmocka_unit_test(refuses_a_due_set_with_another_root),
		cmocka_unit_test(refuses_a_group_left_out),
		cmocka_unit_test(refuses_exceptions_that_are_not_held),
		cmocka_unit_test(refuses_two_base_years_in_one_run),
		cmocka_unit_test(refuses_a_later_base_year_first),
		cmocka_unit_test(refuses_an_empty_proposal),
		cmocka_unit_test(refuses_a_second_proposal_while_one_stands),
		cmocka_unit_test(refuses_a_proposal_while_a_disposal_is_not_completed),
		cmocka_unit_test(refuses_a_proposal_by_nobody),
		cmocka_unit_test(refuses_the_proposers_own_approval),
		cmocka_unit_test(refuses_an_approval_by_nobody),
		cmocka_unit_test(refuses_an_approval_of_no_proposal),
		cmocka_unit_test(refuses_a_second_approval),
		cmocka_unit_test(ends_a_proposal_by_abort),
		cmocka_unit_test(ends_an_approved_proposal_by_abort),
		cmocka_unit_test(refuses_to_abort_what_is_run),
		cmocka_unit_test(refuses_to_abort_no_proposal),
		cmocka_unit_test(refuses_to_dispose_without_approval),
		cmocka_unit_test(refuses_to_dispose_twice_on_one_approval),
		cmocka_unit_test(lets_a_hold_win_over_an_approval),
		cmocka_unit_test(refuses_to_dispose_of_other_than_was_proposed),
		cmocka_unit_test(refuses_to_dispose_of_fewer_than_was_proposed),
		cmocka_unit_test(refuses_to_dispose_with_other_exceptions_than_were_proposed),
		cmocka_unit_test(refuses_a_disposal_without_its_proposer),
		cmocka_unit_test(refuses_a_disposal_without_its_approver),
		cmocka_unit_test(takes_an_approval_of_180_days),
		cmocka_unit_test(refuses_an_approval_of_181_days),
		cmocka_unit_test(refuses_an_approval_of_a_time_that_was_taken_back),
		cmocka_unit_test(wants_two_approvals_unless_the_rule_book_says_otherwise),
		cmocka_unit_test(disposes_by_all_who_approved),
		cmocka_unit_test(refuses_one_person_to_approve_twice),
		cmocka_unit_test(asks_for_the_approvals_of_the_rule_book_in_force),
		cmocka_unit_test(asks_for_no_fewer_approvals_than_the_rule_book_of_the_proposal),
		cmocka_unit_test(wants_a_receipt_where_the_rule_book_in_force_does),
		cmocka_unit_test(takes_a_certificate_that_carries_the_receipt_that_is_wanted),
		cmocka_unit_test(tells_the_first_day_of_what_went_as_it_was_when_it_went),
		cmocka_unit_test(counts_the_first_day_from_the_end_of_an_extension),
		cmocka_unit_test(does_what_was_proposed_or_nothing_when_the_measure_changes),
		cmocka_unit_test(refuses_when_the_first_of_two_approvals_is_too_old),
		cmocka_unit_test(takes_one_measure_a_run_archive_destroy_transfer),
		cmocka_unit_test(takes_an_older_base_year_before_another_measure),
		cmocka_unit_test(refuses_two_measures_in_one_run),
		cmocka_unit_test(refuses_a_later_measure_first),
		cmocka_unit_test(wants_no_archive_of_what_is_destroyed),
		cmocka_unit_test(wants_an_archive_of_what_is_not_destroyed),
		cmocka_unit_test(disposes_of_what_was_transferred_once_it_is_received),
		cmocka_unit_test(refuses_to_dispose_of_what_nobody_received),
		cmocka_unit_test(refuses_to_dispose_by_another_archive_than_was_received),
		cmocka_unit_test(refuses_a_receipt_of_what_is_not_to_be_transferred),
		cmocka_unit_test(refuses_a_second_receipt),
		cmocka_unit_test(takes_as_many_groups_as_one_leaf_holds),
		cmocka_unit_test(counts_held_records_of_a_group_into_its_room),
		cmocka_unit_test(refuses_a_proposal_of_more_than_one_leaf_holds),
		cmocka_unit_test(refuses_disposed_without_dispose),
		cmocka_unit_test(refuses_disposed_twice),
		cmocka_unit_test(judges_without_taking),
	};

	return cmocka_run_group_tests_name("model/history_disposal", tests, NULL, NULL);
}
