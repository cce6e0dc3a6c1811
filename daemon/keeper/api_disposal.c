#include "keeper/api_disposal.h"

#include <string.h>

#include "base/date.h"
#include "base/log.h"
#include "base/text.h"
#include "keeper/api_act.h"
#include "keeper/person.h"
#include "ledger/act.h"
#include "ledger/dispose.h"
#include "ledger/dispose_archives.h"

#define HTTP_CREATED 201

int api_disposal_state(struct api_call *c, struct jdoc **out, struct err *e)
{
	return dispose_state(c->ledger, c->now, out, e);
}

int api_disposal_plan(struct api_call *c, struct jdoc **out, struct err *e)
{
	return dispose_plan(c->ledger, c->now, out, e);
}

int api_disposal_archives(struct api_call *c, struct jdoc **out, struct err *e)
{
	return dispose_archives_list(c->ledger, c->now, out, e);
}

int api_disposal_register(struct api_call *c, struct jdoc **out, struct err *e)
{
	uint64_t year = 0;
	if (c->arg[0][0] && (!text_parse_u64(c->arg[0], strlen(c->arg[0]), DATE_YEAR_MAX, &year) || year < DATE_YEAR_MIN))
		return err_set(e, ERR_SYNTAX, "register: a calendar year is wanted");
	return dispose_register(c->ledger, c->now, (int)year, out, e);
}

static const struct api_act_member members[] = {
	{ "plan", JDOC_STRING }, { "decision", JDOC_STRING }, { "reason", JDOC_STRING }, { NULL, JDOC_NULL },
};

static int read_plan(const struct jdoc *body, struct hash *out, struct err *e)
{
	const char *plan = jdoc_get_text(body, "plan");
	if (plan && hash_parse(plan, strlen(plan), out))
		return ERR_OK;
	err_set(e, ERR_SYNTAX, "plan: the digest of the plan (sha256:...) is wanted");
	return err_next(e, "GET /v1/disposal/plan (`daicho disposal plan`) shows the plan and its digest");
}

/* What the act is about: the plan of today, or what was proposed. */
static int read_about(struct api_call *c, enum dispose_act act, const char *plan, struct dispose_about *out,
                      struct err *e)
{
	struct jdoc *doc = NULL;
	int rc = act == DISPOSE_PROPOSE ? dispose_plan(c->ledger, c->now, &doc, e)
	                                : dispose_state(c->ledger, c->now, &doc, e);
	if (rc)
		return rc;
	dispose_about_read(act, doc, plan, out);
	jdoc_free(doc);
	if (out->base_year)
		return ERR_OK;
	if (act == DISPOSE_PROPOSE) {
		err_set(e, ERR_RULE, "disposal: nothing is due");
		return err_next(e, "daicho disposal plan tells what is due, daicho volume list when the others are");
	}
	err_set(e, ERR_RULE, "disposal: no proposal stands");
	return err_next(e, "propose first: daicho disposal propose --plan DIGEST");
}

static const enum leaf_kind act_kinds[] = {
	[DISPOSE_PROPOSE] = LEAF_PROPOSE, [DISPOSE_APPROVE] = LEAF_APPROVE, [DISPOSE_ABORT] = LEAF_ABORT,
};

static int build_note(struct api_call *c, enum dispose_act act, const struct jdoc *body, struct note *out,
                      struct err *e)
{
	uint8_t request[NOTE_REQUEST_LEN];
	struct date event;
	struct dispose_about about;
	int rc = api_act_read(c, act_kinds[act], request, &event, e);
	if (!rc)
		rc = read_about(c, act, jdoc_get_text(body, "plan"), &about, e);
	if (rc)
		return rc;
	const char *words = jdoc_get_text(body, act == DISPOSE_ABORT ? "reason" : "decision");
	return dispose_note(act, &about, words, c->ledger->rules->book->office, request, event, out, e);
}

