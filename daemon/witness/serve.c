#include "witness/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "foreign/httpd.h"
#include "foreign/jail.h"
#include "witness/submit.h"

#define CONNECTIONS 64
#define PER_USER 32
#define DEADLINE_S 10
#define SILENT_S 2
#define BACKLOG 64
#define PATH "/add-checkpoint"

struct served {
	const struct state *state;
	int lock_fd, listen_fd, signal_fd;
};

static void hand_over(struct submit_answer *a, struct httpd_answer *out)
{
	out->status = a->status;
	out->type = a->type;
	buf_add(&out->body, a->body.ptr, a->body.len);
	if (a->why.code == ERR_LEDGER || a->status >= 500)
		log_err(&a->why);
	submit_release(a);
}

static void refuse(void *ctx, const struct err *why, struct httpd_answer *out)
{
	struct submit_answer a = { .status = 0 };
	(void)ctx;
	submit_refuse(why, (unsigned)err_http(why->code), &a);
	hand_over(&a, out);
}

static void answer(void *ctx, const struct httpd_request *q, struct httpd_answer *out)
{
	const struct served *v = ctx;
	struct submit_answer a = { .status = 0 };
	struct err e = ERR_INIT;
	if (strcmp(q->path, PATH) != 0) {
		err_set(&e, ERR_NOTFOUND, "path: this witness has %s alone", PATH);
		submit_refuse(&e, 404, &a);
	} else if (strcmp(q->method, "POST") != 0) {
		err_set(&e, ERR_HALF, "method: %s takes POST", PATH);
		submit_refuse(&e, 405, &a);
	} else
		submit_checkpoint(v->state, q->body, q->body_len, date_now(), &a);
	hand_over(&a, out);
}

/* serve.lock is held, so whatever socket stands there is a dead one's; what is none is left alone. */
static int open_socket(struct served *v, const char *path, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;
	if (strlen(path) >= sizeof a.sun_path)
		return err_set(e, ERR_CONFIG, "socket: its path is longer than %zu bytes", sizeof a.sun_path - 1);
	strcpy(a.sun_path, path);
	if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		return err_set(e, ERR_CONFLICT, "%s: is there already", path);
	unlink(path);
	v->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (v->listen_fd < 0)
		return err_errno(e, errno, "socket");
	mode_t mask = umask(0117);
	int failed = bind(v->listen_fd, (struct sockaddr *)&a, sizeof a);
	umask(mask);
	return failed || listen(v->listen_fd, BACKLOG) ? err_errno(e, errno, "socket %s", path) : ERR_OK;
}

static int open_signals(struct served *v, struct err *e)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	v->signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	return v->signal_fd < 0 ? err_errno(e, errno, "signalfd") : ERR_OK;
}

static int enter_jail(const struct state *s, struct err *e)
{
	const char *const write_roots[] = { s->dir, NULL };
	const struct jail jail = { .profile = JAIL_WITNESS, .write_roots = write_roots };
	char missing[128];
	int rc = jail_enter(&jail, missing, e);
	if (!rc && *missing)
		log_warn("jail without %s: this kernel does not offer it", missing);
	return rc;
}

static int open_all(struct served *v, const char *path, struct err *e)
{
	MEM_CLEANUP char *lock = file_path(v->state->dir, "serve.lock");
	int rc = file_lock(lock, &v->lock_fd, e);
	if (!rc)
		rc = open_signals(v, e);
	if (!rc)
		rc = open_socket(v, path, e);
	return rc ? rc : enter_jail(v->state, e);
}

static void wait_for_end(int signal_fd)
{
	struct pollfd p = { .fd = signal_fd, .events = POLLIN };
	while (poll(&p, 1, -1) < 0)
		;
}

int serve_run(const struct state *s, const char *socket, struct err *e)
{
	struct served v = { .state = s, .lock_fd = -1, .listen_fd = -1, .signal_fd = -1 };
	const struct httpd_limits limits = { CONNECTIONS, PER_USER, DEADLINE_S, SILENT_S, SUBMIT_MAX };
	int rc = open_all(&v, socket, e);
	struct httpd *h = rc ? NULL : httpd_new(v.listen_fd, &limits, answer, refuse, &v, e);
	if (!rc && !h)
		rc = (int)e->code;
	if (h) {
		log_info("%s answers on %s", s->key.name, socket);
		wait_for_end(v.signal_fd);
		httpd_stop(h);
	}
	const int fds[] = { v.lock_fd, h ? -1 : v.listen_fd, v.signal_fd };
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return rc;
}
