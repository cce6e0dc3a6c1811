#include <errno.h>
#include <fcntl.h>
#include <git2/config.h>
#include <git2/errors.h>
#include <git2/repository.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "foreign/repo_impl.h"

#define CONFIG_MAX ((size_t)1 << 20)
#define PACKED_REFS_MAX ((size_t)256 << 20)

/* What may not be there, and why. */
static const struct {
	const char *path, *why;
} refused[] = {
	{ "shallow", N_("a shallow clone does not hold the whole history") },
	{ "info/grafts", N_("grafts show git another history than the commits have") },
	{ "objects/info/alternates", N_("it takes objects from other folders") },
	{ "objects/info/http-alternates", N_("it takes objects from other places") },
	{ "commondir", N_("a linked work tree keeps its objects elsewhere") },
	{ "reftable", N_("refs in this form are not read") },
};

/* What must be there, or may, and not as a symbolic link. */
static const struct {
	const char *path;
	mode_t type;
	bool may_lack;
} required[] = {
	{ "HEAD", S_IFREG, false },         { "config", S_IFREG, false }, { "objects", S_IFDIR, false },
	{ "objects/pack", S_IFDIR, false }, { "refs", S_IFDIR, false },   { "packed-refs", S_IFREG, true },
};

static const char own_next[] = N_("restore the folder as it was, or take a full clone: git clone --mirror");

static int check_refused(const char *git_dir, struct err *e)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		MEM_CLEANUP char *full = file_path(git_dir, refused[i].path);
		if (!file_exists(full))
			continue;
		err_set(e, ERR_LEDGER, "%s: not read: %s", full, lang_text(refused[i].why));
		return err_next(e, "%s", lang_text(own_next));
	}
	return ERR_OK;
}

static int check_required(const char *git_dir, struct err *e)
{
	for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
		struct stat st;
		MEM_CLEANUP char *full = file_path(git_dir, required[i].path);
		if (lstat(full, &st) < 0 && errno == ENOENT && required[i].may_lack)
			continue;
		if (lstat(full, &st) < 0)
			return errno == ENOENT ? err_set(e, ERR_LEDGER, "%s: missing", full)
			                       : err_errno(e, errno, "%s", full);
		if (S_ISLNK(st.st_mode))
			return err_set(e, ERR_LEDGER, "%s: is a symbolic link: not followed", full);
		if ((st.st_mode & S_IFMT) != required[i].type)
			return err_set(e, ERR_LEDGER, required[i].type == S_IFDIR ? N_("%s: is not a folder")
			                                                    : N_("%s: is not a regular file"), full);
	}
	return ERR_OK;
}

static int refuse_replace(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	(void)ctx, (void)rel;
	if (is_dir)
		return ERR_OK;
	err_set(e, ERR_LEDGER, "%s: not read: a replace ref shows git another object than the one named", full);
	return err_next(e, "delete it: git replace -d, or take a full clone: git clone --mirror");
}

static int check_replace(const char *git_dir, struct err *e)
{
	MEM_CLEANUP char *loose = file_path(git_dir, "refs/replace");
	MEM_CLEANUP char *packed = file_path(git_dir, "packed-refs");
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = file_exists(loose) ? file_walk(loose, refuse_replace, NULL, e) : ERR_OK;
	if (rc || !file_exists(packed))
		return rc;
	rc = file_read(packed, PACKED_REFS_MAX, &text, e);
	if (!rc && memmem(buf_str(&text), text.len, " refs/replace/", strlen(" refs/replace/")))
		rc = refuse_replace(NULL, "", packed, false, e);
	return rc;
}

/* libgit2 would follow an include to wherever it points. */
static int check_includes(const char *path, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = file_read(path, CONFIG_MAX, &text, e);
	if (rc)
		return rc;
	if (strlen(buf_str(&text)) != text.len)
		return err_set(e, ERR_LEDGER, "%s: holds a NUL", path);
	for (const char *at = buf_str(&text); (at = strchr(at, '[')); at++) {
		const char *name = at + 1 + strspn(at + 1, " \t");
		if (strncasecmp(name, "include", 7) == 0)
			return err_set(e, ERR_LEDGER, "%s: not read: it includes other files", path);
	}
	return ERR_OK;
}

