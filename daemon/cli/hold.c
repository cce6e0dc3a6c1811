#include "cli/hold.h"

#include <inttypes.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/days.h"
#include "cli/output.h"

#define DEADLINE_S 900

static void add_words(struct buf *out, const char *label, const struct jdoc *d, const char *member)
{
	const char *text = jdoc_get_text(d, member);
	if (text)
		output_row(out, label, text);
}

static void add_targets(struct buf *out, const struct jdoc *d)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	const struct jdoc *on = jdoc_get(d, "on");
	int64_t records = jdoc_number_of(d, "records");
	for (size_t i = 0; i < jdoc_size(on); i++)
		buf_printf(&line, "%s%s", i ? ", " : "", jdoc_text(jdoc_at(on, i)));
	buf_printf(&line, records == 1 ? _(" (%" PRId64 " record)") : _(" (%" PRId64 " records)"), records);
	output_row(out, _("on"), buf_str(&line));
}

static void add_days(struct buf *out, const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	const char *until = jdoc_get_text(d, "until");
	days_add(days, jdoc_get_text(d, "since"), &line);
	buf_puts(&line, " - ");
	if (until)
		days_add(days, until, &line);
	else
		buf_puts(&line, _("until it is released"));
	output_row(out, _("days"), buf_str(&line));
}

static void add_people(struct buf *out, const struct jdoc *d)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	const struct jdoc *by = jdoc_get(d, "by");
	for (size_t i = 0; i < jdoc_size(by); i++) {
		int64_t seq = 0;
		jdoc_integer_value(jdoc_at(by, i), &seq);
		buf_puts(&line, i ? ", " : "");
		buf_printf(&line, _("appointment %" PRId64), seq);
	}
	output_row(out, _("by"), buf_str(&line));
}

static void add_state(struct buf *out, const struct jdoc *d)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	int64_t released = jdoc_number_of(d, "released_by");
	if (jdoc_is_true(jdoc_get(d, "stands")))
		return;
	if (released)
		buf_printf(&line, _("released by entry %" PRId64), released);
	else
		buf_puts(&line, _("ended by itself"));
	output_row(out, _("state"), buf_str(&line));
}

static void add_hold(struct buf *out, const struct days *days, const struct jdoc *d)
{
	bool extends = strcmp(jdoc_get_text(d, "act"), "extend") == 0;
	buf_printf(out, "%" PRId64 " %s  ", jdoc_number_of(d, "entry"), extends ? _("extension") : _("hold"));
	text_add_safe(out, output_title(d), strlen(output_title(d)), true);
	buf_putc(out, '\n');
	add_targets(out, d);
	add_days(out, days, d);
	add_words(out, _("reason"), d, "reason");
	add_words(out, _("decision"), d, "decision");
	if (jdoc_is_true(jdoc_get(d, "lost")))
		output_row(out, _("record"), _("lost"));
	add_people(out, d);
	add_state(out, d);
}

int hold_list(struct context *c, bool all, struct err *e)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	DAYS_CLEANUP struct days days = DAYS_INIT;
	struct jdoc *d = NULL;
	int rc = client_call(c, all ? "/v1/holds?all=yes" : "/v1/holds", NULL, DEADLINE_S, &d, e);
	if (rc)
		return rc;
	days_open(c, &days);
	const struct jdoc *holds = jdoc_get(d, "holds");
	for (size_t i = 0; i < jdoc_size(holds); i++)
		add_hold(&out, &days, jdoc_at(holds, i));
	if (c->json)
		output_json(d);
	else
		output_text(&out);
	jdoc_free(d);
	return ERR_OK;
}
