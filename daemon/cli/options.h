/* Options of a subcommand: "--name value", "--name=value" or a bare "--flag", anywhere; "--" ends them. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct options_spec {
	const char *name;           /* without "--" */
	const char **value;         /* takes a value; the last one counts */
	bool *flag;                 /* or is a flag */
};

/* What is in no spec is handed to other(name, value), value always taken; NULL refuses it. Where none is left the value
 * is NULL: it refuses a name that it does not know, and does nothing else, for what it knows is refused then. Arguments
 * that are no options are collected in args (at most max). Errors are ERR_USAGE for this subcommand. */
typedef int options_fn(void *ctx, const char *name, const char *value, struct err *e);
int options_read(const char *command, int argc, char **argv, const struct options_spec *specs, size_t count,
                 options_fn *other, void *ctx, const char **args, size_t max, size_t *out_args, struct err *e);

#endif
