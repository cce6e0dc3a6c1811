#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/repo_impl.h"

/*
 * "<ref>.lock" is the lock that git and libgit2 take as well. It is kept until the repository is closed, so that nobody
 * else moves the ref meanwhile, and changes places with the ref at every move: a move makes no file and removes none,
 * which costs a file system more than all that is written.
 */

#define KEPT_MAX 64
#define LOCK_TRIES 100
#define LOCK_PAUSE_NS 10000000

static char *get_path(const struct repo *r, const char *name)
{
	return mem_printf("%s/%s.lock", r->path, name);
}

static void forget(struct repo *r, struct repo_lock *l)
{
	close(l->fd);
	free(l->name);
	*l = r->locks[--r->locks_count];
}

void repo_lock_drop(struct repo *r, struct repo_lock *l)
{
	MEM_CLEANUP char *path = get_path(r, l->name);
	unlink(path);
	forget(r, l);
}

void repo_lock_drop_all(struct repo *r)
{
	while (r->locks_count)
		repo_lock_drop(r, &r->locks[r->locks_count - 1]);
}

static int make(const char *path, int *out_fd, struct err *e)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	int fd;
	for (unsigned i = 0; (fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0; i++) {
		if (errno != EEXIST)
			return err_errno(e, errno, "%s", path);
		if (i == LOCK_TRIES)
			return err_set(e, ERR_BUSY, "%s: held by another process", path);
		nanosleep(&pause, NULL);
	}
	if (fchmod(fd, 0600) < 0) {
		int rc = err_errno(e, errno, "%s", path);
		close(fd);
		unlink(path);
		return rc;
	}
	*out_fd = fd;
	return ERR_OK;
}

/* Still the file at its path: how many names it has, else 0. */
static nlink_t count_names(const struct repo_lock *l, const char *path)
{
	struct stat held, there;
	bool same = fstat(l->fd, &held) == 0 && lstat(path, &there) == 0 && held.st_ino == there.st_ino &&
	            held.st_dev == there.st_dev;
	return same ? held.st_nlink : 0;
}

static struct repo_lock *find(struct repo *r, const char *name)
{
	for (size_t i = 0; i < r->locks_count; i++)
		if (strcmp(r->locks[i].name, name) == 0)
			return &r->locks[i];
	return NULL;
}

static void make_room(struct repo *r)
{
	for (size_t i = 0; r->locks_count >= KEPT_MAX && i < r->locks_count; i++)
		if (!r->locks[i].staged) {
			repo_lock_drop(r, &r->locks[i]);
			return;
		}
	if (r->locks_count == r->locks_cap) {
		r->locks_cap = r->locks_cap ? r->locks_cap * 2 : 8;
		r->locks = mem_grow(r->locks, r->locks_cap, sizeof *r->locks);
	}
}

int repo_lock_take(struct repo *r, const char *name, struct repo_lock **out, struct err *e)
{
	MEM_CLEANUP char *path = get_path(r, name);
	struct repo_lock *kept = find(r, name);
	nlink_t names = kept ? count_names(kept, path) : 0;
	if (names == 1) {
		*out = kept;
		return ERR_OK;
	}
	if (names > 1) /* a copy by links must not change with it; another's lock is not ours to remove */
		unlink(path);
	if (kept)
		forget(r, kept);
	int fd = -1, rc = make(path, &fd, e);
	if (rc)
		return rc;
	make_room(r);
	*out = &r->locks[r->locks_count++];
	**out = (struct repo_lock){ .name = mem_strdup(name), .fd = fd };
	return ERR_OK;
}

/* Until somebody reads it no more: the file was the ref's, and who has it open would see what is not published yet. A
 * lease to write is given for nothing less. */
static bool is_unread(const struct repo_lock *l)
{
	return fcntl(l->fd, F_SETSIG, SIGURG) == 0 && fcntl(l->fd, F_SETLEASE, F_WRLCK) == 0;
}

static int make_anew(struct repo_lock *l, const char *path, struct err *e)
{
	int fd = -1;
	if (unlink(path) < 0 && errno != ENOENT)
		return err_errno(e, errno, "%s", path);
	int rc = make(path, &fd, e);
	if (rc)
		return rc;
	close(l->fd);
	l->fd = fd;
	return ERR_OK;
}

int repo_lock_write(struct repo *r, struct repo_lock *l, const void *bytes, size_t len, struct err *e)
{
	MEM_CLEANUP char *path = get_path(r, l->name);
	bool leased = is_unread(l);
	int rc = leased ? ERR_OK : make_anew(l, path, e);
	if (!rc && lseek(l->fd, 0, SEEK_SET) < 0)
		rc = err_errno(e, errno, "%s", path);
	if (!rc)
		rc = file_write_all(l->fd, bytes, len, path, e);
	if (!rc && ftruncate(l->fd, (off_t)len) < 0)
		rc = err_errno(e, errno, "%s", path);
	sync_file_range(l->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	if (leased)
		fcntl(l->fd, F_SETLEASE, F_UNLCK);
	l->staged = rc == ERR_OK;
	return rc;
}

int repo_lock_sync(struct repo *r, struct repo_lock *l, struct err *e)
{
	MEM_CLEANUP char *path = get_path(r, l->name);
	return fdatasync(l->fd) < 0 ? err_sync(e, errno, path) : ERR_OK;
}

/* *out_other: the file that stood at `path` and stands at `lock` now; -1 when there is none. */
static int put_in_place(const char *lock, const char *path, int *out_other, struct err *e)
{
	int other = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	*out_other = other;
	if (other >= 0 && renameat2(AT_FDCWD, lock, AT_FDCWD, path, RENAME_EXCHANGE) == 0)
		return ERR_OK;
	*out_other = -1;
	if (other >= 0)
		close(other);
	/* a new name, or a file system that exchanges nothing */
	return rename(lock, path) < 0 ? err_errno(e, errno, "%s", path) : ERR_OK;
}

int repo_lock_commit(struct repo *r, struct repo_lock *l, struct err *e)
{
	MEM_CLEANUP char *lock = get_path(r, l->name);
	MEM_CLEANUP char *path = file_path(r->path, l->name);
	int other, rc = l->staged ? put_in_place(lock, path, &other, e)
	                          : err_set(e, ERR_CONFLICT, "%s: was taken away while it was written", lock);
	if (rc) {
		repo_lock_drop(r, l);
		return rc;
	}
	l->staged = false;
	if (other >= 0) {
		close(l->fd);
		l->fd = other;
	} else {
		forget(r, l);
	}
	return file_sync_parent(path, e);
}
