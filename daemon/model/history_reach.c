/* Which records holds reach: those of entries, volumes and matters, each with its group of corrections. */
#include "model/history_data.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NONE INT32_MIN

struct reach {
	const struct history *h;
	const struct history_hold *holds;     /* the one that lasts longest first */
	uint64_t count;
	int32_t *at;                 /* each entry: last day of the hold that lasts longest; NONE = none reaches it */
	int32_t *matters, *groups;   /* the same of each matter, and of each first of a group of corrections */
};

struct span {                        /* a hold of a volume: shelf and year in one number */
	uint64_t volume;
	int32_t day;
};

static int32_t day_of(const struct history_hold *hold)
{
	return hold->until < INT32_MAX ? (int32_t)hold->until : INT32_MAX;
}

static void raise(int32_t *day, int32_t to)
{
	if (*day < to)
		*day = to;
}

/* The first entry from there on that no hold has reached: next[i] leads past those that one has. */
static uint64_t skip_reached(uint32_t *next, uint64_t seq)
{
	uint64_t end = seq;

	while (next[end] != end)
		end = next[end];
	while (next[seq] != end) {
		uint64_t after = next[seq];

		next[seq] = (uint32_t)end;
		seq = after;
	}
	return end;
}

/* Each entry is written once, by the hold that lasts longest. */
static void reach_entries(struct reach *r)
{
	const uint64_t size = r->h->size;
	uint32_t *next = mem_array(size + 1, sizeof(*next));

	for (uint64_t i = 0; i <= size; i++)
		next[i] = (uint32_t)i;
	for (uint64_t i = 0; i < r->count; i++) {
		const struct history_hold *hold = &r->holds[i];
		uint64_t end = hold->last < size ? (uint64_t)hold->last + 1 : size;

		if (hold->type != HISTORY_HOLD_ENTRIES || hold->first >= end)
			continue;
		for (uint64_t seq = skip_reached(next, hold->first); seq < end; seq = skip_reached(next, seq)) {
			r->at[seq] = day_of(hold);
			next[seq] = (uint32_t)seq + 1;
		}
	}
	free(next);
}

/* By volume, and of one volume the longest first. */
static int compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->volume != y->volume)
		return x->volume > y->volume ? 1 : -1;
	return (x->day < y->day) - (x->day > y->day);
}

static int compare_volumes(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->volume > y->volume) - (x->volume < y->volume);
}

/* Each volume once; to be freed. */
static struct span *gather_volumes(const struct reach *r, size_t *out_count)
{
	struct span *spans = mem_array(r->count + 1, sizeof(*spans));
	size_t count = 0, kept = 0;

	for (uint64_t i = 0; i < r->count; i++)
		if (r->holds[i].type == HISTORY_HOLD_VOLUME)
			spans[count++] = (struct span){ (uint64_t)r->holds[i].first << 32 | r->holds[i].last,
				day_of(&r->holds[i]) };
	qsort(spans, count, sizeof(*spans), compare_spans);
	for (size_t i = 0; i < count; i++)
		if (!kept || spans[kept - 1].volume != spans[i].volume)
			spans[kept++] = spans[i];
	*out_count = kept;
	return spans;
}

static void reach_volumes(struct reach *r)
{
	size_t count;
	struct span *spans = gather_volumes(r, &count);
	const struct history *h = r->h;

	for (uint64_t seq = 0; count && seq < h->size; seq++) {
		const struct span asked = { (uint64_t)(h->at[seq].shelf - 1) << 32 | (uint32_t)h->at[seq].year, 0 };
		const struct span *found = h->at[seq].shelf
			? bsearch(&asked, spans, count, sizeof(*spans), compare_volumes) : NULL;

		if (found)
			raise(&r->at[seq], found->day);
	}
	free(spans);
}

/* A parent is opened before its children, so one walk forwards brings its hold to all below it. */
static void reach_matters(struct reach *r)
{
	const struct history *h = r->h;

	for (uint64_t i = 0; i < r->count; i++)
		if (r->holds[i].type == HISTORY_HOLD_MATTER)
			raise(&r->matters[r->holds[i].first], day_of(&r->holds[i]));
	for (uint64_t i = 0; i < h->matters_count; i++) {
		uint32_t opening = h->matters[i].opening;

		for (uint64_t l = h->at[opening].links; l < history_links_end(h, opening); l++)
			if (h->links[l].type == HISTORY_UNDER)
				raise(&r->matters[i], r->matters[h->links[l].matter]);
	}
}

/* A group of corrections is kept as one: what was valid and what became of it tell of each other. */
static void reach_members(struct reach *r)
{
	const struct history *h = r->h;

	for (uint64_t seq = 0; seq < h->size; seq++) {
		int32_t *group = &r->groups[h->at[seq].kin];

		raise(group, r->at[seq]);
		if (h->at[seq].matter)
			raise(group, r->matters[h->at[seq].matter - 1]);
		for (uint64_t l = h->at[seq].links; l < history_links_end(h, seq); l++)
			raise(group, r->matters[h->links[l].matter]);
	}
	for (uint64_t seq = 0; seq < h->size; seq++)
		raise(&r->at[seq], r->groups[h->at[seq].kin]);
}

static int compare_ends(const void *a, const void *b)
{
	const struct history_hold *x = a, *y = b;

	return (x->until < y->until) - (x->until > y->until);
}

static int32_t *make_days(uint64_t count)
{
	int32_t *days = mem_array(count + 1, sizeof(*days));

	for (uint64_t i = 0; i <= count; i++)
		days[i] = NONE;
	return days;
}

int32_t *history_reach_days(const struct history *h, const struct history_hold *holds, uint64_t count)
{
	struct history_hold *sorted MEM_CLEANUP = mem_array(count + 1, sizeof(*sorted));
	int32_t *matters MEM_CLEANUP = make_days(h->matters_count), *groups MEM_CLEANUP = make_days(h->size);
	struct reach r = { h, sorted, count, make_days(h->size), matters, groups };

	if (count)
		memcpy(sorted, holds, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare_ends);
	reach_entries(&r);
	reach_volumes(&r);
	reach_matters(&r);
	reach_members(&r);
	return r.at;
}

bool *history_reach_of(const struct history *h, const struct history_hold *holds, uint64_t count)
{
	int32_t *days MEM_CLEANUP = history_reach_days(h, holds, count);
	bool *reached = mem_array(h->size + 1, 1);

	for (uint64_t seq = 0; seq < h->size; seq++)
		reached[seq] = days[seq] != NONE;
	return reached;
}

bool *history_reach(const struct history *h, const struct leaf_target *on, size_t count)
{
	struct history_hold *holds MEM_CLEANUP = mem_array(count + 1, sizeof(*holds));
	uint64_t placed = 0;

	for (size_t i = 0; i < count; i++)
		placed += history_holds_place(h, &on[i], &holds[placed]);
	return history_reach_of(h, holds, placed);
}

void history_reach_answer(const struct history *h, struct history_answers *a, int year)
{
	struct history_hold *holds MEM_CLEANUP = mem_array(h->holds_count + 1, sizeof(*holds));
	uint64_t count = 0;
	bool *reached;

	for (uint64_t i = 0; i < h->holds_count; i++)
		if (history_holds_stand(&h->holds[i], year))
			holds[count++] = h->holds[i];
	reached = history_reach_of(h, holds, count);
	for (uint64_t seq = 0; seq < h->size; seq++)
		a->at[seq].held = reached[seq];
	free(reached);
}