static int act(struct api_call *c, enum dispose_act what, struct jdoc **out, struct err *e)
{
	const struct jdoc *body = jdoc_get(c->message, "body");
	struct index_person person;
	struct hash plan;
	struct note note;
	int rc = api_act_check(body, members, e);
	if (!rc)
		rc = jdoc_check_clean(body, e);
	if (!rc)
		rc = read_plan(body, &plan, e);
	if (!rc)
		rc = build_note(c, what, body, &note, e);
	if (rc)
		return rc;
	rc = api_act_person(c, &note, &person, e);
	if (!rc)
		rc = dispose_act(c->ledger, what, &plan, &note, &person, c->now, out, e);
	note_release(&note);
	c->status = HTTP_CREATED;
	return rc;
}

int api_disposal_propose(struct api_call *c, struct jdoc **out, struct err *e)
{
	return act(c, DISPOSE_PROPOSE, out, e);
}

int api_disposal_approve(struct api_call *c, struct jdoc **out, struct err *e)
{
	return act(c, DISPOSE_APPROVE, out, e);
}

int api_disposal_abort(struct api_call *c, struct jdoc **out, struct err *e)
{
	struct err untidy = ERR_INIT;
	int rc = act(c, DISPOSE_ABORT, out, e);
	/* the entry stands, whatever becomes of this; each start and run tries again */
	if (!rc && dispose_archives_tidy(c->ledger, c->now, &untidy))
		log_err(&untidy);
	return rc;
}

static const struct api_act_member run_members[] = {
	{ "plan", JDOC_STRING }, { "receipt", JDOC_OBJECT }, { NULL, JDOC_NULL },
};

/* By who may propose. The certificate names those who proposed and approved; the run does what they said. */
static int check_runner(const struct api_call *c, char out_role[LEAF_NAME_MAX + 1], struct err *e)
{
	struct index_person person;
	int rc = person_by_login(c->ledger, c->login, &person, e);
	return rc ? rc : act_role(c->ledger, LEAF_PROPOSE, &person, date_of_time(c->now), out_role, e);
}

/* *out is NULL where none is given; else to be released. */
static int read_receipt(struct api_call *c, const char *role, struct note *note, struct note **out, struct err *e)
{
	const struct jdoc *receipt = jdoc_get(jdoc_get(c->message, "body"), "receipt");
	struct index_person person;
	uint8_t request[NOTE_REQUEST_LEN];
	struct date event;
	*out = NULL;
	if (!receipt)
		return ERR_OK;
	int rc = api_act_read(c, LEAF_DISPOSE, request, &event, e);
	if (!rc)
		rc = dispose_receipt_note(c->ledger, receipt, request, event, note, e);
	if (rc)
		return rc;
	strcpy(note->role, role);
	*out = note;
	return api_act_person(c, note, &person, e);
}

static int run(struct api_call *c, const char *role, struct jdoc **out, struct err *e)
{
	struct note note = { .uid = 0 }, *receipt;
	int rc = read_receipt(c, role, &note, &receipt, e);
	if (!rc)
		rc = dispose_run(c->ledger, receipt, c->now, out, e);
	if (receipt)
		note_release(receipt);
	return rc;
}

/* What destroys runs only with the digest of what was approved. */
int api_disposal_run(struct api_call *c, struct jdoc **out, struct err *e)
{
	const struct jdoc *body = jdoc_get(c->message, "body");
	struct jdoc *state = NULL;
	struct hash plan;
	char role[LEAF_NAME_MAX + 1] = "";
	int rc = api_act_check(body, run_members, e);
	if (!rc)
		rc = read_plan(body, &plan, e);
	if (!rc)
		rc = check_runner(c, role, e);
	if (!rc)
		rc = dispose_state(c->ledger, c->now, &state, e);
	if (rc)
		return rc;
	const char *approved = jdoc_get_text(jdoc_get(state, "proposal"), "plan");
	if (approved && strcmp(approved, jdoc_get_text(body, "plan")) != 0) {
		err_set(e, ERR_CONFLICT, "disposal: the plan given is not the one that was proposed");
		rc = err_next(e, "daicho disposal status tells which one was");
	}
	jdoc_free(state);
	if (!rc)
		rc = run(c, role, out, e);
	const char *untrimmed = rc ? NULL : jdoc_get_text(*out, "untrimmed");
	if (untrimmed)
		log_warn("ids absent, blocks not erased: %s", untrimmed);
	return rc;
}
