/*
 * Time stamp of a checkpoint (RFC 3161): an authority outside of the office says that these bytes were there no later
 * than a time. Stamped is the SHA-256 of the checkpoint's file as it was then. Cosignatures that witnesses added later
 * stand behind what was stamped, and do not void it.
 */
#ifndef LEDGER_TIMESTAMP_H
#define LEDGER_TIMESTAMP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "foreign/jdoc.h"
#include "foreign/tsa.h"

struct timestamp {
	struct tsa_stamp stamp;
	uint64_t size;               /* entries of the checkpoint */
	size_t lines;                /* signature lines that were stamped with its text; 0: it has none */
	size_t later;                /* signature lines behind them */
};

/* The query for a checkpoint: a signed note, or its three lines alone. ERR_SYNTAX. */
int timestamp_query(const struct buf *checkpoint, struct buf *out, struct err *e);

/* checkpoint, reply: whole files; query: of the reply, or NULL. Errors of tsa_check; ERR_SYNTAX: no checkpoint;
 * ERR_CONFLICT: the time stamp of something else. What is read may be hostile: call it in a process that may die. */
int timestamp_check(const struct buf *checkpoint, const struct buf *reply, const struct tsa_trust *trust,
                    const struct buf *query, struct timestamp *out, struct err *e);

/* Whether what tsa_read has told is of this checkpoint. ERR_SYNTAX, ERR_CONFLICT. */
int timestamp_compare(const struct buf *checkpoint, const struct tsa_stamp *stamp, struct timestamp *out,
                      struct err *e);

/* {"format":"daicho.time-stamp.v1","time","tsa","serial","policy","size","signatures","later",
 * "revocation_as_of": a time, or null when no list was asked}; to be freed. */
struct jdoc *timestamp_say(const struct timestamp *t);

#endif
