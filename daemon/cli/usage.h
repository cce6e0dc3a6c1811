/* Usage: what was typed is no command of ours. */
#ifndef CLI_USAGE_H
#define CLI_USAGE_H

#include "base/err.h"

/* Whose words they are (daicho); once, by cli/program.h. */
void usage_set_program(const char *name);

/* ERR_USAGE; the next step is the help of the command ("daicho" itself: the list of commands), or of
 * the program, if it has no commands. */
int usage_refuse(const char *command, struct err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
