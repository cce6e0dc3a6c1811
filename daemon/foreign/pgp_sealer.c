#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"
#include "foreign/pgp_impl.h"

struct pgp_sealer {
	struct pgp_verifier *home;
	gpgme_key_t keys[PGP_SEALER_MAX + 1];      /* NULL-terminated */
	size_t count;
};

struct pgp_sealer *pgp_sealer_new(struct err *e)
{
	struct pgp_verifier *home = pgp_verifier_new(e);
	if (!home)
		return NULL;
	struct pgp_sealer *s = mem_alloc(sizeof *s);
	s->home = home;
	return s;
}

void pgp_sealer_free(struct pgp_sealer *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		gpgme_key_unref(s->keys[i]);
	pgp_verifier_free(s->home);
	mem_free_ptr(&s);
}

static bool may_encrypt(const struct _gpgme_subkey *k)
{
	return k->can_encrypt && !k->revoked && !k->expired && !k->disabled && !k->invalid && k->keyid;
}

static int check_key(gpgme_key_t key, const char *fpr, struct err *e)
{
	bool can = false;
	if (!key->subkeys || !key->subkeys->fpr || strcasecmp(key->subkeys->fpr, fpr) != 0)
		return err_set(e, ERR_KEY, "key %s: not the fingerprint of a primary key", fpr);
	for (gpgme_subkey_t k = key->subkeys; k; k = k->next)
		can = can || may_encrypt(k);
	if (key->revoked || key->expired || key->disabled || key->invalid || !can)
		return err_set(e, ERR_KEY, "key %s: nothing can be encrypted to it: expired, revoked, or made for signing "
		               "alone", fpr);
	return ERR_OK;
}

static int get_key(struct pgp_sealer *s, const char *key, size_t len, const char *fpr, gpgme_key_t *out, struct err *e)
{
	struct err why = ERR_INIT;
	int rc = pgp_get_key(pgp_verifier_context(s->home), "gpg", fpr, false, out, e);
	if (rc != ERR_KEY || !pgp_verifier_blame(key, len, fpr, &why))
		return rc;
	*e = why;
	return (int)why.code;
}

int pgp_sealer_add(struct pgp_sealer *s, const char *key, size_t len, const char *fpr, struct err *e)
{
	gpgme_key_t found;
	if (s->count == PGP_SEALER_MAX)
		return err_set(e, ERR_TOOBIG, "key: more than %d to encrypt to", PGP_SEALER_MAX);
	int rc = pgp_verifier_add(s->home, key, len, e);
	if (!rc)
		rc = get_key(s, key, len, fpr, &found, e);
	if (rc)
		return rc;
	rc = check_key(found, fpr, e);
	if (rc)
		gpgme_key_unref(found);
	else
		s->keys[s->count++] = found;
	return rc;
}

static int check_encrypted(gpgme_ctx_t ctx, struct err *e)
{
	gpgme_encrypt_result_t got = gpgme_op_encrypt_result(ctx);
	return got && !got->invalid_recipients
		? ERR_OK : err_set(e, ERR_KEY, "gpg: did not encrypt to every key");
}

int pgp_sealer_encrypt(struct pgp_sealer *s, int in_fd, int out_fd, struct err *e)
{
	const gpgme_encrypt_flags_t flags = GPGME_ENCRYPT_ALWAYS_TRUST | GPGME_ENCRYPT_NO_COMPRESS |
	                                    GPGME_ENCRYPT_NO_ENCRYPT_TO;
	gpgme_ctx_t ctx = pgp_verifier_context(s->home);
	gpgme_data_t in = NULL, out = NULL;
	if (!s->count)
		return err_set(e, ERR_BUG, "gpg: encrypt: to nobody");
	gpgme_set_armor(ctx, 0);
	gpgme_error_t error = gpgme_data_new_from_fd(&in, in_fd);
	if (!error)
		error = gpgme_data_new_from_fd(&out, out_fd);
	if (!error)
		error = gpgme_op_encrypt(ctx, s->keys, flags, in, out);
	int rc = error ? pgp_fail(e, error, ERR_KEY, "gpg: encrypt") : check_encrypted(ctx, e);
	gpgme_data_release(in);
	gpgme_data_release(out);
	return rc;
}

int pgp_sealer_find(const struct pgp_sealer *s, const char *key_id)
{
	for (size_t i = 0; i < s->count; i++)
		for (gpgme_subkey_t k = s->keys[i]->subkeys; k; k = k->next)
			if (may_encrypt(k) && strcasecmp(k->keyid, key_id) == 0)
				return (int)i;
	return -1;
}

struct limited {
	int fd;
	uint64_t left;
	bool over;
};

/* gpgme hands over what came so far: a message that grows is stopped while it does. */
static ssize_t write_limited(void *handle, const void *bytes, size_t len)
{
	struct limited *l = handle;
	if (len > l->left) {
		l->over = true;
		errno = EFBIG;
		return -1;
	}
	ssize_t n = write(l->fd, bytes, len);
	if (n > 0)
		l->left -= (uint64_t)n;
	return n;
}

static int decrypt_with(gpgme_ctx_t ctx, int in_fd, struct limited *l, struct err *e)
{
	static struct gpgme_data_cbs callbacks = { .write = write_limited };
	gpgme_data_t in = NULL, out = NULL;
	gpgme_error_t error = gpgme_data_new_from_fd(&in, in_fd);
	if (!error)
		error = gpgme_data_new_from_cbs(&out, &callbacks, l);
	if (!error)
		error = gpgme_op_decrypt(ctx, in, out);
	gpgme_data_release(in);
	gpgme_data_release(out);
	if (l->over)
		return err_set(e, ERR_TOOBIG, "gpg: decrypt: more comes out than was put in");
	return error ? pgp_fail(e, error, ERR_KEY, "gpg: decrypt") : ERR_OK;
}

int pgp_decrypt(const char *home, int in_fd, int out_fd, uint64_t max, struct err *e)
{
	struct limited l = { .fd = out_fd, .left = max };
	gpgme_ctx_t ctx;
	int rc = pgp_context(home, &ctx, e);
	if (rc)
		return rc;
	rc = decrypt_with(ctx, in_fd, &l, e);
	gpgme_release(ctx);
	return rc;
}
