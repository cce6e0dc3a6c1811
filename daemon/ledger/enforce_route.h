/* Inside of enforce: the order in which roles handle a matter. */
#ifndef LEDGER_ENFORCE_ROUTE_H
#define LEDGER_ENFORCE_ROUTE_H

#include "ledger/enforce.h"

/* Is the record the next step of the route, and not before the last one? *out_entry: the opening of the matter. A
 * record of a kind that is no step breaks nothing. */
int enforce_route_judge(const struct enforce_subject *s, const struct rulebook_route *route, bool *out_broken,
                        uint64_t *out_entry, struct err *e);

#endif
