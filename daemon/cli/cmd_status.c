#include <inttypes.h>
#include <stdio.h>

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

static void print_status(const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, time = BUF_INIT;
	const struct jdoc *last = jdoc_get(d, "last"), *book = jdoc_get(d, "rulebook");
	int64_t entries = 0;
	char number[24];
	jdoc_get_integer(d, "entries", &entries);
	snprintf(number, sizeof number, "%" PRId64, entries);
	add_text(&out, "origin", d, "origin");
	add_text(&out, "genesis", d, "genesis");
	add_text(&out, "key", d, "key");
	add_text(&out, "rule book", book, "id");
	add_text(&out, "", book, "ja");
	output_row(&out, "entries", number);
	add_text(&out, "last entry", last, "kind");
	days_add(days, jdoc_get_text(last, "time") ? jdoc_get_text(last, "time") : "-", &time);
	output_row(&out, "", buf_str(&time));
	add_text(&out, "", last, "commit");
	add_text(&out, "daichod", d, "version");
	output_text(&out);
}

int cmd_status(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	DAYS_CLEANUP struct days days = DAYS_INIT;
	struct jdoc *d = NULL;
	size_t n = 0;
	int rc = options_read("status", argc, argv, NULL, 0, NULL, NULL, NULL, 0, &n, e);
	if (!rc)
		rc = client_get(c, "/v1/status", &d, e);
	if (rc)
		return rc;
	days_open(c, &days);
	if (c->json)
		output_json(d);
	else
		print_status(&days, d);
	jdoc_free(d);
	*out_status = 0;
	return ERR_OK;
}
