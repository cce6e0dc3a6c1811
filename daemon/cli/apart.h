/*
 * Apart: work on what may be damaged or hostile, in a process of its own: it may die, hang or ask for all memory, and
 * only its report comes back.
 */
#ifndef CLI_APART_H
#define CLI_APART_H

#include <stdbool.h>

#include "base/err.h"
#include "foreign/jdoc.h"

/* In the child: the document to be reported and the exit status that goes with it, or an error. */
typedef int apart_fn(void *ctx, struct jdoc **out, int *out_status, struct err *e);

/* Runs fn apart, for at most deadline_s seconds. Gives its document, to be freed, or its error. A child that died has
 * judged nothing: ERR_LEDGER in the name of `command`, with *out_status VERDICT_INCOMPLETE. */
int apart_run(const char *command, unsigned deadline_s, apart_fn *fn, void *ctx, struct jdoc **out_doc,
              int *out_status, struct err *e);

/* Whether an error of apart_run is such a death: it is to be told, and is the verdict INCOMPLETE. */
bool apart_is_death(int rc, int status);

#endif
