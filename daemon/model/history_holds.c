/* Holds, extensions, and classes given later: what may keep a record longer than its class says. */
#include "model/history_data.h"

#include <stdlib.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"

#define SECTION "HOLDS"
#define CLASS_SECTION "RETENTION"

static bool is_hold(enum leaf_kind kind)
{
	return kind == LEAF_HOLD || kind == LEAF_EXTEND;
}

/* First target of the hold that entry `by` made; holds_count when it made none. */
static uint64_t find_hold(const struct history *h, uint64_t by)
{
	uint64_t low = 0, high = h->holds_count;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (h->holds[mid].by < by)
			low = mid + 1;
		else
			high = mid;
	}
	return low < h->holds_count && h->holds[low].by == by ? low : h->holds_count;
}

static int judge_target(const struct history *h, const struct leaf_target *t, struct err *e)
{
	if (t->type == LEAF_ON_VOLUME)
		return ERR_OK;
	if (t->last >= h->size || t->first > t->last)
		return history_fault(e, SECTION, h->size, "On %llu: it names no earlier entry",
		                     (unsigned long long)t->last);
	if (t->type == LEAF_ON_MATTER && !h->at[t->first].matter)
		return history_fault(e, SECTION, h->size, "On matter %llu: entry %llu opened no matter",
		                     (unsigned long long)t->first, (unsigned long long)t->first);
	return ERR_OK;
}

static int judge_release(const struct history *h, const struct leaf *leaf, struct err *e)
{
	uint64_t i = leaf->has_ends ? find_hold(h, leaf->ends) : h->holds_count;

	if (i == h->holds_count || !h->holds[i].releasable)
		return history_fault(e, SECTION, h->size, "Ends %llu: that entry is no hold",
		                     (unsigned long long)leaf->ends);
	if (h->holds[i].ended_by)
		return history_fault(e, SECTION, h->size, "Ends %llu: that hold was released already",
		                     (unsigned long long)leaf->ends);
	return ERR_OK;
}

static bool may_classify(const struct leaf *leaf)
{
	return leaf->has_class && leaf->class.years > 0 && leaf->by.count >= 2 &&
	       leaf_kind_of(leaf->class.kind) == LEAF_RECORD;
}

/* By the rule book, where it is known: nothing goes that is still in force. */
static int judge_class_kind(const struct history *h, const struct leaf_class *c, struct err *e)
{
	const struct rulebook_kind *kind = h->book ? rulebook_kind(h->book, c->kind) : NULL;

	if (kind && kind->identity_login[0])
		return history_fault(e, CLASS_SECTION, h->size, "Class %s: a kind that appoints persons never expires",
		                     c->kind);
	if (kind && kind->opens[0] && !c->from_closing)
		return history_fault(e, CLASS_SECTION, h->size, "Class %s: a kind that opens a matter counts from closing",
		                     c->kind);
	return ERR_OK;
}

static int judge_class(const struct history *h, const struct leaf *leaf, struct err *e)
{
	const struct leaf_class *c = &leaf->class;
	uint32_t k;

	if (leaf->by.count < 2)
		return history_fault(e, CLASS_SECTION, h->size, "By: two people give a class");
	if (!may_classify(leaf))
		return history_fault(e, CLASS_SECTION, h->size, "Class: records of administrative kinds never expire");
	if (judge_class_kind(h, c, e))
		return ERR_RULE;
	if (!history_name_find(&h->kind_names, c->kind, &k))
		return ERR_OK;
	if (c->years < h->kinds[k].longest || c->years < h->kinds[k].years)
		return history_fault(e, CLASS_SECTION, h->size, c->years == 1
		                     ? N_("Class %s: %d year would shorten what it has")
		                     : N_("Class %s: %d years would shorten what it has"), c->kind, c->years);
	return ERR_OK;
}

/* A record with a class that is not disposed of: all others have no period that could be longer. */
static bool expires(const struct history *h, uint64_t seq)
{
	return h->at[seq].shelf && !h->at[seq].disposed_by && h->answers->at[seq].years;
}

