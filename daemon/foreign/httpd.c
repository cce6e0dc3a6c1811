#include "foreign/httpd.h"

#include <limits.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/lang.h"
#include "base/mem.h"

#define CONNECTION_MEMORY (64 * 1024)
#define THREAD_STACK ((size_t)1 << 20)
#define STOP_WAIT_MS 600000
#define STEP_MS 20

/* `admit` keeps the limits. MHD counts who was cut off until the thread of it has ended, and over a limit of its own
 * would close on a newcomer who has just been given that place. */
#define NO_LIMIT_OF_MHD UINT_MAX

enum peer_state { PEER_RECEIVING, PEER_SERVING, PEER_ANSWERING };

struct refusal {
	enum err_code code;
	const char *text, *next;
};

static const struct refusal too_many = {
	ERR_BUSY, N_("connections: too many of one user"), N_("close some and try again")
};
static const struct refusal too_many_at_all = {
	ERR_BUSY, N_("connections: too many at a time"), N_("try again in some seconds")
};
static const struct refusal too_big = {
	ERR_TOOBIG, N_("request: over the limit"), N_("see daichod(8), API, for the limits")
};
static const struct refusal stopping = { ERR_UNAVAILABLE, N_("daemon: stops"), N_("try again when it is back") };

struct peer {                        /* one connection */
	int fd;
	struct ucred who;
	enum peer_state state;
	time_t since;                    /* monotonic seconds: begin of the state */
	bool begun;                      /* a request line was read, or it is the first request of the connection */
	const struct refusal *refusal;   /* of whatever it asks; NULL: it is served */
	bool too_big;                    /* what arrives */
	bool cut;                        /* was told so: nothing of it may be carried out */
	struct peer *next;
};

struct httpd {
	struct MHD_Daemon *daemon;
	struct httpd_limits limits;
	httpd_fn *fn;
	httpd_refuse_fn *refuse;
	void *ctx;
	pthread_mutex_t lock;            /* peers, stopping, ending */
	pthread_cond_t end;              /* of the watch */
	pthread_t watch;
	struct peer *peers;
	bool stopping;                   /* begins no request */
	bool ending;                     /* the watch ends */
};

struct upload {                      /* one request, while it arrives */
	struct buf body;
	bool too_big;
};

static time_t now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

enum entry { ENTRY_FREE, ENTRY_CUT, ENTRY_STOPPING };

static enum entry begin_serving(struct httpd *h, struct peer *p)
{
	pthread_mutex_lock(&h->lock);
	enum entry entry = p->cut ? ENTRY_CUT : h->stopping ? ENTRY_STOPPING : ENTRY_FREE;
	p->state = PEER_SERVING;
	p->since = now_s();
	pthread_mutex_unlock(&h->lock);
	return entry;
}

static void begin_answering(struct httpd *h, struct peer *p)
{
	pthread_mutex_lock(&h->lock);
	p->state = PEER_ANSWERING;
	p->since = now_s();
	pthread_mutex_unlock(&h->lock);
}

static struct peer *peer_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info ? info->socket_context : NULL;
}

static const char *get_type(const struct httpd_answer *a)
{
	return a->type ? a->type : "application/json";
}

static void fill_refusal(struct httpd *h, const struct refusal *r, struct httpd_answer *out)
{
	struct err why = ERR_INIT;
	err_set(&why, r->code, "%s", lang_text(r->text));
	err_next(&why, "%s", lang_text(r->next));
	h->refuse(h->ctx, &why, out);
}

/* MHD waits for input on this connection and writes nothing, so these bytes stand alone on it. */
static void tell(struct httpd *h, const struct peer *p, const struct refusal *r)
{
	struct httpd_answer a = { .status = 0 };
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	fill_refusal(h, r, &a);
	buf_printf(&bytes, "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
	                   "Connection: close\r\n\r\n", a.status, MHD_get_reason_phrase_for(a.status), get_type(&a),
	           a.body.len);
	buf_add(&bytes, a.body.ptr, a.body.len);
	send(p->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT); /* who hears nothing is cut off all the same */
	buf_release(&a.body);
}

