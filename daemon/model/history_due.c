/* The due set: what may go, as of 1 January of a year, and what of the same groups must stay. */
#include "model/history_data.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/mem.h"
#include "model/merkle.h"

#define DAY_S 86400

static bool is_due(const struct history *h, uint64_t seq, int year, int base_year)
{
	const struct history_answer *a = &h->answers->at[seq];
	int from = history_disposable_year(a);

	return h->at[seq].shelf && !h->at[seq].disposed_by && from && from <= year &&
	       (!base_year || a->base == base_year);
}

enum rulebook_measure history_measure(const struct history *h, const char *kind)
{
	const struct rulebook_kind *k = h->book ? rulebook_kind(h->book, kind) : NULL;

	return k ? k->measure : RULEBOOK_MEASURE_ARCHIVE;
}

/* By shelf; to be freed. */
static enum rulebook_measure *list_measures(const struct history *h)
{
	enum rulebook_measure *out = mem_array((size_t)h->shelf_names.count + 1, sizeof(*out));

	for (uint32_t i = 0; i < h->shelf_names.count; i++)
		out[i] = history_measure(h, h->shelves[i].volume.kind);
	return out;
}

struct asked {
	int year, base_year;         /* base_year 0: nothing is asked for */
	const enum rulebook_measure *measures;   /* by shelf; NULL: of whatever measure */
	enum rulebook_measure measure;
};

static bool is_asked(const struct history *h, uint64_t seq, const struct asked *a)
{
	return is_due(h, seq, a->year, a->base_year) &&
	       (!a->measures || a->measures[h->at[seq].shelf - 1] == a->measure);
}

