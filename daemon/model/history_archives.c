/* Archives of disposals: until when they are kept, and that they are destroyed once, and not before. */
#include "model/history_data.h"

#include "base/date.h"
#include "model/rulebook.h"

#define SECTION "DISPOSAL"

static struct history_archive *find_archive(const struct history *h, const struct leaf *leaf)
{
	for (uint64_t i = h->archives_count; i-- > 0;)
		if (leaf->on_count == 1 && h->archives[i].dispose == leaf->on[0].first)
			return &h->archives[i];
	return NULL;
}

static bool is_completed(const struct history *h, uint64_t dispose)
{
	for (uint64_t i = h->disposals_count; i-- > 0;)
		if (h->disposals[i].dispose == dispose)
			return h->disposals[i].disposed != 0;
	return false;
}

bool history_archive_end(const struct history *h, int64_t time, struct date *out)
{
	int years = h->book ? h->book->archive_years : 0;

	*out = (struct date){ date_year_of_time(time) + years, 12, 31 };
	return years > 0 && out->year <= DATE_YEAR_MAX;
}

static int judge_end(const struct history *h, const struct leaf *leaf, struct err *e)
{
	struct date end;
	bool has_end = leaf->has_archive && history_archive_end(h, leaf->time, &end);

	if (has_end == leaf->has_until && (!has_end || date_day_number(end) == date_day_number(leaf->until)))
		return ERR_OK;
	return history_fault(e, SECTION, h->size, "Until: not the end that the rule book sets for archives");
}

static int judge_destroyed(const struct history *h, const struct leaf *leaf, struct err *e)
{
	const struct history_archive *a = find_archive(h, leaf);
	char day[DATE_LEN + 1];

	if (!a)
		return history_fault(e, SECTION, h->size, "On: it names no `dispose` entry with an archive");
	if (a->destroyed)
		return history_fault(e, SECTION, h->size, "On %u: entry %u destroyed that archive already", a->dispose,
		                     a->destroyed);
	if (!is_completed(h, a->dispose))
		return history_fault(e, SECTION, h->size, "On %u: that disposal is not completed", a->dispose);
	if (!a->has_until || date_day_number(date_of_time(leaf->time)) > date_day_number(a->until))
		return ERR_OK;
	date_print(a->until, day);
	return history_fault(e, SECTION, h->size, "On %u: that archive is kept until %s", a->dispose, day);
}

int history_archives_judge(const struct history *h, const struct leaf *leaf, struct err *e)
{
	if (leaf->kind == LEAF_DISPOSE)
		return judge_end(h, leaf, e);
	return leaf->kind == LEAF_DESTROYED ? judge_destroyed(h, leaf, e) : ERR_OK;
}

void history_archives_take(struct history *h, const struct leaf *leaf)
{
	if (leaf->kind == LEAF_DISPOSE && leaf->has_archive) {
		history_reserve(&h->archives, &h->archives_cap, h->archives_count + 1, sizeof(*h->archives));
		h->archives[h->archives_count++] = (struct history_archive){ .dispose = (uint32_t)h->size,
			.has_until = leaf->has_until, .until = leaf->until };
	}
	if (leaf->kind == LEAF_DESTROYED) {
		struct history_archive *a = find_archive(h, leaf);

		if (a && !a->destroyed)
			a->destroyed = (uint32_t)h->size;
	}
}
