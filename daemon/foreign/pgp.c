#include "foreign/pgp.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "foreign/ed25519.h"
#include "foreign/pgp_impl.h"

#define GPGME_LEAST "1.18.0"
#define GNUPG_LEAST "2.2.0"
#define SECRETS "private-keys-v1.d"
#define SECRET_MAX ((size_t)64 << 10)

/* No question, no network, no trust but that of the fingerprints that we compare ourselves. No lock files: who uses the
 * home holds the lock of the store, and on a disk that takes no writes gpg would try to make one for ever. */
static const char gpg_conf[] =
	"batch\n"
	"lock-never\n"
	"no-greeting\n"
	"no-tty\n"
	"trust-model always\n"
	"no-auto-check-trustdb\n"
	"no-auto-key-retrieve\n"
	"disable-dirmngr\n";

/* A passphrase that was typed holds until the agent ends, which the signer sees to. */
static const char agent_conf[] =
	"enable-ssh-support\n"
	"allow-preset-passphrase\n"
	"default-cache-ttl 34560000\n"
	"max-cache-ttl 34560000\n"
	"no-grab\n";

int pgp_library_init(struct err *e)
{
	gpgme_set_global_flag("require-gnupg", GNUPG_LEAST);
	if (!gpgme_check_version(GPGME_LEAST))
		return err_set(e, ERR_UNAVAILABLE, "gpgme: older than %s", GPGME_LEAST);
	if (gpgme_engine_check_version(GPGME_PROTOCOL_OpenPGP)) {
		err_set(e, ERR_UNAVAILABLE, "gpg: not found, or older than %s", GNUPG_LEAST);
		return err_next(e, "install the package gnupg");
	}
	return ERR_OK;
}

int pgp_fail(struct err *e, gpgme_error_t error, enum err_code code, const char *what)
{
	static const struct {
		gpg_err_code_t from;
		enum err_code to;
	} causes[] = {
		{ GPG_ERR_NO_AGENT, ERR_UNAVAILABLE },           { GPG_ERR_AGENT, ERR_UNAVAILABLE },
		{ GPG_ERR_ASS_CONNECT_FAILED, ERR_UNAVAILABLE }, { GPG_ERR_ASS_SERVER_START, ERR_UNAVAILABLE },
		{ GPG_ERR_INV_ENGINE, ERR_UNAVAILABLE },         { GPG_ERR_EOF, ERR_UNAVAILABLE },
		{ GPG_ERR_EPIPE, ERR_UNAVAILABLE },              { GPG_ERR_ENOSPC, ERR_FULL },
		{ GPG_ERR_EDQUOT, ERR_FULL },                    { GPG_ERR_EROFS, ERR_READONLY },
		{ GPG_ERR_EIO, ERR_IO },
	};
	char reason[128];
	gpg_err_code_t from = gpgme_err_code(error);
	for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
		if (causes[i].from == from)
			code = causes[i].to;
	gpgme_strerror_r(error, reason, sizeof reason);
	return err_set(e, code, "%s: %s", lang_text(what), reason);
}

int pgp_context(const char *home, gpgme_ctx_t *out, struct err *e)
{
	gpgme_ctx_t ctx;
	gpgme_error_t error = gpgme_new(&ctx);
	if (error)
		return pgp_fail(e, error, ERR_UNAVAILABLE, "gpgme");
	error = gpgme_set_protocol(ctx, GPGME_PROTOCOL_OpenPGP);
	if (!error && home)
		error = gpgme_ctx_set_engine_info(ctx, GPGME_PROTOCOL_OpenPGP, NULL, home);
	if (error) {
		gpgme_release(ctx);
		return pgp_fail(e, error, ERR_UNAVAILABLE, "gpg");
	}
	gpgme_set_offline(ctx, 1);
	*out = ctx;
	return ERR_OK;
}

void pgp_add_data(gpgme_data_t data, struct buf *out)
{
	char chunk[4096];
	ssize_t n;
	gpgme_data_seek(data, 0, SEEK_SET);
	while ((n = gpgme_data_read(data, chunk, sizeof chunk)) > 0)
		buf_add(out, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof chunk);
}

