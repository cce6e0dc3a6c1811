#include "ledger/dispose.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "ledger/act_body.h"
#include "ledger/append.h"
#include "ledger/dispose_impl.h"
#include "ledger/volume.h"
#include "model/commit.h"

#define KEEP_S 600           /* an officer reads the plan, then proposes */

struct dispose_kept {
	struct dispose_view view;
	struct oid head;                  /* of the last entry that was read */
	struct hash last;                 /* its leaf's */
	struct rules *rules;              /* of its tree; NULL = of no entry yet */
	struct oid tree;
	int64_t used;                     /* when it was asked for last */
};

struct reading {
	struct ledger *l;
	struct dispose_kept *kept;
};

static int take_rules(struct reading *r, const struct oid *tree, struct err *e)
{
	struct dispose_kept *k = r->kept;
	if (k->rules && oid_is_equal(tree, &k->tree))
		return ERR_OK;
	rules_free(k->rules);
	k->rules = NULL;
	k->tree = *tree;
	return rules_read_tree(r->l->repo, tree, 0, &k->rules, e);
}

static void take_disposal(struct dispose_view *v, const struct leaf *leaf)
{
	if (leaf->kind == LEAF_DISPOSE) {
		struct dispose_done d = { .dispose = leaf->seq, .time = leaf->time };
		d.base_year = leaf->due_count ? leaf->due[0].group.year : 0;
		for (size_t i = 0; i < leaf->due_count; i++)
			d.count += leaf->due[i].count;
		v->done = mem_grow(v->done, v->done_count + 1, sizeof *v->done);
		v->done[v->done_count++] = d;
	}
	for (size_t i = 0; leaf->kind == LEAF_DISPOSED && leaf->on_count && i < v->done_count; i++)
		if (v->done[i].dispose == leaf->on[0].first)
			v->done[i].disposed = leaf->seq;
}

/* Each leaf names the SHA-256 of the one before it, and each commit its parent: what was read is the whole chain. */
static bool follows(const struct dispose_kept *k, const struct commit *commit, const struct leaf *leaf)
{
	if (!history_size(k->view.history))
		return !commit->has_parent;
	return commit->has_parent && oid_is_equal(&commit->parent, &k->head) && hash_is_equal(&leaf->prev, &k->last);
}

static int take_leaf(struct reading *r, const struct commit *commit, const struct leaf *leaf, struct err *e)
{
	struct dispose_kept *k = r->kept;
	struct hash hash = leaf_hash(commit->message, commit->message_len);
	if (!follows(k, commit, leaf))
		return err_set(e, ERR_LEDGER, "entry %" PRIu64 ": does not come after the one before it", leaf->seq);
	if (!act_body_is_stated(leaf)) {
		err_set(e, ERR_LEDGER, "entry %" PRIu64 ": an act of persons, and it has no record of what they stated",
		        leaf->seq);
		return err_next(e, "daicho verify tells all that is wrong");
	}
	int rc = take_rules(r, &commit->tree, e);
	if (rc)
		return rc;
	history_rules(k->view.history, k->rules->book);
	rc = history_add(k->view.history, leaf, &hash, rules_class(k->rules, leaf), e);
	if (rc == ERR_RULE) { /* nothing may be deleted on the word of a ledger that breaks its own rules */
		e->code = ERR_LEDGER;
		return err_next(e, "daicho verify tells all that is wrong");
	}
	k->last = hash;
	if (!rc)
		take_disposal(&k->view, leaf);
	return rc;
}

static int take_entry(void *ctx, const struct oid *id, const char *raw, size_t len, struct err *e)
{
	struct reading *r = ctx;
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	struct commit commit;
	struct leaf leaf;
	int rc = commit_parse(raw, len, &commit, &payload, &armor, e);
	if (!rc)
		rc = leaf_parse(commit.message, commit.message_len, &leaf, e);
	if (rc)
		return rc;
	rc = take_leaf(r, &commit, &leaf, e);
	leaf_release(&leaf);
	r->kept->head = *id;
	return rc;
}

static struct dispose_kept *make_kept(struct ledger *l)
{
	struct dispose_kept *k = mem_alloc(sizeof *k);
	*k = (struct dispose_kept){ .view.history = history_new() };
	l->disposals_forget = dispose_forget;
	l->disposals = k;
	return k;
}

