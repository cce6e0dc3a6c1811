/*
 * An office where something can be disposed of, for the tests of ledger/dispose*: of its first year two slips, one with
 * a scan, and a matter that was closed expire; a badge that is out stays, as does a slip of the next year.
 */
#ifndef TESTS_LEDGER_DISPOSE_OFFICE_H
#define TESTS_LEDGER_DISPOSE_OFFICE_H

#include "ledger_office.h"

/* The store as it was when it was made ready, put back before each test. */
static struct office *office;
static uint64_t slip, letter, badge, badge_end, out, later;

static inline int make_office(void **state)
{
	(void)state;
	office_library();
	office = office_new();
	office_signers(office);
	slip = office_slip(office, "first");
	letter = office_add(office, "slip", "\"body\":{\"text\":\"with a scan\"},"
	                                    "\"attachments\":[{\"media\":\"text/plain\",\"data\":\"c2Nhbg==\"}]");
	badge = office_add(office, "badge", "\"body\":{\"text\":\"A\"}");
	out = office_add(office, "badge", "\"body\":{\"text\":\"B\"}");
	MEM_CLEANUP char *end = mem_printf("\"body\":{\"badge_entry\":%llu}", (unsigned long long)badge);
	badge_end = office_add(office, "badge-end", end);
	office_live_to(office, office->year + 1, 1, 10);
	later = office_slip(office, "of the next year");
	office_live_to(office, office->year + 1, 12, 31);
	office_keep(office);
	return 0;
}

static inline int drop_office(void **state)
{
	(void)state;
	office_free(office);
	repo_library_exit();
	return 0;
}

static inline int64_t new_year(void)
{
	return date_to_time((struct date){ office->year + 2, 1, 1 }) + 12 * 3600;
}

/* The first working day on which what the first year left may go. */
static inline int put_back(void **state)
{
	(void)state;
	office_put_back(office);
	office_open(office);
	office->now = office->ledger->chain.time;
	return 0;
}

static inline int put_back_on_the_day(void **state)
{
	put_back(state);
	office->now = new_year();
	return 0;
}

static inline char *list_due(void)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	struct buf text = BUF_INIT;
	office_must(dispose_plan(office->ledger, office->now, &d, &e), &e);
	for (size_t i = 0; i < jdoc_size(jdoc_get(d, "groups")); i++) {
		const struct jdoc *g = jdoc_at(jdoc_get(d, "groups"), i);
		buf_printf(&text, "%s ", jdoc_get_text(g, "kind"));
		jdoc_print(jdoc_get(g, "entries"), &text);
		buf_putc(&text, '\n');
	}
	jdoc_free(d);
	return buf_steal(&text, NULL);
}

static inline bool has_note(uint64_t seq)
{
	struct index_entry entry;
	struct err e = ERR_INIT;
	struct note note;
	BUF_CLEANUP struct buf text = BUF_INIT;
	office_must(index_entry(office->ledger->index, seq, &entry, &e), &e);
	int rc = ledger_read_note(office->ledger, &entry, &text, &note, &e);
	if (!rc)
		note_release(&note);
	assert_true(rc == ERR_OK || rc == ERR_GONE);
	return !rc;
}

static inline void expect_verdict(const char *verdict)
{
	struct jdoc *d = office_verify(office, office->dir, false);
	BUF_CLEANUP struct buf text = BUF_INIT;
	jdoc_print(d, &text);
	if (strcmp(jdoc_get_text(d, "verdict"), verdict) != 0)
		fail_msg("not %s: %s", verdict, buf_str(&text));
	jdoc_free(d);
}

static inline void run_whole(void)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_must(office_run(office, &d, &e), &e);
	jdoc_free(d);
}

#define EARLY(test) cmocka_unit_test_setup(test, put_back)
#define ON_THE_DAY(test) cmocka_unit_test_setup(test, put_back_on_the_day)

#endif
