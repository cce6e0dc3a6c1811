#include <inttypes.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/options.h"
#include "cli/output.h"

#define NAME_COLUMNS 24
#define KIND_COLUMNS 18
#define RETENTION_COLUMNS 38
#define TYPE_COLUMNS 9

static void add_retention(struct buf *out, const struct jdoc *kind)
{
	const struct jdoc *r = jdoc_get(kind, "retention");
	int64_t years = 0;
	if (jdoc_get_integer(r, "years", &years))
		buf_printf(out, years == 1 ? _("%" PRId64 " calendar year from %s (%s)")
		                           : _("%" PRId64 " calendar years from %s (%s)"), years, _(jdoc_text_of(r, "from")),
		           jdoc_text_of(r, "clause"));
	else
		buf_puts(out, _("no end set: never expires"));
}

static void print_kinds(const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	const struct jdoc *kinds = jdoc_get(d, "kinds"), *units = jdoc_get(d, "units");
	for (size_t i = 0; i < jdoc_size(kinds); i++) {
		const struct jdoc *k = jdoc_at(kinds, i);
		BUF_CLEANUP struct buf retention = BUF_INIT;
		add_retention(&retention, k);
		text_add_cell(&out, jdoc_text_of(k, "name"), KIND_COLUMNS);
		text_add_cell(&out, buf_str(&retention), RETENTION_COLUMNS);
		text_add_safe(&out, output_title(k), strlen(output_title(k)), true); /* last: titles are long in Japanese */
		buf_putc(&out, '\n');
	}
	buf_puts(&out, _("\nunits:\n"));
	for (size_t i = 0; i < jdoc_size(units); i++) {
		text_add_cell(&out, jdoc_text_of(jdoc_at(units, i), "name"), NAME_COLUMNS);
		const char *title = output_title(jdoc_at(units, i));
		text_add_safe(&out, title, strlen(title), true);
		buf_putc(&out, '\n');
	}
	output_text(&out);
}

static bool is_required(const struct jdoc *schema, const char *field)
{
	const struct jdoc *required = jdoc_get(schema, "required");
	for (size_t i = 0; i < jdoc_size(required); i++)
		if (strcmp(jdoc_text(jdoc_at(required, i)), field) == 0)
			return true;
	return false;
}

struct fields {
	struct buf *out;
	const struct jdoc *schema;
};

static int add_field(void *ctx, const char *name, struct jdoc *field, struct err *e)
{
	struct fields *f = ctx;
	const struct jdoc *values = jdoc_get(field, "enum");
	(void)e;
	buf_puts(f->out, is_required(f->schema, name) ? "* " : "  ");
	text_add_cell(f->out, name, NAME_COLUMNS);
	text_add_cell(f->out, jdoc_get_text(field, "x-date") || jdoc_is_true(jdoc_get(field, "x-date"))
	                      ? _("date") : jdoc_text_of(field, "type"), TYPE_COLUMNS);
	text_add_safe(f->out, output_field_title(field), strlen(output_field_title(field)), true);
	for (size_t i = 0; i < jdoc_size(values); i++) {
		const char *v = jdoc_text(jdoc_at(values, i));
		buf_puts(f->out, i ? " | " : ": ");
		if (v)
			text_add_safe(f->out, v, strlen(v), true);
	}
	buf_putc(f->out, '\n');
	return ERR_OK;
}

static void add_links(struct buf *out, const char *label, const struct jdoc *links)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	for (size_t i = 0; i < jdoc_size(links); i++)
		buf_printf(&text, _("%s%s (by --%s)"), i ? ", " : "", jdoc_text_of(jdoc_at(links, i), "matter"),
		           jdoc_text_of(jdoc_at(links, i), "field"));
	if (text.len)
		output_row(out, label, buf_str(&text));
}

/* Names one after the other, or the one word that stands in their place. */
static void add_names(struct buf *out, const char *label, const struct jdoc *names)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	const char *word = jdoc_text(names);
	buf_puts(&text, word ? word : "");
	for (size_t i = 0; !word && i < jdoc_size(names); i++)
		buf_printf(&text, "%s%s", i ? ", " : "", jdoc_text(jdoc_at(names, i)) ? jdoc_text(jdoc_at(names, i)) : "");
	if (text.len)
		output_row(out, label, buf_str(&text));
}

static void print_kind(const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, retention = BUF_INIT;
	const struct jdoc *k = jdoc_get(d, "kind"), *schema = jdoc_get(d, "schema");
	struct fields f = { &out, schema };
	output_row(&out, jdoc_text_of(k, "name"), output_title(k));
	if (*jdoc_text_of(k, "form"))
		output_row(&out, _("form"), jdoc_text_of(k, "form"));
	output_row(&out, _("clause"), jdoc_text_of(k, "clause"));
	add_retention(&retention, k);
	output_row(&out, _("kept"), buf_str(&retention));
	if (*jdoc_text_of(k, "opens"))
		output_row(&out, _("opens"), jdoc_text_of(k, "opens"));
	add_links(&out, _("closes"), jdoc_get(k, "closes"));
	add_links(&out, _("within"), jdoc_get(k, "within"));
	add_links(&out, _("under"), jdoc_get(k, "under"));
	add_names(&out, _("units"), jdoc_get(k, "units"));
	add_names(&out, _("submitted by"), jdoc_get(k, "submit"));
	add_names(&out, _("signed as"), jdoc_get(k, "sign"));
	buf_puts(&out, _("\nfields (* must be given):\n"));
	jdoc_each(jdoc_get(schema, "properties"), add_field, &f, NULL);
	output_text(&out);
}

int cmd_kinds(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	struct jdoc *d = NULL;
	const char *kind = NULL;
	size_t n = 0;
	int rc = options_read("kinds", argc, argv, NULL, 0, NULL, NULL, &kind, 1, &n, e);
	if (!rc && n && !text_is_name(kind, strlen(kind)))
		rc = err_set(e, ERR_KIND, "kind: not a name of a kind"), err_next(e, "daicho kinds");
	if (rc)
		return rc;
	buf_printf(&path, n ? "/v1/kinds/%s" : "/v1/kinds", n ? kind : "");
	rc = client_get(c, buf_str(&path), &d, e);
	if (rc)
		return rc;
	if (c->json)
		output_json(d);
	else if (n)
		print_kind(d);
	else
		print_kinds(d);
	jdoc_free(d);
	*out_status = 0;
	return ERR_OK;
}
