/*
 * Whether a proof of one entry (ledger/proof.h), or of the consistency of two checkpoints, is right: from its bytes and
 * the keys that one trusts, with nothing else at hand. Call it in a process that may die.
 *
 * What is wrong with what is proved is a finding, and the verdict says what it comes to; an error means that the bytes
 * are no proof at all, or that no key was given. Nothing is VALID whose checkpoint no trusted key has signed.
 */
#ifndef LEDGER_PROOF_CHECK_H
#define LEDGER_PROOF_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "foreign/jdoc.h"
#include "ledger/policy.h"
#include "model/tlog_checkpoint.h"
#include "model/tlog_policy.h"
#include "model/verdict.h"

struct proof_check_options {
	const struct tlog_note_key *log;     /* pinned key of checkpoints; NULL: those of the policy alone */
	const struct tlog_policy *policy;    /* witnesses, and logs whose name is the origin; NULL: none are asked for */
	const char *origin;                  /* pinned; NULL: the keys alone say which ledger it is */
	const struct hash *genesis;          /* pinned leaf hash of entry 0; NULL: likewise */
	const char *fpr;                     /* pinned key of entries; NULL: who signed the entry is told, not judged */
	const struct policy_checkpoint *seen; size_t seen_count;   /* none that is known may contradict the checkpoint */
	int64_t since, until;                /* cosignatures from before or after do not count: 0, TLOG_NOTE_TIME_MAX */
};

/* {"format":"daicho.proof-check.v1","verdict","origin","index","size","root",
 *  "checkpoint":{"key","state":good|bad|absent},
 *  "witnesses":null or {"met","good","wanted","outside","oldest","newest"},
 *  "leaf":null or {"hash","text","kind","time","volume"},
 *  "record":{"state":present|absent|altered|none,"text" of what is present, once nothing is wrong},
 *  "commit":{"state":good|bad|unchecked|absent,"fpr" where good,"pinned" where a key is pinned, too},
 *  "findings":[text...]} ; to be freed. ERR_SYNTAX, ERR_TOOBIG, ERR_USAGE. */
int proof_check(const char *bytes, size_t len, const struct proof_check_options *o, struct jdoc **out,
                enum verdict *out_verdict, struct err *e);

/* That the later checkpoint of a request (proof_consistency, with that checkpoint behind it) goes on from the older.
 * old_note: the older one as it was signed; NULL: who asks vouches for it. Witnesses are asked for of the later one.
 * {"format":"daicho.consistency-check.v1","verdict","origin","old":{"size","root","checkpoint" or null},
 *  "new":{"size","root","checkpoint"},"witnesses","findings"} */
int proof_check_consistency(const struct tlog_checkpoint *old, const struct tlog_note *old_note, const char *request,
                            size_t len, const struct proof_check_options *o, struct jdoc **out,
                            enum verdict *out_verdict, struct err *e);

#endif
