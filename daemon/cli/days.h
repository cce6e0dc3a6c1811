/*
 * Days as the user types and reads them. Typed: any form of base/era, sent on as YYYY-MM-DD. Read: in era form where
 * the locale of times (LC_ALL, else LC_TIME, else LANG) begins with "ja", else as ISO days. The eras are the rule
 * book's.
 */
#ifndef CLI_DAYS_H
#define CLI_DAYS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "cli/context.h"
#include "foreign/jdoc.h"

struct days {
	struct jdoc *doc;                 /* whose texts the eras are */
	struct era *eras; size_t count;   /* none: ISO days */
};

#define DAYS_INIT { .doc = NULL }
#define DAYS_CLEANUP __attribute__((cleanup(days_release)))

/* For output: asks the daemon only where the locale wants eras. A daemon without eras, or none: ISO days. */
void days_open(struct context *c, struct days *d);
void days_release(struct days *d);

/* Appends the day that text (YYYY-MM-DD or a time that begins so) names; a time goes on with hh:mm:ss, or without
 * seconds. What is no day is appended as it is. */
void days_add(const struct days *d, const char *text, struct buf *out);
void days_add_minute(const struct days *d, const char *text, struct buf *out);

/* What the daemon answers to a path: as JSON, or as print shows it. */
typedef void days_print_fn(const struct days *d, const struct jdoc *answer);
int days_answer(struct context *c, const char *path, int deadline_s, days_print_fn *print, struct err *e);

/* A copy of a record's body, to be freed, whose days are written so. schema may be NULL: then nothing changes. */
struct jdoc *days_show(const struct days *d, const struct jdoc *schema, struct jdoc *body);

/* An option's value, typed: *out is YYYY-MM-DD. Tells on standard error of an era that had ended. ERR_USAGE. */
int days_read(struct context *c, const char *command, const char *option, const char *text, char out[DATE_LEN + 1],
              struct err *e);

/* The same for the fields of a record; kind: the answer to /v1/kinds/KIND. *body is exchanged. ERR_SCHEMA, faults in
 * c->faults. */
int days_read_body(struct context *c, const struct jdoc *kind, struct jdoc **body, struct err *e);

#endif
