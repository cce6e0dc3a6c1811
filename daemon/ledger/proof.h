/*
 * Proofs of a ledger in the forms of C2SP: checkpoint, proof of one entry, consistency of two checkpoints, and the
 * whole log as tiles.
 *
 * The checkpoint of size n+1 is entry n's Root with its leaf added, signed by the ledger's checkpoint key, whose name
 * is the origin. A proof's extra data is JSON: {"format":"daicho.proof.v1","leaf":<text>,"record":<text of the note>,
 * "commit":<raw signed commit>,"key":<armored public key>}; all but leaf may be absent. The leaf's bytes are those
 * whose hash the proof proves, the record those whose digest the leaf names, the commit that whose message is the leaf.
 */
#ifndef LEDGER_PROOF_H
#define LEDGER_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "foreign/jdoc.h"
#include "foreign/repo.h"
#include "model/tlog_checkpoint.h"

/* All leaf hashes of the entries of a repository, oldest first: 32 bytes an entry. Follows raw parents. */
struct proof_log;
int proof_log_read(struct repo *repo, struct proof_log **out, struct err *e);     /* ERR_LEDGER, ERR_NOTFOUND */
void proof_log_free(struct proof_log *l);
uint64_t proof_log_size(const struct proof_log *l);
/* Of the first `size` leaves; ERR_NOTFOUND: the ledger is shorter. */
int proof_log_checkpoint(const struct proof_log *l, uint64_t size, struct tlog_checkpoint *out, struct err *e);

/* The proof of entry seq in the tree of a signed checkpoint that this ledger gives the root of, else ERR_LEDGER.
 * record: the note's bytes or NULL. */
int proof_make(const struct proof_log *l, struct repo *repo, uint64_t seq, const char *note, size_t note_len,
               const char *record, size_t record_len, struct buf *out, struct err *e);

/* "old <m>", the proof's lines: what a witness is sent, less the checkpoint. */
int proof_consistency(const struct proof_log *l, uint64_t m, uint64_t n, struct tlog_checkpoint_request *out,
                      struct err *e);

/* The log as files below a new or earlier exported folder: checkpoint, tile/... Only what is new is written; the
 * checkpoint last, by rename. ERR_LEDGER: what stands there is of another history. */
int proof_export(const struct proof_log *l, struct repo *repo, const char *note, size_t note_len, const char *folder,
                 struct err *e);

#endif
