/*
 * Scratch: a folder for what is read once. It goes with the process that made it, however that ends: another one waits
 * for its end and removes the folder.
 */
#ifndef CLI_SCRATCH_H
#define CLI_SCRATCH_H

#include <sys/types.h>

#include "base/err.h"

struct scratch {
	char *path;                 /* absolute */
	int fd;                     /* held open while it is wanted, by who made it and its children */
	pid_t keeper;
};

/* `name`.XXXXXX in TMPDIR, where that is an absolute path, or /tmp; mode 0700, empty. ERR_NOTFOUND, ERR_IO, ... */
int scratch_make(const char *name, struct scratch *out, struct err *e);
void scratch_remove(struct scratch *s);

#endif
