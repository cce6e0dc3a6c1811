#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/days.h"
#include "cli/options.h"
#include "cli/output.h"

#define STATE_COLUMNS 9
#define DAY_COLUMNS 11
#define ERA_DAY_COLUMNS 17 /* "令和10年12月31日" */
#define CLAUSE_COLUMNS 11

static const char *name_unit(const struct jdoc *due)
{
	const struct jdoc *where = jdoc_get(due, "where");
	return *output_title(where) ? output_title(where) : jdoc_text_of(where, "unit");
}

static const char *name_role(const struct jdoc *due)
{
	return output_title(jdoc_get(due, "who"));
}

static size_t find_width(const struct jdoc *dues, const char *(*name)(const struct jdoc *due))
{
	size_t widest = 0;
	for (size_t i = 0; i < jdoc_size(dues); i++) {
		const char *text = name(jdoc_at(dues, i));
		size_t width = text_width(text, strlen(text));
		widest = width > widest ? width : widest;
	}
	return widest;
}

struct widths {
	size_t unit, role;
};

static void add_due(struct buf *out, const struct days *days, const struct widths *widths, const struct jdoc *due)
{
	BUF_CLEANUP struct buf day = BUF_INIT;
	int64_t entry = 0;
	bool overdue = strcmp(jdoc_text_of(due, "state"), "overdue") == 0;
	text_add_cell(out, _(jdoc_text_of(due, "state")), STATE_COLUMNS);
	days_add(days, jdoc_text_of(due, overdue ? "since" : "until"), &day);
	text_add_cell(out, buf_str(&day), days->count ? ERA_DAY_COLUMNS : DAY_COLUMNS);
	text_add_cell(out, jdoc_text_of(due, "clause"), CLAUSE_COLUMNS);
	text_add_cell(out, name_unit(due), widths->unit);
	buf_putc(out, ' ');
	text_add_cell(out, name_role(due), widths->role);
	buf_putc(out, ' ');
	text_add_safe(out, output_title(due), strlen(output_title(due)), true);
	if (jdoc_get_integer(due, "entry", &entry))
		buf_printf(out, _(" (entry %" PRId64 ")"), entry);
	buf_putc(out, '\n');
}

int cmd_due(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT, out = BUF_INIT;
	DAYS_CLEANUP struct days days = DAYS_INIT;
	struct jdoc *d = NULL;
	const char *unit = NULL;
	size_t n = 0;
	const struct options_spec specs[] = { { "unit", &unit, NULL } };
	int rc = options_read("due", argc, argv, specs, 1, NULL, NULL, NULL, 0, &n, e);
	buf_puts(&path, "/v1/due");
	client_add_query(&path, "unit", unit);
	if (!rc)
		rc = client_get(c, buf_str(&path), &d, e);
	if (rc)
		return rc;
	days_open(c, &days);
	const struct jdoc *dues = jdoc_get(d, "due");
	const struct widths widths = { find_width(dues, name_unit), find_width(dues, name_role) };
	for (size_t i = 0; i < jdoc_size(dues); i++)
		add_due(&out, &days, &widths, jdoc_at(dues, i));
	if (c->json)
		output_json(d);
	else
		output_text(&out);
	jdoc_free(d);
	*out_status = 0;
	return ERR_OK;
}
