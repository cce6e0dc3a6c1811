/*
 * What the ledger can't say of itself: whether its end was cut off, whether somebody else was shown another history,
 * whether it is the newest. Checkpoints that the auditor has kept, or that witnesses have cosigned, say it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "foreign/ed25519.h"
#include "ledger/evidence.h"
#include "ledger/timestamp.h"
#include "ledger/verify_impl.h"
#include "model/pgpsig.h"

#define FUTURE_S ((int64_t)5 * 60)      /* by which the clock of a witness may be ahead of ours */

struct verify_point {
	const struct policy_checkpoint *given;
	enum tlog_note_finding signature;   /* by a checkpoint key of the ledger, */
	struct tlog_note_key log;           /* which is this one */
	bool is_reached, is_same;
	bool is_quorum;
	struct tlog_policy_finding witnesses;
	struct jdoc *evidence;              /* once it is another history; whether it convicts is not judged yet */
	struct jdoc *stamp;                 /* ledger/timestamp.h; NULL = none */
};

static size_t count_points(const struct verify *v)
{
	return v->o->policy ? v->o->policy->checkpoints_count : 0;
}

int64_t verify_outside_now(const struct verify *v)
{
	return v->o->now ? v->o->now : date_now();
}

void verify_outside_begin(struct verify *v)
{
	const struct policy *p = v->o->policy;
	if (!count_points(v))
		return;
	v->points = mem_array(count_points(v), sizeof *v->points);
	for (size_t i = 0; i < count_points(v); i++) {
		const struct policy_checkpoint *c = &p->checkpoints[i];
		v->points[i] = (struct verify_point){ .given = c };
	}
}

void verify_outside_release(struct verify *v)
{
	for (size_t i = 0; v->points && i < count_points(v); i++) {
		jdoc_free(v->points[i].evidence);
		jdoc_free(v->points[i].stamp);
	}
	free(v->points);
	jdoc_free(v->evidence);
	jdoc_free(v->links);
}

static void add_keys(struct jdoc *d, const struct rules *rules)
{
	for (size_t i = 0; rules && i < rules->count; i++)
		if (strncmp(rules->files[i].path, "keys/", 5) == 0)
			evidence_add_key(d, rules->files[i].bytes, rules->files[i].len);
}

void verify_outside_link(struct verify *v, const struct leaf *leaf, const struct buf *raw)
{
	if (leaf->kind != LEAF_GENESIS && leaf->kind != LEAF_KEY)
		return;
	if (!v->links)
		v->links = jdoc_array();
	jdoc_append(v->links, jdoc_string_n(raw->ptr, raw->len));
}

/* By which later keys follow from the first one, and those keys. */
static void add_links(const struct verify *v, struct jdoc *d)
{
	for (size_t i = 0; i < jdoc_size(v->links); i++)
		evidence_add_link(d, jdoc_text(jdoc_at(v->links, i)), jdoc_text_len(jdoc_at(v->links, i)));
	for (size_t i = 0; i < v->books_count; i++)
		add_keys(d, v->books[i].rules);
}

/* Evidence is what convicts by itself, by keys that counted at their place as far as this history says: what does not
 * pass its own check is none. After the chain is judged. False: d is freed. */
static bool keep_if_convicts(struct verify *v, struct jdoc *d)
{
	const struct policy pinned = { .pins = *v->o->pins };
	struct jdoc *checked = NULL;
	add_links(v, d);
	bool convicts = !evidence_check(d, &pinned, &checked, NULL);
	jdoc_free(checked);
	if (convicts && !v->evidence)
		v->evidence = d;
	else
		jdoc_free(d);
	return convicts;
}

static const struct keyring_key *find_ended(const struct verify *v, const struct verify_point *point)
{
	const struct keyring *ring = history_keys(v->history);
	const struct keyring_key *ended = NULL;
	for (size_t i = 0; point->signature == TLOG_NOTE_GOOD && !ended && i < ring->count; i++)
		if (ring->at[i].use == LEAF_USE_CHECKPOINT && verify_keys_has(v, ring->at[i].fpr, point->log.public_key))
			ended = keyring_ended(ring, ring->at[i].fpr, point->given->text.size);
	return ended;
}

