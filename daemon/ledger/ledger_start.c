/* What the index does not tell: it stands, while something was taken out of ledger.git or put back into the volumes. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/mem.h"
#include "ledger/ledger_impl.h"
#include "ledger/volume.h"

struct gone {                     /* a record whose disposal is completed */
	struct oid commit;
	uint64_t seq, by;
};

struct start {
	struct ledger *ledger;
	uint64_t unfinished;      /* certificate whose records may still be there; 0 = none */
	struct gone *gone;        size_t count, cap;
	bool years[DATE_YEAR_MAX + 1];    /* of their volumes */
	struct repo *year;
};

int ledger_start_refuse(uint64_t seq, uint64_t disposed_by, struct err *e)
{
	err_set(e, ERR_LEDGER, "entry %" PRIu64 ": its record was disposed of by entry %" PRIu64 " and is in its volume "
	        "again", seq, disposed_by);
	return err_next(e, "carry the disposals out here: daicho mirror apply DIR --pin FILE");
}

static int find_unfinished(struct start *s, struct err *e)
{
	struct index *ix = s->ledger->index;
	uint64_t dispose = 0, disposed = 0;
	int rc = index_last_seq_of(ix, leaf_kind_name(LEAF_DISPOSE), &dispose, e);
	if (!rc)
		rc = index_last_seq_of(ix, leaf_kind_name(LEAF_DISPOSED), &disposed, e);
	if (rc && rc != ERR_NOTFOUND)
		return rc;
	s->unfinished = disposed < dispose ? dispose : 0;
	return ERR_OK;
}

static int take_entry(void *ctx, const struct index_brief *entry, struct err *e)
{
	struct start *s = ctx;
	int year = entry->year;
	if (!repo_has(s->ledger->repo, &entry->commit)) {
		err_set(e, ERR_LEDGER, "entry %" PRIu64 ": is missing from %s", entry->seq, repo_path(s->ledger->repo));
		return ledger_next_restore(s->ledger, e);
	}
	if (!entry->disposed_by || entry->disposed_by == s->unfinished || year <= 0 || year > DATE_YEAR_MAX)
		return ERR_OK;
	if (s->count == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 256;
		s->gone = mem_grow(s->gone, s->cap, sizeof *s->gone);
	}
	s->gone[s->count++] = (struct gone){ entry->commit, entry->seq, entry->disposed_by };
	s->years[year] = true;
	return ERR_OK;
}

static int compare_gone(const void *a, const void *b)
{
	const struct gone *x = a, *y = b;
	return oid_compare(&x->commit, &y->commit);
}

static int see_blob(void *ctx, const struct volume_blob *b, struct err *e)
{
	const struct start *s = ctx;
	const struct gone wanted = { .commit = b->commit };
	const struct gone *found = bsearch(&wanted, s->gone, s->count, sizeof wanted, compare_gone);
	return found ? ledger_start_refuse(found->seq, found->by, e) : ERR_OK;
}

static int see_ref(void *ctx, const char *name, const struct oid *id, struct err *e)
{
	struct start *s = ctx;
	struct leaf_volume v;
	return volume_ref_parse(name, &v) ? volume_walk(s->year, &v, id, see_blob, s, e) : ERR_OK;
}

/* Of the years alone of which something was disposed of, and without a look at the records. */
static int see_years(struct start *s, struct err *e)
{
	int *years = NULL;
	size_t count = 0;
	int rc = ledger_years_list(s->ledger->store, &years, &count, e);
	for (size_t i = 0; !rc && i < count; i++) {
		if (!s->years[years[i]])
			continue;
		rc = ledger_year(s->ledger, years[i], false, &s->year, e);
		if (!rc)
			rc = repo_ref_walk(s->year, "refs/", see_ref, s, e);
	}
	free(years);
	return rc;
}

int ledger_start_check(struct ledger *l, struct err *e)
{
	struct start s = { .ledger = l };
	int rc = find_unfinished(&s, e);
	if (!rc)
		rc = index_briefs(l->index, take_entry, &s, e);
	if (!rc && s.count) {
		qsort(s.gone, s.count, sizeof *s.gone, compare_gone);
		rc = see_years(&s, e);
	}
	free(s.gone);
	return rc;
}
