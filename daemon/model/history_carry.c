/*
 * The turn of the year 繰越: which volumes end with it, and which of their records stay open. One function says what the
 * carry entries of a year are, for the keeper that makes them and for the verifier that judges them.
 */
#include "model/history_data.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "model/merkle.h"

#define SECTION "YEARS"
#define NO_TOME UINT32_MAX

/* A shelf has few years, and what is asked for is nearly always the last. */
static uint32_t find_tome(const struct history *h, uint32_t shelf, int year)
{
	for (uint32_t t = h->shelves[shelf].tome; t; t = h->tomes[t - 1].before)
		if (h->tomes[t - 1].year == year)
			return t - 1;
	return NO_TOME;
}

static struct leaf_volume name_tome(const struct history *h, uint32_t tome)
{
	struct leaf_volume v = h->shelves[h->tomes[tome].shelf].volume;

	v.year = h->tomes[tome].year;
	return v;
}

static uint32_t find_named(const struct history *h, const struct leaf_volume *v)
{
	char text[2 * LEAF_NAME_MAX + 2];
	uint32_t shelf;

	snprintf(text, sizeof(text), "%s/%s", v->kind, v->unit);
	return history_name_find(&h->shelf_names, text, &shelf) ? find_tome(h, shelf, v->year) : NO_TOME;
}

void history_volume_take(struct history *h)
{
	const struct history_fact *f = &h->at[h->size];
	struct history_tome *t;
	uint32_t found;

	if (!f->shelf)
		return;
	found = find_tome(h, f->shelf - 1, f->year);
	if (found == NO_TOME) {
		history_reserve(&h->tomes, &h->tomes_cap, h->tomes_count + 1, sizeof(*h->tomes));
		found = (uint32_t)h->tomes_count++;
		h->tomes[found] = (struct history_tome){ .shelf = f->shelf - 1, .year = f->year,
			.before = h->shelves[f->shelf - 1].tome, .first = (uint32_t)h->size };
		h->shelves[f->shelf - 1].tome = found + 1;
	}
	t = &h->tomes[found];
	t->last = (uint32_t)h->size;
	t->entries++;
	t->closed_by = 0;
}

size_t history_volumes(const struct history *h)
{
	return h->tomes_count;
}

void history_volume(const struct history *h, size_t i, struct history_volume *out)
{
	const struct history_tome *t = &h->tomes[i];

	*out = (struct history_volume){ .volume = name_tome(h, (uint32_t)i), .first = t->first, .last = t->last,
		.entries = t->entries, .closed_by = t->closed_by };
}

/* What one volume has to say at a turn. */
struct saying {
	struct leaf_volume volume;
	bool ends;
	uint64_t open;               /* records */
	struct hash *leaves;         /* theirs, in the array of all */
};

static bool is_carried(const struct history *h, uint64_t seq, int year)
{
	return h->at[seq].shelf && h->at[seq].year < year && !h->at[seq].disposed_by && h->answers->at[seq].open;
}

/* The leaves of all open records, by volume, each volume's by ascending Seq. */
static struct hash *gather_leaves(const struct history *h, int year, struct saying *says)
{
	uint64_t total = 0;
	struct hash *leaves;

	for (uint64_t seq = 0; seq < h->size; seq++)
		if (is_carried(h, seq, year))
			says[find_tome(h, h->at[seq].shelf - 1, h->at[seq].year)].open++;
	for (uint64_t t = 0; t < h->tomes_count; t++)
		total += says[t].open;
	leaves = mem_array(total + 1, sizeof(*leaves));
	total = 0;
	for (uint64_t t = 0; t < h->tomes_count; t++) {
		says[t].leaves = leaves + total;
		total += says[t].open;
		says[t].open = 0;
	}
	for (uint64_t seq = 0; seq < h->size; seq++) {
		struct saying *s;

		if (!is_carried(h, seq, year))
			continue;
		s = &says[find_tome(h, h->at[seq].shelf - 1, h->at[seq].year)];
		s->leaves[s->open++] = h->at[seq].leaf;
	}
	return leaves;
}

static int compare_says(const void *a, const void *b)
{
	const struct saying *x = a, *y = b;

	return leaf_volume_compare(&x->volume, &y->volume);
}

/* Drops what has nothing to say, and puts the rest in order. */
static size_t sort_says(struct saying *says, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (says[i].ends || says[i].open)
			says[kept++] = says[i];
	if (kept)
		qsort(says, kept, sizeof(*says), compare_says);
	return kept;
}

static struct history_carry cut_carry(const struct saying *says, size_t count)
{
	struct history_carry c = { .on = mem_array(count, sizeof(*c.on)),
		.carried = mem_array(count, sizeof(*c.carried)) };

	for (size_t i = 0; i < count; i++) {
		if (says[i].ends)
			c.on[c.on_count++] = says[i].volume;
		if (says[i].open)
			c.carried[c.carried_count++] = (struct leaf_due){ says[i].volume, says[i].open,
				merkle_root_of(says[i].leaves, says[i].open) };
	}
	return c;
}

void history_carry(const struct history *h, int year, struct history_carries *out)
{
	struct saying *says MEM_CLEANUP = mem_array(h->tomes_count + 1, sizeof(*says));
	struct hash *leaves MEM_CLEANUP = NULL;
	size_t count;

	*out = (struct history_carries){ .count = 0 };
	if (year <= h->carried_into)
		return;
	history_answer(h, year);
	for (uint32_t t = 0; t < h->tomes_count; t++)
		says[t] = (struct saying){ .volume = name_tome(h, t),
			.ends = h->tomes[t].year < year && !h->tomes[t].closed_by };
	leaves = gather_leaves(h, year, says);
	count = sort_says(says, h->tomes_count);
	if (!count)
		return;
	out->at = mem_array((count + HISTORY_CARRY_MAX - 1) / HISTORY_CARRY_MAX, sizeof(*out->at));
	for (size_t i = 0; i < count; i += HISTORY_CARRY_MAX)
		out->at[out->count++] = cut_carry(says + i, count - i < HISTORY_CARRY_MAX ? count - i : HISTORY_CARRY_MAX);
}

