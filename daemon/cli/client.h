/* Client: asks the daemon over its socket and turns its errors into ours. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "base/buf.h"
#include "base/err.h"
#include "cli/context.h"
#include "foreign/jdoc.h"

#define CLIENT_DEADLINE_S 60           /* of client_get */

/* Fills c->store and c->socket from DAICHO_STORE and $XDG_CONFIG_HOME/daicho/client.ini ([client] store, socket) where
 * the command line left them open. ERR_CONFIG. */
int client_configure(struct context *c, struct err *e);

/* body NULL = GET. *out_doc is to be freed. Faults of a refusal go to c->faults. */
int client_call(struct context *c, const char *path, const struct jdoc *body, int deadline_s, struct jdoc **out_doc,
                struct err *e);
int client_get(struct context *c, const char *path, struct jdoc **out_doc, struct err *e);

/* Appends "?name=value" or "&name=value", escaped; nothing when value is NULL. */
void client_add_query(struct buf *path, const char *name, const char *value);

#endif
