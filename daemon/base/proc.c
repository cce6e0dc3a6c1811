#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/proc_child.h"
#include "base/text.h"

#define DEADLINE_S_DEFAULT 60
#define OUTPUT_MAX_DEFAULT ((size_t)64 << 20)
#define STDERR_KEPT ((size_t)32 << 10)
#define STDERR_TOLD ((size_t)400)
#define CHUNK ((size_t)64 << 10)
#define TICK_MS 10

enum { TO_CHILD, FROM_CHILD, ERR_CHILD, PIPES };

struct run {
	const struct proc *p;
	pid_t pid;
	int pidfd;              /* -1 where the kernel has none: then the child is looked at by the tick */
	int pipes[PIPES];       /* our ends, -1 when closed */
	size_t written;
	struct buf *out;
	struct buf err_text;
	size_t output_left;     /* bytes of output that are still kept */
	int64_t until;
	bool has_ended;
	int status;
};

static int64_t get_monotonic_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int get_deadline_s(const struct proc *p)
{
	return p->deadline_s ? p->deadline_s : DEADLINE_S_DEFAULT;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int open_null(int *out_fd, struct err *e)
{
	*out_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return *out_fd < 0 ? err_errno(e, errno, "/dev/null") : ERR_OK;
}

static int refuse_missing(const char *name, struct err *e)
{
	if (strchr(name, '/'))
		return err_set(e, ERR_NOTFOUND, "%s: no such program", name);
	return err_set(e, ERR_NOTFOUND, "%s: not found in /usr/bin or /bin", name);
}

/* A write to a child that no longer reads must not end us: SIGPIPE is held off in this thread for the time. */
struct sigpipe_guard {
	sigset_t before;
	bool was_pending;
};

static void hold_sigpipe(struct sigpipe_guard *g)
{
	sigset_t set, pending;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigpending(&pending);
	g->was_pending = sigismember(&pending, SIGPIPE) == 1;
	pthread_sigmask(SIG_BLOCK, &set, &g->before);
}

static void release_sigpipe(const struct sigpipe_guard *g)
{
	const struct timespec now = { 0, 0 };
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	while (!g->was_pending && sigtimedwait(&set, NULL, &now) < 0 && errno == EINTR)
		;
	pthread_sigmask(SIG_SETMASK, &g->before, NULL);
}

static void feed(struct run *r)
{
	size_t left = r->p->input_len - r->written;
	ssize_t n = left ? write(r->pipes[TO_CHILD], (const char *)r->p->input + r->written, left) : 0;
	if (n > 0)
		r->written += (size_t)n;
	if (r->written == r->p->input_len || (n < 0 && errno != EINTR && errno != EAGAIN))
		close_fd(&r->pipes[TO_CHILD]); /* a child that wants no more is no error */
}

static void keep_output(struct run *r, const char *bytes, size_t n)
{
	if (!r->out)
		return;
	size_t kept = n < r->output_left ? n : r->output_left;
	buf_add(r->out, bytes, kept);
	r->output_left -= kept;
	if (kept < n)
		r->out->over = true;
}

/* The end of it is what tells why. */
static void keep_stderr(struct run *r, const char *bytes, size_t n)
{
	struct buf *b = &r->err_text;
	buf_add(b, bytes, n);
	if (b->len <= 2 * STDERR_KEPT)
		return;
	memmove(b->ptr, b->ptr + b->len - STDERR_KEPT, STDERR_KEPT + 1);
	b->len = STDERR_KEPT;
}

static void drain(struct run *r, int which)
{
	char chunk[CHUNK];
	ssize_t n = read(r->pipes[which], chunk, sizeof chunk);
	if (n > 0 && which == FROM_CHILD)
		keep_output(r, chunk, (size_t)n);
	else if (n > 0)
		keep_stderr(r, chunk, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		close_fd(&r->pipes[which]);
}

static void look_for_end(struct run *r)
{
	if (!r->has_ended && waitpid(r->pid, &r->status, WNOHANG) == r->pid)
		r->has_ended = true;
}

static int get_wait_ms(const struct run *r, int64_t left)
{
	if (r->has_ended)
		return 0;
	if (r->pidfd < 0 && left > TICK_MS)
		return TICK_MS;
	return left > INT_MAX ? INT_MAX : (int)left;
}

/* Its descendants may hold the pipes open: once it has ended only what stands in them already is taken. */
static int attend(struct run *r, struct err *e)
{
	for (;;) {
		struct pollfd polled[PIPES + 1];
		for (int i = 0; i < PIPES; i++)
			polled[i] = (struct pollfd){ .fd = r->pipes[i], .events = i == TO_CHILD ? POLLOUT : POLLIN };
		polled[PIPES] = (struct pollfd){ .fd = r->has_ended ? -1 : r->pidfd, .events = POLLIN };
		int64_t left = r->until - get_monotonic_ms();
		if (left <= 0 && r->has_ended)
			return ERR_OK;
		if (left <= 0)
			return err_set(e, ERR_BUSY, "no end within %d s", get_deadline_s(r->p));
		int n = poll(polled, PIPES + 1, get_wait_ms(r, left));
		if (n < 0 && errno != EINTR)
			return err_errno(e, errno, "poll");
		if (n <= 0 && r->has_ended)
			return ERR_OK;
		for (int i = 0; n > 0 && i < PIPES; i++)
			if (polled[i].revents && i == TO_CHILD)
				feed(r);
			else if (polled[i].revents)
				drain(r, i);
		look_for_end(r);
		if (r->has_ended)
			close_fd(&r->pipes[TO_CHILD]);
	}
}

static void end_child(struct run *r)
{
	if (r->has_ended)
		return;
	kill(-r->pid, SIGKILL);
	kill(r->pid, SIGKILL);
	while (waitpid(r->pid, &r->status, 0) < 0 && errno == EINTR)
		;
	r->has_ended = true;
}

static int open_pipes(const struct proc *p, struct run *r, int theirs[PIPES], struct err *e)
{
	for (int i = 0; i < PIPES; i++) {
		int ends[2], ours = i == TO_CHILD ? 1 : 0;
		if (i == TO_CHILD && !p->input) {
			int rc = open_null(&theirs[i], e);
			if (rc)
				return rc;
			continue;
		}
		if (pipe2(ends, O_CLOEXEC) < 0)
			return err_errno(e, errno, "%s: pipe", p->argv[0]);
		r->pipes[i] = ends[ours];
		theirs[i] = ends[!ours];
		if (fcntl(ends[ours], F_SETFL, O_NONBLOCK) < 0)
			return err_errno(e, errno, "%s: pipe", p->argv[0]);
	}
	return ERR_OK;
}

static int start_run(struct run *r, const char *path, struct err *e)
{
	int theirs[PIPES] = { -1, -1, -1 };
	char **env = proc_child_env(r->p->env);
	int rc = open_pipes(r->p, r, theirs, e);
	if (!rc) {
		struct proc_child c = { .path = path, .argv = r->p->argv, .env = env, .dir = r->p->dir ? r->p->dir : "/",
			.fds = r->p->fds, .n = r->p->fds_count, .is_bound = r->p->is_bound };
		memcpy(c.standard, theirs, sizeof theirs);
		rc = proc_child_start(&c, &r->pid, e);
	}
	for (int i = 0; i < PIPES; i++)
		close_fd(&theirs[i]);
	proc_child_env_free(env);
	if (!rc)
		r->pidfd = pidfd_open(r->pid, 0);
	return rc;
}

/* "name: reason: end of its standard error" */
static void tell(const struct run *r, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	size_t len = r->err_text.len;
	const char *s = buf_str(&r->err_text);
	while (len > 0 && s[len - 1] == '\n')
		len--;
	size_t from = len > STDERR_TOLD ? len - STDERR_TOLD : 0;
	while (from > 0 && from < len && ((unsigned char)s[from] & 0xc0) == 0x80)
		from++;
	text_add_safe(&text, s + from, len - from, true);
	err_set(e, e->code, "%s: %s%s%s", r->p->argv[0], e->text, text.len ? ": " : "", buf_str(&text));
}

static int judge(const struct run *r, int *out_status, struct err *e)
{
	if (WIFEXITED(r->status)) {
		*out_status = WEXITSTATUS(r->status);
		return ERR_OK;
	}
	*out_status = 128 + WTERMSIG(r->status);
	return err_set(e, ERR_IO, "ended by signal %d", WTERMSIG(r->status));
}

int proc_run(const struct proc *p, struct buf *out, struct buf *out_stderr, int *out_status, struct err *e)
{
	struct run r = { .p = p, .pidfd = -1, .pipes = { -1, -1, -1 }, .out = out };
	r.output_left = p->output_max ? p->output_max : OUTPUT_MAX_DEFAULT;
	r.until = get_monotonic_ms() + (int64_t)get_deadline_s(p) * 1000;
	struct sigpipe_guard guard;
	struct err why = ERR_INIT;
	MEM_CLEANUP char *path = proc_child_find(p->argv[0]);
	if (!path)
		return refuse_missing(p->argv[0], e);
	hold_sigpipe(&guard);
	int rc = start_run(&r, path, &why);
	bool has_started = rc == ERR_OK;
	if (has_started) {
		rc = attend(&r, &why);
		end_child(&r);
		if (!rc)
			rc = judge(&r, out_status, &why);
		else
			*out_status = 128 + SIGKILL;
	}
	release_sigpipe(&guard);
	for (int i = 0; i < PIPES; i++)
		close_fd(&r.pipes[i]);
	close_fd(&r.pidfd);
	if (rc && has_started)
		tell(&r, &why);
	if (rc)
		err_set(e, why.code, "%s", why.text);
	if (out_stderr)
		buf_add(out_stderr, buf_str(&r.err_text), r.err_text.len);
	buf_release(&r.err_text);
	return rc;
}

static int start_silent(const struct proc_child *plain, const char *const *env, pid_t *out_pid, struct err *e)
{
	struct proc_child c = *plain;
	int null, rc = open_null(&null, e);
	if (rc)
		return rc;
	char **variables = proc_child_env(env);
	c.env = variables;
	c.is_bound = true;
	c.standard[0] = c.standard[1] = null;
	if (!c.is_role)
		c.standard[2] = null;
	rc = proc_child_start(&c, out_pid, e);
	proc_child_env_free(variables);
	close(null);
	return rc;
}

int proc_start(const struct proc *p, pid_t *out_pid, struct err *e)
{
	MEM_CLEANUP char *path = proc_child_find(p->argv[0]);
	if (!path)
		return refuse_missing(p->argv[0], e);
	struct proc_child c = { .path = path, .argv = p->argv, .dir = p->dir ? p->dir : "/", .fds = p->fds,
		.n = p->fds_count };
	return start_silent(&c, p->env, out_pid, e);
}

int proc_start_role(const char *path, const char *const *argv, const int *child_fds, size_t n, pid_t *out_pid,
                    struct err *e)
{
	struct proc_child c = { .path = path, .argv = argv, .dir = ".", .fds = child_fds, .n = n, .is_role = true };
	c.standard[2] = STDERR_FILENO;
	return start_silent(&c, NULL, out_pid, e);
}
