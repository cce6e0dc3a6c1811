#include "keeper/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/mem.h"
#include "foreign/repo.h"
#include "keeper/api.h"
#include "keeper/asking.h"
#include "keeper/child.h"
#include "keeper/hooks.h"
#include "keeper/signing.h"
#include "ledger/dispose.h"
#include "ledger/dispose_archives.h"
#include "ledger/ledger.h"
#include "ledger/loss.h"
#include "ledger/maintain.h"
#include "ledger/query.h"
#include "ledger/store.h"
#include "model/wire.h"

#define BATCH_MAX 256
#define WAKE_MS 30000            /* look at the day at least so often */
#define FRAME_DEADLINE_MS 20000
#define LISTEN_BACKLOG 128
#define FRONT_RESTART_MS 1000
#define FILES_WANTED 4096

struct keeper {
	struct store store;
	struct signing signing;
	struct ledger *ledger;
	struct child front;
	struct maintain maintain;
	struct hooks hooks;
	struct leaf_range *accepted;
	int listen_fd, signal_fd;
	int64_t clock_told;          /* day on which a refused heartbeat was logged */
	bool stopping;
};

struct asked {
	uint64_t id;
	uint16_t verb;
};

static int open_signals(struct keeper *k, struct err *e)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	k->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return k->signal_fd < 0 ? err_errno(e, errno, "signalfd") : ERR_OK;
}

/* The lock is held, so whatever socket stands there is a dead one's. */
static int open_socket(struct keeper *k, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	if (strlen(k->store.socket) >= sizeof a.sun_path) {
		err_set(e, ERR_CONFIG, "socket: its path is longer than %zu bytes", sizeof a.sun_path - 1);
		return err_next(e, "put the store into a folder with a shorter path");
	}
	strcpy(a.sun_path, k->store.socket);
	unlink(a.sun_path);
	k->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (k->listen_fd < 0)
		return err_errno(e, errno, "socket");
	mode_t mask = umask(0117);
	int failed = bind(k->listen_fd, (struct sockaddr *)&a, sizeof a);
	umask(mask);
	if (failed || listen(k->listen_fd, LISTEN_BACKLOG))
		return err_errno(e, errno, "socket %s", a.sun_path);
	return ERR_OK;
}

static int start_front(struct keeper *k, struct err *e)
{
	char connections[16], per_user[16];
	snprintf(connections, sizeof connections, "%u", k->store.connections);
	snprintf(per_user, sizeof per_user, "%u", k->store.per_user);
	const char *args[] = { "front", connections, per_user, NULL };
	return child_start(&k->front, args, k->listen_fd, e);
}

/* systemd's readiness protocol, sd_notify(3): one datagram to the socket named in the environment. */
static void notify_ready(void)
{
	static const char ready[] = "READY=1\nSTATUS=taking records";
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	if (!path || (*path != '/' && *path != '@') || strlen(path) >= sizeof a.sun_path)
		return;
	size_t len = strlen(path);
	memcpy(a.sun_path, path, len);
	if (*path == '@')
		a.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, ready, sizeof ready - 1, MSG_NOSIGNAL, (struct sockaddr *)&a,
	           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		log_warn("NOTIFY_SOCKET: %s", strerror(errno));
	close(fd);
}

static void tick(struct keeper *k, int64_t now)
{
	struct err e = ERR_INIT;
	int64_t day = date_day_number(date_of_time(now));
	bool failed = api_tick(k->ledger, now, &e) != ERR_OK;
	ledger_tell_damage(k->ledger, &e);
	if (failed && k->clock_told != day)
		log_err(&e);
	k->clock_told = failed ? day : 0;
}

static int answer_schemas(struct keeper *k, uint64_t id, struct err *e)
{
	const struct rules *rules = k->ledger->rules;
	struct jdoc *all = jdoc_object(), *schemas = jdoc_object();
	BUF_CLEANUP struct buf text = BUF_INIT;
	for (size_t i = 0; i < rules->book->kinds_count; i++)
		jdoc_set(schemas, rules->book->kinds[i].name, jdoc_keep((struct jdoc *)schema_doc(rules->schemas[i])));
	jdoc_set(all, "schemas", schemas);
	jdoc_set(all, "eras", query_eras(k->ledger));
	jdoc_print(all, &text);
	jdoc_free(all);
	return frame_send(k->front.fd, WIRE_SCHEMAS, 0, id, text.ptr, text.len, e);
}

static int send_answer(struct keeper *k, uint64_t id, const struct api_request *r, struct err *e)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	buf_printf(&out, "%03u", r->status);
	buf_add(&out, r->body.ptr, r->body.len);
	return frame_send(k->front.fd, WIRE_REQUEST, 0, id, out.ptr, out.len, e);
}

