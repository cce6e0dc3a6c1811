#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/append.h"
#include "ledger/dispose_impl.h"
#include "ledger/intake.h"

#define ACT_FORMAT "daicho.act.v1"
#define WORDS_MAX 1000      /* bytes of a decision's number or a reason */

static const struct act {
	const char *name;           /* also the kind of the entry */
	enum leaf_kind kind;
	const char *words;          /* member of the body that it must have; NULL = none */
} acts[] = {
	[DISPOSE_PROPOSE] = { "propose", LEAF_PROPOSE, NULL },
	[DISPOSE_APPROVE] = { "approve", LEAF_APPROVE, "decision" },
	[DISPOSE_ABORT] = { "abort", LEAF_ABORT, "reason" },
};

static int check_words(const struct act *a, const char *words, struct err *e)
{
	if (!a->words)
		return words ? err_set(e, ERR_SYNTAX, "decision: a proposal has none") : ERR_OK;
	if (!words || !*words)
		return err_set(e, ERR_SYNTAX, "%s: is wanted", a->words);
	return strlen(words) > WORDS_MAX ? err_set(e, ERR_TOOBIG, "%s: over %d bytes", a->words, WORDS_MAX) : ERR_OK;
}

int dispose_note(enum dispose_act act, const char *plan, int base_year, const char *decision, const char *office,
                 const uint8_t request[NOTE_REQUEST_LEN], struct date event, struct note *out, struct err *e)
{
	const struct act *a = &acts[act];
	struct hash digest;
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = check_words(a, decision, e);
	if (rc)
		return rc;
	if (!plan || !hash_parse(plan, strlen(plan), &digest))
		return err_set(e, ERR_SYNTAX, "plan: the digest of the plan (sha256:...) is wanted");
	if (strlen(office) > LEAF_NAME_MAX)
		return err_set(e, ERR_KIND, "office: unknown unit");
	struct jdoc *body = jdoc_object();
	jdoc_set_string(body, "act", a->name);
	jdoc_set_integer(body, "base_year", base_year);
	jdoc_set_string(body, "plan", plan);
	if (a->words)
		jdoc_set_string(body, a->words, decision);
	rc = jdoc_check_clean(body, e);
	jdoc_print_canonical(body, &text);
	jdoc_free(body);
	if (rc)
		return rc;
	*out = (struct note){ .event = event };
	memcpy(out->request, request, NOTE_REQUEST_LEN);
	strcpy(out->kind, a->name);
	strcpy(out->unit, office);
	out->body = buf_steal(&text, &out->body_len);
	return ERR_OK;
}

/* What a person signed must be what is done. */
static int check_body(const struct act *a, const struct hash *plan, int base_year, const struct note *note,
                      struct err *e)
{
	char text[HASH_TEXT_LEN + 1];
	int64_t year = 0;
	hash_print(plan, text);
	struct jdoc *body = jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, e);
	if (!body)
		return e->code;
	const char *act = jdoc_get_text(body, "act"), *named = jdoc_get_text(body, "plan");
	bool same = act && strcmp(act, a->name) == 0 && named && strcmp(named, text) == 0 &&
	            jdoc_get_integer(body, "base_year", &year) && year == base_year && strcmp(note->kind, a->name) == 0;
	jdoc_free(body);
	return same ? ERR_OK : err_set(e, ERR_CONFLICT, "disposal: the statement is about another plan");
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
	if (v->stands.dispose)
		return err_set(e, ERR_RULE, "disposal: the certificate is made already (entry %" PRIu64 ")", v->stands.dispose);
	err_set(e, ERR_RULE, "disposal: no proposal stands");
	return err_next(e, "propose first: daicho disposal propose --plan DIGEST");
}

/* The plan given is that of the standing proposal. */
static int compare_proposed(struct ledger *l, const struct dispose_view *v, const struct hash *plan, struct err *e)
{
	struct leaf leaf;
	int rc = dispose_read_leaf(l, v->stands.propose, &leaf, e);
	if (rc)
		return rc;
	struct hash proposed = dispose_leaf_digest(&leaf);
	leaf_release(&leaf);
	if (hash_is_equal(&proposed, plan))
		return ERR_OK;
	return err_set(e, ERR_CONFLICT, "disposal: the plan given is not the one proposed");
}

/* The plan given is what is due now, of the base year. */
static int compare_due(struct ledger *l, const struct dispose_view *v, int base_year, const struct hash *plan,
                       struct history_dues *out, struct err *e)
{
	history_due(v->history, v->year, base_year, out);
	struct hash now = dispose_plan_digest(l->store->origin, out);
	if (out->count && hash_is_equal(&now, plan))
		return ERR_OK;
	bool is_empty = !out->count;
	history_dues_release(out);
	return is_empty && !base_year ? err_set(e, ERR_RULE, "disposal: nothing is due") : refuse_stale(e);
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
	struct leaf propose;
	int rc = dispose_read_leaf(l, v->stands.propose, &propose, e);
	if (rc)
		return rc;
	rc = dispose_compare_persons(l, &propose.by, &leaf->by, e);
	leaf_release(&propose);
	return rc;
}