bool pgp_is_fingerprint(const char *fpr)
{
	return fpr && strlen(fpr) == PGP_FPR_LEN && strspn(fpr, "0123456789ABCDEFabcdef") == PGP_FPR_LEN;
}

static bool has_fingerprint(gpgme_key_t key, const char *fpr)
{
	for (gpgme_subkey_t s = key->subkeys; s; s = s->next)
		if (s->fpr && strcasecmp(s->fpr, fpr) == 0)
			return true;
	return false;
}

static int refuse_absent(const char *home, const char *fpr, bool secret, struct err *e)
{
	err_set(e, ERR_KEY, "%s: holds no %s key %s", home ? home : _("your key ring"),
	        secret ? _("secret") : _("public"), fpr);
	if (home)
		err_next(e, "put that folder back from a backup of it");
	else
		err_next(e, "gpg --list-secret-keys --with-subkey-fingerprint shows those of your keys; another key ring is "
		            "named by GNUPGHOME");
	return ERR_KEY;
}

int pgp_get_key(gpgme_ctx_t ctx, const char *home, const char *fpr, bool secret, gpgme_key_t *out, struct err *e)
{
	const char *where = home ? home : _("your key ring");
	gpgme_key_t key = NULL;
	if (!pgp_is_fingerprint(fpr)) {
		err_set(e, ERR_KEY, "key: not a full fingerprint of 40 hexadecimal digits");
		return err_next(e, "gpg --list-secret-keys --with-subkey-fingerprint shows those of your keys");
	}
	gpgme_set_keylist_mode(ctx, GPGME_KEYLIST_MODE_LOCAL | GPGME_KEYLIST_MODE_WITH_KEYGRIP);
	gpgme_error_t error = gpgme_get_key(ctx, fpr, &key, secret);
	if (gpgme_err_code(error) == GPG_ERR_EOF)      /* not there, or gpg was killed before it could say so: once more */
		error = gpgme_get_key(ctx, fpr, &key, secret);
	gpg_err_code_t code = gpgme_err_code(error);
	if (code == GPG_ERR_EOF || code == GPG_ERR_NOT_FOUND)
		return refuse_absent(home, fpr, secret, e);
	if (error)
		return pgp_fail(e, error, ERR_KEY, where);
	if (has_fingerprint(key, fpr)) {
		*out = key;
		return ERR_OK;
	}
	gpgme_key_unref(key);
	return err_set(e, ERR_KEY, "%s: gave another key than %s", where, fpr);
}

bool pgp_is_ed25519(const struct _gpgme_subkey *s)
{
	return s->can_sign && s->fpr && s->pubkey_algo == GPGME_PK_EDDSA && s->curve &&
	       strcasecmp(s->curve, "ed25519") == 0;
}

bool pgp_is_signer(const struct _gpgme_subkey *s)
{
	return pgp_is_ed25519(s) && !s->revoked && !s->expired && !s->disabled && !s->invalid;
}

static void set_fingerprint(char out[PGP_FPR_LEN + 1], const char *fpr)
{
	size_t i = 0;
	for (; i < PGP_FPR_LEN && fpr[i]; i++)
		out[i] = (char)toupper((unsigned char)fpr[i]);
	out[i] = '\0';
}

/* In order of creation; keys made in the same second stay in the order of the key block. */
static void fill_key(gpgme_key_t key, struct pgp_key *out)
{
	long made[sizeof out->subkey / sizeof *out->subkey];
	const int most = (int)(sizeof made / sizeof *made);
	memset(out, 0, sizeof *out);
	set_fingerprint(out->primary, key->subkeys->fpr);
	if (key->uids && !key->uids->next && key->uids->uid && strlen(key->uids->uid) < sizeof out->uid)
		strcpy(out->uid, key->uids->uid);
	for (gpgme_subkey_t s = key->subkeys; s && out->subkeys < most; s = s->next) {
		if (!pgp_is_signer(s) || !s->secret)
			continue;
		int at = out->subkeys++;
		for (; at > 0 && made[at - 1] > s->timestamp; at--) {
			made[at] = made[at - 1];
			memcpy(out->subkey[at], out->subkey[at - 1], sizeof out->subkey[at]);
		}
		made[at] = s->timestamp;
		set_fingerprint(out->subkey[at], s->fpr);
	}
}

