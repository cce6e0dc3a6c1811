#include "foreign/repo.h"

#include <errno.h>
#include <git2/common.h>
#include <git2/config.h>
#include <git2/errors.h>
#include <git2/global.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "foreign/repo_impl.h"

#define WINDOW ((size_t)8 << 20)
#define WINDOWS_MAX ((size_t)64 << 20)
#define PACK_FILES_MAX ((size_t)256)

static const char config[] =
	"[core]\n"
	"\trepositoryformatversion = 0\n"
	"\tfilemode = true\n"
	"\tbare = true\n"
	"\tlogAllRefUpdates = false\n"
	"\tsharedRepository = 0600\n"
	"\tfsync = all\n"
	"\tfsyncMethod = fsync\n"
	"\tcommitGraph = false\n"
	"\tmultiPackIndex = false\n"
	"[gc]\n"
	"\tauto = 0\n"
	"\twriteCommitGraph = false\n"
	"[maintenance]\n"
	"\tauto = false\n"
	"[repack]\n"
	"\twriteBitmaps = false\n"
	"[receive]\n"
	"\tautogc = false\n"
	"\tdenyDeletes = true\n"
	"\tdenyNonFastForwards = true\n"
	"[transfer]\n"
	"\tfsckObjects = true\n"
	"[pack]\n"
	"\tthreads = 1\n";

static const char *const folders[] = { "refs", "refs/heads", "refs/tags", "hooks", "info", "objects", "objects/info",
	                               "objects/pack" };

const char *repo_git_reason(void)
{
	const git_error *g = git_error_last();
	return g && g->message ? g->message : _("no reason given");
}

int repo_git_fail(struct err *e, const char *object)
{
	const git_error *g = git_error_last();
	enum err_code code = g && g->klass == GIT_ERROR_OS ? ERR_IO : ERR_LEDGER;
	return err_set(e, code, "%s: %s", object, repo_git_reason());
}

static int set_options(void)
{
	int rc = git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
	if (rc >= 0)
		rc = git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
	if (rc >= 0) /* we follow nothing that an owner could have set in a configuration, and run no hook */
		rc = git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	if (rc >= 0) /* a cache would give back what was disposed of, and grow */
		rc = git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
	if (rc >= 0)
		rc = git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, WINDOW);
	if (rc >= 0)
		rc = git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, WINDOWS_MAX);
	if (rc >= 0)
		rc = git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, PACK_FILES_MAX);
	for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; rc >= 0 && level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
		rc = git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
	return rc;
}

int repo_library_init(struct err *e)
{
	if (git_libgit2_init() < 0)
		return err_set(e, ERR_UNAVAILABLE, "libgit2: %s", repo_git_reason());
	if (set_options() >= 0)
		return ERR_OK;
	int rc = err_set(e, ERR_UNAVAILABLE, "libgit2: %s", repo_git_reason());
	git_libgit2_shutdown();
	return rc;
}

void repo_library_exit(void)
{
	git_libgit2_shutdown();
}

/* Whatever the umask is. */
static int make_folder(const char *path, struct err *e)
{
	if (mkdir(path, 0700) < 0 || chmod(path, 0700) < 0)
		return err_errno(e, errno, "%s", path);
	return ERR_OK;
}

static int make_inside(const char *path, const char *name, struct err *e)
{
	MEM_CLEANUP char *full = file_path(path, name);
	return make_folder(full, e);
}

static int make_folders(const char *path, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < sizeof folders / sizeof *folders; i++)
		rc = make_inside(path, folders[i], e);
	return rc;
}

static int write_text(const char *path, const char *name, const char *text, struct err *e)
{
	MEM_CLEANUP char *full = file_path(path, name);
	return file_write_durable(full, text, strlen(text), 0600, e);
}

static int fill(const char *path, const char *head, struct err *e)
{
	MEM_CLEANUP char *target = mem_printf("ref: %s\n", head);
	int rc = make_folders(path, e);
	if (!rc)
		rc = write_text(path, "config", config, e);
	return rc ? rc : write_text(path, "HEAD", target, e);
}

int repo_create_unsynced(const char *path, const char *head, struct err *e)
{
	int rc = make_folder(path, e);
	if (rc)
		return rc;
	rc = fill(path, head, e);
	if (rc)
		file_remove_tree(path, NULL);
	return rc;
}

int repo_create(const char *path, const char *head, struct err *e)
{
	MEM_CLEANUP char *parent = mem_printf("%s/..", path);
	int rc = repo_create_unsynced(path, head, e);
	if (rc)
		return rc;
	rc = file_sync_tree(path, e);
	if (!rc)
		rc = file_sync_dir(parent, e);
	if (rc)
		file_remove_tree(path, NULL);
	return rc;
}

int repo_make_fan(const char *path, struct err *e)
{
	MEM_CLEANUP char *objects = file_path(path, "objects");
	int rc = ERR_OK;
	for (unsigned i = 0; !rc && i < 256; i++) {
		char name[sizeof "ff"];
		snprintf(name, sizeof name, "%02x", i & 0xff);
		MEM_CLEANUP char *full = file_path(objects, name);
		if (!file_exists(full))
			rc = make_folder(full, e);
	}
	return rc ? rc : file_sync_dir(objects, e);
}

