#include "ledger/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/archive_impl.h"
#include "model/commit.h"

#define ORIGIN_CUT 64
#define PLAN_HEX 12

struct book {
	uint64_t seq;                 /* of the entry that brought it */
	struct oid tree;
};

struct writing {
	struct ledger *l;
	const struct archive_basis *basis;
	uint64_t *seqs;               /* ascending */
	size_t count;
	struct archive_tree tree;
	struct archive_keys keys;
	struct archive_seals seals;
	struct archive_bag bag;
	struct archive_notes notes;
	struct book *books;           /* ascending */
	size_t books_count;
};

static void print_name(const char *origin, int base_year, const struct hash *plan, struct buf *out)
{
	char hex[65];
	hash_print_hex(plan, hex);
	for (size_t i = 0; origin[i] && i < ORIGIN_CUT; i++)
		buf_putc(out, strchr("abcdefghijklmnopqrstuvwxyz0123456789-", origin[i]) ? origin[i] : '-');
	buf_printf(out, "-%d-%.*s", base_year, PLAN_HEX, hex);
}

void archive_path(const struct store *s, int base_year, const struct hash *plan, struct buf *out)
{
	buf_printf(out, "%s/", s->archive);
	print_name(s->origin, base_year, plan, out);
	buf_puts(out, ".tar");
}

static int compare_seqs(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static void gather_seqs(struct writing *w, const struct history_dues *dues)
{
	for (size_t i = 0; i < dues->count; i++)
		w->count += dues->at[i].due.count;
	w->seqs = mem_array(w->count + 1, sizeof *w->seqs);
	w->count = 0;
	for (size_t i = 0; i < dues->count; i++) {
		memcpy(w->seqs + w->count, dues->at[i].seqs, dues->at[i].due.count * sizeof *w->seqs);
		w->count += dues->at[i].due.count;
	}
	qsort(w->seqs, w->count, sizeof *w->seqs, compare_seqs);
}

static void build_tree(struct writing *w)
{
	struct hash *leaves = mem_array(w->basis->size, sizeof *leaves);
	for (uint64_t seq = 0; seq < w->basis->size; seq++) {
		struct history_entry entry;
		history_entry(w->basis->history, seq, &entry);
		leaves[seq] = entry.leaf;
	}
	archive_tree_init(&w->tree, leaves, w->basis->size);
}

/* One entry as it stands in ledger.git. The index only says where. */
struct entry {
	struct buf raw, payload, armor;
	struct commit commit;
	struct leaf leaf;
};

static void release_entry(struct entry *x)
{
	leaf_release(&x->leaf);
	buf_release(&x->raw);
	buf_release(&x->payload);
	buf_release(&x->armor);
}

static int read_entry(struct writing *w, uint64_t seq, struct oid *out_id, struct entry *x, struct err *e)
{
	struct index_entry indexed;
	struct history_entry known;
	int rc = index_entry(w->l->index, seq, &indexed, e);
	if (!rc)
		rc = repo_read(w->l->repo, &indexed.commit, OID_COMMIT, COMMIT_MAX, &x->raw, e);
	if (!rc)
		rc = commit_parse(buf_str(&x->raw), x->raw.len, &x->commit, &x->payload, &x->armor, e);
	if (!rc)
		rc = leaf_parse(x->commit.message, x->commit.message_len, &x->leaf, e);
	if (rc)
		return err_prefix(e, "archive: entry %" PRIu64, seq);
	struct hash hash = leaf_hash(x->commit.message, x->commit.message_len);
	history_entry(w->basis->history, seq, &known);
	if (x->leaf.seq != seq || !hash_is_equal(&hash, &known.leaf))
		return err_set(e, ERR_LEDGER, "archive: entry %" PRIu64 ": the index names another commit for it", seq);
	*out_id = indexed.commit;
	return ERR_OK;
}

/* The rule books: the tree of an entry is that of the last one before it that may change it. */

static int compare_books(const void *a, const void *b)
{
	const struct book *x = a, *y = b;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int take_change(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct writing *w = ctx;
	(void)e;
	w->books = mem_grow(w->books, w->books_count + 1, sizeof *w->books);
	w->books[w->books_count++] = (struct book){ .seq = entry->seq };
	return ERR_OK;
}

static int find_books(struct writing *w, struct err *e)
{
	static const enum leaf_kind kinds[] = { LEAF_GENESIS, LEAF_FORMAT, LEAF_RULES, LEAF_KEY };
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < sizeof kinds / sizeof *kinds; i++) {
		const struct index_filter changes = { .kind = leaf_kind_name(kinds[i]) };
		rc = index_list(w->l->index, &changes, take_change, w, e);
	}
	if (!rc && w->books_count)
		qsort(w->books, w->books_count, sizeof *w->books, compare_books);
	for (size_t i = 0; !rc && i < w->books_count; i++) {
		struct entry x = { .raw = BUF_INIT, .payload = BUF_INIT, .armor = BUF_INIT };
		struct oid id;
		if (w->books[i].seq < w->basis->size)
			rc = read_entry(w, w->books[i].seq, &id, &x, e);
		w->books[i].tree = x.commit.tree;
		release_entry(&x);
	}
	if (!rc && (!w->books_count || w->books[0].seq))
		rc = err_set(e, ERR_LEDGER, "archive: entry 0: the index does not know it");
	return rc;
}

static const struct oid *find_tree(const struct writing *w, uint64_t seq)
{
	size_t at = w->books_count;
	while (at > 1 && w->books[at - 1].seq > seq)
		at--;
	return &w->books[at - 1].tree;
}

/* Keys of the rule book: those of the basis first, then those of earlier ones that are not in it. */
static int add_keys(struct writing *w, const struct oid *tree, bool with_book, struct err *e)
{
	struct rules *rules = NULL;
	int rc = rules_read_tree(w->l->repo, tree, 0, &rules, e);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < rules->count; i++) {
		const struct rules_file *f = &rules->files[i];
		MEM_CLEANUP char *path = mem_printf("data/rulebook/%s", f->path);
		if (strncmp(f->path, "keys/", 5) == 0)
			archive_keys_add(&w->keys, f->path, f->bytes, f->len);
		else if (with_book)
			rc = archive_bag_add(&w->bag, path, f->bytes, f->len, e);
	}
	rules_free(rules);
	return rc;
}

