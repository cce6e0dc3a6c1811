/*
 * Keyring: which keys of a ledger count at which position, by the Key lines of its entries alone (daicho-ledger(5),
 * "KEYS"). Whoever has all entries of kinds genesis and key can make one.
 */
#ifndef MODEL_KEYRING_H
#define MODEL_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/leaf.h"

enum keyring_state { KEYRING_COUNTS, KEYRING_RETIRED, KEYRING_REVOKED, KEYRING_COMPROMISED, KEYRING_STATE_COUNT };

struct keyring_key {                 /* one addition */
	char fpr[LEAF_FPR_LEN + 1];
	enum leaf_key_use use;
	uint64_t from, until;        /* counts for from <= seq < until; until UINT64_MAX = still */
	enum keyring_state state;
	uint64_t told_by;            /* the entry that ended it, of a compromised key the one that says so */
	uint64_t compromised_since;  /* of a compromised key */
};

struct keyring {
	struct keyring_key *at;      /* in order of their additions */
	size_t count, cap;
};

void keyring_release(struct keyring *k);

/* May the leaf stand at seq? ERR_RULE. Kinds without Key lines may. */
int keyring_judge(const struct keyring *k, const struct leaf *leaf, uint64_t seq, struct err *e);

/* Takes it. A line that breaks a rule of keys does not make a key count. */
void keyring_take(struct keyring *k, const struct leaf *leaf, uint64_t seq);

/* Whether the key counts for an entry at position seq with this use. What a compromised key signed from `since` up to
 * the entry that says so counted when it was made, and is told by keyring_doubts. */
bool keyring_counts(const struct keyring *k, const char *fpr, enum leaf_key_use use, uint64_t seq);

/* Is seq one of the entries in which a signature by that key proves nothing: from the entry since which it is
 * compromised up to the one that says so? */
bool keyring_doubts(const struct keyring *k, const char *fpr, uint64_t seq);

/* The addition that ended last, of a key that counts neither for an entry at seq nor for a later one, though it did for
 * one before; NULL: there is none. What was signed by it of so many entries is no statement of the ledger. */
const struct keyring_key *keyring_ended(const struct keyring *k, const char *fpr, uint64_t seq);

/* The newest addition that counts at seq with this use, older than `before` (NULL: the newest of all); NULL: none. */
const struct keyring_key *keyring_newest(const struct keyring *k, enum leaf_key_use use, uint64_t seq,
                                         const struct keyring_key *before);

bool keyring_knows(const struct keyring *k, const char *fpr);
const char *keyring_state_word(enum keyring_state s);         /* "counts", "retired", "revoked", "compromised" */
const char *keyring_use_word(enum leaf_key_use use);          /* "entry", "archive", "checkpoint", "recovery" */
bool keyring_use_of(const char *word, enum leaf_key_use *out);
bool keyring_action_of(const char *word, enum leaf_key_action *out);

#endif