static bool take_log_key(const struct tlog_note *n, const struct tlog_note_key *k, struct verify_point *point)
{
	enum tlog_note_finding found = tlog_note_find(n, k, ed25519_is_valid, NULL);
	if (found == TLOG_NOTE_ABSENT)
		return false;
	point->signature = found;
	point->log = *k;
	return true;
}

/* A key that the ledger has added since it was pinned counts as well: that was signed by one that counted. */
static bool find_added(const struct verify *v, struct verify_point *point)
{
	const struct keyring *ring = history_keys(v->history);
	struct tlog_note_key k;
	for (size_t i = 0; i < ring->count; i++)
		for (size_t b = 0; ring->at[i].use == LEAF_USE_CHECKPOINT && b < v->books_count; b++)
			if (v->books[b].rules && rules_vkey(v->books[b].rules, v->origin, ring->at[i].fpr, &k) &&
			    take_log_key(&point->given->note, &k, point))
				return true;
	return false;
}

/* Which of the ledger's checkpoint keys has signed it: one that the policy names, or that follows from the pins. */
static void find_signature(const struct verify *v, struct verify_point *point)
{
	const struct policy *p = v->o->policy;
	struct tlog_note_key k;
	if (!point->given->is_signed || point->signature != TLOG_NOTE_ABSENT)
		return;
	if (*p->pins.checkpoint && !tlog_note_key_parse(p->pins.checkpoint, strlen(p->pins.checkpoint), &k, NULL) &&
	    take_log_key(&point->given->note, &k, point))
		return;
	for (size_t i = 0; p->witnesses && i < tlog_policy_logs(p->witnesses); i++)
		if (strcmp(tlog_policy_log(p->witnesses, i)->name, p->pins.origin) == 0 &&
		    take_log_key(&point->given->note, tlog_policy_log(p->witnesses, i), point))
			return;
	find_added(v, point);
}

static struct jdoc *collect_evidence(const struct verify *v, const struct verify_point *point, const struct buf *raw,
                                     const struct rules *rules)
{
	BUF_CLEANUP struct buf vkey = BUF_INIT;
	if (point->signature != TLOG_NOTE_GOOD)
		return NULL;
	tlog_note_key_print(&point->log, &vkey);
	struct jdoc *d = evidence_new(v->origin);
	add_keys(d, rules);
	evidence_add_checkpoint(d, buf_str(&point->given->bytes), point->given->bytes.len, buf_str(&vkey));
	evidence_add_entry(d, raw, &v->chain.frontier);
	return d;
}

void verify_outside_reach(struct verify *v, const struct buf *raw, const struct hash *hash, const struct rules *rules)
{
	for (size_t i = 0; i < count_points(v); i++) {
		struct verify_point *point = &v->points[i];
		const struct tlog_checkpoint *c = &point->given->text;
		if (c->size != v->chain.frontier.size + 1)
			continue;
		struct merkle after = v->chain.frontier;
		merkle_add(&after, hash);
		struct hash root = merkle_root(&after);
		point->is_reached = true;
		find_signature(v, point);
		point->is_same = hash_is_equal(&root, &c->root);
		if (!point->is_same)
			point->evidence = collect_evidence(v, point, raw, rules);
	}
}

static bool read_commit(struct verify *v, const struct oid *id, struct buf *out)
{
	return !repo_read(v->repo, id, OID_COMMIT, COMMIT_MAX, out, NULL);
}

bool verify_outside_part(struct verify *v, const struct oid *a, const struct oid *b)
{
	BUF_CLEANUP struct buf one = BUF_INIT, other = BUF_INIT, payload = BUF_INIT, armor = BUF_INIT;
	struct commit commit;
	if (!read_commit(v, a, &one) || !read_commit(v, b, &other) ||
	    commit_parse(buf_str(&one), one.len, &commit, &payload, &armor, NULL))
		return false;
	struct rules *rules = NULL;
	struct jdoc *d = evidence_new(commit.name);
	if (!rules_read_tree(v->repo, &commit.tree, 0, &rules, NULL))
		add_keys(d, rules);
	evidence_add_entry(d, &one, NULL);
	evidence_add_entry(d, &other, NULL);
	rules_free(rules);
	return keep_if_convicts(v, d);
}

static void tell_other(struct verify *v, struct verify_point *point)
{
	const struct policy_checkpoint *c = point->given;
	verify_diverge(v, c->text.size - 1, "%s: a checkpoint of %" PRIu64 " entries with another tree head: two histories",
	               c->name, c->text.size);
	if (point->evidence)
		keep_if_convicts(v, jdoc_keep(point->evidence));
}