void dispose_forget(struct ledger *l)
{
	struct dispose_kept *k = l->disposals;
	l->disposals = NULL;
	if (!k)
		return;
	history_free(k->view.history);
	rules_free(k->rules);
	free(k->view.done);
	free(k);
}

void dispose_forget_unused(struct ledger *l, int64_t now)
{
	const struct dispose_kept *k = l->disposals;
	if (k && (now < k->used || now - k->used > KEEP_S))
		dispose_forget(l);
}

static bool is_at_head(const struct ledger *l)
{
	const struct dispose_kept *k = l->disposals;
	return history_size(k->view.history) == l->chain.size && oid_is_equal(&k->head, &l->chain.head) &&
	       hash_is_equal(&k->last, &l->chain.last);
}

/* What came since, found by the index; where that leads astray, all of it anew by the parents that the entries name. */
static int read_entries(struct ledger *l, struct err *e)
{
	struct reading r = { .l = l, .kept = l->disposals ? l->disposals : make_kept(l) };
	struct err astray = ERR_INIT;
	int rc = is_at_head(l) ? ERR_OK
		: ledger_walk_since(l, history_size(r.kept->view.history), take_entry, &r, &astray);
	if (!rc && is_at_head(l))
		return ERR_OK;
	dispose_forget(l);
	r.kept = make_kept(l);
	rc = ledger_walk(l->repo, &l->chain.head, take_entry, &r, e);
	if (!rc && !is_at_head(l))
		rc = err_set(e, ERR_LEDGER, "ledger: holds other entries than were accepted");
	return rc;
}

int dispose_view_read(struct ledger *l, int64_t now, struct dispose_view *out, struct err *e)
{
	bool was_kept = l->disposals != NULL;
	int rc = read_entries(l, e);
	if (!was_kept)
		repo_let_go(l->repo);
	if (rc) {
		dispose_forget(l);
		return rc;
	}
	l->disposals->used = now;
	*out = l->disposals->view;
	history_rules(out->history, l->disposals->rules->book);    /* the last entry's own */
	history_proposal(out->history, &out->stands);
	out->time = now > l->chain.time ? now : l->chain.time;
	out->year = date_year_of_time(out->time);
	return ERR_OK;
}

int dispose_history(struct ledger *l, int64_t now, struct history **out, struct err *e)
{
	struct dispose_view v;
	int rc = dispose_view_read(l, now, &v, e);
	if (!rc)
		*out = v.history;
	return rc;
}

/* Who did not get the answer to a run that was stopped at its very end learns that it is done. */
int dispose_refuse_unproposed(const struct dispose_view *v, struct err *e)
{
	const struct dispose_done *last = v->done_count ? &v->done[v->done_count - 1] : NULL;
	if (last && last->disposed) {
		err_set(e, ERR_RULE, "disposal: no proposal stands; the last one was completed by entry %" PRIu64,
		        last->disposed);
		return err_next(e, "daicho show %" PRIu64 " shows its certificate; for another one: daicho disposal plan",
		                last->dispose);
	}
	err_set(e, ERR_RULE, "disposal: no proposal stands");
	return err_next(e, "propose first: daicho disposal propose --plan DIGEST");
}

int dispose_view_clock(const struct ledger *l, const struct dispose_view *v, int base_year, int64_t now, struct err *e)
{
	const struct rulebook *book = l->rules->book;
	int rc = append_clock_check(l, now, e);
	if (!rc && base_year)
		rc = history_clock_check(v->history, base_year, v->year, book->life_percent, book->clock_step_days, e);
	return rc;
}

/* Only while a disposal is not completed there is more to ask than the index. */
bool dispose_is_under_way(struct ledger *l, uint64_t dispose)
{
	uint64_t last = 0, disposed = 0;
	return index_last_seq_of(l->index, leaf_kind_name(LEAF_DISPOSE), &last, NULL) == ERR_OK && last == dispose &&
	       (index_last_seq_of(l->index, leaf_kind_name(LEAF_DISPOSED), &disposed, NULL) || disposed < dispose);
}

static bool is_there(struct ledger *l, const struct index_entry *entry)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct repo *year;
	return ledger_year(l, entry->volume.year, false, &year, NULL) == ERR_OK &&
	       volume_read(year, &entry->volume, &entry->commit, &text, NULL) == ERR_OK;
}

