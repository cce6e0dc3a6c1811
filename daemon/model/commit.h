/*
 * The raw bytes of an entry's commit, in the one form that is written and accepted (daicho-ledger(5), "COMMIT"):
 *
 *   tree <40 hex>
 *   parent <40 hex>                                      not in entry 0
 *   author <origin> <ledger@daicho.invalid> <seconds> +0900
 *   committer (the same)
 *   gpgsig -----BEGIN PGP SIGNATURE-----
 *    <armor, each line after a space; the empty line is " ">
 *    -----END PGP SIGNATURE-----
 *   <empty line>
 *   <leaf>
 */
#ifndef MODEL_COMMIT_H
#define MODEL_COMMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/oid.h"

#define COMMIT_MAX (65535 + 4096)

struct commit {
	struct oid tree;
	bool has_parent;
	struct oid parent;
	char name[129];           /* origin */
	int64_t time;
	const char *message;      /* into the parsed bytes */
	size_t message_len;
};

/* The payload that is signed: all but the gpgsig header. */
void commit_print_payload(const struct commit *c, struct buf *out);

/* Payload + armor ("-----BEGIN ...-----END PGP SIGNATURE-----\n") -> raw commit. */
int commit_sign(const char *payload, size_t len, const char *armor, struct buf *out, struct err *e);

/* Payload (no signature) -> struct. Strict. ERR_SYNTAX. The struct points into the bytes. */
int commit_parse_payload(const char *payload, size_t len, struct commit *out, struct err *e);

/* Raw commit -> struct, its payload and its armor. Strict: re-serialising gives the same bytes, or ERR_SYNTAX.
 * A commit without a signature is ERR_KEY. out->message points into raw. */
int commit_parse(const char *raw, size_t len, struct commit *out, struct buf *out_payload, struct buf *out_armor,
                 struct err *e);

#endif
