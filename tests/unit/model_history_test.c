/* Base years: matters, corrections, voids, classes. */
#include "model_history_book.h"

#include "model/rulebook.h"

#define LOAN .kind = "loan", .years = 3, .closing = true
#define APPLICATION .kind = "application", .years = 1, .closing = true
#define DECISION .kind = "decision", .years = 1, .closing = true
#define RETURN .kind = "return", .years = 3, .closing = true
#define PLAIN .kind = "paper", .years = 1

static void assert_expires(struct history *h, uint64_t seq, int base_year, int disposable_year)
{
	struct history_entry x = book_entry(h, seq);

	assert_int_equal(x.base_year, base_year);
	assert_int_equal(x.disposable_year, disposable_year);
	assert_false(book_is_due(h, seq, disposable_year - 1));
	assert_true(book_is_due(h, seq, disposable_year));
}

static void assert_open(struct history *h, uint64_t seq, uint64_t matter)
{
	struct history_entry x = book_entry(h, seq);

	assert_int_equal(x.state, HISTORY_OPEN);
	assert_int_equal(x.open_matter, matter);
	assert_int_equal(x.base_year, 0);
	assert_int_equal(x.disposable_year, 0);
}

static void disposes_of_a_one_year_record_of_new_year_2024_from_2026(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-01", PLAIN);

	(void)s;
	assert_expires(h, n, 2024, 2026);
}

static void disposes_of_a_one_year_record_of_the_last_minute_of_2024_from_2026(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.time = 1735657140 /* 2024-12-31T23:59:00+09:00 */, PLAIN);

	(void)s;
	assert_expires(h, n, 2024, 2026);
}

static void counts_half_past_midnight_in_japan_as_the_new_year(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.time = 1735659000 /* 2024-12-31T15:30:00Z */, PLAIN);

	(void)s;
	assert_expires(h, n, 2025, 2027);
}

static void disposes_of_a_three_year_record_of_reiwa_6_from_reiwa_10(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-02-22", .kind = "loan", .years = 3);

	(void)s;
	assert_expires(h, n, 2024, 2028);
}

static void takes_the_year_of_the_volume_when_the_event_lies_ahead(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-12-28", .year = 2025, PLAIN);

	(void)s;
	assert_expires(h, n, 2025, 2027);
}

static void keeps_an_application_while_its_loan_runs(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-12-01");
	uint64_t application = ADD(.day = "2024-12-10", APPLICATION, .opens = "application");
	uint64_t decision = ADD(.day = "2024-12-20", DECISION, .closes = { application });
	uint64_t loan, back;

	(void)s;
	assert_int_equal(book_entry(h, application).base_year, 2024);
	loan = ADD(.day = "2025-01-10", LOAN, .opens = "loan", .under = { application });
	assert_open(h, application, application);
	assert_open(h, decision, application);
	assert_open(h, loan, loan);
	back = ADD(.day = "2026-01-09", RETURN, .closes = { loan });
	assert_expires(h, application, 2026, 2028);
	assert_expires(h, decision, 2026, 2028);
	assert_expires(h, loan, 2026, 2030);
	assert_expires(h, back, 2026, 2030);
}

static void waits_for_a_child_opened_after_the_parents_closing(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t application = ADD(.day = "2024-01-10", APPLICATION, .opens = "application");
	uint64_t first = ADD(.day = "2024-01-12", LOAN, .opens = "loan", .under = { application }), second;

	(void)s;
	ADD(.day = "2024-01-20", DECISION, .closes = { application });
	second = ADD(.day = "2024-02-01", LOAN, .opens = "loan", .under = { application });
	ADD(.day = "2025-02-01", RETURN, .closes = { first });
	assert_open(h, application, application);
	ADD(.day = "2026-02-01", RETURN, .closes = { second });
	assert_int_equal(book_entry(h, application).base_year, 2026);
	assert_int_equal(book_entry(h, first).base_year, 2025);
}

static void opens_a_closed_matter_again_for_a_late_child(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t application = ADD(.day = "2024-01-10", APPLICATION, .opens = "application"), loan;

	(void)s;
	ADD(.day = "2024-01-20", DECISION, .closes = { application });
	assert_int_equal(book_entry(h, application).base_year, 2024);
	loan = ADD(.day = "2025-02-01", LOAN, .opens = "loan", .under = { application });
	assert_open(h, application, application);
	ADD(.day = "2027-02-01", RETURN, .closes = { loan });
	assert_int_equal(book_entry(h, application).base_year, 2027);
}

