#include <errno.h>
#include <fcntl.h>
#include <git2/indexer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/repo_impl.h"

/*
 * What killed writers leave (this program, git, libgit2): lock files, temporary files, an index whose pack never came.
 * A pack without its index is no leftover of ours (repo_batch.c puts the index first), so it may be the only copy of
 * what it holds: its index is made again.
 */

#define CHUNK ((size_t)256 << 10)

static bool starts_with(const char *s, const char *head)
{
	return strncmp(s, head, strlen(head)) == 0;
}

static bool ends_with(const char *s, const char *tail)
{
	size_t len = strlen(s), n = strlen(tail);
	return len >= n && strcmp(s + len - n, tail) == 0;
}

static bool is_lock(const char *dir, const char *name)
{
	static const char *const locks[] = { "HEAD.lock",       "config.lock",  "packed-refs.lock",
		                             "packed-refs.new", "shallow.lock", "gc.pid.lock" };
	if (strcmp(dir, "refs") == 0 || starts_with(dir, "refs/"))
		return ends_with(name, ".lock");
	if (starts_with(dir, "objects"))
		return ends_with(name, ".lock");
	for (size_t i = 0; i < sizeof locks / sizeof *locks; i++)
		if (strcmp(dir, "") == 0 && strcmp(name, locks[i]) == 0)
			return true;
	return false;
}

/* tmp_obj_* of git, tmp_object_git2_* and pack_git2_* of libgit2, .tmp-* of git repack, *.temp of git fetch, and
 * <name>.tmp-<pid> of base/file.c at the top. */
static bool is_temporary(const char *dir, const char *name)
{
	if (strcmp(dir, "") == 0)
		return starts_with(name, "HEAD.tmp-") || starts_with(name, "config.tmp-");
	if (!starts_with(dir, "objects"))
		return false;
	return starts_with(name, "tmp_") || starts_with(name, ".tmp-") || starts_with(name, "pack_git2_") ||
	       starts_with(name, "incoming-") || ends_with(name, ".temp") || strstr(name, "_git2_");
}

struct cleaning {
	const char *packs;
	bool changed;
};

static int remove_stale(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	struct cleaning *c = ctx;
	const char *slash = strrchr(rel, '/');
	const char *name = slash ? slash + 1 : rel;
	MEM_CLEANUP char *dir = slash ? mem_strndup(rel, (size_t)(slash - rel)) : mem_strdup("");
	if (!is_temporary(dir, name) && (is_dir || !is_lock(dir, name)))
		return ERR_OK;
	c->changed = true;
	return file_remove_tree(full, e);
}

static bool has_sibling(const char *path, size_t stem, const char *suffix)
{
	MEM_CLEANUP char *other = mem_printf("%.*s%s", (int)stem, path, suffix);
	return file_exists(other);
}

static int refuse_pack(const char *path, struct err *e)
{
	return err_set(e, ERR_LEDGER, "%s: has no index, and none can be made: %s", path, repo_git_reason());
}

static int feed(git_indexer *indexer, int fd, const char *path, struct err *e)
{
	MEM_CLEANUP char *chunk = mem_alloc(CHUNK);
	git_indexer_progress progress = { .total_objects = 0 };
	for (;;) {
		ssize_t n = read(fd, chunk, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "%s", path);
		if (n == 0)
			break;
		if (git_indexer_append(indexer, chunk, (size_t)n, &progress) < 0)
			return refuse_pack(path, e);
	}
	return git_indexer_commit(indexer, &progress) < 0 ? refuse_pack(path, e) : ERR_OK;
}

/* libgit2 writes a copy of the pack beside its new index, under a name of its own choice. */
static int drop_copied(const char *packs, const char *path, const char *name, struct err *e)
{
	MEM_CLEANUP char *made = mem_printf("%s/pack-%s.pack", packs, name);
	if (!file_exists(made))
		return err_set(e, ERR_BUG, "%s: not where libgit2 should have put it", made);
	if (strcmp(made, path) != 0 && unlink(path) < 0)
		return err_errno(e, errno, "%s", path);
	return ERR_OK;
}

static int index_again(const char *packs, const char *path, struct err *e)
{
	git_indexer *indexer = NULL;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc = ERR_OK;
	if (git_indexer_new(&indexer, packs, 0600, NULL, NULL) < 0)
		rc = err_set(e, ERR_IO, "%s: %s", path, repo_git_reason());
	if (!rc)
		rc = feed(indexer, fd, path, e);
	if (!rc)
		rc = drop_copied(packs, path, git_indexer_name(indexer), e);
	git_indexer_free(indexer);
	close(fd);
	if (rc == ERR_LEDGER)
		err_next(e, "bring the file back from a copy of the store");
	return rc;
}

/* Called for the names that were there before any is made or removed. */
static int mend_pack(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	struct cleaning *c = ctx;
	size_t len = strlen(full);
	if (is_dir || strchr(rel, '/'))
		return ERR_OK;
	if (ends_with(full, ".idx") && !has_sibling(full, len - strlen(".idx"), ".pack")) {
		c->changed = true;
		return file_remove_tree(full, e);
	}
	if (ends_with(full, ".pack") && !has_sibling(full, len - strlen(".pack"), ".idx")) {
		c->changed = true;
		return index_again(c->packs, full, e);
	}
	return ERR_OK;
}

int repo_clear_stale(const char *path, struct err *e)
{
	MEM_CLEANUP char *packs = file_path(path, "objects/pack");
	struct cleaning c = { .packs = packs };
	int rc = file_walk(path, remove_stale, &c, e);
	if (!rc)
		rc = file_walk(packs, mend_pack, &c, e);
	return rc || !c.changed ? rc : file_sync_tree(path, e);
}