/* Whoever got hold of a key of checkpoints that has gone out of use can sign any history: what it says against this one
 * says nothing of the ledger. */
static void tell_ended(struct verify *v, const struct verify_point *point, const struct keyring_key *ended)
{
	verify_lower(v, VERDICT_INCOMPLETE);
	verify_remark(v, "%s: a checkpoint of %" PRIu64 " entries that contradicts this history or is longer, by key %s, "
	              "which counted no more for so many, says entry %" PRIu64 ": it says nothing, unless you name it as "
	              "known", point->given->name, point->given->text.size, ended->fpr, ended->told_by);
}

/* The ledger is shorter than somebody has seen it. A clone may be an older one. A folder that is laid out as a store
 * may be a mirror or a backup that is behind: but whatever in it said so could be put into a store whose end was cut
 * off. */
static void tell_beyond(struct verify *v, const struct verify_point *point)
{
	const struct policy_checkpoint *c = point->given;
	if (v->judged < v->count)
		verify_remark(v, "%s: a checkpoint of %" PRIu64 " entries, which were not all judged", c->name, c->text.size);
	else if (v->is_store)
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_MISSING,
		             "%s: a checkpoint of %" PRIu64 " entries, and %" PRIu64 " are here: the end was cut off, or this "
		             "is a mirror or a backup that is behind: bring that up, or judge it as of an older checkpoint",
		             c->name, c->text.size, v->count);
	else {
		verify_lower(v, VERDICT_INCOMPLETE);
		verify_remark(v, "%s: a checkpoint of %" PRIu64 " entries, and %" PRIu64 " are here: the end was cut off, or "
		                 "this is an older copy", c->name, c->text.size, v->count);
	}
}

static void judge_point(struct verify *v, struct verify_point *point)
{
	const struct policy_checkpoint *c = point->given;
	find_signature(v, point);
	if (!c->is_known && point->signature != TLOG_NOTE_GOOD) {
		verify_lower(v, VERDICT_INCOMPLETE);
		verify_remark(v, point->signature == TLOG_NOTE_BAD
			? N_("%s: the ledger's signature is wrong: it says nothing")
			: N_("%s: not signed by a checkpoint key of this ledger: it says nothing"), c->name);
		return;
	}
	const struct keyring_key *ended = c->is_known || point->is_same ? NULL : find_ended(v, point);
	if (ended && c->text.size)
		tell_ended(v, point, ended);
	else if (!point->is_reached && c->text.size)
		tell_beyond(v, point);
	else if (c->text.size && !point->is_same)
		tell_other(v, point);
	else if (c->text.size && c->is_known && c->text.size > v->known)
		v->known = v->trusted = c->text.size;
}

static int64_t get_oldest(const struct verify *v)
{
	const struct policy *p = v->o->policy;
	return p->max_age_days ? verify_outside_now(v) - (int64_t)p->max_age_days * VERIFY_DAY_S : 0;
}

static void ask_witnesses(struct verify *v, struct verify_point *point)
{
	const struct policy *p = v->o->policy;
	const struct policy_checkpoint *c = point->given;
	if (!c->is_signed || !point->is_same || point->signature != TLOG_NOTE_GOOD)
		return;
	tlog_policy_judge(p->witnesses, &c->note, get_oldest(v), verify_outside_now(v) + FUTURE_S, ed25519_is_valid,
	                  &point->witnesses);
	if (point->witnesses.bad)
		verify_remark(v, "%s: the cosignature of %s is wrong", c->name, point->witnesses.bad);
	if (!point->witnesses.is_met || point->witnesses.bad)
		return;
	point->is_quorum = true;
	if (c->text.size > v->witnessed)
		v->witnessed = c->text.size;
}

