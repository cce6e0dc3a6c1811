/*
 * The daemon's log: one line on standard error, with the "<N>" priority that journald understands when standard error
 * is not a terminal. Only programs log; library rooms return errors. Never the content of a record.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

void log_init(const char *role);                          /* the line begins "daichod[role]: " */
void log_set_program(const char *name);                   /* another one than daichod; "name[role]: " */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_err(const struct err *e);                        /* "WORD: text", then "next: ..." */

#endif
