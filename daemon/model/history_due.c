/* The due set: what may go, as of 1 January of a year, and what of the same groups must stay. */
#include "model/history_data.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "model/merkle.h"

static bool is_due(const struct history *h, uint64_t seq, int year, int base_year)
{
	const struct history_answer *a = &h->answers->at[seq];
	int from = history_disposable_year(a);

	return h->at[seq].shelf && !h->at[seq].disposed_by && from && from <= year &&
	       (!base_year || a->base == base_year);
}

static int find_oldest_base(const struct history *h, int year)
{
	int oldest = 0;

	for (uint64_t seq = 0; seq < h->size; seq++) {
		const struct history_answer *a = &h->answers->at[seq];

		if ((!oldest || a->base < oldest) && !a->held && is_due(h, seq, year, 0))
			oldest = a->base;
	}
	return oldest;
}

static int compare_dues(const void *a, const void *b)
{
	const struct history_due *x = a, *y = b;

	return leaf_volume_compare(&x->due.group, &y->due.group);
}

static void add_root(const struct history *h, struct history_due *d)
{
	struct hash *leaves = mem_array(d->due.count, sizeof(*leaves));

	for (uint64_t i = 0; i < d->due.count; i++)
		leaves[i] = h->at[d->seqs[i]].leaf;
	d->due.root = merkle_root_of(leaves, d->due.count);
	free(leaves);
}

static void add_seq(struct history_due *d, uint64_t seq)
{
	if ((d->due.count & (d->due.count - 1)) == 0)    /* full at every power of two */
		d->seqs = mem_grow(d->seqs, d->due.count ? d->due.count * 2 : 1, sizeof(*d->seqs));
	d->seqs[d->due.count++] = seq;
}

/* group_of: by shelf, position plus one of its group in out; 0 = nothing of it is due. */
static void add_groups(const struct history *h, int year, int base_year, uint32_t *group_of, struct history_dues *out)
{
	for (uint64_t seq = 0; seq < h->size; seq++) {
		uint32_t *g;
		struct history_due *d;

		if (h->answers->at[seq].held || !is_due(h, seq, year, base_year))
			continue;
		g = &group_of[h->at[seq].shelf - 1];
		if (!*g) {
			out->at = mem_grow(out->at, out->count + 1, sizeof(*out->at));
			d = &out->at[out->count];
			*d = (struct history_due){ .due.group = h->shelves[h->at[seq].shelf - 1].volume };
			d->due.group.year = base_year;
			*g = (uint32_t)++out->count;
		}
		d = &out->at[*g - 1];
		add_seq(d, seq);
		if (d->disposable_year < history_disposable_year(&h->answers->at[seq]))
			d->disposable_year = history_disposable_year(&h->answers->at[seq]);
	}
}

static void add_exceptions(const struct history *h, int year, int base_year, const uint32_t *group_of,
                           struct history_dues *out)
{
	for (uint64_t seq = 0; seq < h->size; seq++) {
		struct leaf_range *last = out->except_count ? &out->except[out->except_count - 1] : NULL;

		if (!h->answers->at[seq].held || !is_due(h, seq, year, base_year) || !group_of[h->at[seq].shelf - 1])
			continue;
		if (last && last->last + 1 == seq) {
			last->last = seq;
			continue;
		}
		out->except = mem_grow(out->except, out->except_count + 1, sizeof(*out->except));
		out->except[out->except_count++] = (struct leaf_range){ seq, seq };
	}
}

void history_due(struct history *h, int year, int base_year, struct history_dues *out)
{
	uint32_t *group_of;

	*out = (struct history_dues){ .count = 0 };
	history_answer(h, year);
	if (!base_year)
		base_year = find_oldest_base(h, year);
	if (!base_year)
		return;
	group_of = mem_array((size_t)h->shelf_names.count + 1, sizeof(*group_of));
	add_groups(h, year, base_year, group_of, out);
	add_exceptions(h, year, base_year, group_of, out);
	for (size_t i = 0; i < out->count; i++)
		add_root(h, &out->at[i]);
	if (out->count)
		qsort(out->at, out->count, sizeof(*out->at), compare_dues);
	free(group_of);
}

void history_dues_release(struct history_dues *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->at[i].seqs);
	free(d->at);
	free(d->except);
	*d = (struct history_dues){ .count = 0 };
}

static bool is_chosen(const struct history *h, uint64_t seq, const struct leaf_due *due, enum history_choice choice)
{
	const struct history_answer *a = &h->answers->at[seq];

	if (h->at[seq].disposed_by)
		return false;
	if (choice == HISTORY_SAME_BASE)
		return !a->open && a->base == due->group.year;
	return h->at[seq].year == due->group.year;
}

void history_due_choose(const struct history *h, const struct leaf_due *due, enum history_choice choice,
                        struct history_due *out)
{
	char text[2 * LEAF_NAME_MAX + 2];
	uint32_t shelf;

	*out = (struct history_due){ .due.group = due->group };
	snprintf(text, sizeof(text), "%s/%s", due->group.kind, due->group.unit);
	if (!history_name_find(&h->shelf_names, text, &shelf))
		return;
	for (uint64_t seq = 0; seq < h->size; seq++) {
		if (h->at[seq].shelf == shelf + 1 && is_chosen(h, seq, due, choice))
			add_seq(out, seq);
	}
	if (out->due.count)
		add_root(h, out);
}
