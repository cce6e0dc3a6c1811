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

static int check_checkpoint(const struct jdoc *s, const char *origin, const struct store_pins *pins,
                            struct saying *out, struct err *e)
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
	if (pins && strcmp(pins->checkpoint, vkey) != 0)
		return err_set(e, ERR_KEY, "the checkpoint's key is not the one that was pinned");
	if (tlog_note_find(&note, &key, ed25519_is_valid, NULL) != TLOG_NOTE_GOOD)
		return err_set(e, ERR_KEY, "the signature of the checkpoint is wrong");
	out->heads[out->heads_count].size = c.size;
	out->heads[out->heads_count++].root = c.root;
	snprintf(out->signer, sizeof out->signer, "%s", vkey);
	return ERR_OK;
}

/* By the first key of the list that has this fingerprint. */
static bool is_signed(const struct jdoc *keys, const struct buf *payload, const struct pgpsig *sig)
{
	uint8_t digest[PGPSIG_DIGEST_MAX], public_key[32];
	size_t len = pgpsig_digest(sig, payload->ptr, payload->len, digest);
	for (size_t i = 0; i < jdoc_size(keys); i++) {
		const struct jdoc *k = jdoc_at(keys, i);
		if (jdoc_text(k) && !pgpsig_find_key(jdoc_text(k), jdoc_text_len(k), sig->fpr, public_key, NULL))
			return pgp_ed25519_is_valid(public_key, digest, len, sig->r, sig->s);
	}
	return false;
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

static int check_entry(const struct jdoc *d, const struct jdoc *s, const char *origin, const struct store_pins *pins,
                       struct saying *out, struct err *e)
{
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	const struct jdoc *raw = jdoc_get(s, "commit");
	struct commit commit;
	struct pgpsig sig;
	if (!jdoc_text(raw))
		return err_set(e, ERR_SYNTAX, "a statement that is neither a checkpoint nor an entry");
	int rc = commit_parse(jdoc_text(raw), jdoc_text_len(raw), &commit, &payload, &armor, e);
	if (!rc)
		rc = pgpsig_parse(buf_str(&armor), armor.len, &sig, e);
	if (rc)
		return rc;
	if (pins && strcmp(sig.fpr, pins->fpr) != 0)
		return err_set(e, ERR_KEY, "an entry's key is not the one that was pinned");
	if (!is_signed(jdoc_get(d, "keys"), &payload, &sig))
		return err_set(e, ERR_KEY, "the signature of an entry is wrong");
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

static int read_statement(const struct jdoc *d, size_t i, const char *origin, const struct store_pins *pins,
                          struct saying *out, struct err *e)
{
	const struct jdoc *s = jdoc_at(jdoc_get(d, "statements"), i);
	return jdoc_get_text(s, "checkpoint") ? check_checkpoint(s, origin, pins, out, e)
	                                      : check_entry(d, s, origin, pins, out, e);
}

int evidence_check(const struct jdoc *d, const struct store_pins *pins, struct jdoc **out, struct err *e)
{
	const char *format = jdoc_get_text(d, "format"), *origin = jdoc_get_text(d, "origin");
	struct saying said[STATEMENTS] = { 0 };
	if (!format || strcmp(format, FORMAT) != 0 || !origin || jdoc_size(jdoc_get(d, "statements")) != STATEMENTS)
		return err_set(e, ERR_SYNTAX, "not a document %s with two statements", FORMAT);
	if (pins && strcmp(pins->origin, origin) != 0)
		return err_set(e, ERR_KEY, "of another ledger than the one that was pinned");
	for (size_t i = 0; i < STATEMENTS; i++) {
		int rc = read_statement(d, i, origin, pins, &said[i], e);
		if (rc)
			return rc;
	}
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
