#include "foreign/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/lang.h"
#include "foreign/jail_calls.h"

#define MISSING_MAX 128

/* Rights and fields that came with later kernels than the headers of the build may know; by Landlock's own version. */
#define FS_V1 ((1ULL << 13) - 1)
#define FS_REFER (1ULL << 13)     /* 2 */
#define FS_TRUNCATE (1ULL << 14)  /* 3 */
#define NET_TCP 3ULL              /* 4: bind, connect */
#define FS_IOCTL_DEV (1ULL << 15) /* 5 */
#define SCOPE_ALL 3ULL            /* 6: abstract Unix sockets, signals */

#define FS_READ (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_FILE (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	         FS_TRUNCATE | FS_IOCTL_DEV)

struct ruleset_attr {
	uint64_t fs, net, scoped;
};

static void report_missing(char *out, const char *what)
{
	if (!out)
		return;
	size_t len = strlen(out);
	snprintf(out + len, MISSING_MAX - len, "%s%s", len ? ", " : "", what);
}

static int limit(int resource, const char *name, uint64_t value, struct err *e)
{
	struct rlimit l = { value, value };
	if (setrlimit((__rlimit_resource_t)resource, &l) < 0)
		return err_errno(e, errno, "jail: limit of %s", lang_text(name));
	return ERR_OK;
}

static int set_limits(const struct jail *j, struct err *e)
{
	int rc = limit(RLIMIT_CORE, N_("cores"), 0, e);
	if (!rc && j->cpu_s)
		rc = limit(RLIMIT_CPU, N_("processor time"), j->cpu_s, e);
	if (!rc && j->memory_max && !JAIL_IS_SANITIZED) /* a sanitizer reserves terabytes */
		rc = limit(RLIMIT_AS, N_("memory"), j->memory_max, e);
	return rc;
}

static int set_manners(struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(e, errno, "jail: no new privileges");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_errno(e, errno, "jail: not dumpable");
	return ERR_OK;
}

static uint64_t get_fs_rights(int version)
{
	return FS_V1 | (version >= 2 ? FS_REFER : 0) | (version >= 3 ? FS_TRUNCATE : 0) | (version >= 5 ? FS_IOCTL_DEV : 0);
}

static int allow_root(int ruleset, const char *path, uint64_t rights, struct err *e)
{
	struct stat st;
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return ERR_OK; /* what is not there can't be reached */
	if (fd < 0)
		return err_errno(e, errno, "jail: %s", path);
	int rc = ERR_OK;
	if (fstat(fd, &st) < 0)
		rc = err_errno(e, errno, "jail: %s", path);
	else {
		struct landlock_path_beneath_attr rule = { .parent_fd = fd };
		rule.allowed_access = S_ISDIR(st.st_mode) ? rights : rights & FS_FILE;
		if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
			rc = err_errno(e, errno, "jail: %s", path);
	}
	close(fd);
	return rc;
}

static int allow_roots(int ruleset, const char *const *roots, uint64_t rights, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && roots && roots[i]; i++)
		rc = allow_root(ruleset, roots[i], rights, e);
	return rc;
}

static int restrict_files(const struct jail *j, char *out_missing, struct err *e)
{
	static const char *const sanitizer_roots[] = { "/proc", NULL };
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1) {
		report_missing(out_missing, "Landlock");
		return ERR_OK;
	}
	struct ruleset_attr attr = { .fs = get_fs_rights((int)version) };
	attr.net = version >= 4 ? NET_TCP : 0;
	attr.scoped = version >= 6 ? SCOPE_ALL : 0;
	size_t size = version >= 6 ? sizeof attr : version >= 4 ? offsetof(struct ruleset_attr, scoped) : sizeof attr.fs;
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (ruleset < 0)
		return err_errno(e, errno, "jail: Landlock");
	int rc = allow_roots(ruleset, j->read_roots, FS_READ, e);
	if (!rc)
		rc = allow_roots(ruleset, j->write_roots, attr.fs, e);
	if (!rc && JAIL_IS_SANITIZED)
		rc = allow_roots(ruleset, sanitizer_roots, FS_READ, e);
	if (!rc && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		rc = err_errno(e, errno, "jail: Landlock");
	close(ruleset);
	return rc;
}

int jail_enter(const struct jail *j, char *out_missing, struct err *e)
{
	if (out_missing)
		out_missing[0] = '\0';
	int rc = set_manners(e);
	if (!rc)
		rc = set_limits(j, e);
	if (!rc)
		rc = restrict_files(j, out_missing, e);
	if (rc)
		return rc;
	bool is_offered = true;
	rc = jail_calls_restrict(j->profile, &is_offered, e);
	if (!is_offered)
		report_missing(out_missing, "seccomp");
	return rc;
}