/* The oldest base year, and the first measure in it. */
static void find_first(const struct history *h, struct asked *a)
{
	for (uint64_t seq = 0; seq < h->size; seq++) {
		const struct history_answer *x = &h->answers->at[seq];
		enum rulebook_measure m;

		if (x->held || !is_due(h, seq, a->year, 0) || (a->base_year && x->base > a->base_year))
			continue;
		m = a->measures[h->at[seq].shelf - 1];
		if (a->base_year && x->base == a->base_year && m >= a->measure)
			continue;
		a->base_year = x->base;
		a->measure = m;
	}
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
static void add_groups(const struct history *h, const struct asked *a, uint32_t *group_of, struct history_dues *out)
{
	for (uint64_t seq = 0; seq < h->size; seq++) {
		uint32_t *g;
		struct history_due *d;

		if (h->answers->at[seq].held || !is_asked(h, seq, a))
			continue;
		g = &group_of[h->at[seq].shelf - 1];
		if (!*g) {
			out->at = mem_grow(out->at, out->count + 1, sizeof(*out->at));
			d = &out->at[out->count];
			*d = (struct history_due){ .due.group = h->shelves[h->at[seq].shelf - 1].volume };
			d->due.group.year = a->base_year;
			*g = (uint32_t)++out->count;
		}
		d = &out->at[*g - 1];
		add_seq(d, seq);
		if (d->disposable_year < history_disposable_year(&h->answers->at[seq]))
			d->disposable_year = history_disposable_year(&h->answers->at[seq]);
	}
}

static bool find_shelf(const struct history *h, const struct leaf_volume *group, uint32_t *out)
{
	char text[2 * LEAF_NAME_MAX + 2];

	snprintf(text, sizeof(text), "%s/%s", group->kind, group->unit);
	return history_name_find(&h->shelf_names, text, out);
}

/* In the order of Due lines. */
static void sort_groups(const struct history *h, uint32_t *group_of, struct history_dues *out)
{
	uint32_t shelf;

	if (out->count)
		qsort(out->at, out->count, sizeof(*out->at), compare_dues);
	for (size_t i = 0; i < out->count; i++)
		if (find_shelf(h, &out->at[i].due.group, &shelf))
			group_of[shelf] = (uint32_t)i + 1;
}

static void add_exceptions(const struct history *h, const struct asked *a, const uint32_t *group_of,
                           struct history_dues *out)
{
	for (uint64_t seq = 0; seq < h->size; seq++) {
		struct leaf_range *last = out->except_count ? &out->except[out->except_count - 1] : NULL;

		if (!h->answers->at[seq].held || !is_asked(h, seq, a) || !group_of[h->at[seq].shelf - 1])
			continue;
		if (last && last->last + 1 == seq) {
			last->last = seq;
			continue;
		}
		out->except = mem_grow(out->except, out->except_count + 1, sizeof(*out->except));
		out->except[out->except_count++] = (struct leaf_range){ seq, seq };
	}
}

/* What a group takes of a leaf: its Due line, and the Except lines that its own held records would have alone. */
struct room {
	uint64_t bytes, lines;
	struct leaf_range run;       /* held, and not counted yet; first 0 = none */
};

static void close_run(struct room *r)
{
	char text[64];

	if (!r->run.first)
		return;
	r->bytes += (uint64_t)(r->run.first == r->run.last
		? snprintf(text, sizeof(text), "Except: %llu\n", (unsigned long long)r->run.first)
		: snprintf(text, sizeof(text), "Except: %llu-%llu\n", (unsigned long long)r->run.first,
		           (unsigned long long)r->run.last));
	r->lines++;
	r->run.first = 0;
}

static void measure_rooms(const struct history *h, const struct asked *a, const uint32_t *group_of,
                          const struct history_dues *dues, struct room *rooms)
{
	char text[128];

	for (uint64_t seq = 0; seq < h->size; seq++) {
		struct room *r;

		if (!h->answers->at[seq].held || !is_asked(h, seq, a) || !group_of[h->at[seq].shelf - 1])
			continue;
		r = &rooms[group_of[h->at[seq].shelf - 1] - 1];
		if (r->run.first && r->run.last + 1 == seq) {
			r->run.last = seq;
			continue;
		}
		close_run(r);
		r->run = (struct leaf_range){ seq, seq };
	}
	for (size_t i = 0; i < dues->count; i++) {
		const struct leaf_due *d = &dues->at[i].due;

		close_run(&rooms[i]);
		rooms[i].bytes += (uint64_t)snprintf(text, sizeof(text), "Due: %d/%s/%s %llu \n", d->group.year,
		                                     d->group.kind, d->group.unit, (unsigned long long)d->count) +
		                  HASH_TEXT_LEN;
	}
}

/* Groups from the first on until one does not fit; the first in any case. */
static void cut(const struct history *h, const struct asked *a, uint32_t *group_of, struct history_dues *out)
{
	struct room *rooms = mem_array(out->count + 1, sizeof(*rooms)), sum = { .bytes = 0 };
	size_t kept = 0;
	uint32_t shelf;

	measure_rooms(h, a, group_of, out, rooms);
	for (; kept < out->count; kept++) {
		sum.bytes += rooms[kept].bytes;
		sum.lines += rooms[kept].lines;
		if (kept && (sum.bytes > HISTORY_DUE_BYTES_MAX || sum.lines > LEAF_LIST_MAX || kept == LEAF_LIST_MAX))
			break;
	}
	out->more = kept < out->count;
	while (out->count > kept) {
		struct history_due *last = &out->at[--out->count];

		if (find_shelf(h, &last->due.group, &shelf))
			group_of[shelf] = 0;
		free(last->seqs);
	}
	free(rooms);
}

static void fill(const struct history *h, const struct asked *a, struct history_dues *out)
{
	uint32_t *group_of;

	if (!a->base_year)
		return;
	group_of = mem_array((size_t)h->shelf_names.count + 1, sizeof(*group_of));
	add_groups(h, a, group_of, out);
	sort_groups(h, group_of, out);
	if (a->measures)
		cut(h, a, group_of, out);
	add_exceptions(h, a, group_of, out);
	for (size_t i = 0; i < out->count; i++)
		add_root(h, &out->at[i]);
	free(group_of);
}

void history_due(struct history *h, int year, int base_year, struct history_dues *out)
{
	struct asked a = { .year = year, .base_year = base_year };
	enum rulebook_measure *measures MEM_CLEANUP = NULL;

	*out = (struct history_dues){ .count = 0 };
	history_answer(h, year);
	if (!base_year) {
		a.measures = measures = list_measures(h);
		find_first(h, &a);
		out->measure = a.measure;
	}
	fill(h, &a, out);
}

void history_due_of(struct history *h, int year, int base_year, enum rulebook_measure measure, struct history_dues *out)
{
	enum rulebook_measure *measures MEM_CLEANUP = list_measures(h);
	const struct asked a = { year, base_year, measures, measure };

	*out = (struct history_dues){ .measure = measure };
	history_answer(h, year);
	fill(h, &a, out);
}

void history_dues_release(struct history_dues *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->at[i].seqs);
	free(d->at);
	free(d->except);
	*d = (struct history_dues){ .count = 0 };
}

/* What a hold or an extension keeps it keeps for the whole year of its last day. */
static int due_from(const struct history *h, uint64_t seq, const int32_t *ends)
{
	int by_class = history_disposable_year(&h->answers->at[seq]);
	int by_end = ends[seq] == INT32_MIN ? 0 : date_year_of_time((int64_t)ends[seq] * DAY_S) + 1;

	return by_class && by_end > by_class ? by_end : by_class;
}

int history_due_from(const struct history *h, const uint64_t *seqs, size_t count)
{
	int32_t *ends MEM_CLEANUP = history_holds_ends(h);
	int from = 0;

	history_answer(h, h->size ? date_year_of_time(history_time(h)) : 0);
	for (size_t i = 0; i < count; i++) {
		int own = seqs[i] < h->size ? due_from(h, seqs[i], ends) : 0;

		from = own > from ? own : from;
	}
	return from;
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
	uint32_t shelf;

	*out = (struct history_due){ .due.group = due->group };
	if (!find_shelf(h, &due->group, &shelf))
		return;
	for (uint64_t seq = 0; seq < h->size; seq++) {
		if (h->at[seq].shelf == shelf + 1 && is_chosen(h, seq, due, choice))
			add_seq(out, seq);
	}
	if (out->due.count)
		add_root(h, out);
}