static int find_in(gpgme_ctx_t ctx, const char *home, const char *fpr, struct pgp_key *out, struct err *e)
{
	gpgme_key_t key;
	int rc = pgp_get_key(ctx, home, fpr, true, &key, e);
	if (rc)
		return rc;
	if (key->revoked || key->expired || key->disabled || key->invalid)
		rc = err_set(e, ERR_KEY, "key %s: revoked, expired or not valid", fpr);
	if (!rc)
		rc = pgp_agent_check_key(home, key, NULL, e);
	if (!rc)
		fill_key(key, out);
	gpgme_key_unref(key);
	return rc;
}

int pgp_find(const char *home, const char *fpr, struct pgp_key *out, struct err *e)
{
	gpgme_ctx_t ctx;
	int rc = pgp_context(home, &ctx, e);
	if (rc)
		return rc;
	rc = find_in(ctx, home, fpr, out, e);
	gpgme_release(ctx);
	return rc;
}

static int write_setting(const char *home, const char *name, const char *text, struct err *e)
{
	MEM_CLEANUP char *path = file_path(home, name);
	return file_exists(path) ? ERR_OK : file_write_durable(path, text, strlen(text), 0600, e);
}

/* The folder itself is made when absent. The length of its path is judged before anything is made. */
static int prepare_home(const char *home, struct err *e)
{
	MEM_CLEANUP char *socket = NULL;
	struct stat st;
	if (!home || home[0] != '/')
		return err_set(e, ERR_CONFIG, "%s: the key home has to be an absolute path", home ? home : "(none)");
	int rc = pgp_agent_socket(home, &socket, e);
	if (!rc && !file_exists(home))
		rc = file_mkdir(home, 0700, e);
	if (rc)
		return rc;
	if (lstat(home, &st) < 0)
		return err_errno(e, errno, "%s", home);
	if (!S_ISDIR(st.st_mode) || (st.st_mode & 077)) {
		err_set(e, ERR_CONFIG, "%s: a key home has to be a folder that only its owner may enter", home);
		return err_next(e, "chmod 700 %s", home);
	}
	rc = write_setting(home, "gpg.conf", gpg_conf, e);
	return rc ? rc : write_setting(home, "gpg-agent.conf", agent_conf, e);
}

static int make_primary(gpgme_ctx_t ctx, const char *uid, char out_fpr[PGP_FPR_LEN + 1], struct err *e)
{
	const unsigned flags = GPGME_CREATE_CERT | GPGME_CREATE_NOPASSWD | GPGME_CREATE_NOEXPIRE;
	gpgme_error_t error = gpgme_op_createkey(ctx, uid, "ed25519", 0, 0, NULL, flags);
	if (error)
		return pgp_fail(e, error, ERR_KEY, "gpg: making the primary key");
	gpgme_genkey_result_t made = gpgme_op_genkey_result(ctx);
	if (!made || !pgp_is_fingerprint(made->fpr))
		return err_set(e, ERR_KEY, "gpg: made a primary key, but does not say which");
	set_fingerprint(out_fpr, made->fpr);
	return ERR_OK;
}

static int make_subkeys(gpgme_ctx_t ctx, const char *home, const char *fpr, int count, struct err *e)
{
	const unsigned flags = GPGME_CREATE_SIGN | GPGME_CREATE_NOPASSWD | GPGME_CREATE_NOEXPIRE;
	int rc = ERR_OK;
	for (int i = 0; !rc && i < count; i++) {
		gpgme_key_t key;
		rc = pgp_get_key(ctx, home, fpr, true, &key, e);
		if (rc)
			return rc;
		gpgme_error_t error = gpgme_op_createsubkey(ctx, key, "ed25519", 0, 0, flags);
		gpgme_key_unref(key);
		if (error)
			rc = pgp_fail(e, error, ERR_KEY, "gpg: making a signing key");
	}
	return rc;
}

