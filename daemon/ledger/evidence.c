#include "ledger/evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "foreign/ed25519.h"
#include "foreign/pgp.h"
#include "model/commit.h"
#include "model/leaf.h"
#include "model/pgpsig.h"
#include "model/tlog_checkpoint.h"

#define FORMAT "daicho.evidence.v1"
#define REPORT_FORMAT "daicho.evidence-check.v1"
#define STATEMENTS 2
#define KEYS_MAX 256        /* that ever counted */
#define SIGNER_MAX (TLOG_NOTE_NAME_MAX + 64)

/* What one statement says: the tree heads at one or two sizes, and the leaf of an entry. */
struct saying {
	struct {
		uint64_t size;
		struct hash root;
	} heads[2];
	size_t heads_count;
	bool has_leaf;
	uint64_t seq;
	struct hash leaf;
	char signer[SIGNER_MAX + 1];         /* fingerprint or verifier key */
};

struct jdoc *evidence_new(const char *origin)
{
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", FORMAT);
	jdoc_set_string(d, "origin", origin);
	jdoc_set(d, "keys", jdoc_array());
	jdoc_set(d, "statements", jdoc_array());
	jdoc_set(d, "links", jdoc_array());
	return d;
}

void evidence_add_key(struct jdoc *d, const char *armored, size_t len)
{
	jdoc_append(jdoc_get(d, "keys"), jdoc_string_n(armored, len));
}

void evidence_add_checkpoint(struct jdoc *d, const char *note, size_t len, const char *vkey)
{
	struct jdoc *s = jdoc_object();
	jdoc_set(s, "checkpoint", jdoc_string_n(note, len));
	jdoc_set_string(s, "key", vkey);
	jdoc_append(jdoc_get(d, "statements"), s);
}

void evidence_add_entry(struct jdoc *d, const struct buf *raw, const struct merkle *before)
{
	BUF_CLEANUP struct buf frontier = BUF_INIT;
	struct jdoc *s = jdoc_object();
	jdoc_set(s, "commit", jdoc_string_n(raw->ptr, raw->len));
	if (before) {
		merkle_print(before, &frontier);
		jdoc_set_string(s, "before", buf_str(&frontier));
	}
	jdoc_append(jdoc_get(d, "statements"), s);
}

void evidence_add_link(struct jdoc *d, const char *raw, size_t len)
{
	jdoc_append(jdoc_get(d, "links"), jdoc_string_n(raw, len));
}

/* The keys of entries and of checkpoints that count: those pinned, and those that the links add. */
struct known_keys {
	const struct policy *policy;
	struct {
		char fpr[LEAF_FPR_LEN + 1];
		enum leaf_key_use use;
	} at[KEYS_MAX];
	size_t count;
};

static bool counts(const struct known_keys *k, const char *fpr, enum leaf_key_use use)
{
	for (size_t i = 0; i < k->count; i++)
		if (k->at[i].use == use && strcmp(k->at[i].fpr, fpr) == 0)
			return true;
	return false;
}

static void add_known(struct known_keys *k, const char *fpr, enum leaf_key_use use)
{
	if (!*fpr || k->count == KEYS_MAX || counts(k, fpr, use))
		return;
	snprintf(k->at[k->count].fpr, sizeof k->at[k->count].fpr, "%s", fpr);
	k->at[k->count++].use = use;
}

static bool find_public(const struct jdoc *keys, const char *fpr, uint8_t out[32])
{
	for (size_t i = 0; i < jdoc_size(keys); i++) {
		const struct jdoc *k = jdoc_at(keys, i);
		if (jdoc_text(k) && !pgpsig_find_key(jdoc_text(k), jdoc_text_len(k), fpr, out, NULL))
			return true;
	}
	return false;
}

static bool is_pinned_log(const struct known_keys *k, const struct jdoc *keys, const struct tlog_note_key *key)
{
	const struct policy *p = k->policy;
	struct tlog_note_key pinned;
	uint8_t added[32];
	if (*p->pins.checkpoint && !tlog_note_key_parse(p->pins.checkpoint, strlen(p->pins.checkpoint), &pinned, NULL) &&
	    memcmp(pinned.public_key, key->public_key, sizeof key->public_key) == 0)
		return true;
	for (size_t i = 0; p->witnesses && i < tlog_policy_logs(p->witnesses); i++)
		if (memcmp(tlog_policy_log(p->witnesses, i)->public_key, key->public_key, sizeof key->public_key) == 0)
			return true;
	for (size_t i = 0; i < k->count; i++)
		if (k->at[i].use == LEAF_USE_CHECKPOINT && find_public(keys, k->at[i].fpr, added) &&
		    memcmp(added, key->public_key, sizeof added) == 0)
			return true;
	return false;
}

