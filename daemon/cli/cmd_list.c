#include <inttypes.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/days.h"
#include "cli/listing.h"
#include "cli/output.h"

#define ERA_TIME_COLUMNS 22 /* "令和10年12月31日 10:15" */

static void add_time(struct buf *out, const struct days *days, const char *time)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	days_add_minute(days, time, &text);
	if (days->count)
		text_add_cell(out, buf_str(&text), ERA_TIME_COLUMNS);
	else
		text_add_safe(out, buf_str(&text), text.len, true);
}

static void add_row(struct buf *out, const struct days *days, const struct jdoc *r)
{
	const char *time = jdoc_get_text(r, "time"), *volume = jdoc_get_text(r, "volume");
	const char *state = jdoc_get_text(r, "state");
	size_t from = out->len;
	int64_t seq = 0;
	jdoc_get_integer(r, "seq", &seq);
	buf_printf(out, "%8" PRId64 "  ", seq);
	add_time(out, days, time ? time : "");
	buf_puts(out, "  ");
	text_add_cell(out, volume ? volume : "-", 34);
	buf_putc(out, ' ');
	text_add_cell(out, output_title(r), 28);
	buf_putc(out, ' ');
	buf_puts(out, state ? _(state) : "");
	listing_end_row(out, from, r);
}

int cmd_list(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	DAYS_CLEANUP struct days days = DAYS_INIT;
	struct jdoc *d = NULL;
	int rc = listing_get(c, "list", "/v1/records", true, argc, argv, &d, e);
	if (rc)
		return rc;
	days_open(c, &days);
	const struct jdoc *rows = jdoc_get(d, "records");
	for (size_t i = 0; i < jdoc_size(rows); i++)
		add_row(&out, &days, jdoc_at(rows, i));
	if (c->json)
		output_json(d);
	else
		output_text(&out);
	listing_tell_more(d, "records");
	jdoc_free(d);
	*out_status = 0;
	return ERR_OK;
}
