#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "ledger/verify_impl.h"
#include "model/pgpsig.h"

#define SAMPLE 16       /* entries between the first and the last that GPGME judges too */

static bool is_sample(const struct verify *v, uint64_t seq)
{
	uint64_t step = v->count / (SAMPLE + 1);
	return v->o->by_gpg || seq == 0 || seq + 1 == v->count || step == 0 || (seq % step == 0 && seq / step <= SAMPLE);
}

/* Position in the ledger decides, not what a key ring says of the key today. */
static bool may_sign(const struct verify *v, uint64_t seq, const struct leaf *leaf, const char *fpr)
{
	if (seq == 0)
		return strcmp(fpr, v->o->pins->fpr) == 0;
	if (history_key_counts(v->history, fpr, LEAF_USE_ENTRY, seq))
		return true;
	return leaf->kind == LEAF_KEY && history_key_counts(v->history, fpr, LEAF_USE_RECOVERY, seq);
}

static const struct rules_file *find_file(const struct rules *rules, const char *fpr)
{
	MEM_CLEANUP char *path = mem_printf("keys/%s.asc", fpr);
	return rules ? rules_file(rules, path) : NULL;
}

static const struct verify_key *find_known(const struct verify *v, const char *fpr)
{
	for (size_t i = 0; i < v->keys_count; i++)
		if (strcmp(v->keys[i].fpr, fpr) == 0)
			return &v->keys[i];
	return NULL;
}

static int show_gpg(struct verify *v, uint64_t seq, const struct rules_file *file, struct err *e)
{
	struct err why = ERR_INIT;
	if (!v->gpg && !(v->gpg = pgp_verifier_new(e)))
		return (int)e->code;
	pgp_verifier_take_revoked(v->gpg);
	int rc = pgp_verifier_add(v->gpg, file->bytes, file->len, &why);
	if (rc && !verify_is_finding(rc)) {
		*e = why;
		return rc;
	}
	if (rc)
		verify_fault(v, seq, VERDICT_BROKEN, "rule book: %s: GPGME does not take it: %s", file->path, why.text);
	return ERR_OK;
}

/* NULL: it is not there, which is said. */
static const struct verify_key *find_key(struct verify *v, uint64_t seq, const char *fpr, const struct rules *rules,
                                         int *out_rc, struct err *e)
{
	const struct rules_file *file = find_file(rules, fpr);
	const struct verify_key *known = find_known(v, fpr);
	struct err why = ERR_INIT;
	struct verify_key key;
	*out_rc = ERR_OK;
	if (rules && !file) {
		verify_fault(v, seq, VERDICT_BROKEN, "rule book: keys/%s.asc: not there", fpr);
		return known;
	}
	if (known || !file)
		return known;
	if (pgpsig_find_key(file->bytes, file->len, fpr, key.public_key, &why)) {
		verify_fault(v, seq, VERDICT_WRONG_KEY, "rule book: keys/%s.asc: %s", fpr, why.text);
		return NULL;
	}
	*out_rc = show_gpg(v, seq, file, e);
	if (*out_rc)
		return NULL;
	memcpy(key.fpr, fpr, sizeof key.fpr);
	v->keys = mem_grow(v->keys, v->keys_count + 1, sizeof *v->keys);
	v->keys[v->keys_count] = key;
	return &v->keys[v->keys_count++];
}

static bool check_bytes(const struct pgpsig *sig, const struct verify_key *key, const struct verify_signed *s)
{
	uint8_t digest[PGPSIG_DIGEST_MAX];
	size_t len = pgpsig_digest(sig, s->payload, s->payload_len, digest);
	return memcmp(digest, sig->left, sizeof sig->left) == 0 &&
	       pgp_ed25519_is_valid(key->public_key, digest, len, sig->r, sig->s);
}

int verify_sign_check(const struct verify_signed *s, const struct rules *rules, struct pgpsig *out, struct err *e)
{
	struct verify_key key;
	int rc = pgpsig_parse(s->armor, s->armor_len, out, e);
	if (rc)
		return rc;
	const struct rules_file *file = find_file(rules, out->fpr);
	if (!file)
		return err_set(e, ERR_KEY, "rule book: keys/%s.asc: not there", out->fpr);
	rc = pgpsig_find_key(file->bytes, file->len, out->fpr, key.public_key, e);
	return rc || check_bytes(out, &key, s) ? rc : err_set(e, ERR_LEDGER, "its signature is not over these bytes");
}

/* A second opinion, of gpg itself. */
static int compare_gpg(struct verify *v, uint64_t seq, const struct pgpsig *sig, const struct verify_signed *s,
                       bool is_valid, struct err *e)
{
	static const char *const words[] = { N_("not valid"), N_("valid") };
	char fpr[41] = "";
	int64_t time = 0;
	struct err why = ERR_INIT;
	int rc = pgp_verifier_check(v->gpg, s->payload, s->payload_len, s->armor, s->armor_len, fpr, &time, &why);
	if (rc && !verify_is_finding(rc)) {
		*e = why;
		return rc;
	}
	bool gpg_is = rc == ERR_OK && strcmp(fpr, sig->fpr) == 0 && time == sig->time;
	if (gpg_is != is_valid)
		verify_fault(v, seq, VERDICT_BROKEN,
		             "signature: libcrypto and GPGME disagree: %s by the one, %s by the other%s%s", _(words[is_valid]),
		             _(words[gpg_is]), rc ? ": " : "", rc ? why.text : "");
	return ERR_OK;
}

int verify_sign_judge(struct verify *v, uint64_t seq, const struct leaf *leaf, const struct verify_signed *s,
                      const struct rules *rules, struct err *e)
{
	struct pgpsig sig;
	struct err why = ERR_INIT;
	int rc = pgpsig_parse(s->armor, s->armor_len, &sig, &why);
	if (rc) {
		verify_fault(v, seq, VERDICT_BROKEN, "%s", why.text);
		return ERR_OK;
	}
	if (!may_sign(v, seq, leaf, sig.fpr)) {
		verify_fault(v, seq, VERDICT_WRONG_KEY, "signed by %s, which is no key for it%s", sig.fpr,
		             seq == 0 ? _(": not the one that was pinned") : "");
		return ERR_OK;
	}
	const struct verify_key *key = find_key(v, seq, sig.fpr, rules, &rc, e);
	if (!key)
		return rc;
	verify_keys_note(v, seq, key);
	bool is_valid = check_bytes(&sig, key, s);
	if (!is_valid)
		verify_fault(v, seq, VERDICT_ALTERED, "its signature is not over these bytes");
	if (sig.time != leaf->time)
		verify_fault(v, seq, VERDICT_BROKEN, "its signature is not of the second that Time says");
	return is_sample(v, seq) ? compare_gpg(v, seq, &sig, s, is_valid, e) : ERR_OK;
}
