/*
 * Proofs of a ledger in the forms of C2SP: checkpoint, proof of one entry, consistency of two checkpoints, and the
 * whole log as tiles.
 *
 * The checkpoint of size n+1 is entry n's Root with its leaf added, signed by the ledger's checkpoint key, whose name
 * is the origin. A proof's extra data is JSON on one line with sorted members: {"commit": raw signed commit, "format":
 * "daicho.proof.v1", "key": armored public key of who signed it, "leaf": text, "record": text of the note}; all but
 * format and leaf may be absent. The leaf's bytes are those whose hash the proof proves, the record those whose digest
 * the leaf names, the commit that whose message is the leaf.
 */
#ifndef LEDGER_PROOF_H
#define LEDGER_PROOF_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "model/tlog_checkpoint.h"
#include "model/tlog_note.h"

#define PROOF_EXTRA_FORMAT "daicho.proof.v1"

/* All entries of a store, a bare repository or a clone: about 52 bytes an entry. Of a store the hashes are those of its
 * index, where they make up the root that the last entry names, and only what came since is read; else each entry is
 * read, oldest first, by raw parents, and has to name its place and the root over those before it. Judges nothing else:
 * that is verify's. Call it in a process that may die. ERR_NOTFOUND, ERR_LEDGER, ERR_FORMAT. */
struct proof_log;
int proof_log_read(const char *path, struct proof_log **out, struct err *e);
void proof_log_free(struct proof_log *l);
uint64_t proof_log_size(const struct proof_log *l);
const char *proof_log_origin(const struct proof_log *l);

/* Of the first `size` leaves; ERR_NOTFOUND: the ledger is shorter. */
int proof_log_checkpoint(const struct proof_log *l, uint64_t size, struct tlog_checkpoint *out, struct err *e);

/* A signed checkpoint, which must be one of this ledger: ERR_NOTFOUND when it is longer than what is here, ERR_LEDGER
 * when its origin or root is another. Who signed it is not judged. */
int proof_log_fits(const struct proof_log *l, const char *note, size_t note_len, struct tlog_checkpoint *out,
                   struct err *e);

/* The key of this ledger, counting or not, that signed the note. ERR_KEY: none did. */
int proof_log_signer(const struct proof_log *l, const struct tlog_note *n, struct tlog_note_key *out, struct err *e);

/* The note of an entry as it stands. ERR_NOTFOUND: the entry, or its record, is not here; ERR_LEDGER: it is not the
 * one that the leaf names, or the leaf not the one whose hash is in the log. */
int proof_record(const struct proof_log *l, uint64_t seq, struct buf *out, struct err *e);

/* The proof of entry seq in the tree of a signed checkpoint that fits. record: the note, NULL to leave it out. */
int proof_make(const struct proof_log *l, uint64_t seq, const char *note, size_t note_len, const struct buf *record,
               struct buf *out, struct err *e);

/* What a witness is sent with the checkpoint of size n, less the checkpoint: m <= n <= size, else ERR_NOTFOUND. */
int proof_consistency(const struct proof_log *l, uint64_t m, uint64_t n, struct tlog_checkpoint_request *out,
                      struct err *e);

/* The log as files below a folder that is absent, empty, or of an earlier export: tile/..., last the checkpoint. What
 * the earlier checkpoint covers stays, else it is written, each file durable and at one go. ERR_LEDGER: what stands
 * there is of another history; ERR_CONFLICT: it is of a later checkpoint, or something else is there. */
int proof_export(const struct proof_log *l, const char *note, size_t note_len, const char *folder, struct err *e);

#endif
