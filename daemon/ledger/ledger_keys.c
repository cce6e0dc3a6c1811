/* Which keys of the ledger count, by its leaves alone. */
#include "ledger/ledger_impl.h"

struct reading {
	struct ledger *ledger;
	struct keyring keys;
};

static int take_entry(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct reading *r = ctx;
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct hash hash;
	struct leaf leaf;
	int rc = ledger_read_leaf(r->ledger->repo, &entry->commit, &raw, &leaf, &hash, e);
	if (rc)
		return rc;
	keyring_take(&r->keys, &leaf, entry->seq);
	leaf_release(&leaf);
	return ERR_OK;
}

int ledger_keys_read(struct ledger *l, struct keyring *out, struct err *e)
{
	const struct index_filter filter = { .kind = leaf_kind_name(LEAF_KEY) };
	struct reading r = { .ledger = l };
	struct index_entry genesis;
	int rc = index_entry(l->index, 0, &genesis, e);
	if (!rc)
		rc = take_entry(&r, &genesis, e);
	if (!rc)
		rc = index_list(l->index, &filter, take_entry, &r, e);
	if (rc) {
		keyring_release(&r.keys);
		return rc;
	}
	keyring_release(out);
	*out = r.keys;
	return ERR_OK;
}