static int fill_propose(struct ledger *l, const struct dispose_view *v, const struct hash *plan, int64_t now,
                        struct leaf *leaf, int *out_year, struct err *e)
{
	struct history_dues dues;
	int rc = compare_due(l, v, 0, plan, &dues, e);
	if (rc)
		return rc;
	*out_year = dues.at[0].due.group.year;
	set_due(leaf, &dues);
	history_dues_release(&dues);
	return dispose_view_clock(l, v, *out_year, now, e);
}

static int fill_approve(struct ledger *l, const struct dispose_view *v, const struct hash *plan, int64_t now,
                        struct leaf *leaf, int *out_year, struct err *e)
{
	struct history_dues dues;
	int rc = need_proposal(v, e);
	if (!rc)
		rc = compare_proposed(l, v, plan, e);
	if (!rc)
		rc = compare_persons(l, v, leaf, e);
	if (!rc)
		rc = compare_due(l, v, v->stands.base_year, plan, &dues, e);
	if (rc)
		return rc;
	history_dues_release(&dues);
	*out_year = v->stands.base_year;
	set_on(leaf, v->stands.propose);
	return dispose_view_clock(l, v, *out_year, now, e);
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

static struct jdoc *say_act(const struct act *a, const struct index_entry *entry, const struct hash *plan, uint64_t by)
{
	char commit[OID_HEX_LEN + 1], digest[HASH_TEXT_LEN + 1];
	struct jdoc *d = jdoc_object();
	oid_print(&entry->commit, commit);
	hash_print(plan, digest);
	jdoc_set_string(d, "format", ACT_FORMAT);
	jdoc_set_string(d, "act", a->name);
	jdoc_set_integer(d, "seq", (int64_t)entry->seq);
	jdoc_set_string(d, "commit", commit);
	jdoc_set_string(d, "plan", digest);
	jdoc_set_integer(d, "by", (int64_t)by);
	return d;
}

static int append_act(struct ledger *l, struct leaf *leaf, struct note *note, const struct hash *digest,
                      int64_t now, uint64_t *out_seq, struct err *e)
{
	struct append_item item = { .leaf = leaf, .note = note, .digest = *digest };
	int rc = append_one(l, &item, now, e);
	if (!rc && item.err.code) {
		*e = item.err;
		rc = (int)item.err.code;
	}
	*out_seq = item.seq;
	return rc;
}

/* The judgement that a verifier will make, before the entry is made. */
static int judge(const struct dispose_view *v, const struct leaf *leaf, struct err *e)
{
	return history_judge(v->history, leaf, (struct history_class){ 0, false }, e);
}

static int make_entry(struct ledger *l, const struct dispose_view *v, const struct act *a, const struct hash *plan,
                      struct note *note, const struct index_person *person, const struct hash *digest, int64_t now,
                      uint64_t *out_seq, struct err *e)
{
	struct leaf leaf = { .kind = a->kind, .has_volume = true, .seq = l->chain.size, .time = v->time };
	int base_year = 0;
	strcpy(leaf.kind_name, a->name);
	strcpy(leaf.volume.kind, a->name);
	memcpy(leaf.volume.unit, note->unit, sizeof leaf.volume.unit);
	leaf.volume.year = note->event.year > v->year ? note->event.year : v->year;
	leaf_seqs_add(&leaf.by, person->first);
	memcpy(note->role, person->role, sizeof note->role);
	int rc = fillers[a - acts](l, v, plan, now, &leaf, &base_year, e);
	if (!rc)
		rc = check_body(a, plan, base_year, note, e);
	if (!rc)
		rc = judge(v, &leaf, e);
	if (!rc)
		rc = append_act(l, &leaf, note, digest, now, out_seq, e);
	leaf_release(&leaf);
	return rc;
}

static int find_repeat(struct ledger *l, const struct note *note, const struct hash *digest, bool *out_found,
                       uint64_t *out_seq, struct err *e)
{
	struct hash known;
	int rc = index_request(l->index, note->request, out_found, out_seq, &known, e);
	if (!rc && *out_found && !hash_is_equal(&known, digest))
		rc = err_set(e, ERR_CONFLICT, "request: this id was used for something else");
	return rc;
}

int dispose_act(struct ledger *l, enum dispose_act act, const struct hash *plan, struct note *note,
                const struct index_person *person, int64_t now, struct jdoc **out, struct err *e)
{
	const struct act *a = &acts[act];
	const struct leaf plain = { .kind = a->kind };
	struct hash digest = intake_digest(note, &plain);
	struct dispose_view v;
	struct index_entry entry;
	bool found = false;
	uint64_t seq = 0;
	int rc = find_repeat(l, note, &digest, &found, &seq, e);
	if (!rc && strcmp(note->unit, l->rules->book->office) != 0)
		rc = err_set(e, ERR_KIND, "disposal: its note does not stand under the office of the rule book");
	if (!rc && !found && !(rc = dispose_view_read(l, now, &v, e))) {
		rc = make_entry(l, &v, a, plan, note, person, &digest, now, &seq, e);
		dispose_view_release(&v);
	}
	if (!rc)
		rc = index_entry(l->index, seq, &entry, e);
	if (!rc)
		*out = say_act(a, &entry, plan, person->first);
	return rc;
}
