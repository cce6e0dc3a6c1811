/* Judging: verification in a process of its own, which may die over what it reads, with limits of memory and time. */
#ifndef CLI_JUDGING_H
#define CLI_JUDGING_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/store.h"

#define JUDGING_DEADLINE_S 3600

struct judging {
	const char *repository;
	const struct store_pins *pins;
	const struct policy *policy; /* what else is trusted and asked for; NULL: nothing */
	bool ledger_only, by_gpg, takes_unfinished;     /* as in ledger/verify.h */
	unsigned deadline_s;
	bool asks_overdue;           /* what expired more than so many days ago is OVERDUE */
	unsigned overdue_days;
	const char *lost;            /* file of a store (ledger/store.h): records that may be missing; NULL: none */
};

/* *out_doc: the report (ledger/verify.h), to be freed; *out_verdict: enum verdict. An error when nothing was judged: of
 * what is read; ERR_LEDGER with *out_verdict VERDICT_INCOMPLETE when the process died. */
int judging_run(const struct judging *j, struct jdoc **out_doc, int *out_verdict, struct err *e);

/* The same for a copy that is to be relied on: ERR_LEDGER, with the first fault, unless everything that was asked for
 * is right. out_doc as above, or NULL. */
int judging_demand(const struct judging *j, struct jdoc **out_doc, struct err *e);

/* A row of a member of "faults", or of "first": its entry, its state, the reason. */
void judging_print_fault(struct buf *out, const char *label, const struct jdoc *fault);

#endif
