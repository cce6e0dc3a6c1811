/* Holds, extensions, transfers, and classes given later: what may keep a record longer than its class says. */
#include "model/history_data.h"

#include <stdlib.h>

#include "base/date.h"
#include "base/mem.h"

#define SECTION "RETENTION"

static bool is_hold(enum leaf_kind kind)
{
	return kind == LEAF_HOLD || kind == LEAF_EXTEND || kind == LEAF_TRANSFER;
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
	if (h->holds[i].ended)
		return history_fault(e, SECTION, h->size, "Ends %llu: that hold was released already",
		                     (unsigned long long)leaf->ends);
	return ERR_OK;
}

static bool may_classify(const struct leaf *leaf)
{
	return leaf->has_class && leaf->class.years > 0 && leaf->by.count >= 2 &&
	       leaf_kind_of(leaf->class.kind) == LEAF_RECORD;
}

static int judge_class(const struct history *h, const struct leaf *leaf, struct err *e)
{
	const struct leaf_class *c = &leaf->class;
	uint32_t k;

	if (leaf->by.count < 2)
		return history_fault(e, SECTION, h->size, "By: two people give a class");
	if (!may_classify(leaf))
		return history_fault(e, SECTION, h->size, "Class: records of administrative kinds never expire");
	if (!history_name_find(&h->kind_names, c->kind, &k))
		return ERR_OK;
	if (c->years < h->kinds[k].longest || c->years < h->kinds[k].years)
		return history_fault(e, SECTION, h->size, "Class %s: %d years would shorten what it has", c->kind,
		                     c->years);
	return ERR_OK;
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
	return ERR_OK;
}

