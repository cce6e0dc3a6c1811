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
#define FORMAT "daicho.loss.v1"
#define REPORTS_MAX "1000"
#define LABEL_COLUMNS 16

enum text { NOTICED, WHAT, CAUSE, PERSONAL, PERSONS, RESTORABLE, REPORTED_TO, REPORTED_ON, PUBLISHED, TEXTS };

struct loss {
	const char *texts[TEXTS], *sign;
	const char *on[TARGETS_MAX];
	size_t on_count;
};

/* A bare number is an entry, two with a - between them are entries. */
static void add_targets(const struct loss *l, struct jdoc *body)
{
	struct jdoc *on = jdoc_array();
	for (size_t i = 0; i < l->on_count; i++) {
		BUF_CLEANUP struct buf text = BUF_INIT;
		const char *t = l->on[i];
		bool is_bare = t[strspn(t, "0123456789-")] == '\0';
		buf_printf(&text, "%s%s", !is_bare ? "" : strchr(t, '-') ? "entries " : "entry ", t);
		jdoc_append(on, jdoc_string(buf_str(&text)));
	}
	jdoc_set(body, "on", on);
}

static int refuse(const char *option, const char *wanted, struct err *e)
{
	return usage_refuse("loss", e, "--%s: %s", option, lang_text(wanted));
}

static int set_text(struct context *c, const char *option, const char *member, const char *value, struct jdoc *body,
                    struct err *e)
{
	(void)c, (void)option, (void)e;
	jdoc_set_string(body, member, value);
	return ERR_OK;
}

static int set_day(struct context *c, const char *option, const char *member, const char *value, struct jdoc *body,
                   struct err *e)
{
	char day[DATE_LEN + 1];
	int rc = days_read(c, "loss", option, value, day, e);
	if (!rc)
		jdoc_set_string(body, member, day);
	return rc;
}

static int set_flag(struct context *c, const char *option, const char *member, const char *value, struct jdoc *body,
                    struct err *e)
{
	bool yes = strcmp(value, "yes") == 0;
	(void)c;
	if (!yes && strcmp(value, "no") != 0)
		return refuse(option, N_("yes or no is wanted"), e);
	jdoc_set_bool(body, member, yes);
	return ERR_OK;
}

static int set_number(struct context *c, const char *option, const char *member, const char *value, struct jdoc *body,
                      struct err *e)
{
	uint64_t n;
	(void)c;
	if (!text_parse_u64(value, strlen(value), LEAF_SEQ_MAX, &n))
		return refuse(option, N_("a number is wanted"), e);
	jdoc_set_integer(body, member, (int64_t)n);
	return ERR_OK;
}

static const struct {
	const char *option, *member, *label;
	bool may_lack;
	int (*set)(struct context *c, const char *option, const char *member, const char *value, struct jdoc *body,
	           struct err *e);
} members[TEXTS] = {
	[NOTICED] = { "noticed", "noticed", N_("noticed"), false, set_day },
	[WHAT] = { "what", "what", N_("what is gone"), false, set_text },
	[CAUSE] = { "cause", "cause", N_("cause"), false, set_text },
	[PERSONAL] = { "personal-data", "personal_data", N_("personal data"), false, set_flag },
	[PERSONS] = { "persons", "persons", N_("of persons"), true, set_number },
	[RESTORABLE] = { "restorable", "restorable", N_("restorable"), true, set_text },
	[REPORTED_TO] = { "reported-to", "reported_to", N_("reported to"), true, set_text },
	[REPORTED_ON] = { "reported-on", "reported_on", N_("reported on"), true, set_day },
	[PUBLISHED] = { "published", "published", N_("made public"), true, set_flag },
};

static int report(struct context *c, const struct loss *l, struct err *e)
{
	const struct act_options o = { .sign = l->sign };
	struct jdoc *body = jdoc_object();
	int rc = l->on_count ? ERR_OK : refuse("on", N_("what was lost is wanted"), e);
	for (size_t i = 0; !rc && i < TEXTS; i++) {
		if (l->texts[i])
			rc = members[i].set(c, members[i].option, members[i].member, l->texts[i], body, e);
		else if (!members[i].may_lack)
			rc = refuse(members[i].option, N_("is wanted"), e);
	}
	add_targets(l, body);
	if (!rc)
		rc = act_send(c, "loss", LEAF_CORRECT_LOSS, body, &o, e);
	jdoc_free(body);
	return rc;
}

/* Reports. */

struct printing {
	struct buf *out;
	const struct days *days;
};

static const char *label_of(const char *member)
{
	for (size_t i = 0; i < TEXTS; i++)
		if (strcmp(members[i].member, member) == 0)
			return lang_text(members[i].label);
	return strcmp(member, "on") == 0 ? _("lost") : member;
}

static bool is_day(const char *member)
{
	return strcmp(member, "noticed") == 0 || strcmp(member, "reported_on") == 0;
}

