#include <inttypes.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/days.h"
#include "cli/disposal_text.h"
#include "cli/options.h"
#include "cli/output.h"

#define NAME_COLUMNS 26
#define CLAUSE_COLUMNS 13
#define SPAN_MAX 100000

static void add_word(struct buf *out, const char *label, const struct jdoc *keys, const char *key)
{
	if (!jdoc_get_text(keys, key))
		return;
	buf_puts(out, label);
	text_add_safe(out, jdoc_text_of(keys, key), strlen(jdoc_text_of(keys, key)), true);
}

/* One that the language of rule books gives a meaning. */
static void add_known(struct buf *out, const char *label, const struct jdoc *keys, const char *key)
{
	static const char *const known[] = { N_("refuse"), N_("warn"), N_("attest"), N_("month"), N_("year"), N_("all") };
	const char *word = jdoc_text_of(keys, key);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i], word) == 0) {
			buf_printf(out, "%s%s", label, lang_text(word));
			return;
		}
	add_word(out, label, keys, key);
}

/* "7 days" */
static void add_span(struct buf *out, const char *label, const struct jdoc *keys, const char *key)
{
	const char *word = jdoc_text_of(keys, key);
	size_t digits = strspn(word, "0123456789");
	uint64_t days;
	if (text_parse_u64(word, digits, SPAN_MAX, &days) && strncmp(word + digits, " day", 4) == 0)
		buf_printf(out, "%s%s", label, output_days((int64_t)days).text);
	else
		add_word(out, label, keys, key);
}

static void add_title(struct buf *out, const struct jdoc *keys)
{
	buf_putc(out, ' ');
	text_add_safe(out, output_title(keys), strlen(output_title(keys)), true);
}

static void add_sentence(struct buf *out, const struct jdoc *keys)
{
	buf_puts(out, "      ");
	text_add_safe(out, output_title(keys), strlen(output_title(keys)), true);
	buf_putc(out, '\n');
}

static void add_kind(struct buf *out, const struct jdoc *keys)
{
	add_title(out, keys);
	add_word(out, _("; opens "), keys, "opens");
	add_word(out, _("; closes "), keys, "closes");
	add_word(out, _("; kept, years: "), keys, "retain");
	if (jdoc_get_text(keys, "retain_from"))
		buf_printf(out, "%s%s", _(" from "), _(jdoc_text_of(keys, "retain_from")));
	add_word(out, " (", keys, "retain_clause");
	buf_puts(out, jdoc_get_text(keys, "retain_clause") ? ")" : _("; no end set"));
	if (jdoc_get_text(keys, "measure"))
		buf_printf(out, "%s%s", _("; then: "), disposal_text_measure(keys));
	buf_putc(out, '\n');
}

static void add_matter(struct buf *out, const struct jdoc *keys)
{
	add_title(out, keys);
	buf_putc(out, '\n');
}

static void add_rule(struct buf *out, const struct jdoc *keys)
{
	add_known(out, " ", keys, "level");
	add_known(out, ": ", keys, "kinds");
	buf_putc(out, '\n');
	add_sentence(out, keys);
}

static void add_due(struct buf *out, const struct jdoc *keys)
{
	add_word(out, " ", keys, "who");
	add_word(out, _(", over "), keys, "over");
	add_known(out, _(", every "), keys, "every");
	add_span(out, _(", within "), keys, "within");
	add_word(out, _(", until "), keys, "until");
	buf_putc(out, '\n');
	add_sentence(out, keys);
}

static void add_route(struct buf *out, const struct jdoc *keys)
{
	add_word(out, " ", keys, "matter");
	add_word(out, ": ", keys, "steps");
	buf_putc(out, '\n');
	add_sentence(out, keys);
}

static void add_act(struct buf *out, const struct jdoc *keys)
{
	add_word(out, " ", keys, "submit");
	buf_putc(out, '\n');
}

static const struct {
	const char *word, *title;
	void (*add)(struct buf *out, const struct jdoc *keys);
} parts[] = {
	{ "kind ", N_("kinds"), add_kind }, { "matter ", N_("matters"), add_matter }, { "rule ", N_("rules"), add_rule },
	{ "due ", N_("dues"), add_due },    { "route ", N_("routes"), add_route },
	{ "act ", N_("acts"), add_act },
};

static void add_part(struct buf *out, const struct jdoc *sections, size_t part)
{
	size_t len = strlen(parts[part].word);
	bool any = false;
	for (size_t i = 0; i < jdoc_size(sections); i++) {
		const char *name = jdoc_text_of(jdoc_at(sections, i), "section");
		const struct jdoc *keys = jdoc_get(jdoc_at(sections, i), "keys");
		if (strncmp(name, parts[part].word, len) != 0)
			continue;
		if (!any)
			buf_printf(out, "\n%s:\n", lang_text(parts[part].title));
		any = true;
		buf_puts(out, "  ");
		text_add_cell(out, name + len, NAME_COLUMNS);
		buf_putc(out, ' ');
		text_add_cell(out, jdoc_text_of(keys, "clause"), CLAUSE_COLUMNS);
		parts[part].add(out, keys);
	}
}

