/* Proposals, their approvals and their ends. */
#include "model_history_papers.h"

static void says_premature_of_a_proposal_a_year_early(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);

	(void)s;
	REFUSE("Due 2024/paper/hq: PREMATURE: entry 3 is not due on 2025-01-01", .time = 1767193199 /* 2025, last second */,
	       PROPOSE(p));
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
		cmocka_unit_test(says_premature_of_a_proposal_a_year_early),
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
		cmocka_unit_test(asks_for_the_approvals_of_the_rule_book_in_force),
		cmocka_unit_test(asks_for_no_fewer_approvals_than_the_rule_book_of_the_proposal),
		cmocka_unit_test(refuses_one_person_to_approve_twice),
		cmocka_unit_test(judges_without_taking),
	};

	return cmocka_run_group_tests_name("model/history_proposal", tests, NULL, NULL);
}