static void carries_a_grandchilds_closing_year_up(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t top = ADD(.day = "2024-01-10", APPLICATION, .opens = "application");
	uint64_t middle = ADD(.day = "2024-01-11", LOAN, .opens = "loan", .under = { top });
	uint64_t bottom = ADD(.day = "2024-01-12", LOAN, .opens = "loan", .under = { middle });

	(void)s;
	ADD(.day = "2024-02-01", DECISION, .closes = { top });
	ADD(.day = "2024-02-02", RETURN, .closes = { middle });
	assert_open(h, top, top);
	ADD(.day = "2026-02-02", RETURN, .closes = { bottom });
	assert_int_equal(book_entry(h, top).base_year, 2026);
	assert_int_equal(book_entry(h, middle).base_year, 2026);
}

static void shares_the_closing_of_the_matter_that_a_record_is_within(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t renewal = ADD(.day = "2025-01-09", .kind = "renewal", .years = 3, .closing = true, .within = { loan });

	(void)s;
	assert_open(h, renewal, loan);
	ADD(.day = "2026-01-09", RETURN, .closes = { loan });
	assert_expires(h, renewal, 2026, 2030);
}

static void waits_for_the_last_of_several_matters(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t a = ADD(.day = "2024-01-10", LOAN, .opens = "loan"), b = ADD(.day = "2024-01-11", LOAN, .opens = "loan");
	uint64_t both = ADD(.day = "2024-01-12", .kind = "renewal", .years = 1, .closing = true, .within = { a, b });

	(void)s;
	assert_open(h, both, a);
	ADD(.day = "2025-01-09", RETURN, .closes = { a });
	assert_open(h, both, b);
	ADD(.day = "2026-01-09", RETURN, .closes = { b });
	assert_expires(h, both, 2026, 2028);
}

static void counts_a_kind_from_creation_though_its_matter_is_open(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", PLAIN, .opens = "loan");

	(void)s;
	assert_expires(h, n, 2024, 2026);
	assert_true(history_matter_is_open(h, n, "loan"));
}

static void never_expires_an_opening_that_nothing_closes(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", LOAN, .opens = "loan");

	(void)s;
	ADD(.day = "2099-01-10", .admin = LEAF_HEARTBEAT);
	assert_open(h, n, n);
	assert_false(book_is_due(h, n, 9000));
}

static void never_expires_a_kind_without_a_class(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", .kind = "incident");

	(void)s;
	ADD(.day = "2099-01-10", .admin = LEAF_HEARTBEAT);
	assert_int_equal(book_entry(h, n).state, HISTORY_CLOSED);
	assert_int_equal(book_entry(h, n).base_year, 2024);
	assert_int_equal(book_entry(h, n).disposable_year, 0);
	assert_false(book_is_due(h, n, 9000));
}

static void never_expires_the_note_of_an_administrative_entry(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", .admin = LEAF_RULES, .note = true, .years = 1);

	(void)s;
	assert_int_equal(book_entry(h, n).state, HISTORY_CLOSED);
	assert_int_equal(book_entry(h, n).years, 0);
	assert_false(book_is_due(h, n, 9000));
}

static void says_that_an_entry_without_a_note_has_no_record(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");

	(void)s;
	assert_int_equal(book_entry(h, 0).state, HISTORY_NO_RECORD);
}

static void never_lets_concerns_touch_retention(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t n = ADD(.day = "2024-01-11", .kind = "check", .years = 1, .closing = true, .concerns = { loan });

	(void)s;
	assert_expires(h, n, 2024, 2026);
}

static void answers_where_a_record_stands(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", PLAIN, .unit = "chuo", .year = 2025);
	struct history_entry x = book_entry(h, n);
	struct hash hash = book_hash(n);

	(void)s;
	assert_int_equal(x.volume.year, 2025);
	assert_string_equal(x.volume.kind, "paper");
	assert_string_equal(x.volume.unit, "chuo");
	assert_true(hash_is_equal(&x.leaf, &hash));
}

