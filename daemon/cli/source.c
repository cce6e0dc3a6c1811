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
#define HEAD_MAX 64
#define FORMS N_("give the folder of a store or clone, or a file that git bundle, daicho prove, a disposal or " \
                 "daicho-verify --evidence has made")

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

static int read_head(const char *path, char *out, size_t *out_len, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return given_tell(err_errno(e, errno, "%s", path), FORMS, e);
	ssize_t n = read(fd, out, HEAD_MAX);
	int code = errno;
	close(fd);
	if (n < 0)
		return err_errno(e, code, "%s", path);
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
		return err_next(e, FORMS);
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
			*out = forms[i].kind;
			return ERR_OK;
		}
	err_set(e, ERR_SYNTAX, "%s: neither a repository, a bundle, an archive, a proof nor evidence", path);
	return err_next(e, FORMS);
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
		rc = err_set(e, ERR_LEDGER, "%s: git does not take this bundle", path);
		err_next(e, "git bundle verify FILE says why: it is damaged, or leaves out history that it needs");
	}
	if (rc)
		scratch_remove(&folder);
	else
		*out = folder;
	return rc;
}