static int check_checkpoint(const struct jdoc *d, const struct jdoc *s, const char *origin,
                            const struct known_keys *known, struct saying *out, struct err *e)
{
	const struct jdoc *text = jdoc_get(s, "checkpoint");
	const char *vkey = jdoc_get_text(s, "key");
	struct tlog_note note;
	struct tlog_note_key key;
	struct tlog_checkpoint c;
	int rc = vkey ? tlog_note_key_parse(vkey, strlen(vkey), &key, e)
	              : err_set(e, ERR_SYNTAX, "a checkpoint without key");
	if (!rc)
		rc = tlog_checkpoint_read(jdoc_text(text), jdoc_text_len(text), &note, &c, e);
	if (rc)
		return rc;
	if (strcmp(c.origin, origin) != 0 || strcmp(key.name, origin) != 0)
		return err_set(e, ERR_LEDGER, "a checkpoint of another ledger");
	if (known && !is_pinned_log(known, jdoc_get(d, "keys"), &key))
		return err_set(e, ERR_KEY, "the checkpoint's key is not the one that was pinned");
	if (tlog_note_find(&note, &key, ed25519_is_valid, NULL) != TLOG_NOTE_GOOD)
		return err_set(e, ERR_KEY, "the signature of the checkpoint is wrong");
	out->heads[out->heads_count].size = c.size;
	out->heads[out->heads_count++].root = c.root;
	snprintf(out->signer, sizeof out->signer, "%s", vkey);
	return ERR_OK;
}

static bool is_signed(const struct jdoc *keys, const struct buf *payload, const struct pgpsig *sig)
{
	uint8_t digest[PGPSIG_DIGEST_MAX], public_key[32];
	size_t len = pgpsig_digest(sig, payload->ptr, payload->len, digest);
	return find_public(keys, sig->fpr, public_key) &&
	       pgp_ed25519_is_valid(public_key, digest, len, sig->r, sig->s);
}

/* A signed commit taken apart; commit points into the document. */
static int open_signed(const struct jdoc *d, const struct jdoc *raw, struct commit *commit, struct pgpsig *sig,
                       struct err *e)
{
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	if (!jdoc_text(raw))
		return err_set(e, ERR_SYNTAX, "a statement that is neither a checkpoint nor an entry");
	int rc = commit_parse(jdoc_text(raw), jdoc_text_len(raw), commit, &payload, &armor, e);
	if (!rc)
		rc = pgpsig_parse(buf_str(&armor), armor.len, sig, e);
	if (!rc && !is_signed(jdoc_get(d, "keys"), &payload, sig))
		rc = err_set(e, ERR_KEY, "the signature of an entry is wrong");
	return rc;
}

/* What an entry signed by a key that counts says of keys. The first is entry 0 itself. */
static int take_link(const struct jdoc *d, const struct jdoc *raw, struct known_keys *known, struct err *e)
{
	const struct store_pins *pins = &known->policy->pins;
	struct commit commit;
	struct pgpsig sig;
	struct leaf leaf;
	int rc = open_signed(d, raw, &commit, &sig, e);
	if (!rc)
		rc = leaf_parse(commit.message, commit.message_len, &leaf, e);
	if (rc)
		return rc;
	struct hash hash = leaf_hash(commit.message, commit.message_len);
	const struct hash *genesis = leaf.kind == LEAF_GENESIS ? &hash : &leaf.genesis;
	const bool is_right = strcmp(leaf.origin, pins->origin) == 0 && hash_is_equal(genesis, &pins->genesis) &&
	                      (leaf.kind == LEAF_GENESIS || leaf.kind == LEAF_KEY);
	if (!is_right || (!counts(known, sig.fpr, LEAF_USE_ENTRY) && !counts(known, sig.fpr, LEAF_USE_RECOVERY)))
		rc = err_set(e, ERR_KEY, "a link to the keys of the statements is not of the ledger that was pinned");
	for (size_t i = 0; !rc && i < leaf.keys_count; i++)
		if (leaf.keys[i].action == LEAF_KEY_ADD)
			add_known(known, leaf.keys[i].fpr, leaf.keys[i].use);
	leaf_release(&leaf);
	return rc;
}

static int take_links(const struct jdoc *d, struct known_keys *known, struct err *e)
{
	const struct jdoc *links = jdoc_get(d, "links");
	int rc = ERR_OK;
	add_known(known, known->policy->pins.fpr, LEAF_USE_ENTRY);
	add_known(known, known->policy->pins.recovery_fpr, LEAF_USE_RECOVERY);
	for (size_t i = 0; !rc && i < jdoc_size(links); i++)
		rc = take_link(d, jdoc_at(links, i), known, e);
	return rc;
}

static int take_heads(const struct leaf *leaf, const struct hash *hash, const char *before, struct saying *out,
                      struct err *e)
{
	struct merkle m;
	out->has_leaf = true;
	out->seq = leaf->seq;
	out->leaf = *hash;
	out->heads[out->heads_count].size = leaf->seq;
	out->heads[out->heads_count++].root = leaf->root;
	if (!before)
		return ERR_OK;
	if (!merkle_parse(before, strlen(before), &m))
		return err_set(e, ERR_SYNTAX, "the frontier before an entry is malformed");
	struct hash root = merkle_root(&m);
	if (m.size != leaf->seq || !hash_is_equal(&root, &leaf->root))
		return err_set(e, ERR_LEDGER, "the frontier before an entry does not give the Root that it states");
	merkle_add(&m, hash);
	out->heads[out->heads_count].size = m.size;
	out->heads[out->heads_count++].root = merkle_root(&m);
	return ERR_OK;
}