static int add_member(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	const struct printing *p = ctx;
	(void)e;
	if (strcmp(name, "act") == 0)
		return ERR_OK;
	if (jdoc_text(value) && is_day(name))
		days_add(p->days, jdoc_text(value), &text);
	else if (jdoc_text(value))
		buf_puts(&text, jdoc_text(value));
	for (size_t i = 0; i < jdoc_size(value); i++)
		buf_printf(&text, "%s%s", i ? ", " : "", jdoc_text(jdoc_at(value, i)));
	if (jdoc_type(value) == JDOC_BOOL)
		buf_puts(&text, jdoc_is_true(value) ? _("yes") : _("no"));
	else if (!text.len)
		jdoc_print(value, &text);
	output_wide_row(p->out, label_of(name), LABEL_COLUMNS, buf_str(&text));
	return ERR_OK;
}

static void print_one(const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, time = BUF_INIT;
	char number[24];
	int64_t seq = 0;
	jdoc_get_integer(d, "seq", &seq);
	snprintf(number, sizeof number, "%" PRId64, seq);
	days_add(days, jdoc_get_text(d, "time") ? jdoc_get_text(d, "time") : "", &time);
	struct printing p = { &out, days };
	output_wide_row(&out, number, LABEL_COLUMNS, buf_str(&time));
	jdoc_each(jdoc_get(jdoc_get(d, "record"), "body"), add_member, &p, NULL);
	buf_putc(&out, '\n');
	output_text(&out);
}

static int get_reports(struct context *c, struct jdoc *list, struct err *e)
{
	struct jdoc *log = NULL;
	int rc = client_get(c, "/v1/log?kind=correct-loss&limit=" REPORTS_MAX, &log, e);
	const struct jdoc *rows = rc ? NULL : jdoc_get(log, "entries");
	for (size_t i = 0; !rc && i < jdoc_size(rows); i++) {
		BUF_CLEANUP struct buf path = BUF_INIT;
		struct jdoc *d = NULL;
		int64_t seq = 0;
		jdoc_get_integer(jdoc_at(rows, i), "seq", &seq);
		buf_printf(&path, "/v1/records/%" PRId64, seq);
		rc = client_get(c, buf_str(&path), &d, e);
		if (!rc)
			jdoc_append(list, d);
	}
	jdoc_free(log);
	return rc;
}

static void print_reports(struct context *c, const struct jdoc *list, const struct jdoc *status)
{
	DAYS_CLEANUP struct days days = DAYS_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT;
	const char *missing = jdoc_get_text(status, "missing"), *unreported = jdoc_get_text(status, "unreported");
	days_open(c, &days);
	for (size_t i = 0; i < jdoc_size(list); i++)
		print_one(&days, jdoc_at(list, i));
	if (missing)
		output_wide_row(&out, _("lost"), LABEL_COLUMNS, missing);
	if (unreported)
		output_wide_row(&out, _("unreported"), LABEL_COLUMNS, unreported);
	output_text(&out);
}

static int list_reports(struct context *c, const struct loss *l, struct err *e)
{
	struct jdoc *list = jdoc_array(), *status = NULL;
	(void)l;
	int rc = get_reports(c, list, e);
	if (!rc)
		rc = client_get(c, "/v1/status", &status, e);
	if (!rc && c->json) {
		struct jdoc *d = jdoc_object(), *missing = jdoc_get(status, "missing"), *left = jdoc_get(status, "unreported");
		jdoc_set_string(d, "format", FORMAT);
		jdoc_set(d, "reports", jdoc_keep(list));
		jdoc_set(d, "missing", missing ? jdoc_keep(missing) : jdoc_null());
		jdoc_set(d, "unreported", left ? jdoc_keep(left) : jdoc_null());
		output_json(d);
		jdoc_free(d);
	} else if (!rc) {
		print_reports(c, list, status);
	}
	jdoc_free(status);
	jdoc_free(list);
	return rc;
}

/* --on may be repeated. */
static int take_on(void *ctx, const char *name, const char *value, struct err *e)
{
	struct loss *l = ctx;
	if (strcmp(name, "on") != 0)
		return usage_refuse("loss", e, "--%s: unknown option", name);
	if (!value)
		return ERR_OK;
	if (l->on_count == TARGETS_MAX)
		return usage_refuse("loss", e, "--on: at most %d", TARGETS_MAX);
	l->on[l->on_count++] = value;
	return ERR_OK;
}

static const struct {
	const char *name;
	int (*run)(struct context *c, const struct loss *l, struct err *e);
} steps[] = { { "report", report }, { "list", list_reports } };

int cmd_loss(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct loss l = { .on_count = 0 };
	struct options_spec specs[TEXTS + 1] = { [TEXTS] = { "sign", &l.sign, NULL } };
	const char *args[TARGETS_MAX + 1];
	size_t n = 0;
	for (size_t i = 0; i < TEXTS; i++)
		specs[i] = (struct options_spec){ members[i].option, &l.texts[i], NULL };
	int rc = options_read("loss", argc, argv, specs, TEXTS + 1, take_on, &l, args, TARGETS_MAX + 1, &n, e);
	for (size_t i = 1; !rc && i < n; i++)
		rc = take_on(&l, "on", args[i], e);
	*out_status = 0;
	for (size_t i = 0; !rc && n && i < sizeof steps / sizeof *steps; i++)
		if (strcmp(steps[i].name, args[0]) == 0)
			return steps[i].run(c, &l, e);
	return rc ? rc : usage_refuse("loss", e, "report or list is wanted");
}
