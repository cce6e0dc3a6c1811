#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/days.h"
#include "cli/given.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"

#define FIELD_COLUMNS 28

struct fields {
	struct buf *out;
	const struct jdoc *properties;   /* of the schema; for titles */
};

static int add_field(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	struct fields *f = ctx;
	BUF_CLEANUP struct buf text = BUF_INIT;
	const char *title = output_field_title(jdoc_get(f->properties, name));
	(void)e;
	if (jdoc_text(value))
		buf_add(&text, jdoc_text(value), jdoc_text_len(value));
	else
		jdoc_print(value, &text);
	output_wide_row(f->out, *title ? title : name, FIELD_COLUMNS, buf_str(&text));
	return ERR_OK;
}

__attribute__((format(printf, 3, 4)))
static void add_printed(struct buf *out, const char *label, const char *fmt, ...)
{
	char text[160];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	output_row(out, label, text);
}

static void add_reason(struct buf *out, const struct jdoc *record)
{
	const struct jdoc *passed = jdoc_get(record, "passed");
	BUF_CLEANUP struct buf clauses = BUF_INIT;
	if (*jdoc_text_of(record, "reason"))
		output_row(out, _("reason"), jdoc_text_of(record, "reason"));
	for (size_t i = 0; i < jdoc_size(passed); i++) {
		buf_puts(&clauses, i ? ", " : "");
		buf_puts(&clauses, jdoc_text(jdoc_at(passed, i)));
	}
	if (clauses.len)
		output_row(out, _("passed"), buf_str(&clauses));
}

static void add_day(struct buf *out, const struct days *days, const char *label, const char *text)
{
	BUF_CLEANUP struct buf day = BUF_INIT;
	days_add(days, text, &day);
	output_row(out, label, buf_str(&day));
}

/* The record of a certificate: what an outsider has dated, or what its bytes state where nobody here has checked it. */
static void add_receipt(struct buf *out, const struct days *days, const struct jdoc *r)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	buf_printf(&line, "%s, ", output_entries(jdoc_number_of(r, "size")).text);
	days_add(days, jdoc_text_of(r, "time"), &line);
	buf_puts(&line, strcmp(jdoc_text_of(r, "way"), "time-stamp") == 0 ? _(", a time stamp")
	                                                                  : _(", cosigned by witnesses"));
	if (!jdoc_is_true(jdoc_get(r, "checked")))
		buf_puts(&line, _(" (unverified)"));
	output_row(out, jdoc_is_true(jdoc_get(r, "checked")) ? _("dated") : _("states"), buf_str(&line));
	output_row(out, "", jdoc_text_of(r, "digest"));
}

static void add_record(struct buf *out, const struct days *days, const struct jdoc *d, const struct jdoc *schema)
{
	const struct jdoc *record = jdoc_get(d, "record"), *receipt = jdoc_get(d, "receipt");
	const struct jdoc *submitter = jdoc_get(record, "submitter"), *list = jdoc_get(record, "attachments");
	struct fields f = { out, jdoc_get(schema, "properties") };
	BUF_CLEANUP struct buf who = BUF_INIT;
	int64_t uid = 0, n = 0, bytes = 0;
	jdoc_get_integer(submitter, "uid", &uid);
	buf_printf(&who, "%s (uid %" PRId64 ")%s%s%s", jdoc_text_of(submitter, "login"), uid,
	           *jdoc_text_of(record, "role") ? _(" as ") : "", jdoc_text_of(record, "role"),
	           jdoc_is_true(jdoc_get(record, "signed")) ? _(", signed") : "");
	output_row(out, _("submitter"), buf_str(&who));
	add_day(out, days, _("event"), jdoc_text_of(record, "event"));
	for (size_t i = 0; i < jdoc_size(list); i++) {
		BUF_CLEANUP struct buf line = BUF_INIT;
		const struct jdoc *a = jdoc_at(list, i);
		jdoc_get_integer(a, "n", &n);
		jdoc_get_integer(a, "bytes", &bytes);
		buf_printf(&line, _("%" PRId64 " %s %" PRId64 " bytes %s"), n, jdoc_text_of(a, "media"), bytes,
		           jdoc_text_of(a, "raw"));
		output_row(out, _("attachment"), buf_str(&line));
	}
	buf_putc(out, '\n');
	if (jdoc_type(receipt) == JDOC_OBJECT) {
		add_receipt(out, days, receipt);
		return;
	}
	struct jdoc *body = days_show(days, schema, jdoc_get(record, "body"));
	jdoc_each(body, add_field, &f, NULL);
	jdoc_free(body);
}