static void judge_witnesses(struct verify *v)
{
	const struct policy *p = v->o->policy;
	if (!p->witnesses || !tlog_policy_wants_witnesses(p->witnesses))
		return;
	for (size_t i = 0; i < count_points(v); i++)
		ask_witnesses(v, &v->points[i]);
	if (!v->witnessed) {
		verify_lower(v, VERDICT_UNWITNESSED);
		verify_remark(v, "no checkpoint of this history, signed by the ledger, is cosigned by the quorum of witnesses "
		                 "that the policy asks for (--checkpoint FILE gives one)");
		return;
	}
	if (v->witnessed > v->trusted)
		v->trusted = v->witnessed;
	if (v->witnessed >= v->judged)
		return;
	verify_lower(v, VERDICT_UNWITNESSED);
	verify_remark(v, "witnesses have cosigned %" PRIu64 " entries: those from %" PRIu64 " to %" PRIu64
	                 " only the ledger itself vouches for", v->witnessed, v->witnessed, v->judged - 1);
}

static void judge_age(struct verify *v)
{
	if (!v->o->policy->max_age_days || !v->judged)
		return;
	if (v->chain.time > verify_outside_now(v) + VERIFY_DAY_S)
		verify_fault(v, v->judged - 1, VERDICT_BROKEN,
		             "its Time is to come: how old the newest entry is can't be told");
	if (v->chain.time >= get_oldest(v))
		return;
	verify_lower(v, VERDICT_INCOMPLETE);
	verify_remark(v, "the newest entry is more than %" PRIu64 " days old: what came since is not here",
	              v->o->policy->max_age_days);
}

/* Of which of the checkpoints it is, nobody says: it is tried with each. */
static bool take_stamp(struct verify *v, const struct policy_stamp *s, struct err *why)
{
	const struct tsa_trust trust = policy_stamp_trust(v->o->policy, verify_outside_now(v) + FUTURE_S);
	for (size_t i = 0; i < count_points(v); i++) {
		struct timestamp t;
		if (!v->points[i].is_same ||
		    timestamp_check(&v->points[i].given->bytes, &s->bytes, &trust, NULL, &t, why))
			continue;
		jdoc_free(v->points[i].stamp);
		v->points[i].stamp = timestamp_say(&t);
		return true;
	}
	return false;
}

static void judge_stamps(struct verify *v)
{
	const struct policy *p = v->o->policy;
	for (size_t i = 0; i < p->stamps_count; i++) {
		struct err why = ERR_INIT;
		if (take_stamp(v, &p->stamps[i], &why)) {
			v->is_unasked |= !p->stamp_crl.len;
			continue;
		}
		verify_lower(v, VERDICT_INCOMPLETE);
		verify_remark(v, "%s: a time stamp of no checkpoint of this history that was given: %s", p->stamps[i].name,
		              why.text);
	}
}

/* Which of the two clocks is right, a verifier does not know. */
static void judge_future(struct verify *v)
{
	if (v->chain.time > verify_outside_now(v) + VERIFY_DAY_S)
		verify_remark(v, "the newest entry is of a day to come by the clock of this machine: one of the two clocks is "
		                 "wrong, and what rests on the ledger's (what was due) is not shown");
}

void verify_outside_judge(struct verify *v)
{
	judge_future(v);
	if (v->is_parted)
		verify_outside_part(v, &v->entries[v->parted_at].commit, &v->parted);
	if (!v->o->policy)
		return;
	for (size_t i = 0; i < count_points(v); i++)
		judge_point(v, &v->points[i]);
	judge_witnesses(v);
	judge_stamps(v);
	judge_age(v);
}

static const char *say_state(const struct verify_point *point)
{
	return !point->is_reached ? "beyond" : point->is_same ? "same" : "other";
}

struct jdoc *verify_outside_say(const struct verify *v)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; v->points && i < count_points(v); i++) {
		const struct verify_point *point = &v->points[i];
		char root[HASH_TEXT_LEN + 1];
		struct jdoc *d = jdoc_object();
		hash_print(&point->given->text.root, root);
		jdoc_set_string(d, "file", point->given->name);
		jdoc_set_integer(d, "size", (int64_t)point->given->text.size);
		jdoc_set_string(d, "root", root);
		jdoc_set_string(d, "history", say_state(point));
		jdoc_set_bool(d, "known", point->given->is_known);
		jdoc_set_bool(d, "signed", point->signature == TLOG_NOTE_GOOD);
		jdoc_set_integer(d, "cosigned", (int64_t)point->witnesses.good);
		jdoc_set_bool(d, "quorum", point->is_quorum);
		jdoc_set(d, "time_stamp", point->stamp ? jdoc_keep(point->stamp) : jdoc_null());
		jdoc_append(list, d);
	}
	return list;
}
