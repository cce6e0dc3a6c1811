/*
 * Records, and their attachments, that lie in a repository where no entry has them: no ref leads to them any more, or
 * one that is not theirs does. Of a record that went its entry keeps the digest, no id: so whatever may be one is read.
 * Of its attachments nothing is kept: they are known by the record that names them, where that one lies somewhere too.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "ledger/verify_impl.h"

#define PLACE_MAX 32

struct gone {                     /* a record whose disposal is completed */
	struct hash record;
	uint64_t seq, completed;
	bool is_here;                 /* in the repository that is searched */
};

struct named {                    /* an attachment, by a record that was not judged in its place */
	struct hash stored;
	const struct gone *gone;      /* NULL: that record is none of these */
	unsigned n;
};

struct loose {                    /* an attachment that was not judged in its place */
	struct hash stored;
	char place[PLACE_MAX];
};

struct verify_leftover {
	struct gone *gone;            size_t gone_count;
	struct named *named;          size_t named_count;
	struct loose *loose;          size_t loose_count;
};

struct search {
	struct verify *v;
	struct verify_leftover *l;
	struct repo *repo;
	const char *place;            /* NULL: attachments are not asked for */
	struct buf bytes;
};

static int compare_hashes(const struct hash *a, const struct hash *b)
{
	return memcmp(a->b, b->b, HASH_LEN);
}

static int compare_gone(const void *a, const void *b)
{
	return compare_hashes(&((const struct gone *)a)->record, &((const struct gone *)b)->record);
}

static int compare_named(const void *a, const void *b)
{
	return compare_hashes(&((const struct named *)a)->stored, &((const struct named *)b)->stored);
}

static int compare_loose(const void *a, const void *b)
{
	const struct loose *x = a, *y = b;
	int order = strcmp(x->place, y->place);
	return order ? order : compare_hashes(&x->stored, &y->stored);
}

static void *grow(void *items, size_t count, size_t size)
{
	return (count & (count - 1)) == 0 ? mem_grow(items, count ? count * 2 : 1, size) : items;
}

static int collect_gone(struct verify *v, struct verify_leftover *l, struct err *e)
{
	for (uint64_t seq = 0; seq < v->judged; seq++) {
		struct history_entry h;
		struct leaf leaf;
		if (!v->entries[seq].has_record)
			continue;
		history_entry(v->history, seq, &h);
		uint64_t completed = h.disposed_by ? verify_chain_completion(v, h.disposed_by) : 0;
		if (!completed)
			continue;
		int rc = verify_note_leaf(v, seq, &leaf, e);
		if (rc)
			return rc;
		l->gone = grow(l->gone, l->gone_count, sizeof *l->gone);
		l->gone[l->gone_count++] = (struct gone){ leaf.record, seq, completed, false };
		leaf_release(&leaf);
	}
	return ERR_OK;
}

int verify_leftover_begin(struct verify *v, struct err *e)
{
	struct err why = ERR_INIT;
	struct verify_leftover *l = v->leftover = mem_alloc(sizeof *l);
	int rc = collect_gone(v, l, &why);
	if (l->gone_count)
		qsort(l->gone, l->gone_count, sizeof *l->gone, compare_gone);
	if (rc && verify_is_finding(rc)) {
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s", why.text);
		return ERR_OK;
	}
	if (rc)
		*e = why;
	return rc;
}

void verify_leftover_release(struct verify *v)
{
	if (!v->leftover)
		return;
	free(v->leftover->gone);
	free(v->leftover->named);
	free(v->leftover->loose);
	free(v->leftover);
}

static void add_loose(struct search *s, const struct hash *stored)
{
	struct verify_leftover *l = s->l;
	l->loose = grow(l->loose, l->loose_count, sizeof *l->loose);
	struct loose *at = &l->loose[l->loose_count++];
	*at = (struct loose){ .stored = *stored };
	snprintf(at->place, sizeof at->place, "%s", s->place);
}

static void add_named(struct search *s, const struct gone *gone)
{
	struct verify_leftover *l = s->l;
	struct note note;
	if (note_parse(buf_str(&s->bytes), s->bytes.len, &note, NULL))
		return;
	for (unsigned n = 1; n <= note.attachments; n++) {
		l->named = grow(l->named, l->named_count, sizeof *l->named);
		l->named[l->named_count++] = (struct named){ note.attachment[n - 1].stored, gone, n };
	}
	note_release(&note);
}

static void take(struct search *s)
{
	const struct gone key = { .record = hash_of(buf_str(&s->bytes), s->bytes.len) };
	struct gone *found = bsearch(&key, s->l->gone, s->l->gone_count, sizeof key, compare_gone);
	const char *raw;
	size_t len;
	if (found)
		found->is_here = true;
	if (!s->place)
		return;
	if (!found && !note_unwrap(buf_str(&s->bytes), s->bytes.len, &raw, &len, NULL))
		add_loose(s, &key.record);
	else
		add_named(s, found);
}

/* What can't be read is no record: what has its place has been judged before. Of what is packed commits and trees are
 * not read, which are many, and honest; a loose object has to be read to know its type. */
static int look_at(void *ctx, const struct oid *id, struct err *e)
{
	struct search *s = ctx;
	struct verify *v = s->v;
	enum oid_type type;
	uint64_t seq;
	(void)e;
	if (s->repo == v->repo && verify_chain_find(v, id, &seq))
		return ERR_OK;
	if (v->seen_count && bsearch(id, v->seen, v->seen_count, sizeof *id, oid_compare))
		return ERR_OK;
	if (repo_may_be(s->repo, id, REPO_TYPE(OID_BLOB) | REPO_TYPE(OID_TAG)) &&
	    !repo_read_any(s->repo, id, s->place ? VERIFY_STORED_MAX : NOTE_MAX, &type, &s->bytes, NULL))
		take(s);
	return ERR_OK;
}