static int create_in(gpgme_ctx_t ctx, const char *home, const char *uid, int signers, struct pgp_key *out,
                     struct err *e)
{
	char fpr[PGP_FPR_LEN + 1];
	int rc = make_primary(ctx, uid, fpr, e);
	if (!rc)
		rc = make_subkeys(ctx, home, fpr, signers, e);
	if (!rc)
		rc = find_in(ctx, home, fpr, out, e);
	if (!rc && out->subkeys != signers)
		rc = err_set(e, ERR_KEY, "%s: gpg made %d signing keys, not %d", home, out->subkeys, signers);
	return rc ? rc : file_sync_tree(home, e);
}

int pgp_create(const char *home, const char *uid, int signers, struct pgp_key *out, struct err *e)
{
	gpgme_ctx_t ctx;
	if (signers < 1 || signers > (int)(sizeof out->subkey / sizeof *out->subkey))
		return err_set(e, ERR_BUG, "key: %d signing keys asked for", signers);
	int rc = prepare_home(home, e);
	if (!rc)
		rc = pgp_context(home, &ctx, e);
	if (rc)
		return rc;
	rc = create_in(ctx, home, uid, signers, out, e);
	gpgme_release(ctx);
	return rc;
}

static int export_key(gpgme_ctx_t ctx, const char *fpr, gpgme_export_mode_t mode, struct buf *out, struct err *e)
{
	gpgme_data_t data;
	size_t before = out->len;
	gpgme_error_t error = gpgme_data_new(&data);
	if (error)
		return pgp_fail(e, error, ERR_KEY, "gpgme");
	error = gpgme_op_export(ctx, fpr, mode, data);
	if (!error)
		pgp_add_data(data, out);
	gpgme_data_release(data);
	if (error)
		return pgp_fail(e, error, ERR_KEY, "gpg: export");
	return out->len > before ? ERR_OK : err_set(e, ERR_KEY, "key %s: gpg exports nothing", fpr);
}

int pgp_export(const char *home, const char *fpr, struct buf *out_armor, struct err *e)
{
	gpgme_ctx_t ctx;
	gpgme_key_t key;
	int rc = pgp_context(home, &ctx, e);
	if (rc)
		return rc;
	gpgme_set_armor(ctx, 1);
	rc = pgp_get_key(ctx, home, fpr, false, &key, e);
	if (!rc) {
		gpgme_key_unref(key);
		rc = export_key(ctx, fpr, GPGME_EXPORT_MODE_MINIMAL, out_armor, e);
	}
	gpgme_release(ctx);
	return rc;
}

/* The public part, as gpg knows it. */
static int copy_public(const char *home, const char *from_home, const char *fpr, struct err *e)
{
	BUF_CLEANUP struct buf armor = BUF_INIT;
	gpgme_ctx_t ctx;
	gpgme_data_t data;
	int rc = pgp_export(from_home, fpr, &armor, e);
	if (!rc)
		rc = pgp_context(home, &ctx, e);
	if (rc)
		return rc;
	gpgme_error_t error = gpgme_data_new_from_mem(&data, armor.ptr, armor.len, 0);
	if (!error) {
		error = gpgme_op_import(ctx, data);
		gpgme_data_release(data);
	}
	gpgme_import_result_t got = error ? NULL : gpgme_op_import_result(ctx);
	if (error)
		rc = pgp_fail(e, error, ERR_KEY, "gpg: import");
	else if (!got || got->imported + got->unchanged < 1)
		rc = err_set(e, ERR_KEY, "%s: gpg did not take the key", home);
	gpgme_release(ctx);
	return rc;
}

static int copy_secret(const char *from, const char *to, const char *grip, struct err *e)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	MEM_CLEANUP char *name = mem_printf("%s.key", grip);
	MEM_CLEANUP char *from_file = file_path(from, name);
	MEM_CLEANUP char *to_file = file_path(to, name);
	int rc = file_read(from_file, SECRET_MAX, &bytes, e);
	if (!rc)
		rc = file_write_durable(to_file, bytes.ptr, bytes.len, 0600, e);
	if (bytes.ptr)
		explicit_bzero(bytes.ptr, bytes.len);
	return rc;
}

