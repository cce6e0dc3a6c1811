#include "ledger/loss.h"

#include <stdlib.h>

#include "base/mem.h"

struct reports {
	struct ledger *ledger;
	struct leaf_target *at;
	size_t count;
};

static int take_report(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct reports *r = ctx;
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct hash hash;
	struct leaf leaf;
	int rc = ledger_read_leaf(r->ledger->repo, &entry->commit, &raw, &leaf, &hash, e);
	for (size_t i = 0; !rc && i < leaf.on_count; i++) {
		r->at = mem_grow(r->at, r->count + 1, sizeof *r->at);
		r->at[r->count++] = leaf.on[i];
	}
	if (!rc)
		leaf_release(&leaf);
	return rc;
}

static bool is_reported(const struct reports *r, const struct index_entry *entry)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct leaf_target *t = &r->at[i];
		if (t->type == LEAF_ON_VOLUME ? leaf_volume_compare(&t->volume, &entry->volume) == 0
		                              : t->first <= entry->seq && entry->seq <= t->last)
			return true;
	}
	return false;
}

static int add_unreported(const struct reports *r, struct buf *out, struct err *e)
{
	const struct ledger *l = r->ledger;
	struct leaf_range *left = NULL;
	size_t count = 0;
	int rc = ERR_OK;
	for (size_t i = 0; i < l->lost_count; i++)
		for (uint64_t seq = l->lost[i].first; !rc && seq <= l->lost[i].last; seq++) {
			struct index_entry entry;
			rc = index_entry(l->index, seq, &entry, e);
			if (rc || is_reported(r, &entry))
				continue;
			if (count && left[count - 1].last + 1 == seq) {
				left[count - 1].last = seq;
				continue;
			}
			left = mem_grow(left, count + 1, sizeof *left);
			left[count++] = (struct leaf_range){ seq, seq };
		}
	if (!rc)
		ledger_lost_print(left, count, out);
	free(left);
	return rc;
}

int loss_unreported(struct ledger *l, struct buf *out, struct err *e)
{
	struct reports r = { .ledger = l };
	const struct index_filter all = { .kind = leaf_kind_name(LEAF_CORRECT_LOSS) };
	if (!l->lost_count)
		return ERR_OK;
	int rc = index_list(l->index, &all, take_report, &r, e);
	if (!rc)
		rc = add_unreported(&r, out, e);
	free(r.at);
	return rc;
}
