#include "cli/listing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/days.h"
#include "cli/options.h"
#include "cli/output.h"

int listing_get(struct context *c, const char *command, const char *path, bool has_text, int argc, char **argv,
                struct jdoc **out_doc, struct err *e)
{
	const char *kind = NULL, *unit = NULL, *year = NULL, *since = NULL, *until = NULL, *text = NULL, *limit = NULL;
	const char *after = NULL;
	bool newest = false;
	char from[DATE_LEN + 1], to[DATE_LEN + 1];
	size_t n = 0;
	BUF_CLEANUP struct buf full = BUF_INIT;
	const struct options_spec specs[] = {
		{ "kind", &kind, NULL }, { "unit", &unit, NULL }, { "year", &year, NULL }, { "since", &since, NULL },
		{ "until", &until, NULL }, { "limit", &limit, NULL }, { "after", &after, NULL }, { "newest", NULL, &newest },
		{ "text", &text, NULL }, /* last: left out where there is none */
	};
	size_t count = sizeof specs / sizeof *specs - (has_text ? 0 : 1);
	int rc = options_read(command, argc, argv, specs, count, NULL, NULL, NULL, 0, &n, e);
	if (!rc && since && !(rc = days_read(c, command, "since", since, from, e)))
		since = from;
	if (!rc && until && !(rc = days_read(c, command, "until", until, to, e)))
		until = to;
	if (rc)
		return rc;
	buf_puts(&full, path);
	client_add_query(&full, "order", newest ? "newest" : NULL);
	for (size_t i = 0; i < count; i++)
		if (specs[i].value)
			client_add_query(&full, specs[i].name, *specs[i].value);
	return client_get(c, buf_str(&full), out_doc, e);
}

void listing_end_row(struct buf *out, size_t from, const struct jdoc *row)
{
	const char *reason = jdoc_get_text(row, "reason");
	int64_t n = 0;
	if (jdoc_get_integer(row, "corrects", &n))
		buf_printf(out, _("  corrects %" PRId64), n);
	if (reason) {
		buf_puts(out, ": ");
		text_add_safe(out, reason, strlen(reason), true);
	}
	if (jdoc_get_integer(row, "corrected_by", &n)) {
		output_strike(out, from);
		buf_printf(out, _("  corrected by %" PRId64), n);
	}
	if (jdoc_get_integer(row, "voided_by", &n)) {
		output_strike(out, from);
		buf_printf(out, _("  voided by %" PRId64), n);
	}
	buf_putc(out, '\n');
}

void listing_tell_more(const struct jdoc *doc, const char *member)
{
	const struct jdoc *rows = jdoc_get(doc, member);
	int64_t last = 0;
	if (!jdoc_is_true(jdoc_get(doc, "more")) || !jdoc_size(rows) || !isatty(STDERR_FILENO))
		return;
	jdoc_get_integer(jdoc_at(rows, jdoc_size(rows) - 1), "seq", &last);
	fprintf(stderr, _("daicho: there is more; add --after %" PRId64 "\n"), last);
}
