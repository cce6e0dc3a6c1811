#include <inttypes.h>
#include <stdio.h>

#include "base/lang.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/options.h"
#include "cli/output.h"

static void add_text(struct buf *out, const char *label, const struct jdoc *d, const char *member)
{
	const char *text = jdoc_get_text(d, member);
	output_row(out, label, text ? text : "-");
}

static void print_status(const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
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
	add_text(&out, "", last, "time");
	add_text(&out, "", last, "commit");
	add_text(&out, "daichod", d, "version");
	output_text(&out);
}

int cmd_status(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct jdoc *d = NULL;
	size_t n = 0;
	int rc = options_read("status", argc, argv, NULL, 0, NULL, NULL, NULL, 0, &n, e);
	if (!rc)
		rc = client_get(c, "/v1/status", &d, e);
	if (rc)
		return rc;
	if (c->json)
		output_json(d);
	else
		print_status(d);
	jdoc_free(d);
	*out_status = 0;
	return ERR_OK;
}
