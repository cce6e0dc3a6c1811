#include "ledger/volume.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/volume_tree.h"
#include "model/commit.h"

#define REF_PREFIX "refs/notes/volumes/"
#define NOTES_COMMIT_MAX 4096

void volume_ref_name(const struct leaf_volume *v, struct buf *out)
{
	buf_puts(out, REF_PREFIX);
	leaf_volume_print(v, out);
}

bool volume_ref_parse(const char *ref, struct leaf_volume *out)
{
	size_t len = strlen(REF_PREFIX);
	return strncmp(ref, REF_PREFIX, len) == 0 && leaf_volume_parse(ref + len, strlen(ref + len), out);
}

/* The tree of a notes commit that has no parent. */
static int read_notes_commit(struct repo *r, const struct oid *commit, struct oid *out_tree, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	const size_t tree = strlen("tree "), line = tree + OID_HEX_LEN + 1;
	int rc = repo_read(r, commit, OID_COMMIT, NOTES_COMMIT_MAX, &raw, e);
	if (rc)
		return rc;
	if (raw.len < line + strlen("author ") || memcmp(raw.ptr, "tree ", tree) != 0 || raw.ptr[line - 1] != '\n' ||
	    !oid_parse(raw.ptr + tree, OID_HEX_LEN, out_tree) || memcmp(raw.ptr + line, "author ", strlen("author ")) != 0)
		return err_set(e, ERR_LEDGER, "%s: a notes ref points to something else than a commit without a parent",
		               repo_path(r));
	return ERR_OK;
}

static void print_message(const struct leaf_volume *v, struct buf *out)
{
	buf_puts(out, "volume ");
	leaf_volume_print(v, out);
	buf_putc(out, '\n');
}

static struct oid write_notes_commit(struct repo_batch *b, const struct leaf_volume *v, const struct oid *tree,
                                     const char *origin, int64_t time)
{
	BUF_CLEANUP struct buf raw = BUF_INIT, message = BUF_INIT;
	print_message(v, &message);
	struct commit commit = { .tree = *tree, .time = time, .message = message.ptr, .message_len = message.len };
	snprintf(commit.name, sizeof commit.name, "%s", origin);
	commit_print_payload(&commit, &raw);
	return repo_batch_add(b, OID_COMMIT, raw.ptr, raw.len);
}

static int refuse_form(const struct leaf_volume *v, struct err *e)
{
	BUF_CLEANUP struct buf name = BUF_INIT;
	leaf_volume_print(v, &name);
	return err_set(e, ERR_LEDGER, "volume %s: its commit is not as the ledger writes it", buf_str(&name));
}

int volume_check(struct repo *r, const struct leaf_volume *v, const struct oid *notes_commit, const char *origin,
                 struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT, message = BUF_INIT;
	struct commit commit;
	int rc = repo_read(r, notes_commit, OID_COMMIT, NOTES_COMMIT_MAX, &raw, e);
	if (rc)
		return rc;
	print_message(v, &message);
	if (commit_parse_payload(buf_str(&raw), raw.len, &commit, NULL) || commit.has_parent ||
	    (origin && strcmp(commit.name, origin) != 0) || commit.message_len != message.len ||
	    memcmp(commit.message, message.ptr, message.len) != 0)
		return refuse_form(v, e);
	return ERR_OK;
}

static int read_root(struct repo *r, const struct leaf_volume *v, bool *out_exists, struct oid *out_commit,
                     struct oid *out_tree, struct err *e)
{
	BUF_CLEANUP struct buf name = BUF_INIT;
	volume_ref_name(v, &name);
	int rc = repo_ref_read(r, buf_str(&name), out_exists, out_commit, e);
	if (!rc && *out_exists)
		rc = volume_check(r, v, out_commit, NULL, e);
	return rc || !*out_exists ? rc : read_notes_commit(r, out_commit, out_tree, e);
}

/* Storing. */

static int compare_blobs(const void *a, const void *b)
{
	const struct volume_blob *x = a, *y = b;
	int order = leaf_volume_compare(&x->volume, &y->volume);
	if (!order)
		order = (x->seq > y->seq) - (x->seq < y->seq);
	if (!order)
		order = (x->n > y->n) - (x->n < y->n);
	return order ? order : oid_compare(&x->commit, &y->commit);
}

