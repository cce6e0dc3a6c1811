/*
 * JSON Schema, draft 2020-12: a validator for a subset of its keywords that passes the official test suite on all that it
 * accepts, and refuses a schema with any other keyword. Patterns by PCRE2 (UTF, anchored nowhere, match limits set).
 * Annotations kept: title, description, $comment, examples, default, "x-title-en" (English title of a field).
 */
#ifndef FOREIGN_SCHEMA_H
#define FOREIGN_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "foreign/jdoc.h"

struct schema;

/* ERR_CONFIG names the place (JSON pointer) and the keyword. The schema keeps its own reference to doc. */
struct schema *schema_new(const struct jdoc *doc, struct err *e);
void schema_free(struct schema *s);

/* All faults, not only the first, each {"at": JSON pointer of the value, "field": member name, "rule": keyword,
 * "reason": what the rule wants}; values are never repeated. *out_faults is an array (NULL when valid). Returns ERR_OK or
 * ERR_SCHEMA (text: how many faults and the first one). */
int schema_check(const struct schema *s, const struct jdoc *value, struct jdoc **out_faults, struct err *e);
const struct jdoc *schema_doc(const struct schema *s);

#endif
