#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/days.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/statement.h"
#include "cli/usage.h"
#include "ledger/dispose.h"

#define DEADLINE_S 900

struct disposal {
	const char *plan, *decision, *reason, *sign;
};

static const char *text_of(const struct jdoc *d, const char *member)
{
	const char *text = jdoc_get_text(d, member);
	return text ? text : "";
}

static int64_t number_of(const struct jdoc *d, const char *member)
{
	int64_t n = 0;
	jdoc_get_integer(d, member, &n);
	return n;
}

static void add_days(struct buf *out, const struct days *days, const struct jdoc *g)
{
	BUF_CLEANUP struct buf from = BUF_INIT, expires = BUF_INIT, disposable = BUF_INIT;
	days_add(days, text_of(g, "from"), &from);
	days_add(days, text_of(g, "expires"), &expires);
	days_add(days, text_of(g, "disposable"), &disposable);
	buf_printf(out, _("%s to %s, disposable from %s"), buf_str(&from), buf_str(&expires), buf_str(&disposable));
}

static void add_group(struct buf *out, const struct days *days, const struct jdoc *g)
{
	buf_printf(out, "  %" PRId64 "/%s/%s  ", number_of(g, "base_year"), text_of(g, "kind"), text_of(g, "unit"));
	text_add_safe(out, output_title(g), strlen(output_title(g)), true);
	int64_t count = number_of(g, "count"), years = number_of(g, "years");
	buf_printf(out, count == 1 ? _("  %" PRId64 " record\n") : _("  %" PRId64 " records\n"), count);
	buf_printf(out, years == 1 ? _("      %" PRId64 " calendar year (%s): ")
	                           : _("      %" PRId64 " calendar years (%s): "), years, text_of(g, "clause"));
	add_days(out, days, g);
	buf_puts(out, "\n     ");
	const struct jdoc *entries = jdoc_get(g, "entries");
	for (size_t i = 0; i < jdoc_size(entries); i++) {
		int64_t seq = 0;
		jdoc_integer_value(jdoc_at(entries, i), &seq);
		buf_printf(out, " %" PRId64, seq);
	}
	buf_putc(out, '\n');
}

/* What would be due but for a hold or an extension, with the entry that says why. */
static void add_held(struct buf *out, const struct jdoc *d)
{
	const struct jdoc *holds = jdoc_get(d, "holds");
	for (size_t i = 0; i < jdoc_size(holds); i++) {
		BUF_CLEANUP struct buf line = BUF_INIT;
		const struct jdoc *h = jdoc_at(holds, i), *entries = jdoc_get(h, "entries");
		for (size_t n = 0; n < jdoc_size(entries); n++) {
			int64_t seq = 0;
			jdoc_integer_value(jdoc_at(entries, n), &seq);
			buf_printf(&line, "%s%" PRId64, n ? " " : "", seq);
		}
		buf_printf(&line, _(" by entry %" PRId64), number_of(h, "entry"));
		if (*output_title(h))
			buf_printf(&line, " (%s)", output_title(h));
		output_row(out, _("held"), buf_str(&line));
	}
}

static void print_plan(const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, as_of = BUF_INIT;
	const struct jdoc *groups = jdoc_get(d, "groups"), *clock = jdoc_get(d, "clock");
	days_add(days, text_of(d, "as_of"), &as_of);
	output_row(&out, _("as of"), buf_str(&as_of));
	if (!jdoc_size(groups)) {
		output_row(&out, _("due"), _("nothing"));
		add_held(&out, d);
		output_text(&out);
		return;
	}
	output_row(&out, _("plan"), text_of(d, "plan"));
	if (!jdoc_is_true(jdoc_get(clock, "believed")))
		output_row(&out, _("clock"), text_of(clock, "reason"));
	buf_printf(&out, _("due, base year %" PRId64 ":\n"), number_of(d, "base_year"));
	for (size_t i = 0; i < jdoc_size(groups); i++)
		add_group(&out, days, jdoc_at(groups, i));
	add_held(&out, d);
	output_text(&out);
}

static void print_state(const struct days *days, const struct jdoc *d)
{
	(void)days; /* it shows no day */
	BUF_CLEANUP struct buf out = BUF_INIT;
	const struct jdoc *p = jdoc_get(d, "proposal"), *done = jdoc_get(d, "disposals");
	output_row(&out, _("state"), _(text_of(d, "state")));
	if (jdoc_type(p) == JDOC_OBJECT)
		output_row(&out, _("plan"), text_of(p, "plan"));
	for (size_t i = 0; i < jdoc_size(done); i++) {
		const struct jdoc *one = jdoc_at(done, i);
		BUF_CLEANUP struct buf line = BUF_INIT;
		buf_printf(&line, _("base year %" PRId64 ", %" PRId64 " records, certificate in entry %" PRId64 ", "),
		           number_of(one, "base_year"), number_of(one, "count"), number_of(one, "dispose"));
		if (number_of(one, "disposed"))
			buf_printf(&line, _("completed in entry %" PRId64), number_of(one, "disposed"));
		else
			buf_puts(&line, _("not completed yet: daicho disposal run"));
		output_row(&out, _("disposal"), buf_str(&line));
	}
	output_text(&out);
}

