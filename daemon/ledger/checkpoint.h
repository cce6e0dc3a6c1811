/*
 * Checkpoint: the head of an open ledger as a signed note (C2SP tlog-checkpoint), by its key of use checkpoint, whose
 * name is the origin.
 */
#ifndef LEDGER_CHECKPOINT_H
#define LEDGER_CHECKPOINT_H

#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/ledger.h"

/* {"format":"daicho.checkpoint.v1","origin","size","root","key":vkey,"head":{"commit","sha256" of the raw commit},
 * "checkpoint": the note}; to be freed. ERR_NOTFOUND: the ledger has no key for checkpoints; as of signing. */
int checkpoint_make(struct ledger *l, struct jdoc **out, struct err *e);

#endif
