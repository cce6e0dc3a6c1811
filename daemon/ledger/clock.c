#include "ledger/clock.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "base/era.h"
#include "base/mem.h"
#include "ledger/append.h"
#include "ledger/dispose.h"
#include "ledger/member.h"

#define FORMAT "daicho.clock.v1"
#define DAYS_OF_WEEK 7
#define THURSDAY 4          /* 1970-01-01; Monday is 1 */

/* The entries at the end of the ledger whose Time is yet to come. */
static int find_later(struct ledger *l, int64_t now, uint64_t *out_first, struct err *e)
{
	int rc = ERR_OK;
	for (uint64_t seq = l->chain.size; seq-- > 0;) {
		struct index_entry entry;
		rc = index_entry(l->index, seq, &entry, e);
		if (rc || entry.time <= now)
			break;
		*out_first = seq;
	}
	return rc;
}

/* Of the moment: nothing but a `clock` entry is taken now. */
static int find_present(struct ledger *l, int64_t now, struct clock_doubt *out, struct err *e)
{
	bool is_back = now < l->chain.time;
	struct clock_doubt d = { .is_named = true, .first = l->chain.size - 1, .last = l->chain.size - 1 };
	d.counts = date_year_of_time(is_back ? now : l->chain.time);
	int rc = is_back ? find_later(l, now, &d.first, e) : ERR_OK;
	if (!rc)
		*out = d;
	return rc;
}

/* A step of the past that no persons vouched for keeps a disposal from being believed. */
static int find_step(struct ledger *l, struct clock_doubt *out, struct err *e)
{
	bool is_found;
	struct history *h;
	struct index_entry entry;
	uint64_t seq = 0;
	int rc = ledger_history(l, &h, e);
	if (rc)
		return rc;
	is_found = history_clock_step(h, 0, l->rules->book->clock_step_days, &seq);
	history_free(h);
	*out = (struct clock_doubt){ .is_named = false };
	if (!is_found || (rc = index_entry(l->index, seq, &entry, e)))
		return rc;
	*out = (struct clock_doubt){ .is_named = true, .first = seq, .last = seq,
		.counts = date_year_of_time(entry.time) };
	return ERR_OK;
}

int clock_doubt_find(struct ledger *l, int64_t now, struct clock_doubt *out, struct err *e)
{
	return append_clock_check(l, now, NULL) ? find_present(l, now, out, e) : find_step(l, out, e);
}

static void set_time(struct jdoc *d, const char *name, int64_t time)
{
	char text[DATE_TIME_LEN + 1];
	date_time_print(time, text);
	jdoc_set_string(d, name, text);
}

static struct jdoc *say_attest(const struct clock_doubt *d)
{
	struct jdoc *a = jdoc_object();
	char entries[48];
	if (d->first == d->last)
		snprintf(entries, sizeof entries, "%" PRIu64, d->first);
	else
		snprintf(entries, sizeof entries, "%" PRIu64 "-%" PRIu64, d->first, d->last);
	jdoc_set_string(a, "entries", entries);
	jdoc_set_integer(a, "counts", d->counts);
	return a;
}

/* Where the clock was slow until then, a later year counts; none has begun after that of today. */
static struct jdoc *say_slow(const struct clock_doubt *d, int64_t now)
{
	int last = date_year_of_time(now);
	if (!d->is_named || d->counts >= last)
		return jdoc_null();
	struct jdoc *a = jdoc_object();
	jdoc_set_integer(a, "last", (int64_t)d->last);
	jdoc_set_integer(a, "first", (int64_t)d->first);
	jdoc_set_integer(a, "from", d->counts + 1);
	jdoc_set_integer(a, "to", last);
	return a;
}

/* What went in the doubted time, and would have gone before its day: who attests it knows what they say. */
static int say_early(struct ledger *l, const struct clock_doubt *doubt, int64_t now, struct jdoc **out, struct err *e)
{
	struct history *h;
	struct jdoc *list = jdoc_array();
	int rc = doubt->is_named ? dispose_history(l, now, &h, e) : ERR_OK;
	for (uint64_t seq = doubt->first; !rc && doubt->is_named && seq <= doubt->last; seq++) {
		struct history_early x;
		if (!history_early_would(h, seq, doubt->counts, &x))
			continue;
		struct jdoc *d = jdoc_object();
		jdoc_set_integer(d, "entry", (int64_t)x.entry);
		member_day(d, "due", (struct date){ x.from, 1, 1 });
		jdoc_set_bool(d, "completed", x.completed);
		jdoc_append(list, d);
	}
	if (rc)
		jdoc_free(list);
	else
		*out = list;
	return rc;
}

static void set_shown(const struct ledger *l, struct jdoc *d, int64_t now)
{
	struct date today = date_of_time(now);
	int64_t number = date_day_number(today) + THURSDAY - 1;
	char day[DATE_LEN + 1];
	BUF_CLEANUP struct buf words = BUF_INIT;
	size_t count;
	MEM_CLEANUP struct era *eras = rulebook_eras(l->rules->book, &count);
	date_print(today, day);
	era_print(eras, count, today, ERA_WEST, &words);
	set_time(d, "now", now);
	jdoc_set_string(d, "shown", day);
	jdoc_set_string(d, "words", buf_str(&words));
	jdoc_set_integer(d, "weekday", (number % DAYS_OF_WEEK + DAYS_OF_WEEK) % DAYS_OF_WEEK + 1);
}

int clock_say(struct ledger *l, int64_t now, struct jdoc **out, struct err *e)
{
	struct clock_doubt doubt;
	struct err why = ERR_INIT;
	struct jdoc *early;
	int rc = clock_doubt_find(l, now, &doubt, e);
	if (!rc)
		rc = say_early(l, &doubt, now, &early, e);
	if (rc)
		return rc;
	append_clock_check(l, now, &why);
	struct jdoc *d = jdoc_object(), *last = jdoc_object();
	jdoc_set_integer(last, "seq", (int64_t)l->chain.size - 1);
	set_time(last, "time", l->chain.time);
	jdoc_set_string(d, "format", FORMAT);
	set_shown(l, d, now);
	jdoc_set(d, "last", last);
	jdoc_set_bool(d, "believed", !why.code);
	jdoc_set(d, "reason", why.code ? jdoc_string(why.text) : jdoc_null());
	jdoc_set(d, "attest", doubt.is_named ? say_attest(&doubt) : jdoc_null());
	jdoc_set(d, "slow", say_slow(&doubt, now));
	jdoc_set(d, "early", early);
	*out = d;
	return ERR_OK;
}