/* One message of the front: a request for the batch, or something answered at once. */
static int take_frame(struct keeper *k, struct asked *asked, struct api_request *requests, size_t *n, struct err *e)
{
	struct frame f;
	int rc = frame_recv(k->front.fd, FRAME_DEADLINE_MS, &f, e);
	if (rc)
		return rc;
	if (f.verb == WIRE_SCHEMAS) {
		rc = answer_schemas(k, f.id, e);
	} else if (f.verb == WIRE_REQUEST) {
		struct jdoc *message = jdoc_parse(f.payload.ptr, f.payload.len, FRAME_MAX, 0, e);
		if (message) {
			asked[*n] = (struct asked){ f.id, f.verb };
			requests[(*n)++] = (struct api_request){ .message = message };
		} else {
			rc = frame_send(k->front.fd, f.verb, ERR_SYNTAX, f.id, e->text, strlen(e->text), e);
		}
	} else {
		rc = err_set(e, ERR_BUG, "front: unknown message");
	}
	frame_release(&f);
	return rc;
}

static bool has_more(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, 0) == 1 && p.revents & POLLIN;
}

/* Takes all that waits as one batch. A front that breaks the protocol or is gone is ended; what was stored stays. */
static void serve_front(struct keeper *k)
{
	struct asked asked[BATCH_MAX];
	struct api_request requests[BATCH_MAX];
	struct err e = ERR_INIT;
	size_t n = 0;
	int rc;
	do
		rc = take_frame(k, asked, requests, &n, &e);
	while (!rc && n < BATCH_MAX && has_more(k->front.fd));
	if (n) {
		struct hash before = k->ledger->rules->digest;
		int64_t now = date_now(); /* one for both: no record of a new year comes before what the tick makes */
		tick(k, now);
		api_serve(k->ledger, requests, n, now);
		/* before the answers, so that who reads one finds the front judging by the new rule book */
		if (!rc && !hash_is_equal(&before, &k->ledger->rules->digest))
			rc = answer_schemas(k, 0, &e);
	}
	for (size_t i = 0; i < n; i++) {
		struct err lost = ERR_INIT;
		if (k->front.fd >= 0 && send_answer(k, asked[i].id, &requests[i], &lost) && !rc) {
			rc = lost.code;
			e = lost;
		}
		jdoc_free(requests[i].message);
		buf_release(&requests[i].body);
	}
	if (!rc)
		return;
	if (!k->stopping)
		log_err(&e);
	child_stop(&k->front);
}

static void read_signals(struct keeper *k)
{
	struct signalfd_siginfo s;
	while (read(k->signal_fd, &s, sizeof s) == (ssize_t)sizeof s) {
		if (s.ssi_signo == SIGCHLD) {
			maintain_collect(&k->maintain, k->ledger);
			hooks_collect(&k->hooks, k->ledger);
			if (child_has_ended(&k->signing.child)) /* the next one has not been shown the head */
				k->ledger->primed = false;
			continue;
		}
		if (!k->stopping && k->front.pid)
			kill(k->front.pid, SIGTERM);
		k->stopping = true;
	}
}

static void restart_front(struct keeper *k)
{
	struct err e = ERR_INIT;
	child_stop(&k->front);
	poll(NULL, 0, FRONT_RESTART_MS);
	log_warn("front: started anew");
	if (start_front(k, &e))
		log_err(&e);
}

/* Until SIGTERM has been seen and the front, having answered what was in flight, has closed its stream. */
static void run(struct keeper *k)
{
	hooks_look(&k->hooks, k->ledger, date_now());
	while (!k->stopping || k->front.fd >= 0) {
		struct pollfd p[2] = { { .fd = k->signal_fd, .events = POLLIN }, { .fd = k->front.fd, .events = POLLIN } };
		if (k->front.fd < 0) {
			restart_front(k);
			continue;
		}
		int n = poll(p, 2, WAKE_MS);
		if (n > 0 && p[0].revents)
			read_signals(k);
		if (n > 0 && p[1].revents)
			serve_front(k);
		if (!k->stopping) {
			tick(k, date_now());
			hooks_look(&k->hooks, k->ledger, date_now());
			maintain_start(&k->maintain, k->ledger);
			dispose_forget_unused(k->ledger, date_now());
			ledger_prepare(k->ledger);
		}
	}
}

