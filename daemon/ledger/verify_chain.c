#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/act_body.h"
#include "ledger/ledger.h"
#include "ledger/verify_impl.h"
#include "model/commit.h"

#define ENTRIES_MAX ((uint64_t)64 << 20)
#define BOOKS_MAX UINT16_MAX
#define HEX_LINE (OID_HEX_LEN + 1)

/* One commit taken apart. message and leaf point into raw. */
struct opened {
	struct buf raw, payload, armor;
	struct commit commit;
	struct leaf leaf;
	struct hash hash;
	bool is_signed, is_newer;
};

/* The parents that git itself would follow, whatever else is wrong with the commit. */
static unsigned read_parents(const char *raw, size_t len, struct oid *out_first)
{
	const size_t tree = strlen("tree ") + HEX_LINE, line = strlen("parent ") + HEX_LINE;
	unsigned n = 0;
	for (size_t at = tree; at + line <= len && memcmp(raw + at, "parent ", 7) == 0; at += line, n++)
		if (n == 0 && !oid_parse(raw + at + 7, OID_HEX_LEN, out_first))
			return 0;
	return n;
}

/* Of the entry before the one whose commit is raw. */
static uint64_t get_seq_before(const struct buf *raw)
{
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	struct commit commit;
	struct leaf leaf;
	uint64_t seq = VERIFY_NO_SEQ;
	if (commit_parse(buf_str(raw), raw->len, &commit, &payload, &armor, NULL))
		return seq;
	if (!leaf_parse(commit.message, commit.message_len, &leaf, NULL) && leaf.seq)
		seq = leaf.seq - 1;
	leaf_release(&leaf);
	return seq;
}

static enum verdict_state state_of_read(int rc)
{
	return rc == ERR_NOTFOUND ? VERDICT_MISSING : rc == ERR_LEDGER ? VERDICT_ALTERED : VERDICT_BROKEN;
}

static int read_commit(struct verify *v, const struct oid *id, struct buf *raw, struct err *e)
{
	buf_clear(raw);
	return repo_read(v->repo, id, OID_COMMIT, COMMIT_MAX, raw, e);
}

static void add_entry(struct verify *v, const struct oid *id, uint64_t *cap)
{
	if (v->count == *cap) {
		*cap = *cap ? *cap * 2 : 1024;
		v->entries = mem_grow(v->entries, *cap, sizeof *v->entries);
	}
	v->entries[v->count++] = (struct verify_entry){ .commit = *id, .state = VERDICT_NO_RECORD };
}

static void reverse(struct verify *v)
{
	for (uint64_t a = 0, b = v->count; a + 1 < b; a++) {
		struct verify_entry swap = v->entries[a];
		v->entries[a] = v->entries[--b];
		v->entries[b] = swap;
	}
}

/* From the head down. A hole leaves nothing to judge: what stands after it rests on what is not there. */
static int walk_down(struct verify *v, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT, last = BUF_INIT;
	struct oid id = v->head;
	uint64_t cap = 0;
	for (unsigned parents = 1; parents > 0;) {
		struct err why = ERR_INIT;
		if (v->count == ENTRIES_MAX)
			return err_set(e, ERR_TOOBIG, "%s: over %" PRIu64 " entries", v->path, ENTRIES_MAX);
		int rc = read_commit(v, &id, &raw, &why);
		if (rc && !verify_is_finding(rc)) {
			*e = why;
			return rc;
		}
		if (rc) {
			uint64_t after = v->count;
			v->count = 0;
			verify_fault(v, after ? get_seq_before(&last) : VERIFY_NO_SEQ, state_of_read(rc),
			             "%s; %" PRIu64 " later entries can't be judged", why.text, after);
			return ERR_OK;
		}
		add_entry(v, &id, &cap);
		parents = read_parents(buf_str(&raw), raw.len, &id);
		struct buf swap = last;
		last = raw;
		raw = swap;
	}
	return ERR_OK;
}

static int compare_positions(const void *a, const void *b, void *ctx)
{
	const struct verify *v = ctx;
	const uint32_t *x = a, *y = b;
	return oid_compare(&v->entries[*x].commit, &v->entries[*y].commit);
}

