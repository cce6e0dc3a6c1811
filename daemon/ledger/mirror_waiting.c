/* What a mirror holds and its store lacks. */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/repo.h"
#include "ledger/ledger.h"
#include "ledger/mirror.h"
#include "ledger/volume.h"

struct entry {                      /* one that has or had a record */
	struct oid commit;
	struct hash record;
	struct leaf_volume volume;
	uint64_t seq;
	bool is_disposed;
};

struct look {
	int first_year;
	struct entry *at; size_t count, cap;       /* in the order of the ledger */
	struct mirror_waiting found;
};

static void take_leaf(void *ctx, const struct oid *commit, const struct leaf *leaf)
{
	struct look *l = ctx;
	if (!leaf->has_volume || leaf->volume.year < l->first_year)
		return;
	if (l->count == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 256;
		l->at = mem_grow(l->at, l->cap, sizeof *l->at);
	}
	l->at[l->count++] = (struct entry){ .commit = *commit, .record = leaf->record, .volume = leaf->volume,
		                            .seq = leaf->seq };
}

static int read_ledger(const struct store *s, struct look *l, struct err *e)
{
	struct history *h = NULL;
	struct oid head;
	bool exists = false;
	struct history_proposal stands = { .dispose = 0 };   /* what is certified and not completed goes from no copy */
	struct repo *r = repo_open(s->ledger, false, e);
	int rc = r ? repo_ref_read(r, LEDGER_REF, &exists, &head, e) : (int)e->code;
	if (!rc && exists)
		rc = ledger_history_read(r, &head, UINT64_MAX, take_leaf, l, &h, e);
	if (!rc && h)
		history_proposal(h, &stands);
	for (size_t i = 0; !rc && i < l->count; i++) {
		struct history_entry known;
		history_entry(h, l->at[i].seq, &known);
		l->at[i].is_disposed = known.disposed_by && known.disposed_by != stands.dispose;
	}
	if (!rc)
		history_free(h);
	repo_close(r);
	return rc;
}

static bool has(struct repo *r, const struct entry *x)
{
	BUF_CLEANUP struct buf note = BUF_INIT;
	if (!r || volume_read(r, &x->volume, &x->commit, &note, NULL))
		return false;
	struct hash is = hash_of(buf_str(&note), note.len);
	return hash_is_equal(&is, &x->record);
}

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
	for (size_t i = 0; i < l->count; i++) {
		const struct entry *x = &l->at[i];
		if (x->volume.year != year || has(here, x) || !has(there, x))
			continue;
		if (x->is_disposed)
			l->found.disposed++;
		else
			add_lost(&l->found, x->seq);
	}
}

static struct repo *open_year(const char *path)
{
	return file_exists(path) ? repo_open(path, true, NULL) : NULL;
}

static void look_at_years(const struct store *s, const char *folder, struct look *l)
{
	int last = 0;
	for (size_t i = 0; i < l->count; i++)
		last = l->at[i].volume.year > last ? l->at[i].volume.year : last;
	for (int year = l->first_year; year <= last; year++) {
		BUF_CLEANUP struct buf path = BUF_INIT;
		MEM_CLEANUP char *theirs = mem_printf("%s/volumes/%04d.git", folder, year);
		store_volume_path(s, year, &path);
		struct repo *here = open_year(buf_str(&path)), *there = open_year(theirs);
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
	int rc = read_ledger(s, &l, e);
	if (!rc) {
		look_at_years(s, folder, &l);
		*out = l.found;
	}
	free(l.at);
	return rc;
}

void mirror_waiting_release(struct mirror_waiting *w)
{
	free(w->lost);
}