bool dispose_all_are_there(struct ledger *l, const struct dispose_view *v)
{
	bool all = true;
	for (uint64_t seq = 0; all && seq < history_size(v->history); seq++) {
		struct history_entry known;
		struct index_entry entry;
		history_entry(v->history, seq, &known);
		if (v->stands.dispose && known.disposed_by == v->stands.dispose)
			all = index_entry(l->index, seq, &entry, NULL) == ERR_OK && is_there(l, &entry);
	}
	return all;
}

bool dispose_keeps(struct ledger *l, const struct index_entry *entry, int64_t now)
{
	struct dispose_view v;
	return entry->has_volume && entry->disposed_by && dispose_is_under_way(l, entry->disposed_by) &&
	       dispose_view_read(l, now, &v, NULL) == ERR_OK &&
	       history_stopped(v.history, v.year) == entry->disposed_by && is_there(l, entry);
}

int dispose_read_leaf(struct ledger *l, uint64_t seq, struct leaf *out, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct index_entry entry;
	struct hash hash;
	int rc = index_entry(l->index, seq, &entry, e);
	if (!rc)
		rc = ledger_read_leaf(l->repo, &entry.commit, &raw, out, &hash, e);
	if (rc)
		return rc;
	if (out->seq == seq)
		return ERR_OK;
	leaf_release(out);
	return err_set(e, ERR_LEDGER, "entry %" PRIu64 ": the index names another commit for it", seq);
}

static int find_first(struct ledger *l, uint64_t by, uint64_t *out, struct err *e)
{
	int rc = index_person_first(l->index, by, out, e);
	if (rc != ERR_NOTFOUND)
		return rc;
	return err_set(e, ERR_RULE, "disposal: who acted by the appointment of entry %" PRIu64 " is not known any more",
	               by);
}

int dispose_compare_persons(struct ledger *l, const struct leaf_seqs *by, struct err *e)
{
	MEM_CLEANUP uint64_t *firsts = mem_array(by->count + 1, sizeof *firsts);
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < by->count; i++) {
		rc = find_first(l, by->at[i], &firsts[i], e);
		for (size_t j = 0; !rc && j < i; j++) {
			if (firsts[j] != firsts[i])
				continue;
			rc = err_set(e, ERR_RULE, "disposal: entries %" PRIu64 " and %" PRIu64 " appointed one person, who "
			             "proposes or approves, and once alone", by->at[j], by->at[i]);
		}
	}
	return rc;
}

static int add_persons(struct ledger *l, uint64_t seq, struct leaf_seqs *out, struct err *e)
{
	struct leaf leaf;
	int rc = dispose_read_leaf(l, seq, &leaf, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < leaf.by.count; i++)
		leaf_seqs_add(out, leaf.by.at[i]);
	leaf_release(&leaf);
	return ERR_OK;
}

int dispose_read_persons(struct ledger *l, const struct dispose_view *v, struct leaf_seqs *out, struct err *e)
{
	int rc = add_persons(l, v->stands.propose, out, e);
	for (size_t i = 0; !rc && i < v->stands.approvals; i++)
		rc = add_persons(l, history_approval(v->history, i), out, e);
	return rc;
}

const char *dispose_level_word(enum leaf_level level)
{
	static const char *const words[] = {
		[LEAF_LEVEL_NONE] = "", [LEAF_LEVEL_IDS_ABSENT] = "ids-absent",
		[LEAF_LEVEL_BLOCKS_TRIMMED] = "blocks-trimmed", [LEAF_LEVEL_KEY_DESTROYED] = "key-destroyed",
	};
	return words[level];
}

int dispose_compare_measure(const struct dispose_view *v, const struct leaf *propose, struct err *e)
{
	for (size_t i = 0; i < propose->due_count; i++) {
		const char *kind = propose->due[i].group.kind;
		enum rulebook_measure now = history_measure(v->history, kind);
		if (now == v->stands.measure)
			continue;
		err_set(e, ERR_CONFLICT, "disposal: entry %" PRIu64 " proposed the measure %s, and by the rule book in "
		        "force it is %s for kind %s", propose->seq, rulebook_measure_word(v->stands.measure),
		        rulebook_measure_word(now), kind);
		return err_next(e, "abort the proposal and propose again: daicho disposal abort --plan DIGEST --reason TEXT");
	}
	return ERR_OK;
}
