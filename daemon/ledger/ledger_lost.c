/* What a store lacks: records that no copy had when it was restored, or that its operator says are lost. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "ledger/ledger_impl.h"
#include "ledger/volume.h"

bool ledger_is_lost(const struct ledger *l, uint64_t seq)
{
	return leaf_ranges_hold(l->lost, l->lost_count, seq);
}

static int compare_ranges(const void *a, const void *b)
{
	const struct leaf_range *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

void ledger_lost_merge(struct ledger *l)
{
	const struct store *s = l->store;
	size_t all = l->lost_count + s->accepts_count, kept = 0;
	if (!s->accepts_count)
		return;
	l->lost = mem_grow(l->lost, all, sizeof *l->lost);
	memcpy(l->lost + l->lost_count, s->accepts, s->accepts_count * sizeof *l->lost);
	qsort(l->lost, all, sizeof *l->lost, compare_ranges);
	for (size_t i = 0; i < all; i++) {
		struct leaf_range *last = kept ? &l->lost[kept - 1] : NULL;
		if (!last || l->lost[i].first > last->last + 1)
			l->lost[kept++] = l->lost[i];
		else if (last->last < l->lost[i].last)
			last->last = l->lost[i].last;
	}
	l->lost_count = kept;
}

static int refuse_kept(uint64_t seq, const char *why, struct err *e)
{
	err_set(e, ERR_CONFLICT, "--accept-loss: entry %" PRIu64 ": %s", seq, lang_text(why));
	return err_next(e, "name exactly the entries that daicho verify calls MISSING or ALTERED");
}

/* Is the record there, as its leaf vouches for it? What is damaged is not, be it the record or what leads to it. */
static int see_record(struct ledger *l, const struct index_entry *entry, bool *out_sound, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct repo *year;
	struct err why = ERR_INIT;
	*out_sound = false;
	int rc = ledger_year(l, entry->volume.year, false, &year, &why);
	if (!rc)
		rc = volume_read(year, &entry->volume, &entry->commit, &text, &why);
	if (rc && !ledger_is_damage(rc)) {
		*e = why;
		return rc;
	}
	struct hash is = hash_of(buf_str(&text), text.len);
	*out_sound = !rc && hash_is_equal(&is, &entry->record);
	return ERR_OK;
}

/* The operator's word takes nothing away: what is there, as its leaf vouches for it, is not lost. */
static int check_gone(struct ledger *l, uint64_t seq, struct err *e)
{
	struct index_entry entry;
	bool is_sound = false;
	int rc = index_entry(l->index, seq, &entry, e);
	if (rc)
		return rc;
	if (!entry.has_volume || entry.disposed_by)
		return refuse_kept(seq, entry.has_volume ? N_("was disposed of") : N_("has no record"), e);
	rc = see_record(l, &entry, &is_sound, e);
	return rc || !is_sound ? rc : refuse_kept(seq, N_("its record is there"), e);
}

int ledger_lost_check(struct ledger *l, struct err *e)
{
	const struct store *s = l->store;
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < s->accepts_count; i++)
		for (uint64_t seq = s->accepts[i].first; !rc && seq <= s->accepts[i].last; seq++)
			rc = check_gone(l, seq, e);
	return rc;
}
