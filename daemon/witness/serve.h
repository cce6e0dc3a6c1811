/* Serve: the witness over HTTP on a Unix socket, POST /add-checkpoint alone, in a jail (foreign/jail.h). */
#ifndef WITNESS_SERVE_H
#define WITNESS_SERVE_H

#include "base/err.h"
#include "witness/state.h"

/* Until SIGTERM or SIGINT. ERR_BUSY: the folder is served already. */
int serve_run(const struct state *s, const char *socket, struct err *e);

#endif