static int gather_keys(struct writing *w, const struct oid *basis_tree, struct err *e)
{
	const struct oid *tree = basis_tree;
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < w->count; i++) {
		const struct oid *is = find_tree(w, w->seqs[i]);
		if (oid_is_equal(is, tree))
			continue;
		tree = is;
		rc = add_keys(w, tree, false, e);
	}
	for (size_t i = 0; !rc && i < w->keys.count; i++) {
		MEM_CLEANUP char *path = mem_printf("data/%s", w->keys.files[i].path);
		rc = archive_bag_add(&w->bag, path, w->keys.files[i].bytes, w->keys.files[i].len, e);
	}
	return rc;
}

static int add_front(struct writing *w, int base_year, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	const struct oid *last;
	archive_readme_print(w->l->store->origin, base_year, w->count, w->basis->size, &text);
	int rc = archive_bag_add(&w->bag, "bagit.txt", ARCHIVE_BAGIT, strlen(ARCHIVE_BAGIT), e);
	if (!rc)
		rc = archive_bag_add(&w->bag, "data/README.txt", buf_str(&text), text.len, e);
	if (!rc)
		rc = find_books(w, e);
	if (rc)
		return rc;
	last = find_tree(w, w->basis->size - 1);
	rc = add_keys(w, last, true, e);
	return rc ? rc : gather_keys(w, last, e);
}

static int add_member(struct writing *w, uint64_t seq, const char *name, const void *bytes, size_t len, struct err *e)
{
	MEM_CLEANUP char *path = mem_printf("data/%012" PRIu64 "/%s", seq, name);
	return archive_bag_add(&w->bag, path, bytes, len, e);
}

static int add_attachments(struct writing *w, const struct leaf *leaf, const struct note *note, struct err *e)
{
	int rc = ERR_OK;
	for (unsigned n = 1; !rc && n <= note->attachments; n++) {
		BUF_CLEANUP struct buf stored = BUF_INIT;
		char name[32];
		rc = archive_notes_attachment(&w->notes, &leaf->volume, leaf->seq, n, &stored, e);
		if (rc)
			break;
		struct hash hash = hash_of(buf_str(&stored), stored.len);
		if (!hash_is_equal(&hash, &note->attachment[n - 1].stored))
			return err_set(e, ERR_LEDGER, "archive: entry %" PRIu64 ": attachment %u is not what its record names",
			               leaf->seq, n);
		snprintf(name, sizeof name, "attachment-%u", n);
		rc = add_member(w, leaf->seq, name, buf_str(&stored), stored.len, e);
	}
	return rc;
}