void history_carries_release(struct history_carries *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->at[i].on);
		free(c->at[i].carried);
	}
	free(c->at);
	*c = (struct history_carries){ .count = 0 };
}

static bool is_under_way(const struct history *h)
{
	return h->turn.next < h->turn.plan.count;
}

static int fault_volume(const struct history *h, const struct leaf_volume *v, const char *line, const char *why,
                        struct err *e)
{
	struct buf name BUF_CLEANUP = BUF_INIT;

	leaf_volume_print(v, &name);
	return history_fault(e, SECTION, h->size, "%s %s: %s", line, buf_str(&name), lang_text(why));
}

static int judge_on(const struct history *h, const struct leaf *leaf, const struct history_carry *c, struct err *e)
{
	for (size_t i = 0; i < leaf->on_count; i++) {
		const struct leaf_volume *v = &leaf->on[i].volume;
		uint32_t t;

		if (i < c->on_count && leaf_volume_compare(v, &c->on[i]) == 0)
			continue;
		t = find_named(h, v);
		if (t == NO_TOME)
			return fault_volume(h, v, "On", N_("that volume has no entries"), e);
		if (h->tomes[t].closed_by)
			return fault_volume(h, v, "On", N_("that volume is closed already"), e);
		return fault_volume(h, v, "On", N_("that volume is not the next to be closed"), e);
	}
	if (leaf->on_count < c->on_count)
		return fault_volume(h, &c->on[leaf->on_count], "On", N_("it is missing: that volume ends with its year"), e);
	return ERR_OK;
}

static int judge_carried(const struct history *h, const struct leaf *leaf, const struct history_carry *c, struct err *e)
{
	for (size_t i = 0; i < leaf->carried_count; i++) {
		const struct leaf_due *d = &leaf->carried[i];

		if (i == c->carried_count || leaf_volume_compare(&d->group, &c->carried[i].group) != 0)
			return fault_volume(h, &d->group, "Carried", N_("that volume is not the next with open records"), e);
		if (d->count != c->carried[i].count || !hash_is_equal(&d->root, &c->carried[i].root))
			return fault_volume(h, &d->group, "Carried", N_("these are not its open records"), e);
	}
	if (leaf->carried_count < c->carried_count)
		return fault_volume(h, &c->carried[leaf->carried_count].group, "Carried",
		                    N_("it is missing: that volume has open records"), e);
	return ERR_OK;
}

static int judge_piece(const struct history *h, const struct leaf *leaf, const struct history_carry *c, struct err *e)
{
	int rc = judge_on(h, leaf, c, e);

	return rc ? rc : judge_carried(h, leaf, c, e);
}

static int judge_first(const struct history *h, const struct leaf *leaf, int year, struct err *e)
{
	struct history_carries plan;
	int rc;

	if (year <= h->carried_into)
		return history_fault(e, SECTION, h->size, "the volumes of the years before %d are carried over already, by "
		                     "entry %u", h->carried_into, h->carry);
	history_carry(h, year, &plan);
	if (plan.count)
		rc = judge_piece(h, leaf, &plan.at[0], e);
	else
		rc = history_fault(e, SECTION, h->size, "On, Carried: nothing is carried over into %d", year);
	history_carries_release(&plan);
	return rc;
}

int history_carry_judge(const struct history *h, const struct leaf *leaf, struct err *e)
{
	int year = date_year_of_time(leaf->time);

	if (is_under_way(h) && (leaf->kind != LEAF_CARRY || year != h->turn.year))
		return history_fault(e, SECTION, h->size, "the carry entries from %u on are not all there: %zu of %zu",
		                     h->carry, h->turn.next, h->turn.plan.count);
	if (leaf->kind != LEAF_CARRY)
		return ERR_OK;
	if (is_under_way(h))
		return judge_piece(h, leaf, &h->turn.plan.at[h->turn.next], e);
	return judge_first(h, leaf, year, e);
}

static void end_turn(struct history *h)
{
	history_carries_release(&h->turn.plan);
	h->turn = (struct history_turn){ .next = 0 };
}

static void begin_turn(struct history *h, int year)
{
	end_turn(h);
	if (year <= h->carried_into)
		return;
	history_carry(h, year, &h->turn.plan);
	h->turn.year = h->carried_into = year;
	h->carry = (uint32_t)h->size;
}

void history_carry_take(struct history *h, const struct leaf *leaf)
{
	int year = date_year_of_time(leaf->time);

	if (leaf->kind != LEAF_CARRY) {
		end_turn(h);
		/* Only a clock entry takes Time back: then the year turns again. */
		if (h->carried_into > year)
			h->carried_into = year;
		return;
	}
	if (!is_under_way(h) || year != h->turn.year)
		begin_turn(h, year);
	for (size_t i = 0; i < leaf->on_count; i++) {
		uint32_t t = find_named(h, &leaf->on[i].volume);

		if (t != NO_TOME && !h->tomes[t].closed_by)
			h->tomes[t].closed_by = (uint32_t)h->size;
	}
	if (++h->turn.next >= h->turn.plan.count)
		end_turn(h);
}
