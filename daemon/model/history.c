/* Feeding, and the questions about one entry or one matter. */
#include "base/lang.h"
#include "model/history.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/mem.h"
#include "model/history_data.h"

struct history *history_new(void)
{
	struct history *h = mem_alloc(sizeof(*h));

	h->answers = mem_alloc(sizeof(*h->answers));
	return h;
}

static void release_names(struct history_names *n)
{
	free(n->at);
	free(n->slots);
}

void history_free(struct history *h)
{
	if (!h)
		return;
	history_disposal_release(h);
	history_carries_release(&h->turn.plan);
	release_names(&h->kind_names);
	release_names(&h->shelf_names);
	release_names(&h->matter_names);
	for (size_t i = 0; i < sizeof(h->lived) / sizeof(h->lived[0]); i++)
		free(h->lived[i]);
	free(h->at);
	free(h->links);
	free(h->matters);
	free(h->kinds);
	free(h->shelves);
	free(h->tomes);
	free(h->holds);
	free(h->disposals);
	free(h->gone);
	free(h->archives);
	keyring_release(&h->keys);
	free(h->copies);
	free(h->answers->at);
	free(h->answers->matters);
	free(h->answers);
	free(h);
}

void history_reserve(void *parray, uint64_t *cap, uint64_t count, size_t size)
{
	void **array = parray;
	uint64_t want = *cap ? *cap : 16;

	if (count <= *cap)
		return;
	while (want < count)
		want += want / 2;
	*array = mem_grow(*array, want, size);
	memset((char *)*array + *cap * size, 0, (want - *cap) * size);
	*cap = want;
}

static uint32_t hash_text(const char *s)
{
	uint32_t x = 2166136261u;

	for (; *s; s++)
		x = (x ^ (unsigned char)*s) * 16777619u;
	return x;
}

bool history_name_find(const struct history_names *n, const char *text, uint32_t *out)
{
	if (!n->slots_count)
		return false;
	for (uint32_t i = hash_text(text);; i++) {
		uint32_t slot = n->slots[i & (n->slots_count - 1)];

		if (!slot)
			return false;
		if (strcmp(n->at[slot - 1], text) == 0) {
			*out = slot - 1;
			return true;
		}
	}
}

static void put_slot(struct history_names *n, uint32_t position)
{
	uint32_t i = hash_text(n->at[position]);

	while (n->slots[i & (n->slots_count - 1)])
		i++;
	n->slots[i & (n->slots_count - 1)] = position + 1;
}

static void grow_names(struct history_names *n)
{
	uint32_t slots = n->slots_count ? n->slots_count * 2 : 64;

	n->at = mem_grow(n->at, slots / 2, sizeof(*n->at));
	free(n->slots);
	n->slots = mem_array(slots, sizeof(*n->slots));
	n->slots_count = slots;
	for (uint32_t i = 0; i < n->count; i++)
		put_slot(n, i);
}

uint32_t history_name(struct history_names *n, const char *text)
{
	uint32_t found;

	if (history_name_find(n, text, &found))
		return found;
	if (n->count + 1 > n->slots_count / 2)
		grow_names(n);
	snprintf(n->at[n->count], sizeof(n->at[0]), "%s", text);
	put_slot(n, n->count);
	return n->count++;
}

uint32_t history_kind_of(struct history *h, const char *kind)
{
	uint32_t k = history_name(&h->kind_names, kind);

	history_reserve(&h->kinds, &h->kinds_cap, (uint64_t)k + 1, sizeof(*h->kinds));
	return k;
}

uint32_t history_shelf_of(struct history *h, const struct leaf_volume *v)
{
	char text[2 * LEAF_NAME_MAX + 2];
	uint32_t s;

	snprintf(text, sizeof(text), "%s/%s", v->kind, v->unit);
	if (history_name_find(&h->shelf_names, text, &s))
		return s;
	s = history_name(&h->shelf_names, text);
	history_reserve(&h->shelves, &h->shelves_cap, (uint64_t)s + 1, sizeof(*h->shelves));
	h->shelves[s].volume = *v;
	h->shelves[s].volume.year = 0;
	h->shelves[s].kind = history_kind_of(h, v->kind);
	return s;
}

bool history_shelf_find(const struct history *h, const struct leaf_volume *v, uint32_t *out)
{
	char text[2 * LEAF_NAME_MAX + 2];

	snprintf(text, sizeof(text), "%s/%s", v->kind, v->unit);
	return history_name_find(&h->shelf_names, text, out);
}

int history_fault(struct err *e, const char *section, uint64_t seq, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), lang_text(fmt), ap);
	va_end(ap);
	return err_set(e, ERR_RULE, "entry %llu: %s (daicho-ledger(5), %s)", (unsigned long long)seq, text, section);
}

uint64_t history_links_end(const struct history *h, uint64_t seq)
{
	return seq + 1 < h->size ? h->at[seq + 1].links : h->links_count;
}

int history_disposable_year(const struct history_answer *a)
{
	return a->open || !a->years ? 0 : a->base + a->years + 1;
}

void history_answer(const struct history *h, int year)
{
	struct history_answers *a = h->answers;
	bool stale = a->size != h->size;

	if (stale) {
		history_reserve(&a->at, &a->cap, h->size, sizeof(*a->at));
		history_reserve(&a->matters, &a->matters_cap, h->matters_count, sizeof(*a->matters));
		history_matters_answer(h, a);
		history_gone_answer(h, a);
	}
	if (stale || a->year != year)
		history_reach_answer(h, a, year);
	a->size = h->size;
	a->year = year;
}