bool verify_chain_find(const struct verify *v, const struct oid *commit, uint64_t *out_seq)
{
	uint64_t low = 0, high = v->count;
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		int order = oid_compare(&v->entries[v->by_commit[mid]].commit, commit);
		if (order == 0) {
			*out_seq = v->by_commit[mid];
			return true;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

bool verify_chain_parent(struct verify *v, const struct oid *id, struct oid *out)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	return !read_commit(v, id, &raw, NULL) && read_parents(buf_str(&raw), raw.len, out);
}

/* A clone remembers the ledger that it came from: is that one the same, or behind, or ahead? */
static void compare_remote(struct verify *v)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct oid id = v->remote;
	struct oid first = id;
	uint64_t ahead = 0, seq = 0;
	while (!verify_chain_find(v, &id, &seq)) {
		first = id;
		if (ahead == ENTRIES_MAX || read_commit(v, &id, &raw, NULL) || !read_parents(buf_str(&raw), raw.len, &id)) {
			verify_diverge(v, VERIFY_NO_SEQ, "%s: another history than that of the local branch", VERIFY_REMOTE);
			return;
		}
		ahead++;
	}
	if (ahead && seq + 1 < v->count) {
		verify_diverge(v, seq + 1, "%s: leaves the history of the local branch after entry %" PRIu64, VERIFY_REMOTE,
		               seq);
		v->is_parted = true;
		v->parted_at = seq + 1;
		v->parted = first;
	} else if (ahead)
		verify_remark(v, "%s has %" PRIu64 " later entries, which are not judged: git merge --ff-only", VERIFY_REMOTE,
		              ahead);
}

int verify_chain_collect(struct verify *v, struct err *e)
{
	int rc = walk_down(v, e);
	if (rc || !v->count)
		return rc;
	reverse(v);
	v->by_commit = mem_array(v->count, sizeof *v->by_commit);
	for (uint64_t i = 0; i < v->count; i++)
		v->by_commit[i] = (uint32_t)i;
	qsort_r(v->by_commit, v->count, sizeof *v->by_commit, compare_positions, v);
	if (v->has_remote && !oid_is_equal(&v->remote, &v->head))
		compare_remote(v);
	return ERR_OK;
}

static void release_opened(struct opened *x)
{
	leaf_release(&x->leaf);
	buf_release(&x->raw);
	buf_release(&x->payload);
	buf_release(&x->armor);
}

/* False: it can't be read, which is said. */
static bool open_entry(struct verify *v, uint64_t seq, struct opened *x)
{
	struct err why = ERR_INIT;
	int rc = read_commit(v, &v->entries[seq].commit, &x->raw, &why);
	if (rc) {
		verify_fault(v, seq, state_of_read(rc), "%s", why.text);
		return false;
	}
	rc = commit_parse(buf_str(&x->raw), x->raw.len, &x->commit, &x->payload, &x->armor, &why);
	x->is_signed = rc == ERR_OK;
	if (rc == ERR_KEY) {
		verify_fault(v, seq, VERDICT_UNSIGNED, "its commit carries no signature");
		rc = commit_parse_payload(buf_str(&x->raw), x->raw.len, &x->commit, &why);
	}
	if (!rc)
		rc = leaf_parse(x->commit.message, x->commit.message_len, &x->leaf, &why);
	x->is_newer = rc == ERR_FORMAT;
	if (rc && !x->is_newer) {
		verify_fault(v, seq, VERDICT_BROKEN, "%s", why.text);
		return false;
	}
	x->hash = leaf_hash(x->commit.message, x->commit.message_len);
	return true;
}

static bool adds_key(const struct leaf *leaf, enum leaf_key_use use, const char *fpr)
{
	for (size_t i = 0; i < leaf->keys_count; i++)
		if (leaf->keys[i].action == LEAF_KEY_ADD && leaf->keys[i].use == use && strcmp(leaf->keys[i].fpr, fpr) == 0)
			return true;
	return false;
}

/* Entry 0 against what the auditor pinned: nothing of it is taken from the ledger. */
static bool check_pins(struct verify *v, const struct opened *x)
{
	const struct store_pins *pins = v->o->pins;
	uint64_t before = v->faults_found;
	v->genesis = x->hash;
	memcpy(v->origin, x->leaf.origin, sizeof v->origin);
	if (x->leaf.kind != LEAF_GENESIS)
		verify_diverge(v, 0, "its kind is not genesis: the beginning of the ledger is not here");
	if (strcmp(x->leaf.origin, pins->origin) != 0)
		verify_diverge(v, 0, "Origin: not the one that was pinned");
	if (!hash_is_equal(&x->hash, &pins->genesis))
		verify_diverge(v, 0, "its leaf hash is not the genesis hash that was pinned");
	if (!adds_key(&x->leaf, LEAF_USE_ENTRY, pins->fpr))
		verify_diverge(v, 0, "Key: it does not name the entry key that was pinned");
	if (pins->recovery_fpr[0] && !adds_key(&x->leaf, LEAF_USE_RECOVERY, pins->recovery_fpr))
		verify_diverge(v, 0, "Key: it does not name the recovery key that was pinned");
	return v->faults_found == before;
}

