/* Files of keys change as Key lines say. Keys that were in other hands: what they signed until the ledger said so
 * counted, and proves nothing by itself. */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/query.h"
#include "ledger/verify_impl.h"
#include "model/pgpsig.h"

#define FOLDER "keys/"

static bool is_key_file(const struct rules_file *f)
{
	return strncmp(f->path, FOLDER, strlen(FOLDER)) == 0;
}

static bool is_file_of(const struct rules_file *f, const char *fpr)
{
	MEM_CLEANUP char *path = mem_printf(FOLDER "%s.asc", fpr);
	return strcmp(f->path, path) == 0;
}

/* What the ledger signed with stays, so that what it signed can be judged. */
static void judge_kept(struct verify *v, uint64_t seq, const struct rules *before, const struct rules *rules)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct rules_file *was = &before->files[i];
		const struct rules_file *is = is_key_file(was) ? rules_file(rules, was->path) : was;
		if (!is)
			verify_fault(v, seq, VERDICT_BROKEN, "rule book: %s: is there no more", was->path);
		else if (is->len != was->len || memcmp(is->bytes, was->bytes, is->len) != 0)
			verify_fault(v, seq, VERDICT_BROKEN, "rule book: %s: is not what it was", was->path);
	}
}

/* Whose key it is: one that a Key line adds, or the recovery key by which the entry itself is signed. NULL: neither. */
static const char *find_reason(const struct verify *v, uint64_t seq, const struct leaf *leaf, const char *signer,
                               const struct rules_file *f)
{
	for (size_t i = 0; i < leaf->keys_count; i++) {
		const struct leaf_key *k = &leaf->keys[i];
		if (k->action == LEAF_KEY_ADD && k->use != LEAF_USE_RECOVERY && is_file_of(f, k->fpr))
			return k->fpr;
	}
	bool is_recovery = leaf->kind == LEAF_KEY && is_file_of(f, signer) &&
	                   history_key_counts(v->history, signer, LEAF_USE_RECOVERY, seq);
	return is_recovery ? signer : NULL;
}

static void judge_new(struct verify *v, uint64_t seq, const struct leaf *leaf, const char *signer,
                      const struct rules_file *f)
{
	const char *fpr = find_reason(v, seq, leaf, signer, f);
	struct err why = ERR_INIT;
	if (!fpr)
		verify_fault(v, seq, VERDICT_BROKEN, "rule book: %s: no Key line adds it", f->path);
	else if (pgpsig_check_key(f->bytes, f->len, fpr, leaf->origin, &why))
		verify_fault(v, seq, VERDICT_BROKEN, "rule book: %s: %s", f->path, why.text);
}

static void judge_added(struct verify *v, uint64_t seq, const struct leaf_key *k, const struct rules *rules)
{
	MEM_CLEANUP char *path = mem_printf(FOLDER "%s.asc", k->fpr);
	if (k->action == LEAF_KEY_ADD && k->use != LEAF_USE_RECOVERY && !rules_file(rules, path))
		verify_fault(v, seq, VERDICT_BROKEN, "rule book: %s: not there", path);
}

void verify_keys_tree(struct verify *v, uint64_t seq, const struct leaf *leaf, const struct verify_signed *s,
                      const struct rules *rules)
{
	const struct rules *before = seq ? v->books[v->entries[seq - 1].book].rules : NULL;
	struct pgpsig sig;
	if (!before || !rules || (leaf->kind != LEAF_KEY && leaf->kind != LEAF_RULES))
		return;
	if (!s->armor_len || pgpsig_parse(s->armor, s->armor_len, &sig, NULL))
		sig.fpr[0] = '\0';
	judge_kept(v, seq, before, rules);
	for (size_t i = 0; i < rules->count; i++)
		if (is_key_file(&rules->files[i]) && !rules_file(before, rules->files[i].path))
			judge_new(v, seq, leaf, sig.fpr, &rules->files[i]);
	for (size_t i = 0; leaf->kind == LEAF_KEY && i < leaf->keys_count; i++)
		judge_added(v, seq, &leaf->keys[i], rules);
}

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