/* Each returns at its first fault; entries of other kinds pass. */
static int (*const JUDGES[])(const struct history *h, const struct leaf *leaf, struct err *e) = {
	history_matters_judge,
	history_holds_judge,
	history_clock_judge,
	history_keys_judge,
	history_archives_judge,
	history_carry_judge,
	history_copies_judge,
};

int history_judge(struct history *h, const struct leaf *leaf, struct history_class class, struct err *e)
{
	(void)class;    /* no class makes an entry wrong: it decides only when the record falls due */
	if (h->size >= UINT32_MAX - 1)
		return err_set(e, ERR_TOOBIG, "entry %llu: a history holds at most %u entries",
		               (unsigned long long)h->size, UINT32_MAX - 1);
	for (size_t i = 0; i < sizeof(JUDGES) / sizeof(JUDGES[0]); i++) {
		int rc = JUDGES[i](h, leaf, e);

		if (rc)
			return rc;
	}
	return history_disposal_judge(h, leaf, e);
}

static void take_fact(struct history *h, const struct leaf *leaf, const struct hash *leaf_hash,
                      struct history_class class)
{
	struct history_fact *f = &h->at[h->size];

	*f = (struct history_fact){ .leaf = *leaf_hash, .time = leaf->time, .links = h->links_count,
		.kin = (uint32_t)h->size, .year = (int16_t)leaf_year(leaf) };
	if (!leaf->has_volume)
		return;
	f->shelf = history_shelf_of(h, &leaf->volume) + 1;
	if (leaf->kind == LEAF_RECORD && class.years > 0) {
		struct history_kind *k = &h->kinds[h->shelves[f->shelf - 1].kind];

		f->years = (int16_t)(class.years < DATE_YEAR_MAX ? class.years : DATE_YEAR_MAX);
		if (f->years > k->longest)
			k->longest = f->years;
	}
	if (leaf->kind == LEAF_RECORD && class.from_closing)
		f->flags |= HISTORY_FROM_CLOSING;
}

int history_add(struct history *h, const struct leaf *leaf, const struct hash *leaf_hash, struct history_class class,
                struct err *e)
{
	int rc = history_judge(h, leaf, class, e);

	if (rc == ERR_TOOBIG)
		return rc;
	if (!rc && leaf->seq != h->size)
		rc = history_fault(e, "LEAF", h->size, "Seq: it says %llu", (unsigned long long)leaf->seq);
	history_reserve(&h->at, &h->cap, h->size + 1, sizeof(*h->at));
	history_disposal_take(h, leaf);    /* first: these ask as of the entries before this one */
	history_carry_take(h, leaf);
	take_fact(h, leaf, leaf_hash, class);
	history_volume_take(h);
	history_matters_take(h, leaf);
	history_holds_take(h, leaf);
	history_clock_take(h, leaf);
	history_keys_take(h, leaf);
	history_archives_take(h, leaf);
	history_copies_take(h, leaf);
	h->size++;
	return rc;
}

void history_rules(struct history *h, const struct rulebook *book)
{
	h->book = book;
}

uint64_t history_size(const struct history *h)
{
	return h->size;
}

int64_t history_time(const struct history *h)
{
	return h->size ? h->at[h->size - 1].time : 0;
}

static enum history_state state_of(const struct history *h, uint64_t seq, int year)
{
	const struct history_answer *a = &h->answers->at[seq];
	int from = history_disposable_year(a);

	if (!h->at[seq].shelf)
		return HISTORY_NO_RECORD;
	if (h->at[seq].disposed_by)
		return HISTORY_DISPOSED;
	if (a->open)
		return HISTORY_OPEN;
	if (!from || from > year)
		return HISTORY_CLOSED;
	if (a->held)
		return HISTORY_HELD;
	if (history_disposal_proposed(h, seq))
		return history_disposal_approved(h) ? HISTORY_APPROVED : HISTORY_PROPOSED;
	return HISTORY_DUE;
}

void history_entry(struct history *h, uint64_t seq, struct history_entry *out)
{
	history_entry_at(h, seq, date_year_of_time(history_time(h)), out);
}

void history_entry_at(struct history *h, uint64_t seq, int year, struct history_entry *out)
{
	const struct history_fact *f = &h->at[seq];
	const struct history_answer *a;

	history_answer(h, year);
	a = &h->answers->at[seq];
	*out = (struct history_entry){ .state = state_of(h, seq, year), .leaf = f->leaf, .first = f->kin };
	if (!f->shelf)
		return;
	out->base_year = a->open ? 0 : a->base;
	out->years = a->years;
	out->held = a->held;
	out->disposable_year = history_disposable_year(a);
	out->disposed_by = f->disposed_by;
	out->open_matter = out->state == HISTORY_OPEN ? a->open - 1 : 0;
	out->volume = h->shelves[f->shelf - 1].volume;
	out->volume.year = f->year;
}

bool history_opens(const struct history *h, uint64_t seq)
{
	return h->at[seq].matter != 0;
}

bool history_matter_is_open(struct history *h, uint64_t opening, const char *matter)
{
	const struct history_matter *m;

	if (opening >= h->size || !h->at[opening].matter)
		return false;
	m = &h->matters[h->at[opening].matter - 1];
	if (matter && strcmp(h->matter_names.at[m->name], matter) != 0)
		return false;
	history_answer(h, date_year_of_time(history_time(h)));
	return h->answers->matters[h->at[opening].matter - 1].open;
}
