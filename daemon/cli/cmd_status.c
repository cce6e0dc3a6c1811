#include <inttypes.h>
#include <stdio.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/days.h"
#include "cli/options.h"
#include "cli/output.h"

static void add_text(struct buf *out, const char *label, const struct jdoc *d, const char *member)
{
	const char *text = jdoc_get_text(d, member);
	output_row(out, label, text ? text : "-");
}

/* What they acknowledge is no proof: a signature, where one was asked for, is not in the ledger. */
static void add_copies(struct buf *out, const struct days *days, const struct jdoc *copies)
{
	for (size_t i = 0; i < jdoc_size(copies); i++) {
		const struct jdoc *copy = jdoc_at(copies, i);
		const char *until = jdoc_get_text(copy, "until");
		BUF_CLEANUP struct buf line = BUF_INIT, day = BUF_INIT;
		int64_t seq = 0;
		jdoc_get_integer(copy, "seq", &seq);
		buf_printf(&line, _("%s: acknowledged up to entry %" PRId64), jdoc_get_text(copy, "name"), seq);
		if (until) {
			days_add(days, until, &day);
			buf_printf(&line, _("; kept until %s"), buf_str(&day));
		}
		output_row(out, i ? "" : _("copies"), buf_str(&line));
	}
}

/* What the store lacks, and no disposal explains. */
static void add_lost(struct buf *out, const char *entries)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	if (!entries)
		return;
	buf_printf(&line, _("MISSING: the records of entries %s (daicho loss list)"), entries);
	output_row(out, _("lost"), buf_str(&line));
}

static void print_status(const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, time = BUF_INIT;
	const struct jdoc *last = jdoc_get(d, "last"), *book = jdoc_get(d, "rulebook");
	int64_t entries = 0;
	char number[24];
	jdoc_get_integer(d, "entries", &entries);
	snprintf(number, sizeof number, "%" PRId64, entries);
	add_text(&out, _("origin"), d, "origin");
	add_text(&out, _("genesis"), d, "genesis");
	add_text(&out, _("key"), d, "key");
	add_text(&out, _("rule book"), book, "id");
	output_row(&out, "", output_title(book));
	output_row(&out, _("entries"), number);
	add_text(&out, _("last entry"), last, "kind");
	days_add(days, jdoc_get_text(last, "time") ? jdoc_get_text(last, "time") : "-", &time);
	output_row(&out, "", buf_str(&time));
	add_text(&out, "", last, "commit");
	add_text(&out, "daichod", d, "version");
	add_copies(&out, days, jdoc_get(d, "copies"));
	add_lost(&out, jdoc_get_text(d, "missing"));
	output_text(&out);
}

#define ENTRY_COLUMNS 8
#define UNIT_COLUMNS 18
#define DAY_COLUMNS 11
#define ERA_DAY_COLUMNS 17 /* "令和10年12月31日" */
#define VALUE_COLUMNS 20

static int add_value(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	(void)name;
	(void)e;
	if (jdoc_text(value))
		buf_puts(&text, jdoc_text(value));
	else
		jdoc_print(value, &text);
	text_add_cell(ctx, buf_str(&text), VALUE_COLUMNS);
	buf_putc(ctx, ' ');
	return ERR_OK;
}

static void add_case(struct buf *out, const struct days *days, const struct jdoc *one)
{
	BUF_CLEANUP struct buf since = BUF_INIT;
	const char *day = jdoc_get_text(one, "since");
	char entry[24];
	int64_t seq = 0;
	jdoc_get_integer(one, "entry", &seq);
	snprintf(entry, sizeof entry, "%" PRId64, seq);
	text_add_cell(out, entry, ENTRY_COLUMNS);
	days_add(days, day ? day : "", &since);
	text_add_cell(out, buf_str(&since), days->count ? ERA_DAY_COLUMNS : DAY_COLUMNS);
	text_add_cell(out, jdoc_get_text(one, "unit"), UNIT_COLUMNS);
	buf_putc(out, ' ');
	jdoc_each(jdoc_get(one, "show"), add_value, out, NULL);
	buf_putc(out, '\n');
}

/* Matters of which none stands are left out. */
static void print_standing(const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	const struct jdoc *matters = jdoc_get(d, "matters");
	for (size_t i = 0; i < jdoc_size(matters); i++) {
		const struct jdoc *matter = jdoc_at(matters, i), *cases = jdoc_get(matter, "cases");
		if (!jdoc_size(cases))
			continue;
		buf_printf(&out, "\n%s: %zu\n", output_title(matter), jdoc_size(cases));
		for (size_t n = 0; n < jdoc_size(cases); n++)
			add_case(&out, days, jdoc_at(cases, n));
	}
	output_text(&out);
}

static int get_standing(struct context *c, const char *at, const char *unit, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	buf_puts(&path, "/v1/standing");
	client_add_query(&path, "at", at);
	client_add_query(&path, "unit", unit);
	return client_get(c, buf_str(&path), out, e);
}

int cmd_status(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	DAYS_CLEANUP struct days days = DAYS_INIT;
	struct jdoc *d = NULL, *standing = NULL;
	char day[DATE_LEN + 1];
	const char *at = NULL, *unit = NULL;
	size_t n = 0;
	const struct options_spec specs[] = { { "at", &at, NULL }, { "unit", &unit, NULL } };
	int rc = options_read("status", argc, argv, specs, 2, NULL, NULL, NULL, 0, &n, e);
	if (!rc && at && !(rc = days_read(c, "status", "at", at, day, e)))
		at = day;
	if (!rc)
		rc = client_get(c, "/v1/status", &d, e);
	if (!rc)
		rc = get_standing(c, at, unit, &standing, e);
	if (!rc && c->json) {
		jdoc_set(d, "standing", jdoc_keep(standing));
		output_json(d);
	} else if (!rc) {
		days_open(c, &days);
		print_status(&days, d);
		print_standing(&days, standing);
	}
	jdoc_free(standing);
	jdoc_free(d);
	*out_status = 0;
	return rc;
}
