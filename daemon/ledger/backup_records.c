/* Records that a restored store lacks, from the volumes of another copy: each must be the one that its entry signed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/repo.h"
#include "ledger/backup_impl.h"
#include "ledger/ledger.h"
#include "ledger/volume.h"
#include "model/note.h"

#define BATCH_MAX 256               /* records that are put in at one go */
#define BATCH_BYTES_MAX ((size_t)64 << 20)
#define STORED_MAX (NOTE_ATTACHMENT_MAX + 256)

struct wanted {                     /* an entry that has a record, and no certificate that lets it go */
	struct oid commit;
	struct hash record;
	struct leaf_volume volume;
	uint64_t seq;
	bool is_here;
};

struct taking {
	const char *dir, *volumes;       /* the store in the making, and where records are */
	struct wanted *at; size_t count, cap;
	char origin[LEAF_ORIGIN_MAX + 1];
	int64_t time;
	uint64_t taken;
	struct repo *from, *into;        /* of one year; into NULL until something is put there */
	int year;
};

struct record {                     /* one that was read and is right */
	struct buf note, attachments[NOTE_ATTACHMENTS_MAX];
	unsigned count;
};

static void take_leaf(void *ctx, const struct oid *commit, const struct leaf *leaf)
{
	struct taking *t = ctx;
	memcpy(t->origin, leaf->origin, sizeof t->origin);
	t->time = leaf->time;
	if (!leaf->has_volume)
		return;
	if (t->count == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 256;
		t->at = mem_grow(t->at, t->cap, sizeof *t->at);
	}
	t->at[t->count++] = (struct wanted){ .commit = *commit, .record = leaf->record, .volume = leaf->volume,
		                             .seq = leaf->seq };
}

static int compare_commits(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;
	return oid_compare(&x->commit, &y->commit);
}

static int compare_places(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;
	int order = leaf_volume_compare(&x->volume, &y->volume);
	return order ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

static void drop_disposed(struct taking *t, struct history *h)
{
	struct history_proposal stands;   /* what is certified and not completed goes by the run of the store alone */
	size_t kept = 0;
	history_proposal(h, &stands);
	for (size_t i = 0; i < t->count; i++) {
		struct history_entry known;
		history_entry(h, t->at[i].seq, &known);
		if (!known.disposed_by || known.disposed_by == stands.dispose)
			t->at[kept++] = t->at[i];
	}
	t->count = kept;
	if (kept)
		qsort(t->at, kept, sizeof *t->at, compare_commits);
}

static int read_ledger(struct taking *t, struct err *e)
{
	MEM_CLEANUP char *path = file_path(t->dir, "ledger.git");
	struct history *h = NULL;
	struct oid head;
	bool exists = false;
	struct repo *r = repo_open(path, false, e);
	int rc = r ? repo_ref_read(r, LEDGER_REF, &exists, &head, e) : (int)e->code;
	if (!rc && exists)
		rc = ledger_history_read(r, &head, UINT64_MAX, take_leaf, t, &h, e);
	if (!rc && h)
		drop_disposed(t, h);
	if (!rc)
		history_free(h);
	repo_close(r);
	return rc;
}

/* What is here already. */

static int see_blob(void *ctx, const struct volume_blob *b, struct err *e)
{
	struct taking *t = ctx;
	const struct wanted key = { .commit = b->commit };
	struct wanted *found = t->count ? bsearch(&key, t->at, t->count, sizeof key, compare_commits) : NULL;
	(void)e;
	if (found)
		found->is_here = true;
	return ERR_OK;
}

static int see_ref(void *ctx, const char *name, const struct oid *id, struct err *e)
{
	struct taking *t = ctx;
	struct leaf_volume v;
	return volume_ref_parse(name, &v) ? volume_walk(t->into, &v, id, see_blob, t, e) : ERR_OK;
}

static char *path_of(const char *volumes, int year)
{
	return mem_printf("%s/%04d.git", volumes, year);
}

static int see_year(struct taking *t, int year, struct err *e)
{
	MEM_CLEANUP char *volumes = file_path(t->dir, "volumes");
	MEM_CLEANUP char *path = path_of(volumes, year);
	if (!file_exists(path))
		return ERR_OK;
	t->into = repo_open(path, false, e);
	int rc = t->into ? repo_ref_walk(t->into, "refs/", see_ref, t, e) : (int)e->code;
	repo_close(t->into);
	t->into = NULL;
	return rc;
}

static void drop_here(struct taking *t)
{
	size_t kept = 0;
	for (size_t i = 0; i < t->count; i++)
		if (!t->at[i].is_here)
			t->at[kept++] = t->at[i];
	t->count = kept;
	if (kept)
		qsort(t->at, kept, sizeof *t->at, compare_places);
}

static int find_lacking(struct taking *t, struct err *e)
{
	bool years[DATE_YEAR_MAX + 1] = { false };
	int rc = ERR_OK;
	for (size_t i = 0; i < t->count; i++)
		years[t->at[i].volume.year] = true;
	for (int year = 0; !rc && year <= DATE_YEAR_MAX; year++)
		if (years[year])
			rc = see_year(t, year, e);
	if (!rc)
		drop_here(t);
	return rc;
}

/* Reading one there. What is not there, or not right, stays missing: that is told of the whole. */

static void release_record(struct record *r)
{
	buf_release(&r->note);
	for (unsigned i = 0; i < NOTE_ATTACHMENTS_MAX; i++)
		buf_release(&r->attachments[i]);
	*r = (struct record){ .count = 0 };
}

static bool has_digest(const struct buf *bytes, const struct hash *digest)
{
	struct hash is = hash_of(buf_str(bytes), bytes->len);
	return hash_is_equal(&is, digest);
}

static bool read_attachments(struct taking *t, const struct wanted *w, const struct note *note, struct record *out)
{
	bool right = true;
	for (unsigned n = 1; right && n <= note->attachments; n++) {
		struct buf *stored = &out->attachments[n - 1];
		stored->max = STORED_MAX;
		right = !volume_read_attachment(t->from, &w->volume, w->seq, n, stored, NULL) &&
		        has_digest(stored, &note->attachment[n - 1].stored);
	}
	out->count = note->attachments;
	return right;
}

static bool read_record(struct taking *t, const struct wanted *w, struct record *out)
{
	struct note note;
	if (volume_read(t->from, &w->volume, &w->commit, &out->note, NULL) || !has_digest(&out->note, &w->record) ||
	    note_parse(buf_str(&out->note), out->note.len, &note, NULL))
		return false;
	bool right = read_attachments(t, w, &note, out);
	note_release(&note);
	return right;
}

/* Putting them in. */

static int open_into(struct taking *t, struct err *e)
{
	MEM_CLEANUP char *hooks = file_path(t->dir, "ledger.git/hooks");
	MEM_CLEANUP char *volumes = file_path(t->dir, "volumes");
	MEM_CLEANUP char *path = path_of(volumes, t->year);
	int rc = t->into || file_exists(path) ? ERR_OK : file_mkdirs(volumes, 0700, e);
	if (!rc && !t->into && !file_exists(path))
		rc = store_make_repo(path, hooks, e);
	if (!rc && !t->into)
		t->into = repo_open(path, false, e);
	return rc ? rc : t->into ? ERR_OK : (int)e->code;
}

static int move_refs(struct repo *r, const struct volume_ref *refs, size_t count, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < count; i++) {
		BUF_CLEANUP struct buf name = BUF_INIT;
		volume_ref_name(&refs[i].volume, &name);
		rc = repo_ref_move(r, buf_str(&name), refs[i].had ? &refs[i].old : NULL, &refs[i].new, e);
	}
	return rc;
}

