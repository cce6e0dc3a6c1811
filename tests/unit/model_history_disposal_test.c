/* Disposals, from their certificates to their completion. */
#include "model_history_papers.h"

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

/* One person brings a rule book into force: what was wanted when it was proposed and approved stays wanted. */
static void wants_the_receipt_of_the_proposal_whatever_a_later_rule_book_says(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	struct history_proposal stands;
	uint64_t propose, approve;

	(void)s;
	history_proposal(h, &stands);
	assert_false(stands.receipt);
	history_rules(h, &WANTS_A_RECEIPT);
	propose = ADD(.day = "2026-01-05", PROPOSE(p));
	approve = ADD(.day = "2026-01-06", APPROVE_BY(2, propose));
	history_rules(h, &ONE_APPROVES);
	history_proposal(h, &stands);
	assert_true(stands.receipt);
	REFUSE("Witness: the rule book wants a dated receipt from outside", .day = "2026-01-07", DISPOSE(approve, p));
}

static void tells_the_first_day_of_what_went_as_it_was_when_it_went(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve, dispose;

	(void)s;
	approve = ADD(.day = "2026-01-06", APPROVE_BY(2, propose));
	dispose = ADD(.day = "2026-01-07", DISPOSE(approve, p), .note = true, .witness = true);
	ADD(.day = "2026-01-08", .admin = LEAF_CLASSIFY, .by = { 1, 2 }, .class = { "paper", 9, false });
	assert_int_equal(history_disposal_from(h, dispose), 2026);
	assert_int_equal(history_disposal_from(h, propose), 0);
}

static void keeps_the_period_of_what_went_whatever_comes_later(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	int32_t *extensions MEM_CLEANUP = NULL;
	struct history_entry x;
	struct plan p;

	(void)s;
	ADD(.day = "2024-02-01", .admin = LEAF_EXTEND, .by = { 1 }, .on = { ENTRY(4) }, .until = "2026-12-31");
	p = plan_of(h, 2027, 0);
	ADD(.day = "2027-01-05", PROPOSE(p));
	ADD(.day = "2027-01-06", APPROVE(7));
	ADD(.day = "2027-01-07", DISPOSE(8, p));
	ADD(.day = "2027-01-07", DISPOSED(9));
	ADD(.day = "2027-01-08", PAPER);
	ADD(.day = "2027-01-08", .admin = LEAF_CLASSIFY, .by = { 1, 2 }, .class = { "paper", 9, false });
	ADD(.day = "2027-01-08", .admin = LEAF_EXTEND, .by = { 1 }, .on = { ENTRIES(3, 11) }, .until = "2040-12-31");
	ADD(.day = "2027-01-08", .admin = LEAF_CLOCK, .on = { ENTRIES(3, 5) }, .counts = 2027, .by = { 1, 2 });
	for (uint64_t seq = 3; seq <= 5; seq++) {
		x = book_entry(h, seq);
		assert_int_equal(x.base_year, 2024);
		assert_int_equal(x.years, 1);
		assert_int_equal(x.disposable_year, 2026);
	}
	assert_int_equal(book_entry(h, 11).years, 9);
	extensions = history_extensions(h);
	assert_int_equal(extensions[3], INT32_MIN);
	assert_int_equal(extensions[4], date_day_number((struct date){ 2026, 12, 31 }));
	assert_int_equal(extensions[11], date_day_number((struct date){ 2040, 12, 31 }));
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

/* A hold keeps for the whole year of its last day, which is no earlier than the day after it. */
static void counts_the_first_day_from_the_end_of_a_hold_that_has_one(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	const uint64_t all[] = { 3, 4, 5 };
	uint64_t hold;

	(void)s;
	ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .by = { 1 }, .on = { ENTRY(4) }, .until = "2027-06-30");
	ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .by = { 1 }, .on = { ENTRY(5) });
	hold = ADD(.day = "2025-01-05", .admin = LEAF_HOLD, .by = { 1 }, .on = { ENTRY(5) }, .until = "2031-12-31");
	ADD(.day = "2025-01-06", .admin = LEAF_RELEASE, .by = { 1, 2 }, .ends = hold);
	assert_int_equal(history_due_from(h, all, 1), 2026);
	assert_int_equal(history_due_from(h, all, 2), 2028);
	assert_int_equal(history_due_from(h, all + 2, 1), 2026);
}

static void tells_of_several_extensions_the_one_that_ends_last(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	int32_t *ends MEM_CLEANUP = NULL;

	(void)s;
	ADD(.day = "2025-01-05", .admin = LEAF_EXTEND, .by = { 1 }, .on = { ENTRY(4) }, .until = "2028-12-31");
	ADD(.day = "2025-01-05", .admin = LEAF_EXTEND, .by = { 1 }, .on = { ENTRY(3), ENTRY(4), ENTRY(5) },
	    .until = "2027-12-31");
	ADD(.day = "2025-01-05", .admin = LEAF_EXTEND, .by = { 1 }, .on = { ENTRY(5) }, .until = "2029-12-31");
	ends = history_extensions(h);
	assert_int_equal(ends[2], INT32_MIN);
	assert_int_equal(ends[3], date_day_number((struct date){ 2027, 12, 31 }));
	assert_int_equal(ends[4], date_day_number((struct date){ 2028, 12, 31 }));
	assert_int_equal(ends[5], date_day_number((struct date){ 2029, 12, 31 }));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_a_disposal_from_proposal_to_completion),
		cmocka_unit_test(is_not_completed_while_a_later_hold_is_on_what_it_names),
		cmocka_unit_test(lets_concerns_name_a_disposed_record),
		cmocka_unit_test(refuses_links_to_a_disposed_record),
		cmocka_unit_test(says_premature_of_a_disposal_a_second_early),
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
		cmocka_unit_test(refuses_when_the_first_of_two_approvals_is_too_old),
		cmocka_unit_test(wants_a_receipt_where_the_rule_book_in_force_does),
		cmocka_unit_test(takes_a_certificate_that_carries_the_receipt_that_is_wanted),
		cmocka_unit_test(wants_the_receipt_of_the_proposal_whatever_a_later_rule_book_says),
		cmocka_unit_test(tells_the_first_day_of_what_went_as_it_was_when_it_went),
		cmocka_unit_test(keeps_the_period_of_what_went_whatever_comes_later),
		cmocka_unit_test(counts_the_first_day_from_the_end_of_an_extension),
		cmocka_unit_test(counts_the_first_day_from_the_end_of_a_hold_that_has_one),
		cmocka_unit_test(tells_of_several_extensions_the_one_that_ends_last),
		cmocka_unit_test(refuses_disposed_without_dispose),
		cmocka_unit_test(refuses_disposed_twice),
	};

	return cmocka_run_group_tests_name("model/history_disposal", tests, NULL, NULL);
}
