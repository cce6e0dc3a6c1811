#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/act.h"
#include "ledger/dispose_impl.h"
#include "ledger/dispose_step.h"

#define WORDS_MAX 1000      /* bytes of a decision's number or a reason */

static int check_words(const struct dispose_body *a, const char *words, struct err *e)
{
	if (!a->words)
		return words ? err_set(e, ERR_SYNTAX, "decision: a proposal has none") : ERR_OK;
	if (!words || !*words)
		return err_set(e, ERR_SYNTAX, "%s: is wanted", a->words);
	return strlen(words) > WORDS_MAX ? err_set(e, ERR_TOOBIG, "%s: over %d bytes", a->words, WORDS_MAX) : ERR_OK;
}

void dispose_about_read(enum dispose_act act, const struct jdoc *doc, const char *plan, struct dispose_about *out)
{
	const struct jdoc *holder = act == DISPOSE_PROPOSE ? doc : jdoc_get(doc, "proposal");
	int64_t year = 0, proposal = 0;
	jdoc_get_integer(holder, "base_year", &year);
	if (act != DISPOSE_PROPOSE)
		jdoc_get_integer(holder, "propose", &proposal);
	*out = (struct dispose_about){ .plan = plan, .base_year = (int)year, .proposal = (uint64_t)proposal };
}

int dispose_note(enum dispose_act act, const struct dispose_about *about, const char *decision, const char *office,
                 const uint8_t request[NOTE_REQUEST_LEN], struct date event, struct note *out, struct err *e)
{
	const struct dispose_body *a = dispose_body_of(act);
	struct hash digest;
	int rc = check_words(a, decision, e);
	if (rc)
		return rc;
	if (!about->plan || !hash_parse(about->plan, strlen(about->plan), &digest))
		return err_set(e, ERR_SYNTAX, "plan: the digest of the plan (sha256:...) is wanted");
	struct jdoc *body = jdoc_object();
	jdoc_set_string(body, "act", a->name);
	jdoc_set_integer(body, "base_year", about->base_year);
	jdoc_set_string(body, "plan", about->plan);
	if (act != DISPOSE_PROPOSE)
		jdoc_set_integer(body, "proposal", (int64_t)about->proposal);
	if (a->words)
		jdoc_set_string(body, a->words, decision);
	rc = act_note(a->kind, body, office, request, event, out, e);
	jdoc_free(body);
	return rc;
}

static int refuse_stale(struct err *e)
{
	err_set(e, ERR_CONFLICT, "disposal: the plan given is not the plan now");
	return err_next(e, "read it again: daicho disposal plan");
}

static int need_proposal(const struct dispose_view *v, struct err *e)
{
	if (v->stands.propose && !v->stands.dispose)
		return ERR_OK;
	if (v->stands.dispose) {
		err_set(e, ERR_RULE, "disposal: the certificate is made already (entry %" PRIu64 ")", v->stands.dispose);
		return err_next(e, "daicho disposal status tells what comes first");
	}
	return dispose_refuse_unproposed(v, e);
}

/* The plan given is that of the standing proposal, which is to be approved, or to go. */
static int compare_proposed(struct ledger *l, const struct dispose_view *v, const struct hash *plan, struct err *e)
{
	struct leaf leaf;
	int rc = dispose_read_leaf(l, v->stands.propose, &leaf, e);
	if (rc)
		return rc;
	struct hash proposed = dispose_leaf_digest(&leaf, v->stands.measure);
	leaf_release(&leaf);
	if (hash_is_equal(&proposed, plan))
		return ERR_OK;
	err_set(e, ERR_CONFLICT, "disposal: the plan given is not the one proposed");
	return err_next(e, "daicho disposal status tells which one was");
}

static void set_due(struct leaf *leaf, const struct history_dues *dues)
{
	leaf->due = mem_array(dues->count + 1, sizeof *leaf->due);
	leaf->due_count = dues->count;
	for (size_t i = 0; i < dues->count; i++)
		leaf->due[i] = dues->at[i].due;
	leaf->except = mem_array(dues->except_count + 1, sizeof *leaf->except);
	leaf->except_count = dues->except_count;
	if (dues->except_count)
		memcpy(leaf->except, dues->except, dues->except_count * sizeof *leaf->except);
}

static void set_on(struct leaf *leaf, uint64_t seq)
{
	leaf->on = mem_array(1, sizeof *leaf->on);
	leaf->on[0] = (struct leaf_target){ .type = LEAF_ON_ENTRY, .first = seq, .last = seq };
	leaf->on_count = 1;
}

/* `leaf` approves: by whom, was set before. */
static int compare_persons(struct ledger *l, const struct dispose_view *v, const struct leaf *leaf, struct err *e)
{
	struct leaf_seqs by = { .count = 0 };
	int rc = dispose_read_persons(l, v, &by, e);
	size_t known = by.count;
	for (size_t i = 0; i < leaf->by.count; i++)
		leaf_seqs_add(&by, leaf->by.at[i]);
	if (!rc && by.count > known)        /* who is among them already is for history_judge to refuse */
		rc = dispose_compare_persons(l, &by, e);
	if (rc == ERR_RULE)
		err_next(e, "another person approves: daicho disposal approve --plan DIGEST --decision NUMBER --sign FPR");
	free(by.at);
	return rc;
}

