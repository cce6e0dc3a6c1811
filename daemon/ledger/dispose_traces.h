/*
 * Traces of records that are destroyed without an archive: ids and salts, by which their absence is proved. A run that
 * was stopped while they went finds them nowhere else, so they stand in a file beside the archives, NAME.traces, which
 * is outside of what is searched: from before the certificate until the records are proved to be gone.
 */
#ifndef LEDGER_DISPOSE_TRACES_H
#define LEDGER_DISPOSE_TRACES_H

#include "base/err.h"
#include "base/hash.h"
#include "ledger/dispose_impl.h"
#include "ledger/ledger.h"

/* Reads all records of the set, each checked against what its entry signed, and writes the file, durably. ERR_LEDGER:
 * one was changed, or is not there. Fills s->traces. */
int dispose_traces_make(struct ledger *l, int base_year, const struct hash *plan, struct dispose_set *s, struct err *e);

/* From the file. ERR_NOTFOUND, ERR_LEDGER. */
int dispose_traces_read(struct ledger *l, int base_year, const struct hash *plan, struct dispose_set *s, struct err *e);

/* All such files: none is wanted but while a disposal is under way. Fine when there is none. */
int dispose_traces_remove(struct ledger *l, struct err *e);

#endif
