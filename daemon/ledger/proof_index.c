/* The log out of the index of its store: a hash for each entry is read there, in place of a commit. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/index.h"
#include "ledger/ledger_impl.h"
#include "ledger/proof_impl.h"
#include "model/commit.h"
#include "model/merkle.h"

#define KEY_KIND "key"

static int take_leaf(void *ctx, const struct index_brief *entry, struct err *e)
{
	struct proof_log *l = ctx;
	if (entry->seq != l->size)
		return err_set(e, ERR_SYNTAX, "index: an entry is missing");
	proof_log_add(l, &entry->commit, &entry->leaf);
	return ERR_OK;
}

/* The keeper may have gone on while it was read, or may still have to bring it up: what goes beyond head is left out,
 * and what lacks comes after it. */
static bool meets(struct proof_log *l, const struct oid *head)
{
	struct oid *ids = NULL;
	size_t count = 0;
	bool is_met = false;
	uint64_t size = l->size;
	while (size && !oid_is_equal(&l->commits[size - 1], head))
		size--;
	if (size) {
		l->size = size;
		return true;
	}
	if (!l->size || ledger_ancestors(l->repo, head, &l->commits[l->size - 1], &ids, &count, &is_met, NULL))
		return false;
	free(ids);
	return is_met;
}

static int read_leaf(const struct proof_log *l, uint64_t seq, struct leaf *out, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	const char *text;
	size_t len;
	int rc = proof_leaf_text(l, seq, &raw, &text, &len, e);
	if (!rc)
		rc = leaf_parse(text, len, out, e);
	if (rc == ERR_FORMAT)
		leaf_release(out);
	return rc;
}

/* Its Root is over all the others. */
static bool check_last(struct proof_log *l)
{
	struct leaf last;
	if (read_leaf(l, l->size - 1, &last, NULL))
		return false;
	struct hash root = merkle_root_of(l->leaves, (size_t)l->size - 1);
	bool fits = last.seq == l->size - 1 && hash_is_equal(&last.root, &root);
	memcpy(l->origin, last.origin, sizeof l->origin);
	leaf_release(&last);
	return fits;
}

static int take_keys(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct proof_log *l = ctx;
	struct leaf leaf;
	int rc = entry->seq < l->size ? read_leaf(l, entry->seq, &leaf, e) : ERR_OK;
	if (rc || entry->seq >= l->size)
		return rc;
	keyring_take(&l->keys, &leaf, entry->seq);
	leaf_release(&leaf);
	return ERR_OK;
}

static bool read_keys(struct proof_log *l, struct index *ix)
{
	const struct index_entry genesis = { .seq = 0 };
	const struct index_filter filter = { .kind = KEY_KIND };
	return take_keys(l, &genesis, NULL) == ERR_OK && index_list(ix, &filter, take_keys, l, NULL) == ERR_OK;
}

static void forget(struct proof_log *l)
{
	keyring_release(&l->keys);
	l->size = 0;
}

bool proof_index_read(struct proof_log *l, const struct oid *head, struct oid *out_last)
{
	MEM_CLEANUP char *path = file_path(l->store, "index.db");
	struct index *ix = file_exists(path) ? index_open_readonly(path, NULL) : NULL;
	bool done = ix && index_briefs(ix, take_leaf, l, NULL) == ERR_OK && meets(l, head) && check_last(l) &&
	            read_keys(l, ix);
	index_close(ix);
	if (done)
		*out_last = l->commits[l->size - 1];
	else
		forget(l);
	return done;
}
