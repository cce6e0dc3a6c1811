#include "ledger/proof.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "foreign/ed25519.h"
#include "ledger/ledger_impl.h"
#include "ledger/proof_impl.h"
#include "ledger/rules.h"
#include "model/commit.h"
#include "model/merkle.h"

#define REMOTE_REF "refs/remotes/origin/ledger"   /* where a clone came from */

struct reading {
	struct proof_log *log;
	struct merkle frontier;
};

static int refuse(uint64_t seq, const char *reason, struct err *e)
{
	err_set(e, ERR_LEDGER, "entry %" PRIu64 ": %s", seq, reason);
	return err_next(e, "daicho verify tells what is wrong with the ledger");
}

static int check_place(const struct reading *r, const struct leaf *leaf, struct err *e)
{
	struct hash root = merkle_root(&r->frontier);
	if (leaf->seq != r->log->size || !hash_is_equal(&leaf->root, &root))
		return refuse(r->log->size, _("its leaf is of another place"), e);
	if (r->log->size && strcmp(leaf->origin, r->log->origin) != 0)
		return refuse(r->log->size, _("its leaf is of another ledger"), e);
	return ERR_OK;
}

void proof_log_add(struct proof_log *l, const struct oid *commit, const struct hash *leaf)
{
	if (l->size == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 256;
		l->leaves = mem_grow(l->leaves, l->cap, sizeof *l->leaves);
		l->commits = mem_grow(l->commits, l->cap, sizeof *l->commits);
	}
	l->leaves[l->size] = *leaf;
	l->commits[l->size++] = *commit;
}

static void take(struct reading *r, const struct oid *id, const struct leaf *leaf, const struct hash *hash)
{
	struct proof_log *l = r->log;
	memcpy(l->origin, leaf->origin, sizeof l->origin);
	keyring_take(&l->keys, leaf, l->size);
	proof_log_add(l, id, hash);
	merkle_add(&r->frontier, hash);
}

static int read_entry(void *ctx, const struct oid *id, const char *raw, size_t len, struct err *e)
{
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	struct reading *r = ctx;
	struct commit commit;
	struct leaf leaf;
	int rc = commit_parse(raw, len, &commit, &payload, &armor, e);
	if (!rc)
		rc = leaf_parse(commit.message, commit.message_len, &leaf, e);
	if (rc == ERR_FORMAT)
		leaf_release(&leaf);
	if (rc) {
		err_prefix(e, "entry %" PRIu64, r->log->size);
		return rc == ERR_FORMAT ? rc : (e ? (int)(e->code = ERR_LEDGER) : ERR_LEDGER);
	}
	struct hash hash = leaf_hash(commit.message, commit.message_len);
	rc = check_place(r, &leaf, e);
	if (!rc)
		take(r, id, &leaf, &hash);
	leaf_release(&leaf);
	return rc;
}