static int find_book(struct verify *v, uint64_t seq, const struct oid *tree, uint16_t *out, struct err *e)
{
	struct err why = ERR_INIT;
	for (size_t i = v->books_count; i-- > 0;) {
		*out = (uint16_t)i;
		if (oid_is_equal(&v->books[i].tree, tree))
			return ERR_OK;
	}
	if (v->books_count == BOOKS_MAX)
		return err_set(e, ERR_TOOBIG, "%s: over %d rule books", v->path, BOOKS_MAX);
	struct rules *rules = NULL;
	int rc = rules_read_tree(v->repo, tree, 0, &rules, &why);
	if (rc && !verify_is_finding(rc)) {
		*e = why;
		return rc;
	}
	if (rc)
		verify_fault(v, seq, VERDICT_BROKEN, "rule book: %s", why.text);
	v->books = mem_grow(v->books, v->books_count + 1, sizeof *v->books);
	*out = (uint16_t)v->books_count;
	v->books[v->books_count++] = (struct verify_book){ .tree = *tree, .rules = rc ? NULL : rules };
	return ERR_OK;
}

/* Where the keys change, nothing else does. */
static bool keeps_book(const struct verify *v, uint64_t seq, const struct rules *rules)
{
	const struct rules *before = seq ? v->books[v->entries[seq - 1].book].rules : NULL;
	if (!before)
		return true;
	struct hash was = rules_book_digest(before), is = rules_book_digest(rules);
	return hash_is_equal(&was, &is);
}

static void judge_book(struct verify *v, uint64_t seq, const struct leaf *leaf, const struct rules *rules)
{
	if (rules && leaf->kind == LEAF_KEY && !keeps_book(v, seq, rules))
		verify_fault(v, seq, VERDICT_BROKEN, "the keys change, and the rule book with them");
	if (rules && !hash_is_equal(&rules->digest, &leaf->rules))
		verify_fault(v, seq, VERDICT_ALTERED, "Rules: not the digest of the rule book in its tree");
	if (rules && leaf->kind == LEAF_RECORD && !rulebook_kind(rules->book, leaf->kind_name))
		verify_fault(v, seq, VERDICT_BROKEN, "its kind is not in the rule book in force");
}

/* Who acts must have been appointed; that it was somebody else than the proposer is judged by the history. */
static void judge_persons(struct verify *v, uint64_t seq, const struct leaf *leaf)
{
	if (leaf->kind == LEAF_RULES && (!leaf->by.count || !leaf->has_volume))
		verify_fault(v, seq, VERDICT_BROKEN, "the rule book changes, and no person is named who states it");
	if (leaf->kind == LEAF_KEY && !leaf->by.count)
		verify_fault(v, seq, VERDICT_BROKEN, "the keys change, and no person is named who states it");
	if (!act_body_is_stated(leaf))
		verify_fault(v, seq, VERDICT_BROKEN, "an act of persons, and it has no record of what they stated");
	for (size_t i = 0; i < leaf->by.count; i++)
		if (leaf->by.at[i] >= seq || !v->entries[leaf->by.at[i]].appoints)
			verify_fault(v, seq, VERDICT_BROKEN, "By: entry %" PRIu64 " appoints nobody", leaf->by.at[i]);
}

/* The ledger itself must prove that the years passed which it says were waited. */
static void judge_clock(struct verify *v, uint64_t seq, const struct leaf *leaf, const struct rulebook *book)
{
	struct err why = ERR_INIT;
	if (leaf->kind == LEAF_DISPOSE && leaf->due_count &&
	    history_clock_check(v->history, leaf->due[0].group.year, date_year_of_time(leaf->time), book->life_percent,
	                        book->clock_step_days, &why))
		verify_fault(v, seq, VERDICT_BROKEN, "disposed of although the clock was in doubt: %s", why.text);
}

/* Nor were years waited that have not come by the auditor's own clock. Of disposals: verify_early.c. */
static void judge_future(struct verify *v, uint64_t seq, const struct leaf *leaf)
{
	if (leaf->kind == LEAF_DESTROYED && leaf->time > verify_outside_now(v) + VERIFY_DAY_S)
		verify_fault(v, seq, VERDICT_PREMATURE, "an archive was destroyed on a day to come by the clock of this "
		             "machine");
}

static void judge_history(struct verify *v, uint64_t seq, const struct opened *x, const struct rules *rules)
{
	struct err why = ERR_INIT;
	judge_persons(v, seq, &x->leaf);
	judge_future(v, seq, &x->leaf);
	history_rules(v->history, rules ? rules->book : NULL);
	if (rules)
		judge_clock(v, seq, &x->leaf, rules->book);
	if (history_add(v->history, &x->leaf, &x->hash, rules_class(rules, &x->leaf), &why))
		verify_fault(v, seq, strstr(why.text, "PREMATURE") ? VERDICT_PREMATURE : VERDICT_BROKEN, "%s", why.text);
}

