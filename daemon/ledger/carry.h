/*
 * Carry: the turn of the year 繰越. With the first entry of a calendar year the volumes of the years before are closed,
 * and what stays open in them is attested (daicho-ledger(5), "YEARS"); nothing moves.
 */
#ifndef LEDGER_CARRY_H
#define LEDGER_CARRY_H

#include <stdint.h>

#include "base/err.h"
#include "ledger/ledger.h"

/* Makes the carry entries of the year of `now`, as one batch, unless it has them or there is nothing to say. Costs one
 * pass over all leaves in a year, and next to nothing when asked again. Where it fails before anything of the year was
 * accepted, l->carry_failed is set, and the ledger accepts nothing else until it is made. */
int carry_year(struct ledger *l, int64_t now, struct err *e);

#endif