/* As they are kept, passphrase and all; of a key on a card that is a note of which card. */
static int copy_secrets(const char *home, const char *from_home, const char *fpr, struct err *e)
{
	gpgme_ctx_t ctx;
	gpgme_key_t key = NULL;
	MEM_CLEANUP char *source = NULL;
	int rc = pgp_agent_home(from_home, &source, e);
	if (!rc)
		rc = pgp_context(from_home, &ctx, e);
	if (rc)
		return rc;
	rc = pgp_get_key(ctx, from_home, fpr, true, &key, e);
	if (!rc) {
		MEM_CLEANUP char *from = file_path(source, SECRETS);
		MEM_CLEANUP char *to = file_path(home, SECRETS);
		rc = file_exists(to) ? ERR_OK : file_mkdir(to, 0700, e);
		for (gpgme_subkey_t s = key->subkeys; !rc && s; s = s->next)
			if (s->secret && s->keygrip)
				rc = copy_secret(from, to, s->keygrip, e);
		gpgme_key_unref(key);
	}
	gpgme_release(ctx);
	return rc;
}

int pgp_adopt(const char *home, const char *from_home, const char *fpr, struct err *e)
{
	struct pgp_key key;
	int rc = prepare_home(home, e);
	if (!rc)
		rc = pgp_find(from_home, fpr, &key, e);
	if (!rc)
		rc = copy_public(home, from_home, fpr, e);
	if (!rc)
		rc = copy_secrets(home, from_home, fpr, e);
	if (!rc)
		rc = pgp_find(home, fpr, &key, e);
	return rc ? rc : file_sync_tree(home, e);
}

static int check_signed(gpgme_ctx_t ctx, gpgme_key_t key, struct err *e)
{
	gpgme_sign_result_t got = gpgme_op_sign_result(ctx);
	if (!got || got->invalid_signers || !got->signatures || got->signatures->next)
		return err_set(e, ERR_KEY, "gpg: did not make exactly one signature");
	if (!has_fingerprint(key, got->signatures->fpr))
		return err_set(e, ERR_KEY, "gpg: signed with another key than the one asked for");
	return ERR_OK;
}

static int sign_with(gpgme_ctx_t ctx, gpgme_key_t key, const void *data, size_t len, struct buf *out, struct err *e)
{
	gpgme_data_t in = NULL, sig = NULL;
	gpgme_error_t error = gpgme_signers_add(ctx, key);
	if (!error)
		error = gpgme_data_new_from_mem(&in, data, len, 0);
	if (!error)
		error = gpgme_data_new(&sig);
	if (!error)
		error = gpgme_op_sign(ctx, in, sig, GPGME_SIG_MODE_DETACH);
	int rc = error ? pgp_fail(e, error, ERR_KEY, "gpg: sign") : check_signed(ctx, key, e);
	if (!rc)
		pgp_add_data(sig, out);
	gpgme_data_release(in);
	gpgme_data_release(sig);
	return rc;
}

int pgp_sign_detached(const char *home, const char *fpr, const void *data, size_t len, struct buf *out_sig,
                      struct err *e)
{
	gpgme_ctx_t ctx;
	gpgme_key_t key;
	int rc = pgp_context(home, &ctx, e);
	if (rc)
		return rc;
	rc = pgp_get_key(ctx, home, fpr, true, &key, e);
	if (!rc) {
		rc = sign_with(ctx, key, data, len, out_sig, e);
		gpgme_key_unref(key);
	}
	gpgme_release(ctx);
	return rc;
}

bool pgp_ed25519_is_valid(const uint8_t public_key[32], const uint8_t *digest, size_t len, const uint8_t r[32],
                          const uint8_t s[32])
{
	uint8_t sig[64];
	memcpy(sig, r, 32);
	memcpy(sig + 32, s, 32);
	return ed25519_is_valid(public_key, digest, len, sig);
}