/* Its end, a 31 December, is that of none of the records before their class says, and of one after it. */
static int judge_end(const struct history *h, const struct leaf *leaf, const bool *reached, struct err *e)
{
	bool any = false, longer = false;

	for (uint64_t seq = 0; seq < h->size; seq++) {
		const struct history_answer *a = &h->answers->at[seq];
		int end = a->base + a->years;

		if (!reached[seq] || !expires(h, seq))
			continue;
		if (a->open)
			return history_fault(e, SECTION, h->size, "On: entry %llu has no period yet that could be "
			                     "extended: the matter of entry %u is open", (unsigned long long)seq,
			                     a->open - 1);
		if (leaf->until.year < end)
			return history_fault(e, SECTION, h->size, "Until: entry %llu is kept until %d-12-31 by its class, "
			                     "and nothing shortens that", (unsigned long long)seq, end);
		any = true;
		longer |= leaf->until.year > end;
	}
	if (!any)
		return history_fault(e, SECTION, h->size, "On: no record with a class is among these, so nothing ends that "
		                     "could be extended");
	return longer ? ERR_OK : history_fault(e, SECTION, h->size, "Until: these records are kept until that day by "
	                                       "their class");
}

static int judge_extend(const struct history *h, const struct leaf *leaf, struct err *e)
{
	bool *reached;
	int rc;

	if (!leaf->has_until || leaf->until.month != 12 || leaf->until.day != 31)
		return history_fault(e, SECTION, h->size, "Until: an extension ends on a 31 December");
	reached = history_reach(h, leaf->on, leaf->on_count);
	history_answer(h, date_year_of_time(history_time(h)));
	rc = judge_end(h, leaf, reached, e);
	free(reached);
	return rc;
}

int history_holds_judge(const struct history *h, const struct leaf *leaf, struct err *e)
{
	if (leaf->kind == LEAF_RELEASE)
		return judge_release(h, leaf, e);
	if (leaf->kind == LEAF_CLASSIFY)
		return judge_class(h, leaf, e);
	for (size_t i = 0; is_hold(leaf->kind) && i < leaf->on_count; i++) {
		int rc = judge_target(h, &leaf->on[i], e);

		if (rc)
			return rc;
	}
	return leaf->kind == LEAF_EXTEND ? judge_extend(h, leaf, e) : ERR_OK;
}

bool history_holds_place(const struct history *h, const struct leaf_target *t, struct history_hold *out)
{
	if (t->type == LEAF_ON_VOLUME) {
		out->type = HISTORY_HOLD_VOLUME;
		out->last = (uint32_t)t->volume.year;
		return history_shelf_find(h, &t->volume, &out->first);
	}
	if (t->first >= h->size || t->first > t->last)
		return false;
	if (t->type == LEAF_ON_MATTER) {
		out->type = HISTORY_HOLD_MATTER;
		out->first = h->at[t->first].matter - 1;
		return h->at[t->first].matter != 0;
	}
	out->type = HISTORY_HOLD_ENTRIES;
	out->first = (uint32_t)t->first;
	out->last = (uint32_t)(t->last < h->size ? t->last : h->size - 1);
	return true;
}

static void take_hold(struct history *h, const struct leaf *leaf)
{
	for (size_t i = 0; i < leaf->on_count; i++) {
		struct history_hold hold = { .by = (uint32_t)h->size, .releasable = leaf->kind == LEAF_HOLD,
			.until = leaf->has_until ? date_day_number(leaf->until) : INT64_MAX };

		if (leaf->on[i].type == LEAF_ON_VOLUME)
			history_shelf_of(h, &leaf->on[i].volume);    /* its records may be to come */
		if (!history_holds_place(h, &leaf->on[i], &hold))
			continue;
		history_reserve(&h->holds, &h->holds_cap, h->holds_count + 1, sizeof(*h->holds));
		h->holds[h->holds_count++] = hold;
	}
}

