/* The digest of a file, which is an archive's identity. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "ledger/archive_impl.h"

#define CHUNK ((size_t)256 << 10)

int archive_hash_fd(int fd, const char *path, struct hash *out, uint64_t *out_bytes, struct err *e)
{
	MEM_CLEANUP char *chunk = mem_alloc(CHUNK);
	int rc = ERR_OK;
	struct hash_ctx *c = hash_new();
	*out_bytes = 0;
	for (ssize_t n; (n = pread(fd, chunk, CHUNK, (off_t)*out_bytes)) != 0;) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			rc = err_errno(e, errno, "%s", path);
			break;
		}
		hash_add(c, chunk, (size_t)n);
		*out_bytes += (uint64_t)n;
	}
	*out = hash_finish(c);
	return rc;
}

int archive_hash(const char *path, struct hash *out, uint64_t *out_bytes, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc = archive_hash_fd(fd, path, out, out_bytes, e);
	close(fd);
	return rc;
}
