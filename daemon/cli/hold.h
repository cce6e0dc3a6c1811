/* Hold: the list of what is held and extended (cmd_hold.c has the other steps). */
#ifndef CLI_HOLD_H
#define CLI_HOLD_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/context.h"

int hold_list(struct context *c, bool all, struct err *e);     /* all: those past, too */

#endif
