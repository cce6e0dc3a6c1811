/* Statement: what a person signs for a record or an act, and the request's members that carry it. */
#ifndef CLI_STATEMENT_H
#define CLI_STATEMENT_H

#include <stdint.h>

#include "base/err.h"
#include "cli/context.h"
#include "foreign/jdoc.h"
#include "model/note.h"

/* Signs the note's statement with the user's own key fpr and sets request, event, key and signature in `request`. */
int statement_sign(struct context *c, const char *fpr, const struct note *note, struct jdoc *request, struct err *e);

#endif
