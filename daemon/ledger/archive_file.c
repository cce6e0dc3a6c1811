#include "ledger/archive_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/pgp.h"
#include "ledger/archive_impl.h"

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);
	return len > n && strcmp(s + len - n, end) == 0;
}

static int open_regular(const char *path, int *out, uint64_t *out_bytes, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc = fstat(fd, &st) < 0 ? err_errno(e, errno, "%s", path) : ERR_OK;
	if (!rc && !S_ISREG(st.st_mode))
		rc = err_set(e, ERR_USAGE, "%s: not a regular file", path);
	if (rc) {
		close(fd);
		return rc;
	}
	*out = fd;
	*out_bytes = (uint64_t)st.st_size;
	return ERR_OK;
}

static int read_one(const char *path, struct buf *out, bool *out_has, struct err *e)
{
	struct err why = ERR_INIT;
	int rc = file_read(path, ARCHIVE_SIDE_MAX, out, &why);
	*out_has = rc == ERR_OK;
	if (!rc || rc == ERR_NOTFOUND)
		return ERR_OK;
	*e = why;
	return rc;
}

static int read_side(const char *stem, struct archive_side *out, struct err *e)
{
	MEM_CLEANUP char *sum = mem_printf("%s.sha256", stem);
	MEM_CLEANUP char *signature = mem_printf("%s.sha256.asc", stem);
	int rc = read_one(sum, &out->sum, &out->has_sum, e);
	return rc ? rc : read_one(signature, &out->signature, &out->has_signature, e);
}

/* A file that no name leads to: it goes with the process. */
static int open_unnamed(int *out, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	if (!tmp || *tmp != '/')
		tmp = "/tmp";
	*out = open(tmp, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*out >= 0)
		return ERR_OK;
	err_errno(e, errno, "%s", tmp);
	return err_next(e, "name by TMPDIR a folder on a disk of your own that has room");
}

/* Nobody's fault where the key is missing: what can be told without it is told. */
static int decrypt(struct archive_file *f, uint64_t bytes, struct err *e)
{
	int plain, rc = open_unnamed(&plain, e);
	if (rc)
		return rc;
	rc = pgp_decrypt(NULL, f->wrapped, plain, bytes, &f->locked);
	if (!rc) {
		f->tar = plain;
		return ERR_OK;
	}
	close(plain);
	err_next(&f->locked, "a custodian opens it, with the secret key that its recipients name");
	if (rc == ERR_KEY)
		return ERR_OK;
	*e = f->locked;
	return rc;
}

static int open_files(struct archive_file *f, const char *stem, bool is_wrapped, struct err *e)
{
	uint64_t bytes;
	int rc = read_side(stem, &f->of_tar, e);
	if (rc)
		return rc;
	if (!is_wrapped)
		return open_regular(f->path, &f->tar, &bytes, e);
	rc = open_regular(f->path, &f->wrapped, &bytes, e);
	if (!rc)
		rc = read_side(f->path, &f->of_wrapped, e);
	return rc ? rc : decrypt(f, bytes, e);
}

int archive_file_open(const char *path, struct archive_file *out, struct err *e)
{
	bool is_wrapped = ends_with(path, ".tar.gpg");
	struct archive_file f = { .path = mem_strdup(path), .tar = -1, .wrapped = -1 };
	int rc = ERR_USAGE;
	if (!is_wrapped && !ends_with(path, ".tar"))
		err_set(e, ERR_USAGE, "%s: not called NAME.tar or NAME.tar.gpg", path);
	else {
		MEM_CLEANUP char *stem = mem_strndup(path, strlen(path) - strlen(is_wrapped ? ".tar.gpg" : ".tar"));
		rc = open_files(&f, stem, is_wrapped, e);
	}
	if (rc)
		archive_file_close(&f);
	else
		*out = f;
	return rc;
}

static void release_side(struct archive_side *s)
{
	buf_release(&s->sum);
	buf_release(&s->signature);
}

void archive_file_close(struct archive_file *f)
{
	if (f->tar >= 0)
		close(f->tar);
	if (f->wrapped >= 0)
		close(f->wrapped);
	release_side(&f->of_tar);
	release_side(&f->of_wrapped);
	free(f->path);
	*f = (struct archive_file){ .tar = -1, .wrapped = -1 };
}
