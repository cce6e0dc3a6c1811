/*
 * JSON Schema, draft 2020-12: a validator for a subset of its keywords that passes the official test suite on all that
 * it accepts, and refuses a schema with any other keyword (neither $ref nor format is taken). Patterns by PCRE2, set to
 * read them as ECMA-262 does: anchored nowhere, \d and \w are of ASCII, match limits set; \s and \S are refused.
 * Numbers go by their value: 1.0 is an integer and equals 1. Annotations kept: title, description, $comment, examples,
 * default, deprecated, readOnly, writeOnly. Own keywords: "x-title-en" (English title of a field), "x-ref" (what a
 * number refers to), both annotations, and "x-date": true (a string must be an existing day, YYYY-MM-DD).
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

#define SCHEMA_FAULTS_MAX 1000           /* told; more are only counted */

/* All faults, not only the first, each {"at": JSON pointer of the value, or of where it is missing, "field": name of
 * that member or of the nearest around it, "" at the top, "rule": keyword, "reason": what the rule wants}; values are
 * never repeated. anyOf, oneOf and not give one fault each, allOf and if those of what they hold. *out_faults is an
 * array (NULL when valid). Returns ERR_OK or ERR_SCHEMA (text: how many faults and the first one). */
int schema_check(const struct schema *s, const struct jdoc *value, struct jdoc **out_faults, struct err *e);
const struct jdoc *schema_doc(const struct schema *s);

#endif