static int put(struct taking *t, const struct volume_item *items, size_t count, struct err *e)
{
	struct volume_ref *refs = NULL;
	size_t refs_count = 0;
	int rc = count ? open_into(t, e) : ERR_OK;
	if (rc || !count)
		return rc;
	struct repo_batch *b = repo_batch_new(t->into);
	rc = volume_add(t->into, b, items, count, t->origin, t->time, &refs, &refs_count, e);
	if (!rc)
		rc = repo_batch_write(b, e);
	if (!rc)
		rc = move_refs(t->into, refs, refs_count, e);
	if (!rc)
		t->taken += count;
	repo_batch_free(b);
	free(refs);
	return rc;
}

static size_t size_of(const struct record *r)
{
	size_t size = r->note.len;
	for (unsigned i = 0; i < r->count; i++)
		size += r->attachments[i].len;
	return size;
}

/* Some of one year, from the *at-th on. */
static int take_batch(struct taking *t, size_t *at, struct err *e)
{
	struct record *records = mem_array(BATCH_MAX, sizeof *records);
	struct volume_item *items = mem_array(BATCH_MAX, sizeof *items);
	size_t count = 0, bytes = 0;
	for (; *at < t->count && t->at[*at].volume.year == t->year && count < BATCH_MAX && bytes < BATCH_BYTES_MAX; ++*at) {
		const struct wanted *w = &t->at[*at];
		struct record *r = &records[count];
		*r = (struct record){ .count = 0 };
		if (!read_record(t, w, r)) {
			release_record(r);
			continue;
		}
		bytes += size_of(r);
		items[count++] = (struct volume_item){ .volume = w->volume, .seq = w->seq, .commit = w->commit,
			.note = buf_str(&r->note), .note_len = r->note.len, .attachments = r->attachments,
			.attachment_count = r->count };
	}
	int rc = put(t, items, count, e);
	for (size_t i = 0; i < count; i++)
		release_record(&records[i]);
	free(records);
	free(items);
	return rc;
}

static int take_year(struct taking *t, size_t *at, struct err *e)
{
	t->year = t->at[*at].volume.year;
	MEM_CLEANUP char *path = path_of(t->volumes, t->year);
	int rc = ERR_OK;
	t->from = file_exists(path) ? repo_open(path, true, NULL) : NULL;
	while (!rc && t->from && *at < t->count && t->at[*at].volume.year == t->year)
		rc = take_batch(t, at, e);
	while (!rc && *at < t->count && t->at[*at].volume.year == t->year)
		++*at;
	repo_close(t->from);
	repo_close(t->into);
	t->from = t->into = NULL;
	return rc;
}

int backup_records_take(const char *dir, const char *volumes, uint64_t *out_taken, struct err *e)
{
	struct taking t = { .dir = dir, .volumes = volumes };
	size_t at = 0;
	int rc = read_ledger(&t, e);
	if (!rc)
		rc = find_lacking(&t, e);
	while (!rc && at < t.count)
		rc = take_year(&t, &at, e);
	if (!rc)
		*out_taken = t.taken;
	free(t.at);
	return rc;
}
