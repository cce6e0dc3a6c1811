/* Named git commands on a repository of the store, with hooks, replace refs and outside configuration off. */
#ifndef LEDGER_GITCMD_H
#define LEDGER_GITCMD_H

#include <sys/types.h>

#include "base/err.h"

int gitcmd_run(const char *git_dir, const char *const *args, int deadline_s, struct err *e);
/* In the background. `held` becomes a descriptor of git and of all its children: a lock on it is free when all of them
 * have ended. */
int gitcmd_start(const char *git_dir, const char *const *args, int held, pid_t *out_pid, struct err *e);

#endif
