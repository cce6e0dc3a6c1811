/* Archives: until when they are kept, and their destruction. */
#include "model_history_book.h"

#include "model/rulebook.h"

#define DESTROYED(n) .admin = LEAF_DESTROYED, .note = true, .by = { 1, 2 }, .on = { ENTRY(n) }

/* Under a rule book that keeps archives for so many years; 0: it sets no end. */
static void set_years(struct history *h, int years)
{
	static struct rulebook book = { .approvals = RULEBOOK_APPROVALS, .approval_days = RULEBOOK_APPROVAL_DAYS };

	book.archive_years = years;
	history_rules(h, &book);
}

/* Three appointments and a paper of 2024, proposed, approved and disposed of on 2026-01-07 with an archive that is kept
 * to that day, or without an archive. The disposal is entry 8, and is not completed. */
static struct history *disposed_with(bool archive, const char *until)
{
	struct history *h = book_new("2024-01-01");
	struct history_dues dues;

	for (int i = 0; i < 3; i++)
		ADD(.day = "2024-01-02", .kind = "appointment");
	ADD(.day = "2024-01-03", .kind = "paper", .years = 1);
	history_due(h, 2026, 0, &dues);
	ADD(.day = "2026-01-05", .admin = LEAF_PROPOSE, .note = true, .by = { 1 }, .due = &dues.at[0].due, .due_count = 1);
	ADD(.day = "2026-01-06", .admin = LEAF_APPROVE, .note = true, .by = { 2 }, .on = { ENTRY(5) });
	ADD(.day = "2026-01-06", .admin = LEAF_APPROVE, .note = true, .by = { 3 }, .on = { ENTRY(5) });
	set_years(h, until ? 1 : 0);
	ADD(.day = "2026-01-07", .admin = LEAF_DISPOSE, .by = { 1, 2, 3 }, .on = { ENTRY(7) }, .due = &dues.at[0].due,
	    .due_count = 1, .archive = archive, .until = until);
	history_dues_release(&dues);
	return h;
}

static struct history *completed_with(bool archive, const char *until)
{
	struct history *h = disposed_with(archive, until);

	ADD(.day = "2026-01-07", .admin = LEAF_DISPOSED, .on = { ENTRY(8) });
	return h;
}

static void refuses_to_destroy_an_archive_on_its_last_day(void **s)
{
	struct history *h BOOK_CLEANUP = completed_with(true, "2027-12-31");

	(void)s;
	REFUSE("On 8: that archive is kept until 2027-12-31", .day = "2027-12-31", DESTROYED(8));
}

static void destroys_it_on_the_first_day_that_it_may(void **s)
{
	struct history *h BOOK_CLEANUP = completed_with(true, "2027-12-31");

	(void)s;
	ADD(.day = "2028-01-01", DESTROYED(8));
}

static void destroys_an_archive_without_an_end_at_any_time(void **s)
{
	struct history *h BOOK_CLEANUP = completed_with(true, NULL);

	(void)s;
	ADD(.day = "2026-01-08", DESTROYED(8));
}

static void destroys_an_archive_once(void **s)
{
	struct history *h BOOK_CLEANUP = completed_with(true, NULL);

	(void)s;
	ADD(.day = "2026-01-08", DESTROYED(8));
	REFUSE("On 8: entry 10 destroyed that archive already", .day = "2026-01-09", DESTROYED(8));
}

static void destroys_no_archive_of_a_disposal_that_is_not_completed(void **s)
{
	struct history *h BOOK_CLEANUP = disposed_with(true, NULL);

	(void)s;
	REFUSE("On 8: that disposal is not completed", .day = "2026-01-08", DESTROYED(8));
}

static void destroys_nothing_where_no_archive_is(void **s)
{
	struct history *h BOOK_CLEANUP = completed_with(false, NULL);

	(void)s;
	REFUSE("On: it names no `dispose` entry with an archive", .day = "2026-01-08", DESTROYED(8));
	REFUSE("On: it names no `dispose` entry with an archive", .day = "2026-01-08", DESTROYED(3));
}

static int judge_end(struct history *h, int years, const char *until, struct err *e)
{
	struct leaf leaf = { .kind = LEAF_DISPOSE, .seq = 10, .has_archive = true };

	leaf.time = date_to_time((struct date){ 2026, 1, 8 });
	leaf.has_until = until && date_parse(until, strlen(until), &leaf.until);
	set_years(h, years);
	return history_judge(h, &leaf, (struct history_class){ 0, false }, e);
}

static void refuses_another_end_than_the_rule_book_sets(void **s)
{
	static const struct { int years; const char *until; } wrong[] = {
		{ 1, "2027-12-30" }, { 1, "2026-12-31" }, { 1, "2028-12-31" }, { 1, NULL }, { 0, "2027-12-31" },
	};
	struct history *h BOOK_CLEANUP = completed_with(true, NULL);

	(void)s;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct err e = ERR_INIT;

		assert_int_equal(judge_end(h, wrong[i].years, wrong[i].until, &e), ERR_RULE);
		assert_non_null(strstr(e.text, "Until: not the end that the rule book sets for archives"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_to_destroy_an_archive_on_its_last_day),
		cmocka_unit_test(destroys_it_on_the_first_day_that_it_may),
		cmocka_unit_test(destroys_an_archive_without_an_end_at_any_time),
		cmocka_unit_test(destroys_an_archive_once),
		cmocka_unit_test(destroys_no_archive_of_a_disposal_that_is_not_completed),
		cmocka_unit_test(destroys_nothing_where_no_archive_is),
		cmocka_unit_test(refuses_another_end_than_the_rule_book_sets),
	};
	return cmocka_run_group_tests_name("model/history archives", tests, NULL, NULL);
}