static bool is_folder(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int find_head(struct repo *repo, struct oid *out, struct err *e)
{
	bool exists = false;
	int rc = repo_ref_read(repo, LEDGER_REF, &exists, out, e);
	if (!rc && !exists)
		rc = repo_ref_read(repo, REMOTE_REF, &exists, out, e);
	return rc || exists ? rc : err_set(e, ERR_NOTFOUND, "%s: not there: no entry to read", LEDGER_REF);
}

/* Of what is told by the index the entries that came since are read. */
static int read_since(struct reading *r, const struct oid *head, const struct oid *last, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct proof_log *l = r->log;
	struct oid *ids = NULL;
	size_t count = 0;
	bool is_met = false;
	for (uint64_t i = 0; i < l->size; i++)
		merkle_add(&r->frontier, &l->leaves[i]);
	int rc = ledger_ancestors(l->repo, head, last, &ids, &count, &is_met, e);
	for (size_t i = count; !rc && i-- > 0;) {
		buf_clear(&raw);
		rc = repo_read(l->repo, &ids[i], OID_COMMIT, COMMIT_MAX, &raw, e);
		if (!rc)
			rc = read_entry(r, &ids[i], buf_str(&raw), raw.len, e);
	}
	free(ids);
	return rc;
}

static int read_all(struct reading *r, struct err *e)
{
	struct oid head, last;
	int rc = find_head(r->log->repo, &head, e);
	if (rc)
		return rc;
	merkle_init(&r->frontier);
	if (r->log->store && proof_index_read(r->log, &head, &last))
		return read_since(r, &head, &last, e);
	return ledger_walk(r->log->repo, &head, read_entry, r, e);
}

int proof_log_read(const char *path, struct proof_log **out, struct err *e)
{
	MEM_CLEANUP char *inner = file_path(path, "ledger.git");
	struct proof_log *l = mem_alloc(sizeof *l);
	struct reading r = { .log = l };
	bool is_store = is_folder(inner);
	l->store = is_store ? mem_strdup(path) : NULL;
	l->repo = repo_open(is_store ? inner : path, true, e);
	int rc = l->repo ? read_all(&r, e) : (int)e->code;
	if (rc)
		proof_log_free(l);
	else
		*out = l;
	return rc;
}

void proof_log_free(struct proof_log *l)
{
	if (!l)
		return;
	repo_close(l->repo);
	free(l->store);
	keyring_release(&l->keys);
	free(l->leaves);
	free(l->commits);
	free(l);
}

uint64_t proof_log_size(const struct proof_log *l)
{
	return l->size;
}

const char *proof_log_origin(const struct proof_log *l)
{
	return l->origin;
}

/* What the tree of the last entry has: keys stay in it. */
static int read_rules(const struct proof_log *l, struct rules **out, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT, payload = BUF_INIT, armor = BUF_INIT;
	struct commit commit;
	int rc = l->size ? repo_read(l->repo, &l->commits[l->size - 1], OID_COMMIT, COMMIT_MAX, &raw, e)
	                 : err_set(e, ERR_NOTFOUND, "%s: no entry to read", LEDGER_REF);
	if (!rc)
		rc = commit_parse(buf_str(&raw), raw.len, &commit, &payload, &armor, e);
	return rc ? rc : rules_read_tree(l->repo, &commit.tree, 0, out, e);
}

int proof_log_signer(const struct proof_log *l, const struct tlog_note *n, struct tlog_note_key *out, struct err *e)
{
	struct tlog_note_key key;
	struct rules *r;
	bool is_found = false;
	int rc = read_rules(l, &r, e);
	if (rc)
		return rc;
	for (size_t i = 0; !is_found && i < l->keys.count; i++)
		is_found = l->keys.at[i].use == LEAF_USE_CHECKPOINT &&
		           rules_vkey(r, l->origin, l->keys.at[i].fpr, &key) &&
		           tlog_note_find(n, &key, ed25519_is_valid, NULL) == TLOG_NOTE_GOOD;
	rules_free(r);
	if (!is_found)
		return err_set(e, ERR_KEY, "checkpoint: signed by no key of this ledger");
	*out = key;
	return ERR_OK;
}

static int check_size(const struct proof_log *l, uint64_t size, struct err *e)
{
	return size <= l->size ? ERR_OK : err_set(e, ERR_NOTFOUND, "checkpoint of %" PRIu64 " entries: here are %" PRIu64,
	                                          size, l->size);
}

int proof_log_checkpoint(const struct proof_log *l, uint64_t size, struct tlog_checkpoint *out, struct err *e)
{
	int rc = check_size(l, size, e);
	if (rc)
		return rc;
	struct tlog_checkpoint c = { .size = size, .root = merkle_root_of(l->leaves, (size_t)size) };
	memcpy(c.origin, l->origin, sizeof l->origin);
	*out = c;
	return ERR_OK;
}

int proof_log_fits(const struct proof_log *l, const char *note, size_t note_len, struct tlog_checkpoint *out,
                   struct err *e)
{
	struct tlog_note n;
	struct tlog_checkpoint c, own;
	int rc = tlog_checkpoint_read(note, note_len, &n, &c, e);
	if (!rc)
		rc = proof_log_checkpoint(l, c.size, &own, e);
	if (rc)
		return rc;
	if (strcmp(c.origin, l->origin) != 0)
		return err_set(e, ERR_LEDGER, "checkpoint: of another ledger than %s", l->origin);
	if (!hash_is_equal(&c.root, &own.root)) {
		err_set(e, ERR_LEDGER, "checkpoint: its root over %" PRIu64 " entries is not the one of this ledger", c.size);
		return err_next(e, "keep both: one of them is of a history that was changed");
	}
	*out = c;
	return ERR_OK;
}

int proof_consistency(const struct proof_log *l, uint64_t m, uint64_t n, struct tlog_checkpoint_request *out,
                      struct err *e)
{
	struct hash proof[MERKLE_DEPTH_MAX];
	struct tlog_checkpoint_request q = { .old = m };
	int rc = check_size(l, m > n ? m : n, e);
	if (!rc && m > n)
		rc = err_set(e, ERR_NOTFOUND, "consistency: the older checkpoint is the longer one");
	if (rc)
		return rc;
	q.proof_count = merkle_prove_consistency(l->leaves, (size_t)m, (size_t)n, proof);
	memcpy(q.proof, proof, q.proof_count * sizeof *proof);
	*out = q;
	return ERR_OK;
}
