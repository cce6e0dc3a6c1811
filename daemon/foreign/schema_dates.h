/*
 * The days of a record: the fields that its schema marks with x-date. One walk, over the schema's properties and items,
 * for who takes days in other forms and for who shows them in others; and the table of eras as JSON.
 */
#ifndef FOREIGN_SCHEMA_DATES_H
#define FOREIGN_SCHEMA_DATES_H

#include <stddef.h>

#include "base/buf.h"
#include "base/era.h"
#include "base/err.h"
#include "foreign/jdoc.h"

/* Appends what shall stand in place of text, or returns an error. Called for each x-date that holds text. */
typedef int schema_dates_fn(void *ctx, const char *text, size_t len, struct buf *out, struct err *e);

/* A copy of value, to be freed, with its days as fn gives them. An error of fn leaves that day as it is, and the walk
 * goes on; *out_faults is then an array in the form of schema_check, NULL else, and ERR_SCHEMA is returned. schema: the
 * document. */
int schema_dates_map(const struct jdoc *schema, const struct jdoc *value, schema_dates_fn *fn, void *ctx,
                     struct jdoc **out, struct jdoc **out_faults, struct err *e);

struct schema_dates_table {
	const struct era *eras; size_t count;
	/* may be NULL: a day was written with an era that had ended */
	void (*notice)(void *ctx, const char *text, size_t len, struct date day);
	void *ctx;
};

/* A copy whose days are written YYYY-MM-DD. What is written as a day but a wrong one is refused (ERR_SCHEMA, all of
 * them); what has the form YYYY-MM-DD, or is no day at all, stays for schema_check. */
int schema_dates_read(const struct schema_dates_table *t, const struct jdoc *schema, const struct jdoc *value,
                      struct jdoc **out, struct jdoc **out_faults, struct err *e);

/* [{"ja","abbreviation","letter","sign","first"}, ...], in order of time; sign may be null. */
struct jdoc *schema_dates_print_eras(const struct era *table, size_t count);

/* Back: the table, whose texts are the document's; to be freed, never NULL. What is no era is left out. */
struct era *schema_dates_parse_eras(const struct jdoc *list, size_t *out_count);

#endif
