/* Whether an entry is signed by a key that counts where it stands. */
#include <string.h>

#include "base/mem.h"
#include "foreign/pgp.h"
#include "ledger/ledger_impl.h"
#include "model/pgpsig.h"

static bool may_sign(const struct keyring *keys, const struct leaf *leaf, const char *fpr)
{
	return keyring_counts(keys, fpr, LEAF_USE_ENTRY, leaf->seq) ||
	       (leaf->kind == LEAF_KEY && keyring_counts(keys, fpr, LEAF_USE_RECOVERY, leaf->seq));
}

int ledger_seal_check(const struct keyring *keys, const struct rules *rules, const struct leaf *leaf,
                      const struct buf *payload, const struct buf *armor, struct err *e)
{
	uint8_t digest[PGPSIG_DIGEST_MAX], public_key[32];
	struct pgpsig sig;
	int rc = pgpsig_parse(armor->ptr, armor->len, &sig, e);
	if (rc)
		return rc;
	if (!may_sign(keys, leaf, sig.fpr))
		return err_set(e, ERR_KEY, "entry %llu: signed by %s, which is no key for it", (unsigned long long)leaf->seq,
		               sig.fpr);
	MEM_CLEANUP char *path = mem_printf("keys/%s.asc", sig.fpr);
	const struct rules_file *key = rules_file(rules, path);
	if (!key)
		return err_set(e, ERR_KEY, "%s: not in the rule book", path);
	rc = pgpsig_find_key(key->bytes, key->len, sig.fpr, public_key, e);
	if (rc)
		return rc;
	size_t len = pgpsig_digest(&sig, payload->ptr, payload->len, digest);
	if (sig.time != leaf->time || memcmp(sig.left, digest, sizeof sig.left) != 0 ||
	    !pgp_ed25519_is_valid(public_key, digest, len, sig.r, sig.s))
		return err_set(e, ERR_KEY, "entry %llu: its signature is not right", (unsigned long long)leaf->seq);
	return ERR_OK;
}
