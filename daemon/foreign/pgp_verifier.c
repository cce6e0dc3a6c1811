#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/pgp_impl.h"

/* No agent: there is no secret key here. */
static const char settings[] =
	"batch\n"
	"no-greeting\n"
	"no-tty\n"
	"no-autostart\n"
	"lock-never\n"
	"trust-model always\n"
	"no-auto-check-trustdb\n"
	"no-auto-key-retrieve\n"
	"ignore-time-conflict\n"
	"ignore-valid-from\n"
	"disable-dirmngr\n";

struct pgp_verifier {
	char *home;
	gpgme_ctx_t ctx;
	bool takes_revoked;
	unsigned binary;      /* signatures over data as it is that the last check met */
	bool has_imported;    /* the last import came to its end */
	struct buf fprs;      /* of what was imported, a line each */
	size_t keys;          /* how many these are */
};

/* VALIDSIG <fpr> <date> <time> <expires> <version> <reserved> <key algorithm> <digest algorithm> <class> <primary>.
 * GPGME does not tell the class: one over text would be valid for other bytes, too. */
static gpgme_error_t take_status(void *ctx, const char *keyword, const char *args)
{
	struct pgp_verifier *v = ctx;
	char class[3];
	if (strcmp(keyword, "VALIDSIG") == 0 && sscanf(args, "%*s %*s %*s %*s %*s %*s %*s %*s %2s", class) == 1 &&
	    strcmp(class, "00") == 0)
		v->binary++;
	if (strcmp(keyword, "IMPORT_RES") == 0)
		v->has_imported = true;
	return 0;
}

static int write_settings(const struct pgp_verifier *v, struct err *e)
{
	MEM_CLEANUP char *path = file_path(v->home, "gpg.conf");
	return file_write_durable(path, settings, strlen(settings), 0600, e);
}

static int open_home(struct pgp_verifier *v, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	char *home = mem_printf("%s/daicho-v-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp");
	if (!mkdtemp(home)) {
		int rc = err_errno(e, errno, "%s", home);
		free(home);
		return rc;
	}
	v->home = home;
	int rc = write_settings(v, e);
	if (!rc)
		rc = pgp_context(home, &v->ctx, e);
	if (rc)
		return rc;
	gpgme_set_ctx_flag(v->ctx, "full-status", "1");
	gpgme_set_status_cb(v->ctx, take_status, v);
	return ERR_OK;
}

struct pgp_verifier *pgp_verifier_new(struct err *e)
{
	struct pgp_verifier *v = mem_alloc(sizeof *v);
	if (open_home(v, e) == ERR_OK)
		return v;
	pgp_verifier_free(v);
	return NULL;
}

gpgme_ctx_t pgp_verifier_context(struct pgp_verifier *v)
{
	return v->ctx;
}

void pgp_verifier_take_revoked(struct pgp_verifier *v)
{
	v->takes_revoked = true;
}

void pgp_verifier_free(struct pgp_verifier *v)
{
	if (!v)
		return;
	if (v->ctx)
		gpgme_release(v->ctx);
	if (v->home)
		file_remove_tree(v->home, NULL);
	buf_release(&v->fprs);
	free(v->home);
	free(v);
}

/* Or there already, and it brings something more. */
static bool is_taken(gpgme_import_result_t got)
{
	return got->imported + got->unchanged + got->new_sub_keys + got->new_signatures + got->new_user_ids +
	       got->new_revocations >= 1;
}

static void note_imported(struct pgp_verifier *v, gpgme_import_result_t got)
{
	for (gpgme_import_status_t i = got->imports; i; i = i->next)
		if (i->result == GPG_ERR_NO_ERROR && i->fpr && !strstr(buf_str(&v->fprs), i->fpr)) {
			buf_printf(&v->fprs, "%s\n", i->fpr);
			v->keys++;
		}
}

