/* Relay: many threads ask the keeper over one stream; each waits for the answer that carries its id. */
#ifndef FRONT_RELAY_H
#define FRONT_RELAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/frame.h"

struct relay;

/* Called by the relay's thread. told: a frame that nobody asked for (id 0), before any answer that comes after it;
 * lost: once, when the keeper is gone. */
struct relay_port {
	void (*told)(void *ctx, const struct frame *f);
	void (*lost)(void *ctx);
	void *ctx;
};

/* Starts the thread that reads answers from fd. */
struct relay *relay_new(int fd, const struct relay_port *port, struct err *e);

/* Sends and waits. ERR_UNAVAILABLE when the keeper is gone, ERR_BUSY after deadline_s; else an error of the keeper. */
int relay_call(struct relay *r, uint16_t verb, const void *payload, size_t len, int deadline_s, struct buf *out,
               struct err *e);

#endif
