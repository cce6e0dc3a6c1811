#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define CHUNK ((size_t)64 << 10)

char *file_path(const char *dir, const char *name)
{
	size_t len = strlen(dir);
	return mem_printf("%s%s%s", dir, len && dir[len - 1] == '/' ? "" : "/", name);
}

char *file_absolute(const char *path)
{
	MEM_CLEANUP char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	return here ? file_path(here, path) : mem_strdup(path);
}

bool file_exists(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

int file_find(const char *path, struct err *e)
{
	struct stat st;
	if (lstat(path, &st) == 0)
		return ERR_OK;
	int rc = err_errno(e, errno == ENOTDIR ? ENOENT : errno, "%s", path);
	return rc != ERR_PERM ? rc
		: err_next(e, "its folders are closed to your login: ask who keeps them, or name another");
}

static int read_all(int fd, size_t max, const char *name, struct buf *out, struct err *e)
{
	char chunk[CHUNK];
	size_t before = out->len;
	int rc = ERR_OK;
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof chunk);
		if (n == 0)
			return ERR_OK;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			rc = err_errno(e, errno, "%s", name);
			break;
		}
		buf_add(out, chunk, (size_t)n);
		if (buf_is_over(out) || out->len - before > max) {
			rc = err_set(e, ERR_TOOBIG, "%s: over %zu bytes", name, max);
			break;
		}
	}
	if (out->ptr)
		out->ptr[out->len = before] = '\0';
	return rc;
}

int file_read_fd(int fd, size_t max, struct buf *out, struct err *e)
{
	return read_all(fd, max, "input", out, e);
}

int file_read(const char *path, size_t max, struct buf *out, struct err *e)
{
	struct stat st;
	/* O_NONBLOCK: a fifo in the place of the file must not hold us up. */
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ELOOP)
		return err_set(e, ERR_IO, "%s: is a symbolic link", path);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc;
	if (fstat(fd, &st) < 0)
		rc = err_errno(e, errno, "%s", path);
	else if (!S_ISREG(st.st_mode))
		rc = err_set(e, ERR_IO, "%s: is not a regular file", path);
	else
		rc = read_all(fd, max, path, out, e);
	close(fd);
	return rc;
}

