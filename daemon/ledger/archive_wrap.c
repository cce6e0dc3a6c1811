#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/pgp.h"
#include "ledger/archive.h"
#include "ledger/archive_impl.h"
#include "model/pgpmsg.h"

#define METHOD "openpgp"
#define KEY_MAX ((size_t)1 << 20)

/* The custodians' keys as they are now; nothing is encrypted to fewer. */
static int open_sealer(const struct store *s, struct pgp_sealer **out, struct err *e)
{
	struct pgp_sealer *sealer = pgp_library_init(e) ? NULL : pgp_sealer_new(e);
	int rc = sealer ? ERR_OK : (int)e->code;
	for (size_t i = 0; !rc && i < s->custodians_count; i++) {
		const struct store_custodian *c = &s->custodians[i];
		BUF_CLEANUP struct buf key = BUF_INIT;
		rc = file_read(c->key, KEY_MAX, &key, e);
		if (!rc)
			rc = pgp_sealer_add(sealer, buf_str(&key), key.len, c->fpr, e);
		if (rc)
			err_prefix(e, "custodian %s", c->name);
	}
	if (rc)
		pgp_sealer_free(sealer);
	else
		*out = sealer;
	return rc;
}

struct file {
	const char *path;
	int fd;
};

static int read_file(void *ctx, uint64_t at, void *out, size_t len, struct err *e)
{
	const struct file *f = ctx;
	ssize_t n = pread(f->fd, out, len, (off_t)at);
	if (n < 0)
		return err_errno(e, errno, "%s", f->path);
	return (size_t)n == len ? ERR_OK : err_set(e, ERR_SYNTAX, "%s: ends early", f->path);
}

/* Each custodian opens it, by one key, and nobody else. */
static int check_recipients(const struct pgp_sealer *s, size_t custodians, const struct pgpmsg *m, const char *path,
                            struct err *e)
{
	bool seen[STORE_CUSTODIANS_MAX] = { false };
	bool right = m->count == custodians;
	for (size_t i = 0; right && i < m->count; i++) {
		int at = pgp_sealer_find(s, m->id[i]);
		right = at >= 0 && !seen[at];
		if (right)
			seen[at] = true;
	}
	return right ? ERR_OK : err_set(e, ERR_KEY, "%s: not encrypted to exactly the custodians", path);
}

static int check_wrapped(const struct pgp_sealer *s, size_t custodians, const char *path, struct leaf_digest *out,
                         struct err *e)
{
	struct file f = { path, open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) };
	struct pgpmsg m;
	if (f.fd < 0)
		return err_errno(e, errno, "%s", path);
	posix_fadvise(f.fd, 0, 0, POSIX_FADV_DONTNEED); /* from the medium, not from memory, where that can be had */
	int rc = archive_hash_fd(f.fd, path, &out->hash, &out->bytes, e);
	if (!rc)
		rc = pgpmsg_parse(read_file, &f, out->bytes, &m, e);
	if (!rc)
		rc = check_recipients(s, custodians, &m, path, e);
	close(f.fd);
	strcpy(out->method, METHOD);
	return rc;
}

static int encrypt(struct pgp_sealer *s, const char *path, const char *partial, struct err *e)
{
	if (unlink(partial) < 0 && errno != ENOENT)
		return err_errno(e, errno, "%s", partial);
	int in = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), rc = ERR_OK;
	if (in < 0)
		return err_errno(e, errno, "%s", path);
	int out = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		rc = err_errno(e, errno, "%s", partial);
	if (!rc)
		rc = pgp_sealer_encrypt(s, in, out, e);
	if (!rc && fsync(out) < 0)
		rc = err_sync(e, errno, partial);
	if (out >= 0 && close(out) < 0 && !rc)
		rc = err_errno(e, errno, "%s", partial);
	close(in);
	return rc;
}

/* By the keys of the rule book in force: that of the archive among them. */
static void gather_keys(const struct ledger *l, struct archive_keys *out)
{
	for (size_t i = 0; i < l->rules->count; i++)
		if (strncmp(l->rules->files[i].path, "keys/", 5) == 0)
			archive_keys_add(out, l->rules->files[i].path, l->rules->files[i].bytes, l->rules->files[i].len);
}

/* Its checksum is signed before it gets its name, so that what has the name without one was not made here. */
static int make_wrapped(struct ledger *l, struct pgp_sealer *s, struct archive_keys *keys, const char *path,
                        const char *wrapped, struct leaf_digest *out, struct err *e)
{
	MEM_CLEANUP char *partial = mem_printf("%s.partial", wrapped);
	int rc = encrypt(s, path, partial, e);
	if (!rc)
		rc = check_wrapped(s, l->store->custodians_count, partial, out, e);
	if (!rc)
		rc = archive_sign_write(l, keys, wrapped, &out->hash, e);
	if (!rc)
		rc = file_rename_new(partial, wrapped, e);
	if (rc)
		unlink(partial);
	return rc;
}

