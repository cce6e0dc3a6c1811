/* A clock entry clears the doubt of the moment, so that records are taken again, or an older one. */
#include <inttypes.h>

#include "ledger/acts_impl.h"
#include "ledger/clock.h"

int acts_clock_judge(const struct acts_subject *s, struct err *e)
{
	struct clock_doubt doubt;
	int rc = clock_doubt_find(s->ledger, s->now, &doubt, e);
	if (rc || !doubt.is_there || s->leaf->on[0].last == doubt.last)
		return rc;
	err_set(e, ERR_RULE, "entries: the last entry, %" PRIu64 ", is not among them, so the clock would stay in doubt",
	        doubt.last);
	return err_next(e, "daicho clock says which ones have to be named");
}
