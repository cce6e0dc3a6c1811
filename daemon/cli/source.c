#include "cli/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "cli/given.h"
#include "ledger/gitcmd.h"

#define DEADLINE_S 1800
#define HEAD_MAX 4096
static const struct {
	const char *begins;
	enum source_kind kind;
} forms[] = {
	{ "# v2 git bundle\n", SOURCE_BUNDLE }, { "# v3 git bundle\n", SOURCE_BUNDLE },
	{ "c2sp.org/tlog-proof@v1\n", SOURCE_PROOF }, { "old ", SOURCE_STEP }, { "{", SOURCE_EVIDENCE },
};

static bool ends_with(const char *path, const char *tail)
{
	size_t len = strlen(path), after = strlen(tail);
	return len > after && strcmp(path + len - after, tail) == 0;
}

/* Behind the first line, and what the bundle asks of git, the commits that it needs come before all else. */
static bool needs_more(const char *head, size_t len)
{
	const char *end = head + len, *at = head;
	do
		at = memchr(at, '\n', (size_t)(end - at));
	while (at && ++at < end && *at == '@');
	return at && at < end && *at == '-';
}

static int read_head(const char *path, char *out, size_t *out_len, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return given_tell(err_errno(e, errno, "%s", path), SOURCE_FORMS, e);
	ssize_t n = read(fd, out, HEAD_MAX);
	int code = errno;
	close(fd);
	if (n < 0)
		return given_tell(err_errno(e, code, "%s", path), SOURCE_FORMS, e);
	*out_len = (size_t)n;
	return ERR_OK;
}

int source_find(const char *path, enum source_kind *out, struct err *e)
{
	struct stat st;
	char head[HEAD_MAX];
	size_t len = 0;
	if (stat(path, &st)) {
		err_errno(e, errno, "%s", path);
		return err_next(e, SOURCE_FORMS);
	}
	*out = SOURCE_FOLDER;
	if (S_ISDIR(st.st_mode))
		return ERR_OK;
	*out = SOURCE_ARCHIVE;
	if (ends_with(path, ".tar") || ends_with(path, ".tar.gpg"))
		return ERR_OK;
	int rc = read_head(path, head, &len, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (len >= strlen(forms[i].begins) && memcmp(head, forms[i].begins, strlen(forms[i].begins)) == 0) {
			*out = forms[i].kind == SOURCE_BUNDLE && needs_more(head, len) ? SOURCE_BUNDLE_ON : forms[i].kind;
			return ERR_OK;
		}
	err_set(e, ERR_SYNTAX, "%s: neither a repository, a bundle, an archive, a proof nor evidence", path);
	return err_next(e, SOURCE_FORMS);
}

int source_unbundle(const char *path, struct scratch *out, struct err *e)
{
	MEM_CLEANUP char *bundle = file_absolute(path);
	struct scratch folder;
	const char *const init[] = { "init", "--quiet", "--bare", "--template=", NULL };
	const char *const fetch[] = { "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", bundle,
	                              "+refs/*:refs/*", NULL };
	int rc = scratch_make("daicho-bundle", &folder, e);
	if (rc)
		return rc;
	rc = gitcmd_run(folder.path, init, DEADLINE_S, e);
	if (!rc && gitcmd_exchange(folder.path, fetch, NULL, DEADLINE_S, NULL, e)) {
		rc = err_set(e, ERR_SYNTAX, "%s: git does not take this bundle", path);
		err_next(e, "take another copy of it: it is damaged, or its end is not there");
	}
	if (rc)
		scratch_remove(&folder);
	else
		*out = folder;
	return rc;
}