/* An earlier try has made it, or somebody else. */
static int keep_wrapped(struct ledger *l, const struct pgp_sealer *s, struct archive_keys *keys,
                        const char *wrapped, struct leaf_digest *out, struct err *e)
{
	int rc = check_wrapped(s, l->store->custodians_count, wrapped, out, e);
	if (!rc && archive_sign_stands(l, keys, wrapped, &out->hash))
		return ERR_OK;
	if (rc && rc != ERR_SYNTAX && rc != ERR_KEY)
		return rc;
	err_set(e, ERR_CONFLICT, "%s: not encrypted by this ledger to the custodians of daicho.ini", wrapped);
	return err_next(e, "move it away, with its .sha256 and .sha256.asc, and find out whose it is; then run again");
}

static int check_named(const char *wrapped, const struct leaf_digest *named, struct leaf_digest *out, struct err *e)
{
	struct hash hash;
	uint64_t bytes;
	int rc = archive_hash(wrapped, &hash, &bytes, e);
	if (!rc && !hash_is_equal(&hash, &named->hash))
		rc = err_set(e, ERR_LEDGER, "%s: not the encrypted archive that the certificate names", wrapped);
	if (rc)
		return err_next(e, "put the archive of the certificate back in its place, then run again");
	*out = *named;
	return ERR_OK;
}

int archive_wrap(struct ledger *l, const char *path, const struct leaf_digest *named, struct leaf_digest *out,
                 struct err *e)
{
	MEM_CLEANUP char *wrapped = mem_printf("%s.gpg", path);
	struct pgp_sealer *s;
	struct archive_keys keys = { .count = 0 };
	if (named)
		return check_named(wrapped, named, out, e);
	*out = (struct leaf_digest){ .method = "" };
	if (!l->store->custodians_count)
		return ERR_OK;
	int rc = open_sealer(l->store, &s, e);
	if (rc)
		return rc;
	gather_keys(l, &keys);
	if (file_exists(wrapped))
		rc = keep_wrapped(l, s, &keys, wrapped, out, e);
	else
		rc = make_wrapped(l, s, &keys, path, wrapped, out, e);
	archive_keys_release(&keys);
	pgp_sealer_free(s);
	return rc;
}

int archive_unwrapped_remove(const char *path, const struct leaf_digest *wrapped, struct err *e)
{
	MEM_CLEANUP char *sealed = mem_printf("%s.gpg", path);
	struct leaf_digest found;
	if (!file_exists(path))
		return ERR_OK;
	int rc = check_named(sealed, wrapped, &found, e);
	if (!rc && unlink(path) < 0)
		rc = err_errno(e, errno, "%s", path);
	return rc ? rc : file_sync_parent(path, e);
}

/* Without the file its checksum is one of nothing: a try was stopped before that got its name, or once it was gone. */
static int is_ours(struct ledger *l, const char *path, bool *out, struct err *e)
{
	struct archive_keys keys = { .count = 0 };
	struct stat st;
	struct hash hash;
	uint64_t bytes;
	*out = lstat(path, &st) < 0;
	if (*out)
		return errno == ENOENT ? ERR_OK : err_errno(e, errno, "%s", path);
	int rc = archive_hash(path, &hash, &bytes, e);
	if (rc)
		return rc;
	gather_keys(l, &keys);
	*out = archive_sign_stands(l, &keys, path, &hash);
	archive_keys_release(&keys);
	return ERR_OK;
}

static int drop(const char *path, bool *out_dropped, struct err *e)
{
	int rc = file_drop_temporary(path, e);
	if (rc)
		return rc;
	if (unlink(path) < 0)
		return errno == ENOENT ? ERR_OK : err_errno(e, errno, "%s", path);
	*out_dropped = true;
	return ERR_OK;
}

int archive_signed(struct ledger *l, const char *path, struct hash *out, struct err *e)
{
	struct archive_keys keys = { .count = 0 };
	gather_keys(l, &keys);
	int rc = archive_sign_find(l, &keys, path, out, e);
	archive_keys_release(&keys);
	return rc;
}

int archive_discard(struct ledger *l, const char *path, struct err *e)
{
	MEM_CLEANUP char *sum_path = archive_sign_path(path);
	MEM_CLEANUP char *armor_path = mem_printf("%s.asc", sum_path);
	const char *const files[] = { path, sum_path, armor_path };
	bool ours = false, dropped = false;
	int rc = is_ours(l, path, &ours, e);
	for (size_t i = 0; !rc && ours && i < sizeof files / sizeof *files; i++)
		rc = drop(files[i], &dropped, e);
	return rc || !dropped ? rc : file_sync_parent(path, e);
}