static void print_act(const struct jdoc *d)
{
	printf(_("%s: entry %" PRId64 " %s\n"), _(text_of(d, "act")), number_of(d, "seq"), text_of(d, "commit"));
}

static void print_run(const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	const struct jdoc *a = jdoc_get(d, "archive"), *wrapped = jdoc_get(a, "wrapped");
	char line[160];
	snprintf(line, sizeof line, _("%" PRId64 " records of base year %" PRId64), number_of(d, "count"),
	         number_of(d, "base_year"));
	output_row(&out, _("disposed"), line);
	snprintf(line, sizeof line, _("entry %" PRId64 ", completed in entry %" PRId64), number_of(d, "dispose"),
	         number_of(d, "disposed"));
	output_row(&out, _("certificate"), line);
	output_row(&out, _("archive"), text_of(wrapped ? wrapped : a, "path"));
	output_row(&out, "", text_of(wrapped ? wrapped : a, "hash"));
	output_row(&out, _("absence"), jdoc_is_true(jdoc_get(d, "absent"))
	           ? _("proved: no object of the records is left under the store") : _("not proved"));
	output_text(&out);
}

static int fetch(struct context *c, const char *path, void (*print)(const struct days *days, const struct jdoc *d),
                 struct err *e)
{
	DAYS_CLEANUP struct days days = DAYS_INIT;
	struct jdoc *d = NULL;
	int rc = client_call(c, path, NULL, DEADLINE_S, &d, e);
	if (rc)
		return rc;
	days_open(c, &days);
	if (c->json)
		output_json(d);
	else
		print(&days, d);
	jdoc_free(d);
	return ERR_OK;
}

static int show_plan(struct context *c, const struct disposal *o, struct err *e)
{
	(void)o;
	return fetch(c, "/v1/disposal/plan", print_plan, e);
}

static int show_state(struct context *c, const struct disposal *o, struct err *e)
{
	(void)o;
	return fetch(c, "/v1/disposal", print_state, e);
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
		const struct jdoc *holder = act == DISPOSE_PROPOSE ? about : jdoc_get(about, "proposal");
		random_bytes(id, sizeof id);
		rc = dispose_note(act, o->plan, (int)number_of(holder, "base_year"),
		                  act == DISPOSE_ABORT ? o->reason : o->decision, text_of(kinds, "office"), id,
		                  date_of_time(date_now()), &note, e);
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
		print_act(d);
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

static int run(struct context *c, const struct disposal *o, struct err *e)
{
	struct jdoc *request = jdoc_object(), *d = NULL;
	jdoc_set_string(request, "plan", o->plan);
	int rc = client_call(c, "/v1/disposal/run", request, DEADLINE_S, &d, e);
	if (!rc && c->json)
		output_json(d);
	else if (!rc)
		print_run(d);
	jdoc_free(d);
	jdoc_free(request);
	return rc;
}

static const struct {
	const char *name;
	bool needs_plan;
	int (*run)(struct context *c, const struct disposal *o, struct err *e);
} steps[] = {
	{ "state", false, show_state }, { "plan", false, show_plan }, { N_("propose"), true, propose },
	{ N_("approve"), true, approve }, { N_("abort"), true, abort_proposal }, { "run", true, run },
};

int cmd_disposal(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct disposal o = { .plan = NULL };
	const char *name = NULL;
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "plan", &o.plan, NULL }, { "decision", &o.decision, NULL }, { "reason", &o.reason, NULL },
		{ "sign", &o.sign, NULL },
	};
	int rc = options_read("disposal", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, &name, 1, &n, e);
	*out_status = 0;
	for (size_t i = 0; !rc && n && i < sizeof steps / sizeof *steps; i++) {
		if (strcmp(steps[i].name, name) != 0)
			continue;
		if (steps[i].needs_plan && !o.plan)
			return usage_refuse("disposal", e, "--plan: the digest that `daicho disposal plan` printed is wanted");
		return steps[i].run(c, &o, e);
	}
	return rc ? rc : usage_refuse("disposal", e, "state, plan, propose, approve, abort or run is wanted");
}
