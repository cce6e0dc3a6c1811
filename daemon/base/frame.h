/*
 * Framed messages between the roles, over a stream socket: a fixed header of 16 bytes (payload length u32, verb u16,
 * code u16, id u64, big-endian), then the payload. A frame over FRAME_MAX is refused before it is read.
 */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define FRAME_MAX ((size_t)48 << 20)
#define FRAME_HEADER_LEN 16

struct frame {
	uint16_t verb;    /* enum wire_verb */
	uint16_t code;    /* enum err_code in answers, 0 in requests */
	uint64_t id;      /* chosen by the asker, repeated in the answer */
	struct buf payload;
};

void frame_release(struct frame *f);

/* Blocking. Writes all of it, or fails. Safe against SIGPIPE (MSG_NOSIGNAL). */
int frame_send(int fd, uint16_t verb, uint16_t code, uint64_t id, const void *payload, size_t len, struct err *e);

/* Blocking with a deadline (milliseconds, -1 = for ever), on CLOCK_MONOTONIC. ERR_BUSY when it passes,
 * ERR_UNAVAILABLE at end of stream. f is initialised by the call and to be released on success. */
int frame_recv(int fd, int deadline_ms, struct frame *f, struct err *e);

#endif
