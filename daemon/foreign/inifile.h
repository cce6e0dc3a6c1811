/*
 * INI files through inih, read strictly: a line over 190 bytes, a repeated key, a key outside a section, an indented
 * line, a line that is neither section, key nor comment, or text that is not clean UTF-8 refuses the file (ERR_CONFIG,
 * with file and line). Comments stand on lines of their own and begin with '#' or ';'; " ;" within a value is refused.
 */
#ifndef FOREIGN_INIFILE_H
#define FOREIGN_INIFILE_H

#include <stddef.h>

#include "base/err.h"

/* section, key and value in file order; returning non-zero ends the reading with that error (file and line are put
 * before its text). */
typedef int inifile_fn(void *ctx, const char *section, const char *key, const char *value, struct err *e);
int inifile_parse(const char *text, size_t len, const char *name, inifile_fn *fn, void *ctx, struct err *e);

/* Tells every line that would refuse the text, not only the first. fn returning non-zero ends the check with that. */
typedef int inifile_fault_fn(void *ctx, int line, const char *reason);
int inifile_check(const char *text, size_t len, inifile_fault_fn *fn, void *ctx);

int inifile_read(const char *path, inifile_fn *fn, void *ctx, struct err *e);

#endif
