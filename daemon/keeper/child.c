#include "keeper/child.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/proc.h"

#define STOP_WAIT_MS 5000
#define SEND_TIMEOUT_S 20    /* a role that reads nothing must not hold up the keeper */

void child_init(struct child *c)
{
	*c = (struct child){ .fd = -1 };
}

int child_start(struct child *c, const char *const *args, int listen_fd, struct err *e)
{
	const char *argv[CHILD_ARGS_MAX + 3] = { "daichod", "--role" };
	int pair[2], fds[2];
	size_t n = 2;
	while (*args && n < CHILD_ARGS_MAX + 2)
		argv[n++] = *args++;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_errno(e, errno, "socketpair");
	struct timeval timeout = { .tv_sec = SEND_TIMEOUT_S };
	setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
	fds[0] = pair[1];
	fds[1] = listen_fd;
	int rc = proc_start_role("/proc/self/exe", argv, fds, listen_fd < 0 ? 1 : 2, &c->pid, e);
	close(pair[1]);
	if (rc) {
		close(pair[0]);
		child_init(c);
		return err_prefix(e, "%s", argv[2]);
	}
	c->fd = pair[0];
	return ERR_OK;
}

static void close_stream(struct child *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

bool child_has_ended(struct child *c)
{
	if (!c->pid)
		return true;
	if (waitpid(c->pid, NULL, WNOHANG) == 0)
		return false;
	c->pid = 0;
	return true;
}

void child_kill(struct child *c)
{
	close_stream(c);
	if (!c->pid)
		return;
	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
}

void child_stop(struct child *c)
{
	const struct timespec step = { .tv_nsec = 10 * 1000 * 1000 };
	close_stream(c);
	for (int waited = 0; waited < STOP_WAIT_MS && !child_has_ended(c); waited += 10)
		nanosleep(&step, NULL);
	child_kill(c);
}
