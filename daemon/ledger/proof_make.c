/* The proof of one entry, and what goes with it. */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "foreign/jdoc.h"
#include "ledger/proof_impl.h"
#include "ledger/rules.h"
#include "ledger/volume.h"
#include "model/commit.h"
#include "model/note.h"
#include "model/pgpsig.h"
#include "model/tlog_proof.h"

static int check_seq(const struct proof_log *l, uint64_t seq, struct err *e)
{
	if (seq < l->size)
		return ERR_OK;
	err_set(e, ERR_NOTFOUND, "entry %" PRIu64 ": not there", seq);
	return err_next(e, "the last one is %" PRIu64, l->size - 1);
}

/* The index of a store says which commit it is (proof_index_read), and is not believed. */
static int check_hash(const struct proof_log *l, uint64_t seq, const struct commit *commit, struct err *e)
{
	struct hash is = leaf_hash(commit->message, commit->message_len);
	if (hash_is_equal(&is, &l->leaves[seq]))
		return ERR_OK;
	err_set(e, ERR_LEDGER, "entry %" PRIu64 ": its commit is another one than the index says", seq);
	return err_next(e, "remove index.db from the store while no daemon runs: it is made anew");
}

static int read_commit(const struct proof_log *l, uint64_t seq, struct buf *out_raw, struct buf *out_armor,
                       struct commit *out, struct err *e)
{
	BUF_CLEANUP struct buf payload = BUF_INIT;
	int rc = repo_read(l->repo, &l->commits[seq], OID_COMMIT, COMMIT_MAX, out_raw, e);
	if (!rc)
		rc = commit_parse(buf_str(out_raw), out_raw->len, out, &payload, out_armor, e);
	return rc ? rc : check_hash(l, seq, out, e);
}

int proof_leaf_text(const struct proof_log *l, uint64_t seq, struct buf *out_raw, const char **out, size_t *out_len,
                    struct err *e)
{
	BUF_CLEANUP struct buf armor = BUF_INIT;
	struct commit commit;
	int rc = read_commit(l, seq, out_raw, &armor, &commit, e);
	if (rc)
		return rc;
	*out = commit.message;
	*out_len = commit.message_len;
	return ERR_OK;
}

static int refuse_absent(uint64_t seq, struct err *e)
{
	err_set(e, ERR_NOTFOUND, "entry %" PRIu64 ": its record is not here", seq);
	return err_next(e, "the entry alone can be proved: leave the record out");
}

static int refuse_administrative(uint64_t seq, struct err *e)
{
	err_set(e, ERR_NOTFOUND, "entry %" PRIu64 ": has no record", seq);
	return err_next(e, "the entry alone can be proved: leave the record out");
}

static int read_record(const struct proof_log *l, const struct leaf *leaf, struct buf *out, struct err *e)
{
	struct repo *year = NULL;
	if (!leaf->has_volume)
		return refuse_administrative(leaf->seq, e);
	if (l->store) {
		MEM_CLEANUP char *path = mem_printf("%s/volumes/%d.git", l->store, leaf->volume.year);
		year = repo_open(path, true, e);
		if (!year)
			return e->code == ERR_NOTFOUND ? refuse_absent(leaf->seq, e) : (int)e->code;
	}
	int rc = volume_read(year ? year : l->repo, &leaf->volume, &l->commits[leaf->seq], out, e);
	repo_close(year);
	if (rc == ERR_NOTFOUND)
		return refuse_absent(leaf->seq, e);
	struct hash is = hash_of(buf_str(out), out->len);
	if (!rc && !hash_is_equal(&is, &leaf->record))
		rc = err_set(e, ERR_LEDGER, "entry %" PRIu64 ": its record is not the one that its leaf vouches for",
		             leaf->seq);
	return rc;
}

int proof_record(const struct proof_log *l, uint64_t seq, struct buf *out, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct leaf leaf;
	const char *text;
	size_t len;
	int rc = check_seq(l, seq, e);
	if (!rc)
		rc = proof_leaf_text(l, seq, &raw, &text, &len, e);
	if (!rc)
		rc = leaf_parse(text, len, &leaf, e);
	if (rc)
		return rc;
	rc = read_record(l, &leaf, out, e);
	leaf_release(&leaf);
	return rc;
}

/* The ledger's own key by which the commit is signed, from the rule book of that commit. */
static int add_key(const struct proof_log *l, const struct commit *commit, const struct buf *armor, struct jdoc *extra,
                   struct err *e)
{
	struct rules *rules;
	struct pgpsig sig;
	int rc = pgpsig_parse(buf_str(armor), armor->len, &sig, e);
	if (!rc)
		rc = rules_read_tree(l->repo, &commit->tree, 0, &rules, e);
	if (rc)
		return rc;
	MEM_CLEANUP char *path = mem_printf("keys/%s.asc", sig.fpr);
	const struct rules_file *file = rules_file(rules, path);
	if (file)
		jdoc_set(extra, "key", jdoc_string_n(file->bytes, file->len));
	rules_free(rules);
	return ERR_OK;
}

static int make_extra(const struct proof_log *l, uint64_t seq, const struct buf *record, struct buf *out, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT, armor = BUF_INIT;
	struct commit commit;
	int rc = read_commit(l, seq, &raw, &armor, &commit, e);
	if (rc)
		return rc;
	struct jdoc *extra = jdoc_object();
	jdoc_set_string(extra, "format", PROOF_EXTRA_FORMAT);
	jdoc_set(extra, "leaf", jdoc_string_n(commit.message, commit.message_len));
	jdoc_set(extra, "commit", jdoc_string_n(buf_str(&raw), raw.len));
	if (record)
		jdoc_set(extra, "record", jdoc_string_n(buf_str(record), record->len));
	rc = add_key(l, &commit, &armor, extra, e);
	if (!rc)
		jdoc_print(extra, out);
	jdoc_free(extra);
	return rc;
}

int proof_make(const struct proof_log *l, uint64_t seq, const char *note, size_t note_len, const struct buf *record,
               struct buf *out, struct err *e)
{
	struct tlog_proof p = { .has_extra = true, .index = seq, .note = note, .note_len = note_len };
	struct tlog_checkpoint c;
	int rc = proof_log_fits(l, note, note_len, &c, e);
	if (!rc)
		rc = check_seq(l, seq, e);
	if (!rc && seq >= c.size)
		rc = err_set(e, ERR_NOTFOUND, "entry %" PRIu64 ": the checkpoint is older: it is of %" PRIu64 " entries", seq,
		             c.size);
	if (!rc)
		rc = make_extra(l, seq, record, &p.extra, e);
	if (!rc) {
		p.path_count = merkle_prove(l->leaves, (size_t)c.size, (size_t)seq, p.path);
		tlog_proof_print(&p, out);
	}
	tlog_proof_release(&p);
	return rc;
}
