/* The history of all leaves, and which entries it says were disposed of. */
#include <string.h>

#include "ledger/ledger_impl.h"
#include "model/commit.h"

struct telling {
	struct repo *repo;
	struct history *history;
	struct rules *rules;
	uint64_t end;
	ledger_leaf_fn *fn;
	void *ctx;
};

static struct history_class find_class(const struct rules *rules, const struct leaf *leaf)
{
	const struct rulebook_kind *k = rulebook_kind(rules->book, leaf->kind_name);
	return k ? (struct history_class){ k->retain, k->retain_from_closing } : (struct history_class){ 0, false };
}

static int tell(void *ctx, const struct oid *id, const char *raw, size_t len, struct err *e)
{
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	struct telling *t = ctx;
	struct commit commit;
	struct leaf leaf;
	if (history_size(t->history) == t->end)
		return ERR_OK;
	int rc = commit_parse(raw, len, &commit, &payload, &armor, e);
	if (!rc)
		rc = ledger_rules_at(t->repo, &commit.tree, &t->rules, e);
	if (!rc)
		rc = leaf_parse(commit.message, commit.message_len, &leaf, e);
	if (rc)
		return rc;
	struct hash hash = leaf_hash(commit.message, commit.message_len);
	if (t->fn)
		t->fn(t->ctx, id, &leaf);
	/* A leaf that breaks a rule is taken all the same, and is the verifier's to report. */
	history_rules(t->history, t->rules->book);
	rc = history_add(t->history, &leaf, &hash, find_class(t->rules, &leaf), e);
	leaf_release(&leaf);
	return rc == ERR_RULE ? ERR_OK : rc;
}

int ledger_history_read(struct repo *repo, const struct oid *head, uint64_t end, ledger_leaf_fn *fn, void *ctx,
                        struct history **out, struct err *e)
{
	struct telling t = { .repo = repo, .history = history_new(), .end = end, .fn = fn, .ctx = ctx };
	int rc = ledger_walk(repo, head, tell, &t, e);
	history_rules(t.history, NULL);
	rules_free(t.rules);
	if (rc)
		history_free(t.history);
	else
		*out = t.history;
	return rc;
}

int ledger_history(struct ledger *l, struct history **out, struct err *e)
{
	return ledger_history_read(l->repo, &l->chain.head, UINT64_MAX, NULL, NULL, out, e);
}

int ledger_mark_disposed(struct ledger *l, struct err *e)
{
	struct history *h;
	int rc = ledger_history(l, &h, e);
	if (rc)
		return rc;
	for (uint64_t seq = 0; !rc && seq < history_size(h); seq++) {
		struct history_entry entry;
		history_entry(h, seq, &entry);
		if (entry.disposed_by)
			rc = index_dispose(l->index, seq, entry.disposed_by, e);
	}
	history_free(h);
	return rc;
}
