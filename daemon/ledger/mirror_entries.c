/* What the leaves of a store say that its volumes, and those of its mirrors, hold. */
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger/mirror_impl.h"
#include "ledger/volume.h"

static void take_leaf(void *ctx, const struct oid *commit, const struct leaf *leaf)
{
	struct mirror_entries *l = ctx;
	if (!leaf->has_volume)
		return;
	if (l->count == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 256;
		l->at = mem_grow(l->at, l->cap, sizeof *l->at);
	}
	l->at[l->count++] = (struct mirror_entry){ .commit = *commit, .record = leaf->record, .volume = leaf->volume,
		                                   .seq = leaf->seq };
}

/* What is certified and not completed goes from no copy. */
static void mark_disposed(struct mirror_entries *l, struct history *h)
{
	struct history_proposal stands = { .dispose = 0 };
	history_proposal(h, &stands);
	for (size_t i = 0; i < l->count; i++) {
		struct history_entry known;
		history_entry(h, l->at[i].seq, &known);
		l->at[i].is_disposed = known.disposed_by && known.disposed_by != stands.dispose;
	}
}

int mirror_entries_read(const struct store *s, struct mirror_entries *out, struct err *e)
{
	struct mirror_entries l = { .count = 0 };
	struct history *h = NULL;
	struct oid head;
	bool exists = false;
	struct repo *r = repo_open(s->ledger, false, e);
	int rc = r ? repo_ref_read(r, LEDGER_REF, &exists, &head, e) : (int)e->code;
	if (!rc && exists)
		rc = ledger_history_read(r, &head, UINT64_MAX, take_leaf, &l, &h, e);
	repo_close(r);
	if (rc) {
		mirror_entries_release(&l);
		return rc;
	}
	if (h)
		mark_disposed(&l, h);
	history_free(h);
	*out = l;
	return ERR_OK;
}

void mirror_entries_release(struct mirror_entries *l)
{
	free(l->at);
	*l = (struct mirror_entries){ .count = 0 };
}

bool mirror_entry_is_in(struct repo *year, const struct mirror_entry *x)
{
	BUF_CLEANUP struct buf note = BUF_INIT;
	if (!year || volume_read(year, &x->volume, &x->commit, &note, NULL))
		return false;
	struct hash is = hash_of(buf_str(&note), note.len);
	return hash_is_equal(&is, &x->record);
}

struct repo *mirror_year_open(const char *path)
{
	return file_exists(path) ? repo_open(path, true, NULL) : NULL;
}

static bool is_listed(const int *years, size_t count, int year)
{
	bool found = false;
	for (size_t i = 0; !found && i < count; i++)
		found = years[i] == year;
	return found;
}

int mirror_years_list(const struct store *s, const struct mirror_entries *l, int **out, size_t *out_here,
                      size_t *out_count, struct err *e)
{
	int *years = NULL;
	size_t here = 0;
	int rc = ledger_years_list(s, &years, &here, e);
	if (rc)
		return rc;
	size_t count = here;
	for (size_t i = 0; i < l->count; i++) {
		if (l->at[i].is_disposed || is_listed(years, count, l->at[i].volume.year))
			continue;
		years = mem_grow(years, count + 1, sizeof *years);
		years[count++] = l->at[i].volume.year;
	}
	*out = years;
	*out_here = here;
	*out_count = count;
	return ERR_OK;
}
