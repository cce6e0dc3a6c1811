/* What expired, and is neither disposed of nor held, at the last entry: late is no fault unless somebody asks. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "ledger/verify_impl.h"

struct group {
	int base_year, disposable_year;
	uint64_t count;
};

static bool is_waiting(const struct history_entry *entry)
{
	return entry->state == HISTORY_DUE || entry->state == HISTORY_PROPOSED || entry->state == HISTORY_APPROVED;
}

static int64_t get_age(const struct verify *v, int disposable_year)
{
	return date_day_number(date_of_time(history_time(v->history))) -
	       date_day_number((struct date){ disposable_year, 1, 1 });
}

static void add(struct group **at, size_t *count, const struct history_entry *entry)
{
	size_t i = 0;
	while (i < *count && ((*at)[i].base_year != entry->base_year ||
	                      (*at)[i].disposable_year != entry->disposable_year))
		i++;
	if (i == *count) {
		*at = mem_grow(*at, *count + 1, sizeof **at);
		(*at)[(*count)++] = (struct group){ entry->base_year, entry->disposable_year, 0 };
	}
	(*at)[i].count++;
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	return x->base_year != y->base_year ? x->base_year - y->base_year : x->disposable_year - y->disposable_year;
}

static void remark(struct verify *v, const struct group *g)
{
	char day[DATE_LEN + 1];
	date_print((struct date){ g->disposable_year - 1, 12, 31 }, day);
	verify_remark(v, g->count == 1
	              ? N_("%" PRIu64 " record of base year %d expired on %s and is neither disposed of nor held; days at "
	                   "the last entry: %" PRId64)
	              : N_("%" PRIu64 " records of base year %d expired on %s and are neither disposed of nor held; days "
	                   "at the last entry: %" PRId64), g->count, g->base_year, day, get_age(v, g->disposable_year));
}

void verify_overdue_judge(struct verify *v)
{
	struct group *groups = NULL;
	size_t count = 0;
	for (uint64_t seq = 0; seq < v->judged; seq++) {
		struct history_entry entry;
		history_entry(v->history, seq, &entry);
		if (!is_waiting(&entry))
			continue;
		add(&groups, &count, &entry);
		if (v->o->asks_overdue && get_age(v, entry.disposable_year) > (int64_t)v->o->overdue_days)
			verify_fault(v, seq, VERDICT_OVERDUE, get_age(v, entry.disposable_year) == 1
			             ? N_("expired %" PRId64 " day before the last entry, and neither disposed of nor held")
			             : N_("expired %" PRId64 " days before the last entry, and neither disposed of nor held"),
			             get_age(v, entry.disposable_year));
	}
	if (count)
		qsort(groups, count, sizeof *groups, compare_groups);
	for (size_t i = 0; i < count; i++)
		remark(v, &groups[i]);
	free(groups);
}
