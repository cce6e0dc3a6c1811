/*
 * Holders: who holds a role, on which days, by the appointments that the ledger has, each as its latest correction has
 * it: from the day of its event on, up to the day before that of its end.
 */
#ifndef LEDGER_QUERY_HOLDERS_H
#define LEDGER_QUERY_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/ledger.h"

struct query_holder {
	uint64_t entry;                        /* the appointment */
	char unit[LEAF_NAME_MAX + 1];
	int64_t since, until;                  /* day numbers: since <= day < until */
	char *text;                            /* what its matter shows but the role: "署長 見本 次郎" */
};

struct query_holders {
	struct query_holder *at;
	size_t count;
	bool everywhere;                       /* the role counts in every unit */
};

/* All of one role, in order; none for a role that is "" or not in the rule book. To be released. */
int query_holders_read(struct ledger *l, const char *role, struct query_holders *out, struct err *e);
void query_holders_release(struct query_holders *h);

/* Those of that day whose role counts in the unit: [{"entry","unit","text"}]. */
struct jdoc *query_holders_print(const struct query_holders *h, const char *unit, struct date day);

#endif
