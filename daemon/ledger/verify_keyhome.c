/* A key home holds no repository. What lies in one that is there nobody looks for, and no disposal takes out of it. */
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/verify_impl.h"

static int look(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	MEM_CLEANUP char *head = file_path(full, "HEAD"), *objects = file_path(full, "objects");
	(void)e;
	if (is_dir && file_exists(head) && file_exists(objects))
		verify_fault(ctx, VERIFY_NO_SEQ, VERDICT_BROKEN, "keys/%s: a repository is here, where no disposal takes what "
		             "went out of it: move it out of the store", rel);
	return ERR_OK;
}

void verify_keyhome_judge(struct verify *v)
{
	MEM_CLEANUP char *keys = file_path(v->path, "keys");
	file_walk(keys, look, v, NULL);
}
