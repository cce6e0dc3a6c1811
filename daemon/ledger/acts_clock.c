/* A clock entry names what there is to attest, no more and no less: it sets the year that counts for its entries. Where
 * the clock was slow, that is a later year, for as many of the entries before as two persons know of: what is kept
 * longer is not kept too short. */
#include <inttypes.h>

#include "ledger/acts_impl.h"
#include "ledger/clock.h"

static bool is_named(const struct clock_doubt *d, const struct leaf *leaf)
{
	const struct leaf_target *t = &leaf->on[0];
	bool is_it = t->first == d->first && leaf->counts == d->counts;
	bool was_slow = t->first <= d->first && leaf->counts > d->counts;
	return d->is_named && leaf->on_count == 1 && t->last == d->last && (is_it || was_slow);
}

int acts_clock_judge(const struct acts_subject *s, struct err *e)
{
	struct clock_doubt doubt;
	int rc = clock_doubt_find(s->ledger, s->now, &doubt, e);
	if (rc || is_named(&doubt, s->leaf))
		return rc;
	err_set(e, ERR_RULE, "entries: these, for which %d counts, are not what there is to attest", s->leaf->counts);
	if (!doubt.is_named)
		return err_next(e, "there is nothing to attest");
	if (doubt.first == doubt.last)
		return err_next(e, "daicho clock attest --entries %" PRIu64 " --counts %d", doubt.first, doubt.counts);
	return err_next(e, "daicho clock attest --entries %" PRIu64 "-%" PRIu64 " --counts %d", doubt.first, doubt.last,
	                doubt.counts);
}
