/* Inside proc: what is prepared before the fork, and the start of the child. */
#ifndef BASE_PROC_CHILD_H
#define BASE_PROC_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct proc_child {
	const char *path;         /* absolute or relative, already looked up */
	const char *const *argv;
	char *const *env;
	const char *dir;
	int standard[3];          /* descriptors that become 0, 1 and 2 */
	const int *fds;           /* descriptors that become 3, 4, ... */
	size_t n;
	bool is_role;             /* standard error is shared */
	bool is_bound;            /* dies with the thread that started it */
};

#define PROC_CHILD_FDS_MAX 8

/* The environment of a child, each string and the array to be freed by proc_child_env_free. */
char **proc_child_env(const char *const *further);
void proc_child_env_free(char **env);

/* Where argv[0] is; to be freed. NULL: not there. */
char *proc_child_find(const char *name);

/* Forks and executes it in a process group of its own. Fails if the program can't be executed. */
int proc_child_start(const struct proc_child *c, pid_t *out_pid, struct err *e);

#endif