/* libgit2 keeps each pack open: several repositories, each with as many as maintenance leaves standing. */
static void raise_files(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FILES_WANTED) {
		files.rlim_cur = files.rlim_max < FILES_WANTED ? files.rlim_max : FILES_WANTED;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* The folder of archives may not be there now, which hinders nothing else. */
static void tidy_archives(struct keeper *k)
{
	struct err e = ERR_INIT;
	if (dispose_archives_tidy(k->ledger, date_now(), &e)) {
		ledger_tell_damage(k->ledger, &e);
		log_err(&e);
	}
}

static int read_accepted(struct keeper *k, const char *text, struct err *e)
{
	if (!text || ledger_lost_parse(text, &k->accepted, &k->store.accepts_count))
		return k->store.accepts = k->accepted, ERR_OK;
	return err_set(e, ERR_USAGE, "--accept-loss: numbers of entries are wanted, ascending, as 3,7-12");
}

/* Without its key a ledger takes nothing but the entry that names another one, signed by the recovery key. */
static int start_signer(struct keeper *k, struct err *e)
{
	struct err why = ERR_INIT;
	const struct ledger *l = k->ledger;
	int rc = signing_start(&k->signing, &k->store, l, &why);
	if ((rc == ERR_KEY || rc == ERR_NOTFOUND) && keyring_newest(&l->keys, LEAF_USE_RECOVERY, l->chain.size, NULL)) {
		log_err(&why);
		log_warn("no key for entries: nothing is taken but an entry that names another: daicho key rotate --recovery");
		return ERR_OK;
	}
	if (rc)
		*e = why;
	return rc;
}

static int start(struct keeper *k, const struct keeper_options *o, struct err *e)
{
	raise_files();
	int rc = store_open(o->store, &k->store, e);
	if (!rc)
		rc = read_accepted(k, o->accept_loss, e);
	if (!rc)
		rc = store_lock(&k->store, e);
	if (!rc)
		rc = open_signals(k, e);
	if (!rc)
		rc = repo_library_init(e);
	struct ledger_signer port = signing_port(&k->signing);
	if (!rc)
		rc = ledger_open(&k->store, &port, &k->ledger, e);
	if (!rc)
		k->ledger->read_stamp = asking_stamp;
	if (!rc)
		rc = start_signer(k, e);
	if (rc)
		return rc;
	tidy_archives(k);
	tick(k, date_now());
	rc = open_socket(k, e);
	return rc ? rc : start_front(k, e);
}

static void stop(struct keeper *k)
{
	child_stop(&k->front);
	hooks_stop(&k->hooks);
	if (k->listen_fd >= 0) {
		close(k->listen_fd);
		unlink(k->store.socket);
	}
	if (k->ledger)
		maintain_stop(&k->maintain, k->ledger);
	ledger_close(k->ledger);
	if (k->signing.store)
		signing_stop(&k->signing);
	repo_library_exit();
	store_release(&k->store);
	mem_free_ptr(&k->accepted);
}

/* A store is honest about what it lacks. */
static void log_lost(struct ledger *l)
{
	BUF_CLEANUP struct buf lost = BUF_INIT;
	struct err e = ERR_INIT;
	ledger_lost_print(l->lost, l->lost_count, &lost);
	if (l->lost_count)
		log_warn(ledger_lost_is_one(l->lost, l->lost_count) ? "MISSING: the record of entry %s is lost"
		                                                    : "MISSING: records of entries %s are lost",
		         buf_str(&lost));
	buf_clear(&lost);
	if (loss_unreported(l, &lost, &e)) {
		ledger_tell_damage(l, &e);
		log_err(&e);
	}
	else if (lost.len)
		log_warn("no report names the loss of %s: daicho loss report", buf_str(&lost));
}

/* Records go on being taken: it is wanted for a disposal alone, which is long to come. */
static void log_stamp_ca(const struct store *s)
{
	struct err e = ERR_INIT;
	if (dispose_receipt_check_ca(s, &e))
		log_warn("no time stamp will be taken for a disposal: %s; next: %s", err_log_text(&e), err_log_next(&e));
}

int keeper_main(const struct keeper_options *o)
{
	struct keeper k = { .listen_fd = -1, .signal_fd = -1, .store.lock_fd = -1 };
	struct err e = ERR_INIT;
	child_init(&k.front);
	child_init(&k.signing.child);
	hooks_init(&k.hooks);
	int rc = start(&k, o, &e);
	if (rc) {
		log_err(&e);
	} else {
		log_info("taking records for %s: %llu entries, socket %s", k.store.origin,
		         (unsigned long long)k.ledger->chain.size, k.store.socket);
		log_lost(k.ledger);
		log_stamp_ca(&k.store);
		notify_ready();
		run(&k);
		log_info("stopped");
	}
	stop(&k);
	return rc ? err_exit(rc) : 0;
}