static int check_leaf(const struct commit *commit, const char *origin, const char *before, struct saying *out,
                      struct err *e)
{
	struct leaf leaf;
	int rc = leaf_parse(commit->message, commit->message_len, &leaf, e);
	if (rc) {
		if (rc == ERR_FORMAT)
			leaf_release(&leaf);
		return rc;
	}
	struct hash hash = leaf_hash(commit->message, commit->message_len);
	rc = strcmp(leaf.origin, origin) == 0 ? take_heads(&leaf, &hash, before, out, e)
	                                      : err_set(e, ERR_LEDGER, "an entry of another ledger");
	leaf_release(&leaf);
	return rc;
}

static int check_entry(const struct jdoc *d, const struct jdoc *s, const char *origin, const struct known_keys *known,
                       struct saying *out, struct err *e)
{
	struct commit commit;
	struct pgpsig sig;
	int rc = open_signed(d, jdoc_get(s, "commit"), &commit, &sig, e);
	if (rc)
		return rc;
	if (known && !counts(known, sig.fpr, LEAF_USE_ENTRY) && !counts(known, sig.fpr, LEAF_USE_RECOVERY))
		return err_set(e, ERR_KEY, "an entry's key is not the one that was pinned, and does not follow from it");
	memcpy(out->signer, sig.fpr, sizeof sig.fpr);
	return check_leaf(&commit, origin, jdoc_get_text(s, "before"), out, e);
}

/* One sentence, or NULL: both can be true. To be freed as text of a document. */
static struct jdoc *find_contradiction(const struct saying *a, const struct saying *b)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	if (a->has_leaf && b->has_leaf && a->seq == b->seq && !hash_is_equal(&a->leaf, &b->leaf))
		buf_printf(&text, _("two entries are signed as number %" PRIu64), a->seq);
	for (size_t i = 0; !text.len && i < a->heads_count; i++)
		for (size_t k = 0; !text.len && k < b->heads_count; k++)
			if (a->heads[i].size == b->heads[k].size && !hash_is_equal(&a->heads[i].root, &b->heads[k].root))
				buf_printf(&text, _("two tree heads are signed for %" PRIu64 " entries"), a->heads[i].size);
	return text.len ? jdoc_string(buf_str(&text)) : NULL;
}

static int read_statement(const struct jdoc *d, size_t i, const char *origin, const struct known_keys *known,
                          struct saying *out, struct err *e)
{
	const struct jdoc *s = jdoc_at(jdoc_get(d, "statements"), i);
	return jdoc_get_text(s, "checkpoint") ? check_checkpoint(d, s, origin, known, out, e)
	                                      : check_entry(d, s, origin, known, out, e);
}

static int read_statements(const struct jdoc *d, const char *origin, const struct policy *policy,
                           struct saying said[STATEMENTS], struct err *e)
{
	struct known_keys known = { .policy = policy };
	int rc = ERR_OK;
	if (policy && strcmp(policy->pins.origin, origin) != 0)
		return err_set(e, ERR_KEY, "of another ledger than the one that was pinned");
	if (policy)
		rc = take_links(d, &known, e);
	for (size_t i = 0; !rc && i < STATEMENTS; i++)
		rc = read_statement(d, i, origin, policy ? &known : NULL, &said[i], e);
	return rc;
}

int evidence_check(const struct jdoc *d, const struct policy *policy, struct jdoc **out, struct err *e)
{
	const char *format = jdoc_get_text(d, "format"), *origin = jdoc_get_text(d, "origin");
	struct saying said[STATEMENTS] = { 0 };
	if (!format || strcmp(format, FORMAT) != 0 || !origin || jdoc_size(jdoc_get(d, "statements")) != STATEMENTS)
		return err_set(e, ERR_SYNTAX, "not a document %s with two statements", FORMAT);
	int rc = read_statements(d, origin, policy, said, e);
	if (rc)
		return rc;
	struct jdoc *what = find_contradiction(&said[0], &said[1]);
	if (!what)
		return err_set(e, ERR_LEDGER, "the two statements can both be true: nobody is convicted");
	struct jdoc *signers = jdoc_array();
	for (size_t i = 0; i < STATEMENTS; i++)
		jdoc_append(signers, jdoc_string(said[i].signer));
	*out = jdoc_object();
	jdoc_set_string(*out, "format", REPORT_FORMAT);
	jdoc_set_string(*out, "origin", origin);
	jdoc_set(*out, "contradiction", what);
	jdoc_set(*out, "signed_by", signers);
	return ERR_OK;
}