static void turns_due_with_the_first_entry_of_the_year(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", PLAIN);

	(void)s;
	ADD(.time = 1767193199 /* 2025-12-31T23:59:59+09:00 */, .admin = LEAF_HEARTBEAT);
	assert_int_equal(book_entry(h, n).state, HISTORY_CLOSED);
	ADD(.time = 1767193200, .admin = LEAF_HEARTBEAT);
	assert_int_equal(book_entry(h, n).state, HISTORY_DUE);
}

static void says_which_matters_are_open(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");

	(void)s;
	assert_true(history_matter_is_open(h, loan, NULL));
	assert_true(history_matter_is_open(h, loan, "loan"));
	assert_false(history_matter_is_open(h, loan, "device"));
	assert_false(history_matter_is_open(h, 0, NULL));
	assert_false(history_matter_is_open(h, 99, NULL));
	ADD(.day = "2024-01-11", RETURN, .closes = { loan });
	assert_false(history_matter_is_open(h, loan, NULL));
}

static void refuses_to_close_a_closed_matter(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");

	(void)s;
	ADD(.day = "2024-01-11", RETURN, .closes = { loan });
	REFUSE("entry 3: Closes 1: entry 2 closed that matter already", .day = "2025-01-12", RETURN, .closes = { loan });
	assert_int_equal(book_entry(h, loan).base_year, 2025);
}

static void names_no_voided_closing_as_the_one_that_counts(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan"), again;

	(void)s;
	ADD(.day = "2024-01-11", RETURN, .closes = { loan });
	REFUSE("entry 2 closed", .day = "2024-01-12", RETURN, .closes = { loan });
	again = history_size(h) - 1;
	ADD(.day = "2024-01-13", .kind = "void", .voids = again);
	REFUSE("Closes 1: that matter is closed already", .day = "2024-01-14", RETURN, .closes = { loan });
}

static void refuses_to_close_what_opened_no_matter(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", PLAIN);

	(void)s;
	REFUSE("entry 2: Closes 1: entry 1 opened no matter", .day = "2024-01-12", RETURN, .closes = { n });
	REFUSE("entry 3: Within 1: entry 1 opened no matter", .day = "2024-01-12", RETURN, .within = { n });
	REFUSE("entry 4: Under 1: entry 1 opened no matter", .day = "2024-01-12", LOAN, .opens = "loan", .under = { n });
}

static void refuses_references_that_point_forward(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");

	(void)s;
	REFUSE("Closes 9: it names no earlier entry", .day = "2024-01-12", RETURN, .closes = { 9 });
	REFUSE("Within 2: it names no earlier entry", .day = "2024-01-12", LOAN, .opens = "loan", .within = { 2 });
	REFUSE("Under 9: it names no earlier entry", .day = "2024-01-12", LOAN, .opens = "loan", .under = { 9 });
	REFUSE("Concerns 9: it names no earlier entry", .day = "2024-01-12", PLAIN, .concerns = { 9 });
	REFUSE("Corrects 9: it names no earlier entry", .day = "2024-01-12", PLAIN, .corrects = 9);
	REFUSE("Voids 9: it names no earlier entry", .day = "2024-01-12", PLAIN, .voids = 9);
}

static void refuses_under_without_a_matter_of_its_own(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", APPLICATION, .opens = "application");

	(void)s;
	REFUSE("Under 1: it opens no matter", .day = "2024-01-12", LOAN, .under = { n });
}

static void reports_a_sequence_number_out_of_place(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	struct line l = { .day = "2024-01-02", .admin = LEAF_HEARTBEAT };
	struct leaf leaf = book_leaf(&l, 7);
	struct hash hash = book_hash(7);
	struct err e = ERR_INIT;

	(void)s;
	assert_int_equal(history_add(h, &leaf, &hash, (struct history_class){ 0, false }, &e), ERR_RULE);
	assert_non_null(strstr(e.text, "entry 1: Seq"));
	assert_int_equal(history_size(h), 2);
}

static void gives_a_correction_group_the_latest_base_year(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t first = ADD(.day = "2024-01-10", PLAIN);
	uint64_t second = ADD(.day = "2025-01-10", PLAIN, .corrects = first);
	uint64_t third = ADD(.day = "2027-01-10", PLAIN, .corrects = first);

	(void)s;
	assert_expires(h, first, 2027, 2029);
	assert_expires(h, second, 2027, 2029);
	assert_expires(h, third, 2027, 2029);
}

