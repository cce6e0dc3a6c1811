/*
 * Loss: reports that records were lost or destroyed by mistake 誤廃棄, entries of kind `correct-loss`. Nothing is made
 * good by them: what is MISSING stays so.
 */
#ifndef LEDGER_LOSS_H
#define LEDGER_LOSS_H

#include "base/buf.h"
#include "base/err.h"
#include "ledger/ledger.h"

/* Appends which records the ledger knows to be lost and no report names ("3, 7-12"); nothing when there are none. */
int loss_unreported(struct ledger *l, struct buf *out, struct err *e);

#endif
