/* The index is brought up to the head: by what it lacks, or whole. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/intake.h"
#include "ledger/ledger_impl.h"
#include "ledger/volume.h"
#include "model/commit.h"

#define CATCH_UP_MAX 10000      /* more is a rebuild */
#define COMMIT_EVERY 10000

struct feeding {
	struct ledger *ledger;
	struct chain chain;
	struct merkle before;
	struct rules *rules;            /* of chain.tree */
	struct keyring keys;            /* by the leaves fed so far */
	struct ledger_notes notes;      /* of a rebuild */
	bool rebuild, disposals;
	uint64_t *missing; size_t missing_count, missing_cap;
	uint64_t uncommitted;
};

int ledger_rules_at(struct repo *repo, const struct oid *tree, struct rules **kept, struct err *e)
{
	struct rules *fresh;
	if (*kept && oid_is_equal(&(*kept)->tree, tree))
		return ERR_OK;
	int rc = rules_read_tree(repo, tree, 0, &fresh, e);
	if (rc)
		return rc;
	rules_free(*kept);
	*kept = fresh;
	return ERR_OK;
}

static int read_note(struct feeding *f, const struct leaf *leaf, const struct oid *commit, struct buf *out,
                     struct err *e)
{
	struct repo *year;
	struct ledger_note *found = f->rebuild ? ledger_notes_find(&f->notes, commit) : NULL;
	if (f->rebuild && (!found || found->year != leaf->volume.year))
		return ERR_NOTFOUND;
	int rc = ledger_year(f->ledger, leaf->volume.year, false, &year, e);
	if (rc || !found)
		return rc ? rc : volume_read(year, &leaf->volume, commit, out, e);
	found->used = true;
	found->seq = leaf->seq;
	return repo_read(year, &found->blob, OID_BLOB, NOTE_MAX, out, e);
}

static void remember_missing(struct feeding *f, uint64_t seq)
{
	if (f->missing_count == f->missing_cap) {
		f->missing_cap = f->missing_cap ? f->missing_cap * 2 : 64;
		f->missing = mem_grow(f->missing, f->missing_cap, sizeof *f->missing);
	}
	f->missing[f->missing_count++] = seq;
}

struct signed_bytes {
	struct buf payload, armor;
};

struct told {                           /* by a record */
	bool appoints;  struct index_person person;
	bool has_docno; struct index_docno docno;
};

/* What is known to be lost may be there all the same, damaged. */
static int pass_lost(struct feeding *f, const struct oid *commit, uint64_t seq)
{
	struct ledger_note *found = f->rebuild ? ledger_notes_find(&f->notes, commit) : NULL;
	if (found) {
		found->used = true;
		found->seq = seq;
	}
	return ERR_OK;
}

/* The record of an entry, if it is there. */
static int feed_note(struct feeding *f, const struct leaf *leaf, const struct oid *commit, struct told *out,
                     struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct note note;
	if (ledger_is_lost(f->ledger, leaf->seq))
		return pass_lost(f, commit, leaf->seq);
	int rc = read_note(f, leaf, commit, &text, e);
	if (rc == ERR_NOTFOUND) {
		remember_missing(f, leaf->seq);
		return ERR_OK;
	}
	struct hash is = hash_of(buf_str(&text), text.len);
	if (!rc && !hash_is_equal(&is, &leaf->record))
		rc = err_set(e, ERR_LEDGER, "entry %llu: its record is not the one that its leaf vouches for",
		             (unsigned long long)leaf->seq);
	if (!rc)
		rc = note_parse(buf_str(&text), text.len, &note, e);
	if (rc)
		return rc;
	const struct rulebook_kind *k = rulebook_kind(f->rules->book, leaf->kind_name);
	struct hash digest = intake_digest(&note, leaf);
	out->appoints = k && intake_person(k, &note, &out->person);
	out->has_docno = leaf->kind == LEAF_RECORD && intake_docno(f->rules->book, &note, &out->docno);
	rc = index_set_request(f->ledger->index, note.request, &digest, leaf->seq, e);
	note_release(&note);
	return rc;
}

/* Nothing is built on what the ledger's keys have not signed. */
static int check_seal(struct feeding *f, const struct leaf *leaf, const struct signed_bytes *s, struct err *e)
{
	if (leaf->kind == LEAF_GENESIS)
		keyring_take(&f->keys, leaf, leaf->seq);
	int rc = ledger_seal_check(&f->keys, f->rules, leaf, &s->payload, &s->armor, e);
	if (!rc && leaf->kind != LEAF_GENESIS)
		keyring_take(&f->keys, leaf, leaf->seq);
	return rc == ERR_KEY ? err_next(e, "daicho verify tells all that is wrong"), (int)(e->code = ERR_LEDGER) : rc;
}

