/*
 * Verify: judges a repository from its raw bytes and the pins alone, shares no state with the daemon, changes nothing.
 * Works on a store, a bare repository or a clone. Call it in a process that may die.
 */
#ifndef LEDGER_VERIFY_H
#define LEDGER_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/policy.h"
#include "ledger/store.h"
#include "model/verdict.h"

struct verify_options {
	const struct store_pins *pins;   /* origin, genesis, entry key */
	const struct policy *policy;     /* what else is trusted and asked for; NULL: nothing. Its pins are not looked at */
	int64_t now;                     /* for the policy's ages, seconds since 1970; 0: of this moment */
	bool ledger_only;                /* bodies are not asked for */
	bool takes_unfinished;           /* a disposal that is not completed lowers no verdict: it is a remark alone */
	bool by_gpg;                     /* GPGME judges every signature of an entry too, not a sample of them */
	const struct leaf_range *lost; size_t lost_count;   /* entries whose records are known to be lost, ascending: that
	                                  * they are not there is no fault, but a remark; all else of them is judged */
	bool asks_overdue; unsigned overdue_days;   /* what expired longer ago is OVERDUE; not asked: a remark alone */
	uint64_t faults_max;             /* most faults listed; 0 = 100 */
	void (*progress)(void *ctx, uint64_t done, uint64_t total); void *progress_ctx;   /* may be NULL */
};

struct verify_result {
	enum verdict verdict;
	uint64_t entries;
	uint64_t states[VERDICT_STATE_COUNT];
	struct hash last_leaf;           /* checkpoint: size = entries, root over all leaves */
	struct hash root;
	struct jdoc *doc;                /* {"format":"daicho.verify.v1",...,"faults":[{"seq","state","reason"}..]}; free.
	                                  * "evidence": of two histories, each signed (ledger/evidence.h); absent else */
};

/* The first fault is named by entry. Returns an error only when nothing could be judged (no repository, out of limits);
 * out is then unset. */
int verify_repository(const char *path, const struct verify_options *o, struct verify_result *out, struct err *e);

/* Of what nothing can be judged of, since it is a part of something that is not here: INCOMPLETE, with that remark. */
void verify_part(const struct verify_options *o, const char *remark, struct verify_result *out);

#endif
