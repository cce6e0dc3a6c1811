#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/repo.h"
#include "ledger/verify_impl.h"

static void look_at(struct verify *v, const char *name)
{
	static const char *const own[] = { ".", "..", "ledger.git", "volumes" };
	MEM_CLEANUP char *path = file_path(v->path, name);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strcmp(name, own[i]) == 0)
			return;
	if (repo_is_there(path))
		verify_remark(v, "%s: a repository that is none of the store's: nobody looked at what lies there, nor whether "
		                 "it is a record that was disposed of", name);
}

int verify_beside_remark(struct verify *v, struct err *e)
{
	DIR *d = opendir(v->path);
	const struct dirent *entry;
	if (!d)
		return err_errno(e, errno, "%s", v->path);
	while ((errno = 0, entry = readdir(d)))
		look_at(v, entry->d_name);
	int rc = errno ? err_errno(e, errno, "%s", v->path) : ERR_OK;
	closedir(d);
	return rc;
}
