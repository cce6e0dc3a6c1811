/* Records that no ref leads to any more, and that lie in the repository all the same. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "ledger/verify_impl.h"

#define EVERY_YEAR 0

struct gone {                     /* a record whose disposal is completed */
	struct hash record;
	uint64_t seq, completed;
	bool is_here;
};

struct search {
	struct verify *v;
	struct repo *repo;
	int year;                     /* EVERY_YEAR: records of all are in one repository */
	struct gone *gone;            size_t gone_count;
};

static int compare_gone(const void *a, const void *b)
{
	return memcmp(((const struct gone *)a)->record.b, ((const struct gone *)b)->record.b, HASH_LEN);
}

static uint64_t get_completion(const struct verify *v, uint64_t dispose)
{
	for (size_t i = 0; i < v->disposals_count; i++)
		if (v->disposals[i].dispose == dispose)
			return v->disposals[i].disposed;
	return 0;
}

static int collect_gone(struct search *s, struct err *e)
{
	struct verify *v = s->v;
	for (uint64_t seq = 0; seq < v->judged; seq++) {
		struct history_entry h;
		struct leaf leaf;
		if (!v->entries[seq].has_record || (s->year != EVERY_YEAR && v->entries[seq].year != s->year))
			continue;
		history_entry(v->history, seq, &h);
		uint64_t completed = h.disposed_by ? get_completion(v, h.disposed_by) : 0;
		if (!completed)
			continue;
		int rc = verify_note_leaf(v, seq, &leaf, e);
		if (rc)
			return rc;
		if ((s->gone_count & (s->gone_count - 1)) == 0)
			s->gone = mem_grow(s->gone, s->gone_count ? s->gone_count * 2 : 1, sizeof *s->gone);
		s->gone[s->gone_count++] = (struct gone){ leaf.record, seq, completed, false };
		leaf_release(&leaf);
	}
	if (s->gone_count)
		qsort(s->gone, s->gone_count, sizeof *s->gone, compare_gone);
	return ERR_OK;
}

/* What can't be read, or is no blob, is no record: what refs lead to has been judged before. */
static int look_at(void *ctx, const struct oid *id, struct err *e)
{
	struct search *s = ctx;
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	uint64_t seq;
	(void)e;
	if (s->year == EVERY_YEAR && verify_chain_find(s->v, id, &seq))
		return ERR_OK;
	if (s->v->seen_count && bsearch(id, s->v->seen, s->v->seen_count, sizeof *id, oid_compare))
		return ERR_OK;
	if (repo_read(s->repo, id, OID_BLOB, NOTE_MAX, &bytes, NULL))
		return ERR_OK;
	const struct gone key = { .record = hash_of(buf_str(&bytes), bytes.len) };
	struct gone *found = bsearch(&key, s->gone, s->gone_count, sizeof key, compare_gone);
	if (found)
		found->is_here = true;
	return ERR_OK;
}

static int search(struct search *s, struct err *e)
{
	struct verify *v = s->v;
	int rc = collect_gone(s, e);
	if (!rc && s->gone_count && v->seen_count)
		qsort(v->seen, v->seen_count, sizeof *v->seen, oid_compare);
	return rc || !s->gone_count ? rc : repo_object_walk(s->repo, look_at, s, e);
}

int verify_leftover_judge(struct verify *v, struct repo *repo, int year, struct err *e)
{
	struct search s = { .v = v, .repo = repo, .year = year };
	struct err why = ERR_INIT;
	int rc = search(&s, &why);
	for (size_t i = 0; i < s.gone_count; i++)
		if (s.gone[i].is_here)
			verify_fault(v, s.gone[i].seq, VERDICT_BROKEN,
			             "volumes/%d.git: its record lies there, though no ref leads to it: its disposal was completed "
			             "by entry %" PRIu64, year, s.gone[i].completed);
	free(s.gone);
	if (rc && verify_is_finding(rc)) {
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "volumes/%d.git: %s", year, why.text);
		rc = ERR_OK;
	} else if (rc) {
		*e = why;
	}
	return rc;
}

void verify_leftover_refs(struct verify *v)
{
	MEM_CLEANUP uint64_t *counts = mem_array(DATE_YEAR_MAX + 1, sizeof *counts);
	for (uint64_t seq = 0; seq < v->judged; seq++)
		counts[v->entries[seq].year] += v->entries[seq].lingers;
	for (int year = 0; year <= DATE_YEAR_MAX; year++) {
		if (!counts[year])
			continue;
		verify_lower(v, VERDICT_INCOMPLETE);
		verify_remark(v, "%" PRIu64 " records of %d whose disposal is completed are still in volumes of this clone, "
		              "from which nothing took them: git fetch --prune VOLUMES/%d.git "
		              "'+refs/notes/volumes/%d/*:refs/notes/volumes/%d/*'", counts[year], year, year, year, year);
	}
}

/* Git keeps what a fetch replaced: that is the clone's own matter, and no fault of the ledger. */
int verify_leftover_remark(struct verify *v, struct err *e)
{
	struct search s = { .v = v, .repo = v->repo, .year = EVERY_YEAR };
	struct err why = ERR_INIT;
	uint64_t count = 0;
	int rc = search(&s, &why);
	for (size_t i = 0; i < s.gone_count; i++)
		count += s.gone[i].is_here;
	free(s.gone);
	if (count)
		verify_remark(v, "%" PRIu64 " records whose disposal is completed lie in this clone, though no ref leads to "
		              "them: git reflog expire --expire=now --all, then git gc --prune=now", count);
	if (rc && verify_is_finding(rc)) {
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s", why.text);
		rc = ERR_OK;
	} else if (rc) {
		*e = why;
	}
	return rc;
}
