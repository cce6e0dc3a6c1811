/* Archives: until when they are kept, and their destruction. */
#include "model_history_book.h"

#define DESTROYED(n) .admin = LEAF_DESTROYED, .note = true, .by = { 1, 2 }, .on = { ENTRY(n) }

/* Two appointments and a paper of 2024, proposed, approved and disposed of on 2026-01-07 with an archive that is kept
 * to that day, or without an archive. The disposal is entry 6, and is not completed. */
static struct history *disposed_with(bool archive, const char *until)
{
	struct history *h = book_new("2024-01-01");
	struct history_dues dues;

	for (int i = 0; i < 2; i++)
		ADD(.day = "2024-01-02", .kind = "appointment");
	ADD(.day = "2024-01-03", .kind = "paper", .years = 1);
	history_due(h, 2026, 0, &dues);
	ADD(.day = "2026-01-05", .admin = LEAF_PROPOSE, .note = true, .by = { 1 }, .due = &dues.at[0].due, .due_count = 1);
	ADD(.day = "2026-01-06", .admin = LEAF_APPROVE, .note = true, .by = { 2 }, .on = { ENTRY(4) });
	ADD(.day = "2026-01-07", .admin = LEAF_DISPOSE, .by = { 1, 2 }, .on = { ENTRY(5) }, .due = &dues.at[0].due,
	    .due_count = 1, .archive = archive, .until = until);
	history_dues_release(&dues);
	return h;
}

static struct history *completed_with(bool archive, const char *until)
{
	struct history *h = disposed_with(archive, until);

	ADD(.day = "2026-01-07", .admin = LEAF_DISPOSED, .on = { ENTRY(6) });
	return h;
}

static void refuses_to_destroy_an_archive_on_its_last_day(void **s)
{
	struct history *h BOOK_CLEANUP = completed_with(true, "2027-12-31");

	(void)s;
	REFUSE("On 6: that archive is kept until 2027-12-31", .day = "2027-12-31", DESTROYED(6));
}

static void destroys_it_on_the_first_day_that_it_may(void **s)
{
	struct history *h BOOK_CLEANUP = completed_with(true, "2027-12-31");

	(void)s;
	ADD(.day = "2028-01-01", DESTROYED(6));
}

static void destroys_an_archive_without_an_end_at_any_time(void **s)
{
	struct history *h BOOK_CLEANUP = completed_with(true, NULL);

	(void)s;
	ADD(.day = "2026-01-08", DESTROYED(6));
}

static void destroys_an_archive_once(void **s)
{
	struct history *h BOOK_CLEANUP = completed_with(true, NULL);

	(void)s;
	ADD(.day = "2026-01-08", DESTROYED(6));
	REFUSE("On 6: entry 8 destroyed that archive already", .day = "2026-01-09", DESTROYED(6));
}

static void destroys_no_archive_of_a_disposal_that_is_not_completed(void **s)
{
	struct history *h BOOK_CLEANUP = disposed_with(true, NULL);

	(void)s;
	REFUSE("On 6: that disposal is not completed", .day = "2026-01-08", DESTROYED(6));
}

static void destroys_nothing_where_no_archive_is(void **s)
{
	struct history *h BOOK_CLEANUP = completed_with(false, NULL);

	(void)s;
	REFUSE("On: it names no `dispose` entry with an archive", .day = "2026-01-08", DESTROYED(6));
	REFUSE("On: it names no `dispose` entry with an archive", .day = "2026-01-08", DESTROYED(3));
}

static void refuses_an_end_that_is_no_end_of_a_later_year(void **s)
{
	static const char *const wrong[] = { "2027-12-30", "2026-12-31", "2025-12-31", "2028-01-01" };

	(void)s;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct history *h BOOK_CLEANUP = completed_with(true, NULL);
		struct leaf leaf = { .kind = LEAF_DISPOSE, .seq = 8, .has_archive = true, .has_until = true };
		struct err e = ERR_INIT;
		struct date d = { 2026, 1, 8 };

		leaf.time = date_to_time(d);
		assert_true(date_parse(wrong[i], strlen(wrong[i]), &leaf.until));
		assert_int_equal(history_judge(h, &leaf, (struct history_class){ 0, false }, &e), ERR_RULE);
		assert_non_null(strstr(e.text, "31 December of a later year"));
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
		cmocka_unit_test(refuses_an_end_that_is_no_end_of_a_later_year),
	};
	return cmocka_run_group_tests_name("model/history archives", tests, NULL, NULL);
}