static int add_record(struct writing *w, const struct leaf *leaf, const struct oid *commit, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct note note;
	int rc = archive_notes_read(&w->notes, &leaf->volume, commit, &text, e);
	if (rc)
		return rc;
	struct hash hash = hash_of(buf_str(&text), text.len);
	if (!hash_is_equal(&hash, &leaf->record))
		return err_set(e, ERR_LEDGER, "archive: entry %" PRIu64 ": its record is not the one that was signed",
		               leaf->seq);
	rc = note_parse(buf_str(&text), text.len, &note, e);
	if (rc)
		return rc;
	rc = add_member(w, leaf->seq, "note.txt", buf_str(&text), text.len, e);
	if (!rc)
		rc = add_attachments(w, leaf, &note, e);
	note_release(&note);
	return rc;
}

static int add_proof(struct writing *w, uint64_t seq, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct archive_proof proof = { .count = 0 };
	memcpy(proof.origin, w->l->store->origin, sizeof proof.origin);
	archive_tree_prove(&w->tree, seq, &proof);
	archive_proof_print(&proof, &text);
	return add_member(w, seq, "proof.txt", buf_str(&text), text.len, e);
}

/* What is wrong with it the check tells when it is read again: whoever wrote it. */
static void begin_seal(struct writing *w, uint64_t seq, const struct entry *x)
{
	struct pgp_check check;
	struct pgpsig sig;
	if (!archive_sign_read(&w->keys, buf_str(&x->armor), x->armor.len, buf_str(&x->payload), x->payload.len, &sig,
	                       &check, NULL))
		archive_seals_begin(&w->seals, &check, seq);
}

static int add_entry(struct writing *w, uint64_t seq, struct err *e)
{
	struct entry x = { .raw = BUF_INIT, .payload = BUF_INIT, .armor = BUF_INIT };
	struct oid id;
	int rc = read_entry(w, seq, &id, &x, e);
	if (!rc && !oid_is_equal(&x.commit.tree, find_tree(w, seq)))
		rc = err_set(e, ERR_LEDGER, "archive: entry %" PRIu64 ": its rule book is not that of its time", seq);
	if (!rc)
		begin_seal(w, seq, &x);
	if (!rc)
		rc = add_member(w, seq, "commit.txt", buf_str(&x.raw), x.raw.len, e);
	if (!rc)
		rc = add_member(w, seq, "leaf.txt", x.commit.message, x.commit.message_len, e);
	if (!rc)
		rc = add_record(w, &x.leaf, &id, e);
	if (!rc)
		rc = add_proof(w, seq, e);
	release_entry(&x);
	return rc;
}

static int write_tar(struct writing *w, const char *path, int base_year, const struct hash *plan,
                     struct archive_result *out, struct err *e)
{
	w->bag.tar = tar_writer_new(path, w->basis->time, e);
	int rc = w->bag.tar ? add_front(w, base_year, e) : (int)e->code;
	for (size_t i = 0; !rc && i < w->count; i++)
		rc = add_entry(w, w->seqs[i], e);
	if (!rc)
		rc = archive_bag_finish(&w->bag, w->l->store->origin, plan, w->basis->time, e);
	if (!rc)
		rc = tar_writer_finish(w->bag.tar, &out->hash, &out->bytes, e);
	return rc;
}

static int refuse_other(const char *path, struct err *e)
{
	err_set(e, ERR_CONFLICT, "%s: another archive stands there, maybe certified by another copy of this ledger", path);
	return err_next(e, "move it away, with its .sha256 and .sha256.asc, and find out whose it is; then run again");
}

/* May it go there? An archive of the same bytes may stand there already. Other bytes are never written over: they may
 * be what another copy of this ledger has certified. A run that was cut off leaves none, as only whole archives get
 * this name and what is approved makes the same bytes again. */
