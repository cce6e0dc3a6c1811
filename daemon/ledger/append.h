/*
 * Append: a batch of entries, each its own signed commit, made durable together (daicho-ledger(5), "WRITE ORDER"):
 * signatures -> intent, packs, refs staged and synced -> packs -> refs of the volumes -> the ledger's ref, each read
 * back -> index -> answers. A crash at any point loses nothing that was answered and leaves nothing that was not, or
 * leaves the whole prefix.
 */
#ifndef LEDGER_APPEND_H
#define LEDGER_APPEND_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ledger/intake.h"
#include "ledger/ledger.h"

struct append_item {
	struct leaf *leaf;               /* in: what intake or an administrative act filled; out: complete */
	struct note *note;               /* NULL: no record; out: its Role where the sender chose none and one is wanted,
	                                  * and which soft rules it passed with a reason */
	const struct buf *attachments;
	/* Of kinds `rules` and `key` alone, and wanted there: the rule book, with its keys, that it brings into force. It
	 * is written with the entry; once that is acknowledged it belongs to the ledger, which judges by it from then on,
	 * and is NULL here. */
	struct rules *rules;
	const char *armor;               /* the signature of the offline recovery key over what append_print printed; NULL:
	                                  * the signer signs */
	struct hash digest;              /* with a note: intake_digest, by which a repeat is known */
	bool is_first;                   /* the appointment that init makes, entry 1: nobody holds a role before it */
	/* out */
	struct err err;                  /* code 0: acknowledged */
	struct jdoc *faults;             /* of ERR_RULE and ERR_REASON by the rule book; to be freed */
	/* the request id was known with the same digest: seq is that of the first answer */
	bool repeated;
	uint64_t seq;
	struct oid commit;
	struct hash leaf_hash;
	bool has_docno; struct index_docno docno; /* the record's, found when it was judged */
};

/* Judges each item against the ledger's state (request id, open matters, references, role, clock) and the batch before
 * it; refused ones get err and do not hinder the others. The rest is written. Returns an error only when the batch as
 * a whole failed: then no item of it is acknowledged, and each item's err says so; ledger->stopped is set when a sync
 * failed. */
int append_batch(struct ledger *l, struct append_item *items, size_t count, int64_t now, struct err *e);

/* What would be signed if the item were appended now: the commit's payload. Nothing changes, but for what append_batch
 * completes in leaf, note and rules. The same errors. */
int append_print(struct ledger *l, struct append_item *item, int64_t now, struct buf *out_payload, struct err *e);

/* One administrative entry without a note, or with one: the same path. */
int append_one(struct ledger *l, struct append_item *item, int64_t now, struct err *e);

/* Is the clock to be believed: not more than clock_step_days past the last entry, not more than clock_back_minutes
 * behind it. Else (ERR_CLOCK) nothing is taken but a `clock` entry, in which Time may go back. */
int append_clock_check(const struct ledger *l, int64_t now, struct err *e);

/* For what every entry but that of a clock is refused now: a sync that failed (ERR_IO), the clock, volumes of last year
 * that could not be carried over (ERR_LEDGER). */
int append_check(const struct ledger *l, int64_t now, struct err *e);

/* Ledger and signer stand at the head, as before a batch; for what is signed beside the entries. */
int append_prime(struct ledger *l, struct err *e);

/* Time of an entry of this kind that is made now. */
int64_t append_time(const struct ledger *l, enum leaf_kind kind, int64_t now);

#endif