/* Attachments of one entry, blobs sorted by number. */
static struct oid write_attachments(struct repo_batch *b, const struct volume_blob *blobs, size_t count)
{
	struct tree t = { .count = 0 };
	for (size_t i = 0; i < count; i++) {
		char name[12];
		snprintf(name, sizeof name, "%u", blobs[i].n);
		tree_set(&t, name, false, &blobs[i].blob);
	}
	struct oid id = volume_tree_write(b, &t);
	tree_release(&t);
	return id;
}

static int put_attachments(struct repo *r, struct repo_batch *b, struct tree *root, const struct volume_blob *blobs,
                           size_t count, struct err *e)
{
	struct tree dir = { .count = 0 };
	if (!count)
		return ERR_OK;
	const struct tree_entry *old = tree_find(root, VOLUME_TREE_ATTACHMENTS);
	int rc = old ? volume_tree_read(r, &old->oid, &dir, e) : ERR_OK;
	for (size_t i = 0, n; !rc && i < count; i += n) {
		char name[24];
		for (n = 1; i + n < count && blobs[i + n].seq == blobs[i].seq;)
			n++;
		struct oid id = write_attachments(b, blobs + i, n);
		snprintf(name, sizeof name, "%" PRIu64, blobs[i].seq);
		tree_set(&dir, name, true, &id);
	}
	if (!rc) {
		struct oid id = volume_tree_write(b, &dir);
		tree_set(root, VOLUME_TREE_ATTACHMENTS, true, &id);
	}
	tree_release(&dir);
	return rc;
}

/* Blobs of one volume, sorted: notes (seq 0) first. */
static int put_blobs(struct repo *r, struct repo_batch *b, struct tree *root, const struct volume_blob *blobs,
                     size_t count, struct err *e)
{
	size_t notes = 0;
	while (notes < count && !blobs[notes].n)
		notes++;
	MEM_CLEANUP struct volume_tree_note *put = mem_array(notes + 1, sizeof *put);
	for (size_t i = 0; i < notes; i++)
		put[i] = (struct volume_tree_note){ blobs[i].commit, blobs[i].blob };
	int rc = volume_tree_put(r, b, root, put, notes, e);
	return rc ? rc : put_attachments(r, b, root, blobs + notes, count - notes, e);
}

static int add_to_volume(struct repo *r, struct repo_batch *b, const struct volume_blob *blobs, size_t count,
                         const char *origin, int64_t time, struct volume_ref *out, struct err *e)
{
	struct tree root = { .count = 0 };
	struct oid tree;
	out->volume = blobs->volume;
	int rc = read_root(r, &out->volume, &out->had, &out->old, &tree, e);
	if (!rc && out->had)
		rc = volume_tree_read(r, &tree, &root, e);
	if (!rc)
		rc = put_blobs(r, b, &root, blobs, count, e);
	if (!rc) {
		tree = volume_tree_write(b, &root);
		out->new = write_notes_commit(b, &out->volume, &tree, origin, time);
	}
	tree_release(&root);
	return rc;
}

static struct volume_blob *write_blobs(struct repo_batch *b, const struct volume_item *items, size_t count,
                                       size_t *out_count)
{
	size_t n = 0, cap = 0;
	for (size_t i = 0; i < count; i++)
		cap += 1 + items[i].attachment_count;
	struct volume_blob *blobs = mem_array(cap + 1, sizeof *blobs);
	for (size_t i = 0; i < count; i++) {
		const struct volume_item *item = &items[i];
		blobs[n++] = (struct volume_blob){ .volume = item->volume, .commit = item->commit,
			.blob = repo_batch_add(b, OID_BLOB, item->note, item->note_len) };
		for (unsigned k = 0; k < item->attachment_count; k++)
			blobs[n++] = (struct volume_blob){ .volume = item->volume, .seq = item->seq, .n = k + 1,
				.blob = repo_batch_add(b, OID_BLOB, buf_str(&item->attachments[k]), item->attachments[k].len) };
	}
	qsort(blobs, n, sizeof *blobs, compare_blobs);
	*out_count = n;
	return blobs;
}

