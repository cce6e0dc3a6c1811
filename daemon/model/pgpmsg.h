/*
 * Pgpmsg: the shape of an encrypted OpenPGP message in binary form (RFC 4880, 11.3): one session key for each
 * recipient, then one block of data under integrity protection, with which the bytes end. Whether that data can be
 * read, and what it is, only a recipient can tell.
 */
#ifndef MODEL_PGPMSG_H
#define MODEL_PGPMSG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PGPMSG_RECIPIENTS_MAX 32
#define PGPMSG_ID_LEN 16              /* upper-case hex of a key id */

struct pgpmsg {
	char id[PGPMSG_RECIPIENTS_MAX][PGPMSG_ID_LEN + 1];   /* of the (sub)keys that open it, in their order */
	size_t count;
};

/* Where the bytes come from: exactly len of them from offset `at`, or an error. */
typedef int pgpmsg_read_fn(void *ctx, uint64_t at, void *out, size_t len, struct err *e);

/* ERR_SYNTAX for anything else, also where a passphrase opens it, a recipient is hidden, or bytes stand behind it. */
int pgpmsg_parse(pgpmsg_read_fn *read, void *ctx, uint64_t size, struct pgpmsg *out, struct err *e);

#endif
