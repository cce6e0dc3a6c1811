/* Inside jdoc and schema: a jdoc is a json_t; places in a document as a chain on the stack. */
#ifndef FOREIGN_JDOC_IMPL_H
#define FOREIGN_JDOC_IMPL_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "foreign/jdoc.h"

struct jdoc_place {
	const struct jdoc_place *up; /* NULL in the document's own place */
	const char *name;            /* NULL in an array */
	size_t index;
};

/* Appends the JSON pointer (RFC 6901) of a place; NULL is the document. Names over 128 bytes are cut, with "…". */
void jdoc_add_pointer(struct buf *out, const struct jdoc_place *place);

static inline json_t *jdoc_raw(const struct jdoc *d)
{
	return (json_t *)d;
}

#endif
