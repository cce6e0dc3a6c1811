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

void proof_log_add(struct proof_log *l, const struct oid *commit, const struct hash *leaf);

/* Fills an empty log from the index of its store, as far as that and the commits up to head go together: false, and the
 * log is empty still, where there is no index or it is not of them. One hash binds all: the Root of the last entry that
 * is taken, whose commit is read. *out_last: its commit. Keys are read from their entries. */
bool proof_index_read(struct proof_log *l, const struct oid *head, struct oid *out_last);

/* The raw commit of an entry, and the text of its leaf in it. ERR_LEDGER: not the one whose hash is in the log. */
int proof_leaf_text(const struct proof_log *l, uint64_t seq, struct buf *out_raw, const char **out, size_t *out_len,
                    struct err *e);

#endif