int file_write_all(int fd, const void *bytes, size_t len, const char *name, struct err *e)
{
	const char *p = bytes;
	while (len > 0) {
		ssize_t n = write(fd, p, len);
		if (n < 0 && errno != EINTR)
			return err_errno(e, errno, "%s", name);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return ERR_OK;
}

int file_sync_dir(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc = fsync(fd) < 0 ? err_sync(e, errno, path) : ERR_OK;
	close(fd);
	return rc;
}

/* The folder that holds path, to be freed. */
static char *get_parent(const char *path)
{
	size_t len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	return len ? mem_strndup(path, len) : mem_strdup(".");
}

int file_sync_parent(const char *path, struct err *e)
{
	MEM_CLEANUP char *parent = get_parent(path);
	return file_sync_dir(parent, e);
}

/* name: what whoever asked for it calls it. */
static int write_synced(const char *path, const char *name, const void *bytes, size_t len, mode_t mode, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(e, errno, "%s", name);
	int rc = file_write_all(fd, bytes, len, name, e);
	if (!rc && fchmod(fd, mode) < 0)
		rc = err_errno(e, errno, "%s", name);
	if (!rc && fsync(fd) < 0)
		rc = err_sync(e, errno, name);
	if (close(fd) < 0 && !rc)
		rc = err_errno(e, errno, "%s", name);
	return rc;
}

int file_write_durable(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e)
{
	MEM_CLEANUP char *temporary = mem_printf("%s.tmp-%ld", path, (long)getpid());
	if (unlink(temporary) < 0 && errno != ENOENT)
		return err_errno(e, errno, "%s", path);
	int rc = write_synced(temporary, path, bytes, len, mode, e);
	if (!rc && rename(temporary, path) < 0)
		rc = err_errno(e, errno, "%s", path);
	if (rc) {
		unlink(temporary);
		return rc;
	}
	return file_sync_parent(path, e);
}

/* "<name>.tmp-<digits>" */
static bool is_temporary_of(const char *entry, const char *name)
{
	static const char mark[] = ".tmp-";
	size_t len = strlen(name);
	if (strncmp(entry, name, len) != 0 || strncmp(entry + len, mark, strlen(mark)) != 0)
		return false;
	const char *digits = entry + len + strlen(mark);
	return *digits && digits[strspn(digits, "0123456789")] == '\0';
}

int file_drop_temporary(const char *path, struct err *e)
{
	MEM_CLEANUP char *parent = get_parent(path);
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	DIR *d = opendir(parent);
	const struct dirent *entry;
	int rc = ERR_OK;
	if (!d)
		return err_errno(e, errno, "%s", parent);
	while (!rc && (errno = 0, entry = readdir(d)))
		if (is_temporary_of(entry->d_name, name) && unlinkat(dirfd(d), entry->d_name, 0) < 0)
			rc = err_errno(e, errno, "%s/%s", parent, entry->d_name);
	if (!rc && errno)
		rc = err_errno(e, errno, "%s", parent);
	closedir(d);
	return rc;
}

static int sync_made(const char *path, struct err *e)
{
	int rc = file_sync_dir(path, e);
	return rc ? rc : file_sync_parent(path, e);
}

int file_mkdir(const char *path, mode_t mode, struct err *e)
{
	if (mkdir(path, mode) < 0)
		return err_errno(e, errno, "%s", path);
	return sync_made(path, e);
}

static int make_missing(const char *path, mode_t mode, struct err *e)
{
	struct stat st;
	if (mkdir(path, mode) == 0)
		return sync_made(path, e);
	int errnum = errno;
	/* A root folder that takes no writes answers EROFS, or EACCES, for a folder that is there. */
	if (stat(path, &st) == 0)
		return S_ISDIR(st.st_mode) ? ERR_OK : err_set(e, ERR_IO, "%s: is not a folder", path);
	return err_errno(e, errnum, "%s", path);
}

int file_mkdirs(const char *path, mode_t mode, struct err *e)
{
	MEM_CLEANUP char *part = mem_strdup(path);
	for (size_t i = 1; part[0] && part[i]; i++) {
		if (part[i] != '/')
			continue;
		part[i] = '\0';
		int rc = make_missing(part, mode, e);
		if (rc)
			return rc;
		part[i] = '/';
	}
	return make_missing(path, mode, e);
}

int file_exchange(const char *a, const char *b, struct err *e)
{
	if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0)
		return err_errno(e, errno, "%s: exchange with %s", a, b);
	int rc = file_sync_parent(a, e);
	return rc ? rc : file_sync_parent(b, e);
}

/* Not every file system of a mounted archive folder knows RENAME_NOREPLACE; link() is refused alike. */
static int rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	return link(from, to) < 0 ? -1 : unlink(from);
}

int file_rename_new(const char *from, const char *to, struct err *e)
{
	if (rename_new(from, to) == 0)
		return file_sync_parent(to, e);
	if (errno != EEXIST)
		return err_errno(e, errno, "%s", to);
	err_set(e, ERR_CONFLICT, "%s: is there already", to);
	err_next(e, "name one that is not there yet");
	return ERR_CONFLICT;
}

static int refuse_held(int fd, const char *path, struct err *e)
{
	char pid[24];
	ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
	pid[n > 0 ? n : 0] = '\0';
	pid[strspn(pid, "0123456789")] = '\0';
	if (!pid[0])
		return err_set(e, ERR_BUSY, "%s: held by another process", path);
	return err_set(e, ERR_BUSY, "%s: held by process %s", path, pid);
}

int file_lock(const char *path, int *out_fd, struct err *e)
{
	char pid[24];
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc = ERR_OK;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		rc = errno == EWOULDBLOCK ? refuse_held(fd, path, e) : err_errno(e, errno, "%s", path);
	else if (ftruncate(fd, 0) < 0)
		rc = err_errno(e, errno, "%s", path);
	else {
		int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
		rc = file_write_all(fd, pid, (size_t)len, path, e);
	}
	if (rc)
		close(fd);
	else
		*out_fd = fd;
	return rc;
}
