/* API: requests of the front, answered from the ledger (forms: daichod(8), "API"). */
#ifndef KEEPER_API_H
#define KEEPER_API_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "foreign/jdoc.h"
#include "ledger/ledger.h"

struct api_request {
	struct jdoc *message;    /* WIRE_REQUEST */
	unsigned status;         /* out: HTTP */
	struct buf body;         /* out: JSON text */
};

/* Answers all of them: records to be added go in together as one batch, in order; then the others, one by one. */
void api_serve(struct ledger *l, struct api_request *requests, size_t count, int64_t now);

/* What is made without being asked: in a new year its carry entries, before anything else of it; then the day's sign of
 * life, a heartbeat entry when the day in Japan has no entry yet. */
int api_tick(struct ledger *l, int64_t now, struct err *e);

#endif