static void add_day(struct buf *out, const char *label, const struct days *days, const char *text)
{
	if (!*text)
		return;
	buf_puts(out, label);
	days_add(days, text, out);
}

/* What else the head says, where it does. */
static const struct {
	const char *key, *label;
} head[] = {
	{ "issued", N_("issued") },
	{ "replaces", N_("replaces") },
	{ "amend", N_("amended by") },
	{ "keeper_role", N_("keeper") },
};

/* The numbers of the head. */
static void add_spans(struct buf *out, const struct jdoc *book)
{
	const char *years = jdoc_get_text(book, "archive_years"), *months = jdoc_get_text(book, "warn_months");
	BUF_CLEANUP struct buf kept = BUF_INIT, warned = BUF_INIT;
	if (years) {
		buf_printf(&kept, strcmp(years, "1") == 0 ? _("kept %s calendar year after the year of the certificate")
		                                          : _("kept %s calendar years after the year of the certificate"),
		           years);
		output_row(out, _("archives"), buf_str(&kept));
	}
	if (months) {
		buf_printf(&warned, strcmp(months, "1") == 0 ? _("from %s month before the end of the rule book on")
		                                             : _("from %s months before the end of the rule book on"), months);
		output_row(out, _("warning"), buf_str(&warned));
	}
}

static void add_head(struct buf *out, const struct days *days, const struct jdoc *book)
{
	for (size_t i = 0; i < sizeof head / sizeof *head; i++) {
		BUF_CLEANUP struct buf value = BUF_INIT;
		if (!jdoc_get_text(book, head[i].key))
			continue;
		days_add(days, jdoc_text_of(book, head[i].key), &value);
		output_row(out, lang_text(head[i].label), buf_str(&value));
	}
	add_spans(out, book);
}

static const struct {
	const char *name, *means;
} limits[] = {
	{ "clock_step_days", N_("days that the clock may be past the last entry") },
	{ "clock_back_minutes", N_("minutes that the clock may be behind the last entry") },
	{ "event_ahead_days", N_("days ahead of today that an event may be dated") },
	{ "life_percent", N_("of a hundred days of each year waited must have an entry before a disposal") },
	{ "approvals", N_("persons who approve a disposal, besides who proposed it") },
	{ "approval_days", N_("days that an approval counts") },
	{ "receipts", N_("dated receipts from outside that a disposal needs") },
};

static void add_limits(struct buf *out, const struct jdoc *d)
{
	buf_printf(out, "\n%s:\n", _("limits"));
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		BUF_CLEANUP struct buf value = BUF_INIT;
		int64_t number = 0;
		if (!jdoc_get_integer(d, limits[i].name, &number))
			continue;
		buf_printf(&value, "%" PRId64, number);
		buf_puts(out, "  ");
		text_add_cell(out, limits[i].name, NAME_COLUMNS);
		buf_printf(out, " %4s  %s\n", buf_str(&value), lang_text(limits[i].means));
	}
}

static const struct jdoc *find_directive(const struct jdoc *sections)
{
	for (size_t i = 0; i < jdoc_size(sections); i++)
		if (strcmp(jdoc_text_of(jdoc_at(sections, i), "section"), "directive") == 0)
			return jdoc_get(jdoc_at(sections, i), "keys");
	return NULL;
}

static void print_rules(const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, span = BUF_INIT, since = BUF_INIT;
	const struct jdoc *sections = jdoc_get(d, "sections"), *book = find_directive(sections);
	int64_t entry = 0;
	jdoc_get_integer(d, "since", &entry);
	buf_printf(&since, "%" PRId64, entry);
	add_day(&span, _("from "), days, jdoc_text_of(book, "in_force"));
	add_day(&span, _(" until "), days, jdoc_text_of(book, "expires"));
	add_word(&span, " (", book, "expires_clause");
	buf_puts(&span, jdoc_get_text(book, "expires_clause") ? ")" : "");
	output_row(&out, _("rule book"), jdoc_text_of(d, "id"));
	output_row(&out, "", jdoc_text_of(book, lang_get() == LANG_JA ? "title_ja" : "title_en"));
	output_row(&out, _("in force"), buf_str(&span));
	output_row(&out, _("by entry"), buf_str(&since));
	output_row(&out, _("digest"), jdoc_text_of(d, "digest"));
	add_head(&out, days, book);
	add_limits(&out, jdoc_get(d, "limits"));
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		add_part(&out, sections, i);
	output_text(&out);
}

int cmd_rules_show(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	DAYS_CLEANUP struct days days = DAYS_INIT;
	struct jdoc *d = NULL;
	const char *at = NULL;
	size_t n = 0;
	const struct options_spec specs[] = { { "at", &at, NULL } };
	int rc = options_read("rules", argc, argv, specs, 1, NULL, NULL, NULL, 0, &n, e);
	buf_puts(&path, "/v1/rules");
	client_add_query(&path, "at", at);
	if (!rc)
		rc = client_get(c, buf_str(&path), &d, e);
	if (rc)
		return rc;
	days_open(c, &days);
	if (c->json)
		output_json(d);
	else
		print_rules(&days, d);
	jdoc_free(d);
	*out_status = 0;
	return ERR_OK;
}
