/*
 * Output: what was asked for goes to standard output, talk and errors to standard error. Text of records reaches the
 * terminal only through text_add_safe. Standard output is flushed, closed and checked once, at the end.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/context.h"
#include "foreign/jdoc.h"

void output_text(const struct buf *text);
/* The title in the user's language: of a kind, unit or rule book (members ja, en), of a field (title, x-title-en). ""
 * if there is none. */
const char *output_title(const struct jdoc *named);
const char *output_field_title(const struct jdoc *field);

/* "1 record", "2 records", within a sentence. */
struct output_counted { char text[64]; };
struct output_counted output_records(int64_t count);
struct output_counted output_entries(int64_t count);
struct output_counted output_disposals(int64_t count);
struct output_counted output_files(int64_t count);
struct output_counted output_days(int64_t count);

void output_json(const struct jdoc *doc);                     /* one line */
void output_row(struct buf *out, const char *label, const char *value); /* "label      value": safe, label padded */
void output_wide_row(struct buf *out, const char *label, size_t columns, const char *value);
/* On a terminal that may be asked for it (TERM is not dumb, NO_COLOR not set), strikes through the lines of out from
 * offset `from` on, which are safe already; else changes nothing. */
void output_strike(struct buf *out, size_t from);
/* With what a command ends that has failed: err_exit, or where it judges (context.judges) and that could be read as a
 * verdict, 65. */
int output_exit(const struct context *c, enum err_code code);
/* On stderr, or the error document on stdout with --json, whose "exit" is output_exit, or `status`. */
void output_error(const struct context *c, const struct err *e);
void output_error_as(const struct context *c, const struct err *e, int status);
int output_close(struct err *e);                               /* ERR_IO, ERR_FULL when something was not written */

#endif