static void joins_the_corrections_of_corrections(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t first = ADD(.day = "2024-01-10", PLAIN);
	uint64_t second = ADD(.day = "2025-01-10", PLAIN, .corrects = first);

	(void)s;
	ADD(.day = "2026-01-10", PLAIN, .corrects = second);
	assert_expires(h, first, 2026, 2028);
}

static void gives_a_correction_group_the_longest_class(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t first = ADD(.day = "2024-01-10", .kind = "paper", .years = 3);
	uint64_t second = ADD(.day = "2024-01-11", .kind = "paper", .years = 1, .corrects = first);

	(void)s;
	assert_expires(h, first, 2024, 2028);
	assert_expires(h, second, 2024, 2028);
}

static void keeps_a_correction_group_for_ever_when_one_never_expires(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t first = ADD(.day = "2024-01-10", .kind = "paper", .years = 3);

	(void)s;
	ADD(.day = "2024-01-11", .kind = "paper", .corrects = first);
	assert_int_equal(book_entry(h, first).disposable_year, 0);
	assert_false(book_is_due(h, first, 9000));
}

static void keeps_a_correction_until_the_matter_of_its_original_is_closed(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t renewal = ADD(.day = "2024-01-11", .kind = "renewal", .years = 1, .closing = true, .within = { loan });
	uint64_t second = ADD(.day = "2024-01-12", .kind = "renewal", .years = 1, .closing = true, .corrects = renewal);
	uint64_t opening = ADD(.day = "2024-01-13", LOAN, .corrects = loan);

	(void)s;
	assert_open(h, renewal, loan);
	assert_open(h, second, loan);
	assert_open(h, opening, loan);
	ADD(.day = "2099-01-10", .admin = LEAF_HEARTBEAT);
	assert_open(h, opening, loan);
	ADD(.day = "2099-01-11", RETURN, .closes = { loan });
	assert_expires(h, second, 2099, 2101);
	assert_expires(h, renewal, 2099, 2101);
	assert_int_equal(book_entry(h, opening).base_year, 2099);
	assert_int_equal(book_entry(h, loan).base_year, 2099);
}

static void opens_and_closes_no_matter_by_a_correction(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t again = ADD(.day = "2024-01-11", LOAN, .corrects = loan), back;

	(void)s;
	assert_false(history_matter_is_open(h, again, NULL));
	back = ADD(.day = "2024-02-10", RETURN, .closes = { loan });
	ADD(.day = "2025-02-11", RETURN, .corrects = back);
	assert_false(history_matter_is_open(h, loan, NULL));
	assert_int_equal(book_entry(h, loan).base_year, 2024);
	assert_int_equal(book_entry(h, back).base_year, 2025);
	assert_int_equal(book_entry(h, again).first, loan);
}

static void refuses_a_correction_that_names_matters_itself(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t other = ADD(.day = "2024-01-11", LOAN, .opens = "loan");

	(void)s;
	REFUSE("shares the matters of that record", .day = "2024-01-12", LOAN, .opens = "loan", .corrects = loan);
	REFUSE("shares the matters of that record", .day = "2024-01-13", LOAN, .within = { other }, .corrects = loan);
	REFUSE("shares the matters of that record", .day = "2024-01-14", LOAN, .closes = { other }, .corrects = loan);
}

static void refuses_to_correct_a_record_of_another_unit(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", PLAIN);

	(void)s;
	REFUSE("Corrects 1: that record is of another unit", .day = "2024-01-11", PLAIN, .unit = "chuo", .corrects = n);
}

static void holds_a_correction_with_the_matter_of_its_original(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t again = ADD(.day = "2024-01-11", LOAN, .corrects = loan), hold;

	(void)s;
	ADD(.day = "2024-01-12", RETURN, .closes = { loan });
	hold = ADD(.day = "2024-01-13", .admin = LEAF_HOLD, .on = { MATTER(loan) });
	ADD(.day = "2099-01-01", .admin = LEAF_HEARTBEAT);
	assert_int_equal(book_entry(h, loan).state, HISTORY_HELD);
	assert_int_equal(book_entry(h, again).state, HISTORY_HELD);
	ADD(.day = "2099-01-02", .admin = LEAF_RELEASE, .ends = hold);
	assert_int_equal(book_entry(h, again).state, HISTORY_DUE);
}

