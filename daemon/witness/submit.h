/*
 * Submit: a checkpoint is judged, stored and cosigned (C2SP tlog-witness, add-checkpoint; tlog-cosignature). One lock
 * covers look and write, and what is answered with a cosignature is durable before. Who is killed between the two
 * answers the same request with 409 and that size; a proof from there is empty, and the cosignature is made anew.
 */
#ifndef WITNESS_SUBMIT_H
#define WITNESS_SUBMIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "witness/state.h"

#define SUBMIT_MAX (TLOG_NOTE_MAX + 4096)     /* bytes of a request: a note, and a proof of 63 lines */

struct submit_answer {
	unsigned status;                       /* HTTP */
	const char *type;                      /* content type */
	struct buf body;                       /* signature lines; a size for 409; else the error as text */
	struct err why;                        /* ERR_OK with status 200 */
};

/* now: seconds since 1970. out to be released. */
void submit_checkpoint(const struct state *s, const char *request, size_t len, int64_t now, struct submit_answer *out);
void submit_refuse(const struct err *why, unsigned status, struct submit_answer *out);
void submit_release(struct submit_answer *a);

#endif
