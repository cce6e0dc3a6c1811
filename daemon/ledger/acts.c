#include "ledger/acts.h"

#include <string.h>

#include "base/lang.h"
#include "ledger/act.h"
#include "ledger/act_body.h"
#include "ledger/acts_impl.h"

/* By kind; NULL: the leaves tell all. */
static acts_judge_fn *const judges[LEAF_KIND_COUNT] = {
	[LEAF_HOLD] = acts_hold_judge, [LEAF_EXTEND] = acts_hold_extend, [LEAF_CLASSIFY] = acts_hold_classify,
	[LEAF_TRANSFER] = acts_transfer,
	[LEAF_CLOCK] = acts_clock_judge,
	[LEAF_CORRECT_LOSS] = acts_loss_judge,
	[LEAF_DESTROYED] = acts_destroyed,
	[LEAF_ACK] = acts_copy_judge,
	[LEAF_VOID] = acts_void_judge,
	[LEAF_KEY] = acts_keys_judge,
};

/* The entry that stands for who seconds a motion while nobody does: no appointment. */
#define NOBODY 0

static int check_persons(enum leaf_kind kind, const struct index_person *person, const struct index_person *first,
                         struct err *e)
{
	const char *name = leaf_kind_name(kind);
	unsigned wanted = act_body_persons(kind);
	if (!wanted)
		return err_set(e, ERR_KIND, "act: no act of persons has this name");
	if (wanted == 1)
		return first ? err_set(e, ERR_SYNTAX, "first: %s is the act of one person", name) : ERR_OK;
	if (!first) {
		err_set(e, ERR_RULE, "%s: two persons do this, each by their own signature", name);
		return err_next(e, "write a motion (--motion FILE), which another person seconds: daicho second FILE --sign "
		                   "FPR");
	}
	if (first->first != person->first)
		return ERR_OK;
	err_set(e, ERR_RULE, "%s: who moved it can't second it", name);
	return err_next(e, "another person seconds it: daicho second FILE --sign FPR");
}

/* Where it is told what stands, of which a rule refuses an act. */
static const char *const overviews[LEAF_KIND_COUNT] = {
	[LEAF_TRANSFER] = N_("daicho disposal status tells what comes first"),
	[LEAF_HOLD] = N_("daicho list tells the records, daicho hold list what is held and extended"),
	[LEAF_RELEASE] = N_("daicho hold list tells what is held and extended"),
	[LEAF_EXTEND] = N_("daicho list tells the records, daicho hold list what is held and extended"),
	[LEAF_CLASSIFY] = N_("daicho kinds tells the classes of the kinds"),
	[LEAF_CLOCK] = N_("daicho clock status tells which entries would have to be named"),
	[LEAF_VOID] = N_("daicho list tells the records, daicho show N what became of one"),
	[LEAF_CORRECT_LOSS] = N_("daicho loss list tells what was reported, daicho list which records are missing"),
	[LEAF_ACK] = N_("daicho mirror list tells the copies that the ledger knows"),
	[LEAF_DESTROYED] = N_("daicho archive list tells the archives and what became of them"),
	[LEAF_KEY] = N_("daicho key list tells the keys of the ledger"),
};

static int tell_overview(int rc, enum leaf_kind kind, struct err *e)
{
	bool tells = rc == ERR_RULE && e && overviews[kind] && !*e->next;
	return tells ? err_next(e, "%s", lang_text(overviews[kind])) : rc;
}

static int fill(const struct acts_subject *s, struct leaf *leaf, struct err *e)
{
	int rc = act_body_fill(leaf->kind, s->body, leaf, e);
	if (!rc && (s->first || s->moves))
		leaf_seqs_add(&leaf->by, s->first ? s->first->first : NOBODY);
	if (!rc)
		rc = history_judge(s->view->history, leaf, (struct history_class){ 0, false }, e);
	if (!rc && judges[leaf->kind] && !(s->moves && leaf->kind == LEAF_DESTROYED)) /* that one does it */
		rc = judges[leaf->kind](s, e);
	return tell_overview(rc, leaf->kind, e);
}

/* Both hold a role that does this; the note says that of who acts, or seconds. */
static int take_roles(const struct acts_subject *s, enum leaf_kind kind, struct note *note, struct err *e)
{
	char role[LEAF_NAME_MAX + 1];
	int rc = s->first ? act_role(s->ledger, kind, s->first, note->event, role, e) : ERR_OK;
	if (rc)
		return err_prefix(e, "first");
	rc = act_role(s->ledger, kind, s->person, note->event, role, e);
	if (!rc)
		strcpy(note->role, role);
	return rc;
}

static int compose(struct acts_subject *s, enum leaf_kind kind, struct note *note, struct leaf *out, struct err *e)
{
	struct dispose_view view;
	int rc = dispose_view_read(s->ledger, s->now, &view, e);
	if (rc)
		return rc;
	act_leaf(s->ledger, kind, note, s->person, s->now, out);
	s->view = &view;
	s->leaf = out;
	rc = take_roles(s, kind, note, e);
	return rc ? rc : fill(s, out, e);
}

int acts_compose(struct acts_subject *s, enum leaf_kind kind, struct note *note, struct leaf *out, struct err *e)
{
	struct jdoc *body = jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, e);
	*out = (struct leaf){ .kind = kind };
	s->body = body;
	int rc = body ? compose(s, kind, note, out, e) : (int)e->code;
	jdoc_free(body);
	s->body = NULL;
	s->view = NULL;
	return rc;
}

static int make_entry(struct acts_subject *s, enum leaf_kind kind, struct note *note, uint64_t *out_seq, struct err *e)
{
	struct leaf leaf;
	int rc = acts_compose(s, kind, note, &leaf, e);
	if (!rc)
		rc = kind == LEAF_KEY ? acts_keys_append(s, &leaf, note, out_seq, e)
		                      : act_append(s->ledger, &leaf, note, NULL, s->now, out_seq, e);
	leaf_release(&leaf);
	return rc;
}

int acts_make(struct ledger *l, enum leaf_kind kind, struct note *note, const struct index_person *person,
              const struct index_person *first, int64_t now, struct jdoc **out, struct err *e)
{
	struct acts_subject s = { .ledger = l, .note = note, .person = person, .first = first, .now = now };
	bool found = false;
	uint64_t seq = 0;
	int rc = check_persons(kind, person, first, e);
	if (!rc)
		rc = act_find_repeat(l, kind, note, &found, &seq, e);
	if (!rc && strcmp(note->unit, l->rules->book->office) != 0)
		rc = err_set(e, ERR_KIND, "act: its note does not stand under the office of the rule book");
	if (!rc && !found)
		rc = make_entry(&s, kind, note, &seq, e);
	return rc ? rc : act_say(l, kind, seq, person, out, e);
}

int acts_move(struct ledger *l, enum leaf_kind kind, struct note *note, const struct index_person *person, int64_t now,
              struct err *e)
{
	struct acts_subject s = { .ledger = l, .note = note, .person = person, .now = now, .moves = true };
	struct leaf leaf;
	if (act_body_persons(kind) != 2)
		return err_set(e, ERR_KIND, "act: no act of two persons has this name");
	if (!note->signature)
		return err_set(e, ERR_PERM, "signature: who moves an act signs it with their own key");
	int rc = acts_compose(&s, kind, note, &leaf, e);
	leaf_release(&leaf);
	return rc;
}
