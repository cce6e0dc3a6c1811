/* Copies of records elsewhere, by their acknowledgements, and which of them remain after a disposal. */
#include "model/history_data.h"

#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"

#define SECTION "COPIES"

static struct history_copy *find_copy(const struct history *h, const char *name)
{
	for (uint64_t i = 0; i < h->copies_count; i++)
		if (strcmp(h->copies[i].name, name) == 0)
			return &h->copies[i];
	return NULL;
}

size_t history_copies(const struct history *h)
{
	return h->copies_count;
}

const struct history_copy *history_copy(const struct history *h, size_t i)
{
	return &h->copies[i];
}

const struct history_copy *history_copy_named(const struct history *h, const char *name)
{
	return find_copy(h, name);
}

bool history_copy_stands(const struct history_copy *c, int64_t time)
{
	return !c->has_until || date_day_number(c->until) >= date_day_number(date_of_time(time));
}

static int compare_remains(const void *a, const void *b)
{
	const struct leaf_remains *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void history_remains(const struct history *h, uint64_t dispose, int64_t time, struct leaf_remains **out,
                     size_t *out_count)
{
	struct leaf_remains *remains = mem_array(h->copies_count + 1, sizeof(*remains));
	size_t count = 0;

	for (uint64_t i = 0; i < h->copies_count; i++) {
		const struct history_copy *c = &h->copies[i];

		if (c->seq >= dispose || !history_copy_stands(c, time))
			continue;
		remains[count] = (struct leaf_remains){ .known = c->has_until };
		if (c->has_until)
			remains[count].until = c->until;
		memcpy(remains[count++].name, c->name, sizeof(c->name));
	}
	if (count)
		qsort(remains, count, sizeof(*remains), compare_remains);
	*out = remains;
	*out_count = count;
}

static bool is_same(const struct leaf_remains *a, const struct leaf_remains *b)
{
	return strcmp(a->name, b->name) == 0 && a->known == b->known &&
	       (!a->known || date_day_number(a->until) == date_day_number(b->until));
}

static int judge_remains(const struct history *h, const struct leaf *leaf, uint64_t dispose, struct err *e)
{
	struct leaf_remains *remains MEM_CLEANUP = NULL;
	size_t count;
	bool same;

	history_remains(h, dispose, leaf->time, &remains, &count);
	same = leaf->remains_count == count;
	for (size_t i = 0; same && i < count; i++)
		same = is_same(&leaf->remains[i], &remains[i]);
	if (same)
		return ERR_OK;
	return history_fault(e, SECTION, h->size, "Remains: it names %zu copies, %zu are known that have not carried out "
	                     "this disposal, or others", leaf->remains_count, count);
}

static int judge_ack(const struct history *h, const struct leaf *leaf, struct err *e)
{
	if (leaf->copy_seq >= h->size)
		return history_fault(e, SECTION, h->size, "Copy %s: entry %llu is not made yet", leaf->copy,
		                     (unsigned long long)leaf->copy_seq);
	if (!hash_is_equal(&h->at[leaf->copy_seq].leaf, &leaf->copy_head))
		return history_fault(e, SECTION, h->size, "Copy %s: entry %llu has another leaf hash", leaf->copy,
		                     (unsigned long long)leaf->copy_seq);
	return ERR_OK;
}

int history_copies_judge(const struct history *h, const struct leaf *leaf, struct err *e)
{
	if (leaf->kind == LEAF_ACK)
		return judge_ack(h, leaf, e);
	if (leaf->kind == LEAF_DISPOSE)
		return judge_remains(h, leaf, h->size, e);
	if (leaf->kind == LEAF_DISPOSED && leaf->on_count == 1)
		return judge_remains(h, leaf, leaf->on[0].first, e);
	return ERR_OK;
}

/* An acknowledgement that breaks a rule says that there is a copy, and nothing of what it has done. */
void history_copies_take(struct history *h, const struct leaf *leaf)
{
	struct history_copy *c;

	if (leaf->kind != LEAF_ACK)
		return;
	c = find_copy(h, leaf->copy);
	if (!c) {
		history_reserve(&h->copies, &h->copies_cap, h->copies_count + 1, sizeof(*h->copies));
		c = &h->copies[h->copies_count++];
		*c = (struct history_copy){ .first = h->size };
		memcpy(c->name, leaf->copy, sizeof(c->name));
	}
	c->seq = judge_ack(h, leaf, NULL) ? 0 : leaf->copy_seq;
	c->by = h->size;
	c->has_until = leaf->has_until;
	c->until = leaf->until;
}
