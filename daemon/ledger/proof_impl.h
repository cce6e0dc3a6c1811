/* Inside of proof: what its files share. */
#ifndef LEDGER_PROOF_IMPL_H
#define LEDGER_PROOF_IMPL_H

#include "base/hash.h"
#include "base/oid.h"
#include "foreign/repo.h"
#include "ledger/proof.h"
#include "model/keyring.h"
#include "model/leaf.h"

struct proof_log {
	struct repo *repo;                     /* of the entries */
	char *store;                           /* NULL: records stand in repo, if they are there */
	char origin[LEAF_ORIGIN_MAX + 1];
	struct hash *leaves;
	struct oid *commits;
	struct keyring keys;
	uint64_t size;
	size_t cap;
};

/* The raw commit of an entry, and the text of its leaf in it. */
int proof_leaf_text(const struct proof_log *l, uint64_t seq, struct buf *out_raw, const char **out, size_t *out_len,
                    struct err *e);

#endif