int volume_add(struct repo *r, struct repo_batch *b, const struct volume_item *items, size_t count, const char *origin,
               int64_t time, struct volume_ref **out_refs, size_t *out_count, struct err *e)
{
	size_t n, refs_count = 0;
	int rc = ERR_OK;
	MEM_CLEANUP struct volume_blob *blobs = write_blobs(b, items, count, &n);
	struct volume_ref *refs = mem_array(count + 1, sizeof *refs);
	for (size_t i = 0, same; !rc && i < n; i += same) {
		for (same = 1; i + same < n && leaf_volume_compare(&blobs[i + same].volume, &blobs[i].volume) == 0;)
			same++;
		rc = add_to_volume(r, b, blobs + i, same, origin, time, &refs[refs_count++], e);
	}
	if (rc) {
		free(refs);
		return rc;
	}
	*out_refs = refs;
	*out_count = refs_count;
	return ERR_OK;
}

int volume_build(struct repo *r, struct repo_batch *b, const struct volume_blob *blobs, size_t count,
                 const char *origin, int64_t time, struct oid *out_commit, struct err *e)
{
	struct tree root = { .count = 0 };
	if (!count)
		return err_set(e, ERR_BUG, "volume: built of nothing");
	MEM_CLEANUP struct volume_blob *sorted = mem_array(count, sizeof *sorted);
	memcpy(sorted, blobs, count * sizeof *sorted);
	for (size_t i = 0; i < count; i++)
		if (!sorted[i].n)
			sorted[i].seq = 0;
	qsort(sorted, count, sizeof *sorted, compare_blobs);
	int rc = put_blobs(r, b, &root, sorted, count, e);
	if (!rc) {
		struct oid tree = volume_tree_write(b, &root);
		*out_commit = write_notes_commit(b, &sorted->volume, &tree, origin, time);
	}
	tree_release(&root);
	return rc;
}

/* Reading. */

static int refuse_absent(const struct leaf_volume *v, struct err *e)
{
	BUF_CLEANUP struct buf name = BUF_INIT;
	leaf_volume_print(v, &name);
	return err_set(e, ERR_NOTFOUND, "volume %s: is not there", buf_str(&name));
}

int volume_find(struct repo *r, const struct leaf_volume *v, const struct oid *commit, struct oid *out_blob,
                struct err *e)
{
	struct oid notes, tree;
	bool exists;
	int rc = read_root(r, v, &exists, &notes, &tree, e);
	if (!rc && !exists)
		rc = refuse_absent(v, e);
	return rc ? rc : volume_tree_find(r, &tree, commit, out_blob, e);
}

int volume_read(struct repo *r, const struct leaf_volume *v, const struct oid *commit, struct buf *out, struct err *e)
{
	struct oid blob;
	int rc = volume_find(r, v, commit, &blob, e);
	return rc ? rc : repo_read(r, &blob, OID_BLOB, NOTE_MAX, out, e);
}

/* An entry of a tree by its name. */
static int descend(struct repo *r, const struct oid *tree, const char *name, bool is_dir, struct oid *out,
                   struct err *e)
{
	struct tree t = { .count = 0 };
	int rc = volume_tree_read(r, tree, &t, e);
	if (rc)
		return rc;
	const struct tree_entry *found = tree_find(&t, name);
	if (found && found->is_dir == is_dir)
		*out = found->oid;
	else
		rc = err_set(e, ERR_NOTFOUND, "attachment: is not there");
	tree_release(&t);
	return rc;
}

int volume_read_attachment(struct repo *r, const struct leaf_volume *v, uint64_t seq, unsigned n, struct buf *out,
                           struct err *e)
{
	char entry[24], number[12];
	struct oid notes, at;
	bool exists;
	snprintf(entry, sizeof entry, "%" PRIu64, seq);
	snprintf(number, sizeof number, "%u", n);
	int rc = read_root(r, v, &exists, &notes, &at, e);
	if (!rc && !exists)
		rc = refuse_absent(v, e);
	if (!rc)
		rc = descend(r, &at, VOLUME_TREE_ATTACHMENTS, true, &at, e);
	if (!rc)
		rc = descend(r, &at, entry, true, &at, e);
	if (!rc)
		rc = descend(r, &at, number, false, &at, e);
	return rc ? rc : repo_read(r, &at, OID_BLOB, NOTE_ATTACHMENT_MAX + 256, out, e);
}

