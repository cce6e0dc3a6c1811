/*
 * Chain: what the next entry must fit, and whether it does. One judge for the signer before it signs and for the
 * verifier afterwards. State is that of the last accepted entry and does not grow with the ledger.
 */
#ifndef MODEL_CHAIN_H
#define MODEL_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/oid.h"
#include "model/commit.h"
#include "model/leaf.h"
#include "model/merkle.h"

struct chain {
	char origin[LEAF_ORIGIN_MAX + 1];
	struct hash genesis;          /* leaf hash of entry 0 */
	uint64_t size;                /* entries accepted; the next Seq */
	int64_t time;                 /* Time of the last entry */
	struct hash last;             /* leaf hash of the last entry */
	struct hash rules;            /* Rules of the last entry */
	struct oid tree, head;        /* tree and id of the last entry's commit */
	struct merkle frontier;       /* over all accepted leaves */
};

void chain_init(struct chain *c);

/* Sets the chain to stand after the commit `raw` (whose id becomes head), with the frontier over the leaves before it;
 * the frontier must give the Root that its leaf states. For entry 0 the frontier is empty. ERR_SYNTAX, ERR_LEDGER,
 * ERR_KEY (not signed), ERR_FORMAT; the chain is then as it was. */
int chain_resume(struct chain *c, const char *raw, size_t len, const struct merkle *before, struct err *e);

/* Is this the next entry? Parent, Seq, Origin, Genesis, Prev, Root, Time never back (a `clock` entry may), author time
 * = leaf Time and author = Origin, Volume year >= year of Time. The tree changes only by `rules`, `key` or `format`,
 * and Rules with it. That references point backwards is leaf_parse's. ERR_LEDGER names the rule broken. */
int chain_check(const struct chain *c, const struct commit *commit, const struct leaf *leaf, struct err *e);

/* Accepts it. leaf_hash and id are those of the signed commit. */
void chain_advance(struct chain *c, const struct commit *commit, const struct leaf *leaf, const struct hash *leaf_hash,
                   const struct oid *id);

/* "origin\ngenesis\n..." text form, to be kept in the index and compared; parse is strict. */
void chain_print(const struct chain *c, struct buf *out);
bool chain_parse(const char *s, size_t len, struct chain *out);

#endif