static void add_heading(struct buf *out, const struct jdoc *d)
{
	BUF_CLEANUP struct buf heading = BUF_INIT;
	char number[24];
	int64_t seq = 0;
	jdoc_get_integer(d, "seq", &seq);
	buf_printf(&heading, "%s  %s", *output_title(d) ? output_title(d) : jdoc_text_of(d, "kind"),
	           jdoc_text_of(d, "volume"));
	snprintf(number, sizeof number, "%" PRId64, seq);
	output_row(out, number, buf_str(&heading));
}

static void add_entry(struct buf *out, const struct days *days, const struct jdoc *d, const struct jdoc *schema)
{
	const struct jdoc *record = jdoc_get(d, "record");
	int64_t by = 0;
	add_day(out, days, _("time"), jdoc_text_of(d, "time"));
	output_row(out, _("commit"), jdoc_text_of(d, "commit"));
	bool is_disposed = jdoc_get_integer(d, "disposed_by", &by);
	if (is_disposed && strcmp(jdoc_text_of(d, "state"), "held") == 0)
		add_printed(out, _("state"), _("held: the certificate in entry %" PRId64 " names it, and a hold placed after "
		                               "it, or a day that has not come, keeps it"), by);
	else if (is_disposed && strcmp(jdoc_text_of(d, "state"), "disposing") == 0)
		add_printed(out, _("state"), _("named by the certificate in entry %" PRId64 ", whose disposal is not "
		                               "completed"), by);
	else if (is_disposed)
		add_printed(out, _("state"), _("disposed of, by the certificate in entry %" PRId64), by);
	else if (strcmp(jdoc_text_of(d, "state"), "missing") == 0)
		output_row(out, _("state"), _("MISSING: its record is lost, and no disposal explains it"));
	add_reason(out, record);
	if (jdoc_type(record) == JDOC_OBJECT)
		add_record(out, days, d, schema);
	buf_putc(out, '\n');
	output_wide_row(out, _("leaf"), 4, jdoc_text_of(d, "leaf"));
}

/* An entry that was corrected or voided is struck through, but for what says so. */
static void print_entry(const struct days *days, const struct jdoc *d, const struct jdoc *schema)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	int64_t by = 0, corrected = 0, voider = 0;
	bool is_corrected = jdoc_get_integer(d, "corrected_by", &by);
	bool is_over = jdoc_get_integer(d, "voided_by", &voider) || is_corrected;
	add_heading(&out, d);
	if (is_over)
		output_strike(&out, 0);
	if (voider)
		add_printed(&out, _("voided"), _("by entry %" PRId64), voider);
	if (is_corrected)
		add_printed(&out, _("corrected"), _("by entry %" PRId64), by);
	if (jdoc_get_integer(d, "corrects", &corrected))
		add_printed(&out, _("correction"), _("of entry %" PRId64), corrected);
	size_t from = out.len;
	add_entry(&out, days, d, schema);
	if (is_over)
		output_strike(&out, from);
	output_text(&out);
}

static int get_entry(struct context *c, uint64_t seq, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	buf_printf(&path, "/v1/records/%" PRIu64, seq);
	return client_get(c, buf_str(&path), out, e);
}