struct walk {
	struct repo *repo;
	const struct leaf_volume *volume;
	volume_fn *fn;
	void *ctx;
};

static int refuse_entry(const struct walk *w, struct err *e)
{
	BUF_CLEANUP struct buf name = BUF_INIT;
	leaf_volume_print(w->volume, &name);
	return err_set(e, ERR_LEDGER, "volume %s: its tree holds something else than notes and attachments",
	               buf_str(&name));
}

static int walk_attachments_of(const struct walk *w, const struct tree_entry *dir, struct err *e)
{
	struct volume_blob b = { .volume = *w->volume };
	struct tree t = { .count = 0 };
	uint64_t n;
	if (!dir->is_dir || !text_parse_u64(dir->name, strlen(dir->name), LEAF_SEQ_MAX, &b.seq))
		return refuse_entry(w, e);
	int rc = volume_tree_read(w->repo, &dir->oid, &t, e);
	for (size_t i = 0; !rc && i < t.count; i++) {
		const struct tree_entry *at = &t.at[i];
		if (at->is_dir || !text_parse_u64(at->name, strlen(at->name), NOTE_ATTACHMENTS_MAX, &n) || !n) {
			rc = refuse_entry(w, e);
			break;
		}
		b.n = (unsigned)n;
		b.blob = at->oid;
		rc = w->fn(w->ctx, &b, e);
	}
	tree_release(&t);
	return rc;
}

static int walk_attachments(const struct walk *w, const struct oid *tree, struct err *e)
{
	struct tree t = { .count = 0 };
	int rc = volume_tree_read(w->repo, tree, &t, e);
	for (size_t i = 0; !rc && i < t.count; i++)
		rc = walk_attachments_of(w, &t.at[i], e);
	tree_release(&t);
	return rc;
}

static int walk_notes(const struct walk *w, const struct oid *tree, struct oid *prefix, unsigned depth, struct err *e);

static int walk_entry(const struct walk *w, const struct tree_entry *at, struct oid *prefix, unsigned depth,
                      struct err *e)
{
	size_t len = strlen(at->name);
	if (depth == 0 && at->is_dir && strcmp(at->name, VOLUME_TREE_ATTACHMENTS) == 0)
		return walk_attachments(w, &at->oid, e);
	if (at->is_dir && depth < VOLUME_TREE_DEPTH_MAX && hash_hex_decode(at->name, len, prefix->b + depth, 1))
		return walk_notes(w, &at->oid, prefix, depth + 1, e);
	if (at->is_dir || !hash_hex_decode(at->name, len, prefix->b + depth, OID_LEN - depth))
		return refuse_entry(w, e);
	struct volume_blob b = { .volume = *w->volume, .commit = *prefix, .blob = at->oid };
	return w->fn(w->ctx, &b, e);
}

static int walk_notes(const struct walk *w, const struct oid *tree, struct oid *prefix, unsigned depth, struct err *e)
{
	struct tree t = { .count = 0 };
	size_t dirs = 0, notes = 0;
	int rc = volume_tree_read(w->repo, tree, &t, e);
	for (size_t i = 0; !rc && i < t.count; i++) {
		dirs += t.at[i].is_dir && strcmp(t.at[i].name, VOLUME_TREE_ATTACHMENTS) != 0;
		notes += !t.at[i].is_dir;
		/* Flat or fanned out: the same commit must not have two notes. */
		rc = dirs && notes ? refuse_entry(w, e) : walk_entry(w, &t.at[i], prefix, depth, e);
	}
	tree_release(&t);
	return rc;
}

int volume_walk(struct repo *r, const struct leaf_volume *v, const struct oid *notes_commit, volume_fn *fn, void *ctx,
                struct err *e)
{
	struct walk w = { r, v, fn, ctx };
	struct oid tree, prefix = { { 0 } };
	int rc = read_notes_commit(r, notes_commit, &tree, e);
	return rc ? rc : walk_notes(&w, &tree, &prefix, 0, e);
}
