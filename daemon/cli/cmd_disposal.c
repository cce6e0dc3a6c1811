#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/random.h"
#include "base/text.h"
#include "base/text_utf8.h"
#include "cli/act.h"
#include "cli/apart.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/days.h"
#include "cli/disposal_text.h"
#include "cli/given.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/statement.h"
#include "cli/usage.h"
#include "ledger/dispose.h"
#include "ledger/receipt.h"
#include "ledger/timestamp.h"

#define DEADLINE_S 900
#define LOOK_DEADLINE_S 60

struct disposal {
	const char *plan, *decision, *reason, *sign, *receipt, *year, *checkpoint, *stamp;
};

static int show_plan(struct context *c, const struct disposal *o, struct err *e)
{
	(void)o;
	return days_answer(c, "/v1/disposal/plan", DEADLINE_S, disposal_text_plan, e);
}

static int show_status(struct context *c, const struct disposal *o, struct err *e)
{
	(void)o;
	return days_answer(c, "/v1/disposal", DEADLINE_S, disposal_text_status, e);
}

/* What the keeper will build from the request, so that the signature is over the same bytes. */
static int sign(struct context *c, enum dispose_act act, const struct disposal *o, struct jdoc *request, struct err *e)
{
	struct jdoc *about = NULL, *kinds = NULL;
	uint8_t id[NOTE_REQUEST_LEN];
	struct note note;
	int rc = client_get(c, act == DISPOSE_PROPOSE ? "/v1/disposal/plan" : "/v1/disposal", &about, e);
	if (!rc)
		rc = client_get(c, "/v1/kinds", &kinds, e);
	if (!rc) {
		struct dispose_about what;
		dispose_about_read(act, about, o->plan, &what);
		random_bytes(id, sizeof id);
		rc = dispose_note(act, &what, act == DISPOSE_ABORT ? o->reason : o->decision, jdoc_text_of(kinds, "office"),
		                  id, date_of_time(date_now()), &note, e);
	}
	if (!rc) {
		rc = statement_sign(c, o->sign, &note, request, e);
		note_release(&note);
	}
	jdoc_free(kinds);
	jdoc_free(about);
	return rc;
}

static int act(struct context *c, enum dispose_act what, const char *path, const struct disposal *o, struct err *e)
{
	struct jdoc *request = jdoc_object(), *d = NULL;
	int rc = ERR_OK;
	jdoc_set_string(request, "plan", o->plan);
	if (o->decision)
		jdoc_set_string(request, "decision", o->decision);
	if (o->reason)
		jdoc_set_string(request, "reason", o->reason);
	if (o->sign)
		rc = sign(c, what, o, request, e);
	if (!rc)
		rc = client_call(c, path, request, DEADLINE_S, &d, e);
	if (!rc && c->json)
		output_json(d);
	else if (!rc)
		disposal_text_act(d);
	jdoc_free(d);
	jdoc_free(request);
	return rc;
}

static int propose(struct context *c, const struct disposal *o, struct err *e)
{
	return act(c, DISPOSE_PROPOSE, "/v1/disposal/propose", o, e);
}

static int approve(struct context *c, const struct disposal *o, struct err *e)
{
	if (!o->decision)
		return usage_refuse("disposal", e, "--decision: the number of the outside decision is wanted");
	if (!o->sign)
		return usage_refuse("disposal", e, "--sign: an approval is signed with the person's own key");
	return act(c, DISPOSE_APPROVE, "/v1/disposal/approve", o, e);
}

static int abort_proposal(struct context *c, const struct disposal *o, struct err *e)
{
	if (!o->reason)
		return usage_refuse("disposal", e, "--reason: a reason is wanted");
	return act(c, DISPOSE_ABORT, "/v1/disposal/abort", o, e);
}

struct dated {
	const struct disposal *o;
	struct buf checkpoint, reply;
};

/* Before it is sent, so that a refusal names the file. Who dated it only the daemon knows. */
static int look_apart(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct dated *d = ctx;
	const char *stamp = d->o->stamp;
	BUF_CLEANUP struct buf query = BUF_INIT;
	struct receipt r;
	*out_status = 0;
	int rc = text_is_utf8(buf_str(&d->checkpoint), d->checkpoint.len) ? timestamp_query(&d->checkpoint, &query, e)
	                                                                  : err_set(e, ERR_UTF8, "not UTF-8");
	if (rc) {
		err_prefix(e, "%s", d->o->checkpoint);
		return err_next(e, "daicho checkpoint --out FILE makes a checkpoint");
	}
	rc = receipt_read(&d->checkpoint, stamp ? &d->reply : NULL, NULL, &r, e);
	if (rc)
		return err_prefix(e, "%s", stamp ? stamp : d->o->checkpoint);
	receipt_release(&r);
	*out = jdoc_object();
	return ERR_OK;
}

static int read_dated(struct dated *d, struct err *e)
{
	struct jdoc *seen = NULL;
	int status, rc = given_read(d->o->checkpoint, RECEIPT_CHECKPOINT_MAX,
	                            "--checkpoint: give what daicho witness push --out FILE wrote, or with --time-stamp "
	                            "what was stamped", &d->checkpoint, e);
	if (!rc && d->o->stamp)
		rc = given_read(d->o->stamp, RECEIPT_STAMP_MAX, "--time-stamp: give the file that the authority answered "
		                "with", &d->reply, e);
	if (!rc)
		rc = apart_run("disposal", LOOK_DEADLINE_S, look_apart, d, &seen, &status, e);
	jdoc_free(seen);
	return rc;
}