static void take_release(struct history *h, uint64_t ends)
{
	for (uint64_t i = find_hold(h, ends); i < h->holds_count && h->holds[i].by == ends; i++)
		if (h->holds[i].releasable && !h->holds[i].ended_by)
			h->holds[i].ended_by = (uint32_t)h->size;
}

/* Taken together with what the entries came with, only ever for longer: see answer_alone in history_matters.c. */
static void take_class(struct history *h, const struct leaf_class *c)
{
	uint32_t kind = history_kind_of(h, c->kind);    /* may move h->kinds */
	struct history_kind *k = &h->kinds[kind];

	if (k->years < c->years)
		k->years = (int16_t)(c->years < DATE_YEAR_MAX ? c->years : DATE_YEAR_MAX);
	k->from_closing |= c->from_closing;
}

void history_holds_take(struct history *h, const struct leaf *leaf)
{
	if (is_hold(leaf->kind))
		take_hold(h, leaf);
	else if (leaf->kind == LEAF_RELEASE && leaf->has_ends)
		take_release(h, leaf->ends);
	else if (leaf->kind == LEAF_CLASSIFY && may_classify(leaf))
		take_class(h, &leaf->class);
}

bool history_holds_stand(const struct history_hold *hold, int year)
{
	return !hold->ended_by && hold->until >= date_day_number((struct date){ year, 1, 1 });
}

bool history_holds_state(const struct history *h, uint64_t by, int year, struct history_standing *out)
{
	uint64_t i = find_hold(h, by);

	if (i == h->holds_count)
		return false;
	out->stands = history_holds_stand(&h->holds[i], year);
	out->released_by = h->holds[i].ended_by;
	return true;
}

bool history_holds_late(const struct history *h, uint64_t dispose, int year, uint64_t *out_hold, uint64_t *out_seq)
{
	for (uint64_t i = h->holds_count; i-- > 0 && h->holds[i].by > dispose;) {
		bool *reached;

		if (!h->holds[i].releasable || !history_holds_stand(&h->holds[i], year))
			continue;
		reached = history_reach_of(h, &h->holds[i], 1);
		for (uint64_t seq = 0; seq < h->size; seq++) {
			if (!reached[seq] || h->at[seq].disposed_by != dispose)
				continue;
			*out_hold = h->holds[i].by;
			*out_seq = seq;
			free(reached);
			return true;
		}
		free(reached);
	}
	return false;
}

uint64_t history_stopped(const struct history *h, int year)
{
	struct history_proposal stands;
	uint64_t hold, seq;

	history_proposal(h, &stands);
	if (!stands.dispose)
		return 0;
	if (history_early_waits(h, year) || history_holds_late(h, stands.dispose, year, &hold, &seq))
		return stands.dispose;
	return 0;
}

int32_t *history_extensions(const struct history *h)
{
	struct history_hold *extensions MEM_CLEANUP = mem_array(h->holds_count + 1, sizeof(*extensions));
	uint64_t count = 0;
	int32_t *days;

	for (uint64_t i = 0; i < h->holds_count; i++)
		if (!h->holds[i].releasable)
			extensions[count++] = h->holds[i];
	days = history_reach_days(h, extensions, count);
	history_gone_extensions(h, days);
	return days;
}

/* By its date: one that was released before, or has none, says nothing of a day. */
static bool ends_by_date(const struct history *h, const struct history_hold *hold)
{
	if (hold->until == INT64_MAX)
		return false;
	return !hold->ended_by || date_day_number(date_of_time(h->at[hold->ended_by].time)) > hold->until;
}

int32_t *history_holds_ends(const struct history *h)
{
	struct history_hold *holds MEM_CLEANUP = mem_array(h->holds_count + 1, sizeof(*holds));
	uint64_t count = 0;

	for (uint64_t i = 0; i < h->holds_count; i++)
		if (ends_by_date(h, &h->holds[i]))
			holds[count++] = h->holds[i];
	return history_reach_days(h, holds, count);
}
