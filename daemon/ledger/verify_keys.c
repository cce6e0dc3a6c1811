/* Files of keys change as Key lines say. Keys that were in other hands: what they signed until the ledger said so
 * counted, and proves nothing by itself. */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/query.h"
#include "ledger/verify_impl.h"
#include "model/pgpsig.h"
#include "model/tlog_note.h"

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

/* From `from` on. */
static uint64_t count_doubted(const struct verify *v, const struct keyring_key *k, uint64_t from)
{
	const struct keyring *ring = history_keys(v->history);
	uint64_t n = 0, seq = k->compromised_since > from ? k->compromised_since : from;
	for (; seq < v->judged && keyring_doubts(ring, k->fpr, seq); seq++) {
		uint16_t key = v->entries[seq].key;
		n += key && strcmp(v->keys[key - 1].fpr, k->fpr) == 0;
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

/* Of a key that signs entries. */
static void judge_signer(struct verify *v, const struct keyring_key *k)
{
	uint64_t all = count_doubted(v, k, 0), alone = count_doubted(v, k, v->known);
	if (all || k->use == LEAF_USE_RECOVERY)
		verify_remark(v, "key %s is compromised since entry %" PRIu64 ", says entry %" PRIu64 ": it signed %" PRIu64
		              " entries from there to there, which its signature does not prove; %" PRIu64 " of them lie "
		              "beyond the checkpoints that you name as known",
		              k->fpr, k->compromised_since, k->told_by, all, alone);
	if (alone)
		verify_lower(v, VERDICT_UNWITNESSED);
}

/* Which key signed an archive stands beside it, not in the ledger. */
static void judge_archiver(struct verify *v, const struct keyring_key *k)
{
	uint64_t n = 0;
	for (size_t i = 0; i < v->disposals_count; i++)
		n += keyring_doubts(history_keys(v->history), k->fpr, v->disposals[i].dispose);
	verify_remark(v, "key %s, for archives, is compromised since entry %" PRIu64 ", says entry %" PRIu64 ": what it "
	              "signed proves nothing by itself; %" PRIu64 " disposals lie between these, and the digest in each "
	              "tells its archive", k->fpr, k->compromised_since, k->told_by, n);
}

static void judge_checkpointer(struct verify *v, const struct keyring_key *k)
{
	verify_remark(v, "key %s, for checkpoints, is compromised since entry %" PRIu64 ", says entry %" PRIu64 ": a "
	              "checkpoint that it signed proves nothing by itself, unless somebody outside has kept it from before",
	              k->fpr, k->compromised_since, k->told_by);
}

static void judge_compromised(struct verify *v)
{
	static void (*const judges[])(struct verify *v, const struct keyring_key *k) = {
		[LEAF_USE_ENTRY] = judge_signer, [LEAF_USE_RECOVERY] = judge_signer,
		[LEAF_USE_ARCHIVE] = judge_archiver, [LEAF_USE_CHECKPOINT] = judge_checkpointer,
	};
	const struct keyring *ring = history_keys(v->history);
	for (size_t i = 0; i < ring->count; i++)
		if (ring->at[i].state == KEYRING_COMPROMISED && is_last(ring, i))
			judges[ring->at[i].use](v, &ring->at[i]);
}

static bool has_added(const struct verify *v, enum leaf_key_use use, const char *fpr)
{
	const struct keyring *ring = history_keys(v->history);
	for (size_t i = 0; i < ring->count; i++)
		if (ring->at[i].use == use && strcmp(ring->at[i].fpr, fpr) == 0)
			return true;
	return false;
}

static bool holds_key(const struct rules *rules, const char *fpr, const uint8_t public_key[32])
{
	uint8_t found[32];
	for (size_t i = 0; rules && i < rules->count; i++) {
		const struct rules_file *f = &rules->files[i];
		if (is_key_file(f) && !pgpsig_find_key(f->bytes, f->len, fpr, found, NULL))
			return memcmp(found, public_key, sizeof found) == 0;
	}
	return false;
}

bool verify_keys_has(const struct verify *v, const char *fpr, const uint8_t public_key[32])
{
	for (size_t b = 0; b < v->books_count; b++)
		if (holds_key(v->books[b].rules, fpr, public_key))
			return true;
	return false;
}

/* The pin is the public key itself, the Key line a fingerprint: the tree of some entry says which key has it. */
static bool has_added_checkpoint(const struct verify *v, const char *vkey)
{
	const struct keyring *ring = history_keys(v->history);
	struct tlog_note_key key;
	if (tlog_note_key_parse(vkey, strlen(vkey), &key, NULL))
		return false;
	for (size_t i = 0; i < ring->count; i++)
		if (ring->at[i].use == LEAF_USE_CHECKPOINT && verify_keys_has(v, ring->at[i].fpr, key.public_key))
			return true;
	return false;
}

/* Entry and recovery key stand in entry 0; what is pinned of these may have been added later. */
static void judge_pins(struct verify *v)
{
	const struct store_pins *pins = v->o->pins;
	if (!v->judged || v->judged < v->count)
		return;
	if (pins->archive_fpr[0] && !has_added(v, LEAF_USE_ARCHIVE, pins->archive_fpr))
		verify_diverge(v, VERIFY_NO_SEQ, "Key: no entry adds the archive key that was pinned");
	if (pins->checkpoint[0] && !has_added_checkpoint(v, pins->checkpoint))
		verify_diverge(v, VERIFY_NO_SEQ, "Key: no entry adds the checkpoint key that was pinned");
}

void verify_keys_judge(struct verify *v)
{
	judge_compromised(v);
	judge_pins(v);
}

struct jdoc *verify_keys_say(const struct verify *v)
{
	const struct keyring *ring = history_keys(v->history);
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < ring->count; i++)
		jdoc_append(list, query_key(&ring->at[i]));
	return list;
}