static bool place_target(struct history *h, const struct leaf_target *t, struct history_hold *out)
{
	if (t->type == LEAF_ON_VOLUME) {
		out->type = HISTORY_HOLD_VOLUME;
		out->first = history_shelf_of(h, &t->volume);
		out->last = (uint32_t)t->volume.year;
		return true;
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
	bool ends_alone = leaf->kind == LEAF_EXTEND && leaf->has_until;

	for (size_t i = 0; i < leaf->on_count; i++) {
		struct history_hold hold = { .by = (uint32_t)h->size, .releasable = leaf->kind == LEAF_HOLD,
			.until = ends_alone ? date_day_number(leaf->until) : INT64_MAX };

		if (!place_target(h, &leaf->on[i], &hold))
			continue;
		history_reserve(&h->holds, &h->holds_cap, h->holds_count + 1, sizeof(*h->holds));
		h->holds[h->holds_count++] = hold;
	}
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
		for (uint64_t i = find_hold(h, leaf->ends); i < h->holds_count && h->holds[i].by == leaf->ends; i++)
			h->holds[i].ended |= h->holds[i].releasable;
	else if (leaf->kind == LEAF_CLASSIFY && may_classify(leaf))
		take_class(h, &leaf->class);
}

struct spans {               /* active holds of one type, as (first, last) in one number, sorted */
	uint64_t *at;
	size_t count;
};

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static struct spans gather(const struct history *h, enum history_hold_type type, int64_t day)
{
	struct spans s = { .at = mem_array(h->holds_count + 1, sizeof(*s.at)) };

	for (uint64_t i = 0; i < h->holds_count; i++) {
		const struct history_hold *hold = &h->holds[i];

		if (hold->type == type && !hold->ended && hold->until >= day)
			s.at[s.count++] = (uint64_t)hold->first << 32 | hold->last;
	}
	qsort(s.at, s.count, sizeof(*s.at), compare_u64);
	return s;
}

static void hold_entries(const struct history *h, struct history_answers *a, int64_t day)
{
	struct spans s = gather(h, HISTORY_HOLD_ENTRIES, day);
	uint64_t end = 0;
	size_t next = 0;

	for (uint64_t seq = 0; seq < h->size; seq++) {
		for (; next < s.count && s.at[next] >> 32 <= seq; next++)
			if (end < (s.at[next] & UINT32_MAX) + 1)
				end = (s.at[next] & UINT32_MAX) + 1;
		a->at[seq].held = seq < end;
	}
	free(s.at);
}

static void hold_volumes(const struct history *h, struct history_answers *a, int64_t day)
{
	struct spans s = gather(h, HISTORY_HOLD_VOLUME, day);

	for (uint64_t seq = 0; s.count && seq < h->size; seq++) {
		uint64_t volume = (uint64_t)(h->at[seq].shelf - 1) << 32 | (uint32_t)h->at[seq].year;

		if (h->at[seq].shelf && bsearch(&volume, s.at, s.count, sizeof(*s.at), compare_u64))
			a->at[seq].held = true;
	}
	free(s.at);
}

/* A parent is opened before its children, so one walk forwards brings its hold to all below it. */
static void hold_matters(const struct history *h, struct history_answers *a, int64_t day)
{
	for (uint64_t i = 0; i < h->matters_count; i++)
		a->matters[i].held = false;
	for (uint64_t i = 0; i < h->holds_count; i++) {
		const struct history_hold *hold = &h->holds[i];

		if (hold->type == HISTORY_HOLD_MATTER && !hold->ended && hold->until >= day)
			a->matters[hold->first].held = true;
	}
	for (uint64_t i = 0; i < h->matters_count; i++) {
		uint32_t opening = h->matters[i].opening;

		for (uint64_t l = h->at[opening].links; l < history_links_end(h, opening); l++)
			if (h->links[l].type == HISTORY_UNDER && a->matters[h->links[l].matter].held)
				a->matters[i].held = true;
	}
}

static bool is_of_held(const struct history *h, const struct history_answers *a, uint64_t seq)
{
	if (h->at[seq].matter && a->matters[h->at[seq].matter - 1].held)
		return true;
	for (uint64_t l = h->at[seq].links; l < history_links_end(h, seq); l++)
		if (a->matters[h->links[l].matter].held)
			return true;
	return false;
}

/* A group of corrections shares its matters, so their holds, too. */
static void hold_members(const struct history *h, struct history_answers *a)
{
	for (uint64_t seq = 0; seq < h->size; seq++)
		a->at[seq].of_held = false;
	for (uint64_t seq = 0; seq < h->size; seq++)
		if (is_of_held(h, a, seq))
			a->at[h->at[seq].kin].of_held = true;
	for (uint64_t seq = 0; seq < h->size; seq++)
		if (a->at[h->at[seq].kin].of_held)
			a->at[seq].held = true;
}

void history_holds_answer(const struct history *h, struct history_answers *a, int year)
{
	int64_t day = date_day_number((struct date){ year, 1, 1 });

	hold_entries(h, a, day);
	hold_volumes(h, a, day);
	hold_matters(h, a, day);
	hold_members(h, a);
}

/* The latest Until by matter, from a parent to all below it: see hold_matters. */
static int64_t *extend_matters(const struct history *h)
{
	int64_t *until = mem_array(h->matters_count + 1, sizeof(*until));

	for (uint64_t i = 0; i < h->matters_count; i++)
		until[i] = INT64_MIN;
	for (uint64_t i = 0; i < h->holds_count; i++) {
		const struct history_hold *hold = &h->holds[i];

		if (hold->type == HISTORY_HOLD_MATTER && hold->until != INT64_MAX && until[hold->first] < hold->until)
			until[hold->first] = hold->until;
	}
	for (uint64_t i = 0; i < h->matters_count; i++) {
		uint32_t opening = h->matters[i].opening;

		for (uint64_t l = h->at[opening].links; l < history_links_end(h, opening); l++)
			if (h->links[l].type == HISTORY_UNDER && until[i] < until[h->links[l].matter])
				until[i] = until[h->links[l].matter];
	}
	return until;
}

static void push(int64_t *at, int64_t until)
{
	if (*at < until)
		*at = until;
}

/* First on the first of each group, since a group shares its matters. */
static void extend_members(const struct history *h, int64_t *out)
{
	int64_t *until MEM_CLEANUP = extend_matters(h), *group MEM_CLEANUP = mem_array(h->size + 1, sizeof(*group));

	for (uint64_t seq = 0; seq < h->size; seq++) {
		group[seq] = INT64_MIN;
		if (h->at[seq].matter)
			push(&group[h->at[seq].kin], until[h->at[seq].matter - 1]);
		for (uint64_t l = h->at[seq].links; l < history_links_end(h, seq); l++)
			push(&group[h->at[seq].kin], until[h->links[l].matter]);
	}
	for (uint64_t seq = 0; seq < h->size; seq++)
		push(&out[seq], group[h->at[seq].kin]);
}

static bool is_on(const struct history *h, const struct history_hold *hold, uint64_t seq)
{
	if (hold->type == HISTORY_HOLD_ENTRIES)
		return hold->first <= seq && seq <= hold->last;
	return hold->type == HISTORY_HOLD_VOLUME && h->at[seq].shelf == hold->first + 1 &&
	       (uint32_t)h->at[seq].year == hold->last;
}

int64_t *history_extensions(const struct history *h)
{
	int64_t *out = mem_array(h->size + 1, sizeof(*out));

	for (uint64_t seq = 0; seq < h->size; seq++)
		out[seq] = INT64_MIN;
	for (uint64_t i = 0; i < h->holds_count; i++) {
		if (h->holds[i].until == INT64_MAX || h->holds[i].type == HISTORY_HOLD_MATTER)
			continue;
		for (uint64_t seq = 0; seq < h->size; seq++)
			if (is_on(h, &h->holds[i], seq))
				push(&out[seq], h->holds[i].until);
	}
	extend_members(h, out);
	return out;
}
