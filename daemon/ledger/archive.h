/*
 * Archive: what a disposal takes away, as a plain ustar tar in BagIt layout (RFC 8493), byte for byte reproducible, so
 * that its digest is its identity (daicho-ledger(5), "ARCHIVE"). Opened and checked with tar, sha256sum, gpg and git.
 *
 *   <name>/bagit.txt, bag-info.txt, manifest-sha256.txt, tagmanifest-sha256.txt
 *   <name>/data/README.txt            plain words, Japanese and English
 *   <name>/data/keys/<fpr>.asc        public keys of the ledger
 *   <name>/data/rulebook/...          the rule book in force
 *   <name>/data/<seq 12 digits>/leaf.txt commit.txt (raw signed commit) note.txt attachment-<n> proof.txt
 * Beside it <name>.sha256 ("<hex>  <name>.tar\n") and <name>.sha256.asc, its detached signature by the archive key.
 * <name> = <origin with other characters than [a-z0-9-] as '-'>-<base year>-<first 12 hex of the plan's digest>.
 */
#ifndef LEDGER_ARCHIVE_H
#define LEDGER_ARCHIVE_H

#include "base/err.h"
#include "base/hash.h"
#include "ledger/ledger.h"
#include "model/history.h"

struct archive_result {
	char *path;               /* of the tar; to be freed */
	struct hash hash;
	uint64_t bytes;
};

/* Writes, syncs, signs, re-reads and verifies: every note against its leaf, every leaf against its commit's signature by
 * the chain, manifests, the signature. An archive of the same name with the same digest is accepted as done; with another
 * it is removed and written again unless a dispose entry already names it (ERR_CONFLICT). */
int archive_write(struct ledger *l, const struct history_dues *dues, const struct hash *plan, int64_t time,
                  struct archive_result *out, struct err *e);

/* Reads an archive again and checks manifests, notes against leaves, and its digest against `expected`. */
int archive_check(const char *path, const struct hash *expected, uint64_t *out_members, struct err *e);

#endif
