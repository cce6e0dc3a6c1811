#include "base/file_trim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Blocks that were freed are known as free to the file system only once it has written that down. */
int file_trim(const char *dir, struct err *e)
{
	struct fstrim_range all = { .start = 0, .len = UINT64_MAX, .minlen = 0 };
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", dir);
	int rc = syncfs(fd) < 0 || ioctl(fd, FITRIM, &all) < 0 ? err_errno(e, errno, "%s: trim", dir) : ERR_OK;
	close(fd);
	return rc;
}
