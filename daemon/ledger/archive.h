/*
 * Archive: what a disposal takes away, as a plain ustar tar in BagIt layout (RFC 8493), byte for byte reproducible, so
 * that its digest is its identity (daicho-ledger(5), "ARCHIVE"). Opened and checked with tar, sha256sum, gpg and git.
 *
 *   <name>/bagit.txt
 *   <name>/data/README.txt            plain words, Japanese and English
 *   <name>/data/keys/<fpr>.asc        public keys of the ledger
 *   <name>/data/rulebook/...          the rule book in force
 *   <name>/data/<seq 12 digits>/commit.txt (raw signed commit) leaf.txt note.txt attachment-<n> proof.txt
 *   <name>/bag-info.txt, manifest-sha256.txt, tagmanifest-sha256.txt
 * Beside it <name>.sha256 ("<hex>  <name>.tar\n") and <name>.sha256.asc, its detached signature by the archive key.
 * <name> = <origin with other characters than [a-z0-9-] as '-', cut at 64>-<base year>-<first 12 hex of the plan's
 * digest>.
 */
#ifndef LEDGER_ARCHIVE_H
#define LEDGER_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/oid.h"
#include "ledger/ledger.h"
#include "ledger/store.h"
#include "model/history.h"
#include "model/note.h"

struct archive_basis {            /* what an archive is made from: the same on every try gives the same bytes */
	struct history *history;  /* of `size` entries or more */
	uint64_t size;            /* proofs are in the tree over entries 0 ... size - 1; the rule book is the last one's */
	int64_t time;             /* date of all members */
	const struct hash *named; /* digest that a dispose entry names already; NULL = none yet */
};

struct archive_result {
	char *path;               /* of the tar; to be freed */
	struct hash hash;
	uint64_t bytes;
};

/* What must not be found any more where the archived records were: ids of their notes and attachments as git blobs, and
 * their salts. Both sorted. */
struct archive_traces {
	struct oid *blobs;                  size_t blobs_count;
	uint8_t (*salts)[NOTE_SALT_LEN];    size_t salts_count;
};
/* Of a note, or of an attachment as it is stored: all are added, then sorted. ERR_LEDGER: no salt. */
int archive_traces_add(struct archive_traces *t, const char *bytes, size_t len, struct err *e);
void archive_traces_sort(struct archive_traces *t);
void archive_traces_release(struct archive_traces *t);

/* Writes, syncs, signs, re-reads and verifies: every note against its leaf, every leaf against its commit's signature
 * and by its proof, manifests, the signature. An archive of the same name with the same digest is accepted as done;
 * another is replaced. ERR_CONFLICT when the digest is not the one named. out_traces (NULL: not asked): of what was
 * read again. */
int archive_write(struct ledger *l, const struct archive_basis *basis, const struct history_dues *dues,
                  const struct hash *plan, struct archive_result *out, struct archive_traces *out_traces,
                  struct err *e);

/* "<folder of archives>/<name>.tar" */
void archive_path(const struct store *s, int base_year, const struct hash *plan, struct buf *out);

/* The archive encrypted to all custodians of daicho.ini, beside it: "<path>.gpg", with a signed checksum of its own.
 * Every try gives other bytes, so the one that stands there whole is kept: with `named` (what a dispose entry names)
 * it must be that one, else one that is signed and opened by exactly the custodians (ERR_CONFLICT). Checked as far as
 * it can be without their keys: read back, its shape, whose keys open it. out->method "" = no custodian is named. */
int archive_wrap(struct ledger *l, const char *path, const struct leaf_digest *named, struct leaf_digest *out,
                 struct err *e);
/* Removes the plain archive once what it was wrapped in is there with this digest; fine when it is gone already. */
int archive_unwrapped_remove(const char *path, const struct leaf_digest *wrapped, struct err *e);

/* Removes the file at path, its checksum and the signature of that, when the archive key of this store has signed it,
 * or these two where there is no such file; whatever else stands there stays. A try that was stopped is ended by the
 * next one. */
int archive_discard(struct ledger *l, const char *path, struct err *e);

/* The digest that the checksum beside path names, where the archive key of this store has signed it, whatever stands at
 * path. ERR_NOTFOUND, ERR_SYNTAX, ERR_KEY. */
int archive_signed(struct ledger *l, const char *path, struct hash *out, struct err *e);

/* SHA-256 and size of a file, read to its end. */
int archive_hash(const char *path, struct hash *out, uint64_t *out_bytes, struct err *e);

/* Reads an archive again, once, and checks manifests, notes against leaves, proofs, signatures by the keys it holds,
 * and the digest of the same bytes against `expected` (NULL: not asked). out_traces may be NULL. */
int archive_check(const char *path, const struct hash *expected, struct archive_traces *out_traces, struct err *e);

#endif