static int check_entry(const git_config_entry *entry, const char *git_dir, struct err *e)
{
	const char *dot = strrchr(entry->name, '.');
	if (strcasecmp(entry->name, "extensions.partialclone") == 0 || (dot && strcasecmp(dot, ".promisor") == 0) ||
	    (dot && strcasecmp(dot, ".partialclonefilter") == 0))
		return err_set(e, ERR_LEDGER, "%s: not read: a partial clone does not hold every object", git_dir);
	if (strcasecmp(entry->name, "extensions.objectformat") == 0 && strcasecmp(entry->value, "sha1") != 0)
		return err_set(e, ERR_LEDGER, "%s: not read: objects named by another hash than SHA-1", git_dir);
	if (strncasecmp(entry->name, "extensions.", 11) == 0)
		return err_set(e, ERR_LEDGER, "%s: not read: its format has an extension that is not known", git_dir);
	return ERR_OK;
}

static int check_entries(git_config *config, const char *git_dir, const char *path, struct err *e)
{
	git_config_iterator *it;
	git_config_entry *entry;
	if (git_config_iterator_new(&it, config) < 0)
		return repo_git_fail(e, path);
	int rc = ERR_OK, got = 0;
	while (!rc && (got = git_config_next(&entry, it)) == 0)
		rc = check_entry(entry, git_dir, e);
	if (!rc && got != GIT_ITEROVER)
		rc = repo_git_fail(e, path);
	git_config_iterator_free(it);
	return rc ? err_next(e, "%s", lang_text(own_next)) : ERR_OK;
}

/* In this file alone: a reason is found before libgit2 gives its shorter one. */
static int check_config(const char *git_dir, struct err *e)
{
	MEM_CLEANUP char *path = file_path(git_dir, "config");
	git_config *config = NULL;
	int rc = check_includes(path, e);
	if (rc)
		return rc;
	if (git_config_open_ondisk(&config, path) < 0)
		return repo_git_fail(e, path);
	rc = check_entries(config, git_dir, path, e);
	git_config_free(config);
	return rc;
}

static int check_format(const char *git_dir, struct err *e)
{
	git_repository *git = NULL;
	const unsigned flags = GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE;
	if (git_repository_open_ext(&git, git_dir, flags, NULL) < 0)
		return repo_git_fail(e, git_dir);
	git_repository_free(git);
	return ERR_OK;
}

static bool is_git_dir(const char *path)
{
	MEM_CLEANUP char *head = file_path(path, "HEAD");
	MEM_CLEANUP char *objects = file_path(path, "objects");
	return file_exists(head) && file_exists(objects);
}

/* A file that names a repository elsewhere, or is one. */
static bool is_git_file(const char *path)
{
	static const char *const heads[] = { "gitdir:", "# v2 git bundle", "# v3 git bundle" };
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : pread(fd, text, sizeof text - 1, 0);
	if (fd >= 0)
		close(fd);
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (n > 0 && strncmp(text, heads[i], strlen(heads[i])) == 0)
			return true;
	return false;
}

bool repo_is_there(const char *path)
{
	MEM_CLEANUP char *inner = file_path(path, ".git");
	return is_git_dir(path) || file_exists(inner) || is_git_file(path);
}

static int find_git_dir(const char *path, bool foreign, char **out, struct err *e)
{
	struct stat st;
	MEM_CLEANUP char *inner = file_path(path, ".git");
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? err_set(e, ERR_NOTFOUND, "%s: no such repository", path)
		                       : err_errno(e, errno, "%s", path);
	if (S_ISLNK(st.st_mode) && !foreign)
		return err_set(e, ERR_LEDGER, "%s: is a symbolic link: not followed", path);
	if (is_git_dir(path)) {
		*out = mem_strdup(path);
		return ERR_OK;
	}
	if (!foreign || lstat(inner, &st) < 0)
		return err_set(e, ERR_NOTFOUND, "%s: is not a git repository", path);
	if (!S_ISDIR(st.st_mode)) {
		err_set(e, ERR_LEDGER, "%s: not read: points to another folder", inner);
		return err_next(e, "name that folder itself, or take a full clone: git clone --mirror");
	}
	if (!is_git_dir(inner))
		return err_set(e, ERR_NOTFOUND, "%s: is not a git repository", path);
	*out = mem_strdup(inner);
	return ERR_OK;
}

int repo_check(const char *path, bool foreign, char **out_git_dir, struct err *e)
{
	MEM_CLEANUP char *git_dir = NULL;
	int rc = find_git_dir(path, foreign, &git_dir, e);
	if (!rc)
		rc = check_required(git_dir, e);
	if (!rc)
		rc = check_refused(git_dir, e);
	if (!rc)
		rc = repo_names_check(git_dir, e);
	if (!rc)
		rc = check_replace(git_dir, e);
	if (!rc)
		rc = check_config(git_dir, e);
	if (!rc)
		rc = check_format(git_dir, e);
	if (rc)
		return rc;
	*out_git_dir = git_dir;
	git_dir = NULL;
	return ERR_OK;
}