static void tell_late(struct httpd *h, const struct peer *p)
{
	char text[80];
	const struct refusal half = { ERR_HALF, text, N_("send the whole request at once; nothing of it was stored") };
	snprintf(text, sizeof text, _("request: not whole within %u seconds"), h->limits.deadline_s);
	tell(h, p, p->too_big ? &too_big : &half);
}

static void cut_for_another(struct httpd *h, struct peer *p)
{
	if (p->state == PEER_RECEIVING && p->begun)
		tell(h, p, &too_many_at_all);
	shutdown(p->fd, SHUT_RDWR);
	p->cut = true;
}

static unsigned count_served(const struct httpd *h, uid_t uid)
{
	unsigned count = 0;
	for (const struct peer *p = h->peers; p; p = p->next)
		count += p->who.uid == uid && !p->refusal && !p->cut;
	return count;
}

/* Of the user who has most, and more than the newcomer will have, the one that the server waits for longest: for the
 * rest of a request, or for the reader of an answer. NULL: nobody is to give way. */
static struct peer *find_silent(const struct httpd *h, uid_t newcomer)
{
	const time_t begin = now_s() - (time_t)h->limits.silent_s;
	unsigned most = count_served(h, newcomer) + 2;
	struct peer *found = NULL;
	for (struct peer *p = h->peers; p; p = p->next) {
		if (p->refusal || p->cut || p->state == PEER_SERVING || p->since > begin)
			continue;
		unsigned count = count_served(h, p->who.uid);
		if (count < most || (found && count == most && p->since > found->since))
			continue;
		most = count;
		found = p;
	}
	return found;
}

/* Who is refused stays to hear it; beyond as many as one user may have the first of these goes. */
static void keep_refused_few(struct httpd *h)
{
	unsigned count = 0;
	struct peer *oldest = NULL;
	for (struct peer *p = h->peers; p; p = p->next) {
		if (!p->refusal || p->cut)
			continue;
		count++;
		if (p->state != PEER_SERVING)
			oldest = p; /* newer ones stand before older ones */
	}
	if (count >= h->limits.per_user && oldest)
		cut_for_another(h, oldest);
}

/* Who is refused takes no place of those who are served: silence of one user keeps no other out. */
static void admit(struct httpd *h, struct peer *p)
{
	unsigned same = 0, served = 0;
	for (const struct peer *other = h->peers; other; other = other->next) {
		same += other->who.uid == p->who.uid;
		served += !other->refusal && !other->cut;
	}
	struct peer *silent = served >= h->limits.connections ? find_silent(h, p->who.uid) : NULL;
	p->cut = same >= 2 * h->limits.per_user; /* who doesn't go when refused gets no answer any more */
	if (same >= h->limits.per_user)
		p->refusal = &too_many;
	else if (silent)
		cut_for_another(h, silent);
	else if (served >= h->limits.connections)
		p->refusal = &too_many_at_all;
	if (p->refusal && !p->cut)
		keep_refused_few(h);
}

static void add_peer(struct httpd *h, struct MHD_Connection *c, void **socket_context)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct peer *p = mem_alloc(sizeof *p);
	socklen_t len = sizeof p->who;
	p->fd = info->connect_fd;
	p->since = now_s();
	p->begun = true;
	bool is_known = getsockopt(p->fd, SOL_SOCKET, SO_PEERCRED, &p->who, &len) == 0;
	pthread_mutex_lock(&h->lock);
	admit(h, p);
	p->cut = p->cut || !is_known;
	if (p->cut)
		shutdown(p->fd, SHUT_RDWR);
	p->next = h->peers;
	h->peers = p;
	pthread_mutex_unlock(&h->lock);
	*socket_context = p;
}

