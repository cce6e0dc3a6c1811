#include "cli/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define TRIES 50                    /* while a program that was killed with us still writes there */
#define PAUSE_US 100000

/* Out of reach of what ends the other one: a key typed, a terminal closed. Of its files, a lock among them, it keeps
 * none. */
static void keep(const char *path, int fd)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	char byte;
	setsid();
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], SIG_IGN);
	dup2(fd, STDIN_FILENO);
	close_range(STDIN_FILENO + 1, ~0U, 0);
	while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
		;
	for (int i = 0; i < TRIES && file_exists(path) && file_remove_tree(path, NULL); i++)
		usleep(PAUSE_US);
	_exit(0);
}

static char *make_folder(const char *name, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	char *path = mem_printf("%s/%s.XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp", name);
	if (mkdtemp(path))
		return path;
	err_errno(e, errno, "%s", path);
	free(path);
	return NULL;
}

int scratch_make(const char *name, struct scratch *out, struct err *e)
{
	struct scratch s;
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(e, errno, "pipe");
	s.path = make_folder(name, e);
	if (!s.path) {
		close(ends[0]);
		close(ends[1]);
		return ERR_IO;
	}
	s.keeper = fork();
	if (!s.keeper) {
		close(ends[1]);
		keep(s.path, ends[0]);
	}
	close(ends[0]);
	s.fd = ends[1];
	if (s.keeper < 0) {
		int why = errno;
		close(s.fd);
		rmdir(s.path);
		free(s.path);
		return err_errno(e, why, "fork");
	}
	*out = s;
	return ERR_OK;
}

void scratch_remove(struct scratch *s)
{
	close(s->fd);
	while (waitpid(s->keeper, NULL, 0) < 0 && errno == EINTR)
		;
	free(s->path);
}
