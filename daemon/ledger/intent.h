/*
 * Intent: what the batch in flight will write, in one file of the store that is overwritten in place: a first line with
 * length and SHA-256 of the rest, so that a half written one is known and means that its batch wrote nothing yet. It is
 * marked done when the batch stands in the ledger: from then on an older ledger is a cut one, and no reason to delete.
 *
 *   daicho-intent 1 open|done <bytes> sha256:<...>
 *   head <commit of the ledger before the batch>
 *   commit <seq> <commit>                        each entry, in order
 *   note <year> <blob>                           each note and attachment
 *   ref <volume> <notes commit before or -> <notes commit after>
 */
#ifndef LEDGER_INTENT_H
#define LEDGER_INTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/oid.h"
#include "ledger/volume.h"

struct intent_blob {
	int year;
	struct oid id;
};

struct intent {
	bool done;
	struct oid head;
	uint64_t first;                                      /* Seq of the first entry */
	struct oid *commits;        size_t commits_count;    /* of entries first, first + 1, ... */
	struct intent_blob *blobs;  size_t blobs_count;
	struct volume_ref *refs;    size_t refs_count;
};

void intent_add_commit(struct intent *i, const struct oid *commit);
void intent_add_blob(struct intent *i, int year, const struct oid *id);
void intent_add_ref(struct intent *i, const struct volume_ref *ref);
void intent_release(struct intent *i);

int intent_write(const char *path, const struct intent *i, struct err *e);
int intent_sync(const char *path, struct err *e);                            /* what was written is durable */
/* After the ref has moved. Not synced: what a power cut takes back is told by the ledger's head. */
int intent_finish(const char *path, struct err *e);
/* *out_whole is false when there is none, or a half written one; else out is to be released. */
int intent_read(const char *path, bool *out_whole, struct intent *out, struct err *e);

#endif