static void refuses_to_correct_a_record_of_another_kind(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", PLAIN);

	(void)s;
	REFUSE("Corrects 1: that record is of another kind", .day = "2024-01-11", LOAN, .corrects = n);
}

static void refuses_to_correct_or_void_what_has_no_record(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", .admin = LEAF_HEARTBEAT);

	(void)s;
	REFUSE("Corrects 1: that entry has no record", .day = "2024-01-11", PLAIN, .corrects = n);
	REFUSE("Voids 1: that entry has no record", .day = "2024-01-11", PLAIN, .voids = n);
}

static void opens_a_matter_again_when_its_closing_is_voided(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t wrong = ADD(.day = "2024-02-10", RETURN, .closes = { loan });

	(void)s;
	ADD(.day = "2025-02-11", .kind = "void", .voids = wrong);
	assert_open(h, loan, loan);
	ADD(.day = "2026-02-11", RETURN, .closes = { loan });
	assert_expires(h, loan, 2026, 2030);
}

static void keeps_a_voided_closing_from_the_year_of_its_voiding(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t wrong = ADD(.day = "2024-02-10", RETURN, .closes = { loan });

	(void)s;
	ADD(.day = "2025-02-11", .kind = "void", .voids = wrong);
	assert_expires(h, wrong, 2025, 2029);
}

static void keeps_a_voided_closing_while_children_are_open(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t application = ADD(.day = "2024-01-10", APPLICATION, .opens = "application");
	uint64_t loan = ADD(.day = "2024-01-11", LOAN, .opens = "loan", .under = { application });
	uint64_t wrong = ADD(.day = "2024-02-10", DECISION, .closes = { application });

	(void)s;
	ADD(.day = "2024-02-11", .kind = "void", .voids = wrong);
	assert_open(h, wrong, application);
	ADD(.day = "2027-02-11", RETURN, .closes = { loan });
	assert_expires(h, wrong, 2027, 2029);
	assert_open(h, application, application);
}

static void closes_and_voids_a_wrong_closing_in_one_entry(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t wrong = ADD(.day = "2024-02-10", RETURN, .closes = { loan });

	(void)s;
	ADD(.day = "2025-02-11", RETURN, .voids = wrong, .closes = { loan });
	assert_expires(h, loan, 2025, 2029);
}

static void never_counts_less_than_a_voided_closing_did(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t wrong = ADD(.day = "2024-02-10", .year = 2027, RETURN, .closes = { loan });

	(void)s;
	ADD(.day = "2024-02-11", .kind = "void", .voids = wrong);
	ADD(.day = "2025-02-11", RETURN, .closes = { loan });
	assert_expires(h, loan, 2027, 2031);
}

static void counts_an_open_matter_as_closed_when_its_opening_is_voided(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t renewal = ADD(.day = "2024-01-11", .kind = "renewal", .years = 3, .closing = true, .within = { loan });

	(void)s;
	ADD(.day = "2025-02-11", .kind = "void", .voids = loan);
	assert_false(history_matter_is_open(h, loan, NULL));
	assert_expires(h, loan, 2025, 2029);
	assert_expires(h, renewal, 2025, 2029);
}

static void leaves_the_closing_year_when_the_opening_of_a_closed_matter_is_voided(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t back = ADD(.day = "2024-01-11", RETURN, .closes = { loan });

	(void)s;
	ADD(.day = "2026-02-11", .kind = "void", .voids = loan);
	assert_expires(h, loan, 2026, 2030);
	assert_expires(h, back, 2024, 2028);
}

static void ends_a_voided_matter_when_its_closing_is_voided_too(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t back = ADD(.day = "2024-01-11", RETURN, .closes = { loan });

	(void)s;
	ADD(.day = "2025-02-11", .kind = "void", .voids = loan);
	ADD(.day = "2026-02-11", .kind = "void", .voids = back);
	assert_false(history_matter_is_open(h, loan, NULL));
	assert_expires(h, loan, 2026, 2030);
	assert_expires(h, back, 2026, 2030);
}