bool repo_has_fan(const struct repo *r)
{
	MEM_CLEANUP char *last = file_path(r->path, "objects/ff");
	return file_exists(last);
}

/* Who clones it gets what HEAD is on, and nobody puts that on a commit here. */
static int check_own_head(struct repo *r, struct err *e)
{
	bool is_detached = false;
	struct oid id;
	int rc = repo_head_read(r, &is_detached, &id, e);
	if (rc || !is_detached)
		return rc;
	err_set(e, ERR_LEDGER, "%s: HEAD is on a commit, and not on a branch", r->path);
	return err_next(e, "put it back: git symbolic-ref HEAD refs/heads/ledger");
}

struct repo *repo_open(const char *path, bool foreign, struct err *e)
{
	char *git_dir;
	if (repo_check(path, foreign, &git_dir, e))
		return NULL;
	struct repo *r = mem_alloc(sizeof *r);
	r->path = git_dir;
	r->packs_path = file_path(git_dir, "objects/pack");
	r->foreign = foreign;
	if (!repo_pack_scan(r, e) && (foreign || !check_own_head(r, e)))
		return r;
	repo_close(r);
	return NULL;
}

void repo_close(struct repo *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		repo_pack_close(&r->packs[i]);
	repo_spare_drop_all(r);
	repo_lock_drop_all(r);
	repo_copies_release(r);
	free(r->locks);
	free(r->packs);
	free(r->packs_path);
	free(r->path);
	free(r);
}

const char *repo_path(const struct repo *r)
{
	return r->path;
}

int repo_read_known(struct repo *r, const struct oid *id, size_t max, enum oid_type *out_type, struct buf *out,
                    struct err *e)
{
	struct err packed = ERR_INIT;
	int rc = repo_pack_read(r, id, max, out_type, out, &packed);
	if (rc == ERR_NOTFOUND)
		return repo_loose_read(r, id, max, out_type, out, e);
	if (!rc && r->foreign)
		repo_copies_look_loose(r, id, max);
	if ((rc == ERR_LEDGER || rc == ERR_IO) && repo_loose_read(r, id, max, out_type, out, NULL) == ERR_OK) {
		if (r->foreign)
			repo_copies_look_packed(r, id, max, NULL);
		return ERR_OK;
	}
	if (rc && e)
		*e = packed;
	return rc;
}

static const char *get_type_name(enum oid_type type)
{
	static const char *const names[] = { [OID_COMMIT] = "commit", [OID_TREE] = "tree", [OID_BLOB] = "blob",
		                             [OID_TAG] = "tag" };
	return (size_t)type < sizeof names / sizeof *names && names[type] ? names[type] : "object of no known type";
}

int repo_read_any(struct repo *r, const struct oid *id, size_t max, enum oid_type *out_type, struct buf *out,
                  struct err *e)
{
	int rc = repo_read_known(r, id, max, out_type, out, e);
	/* Others may have written or merged packs since the last scan. */
	if (rc == ERR_NOTFOUND || rc == ERR_LEDGER || rc == ERR_IO) {
		rc = repo_pack_scan(r, e);
		if (!rc)
			rc = repo_read_known(r, id, max, out_type, out, e);
	}
	return rc;
}

int repo_read(struct repo *r, const struct oid *id, enum oid_type want, size_t max, struct buf *out, struct err *e)
{
	enum oid_type type = 0;
	int rc = repo_read_any(r, id, max, &type, out, e);
	if (rc || type == want)
		return rc;
	char hex[OID_HEX_LEN + 1];
	oid_print(id, hex);
	buf_clear(out);
	return err_set(e, ERR_LEDGER, "%s: object %s: is a %s, not a %s", r->path, hex, get_type_name(type),
	               get_type_name(want));
}

bool repo_has(struct repo *r, const struct oid *id)
{
	if (repo_pack_has(r, id) || repo_loose_has(r, id))
		return true;
	return repo_pack_scan(r, NULL) == ERR_OK && repo_pack_has(r, id);
}

static bool has(const struct repo *r, const char *name)
{
	MEM_CLEANUP char *path = file_path(r->path, name);
	return file_exists(path);
}

bool repo_has_commit_graph(const struct repo *r)
{
	return has(r, "objects/info/commit-graph") || has(r, "objects/info/commit-graphs/commit-graph-chain");
}

bool repo_has_multi_pack_index(const struct repo *r)
{
	return has(r, "objects/pack/multi-pack-index");
}

bool repo_may_be(struct repo *r, const struct oid *id, unsigned types)
{
	return repo_pack_may_be(r, id, types);
}

int repo_object_walk(struct repo *r, repo_object_fn *fn, void *ctx, struct err *e)
{
	int rc = repo_pack_walk(r, fn, ctx, e);
	return rc ? rc : repo_loose_walk(r, fn, ctx, e);
}

void repo_let_go(struct repo *r)
{
	repo_pack_reopen(r, NULL); /* what can't be opened now is looked for again by who wants it */
}

int repo_refresh(struct repo *r, struct err *e)
{
	char *git_dir;
	int rc = repo_check(r->path, r->foreign, &git_dir, e);
	if (rc)
		return rc;
	free(git_dir);
	return repo_pack_scan(r, e);
}
