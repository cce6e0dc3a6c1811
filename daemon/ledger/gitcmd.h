/* Named git commands on a repository of the store, with hooks, replace refs and outside configuration off. */
#ifndef LEDGER_GITCMD_H
#define LEDGER_GITCMD_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

int gitcmd_run(const char *git_dir, const char *const *args, int deadline_s, struct err *e);
/* The same, with another repository at its other end, by file or by ssh (GIT_SSH_COMMAND, which asks nobody anything)
 * and by nothing else. input: lines for its standard input; NULL = none. What it prints goes to out (NULL: dropped).
 * When it fails, e tells what the other end says: a hook's refusal with its code and its next step, else git's last
 * line that says why (ERR_IO). */
int gitcmd_exchange(const char *git_dir, const char *const *args, const char *input, int deadline_s, struct buf *out,
                    struct err *e);
/* In the background. `held` becomes a descriptor of git and of all its children: a lock on it is free when all of them
 * have ended. */
int gitcmd_start(const char *git_dir, const char *const *args, int held, pid_t *out_pid, struct err *e);

#endif
