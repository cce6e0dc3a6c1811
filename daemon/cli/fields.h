/* Fields: options of `daicho add` become the body of a record, typed by the schema of its kind. */
#ifndef CLI_FIELDS_H
#define CLI_FIELDS_H

#include "base/err.h"
#include "foreign/jdoc.h"

/* Sets or, for a list, appends. Hyphens in name may stand for underscores. Text becomes an integer, a boolean (true,
 * false) or JSON where the schema says so. ERR_USAGE for an unknown field or a value that can't be one. */
int fields_set(struct jdoc *body, const struct jdoc *schema, const char *kind, const char *name, const char *value,
               struct err *e);

/* Fields that were not given and have a `default` in the schema get it. */
void fields_fill(struct jdoc *body, const struct jdoc *schema);

#endif
