/*
 * The writes of a batch. Everything is staged beside its place, then synced at one go; then it comes into its
 * place in an order in which each is durable before the next: objects, notes, the ledger's ref.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/append_batch.h"

void append_write_release(struct append_batch *b)
{
	for (size_t i = 0; i < b->years_count; i++) {
		repo_batch_free(b->years[i].objects);
		free(b->years[i].refs);
	}
	b->years_count = 0;
	repo_batch_free(b->commits);
	b->commits = NULL;
	intent_release(&b->intent);
}

/* Years. */

static int find_years(struct append_batch *b, struct err *e)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct leaf *leaf = b->entries[i].item->leaf;
		size_t y = 0;
		if (!leaf->has_volume)
			continue;
		while (y < b->years_count && b->years[y].year != leaf->volume.year)
			y++;
		if (y < b->years_count)
			continue;
		if (y == LEDGER_YEARS_MAX)
			return err_set(e, ERR_BUG, "batch: records of more than %d years", LEDGER_YEARS_MAX);
		b->years[b->years_count++] = (struct append_year){ .year = leaf->volume.year };
	}
	return ERR_OK;
}

/* All of them at once: an open repository must not be closed again by the next one. */
static int open_years(struct append_batch *b, struct err *e)
{
	int rc = find_years(b, e);
	for (size_t y = 0; !rc && y < b->years_count; y++) {
		rc = ledger_year(b->ledger, b->years[y].year, true, &b->years[y].repo, e);
		if (!rc)
			b->years[y].objects = repo_batch_new(b->years[y].repo);
	}
	return rc;
}

static int fill_year(struct append_batch *b, struct append_year *y, struct err *e)
{
	MEM_CLEANUP struct volume_item *items = mem_array(b->count, sizeof *items);
	size_t n = 0;
	for (size_t i = 0; i < b->count; i++) {
		const struct append_entry *x = &b->entries[i];
		const struct leaf *leaf = x->item->leaf;
		if (!leaf->has_volume || leaf->volume.year != y->year)
			continue;
		items[n++] = (struct volume_item){ .volume = leaf->volume, .seq = leaf->seq, .commit = x->commit,
			.note = buf_str(&x->note), .note_len = x->note.len, .attachments = x->item->attachments,
			.attachment_count = x->item->note->attachments };
	}
	return volume_add(y->repo, y->objects, items, n, b->ledger->store->origin, b->next.time, &y->refs, &y->refs_count,
	                  e);
}

static int fill_years(struct append_batch *b, struct err *e)
{
	int rc = ERR_OK;
	for (size_t y = 0; !rc && y < b->years_count; y++)
		rc = fill_year(b, &b->years[y], e);
	return rc;
}

/* Intent. */

static void fill_blobs(struct append_batch *b, const struct append_entry *x)
{
	int year = x->item->leaf->volume.year;
	struct oid id = oid_of(OID_BLOB, buf_str(&x->note), x->note.len);
	intent_add_blob(&b->intent, year, &id);
	for (unsigned i = 0; i < x->item->note->attachments; i++) {
		const struct buf *a = &x->item->attachments[i];
		id = oid_of(OID_BLOB, buf_str(a), a->len);
		intent_add_blob(&b->intent, year, &id);
	}
}

static int write_intent(struct append_batch *b, struct err *e)
{
	b->intent.head = b->ledger->chain.head;
	b->intent.first = b->ledger->chain.size;
	for (size_t i = 0; i < b->count; i++) {
		intent_add_commit(&b->intent, &b->entries[i].commit);
		if (b->entries[i].item->leaf->has_volume)
			fill_blobs(b, &b->entries[i]);
	}
	for (size_t y = 0; y < b->years_count; y++)
		for (size_t i = 0; i < b->years[y].refs_count; i++)
			intent_add_ref(&b->intent, &b->years[y].refs[i]);
	return intent_write(b->ledger->store->intent, &b->intent, e);
}

/* Beside its place. */

typedef int ref_fn(struct repo *r, const char *name, const struct volume_ref *ref, struct err *e);

static int each_ref(struct append_batch *b, ref_fn *fn, struct err *e)
{
	int rc = ERR_OK;
	for (size_t y = 0; y < b->years_count; y++)
		for (size_t i = 0; !rc && i < b->years[y].refs_count; i++) {
			BUF_CLEANUP struct buf name = BUF_INIT;
			volume_ref_name(&b->years[y].refs[i].volume, &name);
			rc = fn(b->years[y].repo, buf_str(&name), &b->years[y].refs[i], e);
		}
	return rc;
}

static int stage_ref(struct repo *r, const char *name, const struct volume_ref *ref, struct err *e)
{
	return repo_ref_stage(r, name, ref->had ? &ref->old : NULL, &ref->new, e);
}

