/* All notes of all years in memory, for a rebuild of the index; and the cheap check of every start. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/ledger_impl.h"
#include "ledger/volume.h"

#define LAST_CHECKED 64

static int refuse_stranger(const struct ledger *l, const struct leaf_volume *v, struct err *e)
{
	BUF_CLEANUP struct buf name = BUF_INIT;
	leaf_volume_print(v, &name);
	err_set(e, ERR_LEDGER, "volume %s: holds a note without an entry", buf_str(&name));
	return ledger_next_restore(l, e);
}

static int add_note(void *ctx, const struct volume_blob *b, struct err *e)
{
	struct ledger_notes *n = ctx;
	(void)e;
	if (b->n)
		return ERR_OK;
	if (n->count == n->cap) {
		n->cap = n->cap ? n->cap * 2 : 256;
		n->at = mem_grow(n->at, n->cap, sizeof *n->at);
	}
	n->at[n->count++] = (struct ledger_note){ .commit = b->commit, .blob = b->blob, .year = b->volume.year };
	return ERR_OK;
}

/* Calls fn for each volume of each year. */
struct each {
	struct ledger *ledger;
	struct repo *repo;
	int year;
	int (*fn)(struct each *each, const struct leaf_volume *v, const struct oid *notes, struct err *e);
	void *ctx;
};

static int visit_ref(void *ctx, const char *name, const struct oid *id, struct err *e)
{
	struct each *each = ctx;
	struct leaf_volume v;
	if (!volume_ref_parse(name, &v) || v.year != each->year)
		return err_set(e, ERR_LEDGER, "volumes of %d: hold a ref that is none of a volume of that year", each->year);
	return each->fn(each, &v, id, e);
}

static int visit_all(struct each *each, struct err *e)
{
	int *years = NULL;
	size_t count = 0;
	int rc = ledger_years_list(each->ledger->store, &years, &count, e);
	for (size_t i = 0; !rc && i < count; i++) {
		each->year = years[i];
		rc = ledger_year(each->ledger, years[i], false, &each->repo, e);
		if (!rc)
			rc = repo_ref_walk(each->repo, "refs/", visit_ref, each, e);
	}
	free(years);
	return rc;
}

static int compare_notes(const void *a, const void *b)
{
	const struct ledger_note *x = a, *y = b;
	return oid_compare(&x->commit, &y->commit);
}

static int collect_volume(struct each *each, const struct leaf_volume *v, const struct oid *notes, struct err *e)
{
	return volume_walk(each->repo, v, notes, add_note, each->ctx, e);
}

int ledger_notes_collect(struct ledger *l, struct ledger_notes *out, struct err *e)
{
	struct each each = { .ledger = l, .fn = collect_volume, .ctx = out };
	*out = (struct ledger_notes){ .count = 0 };
	int rc = visit_all(&each, e);
	if (rc)
		ledger_notes_release(out);
	else if (out->count)
		qsort(out->at, out->count, sizeof *out->at, compare_notes);
	return rc;
}

struct ledger_note *ledger_notes_find(const struct ledger_notes *n, const struct oid *commit)
{
	const struct ledger_note wanted = { .commit = *commit };
	return n->count ? bsearch(&wanted, n->at, n->count, sizeof *n->at, compare_notes) : NULL;
}

void ledger_notes_release(struct ledger_notes *n)
{
	free(n->at);
	*n = (struct ledger_notes){ .count = 0 };
}

/* The check of every start. */

static int check_known(struct each *each, const struct leaf_volume *v, const struct oid *notes, struct err *e)
{
	bool has;
	(void)notes;
	int rc = index_has_volume(each->ledger->index, v, &has, e);
	return rc || has ? rc : refuse_stranger(each->ledger, v, e);
}

struct counting {
	const struct ledger *ledger;
	uint64_t kept;
};

static int count_kept(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct counting *c = ctx;
	(void)e;
	c->kept += !entry->disposed_by && !ledger_is_lost(c->ledger, entry->seq);
	return ERR_OK;
}

int ledger_volume_is_lost(struct ledger *l, const struct leaf_volume *v, bool *out_lost, struct err *e)
{
	const struct index_filter filter = { .kind = v->kind, .unit = v->unit, .year = v->year, .only_records = true };
	struct counting c = { .ledger = l };
	int rc = l->lost_count ? index_list(l->index, &filter, count_kept, &c, e) : ERR_OK;
	*out_lost = l->lost_count && !c.kept;
	return rc;
}

static int check_there(void *ctx, const struct leaf_volume *v, struct err *e)
{
	struct ledger *l = ctx;
	struct repo *year;
	bool lost = false;
	struct oid notes;
	bool exists = false;
	BUF_CLEANUP struct buf name = BUF_INIT, text = BUF_INIT;
	volume_ref_name(v, &name);
	int rc = ledger_year(l, v->year, false, &year, e);
	if (!rc)
		rc = repo_ref_read(year, buf_str(&name), &exists, &notes, e);
	if (rc == ERR_NOTFOUND)
		rc = ERR_OK;
	if (!rc && !exists)
		rc = ledger_volume_is_lost(l, v, &lost, e);
	if (rc || exists || lost)
		return rc;
	leaf_volume_print(v, &text);
	err_set(e, ERR_LEDGER, "volume %s: is missing, and no disposal explains it", buf_str(&text));
	return ledger_next_restore(l, e);
}

static int check_note(void *ctx, const struct index_entry *entry, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct note note;
	if (entry->disposed_by || ledger_is_lost(ctx, entry->seq))
		return ERR_OK;
	int rc = ledger_read_note(ctx, entry, &text, &note, e);
	if (!rc)
		note_release(&note);
	return rc;
}

int ledger_check(struct ledger *l, struct err *e)
{
	struct each each = { .ledger = l, .fn = check_known };
	const struct index_filter last = { .only_records = true, .reverse = true, .limit = LAST_CHECKED };
	int rc = visit_all(&each, e);
	if (!rc)
		rc = index_volumes(l->index, check_there, l, e);
	return rc ? rc : index_list(l->index, &last, check_note, l, e);
}
