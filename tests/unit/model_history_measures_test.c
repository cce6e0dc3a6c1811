/* Measures: what is archived, destroyed, transferred. */
#include "model_history_papers.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_what_was_proposed_or_nothing_when_the_measure_changes),
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
	};

	return cmocka_run_group_tests_name("model/history_measures", tests, NULL, NULL);
}
