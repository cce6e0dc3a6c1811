/*
 * Preloaded into the keeper by the fault sweep: counts the calls that change files and, at the N-th, does what the file
 * named by DAICHO_FAULT says: "kill N" ends the process, "full N" lets this and every later call fail with ENOSPC,
 * "fail N" lets this one fail with EIO. Nothing happens while the file is absent; a file that was removed and written
 * anew starts the count anew. The number of calls counted is kept in "<file>.count".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ino_t counted_inode;
static long count;

static void tell_count(const char *file)
{
	char path[512], text[32];
	snprintf(path, sizeof path, "%s.count", file);
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int len = snprintf(text, sizeof text, "%ld\n", count);
	if (fd >= 0 && syscall(SYS_write, fd, text, len) < 0)
		abort();
	syscall(SYS_close, fd);
}

/* 0: go on; else the errno with which the call fails. */
static int strike(void)
{
	const char *file = getenv("DAICHO_FAULT");
	char text[64] = "", word[16] = "";
	long at = 0;
	struct stat st;
	int result = 0;
	if (!file)
		return 0;
	pthread_mutex_lock(&lock);
	int fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY, 0);
	if (fd >= 0 && fstat(fd, &st) == 0 && syscall(SYS_read, fd, text, sizeof text - 1) > 0 &&
	    sscanf(text, "%15s %ld", word, &at) == 2) {
		if (st.st_ino != counted_inode)
			count = 0;
		counted_inode = st.st_ino;
		count++;
		tell_count(file);
		if (strcmp(word, "kill") == 0 && count == at)
			kill(getpid(), SIGKILL);
		if (strcmp(word, "full") == 0 && count >= at)
			result = ENOSPC;
		if (strcmp(word, "fail") == 0 && count == at)
			result = EIO;
	}
	if (fd >= 0)
		syscall(SYS_close, fd);
	pthread_mutex_unlock(&lock);
	return result;
}

static bool is_file(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

#define FAILS_WITH(failed) do { int why_ = (failed); if (why_) { errno = why_; return -1; } } while (0)
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t len)
{
	if (is_file(fd))
		FAILS_WITH(strike());
	return REAL(write)(fd, bytes, len);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	FAILS_WITH(strike());
	return REAL(pwrite)(fd, bytes, len, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
	FAILS_WITH(strike());
	return REAL(pwrite64)(fd, bytes, len, at);
}

int fsync(int fd)
{
	FAILS_WITH(strike());
	return REAL(fsync)(fd);
}

int fdatasync(int fd)
{
	FAILS_WITH(strike());
	return REAL(fdatasync)(fd);
}

int rename(const char *from, const char *to)
{
	FAILS_WITH(strike());
	return REAL(rename)(from, to);
}

int link(const char *from, const char *to)
{
	FAILS_WITH(strike());
	return REAL(link)(from, to);
}

int unlink(const char *path)
{
	if (strike() == EIO) { /* a full disk lets go of files */
		errno = EIO;
		return -1;
	}
	return REAL(unlink)(path);
}

int mkdir(const char *path, mode_t mode)
{
	FAILS_WITH(strike());
	return REAL(mkdir)(path, mode);
}

int ftruncate(int fd, off_t len)
{
	FAILS_WITH(strike());
	return REAL(ftruncate)(fd, len);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	FAILS_WITH(strike());
	return REAL(renameat2)(from_dir, from, to_dir, to, flags);
}

int open(const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (flags & O_CREAT)
		FAILS_WITH(strike());
	return REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (flags & O_CREAT)
		FAILS_WITH(strike());
	return REAL(open64)(path, flags, mode);
}
