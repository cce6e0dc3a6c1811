#include "foreign/httpd.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/mem.h"

#define CONNECTION_MEMORY (64 * 1024)
#define THREAD_STACK ((size_t)1 << 20)
#define STOP_WAIT_MS 600000
#define STEP_MS 20
#define HTTP_HALF 400

enum peer_state { PEER_RECEIVING, PEER_SERVING, PEER_ANSWERING };

struct peer {                        /* one connection */
	int fd;
	struct ucred who;
	enum peer_state state;
	time_t since;                    /* monotonic seconds: begin of the state */
	bool begun;                      /* a request line was read, or it is the first request of the connection */
	bool refused;                    /* one too many of its user */
	bool cut;
	struct peer *next;
};

struct httpd {
	struct MHD_Daemon *daemon;
	struct httpd_limits limits;
	httpd_fn *fn;
	httpd_refuse_fn *refuse;
	void *ctx;
	pthread_mutex_t lock;            /* peers, ending */
	pthread_t watch;
	struct peer *peers;
	bool ending;
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

static void enter_state(struct httpd *h, struct peer *p, enum peer_state state)
{
	pthread_mutex_lock(&h->lock);
	p->state = state;
	p->since = now_s();
	pthread_mutex_unlock(&h->lock);
}

static struct peer *peer_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info ? info->socket_context : NULL;
}

static void add_peer(struct httpd *h, struct MHD_Connection *c, void **socket_context)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct peer *p = mem_alloc(sizeof *p);
	socklen_t len = sizeof p->who;
	unsigned same = 0;
	p->fd = info->connect_fd;
	p->since = now_s();
	p->begun = true;
	p->refused = getsockopt(p->fd, SOL_SOCKET, SO_PEERCRED, &p->who, &len) != 0;
	pthread_mutex_lock(&h->lock);
	for (struct peer *other = h->peers; other; other = other->next)
		same += other->who.uid == p->who.uid;
	p->refused = p->refused || same >= h->limits.per_user;
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
	p->begun = false;
	p->state = PEER_RECEIVING;
	p->since = now_s();
	pthread_mutex_unlock(&h->lock);
}

static enum MHD_Result send_answer(struct MHD_Connection *c, struct httpd_answer *a)
{
	size_t len = a->body.len;
	char *text = buf_steal(&a->body, NULL);
	struct MHD_Response *r = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	enum MHD_Result queued = MHD_queue_response(c, a->status, r);
	MHD_destroy_response(r);
	return queued;
}

static enum MHD_Result refuse(struct httpd *h, struct MHD_Connection *c, enum err_code code, const char *text,
                              const char *next)
{
	struct httpd_answer a = { .status = 0 };
	struct err why = ERR_INIT;
	err_set(&why, code, "%s", text);
	err_next(&why, "%s", next);
	h->refuse(h->ctx, &why, &a);
	return send_answer(c, &a);
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
	enter_state(h, p, PEER_SERVING);
	if (p->refused)
		return refuse(h, c, ERR_BUSY, "connections: too many of one user", "close some and try again");
	if (u->too_big)
		return refuse(h, c, ERR_TOOBIG, "request: over the limit", "see daichod(8), API, for the limits");
	h->fn(h->ctx, &q, &a);
	enum MHD_Result queued = send_answer(c, &a);
	enter_state(h, p, PEER_ANSWERING);
	return queued;
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
	if (u->body.len + *len > h->limits.body_max) {
		u->too_big = true;
		buf_release(&u->body);
	}
	if (!u->too_big)
		buf_add(&u->body, part, *len);
	*len = 0;
	return MHD_YES;
}

/* MHD waits for input on this connection and writes nothing, so these bytes stand alone on it. */
static void tell_half(struct httpd *h, const struct peer *p)
{
	struct httpd_answer a = { .status = 0 };
	struct err why = ERR_INIT;
	BUF_CLEANUP struct buf text = BUF_INIT;
	err_set(&why, ERR_HALF, "request: not whole within %u seconds", h->limits.deadline_s);
	err_next(&why, "send the whole request at once; nothing of it was stored");
	h->refuse(h->ctx, &why, &a);
	buf_printf(&text, "HTTP/1.1 %d Bad Request\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
	                  "Connection: close\r\n\r\n", HTTP_HALF, a.body.len);
	buf_add(&text, a.body.ptr, a.body.len);
	send(p->fd, text.ptr, text.len, MSG_NOSIGNAL | MSG_DONTWAIT); /* who hears nothing is cut off all the same */
	buf_release(&a.body);
}

static void cut_late(struct httpd *h, time_t now)
{
	for (struct peer *p = h->peers; p; p = p->next) {
		if (p->cut || p->state == PEER_SERVING || now - p->since <= (time_t)h->limits.deadline_s)
			continue;
		if (p->state == PEER_RECEIVING && p->begun)
			tell_half(h, p);
		shutdown(p->fd, SHUT_RDWR);
		p->cut = true;
	}
}

static void *watch(void *arg)
{
	struct httpd *h = arg;
	const struct timespec second = { .tv_nsec = 500 * 1000 * 1000 };
	bool ending = false;
	while (!ending) {
		pthread_mutex_lock(&h->lock);
		cut_late(h, now_s());
		ending = h->ending;
		pthread_mutex_unlock(&h->lock);
		nanosleep(&second, NULL);
	}
	return NULL;
}

static void log_nothing(void *cls, const char *fmt, va_list args)
{
	(void)cls, (void)fmt, (void)args;
}

struct httpd *httpd_new(int listen_fd, const struct httpd_limits *l, httpd_fn *fn, httpd_refuse_fn *on_refusal, void *ctx,
                        struct err *e)
{
	struct httpd *h = mem_alloc(sizeof *h);
	*h = (struct httpd){ .limits = *l, .fn = fn, .refuse = on_refusal, .ctx = ctx };
	pthread_mutex_init(&h->lock, NULL);
	h->daemon = MHD_start_daemon(
		MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC | MHD_USE_ERROR_LOG,
		0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_CONNECTION_LIMIT, l->connections,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
		MHD_OPTION_URI_LOG_CALLBACK, on_request_line, h, MHD_OPTION_EXTERNAL_LOGGER, log_nothing, NULL, MHD_OPTION_END);
	int failed = h->daemon ? pthread_create(&h->watch, NULL, watch, h) : 0;
	if (h->daemon && !failed)
		return h;
	err_set(e, ERR_IO, "HTTP server: does not start");
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
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
	for (int waited = 0; waited < STOP_WAIT_MS && is_busy(h); waited += STEP_MS)
		nanosleep(&step, NULL);
	MHD_stop_daemon(h->daemon);
	pthread_mutex_lock(&h->lock);
	h->ending = true;
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->watch, NULL);
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
