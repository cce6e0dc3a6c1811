/* The keys of the ledger, by its leaves. */
#include "ledger/query.h"

static struct jdoc *or_null(bool is, uint64_t n)
{
	return is ? jdoc_integer((int64_t)n) : jdoc_null();
}

struct jdoc *query_key(const struct keyring_key *k)
{
	struct jdoc *d = jdoc_object();
	bool compromised = k->state == KEYRING_COMPROMISED, ended = k->state != KEYRING_COUNTS;
	jdoc_set_string(d, "fpr", k->fpr);
	jdoc_set_string(d, "use", keyring_use_word(k->use));
	jdoc_set_string(d, "state", keyring_state_word(k->state));
	jdoc_set_integer(d, "from", (int64_t)k->from);
	jdoc_set(d, "until", or_null(k->until != UINT64_MAX && k->until, k->until - 1));
	jdoc_set(d, "told_by", or_null(ended, k->told_by));
	jdoc_set(d, "compromised_since", or_null(compromised, k->compromised_since));
	return d;
}

static struct jdoc *say_key(const struct ledger *l, const struct keyring_key *k)
{
	BUF_CLEANUP struct buf vkey = BUF_INIT;
	struct jdoc *d = query_key(k);
	struct tlog_note_key key;
	if (k->use != LEAF_USE_CHECKPOINT || !rules_vkey(l->rules, l->chain.origin, k->fpr, &key))
		return d;
	tlog_note_key_print(&key, &vkey);
	jdoc_set_string(d, "vkey", buf_str(&vkey));
	return d;
}

struct jdoc *query_keys(const struct ledger *l)
{
	struct jdoc *d = jdoc_object(), *list = jdoc_array();
	for (size_t i = 0; i < l->keys.count; i++)
		jdoc_append(list, say_key(l, &l->keys.at[i]));
	jdoc_set_string(d, "format", "daicho.keys.v1");
	jdoc_set(d, "keys", list);
	return d;
}
