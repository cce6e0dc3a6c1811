/*
 * Due: what the rule book asks for ([due ...], model/rulebook.h) and has not got, as of a moment; and its own end.
 *
 * asked   it is to be done, and there is time until `until`
 * near    `until` is close
 * overdue since `since`
 */
#ifndef LEDGER_DUE_H
#define LEDGER_DUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/err.h"
#include "ledger/ledger.h"
#include "model/rulebook.h"

enum due_state { DUE_ASKED, DUE_NEAR, DUE_OVERDUE };

struct due_item {
	const struct rulebook_due *rule;      /* NULL: the end of the rule book itself */
	const char *clause;
	uint64_t opening;                     /* of the matter that asks for it; 0 with rule NULL */
	char unit[LEAF_NAME_MAX + 1];
	enum due_state state;
	struct date since, until;             /* since: first day on which it is overdue; until: last day before */
};

typedef int due_fn(void *ctx, const struct due_item *item, struct err *e);

/* In the order of the rule book, then of openings. unit NULL = all. */
int due_each(struct ledger *l, const char *unit, int64_t now, due_fn *fn, void *ctx, struct err *e);

const char *due_state_word(enum due_state state);      /* "asked", "near", "overdue" */

#endif