static void drop_peer(struct httpd *h, struct peer *p)
{
	pthread_mutex_lock(&h->lock);
	struct peer **at = &h->peers;
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	pthread_mutex_unlock(&h->lock);
	mem_free_ptr(&p);
}

static void on_connection(void *cls, struct MHD_Connection *c, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		add_peer(cls, c, socket_context);
	else if (*socket_context)
		drop_peer(cls, *socket_context);
}

static void *on_request_line(void *cls, const char *uri, struct MHD_Connection *c)
{
	struct httpd *h = cls;
	struct peer *p = peer_of(c);
	(void)uri;
	pthread_mutex_lock(&h->lock);
	if (!p->begun)
		p->since = now_s(); /* not the time that the connection was idle */
	p->begun = true;
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

static void on_completed(void *cls, struct MHD_Connection *c, void **con_cls, enum MHD_RequestTerminationCode why)
{
	struct httpd *h = cls;
	struct upload *u = *con_cls;
	struct peer *p = peer_of(c);
	(void)why;
	if (u)
		buf_release(&u->body);
	mem_free_ptr(con_cls);
	if (!p)
		return;
	pthread_mutex_lock(&h->lock);
	p->begun = p->too_big = false;
	p->state = PEER_RECEIVING;
	p->since = now_s();
	pthread_mutex_unlock(&h->lock);
}

static enum MHD_Result send_answer(struct MHD_Connection *c, struct httpd_answer *a, bool is_last)
{
	size_t len = a->body.len;
	char *text = buf_steal(&a->body, NULL);
	struct MHD_Response *r = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
	if (!r) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, get_type(a));
	if (is_last)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	enum MHD_Result queued = MHD_queue_response(c, a->status, r);
	MHD_destroy_response(r);
	return queued;
}

static enum MHD_Result answer(struct httpd *h, struct MHD_Connection *c, const char *path, const char *method,
                              const struct upload *u, struct peer *p)
{
	const char *type = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
	struct httpd_request q = {
		.method = method, .path = path, .content_type = type ? type : "", .body = buf_str(&u->body),
		.body_len = u->body.len, .uid = p->who.uid, .gid = p->who.gid, .pid = p->who.pid, .query = c,
	};
	struct httpd_answer a = { .status = 0 };
	enum entry entry = begin_serving(h, p);
	const struct refusal *r = p->refusal ? p->refusal : u->too_big ? &too_big : NULL;
	if (entry == ENTRY_STOPPING)
		r = &stopping;
	if (entry == ENTRY_CUT)
		return MHD_NO;
	enum lang was = lang_set(lang_of_header(
		MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_LANGUAGE)));
	if (r)
		fill_refusal(h, r, &a);
	else
		h->fn(h->ctx, &q, &a);
	lang_set(was);
	enum MHD_Result queued = send_answer(c, &a, r && r != &too_big);
	begin_answering(h, p);
	return queued;
}

static void mark_too_big(struct httpd *h, struct peer *p, struct upload *u)
{
	u->too_big = true;
	buf_release(&u->body);
	pthread_mutex_lock(&h->lock);
	p->too_big = true;
	pthread_mutex_unlock(&h->lock);
}

