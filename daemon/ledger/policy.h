/*
 * Policy: all that an auditor trusts, in one INI file that he keeps, and none of it taken from a ledger. What `daicho
 * init` prints is one: section [pin] of ledger/store.h. A section [policy] asks for more:
 *
 *   witnesses = FILE      C2SP tlog-policy: who has to have cosigned a checkpoint of the ledger
 *   known = FILE ...      checkpoints that the auditor has seen and kept: signed notes, or their three lines alone
 *   time_stamp_ca = FILE  certificates (PEM) of authorities whose time stamps (RFC 3161) of checkpoints are believed
 *   time_stamp_crl = FILE revocation lists (PEM) that are asked of the certificates of such a stamp
 *   max_age_days = N      how old the newest cosignature, and the newest entry, may be
 *   receipts_from = N     each disposal whose certificate is entry N or a later one carries a dated receipt
 *                         (ledger/receipt.h) of these authorities or witnesses
 *
 * Files are named from the policy's own folder.
 */
#ifndef LEDGER_POLICY_H
#define LEDGER_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "foreign/tsa.h"
#include "ledger/store.h"
#include "model/tlog_checkpoint.h"
#include "model/tlog_policy.h"

#define POLICY_KNOWN_MAX 64

struct policy_checkpoint {
	char *name;                       /* of its file */
	struct buf bytes;
	struct tlog_checkpoint text;
	struct tlog_note note;            /* within bytes */
	bool is_signed;                   /* false: the three lines alone, note is unset */
	bool is_known;                    /* the auditor vouches for it; else it came with what is judged */
	bool has_step;                    /* it came with the proof that it goes on from a tree head of so many entries: */
	uint64_t old;
	struct hash proof[TLOG_CHECKPOINT_PROOF_MAX]; size_t proof_count;
};

struct policy_stamp {                     /* the reply of an authority, for one of the checkpoints */
	char *name;
	struct buf bytes;
};

struct policy {
	struct store_pins pins;
	struct tlog_policy *witnesses;    /* NULL: none are asked for */
	struct policy_checkpoint *checkpoints; size_t checkpoints_count;
	struct policy_stamp *stamps; size_t stamps_count;
	struct buf stamp_ca;              /* empty: nobody's stamp is believed */
	struct buf stamp_crl;             /* empty: revocation is not asked */
	uint64_t max_age_days;            /* 0: it is not asked */
	bool wants_receipts;              /* a disposal certified by this entry or a later one is UNWITNESSED without */
	uint64_t receipts_from;
};

struct tsa_trust policy_stamp_trust(const struct policy *p, int64_t now);   /* borrowed */

/* ERR_NOTFOUND, ERR_CONFIG, ERR_SYNTAX in the name of the file. To be released. */
int policy_read(const char *path, struct policy *out, struct err *e);
void policy_release(struct policy *p);

/* One more, from a file, which may be a step to it (daicho-ledger(5), PROOFS): of somebody whom the auditor need not
 * trust (is_known false: a signed note is wanted), or of the auditor's own. ERR_CONFLICT: it is of another origin than
 * the one that is pinned. */
int policy_add_checkpoint(struct policy *p, const char *path, bool is_known, struct err *e);

/* ERR_CONFIG: the policy names nobody whose stamps are believed. */
int policy_add_stamp(struct policy *p, const char *path, struct err *e);

#endif
