/* Keys that were in other hands: what they signed until the ledger said so counted, and proves nothing by itself. */
#include <inttypes.h>
#include <string.h>

#include "ledger/query.h"
#include "ledger/verify_impl.h"

void verify_keys_note(struct verify *v, uint64_t seq, const struct verify_key *key)
{
	v->entries[seq].key = (uint16_t)(key - v->keys + 1);
}

/* The entries from `from` on that are signed by a key in other hands. */
static uint64_t count_doubted(const struct verify *v, const struct keyring *ring, const char *fpr, uint64_t from)
{
	uint64_t n = 0;
	for (uint64_t seq = from; seq < v->judged; seq++) {
		uint16_t key = v->entries[seq].key;
		n += key && strcmp(v->keys[key - 1].fpr, fpr) == 0 && keyring_doubts(ring, fpr, seq);
	}
	return n;
}

static bool is_last(const struct keyring *ring, size_t i)
{
	for (size_t j = i + 1; j < ring->count; j++)
		if (strcmp(ring->at[i].fpr, ring->at[j].fpr) == 0)
			return false;
	return true;
}

void verify_keys_judge(struct verify *v)
{
	const struct keyring *ring = history_keys(v->history);
	for (size_t i = 0; i < ring->count; i++) {
		const struct keyring_key *k = &ring->at[i];
		if (k->state != KEYRING_COMPROMISED || !is_last(ring, i))
			continue;
		uint64_t all = count_doubted(v, ring, k->fpr, 0), alone = count_doubted(v, ring, k->fpr, v->known);
		if (all)
			verify_remark(v, "key %s is compromised since entry %" PRIu64 ", says entry %" PRIu64 ": it signed %" PRIu64
			              " entries from there to there, which its signature does not prove; %" PRIu64 " of them lie "
			              "beyond the checkpoints that you name as known",
			              k->fpr, k->compromised_since, k->told_by, all, alone);
		if (alone)
			verify_lower(v, VERDICT_UNWITNESSED);
	}
}

struct jdoc *verify_keys_say(const struct verify *v)
{
	const struct keyring *ring = history_keys(v->history);
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < ring->count; i++)
		jdoc_append(list, query_key(&ring->at[i]));
	return list;
}
