#include "ledger/due.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "ledger/docket.h"
#include "ledger/enforce.h"

#define MONTHS_MAX 1200
#define MONTHS_OF_YEAR 12

struct asking {
	struct ledger *ledger;
	const char *unit;
	int64_t now;
	struct date today;
	due_fn *fn;
	void *ctx;
	const struct rulebook_due *rule;
	/* of the matter that is looked at */
	uint64_t opening;
	struct enforce_view view;
	char where[LEAF_NAME_MAX + 1];           /* the unit that is asked */
	struct date *done; size_t done_count;    /* events of the records that were asked for */
};

const char *due_state_word(enum due_state state)
{
	static const char *const words[] = { [DUE_ASKED] = N_("asked"), [DUE_NEAR] = N_("near"),
		                             [DUE_OVERDUE] = N_("overdue") };
	return words[state];
}

static int compare_days(struct date a, struct date b)
{
	int64_t x = date_day_number(a), y = date_day_number(b);
	return (x > y) - (x < y);
}

/* What was done. */

static bool is_link(const struct rulebook_kind *k, const char *field)
{
	const struct rulebook_links *lists[] = { &k->closes, &k->within, &k->under };
	for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
		for (size_t i = 0; i < lists[l]->count; i++)
			if (strcmp(lists[l]->at[i].field, field) == 0)
				return true;
	for (size_t i = 0; i < k->concerns_count; i++)
		if (strcmp(k->concerns[i], field) == 0)
			return true;
	return false;
}

static int try_done(struct asking *a, uint64_t seq, struct err *e)
{
	const struct docket_record *r;
	struct enforce_view of;
	bool fits = false;
	int rc = docket_record(a->ledger->docket, seq, &r, e);
	if (rc || strcmp(r->kind, a->rule->done.name) != 0)
		return rc == ERR_GONE || rc == ERR_NOTFOUND ? ERR_OK : rc;
	struct docket_record kept = *r;
	kept.body = jdoc_keep(r->body);
	enforce_view_of(&of, a->ledger->docket, &kept, a->now);
	rc = enforce_terms_hold(&a->rule->done, &of, &a->view, &fits, e);
	jdoc_free(kept.body);
	if (rc || !fits)
		return rc;
	if ((a->done_count & (a->done_count - 1)) == 0)
		a->done = mem_grow(a->done, a->done_count ? a->done_count * 2 : 1, sizeof *a->done);
	a->done[a->done_count++] = kept.event;
	return ERR_OK;
}

static int take_linked(void *ctx, uint64_t seq, enum index_link link, struct err *e)
{
	(void)link;
	return try_done(ctx, seq, e);
}

static int take_listed(void *ctx, const struct index_entry *entry, struct err *e)
{
	return entry->disposed_by || entry->has_corrects ? ERR_OK : try_done(ctx, entry->seq, e);
}

/* By what names the entry that a term is about, where a term is about one; else through all records of the kind. */
static int collect_done(struct asking *a, struct err *e)
{
	const struct rulebook_search *done = &a->rule->done;
	const struct rulebook_kind *k = rulebook_kind(a->ledger->rules->book, done->name);
	const struct cond_port port = enforce_port(&a->view);
	const struct index_filter all = { .kind = done->name, .only_records = true };
	a->done_count = 0;
	for (size_t i = 0; k && i < done->terms_count; i++) {
		struct cond_values about = { .count = 0 };
		if (!is_link(k, done->terms[i].field))
			continue;
		int rc = cond_operand_values(done->terms[i].operand, &port, &about, e);
		for (size_t n = 0; !rc && n < about.count; n++)
			if (about.at[n].type == COND_NUMBER && about.at[n].number >= 0)
				rc = docket_linked(a->ledger->docket, (uint64_t)about.at[n].number, take_linked, a, e);
		cond_values_release(&about);
		return rc;
	}
	return done->name[0] ? index_list(a->ledger->index, &all, take_listed, a, e) : ERR_OK;
}

/* When it was asked for. */

static int tell(const struct asking *a, enum due_state state, struct date since, struct date until, struct err *e)
{
	struct due_item item = { .rule = a->rule, .clause = a->rule->clause, .opening = a->opening, .state = state,
		                 .since = since, .until = until };
	snprintf(item.unit, sizeof item.unit, "%s", a->where);
	return a->fn(a->ctx, &item, e);
}

/* The last day on which it can be done in time. */
static int tell_until(const struct asking *a, struct date until, bool always, struct err *e)
{
	int64_t left = date_day_number(until) - date_day_number(a->today);
	if (left < 0)
		return tell(a, DUE_OVERDUE, cond_add_days(until, 1), until, e);
	if (left <= a->rule->near_days)
		return tell(a, DUE_NEAR, cond_add_days(until, 1), until, e);
	return always ? tell(a, DUE_ASKED, cond_add_days(until, 1), until, e) : ERR_OK;
}

/* The first day of the n-th period from the one that holds `from`. */
static struct date begin_period(enum rulebook_period every, struct date from, int n)
{
	int months = every == RULEBOOK_YEAR ? MONTHS_OF_YEAR * n : n;
	int month = every == RULEBOOK_YEAR ? 0 : from.month - 1;
	int total = from.year * MONTHS_OF_YEAR + month + months;
	return (struct date){ total / MONTHS_OF_YEAR, total % MONTHS_OF_YEAR + 1, 1 };
}

