/*
 * Program: what each program of the command line does around its command: language, words in UTF-8, the options that
 * all of them take, errors, and the end of standard output.
 */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/context.h"

typedef int program_fn(struct context *c, int argc, char **argv, int *out_status, struct err *e);

struct program {
	const char *name;
	bool has_store;           /* takes --store and --socket */
	program_fn *run, *help;   /* what is left of the words; help: for --help, wherever it stands */
	bool (*judges)(int argc, char **argv); /* whether what these words do ends with a verdict; NULL: never */
};

/* Returns the exit status of the program. */
int program_main(const struct program *p, int argc, char **argv);

#endif
