/*
 * Replay: what the ledger's own certificates (`dispose` entries) say was disposed of goes from a copy too: from a
 * mirror that holds records, and from a store that was restored. Judged by nothing but the leaves there; verify them
 * first.
 */
#ifndef LEDGER_DISPOSE_REPLAY_H
#define LEDGER_DISPOSE_REPLAY_H

#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/oid.h"
#include "model/keyring.h"
#include "model/leaf.h"

struct dispose_replayed {
	uint64_t seq;               /* last entry there */
	uint64_t done;              /* last entry up to which all is carried out: seq, but for what is unfinished */
	struct hash head;           /* leaf hash of `done` */
	uint64_t disposals;         /* certificates there */
	uint64_t unfinished;        /* the one that no entry completed: all that it names stays, for the run that goes on
	                             * with it where the ledger is served; 0 = none */
	uint64_t stopped;           /* history_stopped */
	uint64_t lacking;           /* records that the unfinished one names and that are not here */
	uint64_t went;              /* records that went now */
	struct leaf_range *missing; /* entries whose record is neither here nor disposed of */
	size_t missing_count;
	struct oid *gone;           /* commits of the entries whose record is disposed of for good, and of those that
	                             * completed it: what a mirror's hook is to know (ledger/mirror.h) */
	size_t gone_count;
	struct keyring keys;        /* of all entries there; owned */
};
void dispose_replayed_release(struct dispose_replayed *d);

/* folder: ledger.git and volumes/YEAR.git. Every year that holds something of a disposal is built anew without it,
 * checked and exchanged; then the proof of absence over the folder. *out is to be released. Killed anywhere, it is run
 * again. Nobody else may write there meanwhile. ERR_LEDGER. */
int dispose_replay(const char *folder, struct dispose_replayed *out, struct err *e);

/* Of a store, or of a copy that was made now of one, which holds nothing of a completed disposal: seq, done, head,
 * disposals, unfinished, stopped and gone alone; *out is to be released. folder: as above. ERR_NOTFOUND: no entry is
 * there. */
int dispose_replay_state(const char *folder, struct dispose_replayed *out, struct err *e);

#endif
