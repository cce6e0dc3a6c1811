/* Which records holds reach: those of entries, volumes and matters, each with its group of corrections. */
#include "model/history_data.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct reach {
	const struct history *h;
	const struct history_hold *holds;
	uint64_t count;
	bool *at;                    /* each entry */
	bool *matters;
	bool *groups;                /* each first of a group of corrections: the group is reached */
};

struct spans {                       /* holds of one type, as (first, last) in one number, sorted */
	uint64_t *at;
	size_t count;
};

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static struct spans gather(const struct reach *r, enum history_hold_type type)
{
	struct spans s = { .at = mem_array(r->count + 1, sizeof(*s.at)) };

	for (uint64_t i = 0; i < r->count; i++)
		if (r->holds[i].type == type)
			s.at[s.count++] = (uint64_t)r->holds[i].first << 32 | r->holds[i].last;
	qsort(s.at, s.count, sizeof(*s.at), compare_u64);
	return s;
}

static void reach_entries(struct reach *r)
{
	struct spans s = gather(r, HISTORY_HOLD_ENTRIES);
	uint64_t end = 0;
	size_t next = 0;

	for (uint64_t seq = 0; seq < r->h->size; seq++) {
		for (; next < s.count && s.at[next] >> 32 <= seq; next++)
			if (end < (s.at[next] & UINT32_MAX) + 1)
				end = (s.at[next] & UINT32_MAX) + 1;
		r->at[seq] = seq < end;
	}
	free(s.at);
}

static void reach_volumes(struct reach *r)
{
	struct spans s = gather(r, HISTORY_HOLD_VOLUME);
	const struct history *h = r->h;

	for (uint64_t seq = 0; s.count && seq < h->size; seq++) {
		uint64_t volume = (uint64_t)(h->at[seq].shelf - 1) << 32 | (uint32_t)h->at[seq].year;

		if (h->at[seq].shelf && bsearch(&volume, s.at, s.count, sizeof(*s.at), compare_u64))
			r->at[seq] = true;
	}
	free(s.at);
}

/* A parent is opened before its children, so one walk forwards brings its hold to all below it. */
static void reach_matters(struct reach *r)
{
	const struct history *h = r->h;

	for (uint64_t i = 0; i < r->count; i++)
		if (r->holds[i].type == HISTORY_HOLD_MATTER)
			r->matters[r->holds[i].first] = true;
	for (uint64_t i = 0; i < h->matters_count; i++) {
		uint32_t opening = h->matters[i].opening;

		for (uint64_t l = h->at[opening].links; l < history_links_end(h, opening); l++)
			if (h->links[l].type == HISTORY_UNDER && r->matters[h->links[l].matter])
				r->matters[i] = true;
	}
}

static bool is_of_reached(const struct reach *r, uint64_t seq)
{
	const struct history *h = r->h;

	if (h->at[seq].matter && r->matters[h->at[seq].matter - 1])
		return true;
	for (uint64_t l = h->at[seq].links; l < history_links_end(h, seq); l++)
		if (r->matters[h->links[l].matter])
			return true;
	return false;
}

/* A group of corrections is kept as one: what was valid and what became of it tell of each other. */
static void reach_members(struct reach *r)
{
	const struct history *h = r->h;

	for (uint64_t seq = 0; seq < h->size; seq++)
		if (r->at[seq] || is_of_reached(r, seq))
			r->groups[h->at[seq].kin] = true;
	for (uint64_t seq = 0; seq < h->size; seq++)
		if (r->groups[h->at[seq].kin])
			r->at[seq] = true;
}

bool *history_reach_of(const struct history *h, const struct history_hold *holds, uint64_t count)
{
	struct reach r = { .h = h, .holds = holds, .count = count, .at = mem_array(h->size + 1, 1) };

	r.matters = mem_array(h->matters_count + 1, 1);
	r.groups = mem_array(h->size + 1, 1);
	reach_entries(&r);
	reach_volumes(&r);
	reach_matters(&r);
	reach_members(&r);
	free(r.matters);
	free(r.groups);
	return r.at;
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
