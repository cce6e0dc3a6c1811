/*
 * Cosignatures: a checkpoint of the ledger is put before witnesses (C2SP tlog-witness), and what they have cosigned is
 * kept in the store as checkpoints/<size>: one signed note, with the lines of all who cosigned that checkpoint.
 */
#ifndef LEDGER_COSIGN_H
#define LEDGER_COSIGN_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "ledger/proof.h"
#include "ledger/store.h"
#include "model/tlog_checkpoint.h"

#define COSIGN_DEADLINE_S 60           /* of one request */

/* Asks one witness to cosign a signed checkpoint of this log, from the size that it has cosigned last (`from` is a
 * guess; what it answers counts). out_line: its one signature line, which is right; out_time: of it.
 *
 * ERR_LEDGER: the witness knows another history, or a longer one than is here: the alarm. ERR_CONFLICT: it has a later
 * checkpoint of what is here. ERR_KEY: it does not know this ledger or its key, or signs with another key than said.
 * ERR_UNAVAILABLE, ERR_BUSY: no answer, or none of this protocol. */
int cosign_ask(const struct proof_log *l, const char *note, size_t note_len, const struct store_witness *w,
               uint64_t from, struct buf *out_line, int64_t *out_time, struct err *e);

/* Adds signature lines to what is kept of that checkpoint, and to out, the whole note. A line stands in place of an
 * earlier one of the same key. ERR_LEDGER: another checkpoint of that size is kept. Durable. */
int cosign_keep(const struct store *s, const struct buf *note, const struct buf *lines, struct buf *out,
                struct err *e);

/* The newest of them with a right cosignature by this key. *out_size is 0 when there is none. */
int cosign_newest(const struct store *s, const struct tlog_note_key *k, uint64_t *out_size, int64_t *out_time,
                  struct err *e);

/* The note with these signature lines behind its own. */
int cosign_add(const struct buf *note, const struct buf *lines, struct buf *out, struct err *e);

#endif
