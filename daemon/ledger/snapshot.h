/*
 * Snapshot: one state of all refs, taken between two batches, so that entries and records agree; what comes in later
 * has no part in it. By the ids that it names a copy is made while the daemon goes on.
 */
#ifndef LEDGER_SNAPSHOT_H
#define LEDGER_SNAPSHOT_H

#include "base/err.h"
#include "base/oid.h"
#include "foreign/jdoc.h"
#include "ledger/ledger.h"

/* {"format":"daicho.snapshot.v1","seq","commit","leaf","volumes":[{"year","ref","commit"}]}, to be freed. */
int snapshot_say(struct ledger *l, struct jdoc **out, struct err *e);

/* Makes `to` (a new bare repository with the hooks of `from`) hold exactly what these commits reach, and sets the refs.
 * ERR_IO when one is no longer there: a disposal took it; take another snapshot. */
struct snapshot_ref {
	const char *name;
	struct oid commit;
};
int snapshot_copy(const char *from, const char *to, const struct snapshot_ref *refs, size_t count, struct err *e);

#endif
