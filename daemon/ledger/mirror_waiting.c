/* What a mirror holds and its store lacks. */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/repo.h"
#include "ledger/mirror.h"
#include "ledger/mirror_impl.h"

struct look {
	int first_year;
	struct mirror_entries entries;
	struct mirror_waiting found;
};

static void add_lost(struct mirror_waiting *w, uint64_t seq)
{
	struct leaf_range *last = w->lost_count ? &w->lost[w->lost_count - 1] : NULL;
	if (last && last->last + 1 == seq) {
		last->last = seq;
		return;
	}
	w->lost = mem_grow(w->lost, w->lost_count + 1, sizeof *w->lost);
	w->lost[w->lost_count++] = (struct leaf_range){ seq, seq };
}

/* Ranges are of entries side by side, whichever year is theirs: years come one by one, and numbers ascend in all. */
static int compare_ranges(const void *a, const void *b)
{
	const struct leaf_range *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

static void compare_year(struct look *l, int year, struct repo *here, struct repo *there)
{
	for (size_t i = 0; i < l->entries.count; i++) {
		const struct mirror_entry *x = &l->entries.at[i];
		if (x->volume.year != year || mirror_entry_is_in(here, x) || !mirror_entry_is_in(there, x))
			continue;
		if (x->is_disposed)
			l->found.disposed++;
		else
			add_lost(&l->found, x->seq);
	}
}

static void look_at_years(const struct store *s, const char *folder, struct look *l)
{
	int last = 0;
	for (size_t i = 0; i < l->entries.count; i++)
		last = l->entries.at[i].volume.year > last ? l->entries.at[i].volume.year : last;
	for (int year = l->first_year; year <= last; year++) {
		BUF_CLEANUP struct buf path = BUF_INIT;
		MEM_CLEANUP char *theirs = mem_printf("%s/volumes/%04d.git", folder, year);
		store_volume_path(s, year, &path);
		struct repo *here = mirror_year_open(buf_str(&path)), *there = mirror_year_open(theirs);
		compare_year(l, year, here, there);
		repo_close(here);
		repo_close(there);
	}
	if (l->found.lost_count)
		qsort(l->found.lost, l->found.lost_count, sizeof *l->found.lost, compare_ranges);
}

int mirror_waiting_read(const struct store *s, const char *folder, int year, struct mirror_waiting *out,
                        struct err *e)
{
	struct look l = { .first_year = year };
	int rc = mirror_entries_read(s, &l.entries, e);
	if (!rc) {
		look_at_years(s, folder, &l);
		*out = l.found;
	}
	mirror_entries_release(&l.entries);
	return rc;
}

void mirror_waiting_release(struct mirror_waiting *w)
{
	free(w->lost);
}
