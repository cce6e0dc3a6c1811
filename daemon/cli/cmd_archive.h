/* What `daicho archive` does with the files themselves. */
#ifndef CLI_CMD_ARCHIVE_H
#define CLI_CMD_ARCHIVE_H

#include <stddef.h>

#include "base/err.h"
#include "cli/context.h"
#include "ledger/policy.h"

struct cmd_archive_asked {
	const char *pin, *out, *deadline, *decision, *sign, *motion; /* values of options; NULL = not given */
	const struct policy *policy;                                /* read already: stands for pin; NULL = not given */
	const char **args;                                          /* behind the word of the step */
	size_t count;
};

typedef int cmd_archive_fn(struct context *c, const struct cmd_archive_asked *a, int *out_status, struct err *e);
cmd_archive_fn cmd_archive_verify, cmd_archive_show, cmd_archive_extract;

#endif