static int check_place(const struct archive_basis *basis, const char *path, const struct archive_result *made,
                       bool *out_stands, struct err *e)
{
	struct hash there;
	uint64_t bytes;
	if (basis->named && !hash_is_equal(basis->named, &made->hash)) {
		err_set(e, ERR_CONFLICT, "%s: made anew it is not the archive that the certificate names", path);
		return err_next(e, "put the archive of the certificate back in its place, then run again");
	}
	bool exists = file_exists(path);
	*out_stands = exists && !archive_hash(path, &there, &bytes, NULL) && hash_is_equal(&there, &made->hash);
	return exists && !*out_stands ? refuse_other(path, e) : ERR_OK;
}

/* Its checksum is signed before it gets its name, so that what has the name without one was not made here. */
static int put_in_place(struct writing *w, const char *partial, const char *path, const struct archive_result *made,
                        struct err *e)
{
	bool stands;
	int rc = check_place(w->basis, path, made, &stands, e);
	if (!rc)
		rc = archive_sign_write(w->l, &w->keys, path, &made->hash, e);
	if (rc)
		return rc;
	if (stands)
		return unlink(partial) < 0 ? err_errno(e, errno, "%s", partial)
		                           : file_sync_parent(path, e); /* who put it there may have been cut off before */
	rc = file_rename_new(partial, path, e);
	return rc == ERR_CONFLICT ? refuse_other(path, e) : rc;
}

/* An archive inside of the store would keep there what the disposal takes away. */
static int make_folder(const struct store *s, struct err *e)
{
	int rc = file_mkdirs(s->archive, 0700, e);
	if (rc)
		return rc;
	MEM_CLEANUP char *folder = realpath(s->archive, NULL);
	MEM_CLEANUP char *dir = realpath(s->dir, NULL);
	if (!folder || !dir)
		return err_errno(e, errno, "%s", s->archive);
	size_t len = strlen(dir);
	if (strncmp(folder, dir, len) != 0 || (folder[len] != '/' && folder[len] != '\0'))
		return ERR_OK;
	err_set(e, ERR_CONFIG, "%s: the folder of archives is inside of the store", s->archive);
	return err_next(e, "name another one in daicho.ini: archive = /path");
}

static int make_archive(struct writing *w, int base_year, const struct hash *plan, const char *path,
                        struct archive_result *out, struct archive_traces *out_traces, struct err *e)
{
	MEM_CLEANUP char *partial = mem_printf("%s.partial", path);
	struct archive_traces traces = { .blobs_count = 0 };
	if (unlink(partial) < 0 && errno != ENOENT)
		return err_errno(e, errno, "%s", partial);
	int rc = write_tar(w, partial, base_year, plan, out, e);
	if (!rc)
		rc = archive_check_written(partial, &out->hash, &w->seals, &traces, e);
	if (!rc) /* the very file that was checked, or one of the same digest */
		rc = put_in_place(w, partial, path, out, e);
	if (rc)
		unlink(partial);
	if (rc || !out_traces)
		archive_traces_release(&traces);
	else
		*out_traces = traces;
	return rc;
}

int archive_write(struct ledger *l, const struct archive_basis *basis, const struct history_dues *dues,
                  const struct hash *plan, struct archive_result *out, struct archive_traces *out_traces,
                  struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT, name = BUF_INIT;
	struct writing w = { .l = l, .basis = basis, .notes.ledger = l };
	if (!dues->count || !basis->size)
		return err_set(e, ERR_RULE, "archive: nothing is to be archived");
	int base_year = dues->at[0].due.group.year;
	archive_path(l->store, base_year, plan, &path);
	print_name(l->store->origin, base_year, plan, &name);
	w.bag.name = buf_str(&name);
	*out = (struct archive_result){ .bytes = 0 };
	int rc = make_folder(l->store, e);
	if (!rc) {
		gather_seqs(&w, dues);
		build_tree(&w);
		archive_seals_init(&w.seals);
		rc = make_archive(&w, base_year, plan, buf_str(&path), out, out_traces, e);
		archive_seals_release(&w.seals);
		archive_tree_release(&w.tree);
	}
	if (!rc)
		out->path = buf_steal(&path, NULL);
	archive_bag_release(&w.bag);
	archive_keys_release(&w.keys);
	archive_notes_release(&w.notes);
	free(w.books);
	free(w.seqs);
	return rc;
}