static void frees_a_parent_from_a_voided_child_in_the_year_of_the_voiding(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t application = ADD(.day = "2024-01-10", APPLICATION, .opens = "application");
	uint64_t loan = ADD(.day = "2024-01-11", LOAN, .opens = "loan", .under = { application });

	(void)s;
	ADD(.day = "2024-02-10", DECISION, .closes = { application });
	assert_open(h, application, application);
	ADD(.day = "2025-02-11", .kind = "void", .voids = loan);
	assert_expires(h, application, 2025, 2027);
}

static void keeps_a_parent_open_for_the_children_of_a_voided_child(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t top = ADD(.day = "2024-01-10", APPLICATION, .opens = "application");
	uint64_t middle = ADD(.day = "2024-01-11", LOAN, .opens = "loan", .under = { top });

	(void)s;
	ADD(.day = "2024-01-12", LOAN, .opens = "loan", .under = { middle });
	ADD(.day = "2024-02-01", DECISION, .closes = { top });
	ADD(.day = "2025-02-11", .kind = "void", .voids = middle);
	assert_open(h, top, top);
}

static void keeps_a_record_with_its_matter_though_its_within_is_voided(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");
	uint64_t renewal = ADD(.day = "2024-01-11", .kind = "renewal", .years = 3, .closing = true, .within = { loan });

	(void)s;
	ADD(.day = "2024-02-11", .kind = "void", .voids = renewal);
	assert_open(h, renewal, loan);
	ADD(.day = "2026-02-11", RETURN, .closes = { loan });
	assert_expires(h, renewal, 2026, 2030);
}

static void refuses_links_to_a_voided_opening(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");

	(void)s;
	ADD(.day = "2024-02-11", .kind = "void", .voids = loan);
	REFUSE("Closes 1: the opening of that matter is voided by entry 2", .day = "2024-02-12", RETURN,
	       .closes = { loan });
	REFUSE("Within 1: the opening of that matter is voided", .day = "2024-02-12", PLAIN, .within = { loan });
	REFUSE("Under 1: the opening of that matter is voided", .day = "2024-02-12", LOAN, .opens = "loan",
	       .under = { loan });
}

static void refuses_to_close_the_matter_whose_opening_it_voids(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t loan = ADD(.day = "2024-01-10", LOAN, .opens = "loan");

	(void)s;
	REFUSE("Closes 1: the opening of that matter is voided by entry 2", .day = "2024-02-12", RETURN, .voids = loan,
	       .closes = { loan });
}

static void refuses_to_void_twice(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", PLAIN);

	(void)s;
	ADD(.day = "2024-02-11", .kind = "void", .voids = n);
	REFUSE("Voids 1: entry 2 voided it already", .day = "2024-02-12", .kind = "void", .voids = n);
}

static void classifies_a_kind_that_had_no_class(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t old = ADD(.day = "2024-01-10", .kind = "incident"), new;

	(void)s;
	ADD(.day = "2025-01-10", .admin = LEAF_CLASSIFY, .by = { 1, 2 }, .class = { "incident", 5, false });
	new = ADD(.day = "2026-01-10", .kind = "incident");
	assert_expires(h, old, 2024, 2030);
	assert_expires(h, new, 2026, 2032);
}

static void lengthens_a_class(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", PLAIN);

	(void)s;
	ADD(.day = "2024-01-11", .admin = LEAF_CLASSIFY, .by = { 1, 2 }, .class = { "paper", 3, false });
	assert_expires(h, n, 2024, 2028);
}

static void refuses_to_shorten_a_class(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", .kind = "paper", .years = 3);

	(void)s;
	REFUSE("Class paper: 1 year would shorten", .day = "2024-01-11", .admin = LEAF_CLASSIFY, .by = { 1, 2 },
	       .class = { "paper", 1, false });
	assert_expires(h, n, 2024, 2028);
}

static void keeps_the_longest_class_given(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", .kind = "incident");

	(void)s;
	ADD(.day = "2024-01-11", .admin = LEAF_CLASSIFY, .by = { 1, 2 }, .class = { "incident", 5, false });
	REFUSE("Class incident: 3 years would shorten", .day = "2024-01-11", .admin = LEAF_CLASSIFY, .by = { 1, 2 },
	       .class = { "incident", 3, false });
	assert_expires(h, n, 2024, 2030);
}

