/*
 * Judge: what a witness answers to a checkpoint that is submitted to it (C2SP tlog-witness, add-checkpoint). Pure: who
 * keeps what was cosigned last is witness/state.h, who answers witness/submit.h.
 */
#ifndef WITNESS_JUDGE_H
#define WITNESS_JUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/tlog_checkpoint.h"

enum judge_finding {
	JUDGE_COSIGN,        /* it continues what was cosigned last, or is the same */
	JUDGE_MALFORMED,     /* no request of this protocol, or its old size is above the checkpoint's */
	JUDGE_UNKNOWN,       /* of a log that is not watched */
	JUDGE_UNSIGNED,      /* no key of that log has signed it, or a signature of one is wrong */
	JUDGE_STALE,         /* its old size is not what was cosigned last */
	JUDGE_CONTRADICTION, /* the size that was cosigned last, with another root: two statements of the log convict it */
	JUDGE_UNPROVEN,      /* the proof does not show that it continues what was cosigned last */
	JUDGE_SUPERFLUOUS,   /* it has a proof where none is to be: from nothing, or from the same size */
	JUDGE_COUNT
};

struct judge_log {
	const struct tlog_note_key *keys; size_t keys_count;
	uint64_t size;                   /* of the checkpoint that was cosigned last; 0: none was, or an empty one */
	struct hash root;                /* unset when size is 0 */
};

/* Of a checkpoint of that log's origin; everything but JUDGE_MALFORMED of what can't be read, and JUDGE_UNKNOWN. */
enum judge_finding judge_checkpoint(const struct judge_log *l, const struct tlog_checkpoint_request *q,
                                    const struct tlog_note *n, const struct tlog_checkpoint *c);

unsigned judge_http(enum judge_finding f);           /* the status that the protocol wants */
enum err_code judge_code(enum judge_finding f);      /* ERR_OK for JUDGE_COSIGN */

#endif
