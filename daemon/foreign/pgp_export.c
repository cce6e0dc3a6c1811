/* A public key that names nobody: with one of its user ids alone. gpg filters, for which GPGME has no call. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/proc.h"
#include "foreign/pgp_impl.h"

#define DEADLINE_S 30

static int run_gpg(const char *home, const char *fpr, const char *filter, struct buf *out, struct err *e)
{
	const char *own = getenv("HOME"), *ring = getenv("GNUPGHOME");
	MEM_CLEANUP char *own_env = mem_printf("HOME=%s", own ? own : "/nonexistent");
	MEM_CLEANUP char *ring_env = mem_printf("GNUPGHOME=%s", home ? home : ring ? ring : "");
	const char *env[] = { own_env, home || ring ? ring_env : NULL, NULL };
	const char *argv[] = { "gpg", "--batch", "--no-tty", "--quiet", "--armor", "--export-options", "export-minimal",
		               "--export-filter", filter, "--export", fpr, NULL };
	const struct proc p = { .argv = argv, .env = env, .deadline_s = DEADLINE_S };
	int status = 0, rc = proc_run(&p, out, NULL, &status, e);
	return rc || status == 0 ? rc : err_set(e, ERR_KEY, "key %s: gpg exports nothing", fpr);
}

/* Exactly one user id, that one. */
static int check_named(const char *fpr, const char *uid, const struct buf *armor, struct err *e)
{
	gpgme_data_t data = NULL;
	gpgme_key_t key = NULL;
	struct pgp_verifier *v = pgp_verifier_new(e);
	if (!v)
		return (int)e->code;
	gpgme_ctx_t ctx = pgp_verifier_context(v);
	gpgme_error_t error = gpgme_data_new_from_mem(&data, buf_str(armor), armor->len, 0);
	if (!error)
		error = gpgme_op_keylist_from_data_start(ctx, data, 0);
	if (!error)
		error = gpgme_op_keylist_next(ctx, &key);
	bool named = !error && key->uids && !key->uids->next && strcmp(key->uids->uid, uid) == 0;
	gpgme_op_keylist_end(ctx);
	if (key)
		gpgme_key_unref(key);
	gpgme_data_release(data);
	pgp_verifier_free(v);
	if (named)
		return ERR_OK;
	err_set(e, ERR_KEY, "key %s: has not the user id %s, the only one that may stand in the ledger", fpr, uid);
	return err_next(e, "gpg --quick-add-uid %s %s", fpr, uid);
}

int pgp_export_as(const char *home, const char *fpr, const char *uid, struct buf *out_armor, struct err *e)
{
	MEM_CLEANUP char *filter = mem_printf("keep-uid=uid = %s", uid);
	struct err why = ERR_INIT;
	if (!pgp_is_fingerprint(fpr))
		return err_set(e, ERR_KEY, "key: not a full fingerprint of 40 hexadecimal digits");
	int rc = run_gpg(home, fpr, filter, out_armor, &why);
	if (!rc)
		rc = check_named(fpr, uid, out_armor, &why);
	if (rc && e)
		*e = why;
	return rc;
}
