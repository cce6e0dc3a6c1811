/*
 * Clock: what the machine's clock shows beside what the ledger's own entries say, and what two persons would have to
 * vouch for (daicho-ledger(5), "CLOCK").
 */
#ifndef LEDGER_CLOCK_H
#define LEDGER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/ledger.h"

struct clock_doubt {
	bool is_named;            /* there is something to attest */
	uint64_t first, last;     /* the entries that a `clock` entry names, where the clock is right now */
	int counts;               /* the year that counts for them, where it is */
};

/* What two persons would have to vouch for: first what stops records now, by the rule book's limits and the last entry,
 * then the first step of the past that keeps a disposal from being believed. */
int clock_doubt_find(struct ledger *l, int64_t now, struct clock_doubt *out, struct err *e);

/* The answer of GET /v1/clock, to be freed. */
int clock_say(struct ledger *l, int64_t now, struct jdoc **out, struct err *e);

#endif
