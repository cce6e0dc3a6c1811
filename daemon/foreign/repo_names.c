#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "foreign/repo_impl.h"

/*
 * Names at the top of a git directory. Git takes PATH/.git before PATH itself, and of a short name, as `ledger` or
 * `heads/ledger`, a file of that name at the top before the ref that is meant.
 */

#define READ_MAX 64      /* as much as tells whether git reads a ref */

/* What git itself makes there, some of which holds ids and is no ref that anybody asks for. Whatever else holds one is
 * refused; the rest is nothing to git. */
static const char *const known[] = {
	"AUTO_MERGE", "BISECT_ANCESTORS_OK", "BISECT_EXPECTED_REV", "BISECT_FIRST_PARENT", "BISECT_HEAD", "BISECT_LOG",
	"BISECT_NAMES", "BISECT_RUN", "BISECT_START", "BISECT_TERMS", "CHERRY_PICK_HEAD", "COMMIT_EDITMSG",
	"EDIT_DESCRIPTION", "FETCH_HEAD", "HEAD", "MERGE_AUTOSTASH", "MERGE_HEAD", "MERGE_MODE", "MERGE_MSG", "MERGE_RR",
	"NOTES_EDITMSG", "NOTES_MERGE_PARTIAL", "NOTES_MERGE_REF", "NOTES_MERGE_WORKTREE", "ORIG_HEAD", "REBASE_HEAD",
	"REVERT_HEAD", "SQUASH_MSG", "TAG_EDITMSG", "branches", "config", "config.worktree", "description",
	"fsmonitor--daemon", "fsmonitor--daemon.ipc", "gc.log", "gc.pid", "hooks", "index", "info", "logs", "lost-found",
	"modules", "objects", "packed-refs", "packed-refs.new", "rebase-apply", "rebase-merge", "refs", "rr-cache",
	"sequencer", "worktrees",
};

static bool is_known(const char *name)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(name, known[i]) == 0)
			return true;
	return false;
}

/* No part of a ref's name begins or ends so. */
static bool is_no_ref(const char *name)
{
	size_t len = strlen(name);
	return name[0] == '.' || (len > 5 && strcmp(name + len - 5, ".lock") == 0);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* As git does: what stands behind the id is nothing to it. */
static bool is_ref(const char *text, size_t len)
{
	if (len >= 4 && memcmp(text, "ref:", 4) == 0)
		return true;
	size_t n = 0;
	while (n < len && is_hex(text[n]))
		n++;
	return n == OID_HEX_LEN && (n == len || text[n] == '\0' || strchr(" \t\n\v\f\r", text[n]));
}

static int refuse(const char *full, const char *why, struct err *e)
{
	err_set(e, ERR_LEDGER, "%s: not read: %s", full, lang_text(why));
	return err_next(e, "find out who put it there, and move it out of the repository");
}

static int check_file(const char *full, struct err *e)
{
	struct stat st;
	char text[READ_MAX];
	int fd = open(full, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return ERR_OK;
	if (fd < 0 && errno == ELOOP)
		return refuse(full, N_("git would follow this symbolic link for a ref of its name"), e);
	if (fd < 0 && errno == ENXIO) /* a socket, which git can't read */
		return ERR_OK;
	if (fd < 0)
		return err_errno(e, errno, "%s", full);
	ssize_t n = -1;
	int rc = ERR_OK;
	if (fstat(fd, &st) < 0)
		rc = err_errno(e, errno, "%s", full);
	else if (!S_ISREG(st.st_mode))
		rc = refuse(full, N_("git would wait for it to hold a ref of its name"), e);
	else if ((n = pread(fd, text, sizeof text, 0)) < 0)
		rc = err_errno(e, errno, "%s", full);
	else if (is_ref(text, (size_t)n))
		rc = refuse(full, N_("git takes it for the ref of that name, before the one that is meant"), e);
	close(fd);
	return rc;
}

static int check_inside(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	(void)ctx, (void)rel;
	return is_dir ? ERR_OK : check_file(full, e);
}

static int check_name(const char *git_dir, const char *name, struct err *e)
{
	struct stat st;
	MEM_CLEANUP char *full = file_path(git_dir, name);
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return ERR_OK;
	if (strcasecmp(name, ".git") == 0)
		return refuse(full, N_("git takes it for the repository, in place of the one that it lies in"), e);
	if (is_known(name) || is_no_ref(name))
		return ERR_OK;
	if (lstat(full, &st) < 0)
		return errno == ENOENT ? ERR_OK : err_errno(e, errno, "%s", full);
	if (!S_ISDIR(st.st_mode))
		return check_file(full, e);
	int rc = file_walk(full, check_inside, NULL, e);
	return rc == ERR_NOTFOUND ? ERR_OK : rc; /* it went while it was looked at */
}

int repo_names_check(const char *git_dir, struct err *e)
{
	DIR *d = opendir(git_dir);
	const struct dirent *entry;
	if (!d)
		return err_errno(e, errno, "%s", git_dir);
	int rc = ERR_OK;
	while (!rc && (errno = 0, entry = readdir(d)))
		rc = check_name(git_dir, entry->d_name, e);
	if (!rc && errno)
		rc = err_errno(e, errno, "%s", git_dir);
	closedir(d);
	return rc;
}
