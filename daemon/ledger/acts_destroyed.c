#include <string.h>

#include "ledger/acts_impl.h"
#include "ledger/append.h"
#include "ledger/dispose_archives.h"

static const struct dispose_archive *find(const struct dispose_archives *all, uint64_t dispose)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->at[i].dispose == dispose)
			return &all->at[i];
	return NULL;
}

/* More than this the keeper can't see: what the disk did with the blocks is known to who keeps the disk. */
static int check_level(const struct leaf *leaf, struct err *e)
{
	return leaf->level == LEAF_LEVEL_IDS_ABSENT
		? ERR_OK : err_set(e, ERR_RULE, "destroyed: level: ids-absent is all that is proved here");
}

/* The entry says that it was done, so it is done before: the last of what may refuse. Stopped in between, the same
 * motion is seconded again. */
int acts_destroyed(const struct acts_subject *s, struct err *e)
{
	struct dispose_archives all;
	int rc = check_level(s->leaf, e);
	if (!rc)
		rc = append_clock_check(s->ledger, s->now, e);
	if (!rc)
		rc = dispose_archives_read(s->ledger, &all, e);
	if (rc)
		return rc;
	const struct dispose_archive *a = find(&all, s->leaf->on[0].first);
	rc = a ? dispose_archives_destroy(s->ledger, a, e)
	       : err_set(e, ERR_RULE, "destroyed: that entry disposed of nothing that was archived");
	dispose_archives_release(&all);
	return rc;
}
