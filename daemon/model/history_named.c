/* What the Due and Except lines of a leaf name: is it the due set, and if not, which records may be meant. */
#include "model/history_data.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"

#define SECTION "DISPOSAL"
#define DUES_CLEANUP __attribute__((cleanup(history_dues_release)))

static bool is_same_due(const struct leaf_due *a, const struct leaf_due *b)
{
	return leaf_volume_compare(&a->group, &b->group) == 0 && a->count == b->count &&
	       hash_is_equal(&a->root, &b->root);
}

static bool is_same_except(const struct leaf *leaf, const struct leaf_range *except, size_t count)
{
	if (leaf->except_count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (leaf->except[i].first != except[i].first || leaf->except[i].last != except[i].last)
			return false;
	return true;
}

bool history_named_same(const struct leaf *leaf, const struct leaf_due *due, size_t due_count,
                        const struct leaf_range *except, size_t except_count)
{
	bool same = leaf->due_count == due_count && is_same_except(leaf, except, except_count);

	for (size_t i = 0; same && i < due_count; i++)
		same = is_same_due(&leaf->due[i], &due[i]);
	return same;
}

static const struct history_due *find_group(const struct history_dues *dues, const struct leaf_volume *group)
{
	for (size_t i = 0; i < dues->count; i++)
		if (leaf_volume_compare(&dues->at[i].due.group, group) == 0)
			return &dues->at[i];
	return NULL;
}

/* The records that a Due line means: the due group when it is that, else another set with this count and root, else
 * (false) the due group again, for want of better. */
static bool find_meant(const struct history *h, const struct history_dues *dues, const struct leaf_due *due,
                       struct history_due *out)
{
	const struct history_due *g = find_group(dues, &due->group);

	*out = (struct history_due){ .due.group = due->group };
	for (int choice = 0; (!g || !is_same_due(&g->due, due)) && choice < HISTORY_CHOICE_COUNT; choice++) {
		history_due_choose(h, due, (enum history_choice)choice, out);
		if (out->due.count && is_same_due(&out->due, due))
			return true;
		free(out->seqs);
		*out = (struct history_due){ .due.group = due->group };
	}
	if (!g)
		return false;
	*out = *g;
	out->seqs = mem_array(g->due.count, sizeof(*out->seqs));
	memcpy(out->seqs, g->seqs, g->due.count * sizeof(*out->seqs));
	return is_same_due(&g->due, due);
}

static bool is_early(const struct history_answer *a, int year)
{
	int from = history_disposable_year(a);

	return !from || from > year;
}

static bool find_early(const struct history *h, const struct history_due *d, int year, uint64_t *out)
{
	for (uint64_t i = 0; i < d->due.count; i++) {
		if (is_early(&h->answers->at[d->seqs[i]], year)) {
			*out = d->seqs[i];
			return true;
		}
	}
	return false;
}

/* More are named than are due, and no set that we can think of fits: some entry of the group must be too early. */
static bool guess_early(const struct history *h, const struct leaf_due *due, int year, uint64_t *out)
{
	bool found = false;

	for (int choice = 0; !found && choice < HISTORY_CHOICE_COUNT; choice++) {
		struct history_due d;

		history_due_choose(h, due, (enum history_choice)choice, &d);
		found = find_early(h, &d, year, out);
		free(d.seqs);
	}
	return found;
}

static int fault_line(const struct history *h, const struct history_dues *dues, const struct leaf_due *due, int year,
                      struct err *e)
{
	const struct history_due *g = find_group(dues, &due->group);
	uint64_t due_now = g ? g->due.count : 0, early;
	struct buf group BUF_CLEANUP = BUF_INIT;
	struct history_due meant;
	bool known = find_meant(h, dues, due, &meant);
	bool is_premature = known ? find_early(h, &meant, year, &early) :
	                    due->count > due_now && guess_early(h, due, year, &early);

	leaf_volume_print(&due->group, &group);
	if (is_premature)
		history_fault(e, SECTION, h->size, "Due %s: PREMATURE: entry %llu is not due on %d-01-01",
		              buf_str(&group), (unsigned long long)early, year);
	else if (known)
		history_fault(e, SECTION, h->size, "Due %s: records under a hold are among them", buf_str(&group));
	else
		history_fault(e, SECTION, h->size, due->count == 1 ? N_("Due %s: %llu record is not the due set of %llu")
		                                                   : N_("Due %s: %llu records are not the due set of %llu"),
		              buf_str(&group), (unsigned long long)due->count, (unsigned long long)due_now);
	free(meant.seqs);
	return ERR_RULE;
}

int history_named_judge(struct history *h, const struct leaf *leaf, struct err *e)
{
	int year = date_year_of_time(leaf->time);
	struct history_dues dues DUES_CLEANUP = { .count = 0 };
	enum rulebook_measure measure;

	if (!leaf->due_count)
		return history_fault(e, SECTION, h->size, "Due: it names no records");
	for (size_t i = 1; i < leaf->due_count; i++)
		if (leaf->due[i].group.year != leaf->due[0].group.year)
			return history_fault(e, SECTION, h->size, "Due: more than one base year, %d and %d",
			                     leaf->due[0].group.year, leaf->due[i].group.year);
	measure = history_measure(h, leaf->due[0].group.kind);
	for (size_t i = 1; i < leaf->due_count; i++)
		if (history_measure(h, leaf->due[i].group.kind) != measure)
			return history_fault(e, SECTION, h->size, "Due: more than one measure, %s and %s",
			                     rulebook_measure_word(measure),
			                     rulebook_measure_word(history_measure(h, leaf->due[i].group.kind)));
	history_due_of(h, year, leaf->due[0].group.year, measure, &dues);
	if (dues.more && leaf->due_count > dues.count)
		return history_fault(e, SECTION, h->size, "Due: %zu groups are named, %zu fit into one entry",
		                     leaf->due_count, dues.count);
	for (size_t i = 0; i < leaf->due_count; i++) {
		const struct history_due *g = find_group(&dues, &leaf->due[i].group);

		if (!g || !is_same_due(&g->due, &leaf->due[i]))
			return fault_line(h, &dues, &leaf->due[i], year, e);
	}
	if (leaf->due_count != dues.count)
		return history_fault(e, SECTION, h->size, "Due: %zu groups are named, %zu are due", leaf->due_count,
		                     dues.count);
	if (!is_same_except(leaf, dues.except, dues.except_count))
		return history_fault(e, SECTION, h->size,
		                     "Except: these are not the records of these groups that are held");
	return ERR_OK;
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

uint32_t *history_named_seqs(struct history *h, const struct leaf *leaf, size_t *out_count)
{
	int year = date_year_of_time(leaf->time);
	struct history_dues dues DUES_CLEANUP = { .count = 0 };
	uint32_t *seqs = NULL;
	size_t count = 0;

	for (size_t i = 0; i < leaf->due_count; i++) {
		struct history_due meant;

		if (!i || leaf->due[i].group.year != leaf->due[i - 1].group.year) {
			history_dues_release(&dues);
			history_due(h, year, leaf->due[i].group.year, &dues);
		}
		find_meant(h, &dues, &leaf->due[i], &meant);
		seqs = mem_grow(seqs, count + meant.due.count + 1, sizeof(*seqs));
		for (uint64_t j = 0; j < meant.due.count; j++)
			seqs[count++] = (uint32_t)meant.seqs[j];
		free(meant.seqs);
	}
	if (count)
		qsort(seqs, count, sizeof(*seqs), compare_u32);
	*out_count = count;
	return seqs;
}