static int fill_propose(struct ledger *l, const struct dispose_view *v, const struct hash *plan, int64_t now,
                        struct leaf *leaf, int *out_year, struct err *e)
{
	struct history_dues dues;
	int rc = dispose_step_propose(l, v, now, &dues, e);
	if (rc)
		return rc;
	struct hash due = dispose_plan_digest(l->store->origin, &dues);
	*out_year = dues.at[0].due.group.year;
	set_due(leaf, &dues);
	history_dues_release(&dues);
	return hash_is_equal(&due, plan) ? ERR_OK : refuse_stale(e);
}

static int fill_approve(struct ledger *l, const struct dispose_view *v, const struct hash *plan, int64_t now,
                        struct leaf *leaf, int *out_year, struct err *e)
{
	int rc = need_proposal(v, e);
	if (!rc)
		rc = compare_proposed(l, v, plan, e);
	if (!rc)
		rc = dispose_step_approve(l, v, now, e);
	if (!rc)
		rc = compare_persons(l, v, leaf, e);
	*out_year = v->stands.base_year;
	set_on(leaf, v->stands.propose);
	return rc;
}

static int fill_abort(struct ledger *l, const struct dispose_view *v, const struct hash *plan, int64_t now,
                      struct leaf *leaf, int *out_year, struct err *e)
{
	int rc = need_proposal(v, e);
	(void)now;
	if (!rc)
		rc = compare_proposed(l, v, plan, e);
	*out_year = v->stands.base_year;
	set_on(leaf, v->stands.propose);
	return rc;
}

static int (*const fillers[])(struct ledger *l, const struct dispose_view *v, const struct hash *plan, int64_t now,
                              struct leaf *leaf, int *out_year, struct err *e) = {
	[DISPOSE_PROPOSE] = fill_propose, [DISPOSE_APPROVE] = fill_approve, [DISPOSE_ABORT] = fill_abort,
};

/* The judgement that a verifier will make, before the entry is made. */
static int judge(const struct dispose_view *v, const struct leaf *leaf, struct err *e)
{
	int rc = history_judge(v->history, leaf, (struct history_class){ 0, false }, e);
	return rc == ERR_RULE ? err_next(e, "daicho disposal status tells what comes first") : rc;
}

static int make_entry(struct ledger *l, const struct dispose_view *v, enum dispose_act act, const struct hash *plan,
                      struct note *note, const struct index_person *person, int64_t now, uint64_t *out_seq,
                      struct err *e)
{
	const struct dispose_body *a = dispose_body_of(act);
	char role[LEAF_NAME_MAX + 1];
	struct leaf leaf;
	int base_year = 0;
	act_leaf(l, a->kind, note, person, now, &leaf);
	int rc = fillers[act](l, v, plan, now, &leaf, &base_year, e);
	if (!rc)
		rc = dispose_body_check(a, plan, base_year, v->stands.propose, note, e);
	if (!rc)
		rc = judge(v, &leaf, e);
	if (!rc)
		rc = act_role(l, a->kind, person, note->event, role, e);
	if (!rc)
		strcpy(note->role, role);
	if (!rc)
		rc = act_append(l, &leaf, note, NULL, now, out_seq, e);
	leaf_release(&leaf);
	return rc;
}

/* What is done to the records of the proposal that stands. */
static int say_measure(struct ledger *l, int64_t now, struct jdoc *d, struct err *e)
{
	struct dispose_view v;
	int rc = dispose_view_read(l, now, &v, e);
	if (!rc && v.stands.propose)
		jdoc_set_string(d, "measure", rulebook_measure_word(v.stands.measure));
	return rc;
}

int dispose_act(struct ledger *l, enum dispose_act act, const struct hash *plan, struct note *note,
                const struct index_person *person, int64_t now, struct jdoc **out, struct err *e)
{
	const struct dispose_body *a = dispose_body_of(act);
	struct dispose_view v;
	char digest[HASH_TEXT_LEN + 1];
	bool found = false;
	uint64_t seq = 0;
	int rc = act_find_repeat(l, a->kind, note, &found, &seq, e);
	if (!rc && strcmp(note->unit, l->rules->book->office) != 0)
		rc = err_set(e, ERR_KIND, "disposal: its note does not stand under the office of the rule book");
	if (!rc && act == DISPOSE_APPROVE && !note->signature) {
		err_set(e, ERR_PERM, "disposal: each approval is signed with the person's own key");
		rc = err_next(e, "daicho disposal approve --plan DIGEST --decision NUMBER --sign FPR");
	}
	if (!rc && !found && !(rc = dispose_view_read(l, now, &v, e)))
		rc = make_entry(l, &v, act, plan, note, person, now, &seq, e);
	if (!rc)
		rc = act_say(l, a->kind, seq, person, out, e);
	if (rc)
		return rc;
	hash_print(plan, digest);
	jdoc_set_string(*out, "plan", digest);
	return act == DISPOSE_ABORT ? ERR_OK : say_measure(l, now, *out, e);
}
