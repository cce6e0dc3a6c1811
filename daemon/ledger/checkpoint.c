#include "ledger/checkpoint.h"

#include <string.h>

#include "foreign/ed25519.h"
#include "ledger/append.h"
#include "ledger/member.h"
#include "model/commit.h"
#include "model/tlog_checkpoint.h"

/* A signer that was started anew has not been shown the head. */
static int sign(struct ledger *l, const struct buf *text, uint8_t out_sig[64], struct err *e)
{
	int rc = append_prime(l, e);
	if (!rc)
		rc = l->signer.sign_checkpoint(l->signer.ctx, text->ptr, text->len, out_sig, e);
	if (rc != ERR_CONFLICT)
		return rc;
	l->primed = false;
	rc = append_prime(l, e);
	return rc ? rc : l->signer.sign_checkpoint(l->signer.ctx, text->ptr, text->len, out_sig, e);
}

/* The signer takes the newest key that it has: which one that was is seen by the signature. */
static int find_key(const struct ledger *l, const struct buf *text, const uint8_t sig[64], struct tlog_note_key *out,
                    struct err *e)
{
	const struct keyring_key *k = NULL;
	struct tlog_note_key key;
	while ((k = keyring_newest(&l->keys, LEAF_USE_CHECKPOINT, l->chain.size, k)))
		if (rules_vkey(l->rules, l->chain.origin, k->fpr, &key) &&
		    ed25519_is_valid(key.public_key, text->ptr, text->len, sig)) {
			*out = key;
			return ERR_OK;
		}
	return err_set(e, ERR_KEY, "checkpoint: signed by no key that counts for checkpoints");
}

static int add_head(struct ledger *l, struct jdoc *d, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	int rc = repo_read(l->repo, &l->chain.head, OID_COMMIT, COMMIT_MAX, &raw, e);
	if (rc)
		return rc;
	struct hash digest = hash_of(buf_str(&raw), raw.len);
	struct jdoc *head = jdoc_object();
	member_oid(head, "commit", &l->chain.head);
	member_hash(head, "sha256", &digest);
	jdoc_set(d, "head", head);
	return ERR_OK;
}

static struct jdoc *tell(const struct tlog_checkpoint *c, const struct tlog_note_key *k, const struct buf *note)
{
	BUF_CLEANUP struct buf vkey = BUF_INIT;
	struct jdoc *d = jdoc_object();
	tlog_note_key_print(k, &vkey);
	jdoc_set_string(d, "format", "daicho.checkpoint.v1");
	jdoc_set_string(d, "origin", c->origin);
	jdoc_set_integer(d, "size", (int64_t)c->size);
	member_hash(d, "root", &c->root);
	jdoc_set_string(d, "key", buf_str(&vkey));
	jdoc_set_string(d, "checkpoint", buf_str(note));
	return d;
}

int checkpoint_make(struct ledger *l, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT, note = BUF_INIT;
	struct tlog_note_key key;
	uint8_t sig[TLOG_NOTE_SIG_LEN];
	int rc = append_prime(l, e);
	if (rc)
		return rc;
	struct tlog_checkpoint c = { .size = l->chain.size, .root = merkle_root(&l->chain.frontier) };
	memcpy(c.origin, l->chain.origin, sizeof l->chain.origin);
	tlog_checkpoint_print(&c, &text);
	rc = sign(l, &text, sig, e);
	if (!rc)
		rc = find_key(l, &text, sig, &key, e);
	if (rc)
		return rc;
	buf_printf(&note, "%s\n", buf_str(&text));
	tlog_note_print_sig(&key, 0, sig, &note);
	struct jdoc *d = tell(&c, &key, &note);
	rc = add_head(l, d, e);
	if (rc)
		jdoc_free(d);
	else
		*out = d;
	return rc;
}
