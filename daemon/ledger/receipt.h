/*
 * Receipt: what an outsider has dated, whose digest stands in the certificate of a disposal (`Witness:`), so that the
 * certificate was made after that date, whatever the ledger's clock said. It is the record of that certificate, kept
 * for ever: body {"checkpoint": text of a checkpoint of this ledger, "time_stamp": base64 of the reply of an authority
 * (RFC 3161) for it; absent where cosignatures of witnesses under the checkpoint are what is dated}.
 *
 * The Witness line is SHA-256 of the reply's bytes, which names the checkpoint by its own digest, or without one of the
 * checkpoint's bytes (daicho-ledger(5), "Receipts").
 */
#ifndef LEDGER_RECEIPT_H
#define LEDGER_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "foreign/jdoc.h"
#include "foreign/tsa.h"
#include "ledger/policy.h"
#include "model/note.h"
#include "model/tlog_checkpoint.h"

#define RECEIPT_CHECKPOINT_MAX ((size_t)64 << 10)
#define RECEIPT_STAMP_MAX ((size_t)64 << 10)
#define RECEIPT_CA_MAX ((size_t)1 << 20)

/* Who takes a reply apart in another process: tsa_check by the certificates in ca, tsa_read where that is NULL. No such
 * function: this process does, and may die. */
typedef int receipt_stamp_fn(const struct buf *reply, const struct buf *ca, struct tsa_stamp *out, struct err *e);

struct receipt {
	struct buf checkpoint, stamp;     /* stamp empty: none */
	struct tlog_checkpoint text;
	int64_t time;                     /* that it states: the reply's, else that of the latest cosignature */
};

/* From both files; reply NULL: none. What it says is read, and nobody's signature looked at. ERR_TOOBIG, ERR_SYNTAX,
 * ERR_RULE, ERR_CONFLICT: the reply is of something else; ERR_KEY: nothing of it is dated. To be released. */
int receipt_read(const struct buf *checkpoint, const struct buf *reply, receipt_stamp_fn *fn, struct receipt *out,
                 struct err *e);
void receipt_release(struct receipt *r);

struct jdoc *receipt_body(const struct buf *checkpoint, const struct buf *reply);   /* to be freed */
int receipt_parse(const struct jdoc *body, receipt_stamp_fn *fn, struct receipt *out, struct err *e);
int receipt_of_note(const struct note *n, receipt_stamp_fn *fn, struct receipt *out, struct err *e);

struct hash receipt_digest(const struct receipt *r);

bool receipt_is_signed(const struct receipt *r);      /* its checkpoint has signature lines */

/* "time-stamp" or "cosignatures" */
const char *receipt_way(const struct receipt *r);

/* 00:00 in Japan on 1 January of that year. */
int64_t receipt_since(int due_year);

#define RECEIPT_AHEAD_S ((int64_t)5 * 60)          /* by which the clock of an outsider may be ahead of ours */
#define RECEIPT_APART_S ((int64_t)24 * 60 * 60)    /* by which clocks that are right may differ */

enum receipt_trust {
	RECEIPT_UNJUDGED,                 /* the policy names nobody whose receipts are believed */
	RECEIPT_UNTRUSTED,                /* not by those whom it names, or of a day to come */
	RECEIPT_EARLY,                    /* by those, and dated before `since` */
	RECEIPT_GOOD
};

/* By an authority of the policy, or the quorum of its witnesses. It is early where cosignatures from before `since`
 * alone are a quorum and those in time are none: what some cosigned before and others in time nobody has dated. Where
 * it has a time stamp, that alone can be early: cosignatures from before say when the checkpoint was there, and nothing
 * of when it was stamped; whose stamp is not believed has no date from them, and is in no better place than without.
 * time, by: when and whom, where it is EARLY or GOOD; of a quorum the oldest cosignature that counts. What is read may
 * be hostile. */
struct receipt_finding {
	enum receipt_trust trust;
	int64_t time;
	char by[TSA_NAME_MAX + 1];
	char why[ERR_TEXT_MAX];           /* where it is UNTRUSTED: the reason */
	bool is_stamp;                    /* by an authority */
};
void receipt_judge(const struct receipt *r, const struct policy *p, int64_t since, int64_t now,
                   struct receipt_finding *out);

#endif