/* The key is given, and *out_taken says whether gpg kept it. */
static int import(struct pgp_verifier *v, const char *key, size_t len, bool *out_taken, struct err *e)
{
	gpgme_data_t data;
	gpgme_error_t error = gpgme_data_new_from_mem(&data, key, len, 0);
	if (error)
		return pgp_fail(e, error, ERR_KEY, "gpgme");
	v->has_imported = false;
	error = gpgme_op_import(v->ctx, data);
	gpgme_data_release(data);
	gpgme_import_result_t got = error ? NULL : gpgme_op_import_result(v->ctx);
	if (error)
		return pgp_fail(e, error, ERR_KEY, "gpg: import");
	if (!v->has_imported)
		return err_set(e, ERR_UNAVAILABLE, "gpg: import: it ended before it was done");
	*out_taken = got && !got->secret_read && is_taken(got);
	if (*out_taken)
		note_imported(v, got);
	return ERR_OK;
}

static bool has_key(struct pgp_verifier *v, const char *fpr)
{
	struct err ignored = ERR_INIT;
	gpgme_key_t found;
	if (pgp_get_key(v->ctx, NULL, fpr, false, &found, &ignored))
		return false;
	gpgme_key_unref(found);
	return true;
}

int pgp_verifier_blame(const char *key, size_t len, const char *fpr, struct err *e)
{
	bool taken = false;
	struct pgp_verifier *fresh = pgp_verifier_new(e);
	if (!fresh)
		return e ? (int)e->code : ERR_IO;
	int rc = import(fresh, key, len, &taken, e);
	if (!rc && taken && (!fpr || has_key(fresh, fpr)))
		rc = err_set(e, ERR_IO, "gpg: import: a key that it takes was not kept in its temporary home");
	pgp_verifier_free(fresh);
	return rc;
}

int pgp_verifier_add(struct pgp_verifier *v, const char *key, size_t len, struct err *e)
{
	bool taken = false;
	int rc = import(v, key, len, &taken, e);
	if (rc || taken)
		return rc;
	rc = pgp_verifier_blame(key, len, NULL, e);
	return rc ? rc : err_set(e, ERR_KEY, "key: not an OpenPGP public key that gpg takes");
}

static bool is_strong(gpgme_hash_algo_t hash)
{
	return hash == GPGME_MD_SHA256 || hash == GPGME_MD_SHA384 || hash == GPGME_MD_SHA512;
}

/* Where one of them is not there gpg said that it took it, and could not write that. */
static int refuse_unknown(struct pgp_verifier *v, struct err *e)
{
	gpgme_key_t key;
	size_t kept = 0;
	gpgme_error_t error = gpgme_op_keylist_start(v->ctx, NULL, 0);
	while (!error && !(error = gpgme_op_keylist_next(v->ctx, &key))) {
		gpgme_key_unref(key);
		kept++;
	}
	gpgme_op_keylist_end(v->ctx);
	if (gpgme_err_code(error) != GPG_ERR_EOF)
		return pgp_fail(e, error, ERR_UNAVAILABLE, "gpg: key");
	if (kept < v->keys)
		return err_set(e, ERR_IO, "gpg: import: a key that it takes was not kept in its temporary home");
	return err_set(e, ERR_KEY, "signature: made by another key than the one given");
}

