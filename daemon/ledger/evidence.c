#include "ledger/evidence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "foreign/ed25519.h"
#include "foreign/pgp.h"
#include "model/commit.h"
#include "model/keyring.h"
#include "model/leaf.h"
#include "model/pgpsig.h"
#include "model/tlog_checkpoint.h"

#define FORMAT "daicho.evidence.v1"
#define REPORT_FORMAT "daicho.evidence-check.v1"
#define STATEMENTS 2
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
	const struct jdoc *keys = jdoc_get(d, "keys");
	for (size_t i = 0; i < jdoc_size(keys); i++) {
		const struct jdoc *k = jdoc_at(keys, i);
		if (jdoc_text_len(k) == len && memcmp(jdoc_text(k), armored, len) == 0)
			return;
	}
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

/* Which key counts where: by the links, which begin with the entry 0 that is pinned. Where nothing is pinned and there
 * are no links, every key that the document holds counts. */
struct judging {
	const struct jdoc *doc, *keys;
	const struct policy *policy;      /* NULL: nothing is pinned */
	const char *origin;
	struct hash genesis;
	struct keyring ring;
	bool has_links;
	uint64_t last;                    /* the newest entry of the links */
};

static bool find_public(const struct jdoc *keys, const char *fpr, uint8_t out[32])
{
	for (size_t i = 0; i < jdoc_size(keys); i++) {
		const struct jdoc *k = jdoc_at(keys, i);
		if (jdoc_text(k) && !pgpsig_find_key(jdoc_text(k), jdoc_text_len(k), fpr, out, NULL))
			return true;
	}
	return false;
}

static bool is_of(const struct jdoc *keys, const char *fpr, const struct tlog_note_key *key)
{
	uint8_t found[32];
	return find_public(keys, fpr, found) && memcmp(found, key->public_key, sizeof found) == 0;
}

/* Of a checkpoint of so many entries. One that the links do not know is nobody's, whoever pins it: what they would say
 * of its end is not known. */
static int judge_log(const struct judging *j, const struct tlog_note_key *key, uint64_t size, struct err *e)
{
	const struct keyring_key *ended = NULL;
	bool is_known = !j->has_links;
	for (size_t i = 0; i < j->ring.count; i++) {
		const struct keyring_key *k = &j->ring.at[i];
		if (k->use != LEAF_USE_CHECKPOINT || !is_of(j->keys, k->fpr, key))
			continue;
		is_known = true;
		ended = ended ? ended : keyring_ended(&j->ring, k->fpr, size);
	}
	if (!is_known)
		return err_set(e, ERR_KEY, "the checkpoint's key is none that follows from the one that was pinned");
	if (ended)
		return err_set(e, ERR_KEY, "a checkpoint of %" PRIu64 " entries, by a key that counts no more for them, says "
		               "entry %" PRIu64 ": it convicts nobody", size, ended->told_by);
	return ERR_OK;
}

static int check_checkpoint(const struct judging *j, const struct jdoc *s, struct saying *out, struct err *e)
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
	if (strcmp(c.origin, j->origin) != 0 || strcmp(key.name, j->origin) != 0)
		return err_set(e, ERR_LEDGER, "a checkpoint of another ledger");
	rc = judge_log(j, &key, c.size, e);
	if (rc)
		return rc;
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

/* A signed entry taken apart; commit and leaf point into the document. The leaf is to be released where it is read. */
static int open_entry(const struct judging *j, const struct jdoc *raw, struct commit *commit, struct pgpsig *sig,
                      struct leaf *leaf, struct err *e)
{
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	if (!jdoc_text(raw))
		return err_set(e, ERR_SYNTAX, "a statement that is neither a checkpoint nor an entry");
	int rc = commit_parse(jdoc_text(raw), jdoc_text_len(raw), commit, &payload, &armor, e);
	if (!rc)
		rc = pgpsig_parse(buf_str(&armor), armor.len, sig, e);
	if (!rc && !is_signed(j->keys, &payload, sig))
		rc = err_set(e, ERR_KEY, "the signature of an entry is wrong");
	if (!rc)
		rc = leaf_parse(commit->message, commit->message_len, leaf, e);
	if (rc == ERR_FORMAT)
		leaf_release(leaf);
	return rc;
}

