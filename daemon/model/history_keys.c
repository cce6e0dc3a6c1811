/* Which keys count at which position. What a compromised key is said to have signed before `since` goes on to count. */
#include "model/history_data.h"

#include <string.h>

#define SECTION "KEYS"

static const char *const ACTION[] = { "add", "retire", "revoke", "compromised" };

static bool has_keys(const struct leaf *leaf)
{
	return leaf->kind == LEAF_GENESIS || leaf->kind == LEAF_KEY;
}

static const struct history_key *find_key(const struct history *h, const char *fpr)
{
	for (uint64_t i = h->keys_count; i-- > 0;)
		if (strcmp(h->keys[i].fpr, fpr) == 0)
			return &h->keys[i];
	return NULL;
}

static int judge_key(const struct history *h, const struct leaf_key *k, struct err *e)
{
	const struct history_key *known = find_key(h, k->fpr);

	if (known && known->use != k->use)
		return history_fault(e, SECTION, h->size, "Key %s %s: that key has another use", ACTION[k->action],
		                     k->fpr);
	if (k->action == LEAF_KEY_ADD) {
		if (known && known->compromised)
			return history_fault(e, SECTION, h->size, "Key add %s: that key is compromised", k->fpr);
		if (known && known->until == UINT64_MAX)
			return history_fault(e, SECTION, h->size, "Key add %s: that key counts already", k->fpr);
		return ERR_OK;
	}
	if (!known)
		return history_fault(e, SECTION, h->size, "Key %s %s: the ledger has no such key", ACTION[k->action],
		                     k->fpr);
	if (k->action == LEAF_KEY_COMPROMISED && k->since > h->size)
		return history_fault(e, SECTION, h->size, "Key compromised %s: entry %llu is not made yet", k->fpr,
		                     (unsigned long long)k->since);
	return ERR_OK;
}

int history_keys_judge(const struct history *h, const struct leaf *leaf, struct err *e)
{
	for (size_t i = 0; has_keys(leaf) && i < leaf->keys_count; i++) {
		int rc = judge_key(h, &leaf->keys[i], e);

		if (rc)
			return rc;
	}
	return ERR_OK;
}

static void add_key(struct history *h, const struct leaf_key *k)
{
	struct history_key *new;

	history_reserve(&h->keys, &h->keys_cap, h->keys_count + 1, sizeof(*h->keys));
	new = &h->keys[h->keys_count++];
	*new = (struct history_key){ .use = k->use, .from = h->size ? h->size + 1 : 0, .until = UINT64_MAX };
	memcpy(new->fpr, k->fpr, sizeof(new->fpr));
}

static void end_key(struct history *h, const struct leaf_key *k)
{
	bool compromised = k->action == LEAF_KEY_COMPROMISED;
	uint64_t until = compromised ? k->since : h->size + 1;

	for (uint64_t i = 0; i < h->keys_count; i++) {
		if (strcmp(h->keys[i].fpr, k->fpr) != 0)
			continue;
		if (h->keys[i].until > until)
			h->keys[i].until = until;
		h->keys[i].compromised |= compromised;
	}
}

/* A key that breaks a rule of keys does not come to count. */
void history_keys_take(struct history *h, const struct leaf *leaf)
{
	for (size_t i = 0; has_keys(leaf) && i < leaf->keys_count; i++) {
		if (leaf->keys[i].action != LEAF_KEY_ADD)
			end_key(h, &leaf->keys[i]);
		else if (!judge_key(h, &leaf->keys[i], NULL))
			add_key(h, &leaf->keys[i]);
	}
}

bool history_key_counts(const struct history *h, const char *fpr, enum leaf_key_use use, uint64_t seq)
{
	for (uint64_t i = 0; i < h->keys_count; i++) {
		const struct history_key *k = &h->keys[i];

		if (k->use == use && k->from <= seq && seq < k->until && strcmp(k->fpr, fpr) == 0)
			return true;
	}
	return false;
}