/* Whether a signature of an expired key counts, is for him to judge who knows when it had to be made. */
static int judge(struct pgp_verifier *v, gpgme_verify_result_t got, char out_fpr[41], int64_t *out_time,
                 struct err *e)
{
	gpgme_signature_t sig = got ? got->signatures : NULL;
	if (!sig || sig->next)
		return err_set(e, ERR_KEY, "signature: not exactly one");
	gpg_err_code_t status = gpgme_err_code(sig->status);
	if (status == GPG_ERR_NO_PUBKEY)
		return refuse_unknown(v, e);
	if (status == GPG_ERR_CERT_REVOKED && v->takes_revoked)
		status = GPG_ERR_NO_ERROR;
	if (status != GPG_ERR_NO_ERROR && status != GPG_ERR_SIG_EXPIRED && status != GPG_ERR_KEY_EXPIRED)
		return pgp_fail(e, sig->status, ERR_KEY, "signature");
	if (sig->wrong_key_usage || !pgp_is_fingerprint(sig->fpr))
		return err_set(e, ERR_KEY, "signature: made by a key that may not sign");
	if (!is_strong(sig->hash_algo))
		return err_set(e, ERR_KEY, "signature: over a digest that is no longer safe");
	if (v->binary != 1)
		return err_set(e, ERR_KEY, "signature: not one over a file's bytes");
	for (size_t i = 0; i <= PGP_FPR_LEN; i++)
		out_fpr[i] = (char)toupper((unsigned char)sig->fpr[i]);
	*out_time = (int64_t)sig->timestamp;
	return ERR_OK;
}

int pgp_verifier_check(struct pgp_verifier *v, const void *data, size_t len, const void *sig, size_t sig_len,
                       char out_fpr[41], int64_t *out_time, struct err *e)
{
	gpgme_data_t signed_data = NULL, signature = NULL;
	v->binary = 0;
	gpgme_error_t error = gpgme_data_new_from_mem(&signed_data, data, len, 0);
	if (!error)
		error = gpgme_data_new_from_mem(&signature, sig, sig_len, 0);
	if (!error)
		error = gpgme_op_verify(v->ctx, signature, signed_data, NULL);
	gpgme_data_release(signed_data);
	gpgme_data_release(signature);
	if (gpgme_err_code(error) == GPG_ERR_NO_DATA)
		return err_set(e, ERR_KEY, "signature: not an OpenPGP signature");
	if (error)
		return pgp_fail(e, error, ERR_KEY, "gpg: verify");
	return judge(v, gpgme_op_verify_result(v->ctx), out_fpr, out_time, e);
}

static int take_only(gpgme_ctx_t ctx, char out_fpr[41], struct err *e)
{
	gpgme_key_t key;
	gpgme_error_t error;
	unsigned count = 0;
	bool secret = false;
	while (!(error = gpgme_op_keylist_next(ctx, &key))) {
		const char *fpr = key->subkeys ? key->subkeys->fpr : NULL;
		if (count++ == 0)
			snprintf(out_fpr, PGP_FPR_LEN + 1, "%s", fpr ? fpr : "");
		secret = secret || key->secret;
		gpgme_key_unref(key);
	}
	gpgme_op_keylist_end(ctx);
	if (gpgme_err_code(error) != GPG_ERR_EOF)
		return pgp_fail(e, error, ERR_KEY, "gpg: key");
	if (secret)
		return err_set(e, ERR_KEY, "key: is a secret key, where only the public one belongs");
	if (count != 1 || !pgp_is_fingerprint(out_fpr))
		return err_set(e, ERR_KEY, "key: not exactly one OpenPGP public key");
	for (size_t i = 0; i < PGP_FPR_LEN; i++)
		out_fpr[i] = (char)toupper((unsigned char)out_fpr[i]);
	return ERR_OK;
}

int pgp_fingerprint_of(const char *key, size_t len, char out_fpr[41], struct err *e)
{
	gpgme_data_t data = NULL;
	struct pgp_verifier *v = pgp_verifier_new(e);
	if (!v)
		return e ? (int)e->code : ERR_IO;
	gpgme_error_t error = gpgme_data_new_from_mem(&data, key, len, 0);
	if (!error)
		error = gpgme_op_keylist_from_data_start(v->ctx, data, 0);
	int rc = error ? pgp_fail(e, error, ERR_KEY, "gpg: key") : take_only(v->ctx, out_fpr, e);
	gpgme_data_release(data);
	pgp_verifier_free(v);
	return rc;
}
