/* New signing keys for a home that has one already. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "foreign/pgp_impl.h"

/* Sign-only keys that `known` has not; NULL: none. */
static gpgme_subkey_t find_unknown(gpgme_key_t key, const char *known)
{
	for (gpgme_subkey_t s = key->subkeys; s; s = s->next)
		if (s->secret && pgp_is_signer(s) && !s->can_certify && !strcasestr(known, s->fpr))
			return s;
	return NULL;
}

/* The secret primary whose only user id is uid. *out NULL: the home has none. */
static int find_primary(gpgme_ctx_t ctx, const char *uid, gpgme_key_t *out, struct err *e)
{
	gpgme_key_t key;
	gpgme_error_t error = gpgme_op_keylist_start(ctx, NULL, 1);
	*out = NULL;
	while (!error && !(error = gpgme_op_keylist_next(ctx, &key))) {
		bool fits = !*out && key->subkeys->secret && !key->revoked && key->uids && !key->uids->next &&
		            strcmp(key->uids->uid, uid) == 0;
		if (fits)
			*out = key;
		else
			gpgme_key_unref(key);
	}
	gpgme_op_keylist_end(ctx);
	if (!error || gpgme_err_code(error) == GPG_ERR_EOF)
		return ERR_OK;
	gpgme_key_unref(*out);
	*out = NULL;
	return pgp_fail(e, error, ERR_KEY, "gpg: key");
}

/* It gets a passphrase where the key that vouches for it has one. */
static int add_subkey(gpgme_ctx_t ctx, gpgme_key_t key, bool waits, struct err *e)
{
	const unsigned flags = GPGME_CREATE_SIGN | GPGME_CREATE_NOEXPIRE | (waits ? 0 : GPGME_CREATE_NOPASSWD);
	gpgme_error_t error = gpgme_op_createsubkey(ctx, key, "ed25519", 0, 0, flags);
	if (!error)
		return ERR_OK;
	pgp_fail(e, error, ERR_KEY, "gpg: making a signing key");
	return err_next(e, "make one where the primary key is, import it into the key home, and name it: "
	                   "--key FINGERPRINT");
}

static int extend(gpgme_ctx_t ctx, const char *home, const char *uid, const char *known, char out_fpr[41],
                  struct err *e)
{
	gpgme_key_t key;
	struct pgp_key made;
	gpgme_set_keylist_mode(ctx, GPGME_KEYLIST_MODE_LOCAL | GPGME_KEYLIST_MODE_WITH_SECRET |
	                            GPGME_KEYLIST_MODE_WITH_KEYGRIP);
	int rc = find_primary(ctx, uid, &key, e);
	if (rc)
		return rc;
	if (!key) {
		rc = pgp_create(home, uid, 1, &made, e);
		if (!rc)
			memcpy(out_fpr, made.subkey[0], sizeof made.subkey[0]);
		return rc;
	}
	char primary[PGP_FPR_LEN + 1];
	snprintf(primary, sizeof primary, "%s", key->subkeys->fpr);
	gpgme_subkey_t found = find_unknown(key, known);
	if (!found) {
		bool waits = false;
		rc = pgp_agent_check_key(home, key, &waits, e);
		pgp_passphrase_offer(ctx);
		if (!rc)
			rc = add_subkey(ctx, key, waits, e);
		gpgme_key_unref(key);
		key = NULL;
		if (!rc)
			rc = pgp_get_key(ctx, home, primary, true, &key, e);
		if (!rc && !(found = find_unknown(key, known)))
			rc = err_set(e, ERR_KEY, "gpg: made a signing key, but does not say which");
	}
	if (!rc)
		snprintf(out_fpr, PGP_FPR_LEN + 1, "%s", found->fpr);
	if (key)
		gpgme_key_unref(key);
	return rc ? rc : file_sync_tree(home, e);
}

int pgp_extend(const char *home, const char *uid, const char *known, char out_fpr[41], struct err *e)
{
	gpgme_ctx_t ctx;
	int rc = pgp_context(home, &ctx, e);
	if (rc)
		return rc;
	rc = extend(ctx, home, uid, known, out_fpr, e);
	gpgme_release(ctx);
	return rc;
}
