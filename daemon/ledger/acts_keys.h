/*
 * Entries of kind key that the offline recovery key signs: the payload of the next entry is made and waits in the
 * ledger, its signature comes later. Others of this kind are acts as any (ledger/acts.h).
 */
#ifndef LEDGER_ACTS_KEYS_H
#define LEDGER_ACTS_KEYS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/index.h"
#include "ledger/ledger.h"
#include "model/note.h"

/* What fpr, a recovery key whose public key is `armor`, is to sign. One waits at a time; the note is taken over.
 * ERR_KEY: that key does not count; else as acts_make. */
int acts_keys_ask(struct ledger *l, struct note *note, const struct index_person *person, const char *fpr,
                  const char *armor, int64_t now, struct buf *out_payload, struct err *e);

/* Appends what waits, under this signature of it. *out: act document. ERR_CONFLICT: nothing waits, or the ledger has
 * gone on since; ERR_KEY: not a signature of that key over that payload. */
int acts_keys_finish(struct ledger *l, const char *armor, struct jdoc **out, struct err *e);

#endif