static int feed_entry(struct feeding *f, const struct commit *commit, const struct leaf *leaf, const struct oid *id,
                      const struct signed_bytes *s, struct err *e)
{
	struct told told = { .appoints = false };
	struct hash hash = leaf_hash(commit->message, commit->message_len);
	int rc = chain_check(&f->chain, commit, leaf, e);
	if (!rc)
		rc = ledger_rules_at(f->ledger->repo, &commit->tree, &f->rules, e);
	if (!rc)
		rc = check_seal(f, leaf, s, e);
	if (!rc && leaf->has_volume)
		rc = feed_note(f, leaf, id, &told, e);
	if (!rc)
		rc = index_add(f->ledger->index, leaf, &hash, id, told.appoints ? &told.person : NULL, e);
	if (!rc && told.has_docno)
		rc = index_set_docno(f->ledger->index, &told.docno, leaf->seq, e);
	if (rc)
		return rc;
	f->disposals = f->disposals || leaf->kind == LEAF_DISPOSE || leaf->kind == LEAF_DISPOSED;
	f->before = f->chain.frontier;
	chain_advance(&f->chain, commit, leaf, &hash, id);
	return ERR_OK;
}

static int feed(struct feeding *f, const struct oid *id, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct signed_bytes s = { BUF_INIT, BUF_INIT };
	struct commit commit;
	struct leaf leaf;
	int rc = repo_read(f->ledger->repo, id, OID_COMMIT, COMMIT_MAX, &raw, e);
	if (!rc)
		rc = commit_parse(buf_str(&raw), raw.len, &commit, &s.payload, &s.armor, e);
	if (!rc)
		rc = leaf_parse(commit.message, commit.message_len, &leaf, e);
	if (!rc) {
		rc = feed_entry(f, &commit, &leaf, id, &s, e);
		leaf_release(&leaf);
	}
	buf_release(&s.payload);
	buf_release(&s.armor);
	/* Without the chain's state: a rebuild that is cut off begins anew. */
	if (!rc && f->rebuild && ++f->uncommitted == COMMIT_EVERY) {
		f->uncommitted = 0;
		rc = index_commit(f->ledger->index, e);
		if (!rc)
			rc = index_begin(f->ledger->index, e);
	}
	return rc;
}

static int check_missing(const struct feeding *f, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < f->missing_count; i++) {
		struct index_entry entry;
		rc = index_entry(f->ledger->index, f->missing[i], &entry, e);
		if (!rc && !entry.disposed_by && !ledger_is_lost(f->ledger, f->missing[i]))
			rc = ledger_refuse_missing(f->ledger, f->missing[i], e);
	}
	for (size_t i = 0; !rc && i < f->notes.count; i++)
		if (!f->notes.at[i].used)
			rc = err_set(e, ERR_LEDGER, "volumes of %d: hold a note without an entry", f->notes.at[i].year);
	return rc;
}

/* An old copy of the volumes: what the ledger certifies as gone is there again. Only of a disposal that is not
 * completed the records may still be there. */
static int check_disposed(const struct feeding *f, struct err *e)
{
	struct index *ix = f->ledger->index;
	uint64_t dispose = 0, disposed = 0;
	int rc = index_last_seq_of(ix, leaf_kind_name(LEAF_DISPOSE), &dispose, e);
	if (rc)
		return rc == ERR_NOTFOUND ? ERR_OK : rc;
	rc = index_last_seq_of(ix, leaf_kind_name(LEAF_DISPOSED), &disposed, e);
	rc = rc == ERR_NOTFOUND ? ERR_OK : rc;
	for (size_t i = 0; !rc && i < f->notes.count; i++) {
		struct index_entry entry;
		rc = index_entry(ix, f->notes.at[i].seq, &entry, e);
		if (rc || !entry.disposed_by || (entry.disposed_by == dispose && disposed < dispose))
			continue;
		rc = ledger_start_refuse(entry.seq, entry.disposed_by, e);
	}
	return rc;
}

