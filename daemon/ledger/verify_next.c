/* Entries that are not in the chain which is judged and are said to follow it: those that a mirror announces, and those
 * that a store got meanwhile. Nothing of them is believed before each was judged: its signature, and that it stands on
 * the one before. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger/mirror.h"
#include "ledger/verify_impl.h"
#include "model/commit.h"
#include "model/keyring.h"
#include "model/pgpsig.h"

#define AHEAD_MAX ((size_t)1 << 24)

/* Where the judgement stands, from the last entry of the chain on. */
struct ahead {
	struct verify *v;
	struct chain chain;
	struct keyring keys;
	struct oid tree;
	struct rules *rules;          /* of `tree`; NULL: none is read */
};

struct path {                     /* from a commit down to the first that is in the chain */
	struct oid *ids; size_t count;   /* newest first, those alone that are not in it */
	bool is_joined;
	uint64_t seq;                 /* then: of that one */
};

static struct keyring copy_keys(const struct keyring *from)
{
	struct keyring k = { .count = from->count, .cap = from->count };
	k.at = mem_array(k.count + 1, sizeof *k.at);
	for (size_t i = 0; i < k.count; i++)
		k.at[i] = from->at[i];
	return k;
}

static int read_rules(struct ahead *a, const struct oid *tree, struct err *e)
{
	if (a->rules && oid_is_equal(&a->tree, tree))
		return ERR_OK;
	rules_free(a->rules);
	a->rules = NULL;
	a->tree = *tree;
	return rules_read_tree(a->v->repo, tree, 0, &a->rules, e);
}

static bool may_sign(const struct ahead *a, const char *fpr, enum leaf_kind kind)
{
	return keyring_counts(&a->keys, fpr, LEAF_USE_ENTRY, a->chain.size) ||
	       (kind == LEAF_KEY && keyring_counts(&a->keys, fpr, LEAF_USE_RECOVERY, a->chain.size));
}

static int check_leaf(struct ahead *a, const struct commit *commit, const struct leaf *leaf, const struct pgpsig *sig,
                      struct err *e)
{
	if (!may_sign(a, sig->fpr, leaf->kind))
		return err_set(e, ERR_KEY, "signed by %s, which is no key for it", sig->fpr);
	if (sig->time != leaf->time)
		return err_set(e, ERR_LEDGER, "its signature is not of the second that Time says");
	if (!hash_is_equal(&a->rules->digest, &leaf->rules))
		return err_set(e, ERR_LEDGER, "Rules: not the digest of the rule book in its tree");
	return chain_check(&a->chain, commit, leaf, e);
}

/* ERR_FORMAT: signed as an entry is, and of a later Format. */
static int judge_commit(struct ahead *a, const struct oid *id, const struct buf *raw, struct err *e)
{
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	struct commit commit;
	struct pgpsig sig;
	struct leaf leaf;
	int rc = commit_parse(buf_str(raw), raw->len, &commit, &payload, &armor, e);
	if (!rc)
		rc = read_rules(a, &commit.tree, e);
	const struct verify_signed s = { buf_str(&payload), buf_str(&armor), payload.len, armor.len };
	if (!rc)
		rc = verify_sign_check(&s, a->rules, &sig, e);
	if (rc)
		return rc == ERR_FORMAT ? ERR_LEDGER : rc;
	rc = leaf_parse(commit.message, commit.message_len, &leaf, e);
	if (rc && rc != ERR_FORMAT)
		return rc;
	if (rc == ERR_FORMAT && !may_sign(a, sig.fpr, LEAF_RECORD))
		rc = err_set(e, ERR_KEY, "signed by %s, which is no key for it", sig.fpr);
	else if (!rc)
		rc = check_leaf(a, &commit, &leaf, &sig, e);
	if (!rc) {
		struct hash hash = leaf_hash(commit.message, commit.message_len);
		keyring_take(&a->keys, &leaf, a->chain.size);
		chain_advance(&a->chain, &commit, &leaf, &hash, id);
	}
	leaf_release(&leaf);
	return rc;
}

/* What follows one of a later Format can't be judged here: its verdict is that of the format. */
static int judge_path(struct verify *v, const struct path *p, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct ahead a = { .v = v, .chain = v->chain, .keys = copy_keys(history_keys(v->history)) };
	int rc = ERR_OK;
	for (size_t i = p->count; !rc && i-- > 0;) {
		buf_clear(&raw);
		rc = repo_read(v->repo, &p->ids[i], OID_COMMIT, COMMIT_MAX, &raw, e);
		if (!rc)
			rc = judge_commit(&a, &p->ids[i], &raw, e);
	}
	rules_free(a.rules);
	keyring_release(&a.keys);
	if (rc == ERR_FORMAT)
		verify_lower(v, VERDICT_NEWER_FORMAT);
	return rc == ERR_FORMAT ? ERR_OK : rc;
}

static void walk(struct verify *v, const struct oid *from, struct path *out)
{
	struct oid id = *from;
	bool more = true;
	*out = (struct path){ .ids = NULL };
	while (more && !(out->is_joined = verify_chain_find(v, &id, &out->seq)) && out->count < AHEAD_MAX) {
		if ((out->count & (out->count - 1)) == 0)
			out->ids = mem_grow(out->ids, out->count ? 2 * out->count : 1, sizeof *out->ids);
		out->ids[out->count++] = id;
		more = verify_chain_parent(v, &id, &id);
	}
}

/* Where not all entries were judged, none that follows can be. */
static int check_follows(struct verify *v, const struct path *p, struct err *e)
{
	if (!p->is_joined || p->seq + 1 != v->count)
		return err_set(e, ERR_LEDGER, "it does not follow the last entry");
	return v->judged < v->count ? ERR_OK : judge_path(v, p, e);
}

bool verify_next_since(struct verify *v, const struct oid *head, struct oid **out, size_t *out_count)
{
	struct path p;
	walk(v, head, &p);
	if (check_follows(v, &p, NULL)) {
		free(p.ids);
		return false;
	}
	*out = p.ids;
	*out_count = p.count;
	return true;
}

/* Does the ledger's own signature stand under both ways that part here? */
static bool tell_other(struct verify *v, const struct path *p)
{
	uint64_t at = p->is_joined ? p->seq + 1 : 0;
	if (at >= v->count || !p->count || !verify_outside_part(v, &v->entries[at].commit, &p->ids[p->count - 1]))
		return false;
	verify_diverge(v, at, "%s: another history than that of %s from entry %" PRIu64 " on, signed by the ledger as well",
	               MIRROR_NEXT, LEDGER_REF, at);
	return true;
}

int verify_next_judge(struct verify *v, struct err *e)
{
	struct err why = ERR_INIT;
	struct path p;
	int rc = ERR_OK;
	if (!v->has_next || !v->count)
		return ERR_OK;
	walk(v, &v->next, &p);
	if (p.count)
		rc = check_follows(v, &p, &why);
	if (rc && !verify_is_finding(rc)) {
		*e = why;
	} else if (rc) {
		rc = ERR_OK;
		v->has_next = false;
		if (!tell_other(v, &p))
			verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN,
			             "%s: stray ref: what it announces is no entry of this ledger: %s", MIRROR_NEXT, why.text);
	}
	free(p.ids);
	return rc;
}
