#include <inttypes.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/days.h"
#include "cli/listing.h"
#include "cli/output.h"

#define COMMIT_SHOWN 12
#define ERA_TIME_COLUMNS 25 /* "令和10年12月31日 10:15:03" */

static void add_numbers(struct buf *out, const char *word, const struct jdoc *list)
{
	for (size_t i = 0; i < jdoc_size(list); i++) {
		int64_t n = 0;
		jdoc_integer_value(jdoc_at(list, i), &n);
		buf_printf(out, "  %s %" PRId64, lang_text(word), n);
	}
}

static void add_time(struct buf *out, const struct days *days, const char *time)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	days_add(days, time, &text);
	if (days->count)
		text_add_cell(out, buf_str(&text), ERA_TIME_COLUMNS);
	else
		text_add_safe(out, buf_str(&text), text.len, true);
}

static void add_entry(struct buf *out, const struct days *days, const struct jdoc *r)
{
	const char *time = jdoc_get_text(r, "time"), *summary = jdoc_get_text(r, "summary");
	const char *commit = jdoc_get_text(r, "commit"), *opens = jdoc_get_text(r, "opens");
	size_t from = out->len;
	int64_t seq = 0;
	jdoc_get_integer(r, "seq", &seq);
	buf_printf(out, "%8" PRId64 "  ", seq);
	add_time(out, days, time ? time : "");
	buf_printf(out, "  %.*s  ", COMMIT_SHOWN, commit ? commit : "");
	if (summary)
		text_add_safe(out, summary, strlen(summary), true);
	if (opens)
		buf_printf(out, "  %s %s", _("opens"), opens);
	add_numbers(out, N_("closes"), jdoc_get(r, "closes"));
	add_numbers(out, N_("within"), jdoc_get(r, "within"));
	add_numbers(out, N_("under"), jdoc_get(r, "under"));
	listing_end_row(out, from, r);
}

int cmd_log(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	DAYS_CLEANUP struct days days = DAYS_INIT;
	struct jdoc *d = NULL;
	int rc = listing_get(c, "log", "/v1/log", false, argc, argv, &d, e);
	if (rc)
		return rc;
	days_open(c, &days);
	const struct jdoc *rows = jdoc_get(d, "entries");
	for (size_t i = 0; i < jdoc_size(rows); i++)
		add_entry(&out, &days, jdoc_at(rows, i));
	if (c->json)
		output_json(d);
	else
		output_text(&out);
	listing_tell_more(d, "entries");
	jdoc_free(d);
	*out_status = 0;
	return ERR_OK;
}
