#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/act.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/days.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"

#define TARGETS_MAX 256
#define DEADLINE_S 900

struct extension {
	const char *years, *reason, *decision, *basis, *sign;
	const char *args[TARGETS_MAX];
	size_t count;
};

/* The keeper computes the day: nobody types one. */
static int ask(struct context *c, const struct extension *x, const struct jdoc *body, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT, on = BUF_INIT;
	const struct jdoc *targets = jdoc_get(body, "on");
	for (size_t i = 0; i < jdoc_size(targets); i++)
		buf_printf(&on, "%s%s", i ? "," : "", jdoc_text(jdoc_at(targets, i)));
	buf_puts(&path, "/v1/extension");
	client_add_query(&path, "on", buf_str(&on));
	client_add_query(&path, "years", x->years);
	return client_call(c, buf_str(&path), NULL, DEADLINE_S, out, e);
}

static void print_end(struct context *c, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, expires = BUF_INIT, until = BUF_INIT, records = BUF_INIT;
	DAYS_CLEANUP struct days days = DAYS_INIT;
	int64_t n = 0;
	if (c->json)
		return;
	days_open(c, &days);
	jdoc_get_integer(d, "records", &n);
	buf_printf(&records, "%" PRId64, n);
	days_add(&days, jdoc_get_text(d, "expires"), &expires);
	days_add(&days, jdoc_get_text(d, "until"), &until);
	output_row(&out, _("records"), buf_str(&records));
	output_row(&out, _("so far until"), buf_str(&expires));
	output_row(&out, _("now until"), buf_str(&until));
	output_text(&out);
}

static int extend(struct context *c, const struct extension *x, uint64_t years, struct jdoc *body, struct err *e)
{
	const struct act_options o = { .sign = x->sign };
	struct jdoc *end = NULL;
	act_set_targets(body, x->args, x->count);
	int rc = ask(c, x, body, &end, e);
	if (rc)
		return rc;
	jdoc_set_integer(body, "years", (int64_t)years);
	jdoc_set_string(body, "until", jdoc_get_text(end, "until"));
	jdoc_set_string(body, "reason", x->reason);
	jdoc_set_string(body, "decision", x->decision);
	if (x->basis)
		jdoc_set_string(body, "basis", x->basis);
	print_end(c, end);
	jdoc_free(end);
	return act_send(c, "extend", LEAF_EXTEND, body, &o, e);
}

int cmd_extend(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct extension x = { .count = 0 };
	uint64_t years;
	const struct options_spec specs[] = {
		{ "years", &x.years, NULL }, { "reason", &x.reason, NULL }, { "decision", &x.decision, NULL },
		{ "basis", &x.basis, NULL }, { "sign", &x.sign, NULL },
	};
	int rc = options_read("extend", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, x.args, TARGETS_MAX,
	                      &x.count, e);
	if (rc)
		return rc;
	if (!x.count || !x.years || !x.reason || !x.decision)
		return usage_refuse("extend", e, "what to extend, --years, --reason and --decision are wanted");
	if (!text_parse_u64(x.years, strlen(x.years), 100, &years) || !years)
		return usage_refuse("extend", e, "--years: from 1 to 100 calendar years in all are wanted");
	struct jdoc *body = jdoc_object();
	rc = extend(c, &x, years, body, e);
	jdoc_free(body);
	*out_status = 0;
	return rc;
}