static bool was_done(const struct asking *a, struct date first, struct date next)
{
	for (size_t i = 0; i < a->done_count; i++)
		if (compare_days(first, a->done[i]) <= 0 && compare_days(a->done[i], next) < 0)
			return true;
	return false;
}

/* From the period in which the rule book came into force: before, it asked for nothing. */
static int judge_periods(const struct asking *a, struct date from, struct err *e)
{
	struct date in_force = a->ledger->rules->book->in_force;
	int rc = ERR_OK;
	if (compare_days(from, in_force) < 0)
		from = in_force;
	for (int n = 0; !rc && n < MONTHS_MAX; n++) {
		struct date first = begin_period(a->rule->every, from, n), next = begin_period(a->rule->every, from, n + 1);
		if (compare_days(first, a->today) > 0)
			break;
		if (!was_done(a, first, next))
			rc = tell_until(a, cond_add_days(next, -1), true, e);
	}
	return rc;
}

static int find_day(const struct asking *a, const struct cond_operand *operand, struct date otherwise, bool *out_has,
                    struct date *out, struct err *e)
{
	struct enforce_view view = a->view;
	const struct cond_port port = enforce_port(&view);
	struct cond_values day = { .count = 0 };
	*out = otherwise;
	*out_has = operand == NULL;
	if (!operand)
		return ERR_OK;
	int rc = cond_operand_values(operand, &port, &day, e);
	if (!rc && day.count && day.at[0].type == COND_TEXT)
		*out_has = date_parse(day.at[0].text, strlen(day.at[0].text), out);
	cond_values_release(&day);
	return rc;
}

static int judge_matter(struct asking *a, struct err *e)
{
	const struct rulebook_due *rule = a->rule;
	struct date from, until;
	bool has_from = false, has_until = false;
	int rc = collect_done(a, e);
	if (!rc)
		rc = find_day(a, rule->from, a->view.event, &has_from, &from, e);
	if (rc || !has_from)
		return rc;
	if (rule->every != RULEBOOK_ONCE)
		return judge_periods(a, from, e);
	if (a->done_count)
		return ERR_OK;
	if (rule->within_days >= 0)
		return tell_until(a, cond_add_days(from, rule->within_days), true, e);
	rc = find_day(a, rule->until, from, &has_until, &until, e);
	return rc || !has_until ? rc : tell_until(a, until, false, e);
}

static int find_where(struct asking *a, struct err *e)
{
	const struct cond_port port = enforce_port(&a->view);
	struct cond_values unit = { .count = 0 };
	snprintf(a->where, sizeof a->where, "%s", a->view.unit);
	int rc = a->rule->where ? cond_operand_values(a->rule->where, &port, &unit, e) : ERR_OK;
	if (!rc && unit.count && unit.at[0].type == COND_TEXT)
		snprintf(a->where, sizeof a->where, "%s", unit.at[0].text);
	cond_values_release(&unit);
	return rc;
}

static int take_matter(void *ctx, uint64_t opening, const char *matter, struct err *e)
{
	struct asking *a = ctx;
	const struct docket_record *r;
	bool asked = true;
	(void)matter;
	int rc = docket_record(a->ledger->docket, opening, &r, e);
	if (rc)
		return rc == ERR_GONE || rc == ERR_NOTFOUND ? ERR_OK : rc;
	struct docket_record kept = *r;
	kept.body = jdoc_keep(r->body);
	a->opening = opening;
	enforce_view_of(&a->view, a->ledger->docket, &kept, a->now);
	const struct cond_port port = enforce_port(&a->view);
	if (a->rule->when)
		rc = cond_holds(a->rule->when, &port, &asked, e);
	if (!rc)
		rc = find_where(a, e);
	if (!rc && asked && (!a->unit || strcmp(a->unit, a->where) == 0))
		rc = judge_matter(a, e);
	jdoc_free(kept.body);
	return rc;
}

/* The end of the rule book: near from so many months before. */
static int judge_end(const struct asking *a, struct err *e)
{
	const struct rulebook *book = a->ledger->rules->book;
	struct due_item item = { .clause = book->expires_clause ? book->expires_clause : "", .state = DUE_NEAR,
		                 .until = book->expires };
	snprintf(item.unit, sizeof item.unit, "%s", book->office);
	if (!book->has_expires || (a->unit && strcmp(a->unit, book->office) != 0) ||
	    compare_days(a->today, cond_add_months(book->expires, -book->warn_months)) < 0)
		return ERR_OK;
	item.since = cond_add_days(book->expires, 1);
	if (compare_days(item.since, a->today) <= 0)
		item.state = DUE_OVERDUE;
	return a->fn(a->ctx, &item, e);
}

int due_each(struct ledger *l, const char *unit, int64_t now, due_fn *fn, void *ctx, struct err *e)
{
	const struct rulebook *book = l->rules->book;
	struct asking a = { .ledger = l, .unit = unit, .now = now, .today = date_of_time(now), .fn = fn, .ctx = ctx };
	int rc = judge_end(&a, e);
	for (size_t i = 0; !rc && i < book->dues_count; i++) {
		a.rule = &book->dues[i];
		rc = docket_each(l->docket, a.rule->over, take_matter, &a, e);
	}
	free(a.done);
	return rc;
}
