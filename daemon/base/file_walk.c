#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

struct names {
	char **list;
	size_t n, cap;
};

static void release_names(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->list[i]);
	free(names->list);
}

static void add_name(struct names *names, const char *name)
{
	if (names->n == names->cap) {
		names->cap = names->cap ? names->cap * 2 : 32;
		names->list = mem_grow(names->list, names->cap, sizeof *names->list);
	}
	names->list[names->n++] = mem_strdup(name);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* All of them before any is visited: what is removed during readdir may make it miss others. */
static int list_names(const char *dir, int flags, struct names *names, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		int rc = err_errno(e, errno, "%s", dir);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	struct dirent *entry;
	while ((errno = 0, entry = readdir(d)))
		if (!is_dot(entry->d_name))
			add_name(names, entry->d_name);
	int rc = errno ? err_errno(e, errno, "%s", dir) : ERR_OK;
	closedir(d);
	if (!rc && names->n)
		qsort(names->list, names->n, sizeof *names->list, compare_names);
	return rc;
}

static int walk(const char *dir, const char *rel, file_walk_fn *fn, void *ctx, struct err *e);

static int visit(const char *dir, const char *rel_dir, const char *name, file_walk_fn *fn, void *ctx, struct err *e)
{
	struct stat st;
	MEM_CLEANUP char *full = file_path(dir, name);
	MEM_CLEANUP char *rel = rel_dir[0] ? file_path(rel_dir, name) : mem_strdup(name);
	if (lstat(full, &st) < 0)
		return err_errno(e, errno, "%s", full);
	int rc = S_ISDIR(st.st_mode) ? walk(full, rel, fn, ctx, e) : ERR_OK;
	return rc ? rc : fn(ctx, rel, full, S_ISDIR(st.st_mode), e);
}

static int walk(const char *dir, const char *rel, file_walk_fn *fn, void *ctx, struct err *e)
{
	struct names names = { .list = NULL };
	int rc = list_names(dir, *rel ? O_NOFOLLOW : 0, &names, e);
	for (size_t i = 0; !rc && i < names.n; i++)
		rc = visit(dir, rel, names.list[i], fn, ctx, e);
	release_names(&names);
	return rc;
}

int file_walk(const char *dir, file_walk_fn *fn, void *ctx, struct err *e)
{
	return walk(dir, "", fn, ctx, e);
}

static int sync_one(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	(void)ctx, (void)rel;
	struct stat st;
	if (is_dir)
		return file_sync_dir(full, e);
	if (lstat(full, &st) < 0)
		return err_errno(e, errno, "%s", full);
	if (!S_ISREG(st.st_mode))
		return ERR_OK; /* its name is synced with its folder */
	int fd = open(full, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", full);
	int rc = fsync(fd) < 0 ? err_sync(e, errno, full) : ERR_OK;
	close(fd);
	return rc;
}

int file_sync_tree(const char *path, struct err *e)
{
	int rc = file_walk(path, sync_one, NULL, e);
	return rc ? rc : file_sync_dir(path, e);
}

static int remove_one(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	(void)ctx, (void)rel;
	if ((is_dir ? rmdir(full) : unlink(full)) < 0 && errno != ENOENT)
		return err_errno(e, errno, "%s", full);
	return ERR_OK;
}

int file_remove_tree(const char *path, struct err *e)
{
	struct stat st;
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? ERR_OK : err_errno(e, errno, "%s", path);
	int rc = S_ISDIR(st.st_mode) ? file_walk(path, remove_one, NULL, e) : ERR_OK;
	if (!rc)
		rc = remove_one(NULL, "", path, S_ISDIR(st.st_mode), e);
	return rc ? rc : file_sync_parent(path, e);
}

int file_is_empty_dir(const char *path, bool *out_empty, struct err *e)
{
	struct names names = { .list = NULL };
	int rc = list_names(path, 0, &names, e);
	if (!rc)
		*out_empty = names.n == 0;
	release_names(&names);
	return rc;
}
