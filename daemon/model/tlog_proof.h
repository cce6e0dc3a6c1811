/*
 * Proof (C2SP tlog-proof): that an entry is in the tree of a checkpoint, to be checked with nothing else at hand but
 * the keys one trusts. Extra data is not authenticated by the form itself; what daicho puts there is authenticated by
 * the leaf (ledger/proof.h).
 */
#ifndef MODEL_TLOG_PROOF_H
#define MODEL_TLOG_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "model/merkle.h"

#define TLOG_PROOF_MAX ((size_t)32 << 20)  /* bytes of a file */

struct tlog_proof {
	struct buf extra;                  /* decoded; has_extra tells whether the line is there */
	bool has_extra;
	uint64_t index;
	struct hash path[MERKLE_DEPTH_MAX]; /* the leaf's sibling first */
	size_t path_count;
	const char *note; size_t note_len; /* the checkpoint, within the bytes that were parsed */
};

/* ERR_SYNTAX, ERR_TOOBIG. To be released. */
int tlog_proof_parse(const char *s, size_t len, struct tlog_proof *out, struct err *e);
void tlog_proof_print(const struct tlog_proof *p, struct buf *out);
void tlog_proof_release(struct tlog_proof *p);

#endif
