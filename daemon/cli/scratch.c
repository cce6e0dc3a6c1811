#include "cli/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define TRIES 50                    /* while a program that is killed with us still writes there */
#define PAUSE_US 100000
#define PAUSES 3                    /* for so long nobody has made it again */
#define PATH_LEN 1024

/* What the keeper says of the folder once: 0, or why there is none. */
struct made {
	int why;
	char path[PATH_LEN];        /* so that all of it is one write of a pipe */
};

static void make_folder(const char *name, struct made *out)
{
	const char *tmp = getenv("TMPDIR");
	*out = (struct made){ .why = 0 };
	if (snprintf(out->path, sizeof out->path, "%s/%s.XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp", name) >=
	    (int)sizeof out->path)
		out->why = ENAMETOOLONG;
	else if (!mkdtemp(out->path))
		out->why = errno;
}

/* Whoever was killed has closed its files before what it started gets its signal, and that may make the folder anew. */
static void remove_for_good(const char *path, bool is_alone)
{
	for (int i = 0, absent = 0; i < TRIES && absent <= PAUSES; i++) {
		bool is_gone = !file_exists(path) || !file_remove_tree(path, NULL);
		absent = is_gone ? absent + 1 : 0;
		if (is_gone && is_alone)
			return;
		usleep(PAUSE_US);
	}
}

/* Out of reach of what ends the other one: a key typed, a terminal closed. Of its files, a lock among them, it keeps
 * none. It makes the folder itself, so that there is none that nobody removes. */
static void keep(const char *name, int held, int answer)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	struct made made;
	char byte;
	setsid();
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], SIG_IGN);
	make_folder(name, &made);
	bool told = write(answer, &made, sizeof made) == (ssize_t)sizeof made;
	dup2(held, STDIN_FILENO);
	close_range(STDIN_FILENO + 1, ~0U, 0);
	ssize_t n = 0;
	while (told && !made.why && (n = read(STDIN_FILENO, &byte, 1)) < 0 && errno == EINTR)
		;
	if (!made.why)
		remove_for_good(made.path, n > 0);
	_exit(0);
}

static int hear(int answer, struct made *out)
{
	ssize_t n;
	while ((n = read(answer, out, sizeof *out)) < 0 && errno == EINTR)
		;
	return n == (ssize_t)sizeof *out ? out->why : EIO;
}

int scratch_make(const char *name, struct scratch *out, struct err *e)
{
	int held[2], answer[2];
	struct made made = { .why = 0 };
	if (pipe2(held, O_CLOEXEC) < 0)
		return err_errno(e, errno, "pipe");
	if (pipe2(answer, O_CLOEXEC) < 0) {
		int why = errno;
		close(held[0]);
		close(held[1]);
		return err_errno(e, why, "pipe");
	}
	pid_t keeper = fork();
	int why = errno;
	if (!keeper) {
		close(held[1]);
		close(answer[0]);
		keep(name, held[0], answer[1]);
	}
	close(held[0]);
	close(answer[1]);
	if (keeper > 0)
		why = hear(answer[0], &made);
	close(answer[0]);
	if (keeper > 0 && !why) {
		*out = (struct scratch){ mem_strdup(made.path), held[1], keeper };
		return ERR_OK;
	}
	close(held[1]);
	if (keeper > 0)
		while (waitpid(keeper, NULL, 0) < 0 && errno == EINTR)
			;
	err_errno(e, why, "%s", *made.path ? made.path : name);
	if (e && *e->next)
		return (int)e->code;
	return err_next(e, "TMPDIR has to name a folder that is there and that takes writes");
}

/* A byte tells the keeper that nobody writes there any more. */
void scratch_remove(struct scratch *s)
{
	while (write(s->fd, "", 1) < 0 && errno == EINTR)
		;
	close(s->fd);
	while (waitpid(s->keeper, NULL, 0) < 0 && errno == EINTR)
		;
	free(s->path);
}
