/* Where a backup is made: beside its place, by one process, and anew where another was killed. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/backup.h"
#include "ledger/backup_impl.h"

static int check_free(const struct store *s, const char *folder, struct err *e)
{
	const char *const sources[] = { s->dir, s->keys, s->ledger, s->archive };
	int rc = store_apart(folder, sources, sizeof sources / sizeof *sources, e);
	if (rc || !file_exists(folder))
		return rc;
	err_set(e, ERR_CONFLICT, "%s: is there already", folder);
	return err_next(e, "name a folder that is not there yet: each backup has one of its own");
}

static int refuse_foreign(const char *unfinished, struct err *e)
{
	err_set(e, ERR_CONFLICT, "%s: is there already, and no backup that was begun here", unfinished);
	return err_next(e, "move it away, or name another folder");
}

/* Held by him who makes it; one that was removed meanwhile holds nobody off. */
static int hold(const struct backup_place *p, struct err *e)
{
	struct stat st;
	bool is_held = flock(p->lock_fd, LOCK_EX | LOCK_NB) == 0;
	if (!is_held && errno != EWOULDBLOCK)
		return err_errno(e, errno, "%s", p->lock);
	if (is_held && fstat(p->lock_fd, &st) == 0 && st.st_nlink > 0)
		return ERR_OK;
	err_set(e, ERR_BUSY, "%s: a backup is being made here", p->folder);
	return err_next(e, "wait until it is done, or name another folder");
}

static int refuse_place(const struct backup_place *p, int errnum, struct err *e)
{
	if (errnum != ENOENT)
		return err_errno(e, errnum, "%s", p->lock);
	err_set(e, ERR_NOTFOUND, "%s: the folder in which it is to stand is missing", p->folder);
	return err_next(e, "make that folder, or mount its disk, then try again");
}

/* Without a lock what stands there was not begun by a backup. */
static int open_lock(struct backup_place *p, struct err *e)
{
	p->lock_fd = open(p->lock, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (p->lock_fd >= 0)
		return hold(p, e);
	if (errno != ENOENT)
		return err_errno(e, errno, "%s", p->lock);
	if (file_exists(p->unfinished))
		return refuse_foreign(p->unfinished, e);
	p->lock_fd = open(p->lock, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (p->lock_fd < 0)
		return refuse_place(p, errno, e);
	int rc = hold(p, e);
	return rc ? rc : file_sync_parent(p->lock, e);
}

/* A name and an LF, or nothing: it had not come to that. */
static int read_left(struct backup_place *p, struct err *e)
{
	char text[LEAF_NAME_MAX + 2] = "";
	ssize_t n = pread(p->lock_fd, text, sizeof text - 1, 0);
	if (n < 0)
		return err_errno(e, errno, "%s", p->lock);
	char *end = strchr(text, '\n');
	if (end && text_is_name(text, (size_t)(end - text)))
		memcpy(p->left, text, (size_t)(end - text));
	return ERR_OK;
}

/* Without a name nothing was written there; without the folder it came to its end, and its name is none to be taken
 * back. */
static int clear_left(struct backup_place *p, struct err *e)
{
	bool empty = true;
	int rc = read_left(p, e);
	if (!rc)
		rc = file_is_empty_dir(p->unfinished, &empty, e);
	if (!rc && !empty && !*p->left)
		rc = refuse_foreign(p->unfinished, e);
	return rc ? rc : backup_place_clear(p, e);
}

static int make_unfinished(const struct backup_place *p, struct err *e)
{
	int rc = file_mkdir(p->unfinished, 0700, e);
	if (rc)
		backup_place_drop(p);
	return rc;
}

int backup_place_take(const struct store *s, const char *folder, struct backup_place *out, struct err *e)
{
	struct backup_place p = { .folder = mem_strdup(folder), .unfinished = mem_printf("%s" BACKUP_UNFINISHED, folder),
		                  .lock = mem_printf("%s" BACKUP_UNFINISHED ".lock", folder), .lock_fd = -1 };
	int rc = check_free(s, folder, e);
	if (!rc)
		rc = open_lock(&p, e);
	if (!rc)
		rc = check_free(s, folder, e); /* now that nobody else makes it */
	if (!rc)
		rc = file_exists(p.unfinished) ? clear_left(&p, e) : make_unfinished(&p, e);
	*out = p;
	if (rc)
		backup_place_release(out);
	return rc;
}

int backup_place_name(const struct backup_place *p, const char *name, struct err *e)
{
	MEM_CLEANUP char *line = mem_printf("%s\n", name);
	size_t len = strlen(line);
	ssize_t n = pwrite(p->lock_fd, line, len, 0);
	if (n < 0 || ftruncate(p->lock_fd, (off_t)len) < 0 || fsync(p->lock_fd) < 0)
		return err_errno(e, errno, "%s", p->lock);
	return (size_t)n == len ? ERR_OK : err_set(e, ERR_FULL, "%s: written in part", p->lock);
}

int backup_place_clear(const struct backup_place *p, struct err *e)
{
	return backup_clear(p->unfinished, NULL, e);
}

int backup_place_fill(const struct backup_place *p, struct err *e)
{
	int rc = file_rename_new(p->unfinished, p->folder, e);
	if (!rc && unlink(p->lock) == 0)
		file_sync_parent(p->lock, NULL); /* one that comes back is in nobody's way */
	return rc;
}

void backup_place_drop(const struct backup_place *p)
{
	if ((rmdir(p->unfinished) == 0 || errno == ENOENT) && unlink(p->lock) == 0)
		file_sync_parent(p->lock, NULL);
}

void backup_place_release(struct backup_place *p)
{
	if (p->lock_fd >= 0)
		close(p->lock_fd);
	free(p->folder);
	free(p->unfinished);
	free(p->lock);
	*p = (struct backup_place){ .lock_fd = -1 };
}
