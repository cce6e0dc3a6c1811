/* Child: a role started anew from this binary, with one stream to talk over. */
#ifndef KEEPER_CHILD_H
#define KEEPER_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define CHILD_ARGS_MAX 8

struct child {
	pid_t pid;          /* 0: not running */
	int fd;             /* our end, -1: none */
};

void child_init(struct child *c);

/* args: the role's name and its arguments, NULL-terminated. listen_fd becomes descriptor 4, -1 = none. */
int child_start(struct child *c, const char *const *args, int listen_fd, struct err *e);
bool child_has_ended(struct child *c);      /* reaps it */
void child_stop(struct child *c);           /* closes the stream and waits; kills what does not end within 5 s */
void child_kill(struct child *c);

#endif
