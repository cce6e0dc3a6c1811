#include "cli/given.h"

#include "base/file.h"

int given_tell(int rc, const char *next, struct err *e)
{
	if (!rc || *e->next)
		return rc;
	return rc == ERR_PERM ? err_next(e, "let your login read it, or name another one")
	                      : err_next(e, "%s", lang_text(next));
}

int given_read(const char *path, size_t max, const char *next, struct buf *out, struct err *e)
{
	return given_tell(file_read(path, max, out, e), next, e);
}

int given_write(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e)
{
	int rc = file_write_durable(path, bytes, len, mode, e);
	return rc && !*e->next ? err_next(e, GIVEN_OUT) : rc;
}