static int feed_all(struct feeding *f, const struct oid *ids, size_t count, struct err *e)
{
	struct ledger *l = f->ledger;
	int rc = index_begin(l->index, e);
	if (rc)
		return rc;
	if (f->rebuild)
		rc = index_clear(l->index, e);
	for (size_t i = count; !rc && i-- > 0;)
		rc = feed(f, &ids[i], e);
	if (!rc) {
		l->chain = f->chain;
		l->before = f->before;
	}
	if (!rc && f->disposals)
		rc = ledger_mark_disposed(l, e);
	if (!rc)
		rc = check_missing(f, e);
	if (!rc && f->disposals)
		rc = check_disposed(f, e);
	if (!rc)
		rc = index_set_chain(l->index, &f->chain, &f->before, e);
	if (!rc)
		rc = index_commit(l->index, e);
	if (rc)
		index_rollback(l->index);
	return rc;
}

/* Is what the index says of the head what the head says of itself? */
static bool is_at_head(struct ledger *l, const struct chain *c, const struct merkle *before, const struct oid *head)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct chain again;
	BUF_CLEANUP struct buf a = BUF_INIT, b = BUF_INIT;
	if (!oid_is_equal(&c->head, head) || repo_read(l->repo, head, OID_COMMIT, COMMIT_MAX, &raw, NULL) ||
	    chain_resume(&again, buf_str(&raw), raw.len, before, NULL))
		return false;
	chain_print(&again, &a);
	chain_print(c, &b);
	return strcmp(buf_str(&a), buf_str(&b)) == 0;
}

static int rebuild(struct feeding *f, const struct oid *head, struct err *e)
{
	struct oid *ids = NULL;
	size_t count = 0;
	bool stopped;
	chain_init(&f->chain);
	merkle_init(&f->before);
	keyring_release(&f->keys);
	f->rebuild = true;
	int rc = ledger_notes_collect(f->ledger, &f->notes, e);
	if (!rc)
		rc = ledger_ancestors(f->ledger->repo, head, NULL, &ids, &count, &stopped, e);
	if (!rc)
		rc = feed_all(f, ids, count, e);
	free(ids);
	ledger_notes_release(&f->notes);
	return rc;
}

static int catch_up(struct feeding *f, const struct oid *head, bool *out_done, struct err *e)
{
	struct oid *ids = NULL;
	size_t count = 0;
	int rc = ledger_ancestors(f->ledger->repo, head, &f->chain.head, &ids, &count, out_done, e);
	if (!rc && *out_done) {
		*out_done = count <= CATCH_UP_MAX;
		if (*out_done)
			rc = ledger_keys_read(f->ledger, &f->keys, e);
		if (!rc && *out_done)
			rc = feed_all(f, ids, count, e);
	}
	free(ids);
	return rc;
}

/* A disposal that was cut off may have deleted what a power cut made the index forget. */
static int mark_unfinished(struct ledger *l, struct err *e)
{
	uint64_t dispose, disposed = 0;
	int rc = index_last_seq_of(l->index, leaf_kind_name(LEAF_DISPOSE), &dispose, e);
	if (rc)
		return rc == ERR_NOTFOUND ? ERR_OK : rc;
	rc = index_last_seq_of(l->index, leaf_kind_name(LEAF_DISPOSED), &disposed, e);
	if ((rc && rc != ERR_NOTFOUND) || disposed > dispose)
		return rc;
	rc = index_begin(l->index, e);
	if (rc)
		return rc;
	rc = ledger_mark_disposed(l, e);
	if (!rc)
		rc = index_commit(l->index, e);
	if (rc)
		index_rollback(l->index);
	return rc;
}

static int update(struct feeding *f, struct err *e)
{
	struct ledger *l = f->ledger;
	struct oid head;
	bool exists, done = false;
	int rc = repo_ref_read(l->repo, LEDGER_REF, &exists, &head, e);
	if (!rc && !exists)
		rc = err_set(e, ERR_LEDGER, "%s: %s: missing", l->store->ledger, LEDGER_REF);
	if (rc)
		return rc;
	bool known = index_chain(l->index, &f->chain, &f->before);
	if (known && is_at_head(l, &f->chain, &f->before, &head)) {
		l->chain = f->chain;
		l->before = f->before;
		return mark_unfinished(l, e);
	}
	if (known && !oid_is_equal(&f->chain.head, &head))
		rc = catch_up(f, &head, &done, e);
	return rc || done ? rc : rebuild(f, &head, e);
}

int ledger_index_update(struct ledger *l, struct err *e)
{
	struct feeding f = { .ledger = l };
	int rc = update(&f, e);
	rules_free(f.rules);
	keyring_release(&f.keys);
	free(f.missing);
	if (!rc)
		rc = ledger_keys_read(l, &l->keys, e);
	if (!rc)
		l->index_behind = false;
	return rc;
}