static const struct oid *get_last(const struct append_batch *b)
{
	return &b->entries[b->count - 1].commit;
}

static int stage(struct append_batch *b, struct err *e)
{
	int rc = ERR_OK;
	if (!b->commits)
		b->commits = repo_batch_new(b->ledger->repo);
	for (size_t i = 0; i < b->count; i++)
		repo_batch_add(b->commits, OID_COMMIT, b->entries[i].raw.ptr, b->entries[i].raw.len);
	for (size_t y = 0; !rc && y < b->years_count; y++)
		rc = repo_batch_stage(b->years[y].objects, e);
	if (!rc)
		rc = repo_batch_stage(b->commits, e);
	if (!rc)
		rc = each_ref(b, stage_ref, e);
	return rc ? rc : repo_ref_stage(b->ledger->repo, LEDGER_REF, &b->ledger->chain.head, get_last(b), e);
}

static int sync_ref(struct repo *r, const char *name, const struct volume_ref *ref, struct err *e)
{
	(void)ref;
	return repo_ref_sync(r, name, e);
}

static int sync_staged(struct append_batch *b, struct err *e)
{
	int rc = repo_batch_sync(b->commits, e);
	for (size_t y = 0; !rc && y < b->years_count; y++)
		rc = repo_batch_sync(b->years[y].objects, e);
	if (!rc)
		rc = intent_sync(b->ledger->store->intent, e);
	if (!rc)
		rc = each_ref(b, sync_ref, e);
	return rc ? rc : repo_ref_sync(b->ledger->repo, LEDGER_REF, e);
}

/* Into its place. */

static int publish_objects(struct append_batch *b, struct err *e)
{
	int rc = ERR_OK;
	for (size_t y = 0; !rc && y < b->years_count; y++)
		rc = repo_batch_publish(b->years[y].objects, e);
	return rc ? rc : repo_batch_publish(b->commits, e);
}

static int publish_ref(struct repo *r, const char *name, const struct volume_ref *ref, struct err *e)
{
	return repo_ref_publish(r, name, &ref->new, e);
}

static struct append_year *find_year(struct append_batch *b, int year)
{
	for (size_t y = 0; y < b->years_count; y++)
		if (b->years[y].year == year)
			return &b->years[y];
	return NULL;
}

/* Found again by the way a reader goes: ref, tree, note. */
static int read_back(struct append_batch *b, const struct append_entry *x, struct err *e)
{
	BUF_CLEANUP struct buf is = BUF_INIT;
	const struct leaf *leaf = x->item->leaf;
	if (!leaf->has_volume)
		return ERR_OK;
	struct repo *r = find_year(b, leaf->volume.year)->repo;
	int rc = volume_read(r, &leaf->volume, &x->commit, &is, e);
	struct hash h = hash_of(buf_str(&is), is.len);
	if (!rc && !hash_is_equal(&h, &leaf->record))
		rc = err_set(e, ERR_IO, "%s: what was read back is not what was written", repo_path(r));
	for (unsigned n = 0; !rc && n < x->item->note->attachments; n++) {
		buf_clear(&is);
		rc = volume_read_attachment(r, &leaf->volume, leaf->seq, n + 1, &is, e);
		h = hash_of(buf_str(&is), is.len);
		if (!rc && !hash_is_equal(&h, &x->item->note->attachment[n].stored))
			rc = err_set(e, ERR_IO, "%s: what was read back is not what was written", repo_path(r));
	}
	return rc;
}

static int publish_notes(struct append_batch *b, struct err *e)
{
	int rc = each_ref(b, publish_ref, e);
	for (size_t i = 0; !rc && i < b->count; i++)
		rc = read_back(b, &b->entries[i], e);
	return rc;
}

/* An error may come after the ref has moved: what counts is where it stands. */
static int publish_ledger(struct append_batch *b, struct err *e)
{
	struct repo *r = b->ledger->repo;
	struct oid is;
	bool exists;
	int rc = repo_ref_publish(r, LEDGER_REF, get_last(b), e);
	b->moved = !repo_ref_read(r, LEDGER_REF, &exists, &is, NULL) && exists && oid_is_equal(&is, get_last(b));
	if (!rc && !b->moved)
		rc = err_set(e, ERR_IO, "%s: %s: what was read back is not what was written", repo_path(r), LEDGER_REF);
	return rc;
}

int append_write(struct append_batch *b, struct err *e)
{
	static int (*const steps[])(struct append_batch *b, struct err *e) = {
		open_years,  fill_years,      write_intent,  stage,
		sync_staged, publish_objects, publish_notes, publish_ledger,
	};
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < sizeof steps / sizeof *steps; i++)
		rc = steps[i](b, e);
	return rc;
}