/* Called first when the headers are there, then with each part of the body, then with an empty part at its end. What is
 * over the limit is read to its end and dropped: a client that still sends would not see the answer. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *path, const char *method,
                                  const char *version, const char *part, size_t *len, void **con_cls)
{
	struct httpd *h = cls;
	struct upload *u = *con_cls;
	(void)version;
	if (!u) {
		*con_cls = mem_alloc(sizeof *u);
		return MHD_YES;
	}
	if (!*len)
		return answer(h, c, path, method, u, peer_of(c));
	if (u->body.len + *len > h->limits.body_max)
		mark_too_big(h, peer_of(c), u);
	if (!u->too_big)
		buf_add(&u->body, part, *len);
	*len = 0;
	return MHD_YES;
}

static void cut_late(struct httpd *h, time_t now)
{
	for (struct peer *p = h->peers; p; p = p->next) {
		if (p->cut || p->state == PEER_SERVING || now - p->since <= (time_t)h->limits.deadline_s)
			continue;
		if (p->state == PEER_RECEIVING && p->begun)
			tell_late(h, p);
		shutdown(p->fd, SHUT_RDWR);
		p->cut = true;
	}
}

static void *watch(void *arg)
{
	struct httpd *h = arg;
	struct timespec until;
	pthread_mutex_lock(&h->lock);
	while (!h->ending) {
		cut_late(h, now_s());
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec++;
		pthread_cond_clockwait(&h->end, &h->lock, CLOCK_MONOTONIC, &until);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

static void log_nothing(void *cls, const char *fmt, va_list args)
{
	(void)cls, (void)fmt, (void)args;
}

struct httpd *httpd_new(int listen_fd, const struct httpd_limits *l, httpd_fn *fn, httpd_refuse_fn *on_refusal,
                        void *ctx, struct err *e)
{
	struct httpd *h = mem_alloc(sizeof *h);
	*h = (struct httpd){ .limits = *l, .fn = fn, .refuse = on_refusal, .ctx = ctx };
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->end, NULL);
	h->daemon = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC |
			MHD_USE_ERROR_LOG,
		0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_CONNECTION_LIMIT,
		NO_LIMIT_OF_MHD, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK, MHD_OPTION_NOTIFY_CONNECTION,
		on_connection, h, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_URI_LOG_CALLBACK, on_request_line, h,
		MHD_OPTION_EXTERNAL_LOGGER, log_nothing, NULL, MHD_OPTION_END);
	int failed = h->daemon ? pthread_create(&h->watch, NULL, watch, h) : 0;
	if (h->daemon && !failed)
		return h;
	err_set(e, ERR_IO, "HTTP server: does not start");
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	pthread_cond_destroy(&h->end);
	pthread_mutex_destroy(&h->lock);
	mem_free_ptr(&h);
	return NULL;
}

static bool is_busy(struct httpd *h)
{
	bool busy = false;
	pthread_mutex_lock(&h->lock);
	for (struct peer *p = h->peers; p; p = p->next)
		busy = busy || p->state != PEER_RECEIVING;
	pthread_mutex_unlock(&h->lock);
	return busy;
}

void httpd_stop(struct httpd *h)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000 * 1000 };
	MHD_quiesce_daemon(h->daemon);
	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	pthread_mutex_unlock(&h->lock);
	for (int waited = 0; waited < STOP_WAIT_MS && is_busy(h); waited += STEP_MS)
		nanosleep(&step, NULL);
	MHD_stop_daemon(h->daemon);
	pthread_mutex_lock(&h->lock);
	h->ending = true;
	pthread_cond_signal(&h->end);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->watch, NULL);
	pthread_cond_destroy(&h->end);
	pthread_mutex_destroy(&h->lock);
	mem_free_ptr(&h);
}

static struct MHD_Connection *connection_of(const struct httpd_request *q)
{
	return (struct MHD_Connection *)(uintptr_t)q->query;
}

const char *httpd_query(const struct httpd_request *q, const char *name)
{
	return MHD_lookup_connection_value(connection_of(q), MHD_GET_ARGUMENT_KIND, name);
}

struct each {
	httpd_query_fn *fn;
	void *ctx;
};

static enum MHD_Result on_argument(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	const struct each *each = cls;
	(void)kind;
	return each->fn(each->ctx, name, value) ? MHD_NO : MHD_YES;
}

void httpd_query_each(const struct httpd_request *q, httpd_query_fn *fn, void *ctx)
{
	struct each each = { fn, ctx };
	MHD_get_connection_values(connection_of(q), MHD_GET_ARGUMENT_KIND, on_argument, &each);
}
