/* Acknowledgements: a copy is made known by its name before it acknowledges anything, and one name is one copy. */
#include <inttypes.h>

#include "base/date.h"
#include "ledger/acts_impl.h"

static bool is_over(const struct acts_subject *s)
{
	return s->leaf->has_until && date_day_number(s->leaf->until) < date_day_number(date_of_time(s->now));
}

static int refuse_unknown(const struct leaf *leaf, struct err *e)
{
	err_set(e, ERR_NOTFOUND, "copy %s: the ledger knows none of this name today", leaf->copy);
	return err_next(e, "daicho mirror list tells which there are; a mirror is made known by daicho mirror push %s",
	                leaf->copy);
}

static int refuse_known(const struct history_copy *c, struct err *e)
{
	err_set(e, ERR_CONFLICT, "copy %s: the ledger knows another copy by this name, by entry %" PRIu64, c->name, c->by);
	return err_next(e, "give each copy a name of its own; when that one is destroyed: daicho mirror remove %s",
	                c->name);
}

static bool has_same_end(const struct history_copy *c, const struct leaf *leaf)
{
	return c->has_until == leaf->has_until &&
	       (!c->has_until || date_day_number(c->until) == date_day_number(leaf->until));
}

int acts_copy_judge(const struct acts_subject *s, struct err *e)
{
	const struct leaf *leaf = s->leaf;
	const struct history_copy *known = history_copy_named(s->view->history, leaf->copy);
	if (known && !history_copy_stands(known, s->now))
		known = NULL;
	if (is_over(s))
		return known ? ERR_OK : refuse_unknown(leaf, e);
	if (!leaf->copy_seq)
		return known ? refuse_known(known, e) : ERR_OK;
	if (!known)
		return refuse_unknown(leaf, e);
	return has_same_end(known, leaf) ? ERR_OK : refuse_known(known, e);
}
