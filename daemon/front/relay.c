#include "front/relay.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/lang.h"
#include "base/mem.h"

struct waiting {
	uint64_t id;
	bool done;
	uint16_t code;
	struct buf payload;
	pthread_cond_t arrived;
	struct waiting *next;
};

struct relay {
	int fd;
	pthread_t reader;
	pthread_mutex_t lock;        /* list, last_id, gone */
	pthread_mutex_t sending;
	struct waiting *list;
	uint64_t last_id;
	bool gone;
	struct relay_port port;
};

static void deliver(struct relay *r, struct frame *f)
{
	pthread_mutex_lock(&r->lock);
	for (struct waiting *w = r->list; w; w = w->next)
		if (w->id == f->id) {
			w->done = true;
			w->code = f->code;
			w->payload = f->payload;
			f->payload = (struct buf)BUF_INIT;
			pthread_cond_signal(&w->arrived);
			break;
		}
	pthread_mutex_unlock(&r->lock);
	frame_release(f);
}

static void *read_answers(void *arg)
{
	struct relay *r = arg;
	struct frame f;
	while (frame_recv(r->fd, -1, &f, NULL) == ERR_OK) {
		if (!f.id)
			r->port.told(r->port.ctx, &f);
		deliver(r, &f);
	}
	pthread_mutex_lock(&r->lock);
	r->gone = true;
	for (struct waiting *w = r->list; w; w = w->next)
		pthread_cond_signal(&w->arrived);
	pthread_mutex_unlock(&r->lock);
	r->port.lost(r->port.ctx);
	return NULL;
}

struct relay *relay_new(int fd, const struct relay_port *port, struct err *e)
{
	struct relay *r = mem_alloc(sizeof *r);
	r->fd = fd;
	r->port = *port;
	pthread_mutex_init(&r->lock, NULL);
	pthread_mutex_init(&r->sending, NULL);
	int failed = pthread_create(&r->reader, NULL, read_answers, r);
	if (!failed) {
		pthread_detach(r->reader);
		return r;
	}
	err_errno(e, failed, "front: thread");
	pthread_mutex_destroy(&r->sending);
	pthread_mutex_destroy(&r->lock);
	mem_free_ptr(&r);
	return NULL;
}

static void enter(struct relay *r, struct waiting *w)
{
	pthread_cond_init(&w->arrived, NULL);
	pthread_mutex_lock(&r->lock);
	w->id = ++r->last_id;
	w->next = r->list;
	r->list = w;
	pthread_mutex_unlock(&r->lock);
}

static void leave(struct relay *r, struct waiting *w)
{
	pthread_mutex_lock(&r->lock);
	struct waiting **p = &r->list;
	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
	pthread_mutex_unlock(&r->lock);
	pthread_cond_destroy(&w->arrived);
	buf_release(&w->payload);
}

static int await(struct relay *r, struct waiting *w, int deadline_s, struct buf *out, struct err *e)
{
	struct timespec until;
	int timed_out = 0;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += deadline_s;
	pthread_mutex_lock(&r->lock);
	while (!w->done && !r->gone && timed_out != ETIMEDOUT)
		timed_out = pthread_cond_clockwait(&w->arrived, &r->lock, CLOCK_MONOTONIC, &until);
	bool done = w->done;
	pthread_mutex_unlock(&r->lock);
	if (!done && timed_out == ETIMEDOUT)
		return err_set(e, ERR_BUSY, "keeper: no answer within %d seconds", deadline_s);
	if (!done)
		return err_set(e, ERR_UNAVAILABLE, "keeper: gone");
	if (w->code)
		return err_set(e, w->code, "%s", lang_text(buf_str(&w->payload)));
	buf_add(out, w->payload.ptr, w->payload.len);
	return ERR_OK;
}

int relay_call(struct relay *r, uint16_t verb, const void *payload, size_t len, int deadline_s, struct buf *out,
               struct err *e)
{
	struct waiting w = { .done = false };
	enter(r, &w);
	pthread_mutex_lock(&r->sending);
	int rc = frame_send(r->fd, verb, 0, w.id, payload, len, e);
	pthread_mutex_unlock(&r->sending);
	if (!rc)
		rc = await(r, &w, deadline_s, out, e);
	leave(r, &w);
	return rc;
}