static int search(struct verify *v, struct repo *repo, const char *place, struct err *e)
{
	struct search s = { .v = v, .l = v->leftover, .repo = repo, .place = place };
	for (size_t i = 0; i < s.l->gone_count; i++)
		s.l->gone[i].is_here = false;
	if (!s.l->gone_count)
		return ERR_OK;
	if (v->seen_count)
		qsort(v->seen, v->seen_count, sizeof *v->seen, oid_compare);
	int rc = repo_object_walk(repo, look_at, &s, e);
	buf_release(&s.bytes);
	return rc;
}

int verify_leftover_search_next(struct verify *v, struct repo *repo, const char *name, struct err *e)
{
	const struct verify_leftover *l = v->leftover;
	int rc = search(v, repo, name, e);
	for (size_t i = 0; i < l->gone_count; i++)
		if (l->gone[i].is_here)
			verify_fault(v, l->gone[i].seq, VERDICT_BROKEN,
			             "%s: its record lies there, in no place of its own: its disposal was completed by entry %"
			             PRIu64, name, l->gone[i].completed);
	return rc;
}

int verify_leftover_search(struct verify *v, struct repo *repo, const char *name, struct err *e)
{
	struct err why = ERR_INIT;
	int rc = verify_leftover_search_next(v, repo, name, &why);
	if (rc && verify_is_finding(rc)) {
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s: %s", name, why.text);
		rc = ERR_OK;
	} else if (rc) {
		*e = why;
	}
	return rc;
}

static const struct named *find_named(const struct verify_leftover *l, const struct hash *stored)
{
	const struct named key = { .stored = *stored };
	const struct named *end = l->named + l->named_count;
	const struct named *found = l->named_count
		? bsearch(&key, l->named, l->named_count, sizeof key, compare_named) : NULL, *other;
	while (found && found > l->named && compare_named(found - 1, found) == 0)
		found--;
	for (other = found; other && other < end && compare_named(other, found) == 0; other++)
		if (other->gone)
			return other;
	return found;
}

/* False: no record names it that lies in no place of its own either. One that does and did not go is no disposal's
 * matter: it is of a batch that is under way, or was cut off. */
static bool judge_loose(struct verify *v, const struct loose *x)
{
	const struct named *found = find_named(v->leftover, &x->stored);
	if (found && found->gone)
		verify_fault(v, found->gone->seq, VERDICT_BROKEN,
		             "%s: attachment %u of its record lies there, in no place of its own: its disposal was completed "
		             "by entry %" PRIu64, x->place, found->n, found->gone->completed);
	return found;
}

void verify_leftover_judge(struct verify *v)
{
	struct verify_leftover *l = v->leftover;
	uint64_t unnamed = 0;
	if (l->named_count)
		qsort(l->named, l->named_count, sizeof *l->named, compare_named);
	if (l->loose_count)
		qsort(l->loose, l->loose_count, sizeof *l->loose, compare_loose);
	for (size_t i = 0; i < l->loose_count; i++) {
		bool is_new = i == 0 || compare_loose(&l->loose[i - 1], &l->loose[i]) != 0;
		bool is_last = i + 1 == l->loose_count || strcmp(l->loose[i].place, l->loose[i + 1].place) != 0;
		unnamed += is_new && !judge_loose(v, &l->loose[i]);
		if (is_last && unnamed)
			verify_remark(v, unnamed == 1
			              ? N_("%s: %" PRIu64 " attachment lies there, in no place of its own: whose it is is not "
			                   "known, and it may be a record that was disposed of")
			              : N_("%s: %" PRIu64 " attachments lie there, in no place of their own: whose they are is not "
			                   "known, and it may be a record that was disposed of"), l->loose[i].place, unnamed);
		if (is_last)
			unnamed = 0;
	}
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
		verify_remark(v, counts[year] == 1
		              ? N_("%" PRIu64 " record of %d whose disposal is completed is still in volumes of this clone, "
		                   "from which nothing took it: git fetch --prune VOLUMES/%d.git "
		                   "'+refs/notes/volumes/%d/*:refs/notes/volumes/%d/*'")
		              : N_("%" PRIu64 " records of %d whose disposal is completed are still in volumes of this clone, "
		                   "from which nothing took them: git fetch --prune VOLUMES/%d.git "
		                   "'+refs/notes/volumes/%d/*:refs/notes/volumes/%d/*'"), counts[year], year, year, year, year);
	}
}

/* Git keeps what a fetch replaced: that is the clone's own matter, and no fault of the ledger. */
int verify_leftover_remark(struct verify *v, struct err *e)
{
	struct err why = ERR_INIT;
	uint64_t count = 0;
	int rc = verify_leftover_begin(v, e);
	if (rc)
		return rc;
	rc = search(v, v->repo, NULL, &why);
	for (size_t i = 0; i < v->leftover->gone_count; i++)
		count += v->leftover->gone[i].is_here;
	if (count)
		verify_remark(v, count == 1
		              ? N_("%" PRIu64 " record whose disposal is completed lies in this clone, though no ref leads to "
		                   "it: git reflog expire --expire=now --all, then git gc --prune=now")
		              : N_("%" PRIu64 " records whose disposal is completed lie in this clone, though no ref leads to "
		                   "them: git reflog expire --expire=now --all, then git gc --prune=now"), count);
	if (rc && verify_is_finding(rc)) {
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s", why.text);
		rc = ERR_OK;
	} else if (rc) {
		*e = why;
	}
	return rc;
}
