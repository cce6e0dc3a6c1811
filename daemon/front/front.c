#include "front/front.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/text.h"
#include "foreign/httpd.h"
#include "foreign/jail.h"
#include "foreign/jdoc.h"
#include "front/gate.h"
#include "front/relay.h"
#include "model/wire.h"

#define KEEPER_FD 3
#define LISTEN_FD 4
#define START_DEADLINE_MS 20000
#define ANSWER_DEADLINE_S 900    /* a yearly run answers when it is done */
#define REQUEST_DEADLINE_S (WIRE_FRONT_DEADLINE_MS / 1000)
#define SILENT_S 2

struct front {
	pthread_rwlock_t lock;           /* gate */
	struct gate *gate;
	struct relay *relay;
	int signal_fd, lost_fd;
};

static void answer_error(const struct err *why, const struct jdoc *faults, struct httpd_answer *out)
{
	struct jdoc *doc = jdoc_error(why, faults);
	out->status = (unsigned)err_http(why->code);
	jdoc_print(doc, &out->body);
	buf_putc(&out->body, '\n');
	jdoc_free(doc);
}

static void refuse(void *ctx, const struct err *why, struct httpd_answer *out)
{
	(void)ctx;
	answer_error(why, NULL, out);
}

static int split_answer(const struct buf *answer, struct httpd_answer *out, struct err *e)
{
	uint64_t status;
	if (answer->len < 3 || !text_parse_u64(answer->ptr, 3, 599, &status))
		return err_set(e, ERR_BUG, "keeper: answer without a status");
	out->status = (unsigned)status;
	buf_add(&out->body, answer->ptr + 3, answer->len - 3);
	return ERR_OK;
}

static void serve(void *ctx, const struct httpd_request *q, struct httpd_answer *out)
{
	struct front *f = ctx;
	struct err e = ERR_INIT;
	struct jdoc *faults = NULL;
	BUF_CLEANUP struct buf text = BUF_INIT, answer = BUF_INIT;
	pthread_rwlock_rdlock(&f->lock);
	struct jdoc *message = gate_pass(f->gate, q, &faults, &e);
	pthread_rwlock_unlock(&f->lock);
	int rc = message ? ERR_OK : (int)e.code;
	if (!rc) {
		jdoc_print(message, &text);
		rc = relay_call(f->relay, WIRE_REQUEST, text.ptr, text.len, ANSWER_DEADLINE_S, &answer, &e);
	}
	if (!rc)
		rc = split_answer(&answer, out, &e);
	if (rc)
		answer_error(&e, faults, out);
	jdoc_free(message);
	jdoc_free(faults);
}

/* Before the relay has its thread: the first exchange is plain. */
static struct gate *fetch_gate(struct err *e)
{
	struct frame f;
	if (frame_send(KEEPER_FD, WIRE_SCHEMAS, 0, 0, "", 0, e) || frame_recv(KEEPER_FD, START_DEADLINE_MS, &f, e))
		return NULL;
	struct gate *g = gate_new(f.payload.ptr, f.payload.len, e);
	frame_release(&f);
	return g;
}

/* A front that can't follow a new rule book must not judge by the old one: it is started anew. */
static void take_told(void *ctx, const struct frame *told)
{
	struct front *f = ctx;
	struct err e = ERR_INIT;
	if (told->verb != WIRE_SCHEMAS)
		return;
	struct gate *fresh = gate_new(told->payload.ptr, told->payload.len, &e), *before;
	if (!fresh) {
		log_err(&e);
		_exit(err_exit(e.code));
	}
	pthread_rwlock_wrlock(&f->lock);
	before = f->gate;
	f->gate = fresh;
	pthread_rwlock_unlock(&f->lock);
	gate_free(before);
}

static void keeper_lost(void *ctx)
{
	struct front *f = ctx;
	uint64_t one = 1;
	if (write(f->lost_fd, &one, sizeof one) != sizeof one)
		_exit(err_exit(ERR_UNAVAILABLE));
}

static int open_signals(struct front *f, struct err *e)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	f->signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	f->lost_fd = eventfd(0, EFD_CLOEXEC);
	return f->signal_fd < 0 || f->lost_fd < 0 ? err_set(e, ERR_IO, "front: no signalfd") : ERR_OK;
}

static void wait_for_end(const struct front *f)
{
	struct pollfd p[2] = { { .fd = f->signal_fd, .events = POLLIN }, { .fd = f->lost_fd, .events = POLLIN } };
	while (poll(p, 2, -1) < 0)
		;
}

static int start(struct front *f, struct err *e)
{
	static const struct jail jail = { .profile = JAIL_FRONT };
	char missing[128];
	int rc = open_signals(f, e);
	if (rc)
		return rc;
	if (!(f->gate = fetch_gate(e)))
		return e->code;
	if ((rc = jail_enter(&jail, missing, e)))
		return rc;
	if (*missing)
		log_warn("jail without %s: this kernel does not offer it", missing);
	const struct relay_port port = { take_told, keeper_lost, f };
	f->relay = relay_new(KEEPER_FD, &port, e);
	return f->relay ? ERR_OK : (int)e->code;
}

int front_main(int argc, char **argv)
{
	struct front f = { .lock = PTHREAD_RWLOCK_INITIALIZER };
	struct err e = ERR_INIT;
	if (argc < 3)
		return err_exit(ERR_USAGE);
	struct httpd_limits limits = { (unsigned)atoi(argv[1]), (unsigned)atoi(argv[2]), REQUEST_DEADLINE_S,
		                           SILENT_S, GATE_BODY_MAX };
	struct httpd *h = NULL;
	int rc = start(&f, &e);
	if (!rc && !(h = httpd_new(LISTEN_FD, &limits, serve, refuse, &f, &e)))
		rc = e.code;
	if (rc) {
		log_err(&e);
		return err_exit(rc);
	}
	wait_for_end(&f);
	httpd_stop(h);
	gate_free(f.gate);
	return 0;
}