static void counts_from_closing_when_a_class_given_says_so(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", .kind = "incident", .opens = "incident");

	(void)s;
	ADD(.day = "2024-01-11", .admin = LEAF_CLASSIFY, .by = { 1, 2 }, .class = { "incident", 5, true });
	assert_open(h, n, n);
	ADD(.day = "2026-01-12", .kind = "incident-end", .closes = { n });
	assert_expires(h, n, 2026, 2032);
}

static void still_counts_from_closing_when_a_longer_class_does_not(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", APPLICATION, .opens = "application");

	(void)s;
	ADD(.day = "2024-01-11", .admin = LEAF_CLASSIFY, .by = { 1, 2 }, .class = { "application", 5, false });
	assert_open(h, n, n);
}

static void refuses_a_class_that_lets_go_what_is_in_force(void **s)
{
	static struct rulebook_kind kinds[] = {
		{ .name = "appointment", .opens = "appointment", .identity_login = "login" },
		{ .name = "incident", .opens = "incident" }, { .name = "paper" },
	};
	const struct rulebook book = { .kinds = kinds, .kinds_count = 3 };
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");

	(void)s;
	history_rules(h, &book);
	REFUSE("Class appointment: a kind that appoints persons never expires", .day = "2024-01-11",
	       .admin = LEAF_CLASSIFY, .by = { 1, 2 }, .class = { "appointment", 5, true });
	REFUSE("Class incident: a kind that opens a matter counts from closing", .day = "2024-01-11",
	       .admin = LEAF_CLASSIFY, .by = { 1, 2 }, .class = { "incident", 5, false });
	ADD(.day = "2024-01-11", .admin = LEAF_CLASSIFY, .by = { 1, 2 }, .class = { "incident", 5, true });
	ADD(.day = "2024-01-11", .admin = LEAF_CLASSIFY, .by = { 1, 2 }, .class = { "paper", 5, false });
}

static void refuses_a_class_from_one_person(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", .kind = "incident");

	(void)s;
	REFUSE("By: two people", .day = "2025-01-10", .admin = LEAF_CLASSIFY, .by = { 1 },
	       .class = { "incident", 5, false });
	assert_int_equal(book_entry(h, n).disposable_year, 0);
}

static void refuses_a_class_for_an_administrative_kind(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	uint64_t n = ADD(.day = "2024-01-10", .admin = LEAF_RULES, .note = true);

	(void)s;
	REFUSE("administrative", .day = "2025-01-10", .admin = LEAF_CLASSIFY, .by = { 1, 2 },
	       .class = { "rules", 5, false });
	assert_int_equal(book_entry(h, n).disposable_year, 0);
}

