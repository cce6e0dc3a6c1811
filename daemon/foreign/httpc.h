/* One HTTP request over a Unix socket through libcurl: no proxy, no redirect, no other protocol. */
#ifndef FOREIGN_HTTPC_H
#define FOREIGN_HTTPC_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* body NULL = GET, else POST with application/json. ERR_UNAVAILABLE when the socket is gone or refuses, ERR_BUSY after
 * deadline_s, ERR_TOOBIG over 64 MiB. */
int httpc_call(const char *socket, const char *path_and_query, const char *body, size_t len, int deadline_s,
               unsigned *out_status, struct buf *out_body, struct err *e);
void httpc_escape(const char *s, struct buf *out);   /* percent-encodes a query value */

#endif