uint64_t verify_chain_completion(const struct verify *v, uint64_t dispose)
{
	for (size_t i = 0; i < v->disposals_count; i++)
		if (v->disposals[i].dispose == dispose)
			return v->disposals[i].disposed;
	return 0;
}

static bool appoints(const struct rules *rules, const char *kind)
{
	const struct rulebook_kind *k = rules ? rulebook_kind(rules->book, kind) : NULL;
	return k && k->identity_login[0];
}

static void take_entry(struct verify *v, uint64_t seq, const struct opened *x, uint16_t book)
{
	struct verify_entry *entry = &v->entries[seq];
	entry->appoints = appoints(v->books[book].rules, x->leaf.kind_name);
	entry->book = book;
	entry->has_record = x->leaf.has_volume;
	entry->year = (int16_t)x->leaf.volume.year;
	if (entry->has_record && entry->state == VERDICT_NO_RECORD)
		entry->state = VERDICT_PRESENT;
	verify_outside_link(v, &x->leaf, &x->raw);
	verify_outside_reach(v, &x->raw, &x->hash, v->books[book].rules);
	chain_advance(&v->chain, &x->commit, &x->leaf, &x->hash, &v->entries[seq].commit);
	verify_persons_add_end(v, &x->leaf);
	verify_loss_add(v, &x->leaf);
	verify_repeats_add_record(v, &x->leaf);
	verify_claims_add(v, seq, &x->leaf);
	v->head_hash = hash_of(buf_str(&x->raw), x->raw.len);
	v->judged = v->counted = seq + 1;
}

static int judge_opened(struct verify *v, uint64_t seq, const struct opened *x, struct err *e)
{
	struct err why = ERR_INIT;
	const struct verify_signed s = { x->payload.ptr, x->armor.ptr, x->payload.len, x->armor.len };
	uint16_t book = 0;
	int rc = find_book(v, seq, &x->commit.tree, &book, e);
	if (rc)
		return rc;
	judge_book(v, seq, &x->leaf, v->books[book].rules);
	verify_keys_tree(v, seq, &x->leaf, &s, v->books[book].rules);
	if (x->is_signed)
		rc = verify_sign_judge(v, seq, &x->leaf, &s, v->books[book].rules, e);
	if (rc)
		return rc;
	if (chain_check(&v->chain, &x->commit, &x->leaf, &why))
		verify_fault(v, seq, VERDICT_BROKEN, "%s", why.text);
	judge_history(v, seq, x, v->books[book].rules);
	take_entry(v, seq, x, book);
	return ERR_OK;
}

/* What stands after an entry that can't be read rests on it. */
static void give_up(struct verify *v, uint64_t seq)
{
	for (uint64_t i = seq; i < v->count; i++)
		if (verdict_of_state((enum verdict_state)v->entries[i].state) == VERDICT_VALID)
			v->entries[i].state = VERDICT_BROKEN;
	v->counted = v->count;
	if (seq + 1 < v->count)
		verify_remark(v, "entries %" PRIu64 " to %" PRIu64 " are not judged: entry %" PRIu64 " can't be read", seq + 1,
		              v->count - 1, seq);
}

static void stop_at_newer(struct verify *v, uint64_t from)
{
	verify_lower(v, VERDICT_NEWER_FORMAT);
	verify_remark(v, "entries %" PRIu64 " to %" PRIu64 " are not judged: they are of a Format later than %d", from,
	              v->count - 1, LEAF_FORMAT);
}

static int judge_entry(struct verify *v, uint64_t seq, bool *out_stop, struct err *e)
{
	struct opened x = { .is_signed = false };
	int rc = ERR_OK;
	*out_stop = true;
	if (!open_entry(v, seq, &x))
		give_up(v, seq);
	else if (x.is_newer && x.leaf.kind != LEAF_FORMAT_KIND)
		stop_at_newer(v, seq);
	else if (seq > 0 || check_pins(v, &x)) {
		rc = judge_opened(v, seq, &x, e);
		*out_stop = x.is_newer;
		if (x.is_newer && seq + 1 < v->count)
			stop_at_newer(v, seq + 1);
		else if (x.is_newer)
			verify_lower(v, VERDICT_NEWER_FORMAT);
	}
	release_opened(&x);
	return rc;
}

int verify_chain_judge(struct verify *v, struct err *e)
{
	bool stop = false;
	int rc = ERR_OK;
	for (uint64_t seq = 0; !rc && !stop && seq < v->count; seq++) {
		rc = judge_entry(v, seq, &stop, e);
		if (v->o->progress)
			v->o->progress(v->o->progress_ctx, seq + 1, v->count);
	}
	return rc;
}
