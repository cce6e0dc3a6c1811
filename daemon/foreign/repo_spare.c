#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/repo_impl.h"

/*
 * Empty files for the batches to come. To make a file and to remove one costs a file system more than to fill it, and
 * one without a journal looks at every file that was removed a short while ago before it makes another: so the files of
 * packs that were merged are taken again.
 */

#define NAME "tmp_pack"
#define KEPT_MAX 64
#define KEPT_SIZE_MAX ((off_t)1 << 20)    /* larger ones are rare, and not of our making */

static void push(struct repo *r, char *path, int fd)
{
	if (r->spares_count == r->spares_cap) {
		r->spares_cap = r->spares_cap ? r->spares_cap * 2 : 8;
		r->spares = mem_grow(r->spares, r->spares_cap, sizeof *r->spares);
	}
	r->spares[r->spares_count++] = (struct repo_spare){ path, fd };
}

static void drop(struct repo_spare *s)
{
	if (s->fd >= 0)
		close(s->fd);
	unlink(s->path);
	free(s->path);
}

void repo_spare_drop_all(struct repo *r)
{
	while (r->spares_count)
		drop(&r->spares[--r->spares_count]);
	free(r->spares);
	r->spares = NULL;
	r->spares_cap = 0;
}

static int make(struct repo *r, struct err *e)
{
	char *path = mem_printf("%s/" NAME "_XXXXXX", r->packs_path);
	int fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0) {
		int rc = err_errno(e, errno, "%s", r->packs_path);
		free(path);
		return rc;
	}
	push(r, path, fd);
	return ERR_OK;
}

void repo_spare_prepare(struct repo *r, size_t count)
{
	while (r->spares_count < count)
		if (make(r, NULL))
			return;
}

/* One that somebody has taken away, linked to or written to is none. */
static bool is_good(const struct repo_spare *s)
{
	struct stat st;
	return s->fd >= 0 && fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_size == 0;
}

int repo_spare_take(struct repo *r, char **out_path, int *out_fd, struct err *e)
{
	for (;;) {
		int rc = r->spares_count ? ERR_OK : make(r, e);
		if (rc)
			return rc;
		struct repo_spare *s = &r->spares[--r->spares_count];
		if (s->fd < 0)
			s->fd = open(s->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (is_good(s)) {
			*out_path = s->path;
			*out_fd = s->fd;
			return ERR_OK;
		}
		drop(s);
	}
}

/* Of our making, at no other name, and open nowhere else: a lease to write is given for nothing less. Whoever reads it,
 * or has it in his memory, must never see it change. */
static bool is_free(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_uid == geteuid() &&
	       (st.st_mode & 07777) == 0600 && st.st_size <= KEPT_SIZE_MAX &&
	       fcntl(fd, F_SETSIG, SIGURG) == 0 && /* SIGIO, told to one whose lease is wanted, would end the process */
	       fcntl(fd, F_SETLEASE, F_WRLCK) == 0;
}

void repo_spare_keep(struct repo *r, char *path)
{
	int fd = r->spares_count < KEPT_MAX ? open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
	bool kept = fd >= 0 && is_free(fd) && ftruncate(fd, 0) == 0;
	if (fd >= 0)
		close(fd);
	if (kept) {
		push(r, path, -1);
		return;
	}
	unlink(path);
	free(path);
}