static int add_receipt(const struct disposal *o, struct jdoc *request, struct err *e)
{
	struct dated d = { .o = o };
	if (!o->checkpoint && !o->stamp)
		return ERR_OK;
	if (!o->checkpoint)
		return usage_refuse("disposal", e, "--time-stamp: --checkpoint with what was stamped is wanted, too");
	int rc = read_dated(&d, e);
	if (!rc)
		jdoc_set(request, "receipt", receipt_body(&d.checkpoint, o->stamp ? &d.reply : NULL));
	buf_release(&d.checkpoint);
	buf_release(&d.reply);
	return rc;
}

static int run(struct context *c, const struct disposal *o, struct err *e)
{
	struct jdoc *request = jdoc_object(), *d = NULL;
	jdoc_set_string(request, "plan", o->plan);
	int rc = add_receipt(o, request, e);
	if (!rc)
		rc = client_call(c, "/v1/disposal/run", request, DEADLINE_S, &d, e);
	if (!rc && c->json)
		output_json(d);
	else if (!rc)
		disposal_text_run(d);
	jdoc_free(d);
	jdoc_free(request);
	return rc;
}

/* What was handed over, as the daemon has it, received by who signs. */
static int receive(struct context *c, const struct jdoc *proposal, const struct disposal *o, struct err *e)
{
	const struct jdoc *package = jdoc_get(proposal, "package");
	const struct act_options options = { .sign = o->sign };
	if (strcmp(jdoc_text_of(proposal, "plan"), o->plan) != 0) {
		err_set(e, ERR_CONFLICT, "disposal: the plan given is not the one that was proposed");
		return err_next(e, "daicho disposal status tells which one was");
	}
	if (strcmp(jdoc_text_of(proposal, "measure"), "transfer") != 0) {
		err_set(e, ERR_RULE, "disposal: these records are not to be transferred");
		return err_next(e, "they need no receipt: daicho disposal run --plan DIGEST");
	}
	if (jdoc_type(package) != JDOC_OBJECT) {
		err_set(e, ERR_RULE, "disposal: nothing was handed over yet");
		return err_next(e, "daicho disposal status tells what comes first");
	}
	struct jdoc *body = jdoc_object();
	jdoc_set_integer(body, "approval", jdoc_number_of(proposal, "approve"));
	jdoc_set_string(body, "archive", jdoc_text_of(package, "hash"));
	jdoc_set_integer(body, "bytes", jdoc_number_of(package, "bytes"));
	jdoc_set_string(body, "receipt", o->receipt);
	int rc = act_send(c, "disposal", LEAF_TRANSFER, body, &options, e);
	jdoc_free(body);
	return rc;
}

static int receipt(struct context *c, const struct disposal *o, struct err *e)
{
	struct jdoc *state = NULL;
	if (!o->receipt || !o->sign)
		return usage_refuse("disposal", e, "--receipt NUMBER and --sign FINGERPRINT are wanted");
	int rc = client_get(c, "/v1/disposal", &state, e);
	if (!rc)
		rc = receive(c, jdoc_get(state, "proposal"), o, e);
	jdoc_free(state);
	return rc;
}

static int show_register(struct context *c, const struct disposal *o, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	uint64_t year = 0;
	if (o->year && (!text_parse_u64(o->year, strlen(o->year), DATE_YEAR_MAX, &year) || year < DATE_YEAR_MIN))
		return usage_refuse("disposal", e, "--year: a calendar year is wanted");
	buf_puts(&path, "/v1/disposal/register");
	if (year)
		buf_printf(&path, "/%" PRIu64, year);
	return days_answer(c, buf_str(&path), DEADLINE_S, disposal_text_register, e);
}

static const struct {
	const char *name;
	bool needs_plan;
	int (*run)(struct context *c, const struct disposal *o, struct err *e);
} steps[] = {
	{ "status", false, show_status }, { "state", false, show_status }, { "plan", false, show_plan },
	{ N_("propose"), true, propose }, { N_("approve"), true, approve }, { N_("abort"), true, abort_proposal },
	{ "run", true, run }, { "receipt", true, receipt }, { "register", false, show_register },
};

int cmd_disposal(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct disposal o = { .plan = NULL };
	const char *name = NULL;
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "plan", &o.plan, NULL }, { "decision", &o.decision, NULL }, { "reason", &o.reason, NULL },
		{ "sign", &o.sign, NULL }, { "receipt", &o.receipt, NULL }, { "year", &o.year, NULL },
		{ "checkpoint", &o.checkpoint, NULL }, { "time-stamp", &o.stamp, NULL },
	};
	int rc = options_read("disposal", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, &name, 1, &n, e);
	*out_status = 0;
	for (size_t i = 0; !rc && n && i < sizeof steps / sizeof *steps; i++) {
		if (strcmp(steps[i].name, name) != 0)
			continue;
		if (steps[i].needs_plan && !o.plan)
			return usage_refuse("disposal", e, "--plan: the digest that `daicho disposal plan` printed is wanted");
		if ((o.checkpoint || o.stamp) && steps[i].run != run)
			return usage_refuse("disposal", e, "--checkpoint, --time-stamp: of `daicho disposal run` alone");
		return steps[i].run(c, &o, e);
	}
	return rc ? rc : usage_refuse("disposal", e,
	                              "status, plan, propose, approve, abort, run, receipt or register is wanted");
}