/* Takes d over and gives another entry for it. */
static int go_to(struct context *c, int64_t seq, struct jdoc **d, struct err *e)
{
	jdoc_free(*d);
	*d = NULL;
	return get_entry(c, (uint64_t)seq, d, e);
}

/* The latest of a correction group, then those that it corrects, down to the first. Takes d over. */
static int print_group(struct context *c, const struct days *days, struct jdoc *d, const struct jdoc *schema,
                       struct err *e)
{
	int64_t seq = 0, next = 0;
	int rc = ERR_OK;
	jdoc_get_integer(d, "seq", &seq);
	if (jdoc_get_integer(d, "latest", &next) && next > seq)
		rc = go_to(c, next, &d, e);
	while (!rc) {
		print_entry(days, d, schema);
		jdoc_get_integer(d, "seq", &seq);
		if (!jdoc_get_integer(d, "corrects", &next) || next >= seq)
			break;
		putchar('\n');
		rc = go_to(c, next, &d, e);
	}
	jdoc_free(d);
	return rc;
}

static int show(struct context *c, uint64_t seq, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	DAYS_CLEANUP struct days days = DAYS_INIT;
	struct jdoc *d = NULL, *kind = NULL;
	struct err none = ERR_INIT;
	int rc = get_entry(c, seq, &d, e);
	if (rc)
		return rc;
	if (c->json) {
		output_json(d);
		jdoc_free(d);
		return ERR_OK;
	}
	buf_printf(&path, "/v1/kinds/%s", jdoc_text_of(d, "kind"));
	client_get(c, buf_str(&path), &kind, &none); /* an administrative kind has no fields */
	days_open(c, &days);
	rc = print_group(c, &days, d, jdoc_get(kind, "schema"), e);
	jdoc_free(kind);
	return rc;
}

static int save_attachment(struct context *c, uint64_t seq, uint64_t n, const char *file, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	struct jdoc *d = NULL;
	size_t len = 0;
	buf_printf(&path, "/v1/records/%" PRIu64 "/attachments/%" PRIu64, seq, n);
	if (file_exists(file))
		return err_set(e, ERR_USAGE, "--out: the file exists"), err_next(e, "name a new file");
	int rc = client_get(c, buf_str(&path), &d, e);
	if (rc)
		return rc;
	const char *data = jdoc_text_of(d, "data");
	MEM_CLEANUP uint8_t *raw = mem_alloc(strlen(data) / 4 * 3 + 1);
	if (!hash_base64_decode(data, strlen(data), raw, &len))
		rc = err_set(e, ERR_SYNTAX, "answer of the daemon: not base64");
	else
		rc = given_write(file, raw, len, 0600, e);
	if (!rc && c->json) {
		struct jdoc *told = jdoc_object();
		jdoc_set_string(told, "format", "daicho.show.v1");
		jdoc_set_string(told, "out", file);
		jdoc_set_integer(told, "bytes", (int64_t)len);
		output_json(told);
		jdoc_free(told);
	}
	jdoc_free(d);
	return rc;
}

int cmd_show(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	const char *number = NULL, *attachment = NULL, *file = NULL;
	uint64_t seq, m = 0;
	size_t n = 0;
	const struct options_spec specs[] = { { "attachment", &attachment, NULL }, { "out", &file, NULL } };
	int rc = options_read("show", argc, argv, specs, 2, NULL, NULL, &number, 1, &n, e);
	if (rc)
		return rc;
	if (!n || !text_parse_u64(number, strlen(number), UINT64_C(999999999999), &seq))
		return usage_refuse("show", e, "the number of an entry is wanted");
	if (!attachment != !file)
		return usage_refuse("show", e, "--attachment and --out are given together");
	if (attachment && !text_parse_u64(attachment, strlen(attachment), 99, &m))
		return usage_refuse("show", e, "--attachment: a number is wanted");
	*out_status = 0;
	return attachment ? save_attachment(c, seq, m, file, e) : show(c, seq, e);
}
