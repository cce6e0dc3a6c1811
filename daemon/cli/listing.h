/* Listing: the filters that list and log share. */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include "base/buf.h"
#include "cli/context.h"

/* Reads the options of `command`, asks path with them; *out_doc is to be freed. has_text: --text is known. */
int listing_get(struct context *c, const char *command, const char *path, bool has_text, int argc, char **argv,
                struct jdoc **out_doc, struct err *e);

/* Ends a row that begins at offset `from`: what it corrects and why; or by what it is corrected or voided, then struck
 * through up to there. */
void listing_end_row(struct buf *out, size_t from, const struct jdoc *row);

/* To standard error, and only on a terminal: how to see what comes after. */
void listing_tell_more(const struct jdoc *doc, const char *member);

#endif
