/* Point: the signed checkpoint that a proof or an export is made for, and where its text goes. */
#ifndef CLI_POINT_H
#define CLI_POINT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/lang.h"
#include "cli/context.h"
#include "foreign/jdoc.h"

#define POINT_NEXT \
	N_("give the file of a checkpoint; one is made by daicho checkpoint --out FILE or daicho witness push --out FILE")

/* From the file, or where that is NULL the one that the daemon signs now. */
int point_get(struct context *c, const char *file, struct buf *out, struct err *e);

/* Of a failure of who reads it, where the file is none of a checkpoint: what makes one. Returns rc. */
int point_tell(int rc, struct err *e);

/* Text that was asked for: into the new file `out` (mode 0600, durable), or NULL to standard output. With --json the
 * document, to which "out" or the text under `member` is added; takes doc over. */
int point_put(struct context *c, const char *member, const struct buf *text, const char *out, struct jdoc *doc,
              struct err *e);
int point_check_out(const char *out, struct err *e);   /* before anything is done: ERR_USAGE when it exists */

#endif
