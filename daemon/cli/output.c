#include "cli/output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/text.h"

#define LABEL_COLUMNS 12
#define VERDICTS_END 64
#define NOT_JUDGED 65
#define STRIKE "\033[9m"
#define STRIKE_END "\033[29m"

void output_text(const struct buf *text)
{
	fwrite(buf_str(text), 1, text->len, stdout);
}

static const char *choose(const struct jdoc *d, const char *ja, const char *en)
{
	bool is_ja = lang_get() == LANG_JA;
	const char *own = jdoc_get_text(d, is_ja ? ja : en), *other = jdoc_get_text(d, is_ja ? en : ja);
	return own && *own ? own : other ? other : "";
}

const char *output_title(const struct jdoc *named)
{
	return choose(named, "ja", "en");
}

const char *output_field_title(const struct jdoc *field)
{
	return choose(field, "title", "x-title-en");
}

struct output_counted output_records(int64_t count)
{
	struct output_counted c;
	snprintf(c.text, sizeof c.text, count == 1 ? _("%" PRId64 " record") : _("%" PRId64 " records"), count);
	return c;
}

struct output_counted output_entries(int64_t count)
{
	struct output_counted c;
	snprintf(c.text, sizeof c.text, count == 1 ? _("%" PRId64 " entry") : _("%" PRId64 " entries"), count);
	return c;
}

struct output_counted output_disposals(int64_t count)
{
	struct output_counted c;
	snprintf(c.text, sizeof c.text, count == 1 ? _("%" PRId64 " disposal") : _("%" PRId64 " disposals"), count);
	return c;
}

struct output_counted output_files(int64_t count)
{
	struct output_counted c;
	snprintf(c.text, sizeof c.text, count == 1 ? _("%" PRId64 " file") : _("%" PRId64 " files"), count);
	return c;
}

struct output_counted output_days(int64_t count)
{
	struct output_counted c;
	snprintf(c.text, sizeof c.text, count == 1 ? _("%" PRId64 " day") : _("%" PRId64 " days"), count);
	return c;
}

void output_json(const struct jdoc *doc)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	jdoc_print(doc, &text);
	buf_putc(&text, '\n');
	output_text(&text);
}

/* Further lines of a value stand under its first one. */
void output_wide_row(struct buf *out, const char *label, size_t columns, const char *value)
{
	const char *line = value;
	do {
		size_t len = strcspn(line, "\n");
		text_add_cell(out, line == value ? label : "", columns);
		buf_putc(out, ' ');
		text_add_safe(out, line, len, true);
		buf_putc(out, '\n');
		line += len + (line[len] == '\n');
	} while (*line);
}

void output_row(struct buf *out, const char *label, const char *value)
{
	output_wide_row(out, label, LABEL_COLUMNS, value);
}

static bool may_strike(void)
{
	const char *term = getenv("TERM"), *plain = getenv("NO_COLOR");
	return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0 && !(plain && *plain);
}

static void add_struck(struct buf *out, const char *line, size_t len)
{
	size_t indent = 0;
	while (len && line[len - 1] == ' ')
		len--;
	while (indent < len && line[indent] == ' ')
		indent++;
	buf_add(out, line, indent);
	if (indent == len)
		return;
	buf_puts(out, STRIKE);
	buf_add(out, line + indent, len - indent);
	buf_puts(out, STRIKE_END);
}

void output_strike(struct buf *out, size_t from)
{
	BUF_CLEANUP struct buf plain = BUF_INIT;
	if (out->len <= from || !may_strike())
		return;
	buf_add(&plain, out->ptr + from, out->len - from);
	out->len = from;
	for (const char *line = buf_str(&plain); *line;) {
		size_t len = strcspn(line, "\n");
		add_struck(out, line, len);
		line += len;
		if (*line)
			buf_putc(out, *line++);
	}
}

/* A single rule that was broken stands in the error's own line. */
static void add_faults(struct buf *out, const struct jdoc *faults)
{
	if (jdoc_size(faults) == 1 && jdoc_get(jdoc_at(faults, 0), "next"))
		return;
	for (size_t i = 0; i < jdoc_size(faults); i++) {
		const struct jdoc *f = jdoc_at(faults, i);
		const char *parts[] = { jdoc_get_text(f, "at"), jdoc_get_text(f, "rule"), jdoc_get_text(f, "reason") };
		buf_puts(out, "  ");
		for (size_t p = 0; p < 3; p++) {
			const char *text = parts[p] && *parts[p] ? parts[p] : _("(record)");
			text_add_safe(out, text, strlen(text), true);
			buf_puts(out, p < 2 ? ": " : "\n");
		}
	}
}

int output_exit(const struct context *c, enum err_code code)
{
	int status = err_exit(code);
	return c->judges && status < VERDICTS_END ? NOT_JUDGED : status;
}

void output_error(const struct context *c, const struct err *e)
{
	output_error_as(c, e, output_exit(c, e->code));
}

void output_error_as(const struct context *c, const struct err *e, int status)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	const char *next = err_next_text(e);
	if (c->json) {
		struct jdoc *doc = jdoc_error(e, c->faults);
		jdoc_set_integer(jdoc_get(doc, "error"), "exit", status);
		output_json(doc);
		jdoc_free(doc);
		return;
	}
	buf_printf(&text, "%s: ", err_word(e->code));
	text_add_safe(&text, e->text, strlen(e->text), true);
	buf_putc(&text, '\n');
	add_faults(&text, c->faults);
	buf_printf(&text, "%s ", _("next:"));
	text_add_safe(&text, next, strlen(next), true);
	buf_putc(&text, '\n');
	fwrite(buf_str(&text), 1, text.len, stderr);
}

int output_close(struct err *e)
{
	bool bad = ferror(stdout) != 0;
	errno = 0;
	if (fclose(stdout) != 0 || bad)
		return err_errno(e, errno ? errno : EIO, "standard output");
	return ERR_OK;
}