static void stands_a_million_entries(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	struct date d = { 2024, 1, 2 };
	int64_t start = date_to_time(d);
	struct history_dues dues;

	(void)s;
	for (uint64_t i = 1; i < 1000000; i++) {
		struct line l = { .time = start + (int64_t)i * 60, .kind = "loan", .years = 3, .closing = true };
		struct leaf leaf;
		struct hash hash;

		if (i % 2)
			l.opens = "loan";
		else
			l.closes[0] = i - 1;
		leaf = book_leaf(&l, i);
		memcpy(hash.b, &i, sizeof(i));
		assert_int_equal(history_add(h, &leaf, &hash, (struct history_class){ 3, true }, NULL), ERR_OK);
	}
	history_due(h, 2028, 0, &dues);
	assert_int_equal(dues.count, 1);
	assert_in_range(dues.at[0].due.count, 525000, 526000);
	history_dues_release(&dues);
	for (uint64_t i = 1; i < 1000000; i++)
		assert_int_not_equal(book_entry(h, i).state, HISTORY_DISPOSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(disposes_of_a_one_year_record_of_new_year_2024_from_2026),
		cmocka_unit_test(disposes_of_a_one_year_record_of_the_last_minute_of_2024_from_2026),
		cmocka_unit_test(counts_half_past_midnight_in_japan_as_the_new_year),
		cmocka_unit_test(disposes_of_a_three_year_record_of_reiwa_6_from_reiwa_10),
		cmocka_unit_test(takes_the_year_of_the_volume_when_the_event_lies_ahead),
		cmocka_unit_test(keeps_an_application_while_its_loan_runs),
		cmocka_unit_test(waits_for_a_child_opened_after_the_parents_closing),
		cmocka_unit_test(opens_a_closed_matter_again_for_a_late_child),
		cmocka_unit_test(carries_a_grandchilds_closing_year_up),
		cmocka_unit_test(shares_the_closing_of_the_matter_that_a_record_is_within),
		cmocka_unit_test(waits_for_the_last_of_several_matters),
		cmocka_unit_test(counts_a_kind_from_creation_though_its_matter_is_open),
		cmocka_unit_test(never_expires_an_opening_that_nothing_closes),
		cmocka_unit_test(never_expires_a_kind_without_a_class),
		cmocka_unit_test(never_expires_the_note_of_an_administrative_entry),
		cmocka_unit_test(says_that_an_entry_without_a_note_has_no_record),
		cmocka_unit_test(never_lets_concerns_touch_retention),
		cmocka_unit_test(answers_where_a_record_stands),
		cmocka_unit_test(turns_due_with_the_first_entry_of_the_year),
		cmocka_unit_test(says_which_matters_are_open),
		cmocka_unit_test(refuses_to_close_a_closed_matter),
		cmocka_unit_test(names_no_voided_closing_as_the_one_that_counts),
		cmocka_unit_test(refuses_to_close_what_opened_no_matter),
		cmocka_unit_test(refuses_references_that_point_forward),
		cmocka_unit_test(refuses_under_without_a_matter_of_its_own),
		cmocka_unit_test(reports_a_sequence_number_out_of_place),
		cmocka_unit_test(gives_a_correction_group_the_latest_base_year),
		cmocka_unit_test(joins_the_corrections_of_corrections),
		cmocka_unit_test(gives_a_correction_group_the_longest_class),
		cmocka_unit_test(keeps_a_correction_group_for_ever_when_one_never_expires),
		cmocka_unit_test(keeps_a_correction_until_the_matter_of_its_original_is_closed),
		cmocka_unit_test(opens_and_closes_no_matter_by_a_correction),
		cmocka_unit_test(refuses_a_correction_that_names_matters_itself),
		cmocka_unit_test(refuses_to_correct_a_record_of_another_unit),
		cmocka_unit_test(holds_a_correction_with_the_matter_of_its_original),
		cmocka_unit_test(refuses_to_correct_a_record_of_another_kind),
		cmocka_unit_test(refuses_to_correct_or_void_what_has_no_record),
		cmocka_unit_test(opens_a_matter_again_when_its_closing_is_voided),
		cmocka_unit_test(keeps_a_voided_closing_from_the_year_of_its_voiding),
		cmocka_unit_test(keeps_a_voided_closing_while_children_are_open),
		cmocka_unit_test(closes_and_voids_a_wrong_closing_in_one_entry),
		cmocka_unit_test(never_counts_less_than_a_voided_closing_did),
		cmocka_unit_test(counts_an_open_matter_as_closed_when_its_opening_is_voided),
		cmocka_unit_test(leaves_the_closing_year_when_the_opening_of_a_closed_matter_is_voided),
		cmocka_unit_test(ends_a_voided_matter_when_its_closing_is_voided_too),
		cmocka_unit_test(frees_a_parent_from_a_voided_child_in_the_year_of_the_voiding),
		cmocka_unit_test(keeps_a_parent_open_for_the_children_of_a_voided_child),
		cmocka_unit_test(keeps_a_record_with_its_matter_though_its_within_is_voided),
		cmocka_unit_test(refuses_links_to_a_voided_opening),
		cmocka_unit_test(refuses_to_close_the_matter_whose_opening_it_voids),
		cmocka_unit_test(refuses_to_void_twice),
		cmocka_unit_test(classifies_a_kind_that_had_no_class),
		cmocka_unit_test(lengthens_a_class),
		cmocka_unit_test(refuses_to_shorten_a_class),
		cmocka_unit_test(keeps_the_longest_class_given),
		cmocka_unit_test(counts_from_closing_when_a_class_given_says_so),
		cmocka_unit_test(still_counts_from_closing_when_a_longer_class_does_not),
		cmocka_unit_test(refuses_a_class_that_lets_go_what_is_in_force),
		cmocka_unit_test(refuses_a_class_from_one_person),
		cmocka_unit_test(refuses_a_class_for_an_administrative_kind),
		cmocka_unit_test(stands_a_million_entries),
	};

	return cmocka_run_group_tests_name("model/history", tests, NULL, NULL);
}
