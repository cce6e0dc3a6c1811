#include "model/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"

static const char *const actions[] = { "add", "retire", "revoke", "compromised" };
static const char *const uses[] = { "entry", "archive", "checkpoint", "recovery" };
static const char *const states[] = { N_("counts"), N_("retired"), N_("revoked"), N_("compromised") };

void keyring_release(struct keyring *k)
{
	free(k->at);
	*k = (struct keyring){ .count = 0 };
}

const char *keyring_state_word(enum keyring_state s)
{
	return states[s];
}

const char *keyring_use_word(enum leaf_key_use use)
{
	return uses[use];
}

bool keyring_use_of(const char *word, enum leaf_key_use *out)
{
	for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
		if (strcmp(uses[i], word) == 0) {
			*out = (enum leaf_key_use)i;
			return true;
		}
	return false;
}

bool keyring_action_of(const char *word, enum leaf_key_action *out)
{
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (strcmp(actions[i], word) == 0) {
			*out = (enum leaf_key_action)i;
			return true;
		}
	return false;
}

static bool has_keys(const struct leaf *leaf)
{
	return leaf->kind == LEAF_GENESIS || leaf->kind == LEAF_KEY;
}

static const struct keyring_key *find_last(const struct keyring *k, const char *fpr)
{
	for (size_t i = k->count; i-- > 0;)
		if (strcmp(k->at[i].fpr, fpr) == 0)
			return &k->at[i];
	return NULL;
}

bool keyring_knows(const struct keyring *k, const char *fpr)
{
	return find_last(k, fpr) != NULL;
}

static int refuse(const struct leaf_key *key, uint64_t seq, const char *why, struct err *e)
{
	return err_set(e, ERR_RULE, "entry %llu: Key %s %s: %s (daicho-ledger(5), %s)", (unsigned long long)seq,
	               actions[key->action], key->fpr, lang_text(why), "KEYS");
}

static int judge_key(const struct keyring *k, const struct leaf_key *key, uint64_t seq, struct err *e)
{
	const struct keyring_key *known = find_last(k, key->fpr);
	if (known && known->use != key->use)
		return refuse(key, seq, N_("that key has another use"), e);
	if (key->action == LEAF_KEY_ADD) {
		if (known && known->state == KEYRING_COMPROMISED)
			return refuse(key, seq, N_("that key is compromised"), e);
		if (known && known->state == KEYRING_COUNTS)
			return refuse(key, seq, N_("that key counts already"), e);
		return ERR_OK;
	}
	if (!known)
		return refuse(key, seq, N_("the ledger has no such key"), e);
	if (key->action == LEAF_KEY_COMPROMISED && key->since > seq)
		return err_set(e, ERR_RULE,
		               "entry %llu: Key compromised %s: entry %llu is not made yet (daicho-ledger(5), KEYS)",
		               (unsigned long long)seq, key->fpr, (unsigned long long)key->since);
	return ERR_OK;
}

int keyring_judge(const struct keyring *k, const struct leaf *leaf, uint64_t seq, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && has_keys(leaf) && i < leaf->keys_count; i++)
		rc = judge_key(k, &leaf->keys[i], seq, e);
	return rc;
}

static void add_key(struct keyring *k, const struct leaf_key *key, uint64_t seq)
{
	if (k->count == k->cap) {
		k->cap = k->cap ? k->cap * 2 : 8;
		k->at = mem_grow(k->at, k->cap, sizeof *k->at);
	}
	struct keyring_key *new = &k->at[k->count++];
	*new = (struct keyring_key){ .use = key->use, .from = seq ? seq + 1 : 0, .until = UINT64_MAX };
	memcpy(new->fpr, key->fpr, sizeof new->fpr);
}

/* Once compromised a key stays that, and an earlier end stays the end. */
static void end_key(struct keyring *k, const struct leaf_key *key, uint64_t seq)
{
	bool compromised = key->action == LEAF_KEY_COMPROMISED;
	uint64_t until = compromised ? key->since : seq + 1;
	for (size_t i = 0; i < k->count; i++) {
		struct keyring_key *x = &k->at[i];
		if (strcmp(x->fpr, key->fpr) != 0)
			continue;
		if (x->until > until)
			x->until = until;
		if (compromised && (x->state != KEYRING_COMPROMISED || x->compromised_since > key->since))
			x->compromised_since = key->since;
		if (compromised || x->state == KEYRING_COUNTS) {
			x->state = compromised ? KEYRING_COMPROMISED
			         : key->action == LEAF_KEY_REVOKE ? KEYRING_REVOKED : KEYRING_RETIRED;
			x->told_by = seq;
		}
	}
}

void keyring_take(struct keyring *k, const struct leaf *leaf, uint64_t seq)
{
	for (size_t i = 0; has_keys(leaf) && i < leaf->keys_count; i++) {
		if (leaf->keys[i].action != LEAF_KEY_ADD)
			end_key(k, &leaf->keys[i], seq);
		else if (!judge_key(k, &leaf->keys[i], seq, NULL))
			add_key(k, &leaf->keys[i], seq);
	}
}

bool keyring_counts(const struct keyring *k, const char *fpr, enum leaf_key_use use, uint64_t seq)
{
	for (size_t i = 0; i < k->count; i++) {
		const struct keyring_key *x = &k->at[i];
		if (x->use == use && x->from <= seq && seq < x->until && strcmp(x->fpr, fpr) == 0)
			return true;
	}
	return false;
}

bool keyring_doubts(const struct keyring *k, const char *fpr, uint64_t seq)
{
	const struct keyring_key *x = find_last(k, fpr);
	return x && x->state == KEYRING_COMPROMISED && x->compromised_since <= seq && seq <= x->told_by;
}

const struct keyring_key *keyring_ended(const struct keyring *k, const char *fpr, uint64_t seq)
{
	const struct keyring_key *last = NULL;
	for (size_t i = 0; i < k->count; i++) {
		const struct keyring_key *x = &k->at[i];
		if (strcmp(x->fpr, fpr) != 0)
			continue;
		if (x->until > seq)
			return NULL;
		if (!last || x->until >= last->until)
			last = x;
	}
	return last;
}

const struct keyring_key *keyring_newest(const struct keyring *k, enum leaf_key_use use, uint64_t seq,
                                         const struct keyring_key *before)
{
	for (size_t i = before ? (size_t)(before - k->at) : k->count; i-- > 0;)
		if (k->at[i].use == use && k->at[i].from <= seq && seq < k->at[i].until)
			return &k->at[i];
	return NULL;
}
