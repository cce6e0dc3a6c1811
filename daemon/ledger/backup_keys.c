/* A key home, copied file by file: whatever else lies in its folder stays where it is, as it may hold records. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/backup_impl.h"

#define SECRETS "private-keys-v1.d"
#define SECRET_END ".key"

/* As gpg(1) and gpg-agent(1) name them; without what they make anew, and their sockets. */
static const char *const files[] = {
	"pubring.kbx", "pubring.gpg", "trustdb.gpg", "tofu.db", "sshcontrol", "gpg.conf", "gpg-agent.conf", "scdaemon.conf",
	"common.conf", ".gpg-v21-migrated",
};

static const struct {
	const char *name, *end;
} folders[] = {
	{ SECRETS, SECRET_END }, { "openpgp-revocs.d", ".rev" }, { "public-keys.d", ".db" },
};

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), tail = strlen(end);
	return len > tail && strcmp(s + len - tail, end) == 0;
}

static bool is_of_home(const char *rel)
{
	const char *slash = strchr(rel, '/');
	for (size_t i = 0; !slash && i < sizeof files / sizeof *files; i++)
		if (strcmp(files[i], rel) == 0)
			return true;
	for (size_t i = 0; slash && !strchr(slash + 1, '/') && i < sizeof folders / sizeof *folders; i++)
		if (strlen(folders[i].name) == (size_t)(slash - rel) &&
		    strncmp(folders[i].name, rel, (size_t)(slash - rel)) == 0)
			return ends_with(slash + 1, folders[i].end);
	return false;
}

struct copying {
	const char *to;
	bool has_secret;
};

static int copy_one(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	struct copying *c = ctx;
	struct stat st;
	if (is_dir || !is_of_home(rel))
		return ERR_OK;
	if (lstat(full, &st) < 0)
		return errno == ENOENT ? ERR_OK : err_errno(e, errno, "%s", full);
	if (!S_ISREG(st.st_mode))
		return ERR_OK;
	MEM_CLEANUP char *to = file_path(c->to, rel);
	char *slash = strrchr(to, '/');
	*slash = '\0';
	int rc = file_mkdirs(to, 0700, e);
	*slash = '/';
	c->has_secret = c->has_secret || strncmp(rel, SECRETS "/", strlen(SECRETS "/")) == 0;
	return rc ? rc : backup_copy_file(full, to, st.st_mode & 0777, e);
}

int backup_copy_keys(const char *home, const char *to, struct err *e)
{
	struct copying c = { to, false };
	int rc = file_mkdirs(to, 0700, e);
	if (!rc)
		rc = file_walk(home, copy_one, &c, e);
	if (rc || c.has_secret)
		return rc;
	err_set(e, ERR_KEY, "%s: no key home: no secret key lies there (private-keys-v1.d)", home);
	return err_next(e, "name the folder keys of the ledger's store, or a copy of it");
}
