#include "ledger/volume_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"

/* git reads any mixture of depths. Smaller trees cost less to write again for one more note. */
#define FLAT_MAX 64
#define TREE_BYTES_MAX ((size_t)64 << 20)

int volume_tree_read(struct repo *r, const struct oid *id, struct tree *out, struct err *e)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	int rc = repo_read(r, id, OID_TREE, TREE_BYTES_MAX, &bytes, e);
	return rc ? rc : tree_parse(buf_str(&bytes), bytes.len, out, e);
}

struct oid volume_tree_write(struct repo_batch *b, const struct tree *t)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	tree_print(t, &bytes);
	return repo_batch_add(b, OID_TREE, buf_str(&bytes), bytes.len);
}

static bool is_fan(const struct tree_entry *e)
{
	return e->is_dir && strlen(e->name) == 2;
}

static bool is_fanned(const struct tree *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (is_fan(&t->at[i]))
			return true;
	return false;
}

static bool is_note(const struct tree_entry *e, unsigned depth)
{
	return !e->is_dir && strlen(e->name) == OID_HEX_LEN - 2 * depth;
}

static int put(struct repo *r, struct repo_batch *b, struct tree *t, unsigned depth,
               const struct volume_tree_note *notes, size_t count, struct err *e);

/* Notes with the same two digits go into one subtree. */
static int put_below(struct repo *r, struct repo_batch *b, struct tree *t, unsigned depth,
                     const struct volume_tree_note *notes, size_t count, struct err *e)
{
	char name[3];
	struct tree below = { .count = 0 };
	hash_hex_encode(&notes->commit.b[depth], 1, name);
	const struct tree_entry *old = tree_find(t, name);
	int rc = old ? volume_tree_read(r, &old->oid, &below, e) : ERR_OK;
	if (!rc)
		rc = put(r, b, &below, depth + 1, notes, count, e);
	if (!rc) {
		struct oid id = volume_tree_write(b, &below);
		tree_set(t, name, true, &id);
	}
	tree_release(&below);
	return rc;
}

static int put_fanned(struct repo *r, struct repo_batch *b, struct tree *t, unsigned depth,
                      const struct volume_tree_note *notes, size_t count, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0, n; !rc && i < count; i += n) {
		for (n = 1; i + n < count && notes[i + n].commit.b[depth] == notes[i].commit.b[depth];)
			n++;
		rc = put_below(r, b, t, depth, notes + i, n, e);
	}
	return rc;
}

static int compare_notes(const void *a, const void *b)
{
	const struct volume_tree_note *x = a, *y = b;
	return oid_compare(&x->commit, &y->commit);
}

/* The notes that stand in t itself, and those to come, sorted; t keeps the rest. The digits above depth are those of
 * any note to come, since all share them. */
static struct volume_tree_note *gather(struct tree *t, unsigned depth, const struct volume_tree_note *notes,
                                       size_t count, size_t *out_count, struct err *e)
{
	struct volume_tree_note *all = mem_array(t->count + count, sizeof *all);
	size_t n = 0, kept = 0;
	for (size_t i = 0; i < t->count; i++) {
		if (!is_note(&t->at[i], depth)) {
			t->at[kept++] = t->at[i];
			continue;
		}
		all[n].commit = notes->commit;
		if (!hash_hex_decode(t->at[i].name, OID_HEX_LEN - 2 * depth, all[n].commit.b + depth, OID_LEN - depth)) {
			free(all);
			err_set(e, ERR_LEDGER, "notes tree: a name is not that of a commit");
			return NULL;
		}
		all[n++].blob = t->at[i].oid;
	}
	t->count = kept;
	memcpy(all + n, notes, count * sizeof *all);
	n += count;
	qsort(all, n, sizeof *all, compare_notes);
	*out_count = n;
	return all;
}

static int put_flat(struct tree *t, unsigned depth, const struct volume_tree_note *notes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char hex[OID_HEX_LEN + 1];
		oid_print(&notes[i].commit, hex);
		tree_set(t, hex + 2 * depth, false, &notes[i].blob);
	}
	return ERR_OK;
}

static int put(struct repo *r, struct repo_batch *b, struct tree *t, unsigned depth,
               const struct volume_tree_note *notes, size_t count, struct err *e)
{
	size_t all_count;
	if (!count)
		return ERR_OK;
	if (depth == VOLUME_TREE_DEPTH_MAX || (!is_fanned(t) && t->count + count <= FLAT_MAX))
		return put_flat(t, depth, notes, count);
	if (is_fanned(t))
		return put_fanned(r, b, t, depth, notes, count, e);
	struct volume_tree_note *all = gather(t, depth, notes, count, &all_count, e);
	if (!all)
		return ERR_LEDGER;
	int rc = put_fanned(r, b, t, depth, all, all_count, e);
	free(all);
	return rc;
}

int volume_tree_put(struct repo *r, struct repo_batch *b, struct tree *t, const struct volume_tree_note *notes,
                    size_t count, struct err *e)
{
	return put(r, b, t, 0, notes, count, e);
}

int volume_tree_find(struct repo *r, const struct oid *root, const struct oid *commit, struct oid *out_blob,
                     struct err *e)
{
	char hex[OID_HEX_LEN + 1];
	struct oid at = *root;
	oid_print(commit, hex);
	for (unsigned depth = 0; depth <= VOLUME_TREE_DEPTH_MAX; depth++) {
		struct tree t = { .count = 0 };
		char fan[3] = { hex[2 * depth], hex[2 * depth + 1], '\0' };
		int rc = volume_tree_read(r, &at, &t, e);
		if (rc)
			return rc;
		const struct tree_entry *note = tree_find(&t, hex + 2 * depth), *below = tree_find(&t, fan);
		bool found = note && !note->is_dir, deeper = below && below->is_dir;
		if (found)
			*out_blob = note->oid;
		else if (deeper)
			at = below->oid;
		tree_release(&t);
		if (found)
			return ERR_OK;
		if (!deeper)
			break;
	}
	return err_set(e, ERR_NOTFOUND, "notes tree: no note for commit %s", hex);
}