/* Did that key count at the entry's place? What a compromised key signed since then, anybody may have signed. */
static bool may_sign(const struct judging *j, const char *fpr, const struct leaf *leaf)
{
	return keyring_counts(&j->ring, fpr, LEAF_USE_ENTRY, leaf->seq) ||
	       (leaf->kind == LEAF_KEY && keyring_counts(&j->ring, fpr, LEAF_USE_RECOVERY, leaf->seq));
}

static bool is_pinned_genesis(const struct judging *j, const struct hash *hash, const char *fpr)
{
	const struct policy *p = j->policy;
	return !p || (hash_is_equal(hash, &p->pins.genesis) && strcmp(fpr, p->pins.fpr) == 0);
}

/* Entry 0, and then what each says of keys, if one signed it that counted there. */
static int take_leaf(struct judging *j, const struct commit *commit, const struct pgpsig *sig, const struct leaf *leaf,
                     struct err *e)
{
	const struct hash hash = leaf_hash(commit->message, commit->message_len);
	bool is_right = strcmp(leaf->origin, j->origin) == 0;
	if (!j->has_links)
		is_right = is_right && leaf->kind == LEAF_GENESIS && is_pinned_genesis(j, &hash, sig->fpr);
	else
		is_right = is_right && leaf->kind == LEAF_KEY && hash_is_equal(&leaf->genesis, &j->genesis) &&
		           leaf->seq > j->last && may_sign(j, sig->fpr, leaf);
	if (is_right)
		keyring_take(&j->ring, leaf, leaf->seq);
	if (!is_right || (!j->has_links && !may_sign(j, sig->fpr, leaf)))
		return err_set(e, ERR_KEY, "a link to the keys of the statements is not of the ledger that was pinned");
	if (!j->has_links)
		j->genesis = hash;
	j->has_links = true;
	j->last = leaf->seq;
	return ERR_OK;
}

static int take_links(struct judging *j, struct err *e)
{
	const struct jdoc *links = jdoc_get(j->doc, "links");
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < jdoc_size(links); i++) {
		struct commit commit;
		struct pgpsig sig;
		struct leaf leaf;
		rc = open_entry(j, jdoc_at(links, i), &commit, &sig, &leaf, e);
		if (!rc) {
			rc = take_leaf(j, &commit, &sig, &leaf, e);
			leaf_release(&leaf);
		}
	}
	if (!rc && j->policy && !j->has_links)
		rc = err_set(e, ERR_KEY, "it holds no links: from the key that was pinned none follows");
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

static int check_leaf(const struct judging *j, const struct commit *commit, const struct pgpsig *sig,
                      const struct leaf *leaf, const char *before, struct saying *out, struct err *e)
{
	const struct hash hash = leaf_hash(commit->message, commit->message_len);
	if (strcmp(leaf->origin, j->origin) != 0)
		return err_set(e, ERR_LEDGER, "an entry of another ledger");
	if (j->has_links && !may_sign(j, sig->fpr, leaf))
		return err_set(e, ERR_KEY, "entry %" PRIu64 " is signed by a key that does not count there, by the links from "
		               "the one that was pinned: it convicts nobody", leaf->seq);
	memcpy(out->signer, sig->fpr, sizeof sig->fpr);
	return take_heads(leaf, &hash, before, out, e);
}

static int check_entry(const struct judging *j, const struct jdoc *s, struct saying *out, struct err *e)
{
	struct commit commit;
	struct pgpsig sig;
	struct leaf leaf;
	int rc = open_entry(j, jdoc_get(s, "commit"), &commit, &sig, &leaf, e);
	if (rc)
		return rc;
	rc = check_leaf(j, &commit, &sig, &leaf, jdoc_get_text(s, "before"), out, e);
	leaf_release(&leaf);
	return rc;
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

static int read_statements(const struct jdoc *d, const char *origin, const struct policy *policy,
                           struct saying said[STATEMENTS], struct err *e)
{
	struct judging j = { .doc = d, .keys = jdoc_get(d, "keys"), .policy = policy, .origin = origin };
	if (policy && strcmp(policy->pins.origin, origin) != 0)
		return err_set(e, ERR_KEY, "of another ledger than the one that was pinned");
	int rc = take_links(&j, e);
	for (size_t i = 0; !rc && i < STATEMENTS; i++) {
		const struct jdoc *s = jdoc_at(jdoc_get(d, "statements"), i);
		rc = jdoc_get_text(s, "checkpoint") ? check_checkpoint(&j, s, &said[i], e) : check_entry(&j, s, &said[i], e);
	}
	keyring_release(&j.ring);
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
