/*
 * Merkle tree of RFC 6962, section 2.1, over leaf hashes. The frontier holds one hash for each set bit of size, so an
 * append costs O(log n) and the state is at most 64 hashes.
 */
#ifndef MODEL_MERKLE_H
#define MODEL_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"

#define MERKLE_DEPTH_MAX 64

struct merkle {
	uint64_t size;
	unsigned count;                        /* number of set bits of size */
	struct hash peak[MERKLE_DEPTH_MAX];    /* largest subtree first */
};

void merkle_init(struct merkle *m);
void merkle_add(struct merkle *m, const struct hash *leaf);
struct hash merkle_root(const struct merkle *m);               /* SHA-256 of nothing when empty */
struct hash merkle_root_of(const struct hash *leaves, size_t n);

/* Inclusion proof of leaf `index` in the tree over n leaves (section 2.1.1). Returns how many hashes it put in out. */
size_t merkle_prove(const struct hash *leaves, size_t n, size_t index, struct hash out[MERKLE_DEPTH_MAX]);
bool merkle_check(uint64_t index, uint64_t size, const struct hash *leaf, const struct hash *proof, size_t count,
                  const struct hash *root);

/* Consistency proof between the trees over the first m and the first n leaves (section 2.1.2), m <= n; empty when m = n
 * and when m = 0. Returns how many hashes it put in out. */
size_t merkle_prove_consistency(const struct hash *leaves, size_t m, size_t n, struct hash out[MERKLE_DEPTH_MAX]);
bool merkle_check_consistency(uint64_t m, uint64_t n, const struct hash *old_root, const struct hash *new_root,
                              const struct hash *proof, size_t count);

/* Text form "<size> <hex>...": to hand a frontier to the signer and to store it in the index. */
void merkle_print(const struct merkle *m, struct buf *out);
bool merkle_parse(const char *s, size_t len, struct merkle *out);

#endif
