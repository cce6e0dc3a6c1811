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
#include "cli/usage.h"
#include "model/leaf.h"

#define LABEL_COLUMNS 26
#define VOLUME_COLUMNS 36
#define STATE_COLUMNS 14
#define COUNT_COLUMNS 9
#define ENTRY_COLUMNS 10
#define DAY_COLUMNS 13
#define ERA_DAY_COLUMNS 17 /* "令和10年12月31日" */

static const struct word {
	const char *name, *said;
} states[] = {
	{ "current", N_("current") },     { "carried", N_("carried over") }, { "open", N_("open") },
	{ "kept", N_("in its period") },  { "held", N_("held") },            { "expired", N_("expired") },
	{ "proposed", N_("proposed") },   { "approved", N_("approved") },    { "disposed", N_("disposed") },
}, measures[] = {
	{ "archive", N_("disposal, with a copy in the archive") }, { "destroy", N_("disposal") },
	{ "transfer", N_("transfer") },
}, media[] = {
	{ "electronic", N_("electronic") }, { "paper", N_("paper") }, { "both", N_("electronic and paper") },
};

#define SAY(words, name) say(words, sizeof words / sizeof *words, name)

static const char *say(const struct word *words, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i].name, name) == 0)
			return lang_text(words[i].said);
	return name;
}

static size_t day_columns(const struct days *days)
{
	return days->count ? ERA_DAY_COLUMNS : DAY_COLUMNS;
}

static void add_day_cell(struct buf *out, const struct days *days, const struct jdoc *d, const char *member)
{
	BUF_CLEANUP struct buf day = BUF_INIT;
	const char *text = jdoc_get_text(d, member);
	days_add(days, text ? text : "-", &day);
	text_add_cell(out, buf_str(&day), day_columns(days));
	buf_putc(out, ' ');
}

static void add_count_cell(struct buf *out, const struct jdoc *d, const char *member)
{
	char number[24];
	snprintf(number, sizeof number, "%" PRId64, jdoc_number_of(d, member));
	text_add_cell(out, number, COUNT_COLUMNS);
}

static const char *const COUNTS[] = {
	"records", "open", "held", "expired", "disposed",
};

/* A column of its own only where one is. */
static bool has_lost(const struct jdoc *volumes)
{
	bool any = false;
	for (size_t i = 0; !any && i < jdoc_size(volumes); i++)
		any = jdoc_number_of(jdoc_at(volumes, i), "lost") > 0;
	return any;
}

static void add_header(struct buf *out, const struct days *days, bool lost)
{
	const char *const counts[] = { _("records"), _("open"), _("held"), _("expired"), _("disposed") };
	text_add_cell(out, _("volume"), VOLUME_COLUMNS);
	text_add_cell(out, _("state"), STATE_COLUMNS);
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
		text_add_cell(out, counts[i], COUNT_COLUMNS);
	if (lost)
		text_add_cell(out, _("lost"), COUNT_COLUMNS);
	text_add_cell(out, _("kept until"), day_columns(days));
	buf_printf(out, " %s\n", _("title"));
}

static void add_row(struct buf *out, const struct days *days, const struct jdoc *v, bool lost)
{
	text_add_cell(out, jdoc_text_of(v, "volume"), VOLUME_COLUMNS);
	text_add_cell(out, SAY(states, jdoc_text_of(v, "state")), STATE_COLUMNS);
	for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++)
		add_count_cell(out, v, COUNTS[i]);
	if (lost)
		add_count_cell(out, v, "lost");
	add_day_cell(out, days, v, "expires");
	text_add_safe(out, output_title(v), strlen(output_title(v)), true);
	buf_putc(out, '\n');
}

static void print_list(const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	const struct jdoc *volumes = jdoc_get(d, "volumes");
	bool lost = has_lost(volumes);
	if (jdoc_size(volumes))
		add_header(&out, days, lost);
	for (size_t i = 0; i < jdoc_size(volumes); i++)
		add_row(&out, days, jdoc_at(volumes, i), lost);
	output_text(&out);
}

/* One volume: the columns of a file register. */

static void put(struct buf *out, const char *label, const char *value)
{
	output_wide_row(out, label, LABEL_COLUMNS, *value ? value : "-");
}

static void put_number(struct buf *out, const char *label, const struct jdoc *d, const char *member)
{
	char number[24];
	snprintf(number, sizeof number, "%" PRId64, jdoc_number_of(d, member));
	put(out, label, number);
}

static void put_day(struct buf *out, const char *label, const struct days *days, const struct jdoc *d,
                    const char *member)
{
	BUF_CLEANUP struct buf day = BUF_INIT;
	days_add(days, jdoc_text_of(d, member), &day);
	put(out, label, buf_str(&day));
}

/* One holder a line. */
static void put_keepers(struct buf *out, const char *label, const struct jdoc *keepers)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	for (size_t i = 0; i < jdoc_size(keepers); i++) {
		buf_printf(&text, "%s%s", i ? "\n" : "", jdoc_text_of(jdoc_at(keepers, i), "text"));
		buf_printf(&text, _(" (entry %" PRId64 ")"), jdoc_number_of(jdoc_at(keepers, i), "entry"));
	}
	put(out, label, buf_str(&text));
}

static void put_retention(struct buf *out, const struct jdoc *v)
{
	const struct jdoc *r = jdoc_get(v, "retention");
	BUF_CLEANUP struct buf text = BUF_INIT;
	int64_t years = jdoc_number_of(r, "years");
	if (!years)
		buf_puts(&text, _("no end set"));
	else
		buf_printf(&text, years == 1 ? _("%" PRId64 " calendar year") : _("%" PRId64 " calendar years"), years);
	if (*jdoc_text_of(r, "clause"))
		buf_printf(&text, " (%s)", jdoc_text_of(r, "clause"));
	if (jdoc_is_true(jdoc_get(v, "extended")))
		buf_printf(&text, _(", extended to %" PRId64 " in all"), jdoc_number_of(r, "total"));
	put(out, _("retention"), buf_str(&text));
}

static void put_measure(struct buf *out, const struct jdoc *v)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	buf_puts(&text, SAY(measures, jdoc_text_of(v, "measure")));
	if (*jdoc_text_of(v, "measure_clause"))
		buf_printf(&text, " (%s)", jdoc_text_of(v, "measure_clause"));
	put(out, _("measure at the end"), buf_str(&text));
}

static void put_class(struct buf *out, const struct jdoc *v)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	buf_printf(&text, "%s%s%s", jdoc_text_of(v, "kind"), *jdoc_text_of(v, "form") ? " " : "", jdoc_text_of(v, "form"));
	put(out, _("classification"), buf_str(&text));
}

static void put_entries(struct buf *out, const struct jdoc *v)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	int64_t closed_by = 0;
	buf_printf(&text, "%" PRId64 "-%" PRId64, jdoc_number_of(v, "first"), jdoc_number_of(v, "last"));
	if (jdoc_get_integer(v, "closed_by", &closed_by))
		buf_printf(&text, _(", closed by entry %" PRId64), closed_by);
	put(out, _("first and last entry"), buf_str(&text));
}

static void add_fields(struct buf *out, const struct days *days, const struct jdoc *v)
{
	BUF_CLEANUP struct buf year = BUF_INIT;
	buf_printf(&year, _("%" PRId64 " (calendar year)"), jdoc_number_of(v, "year"));
	put_class(out, v);
	put(out, _("title"), output_title(v));
	put(out, _("unit"), output_title(jdoc_get(v, "unit")));
	put(out, _("year of making"), buf_str(&year));
	put(out, _("state"), SAY(states, jdoc_text_of(v, "state")));
	put_day(out, _("counted from"), days, v, "from");
	put_retention(out, v);
	put_day(out, _("kept until"), days, v, "expires");
	put_day(out, _("may go from"), days, v, "disposable");
	put_measure(out, v);
	put(out, _("place"), output_title(jdoc_get(v, "place")));
	put(out, _("medium"), SAY(media, jdoc_text_of(v, "medium")));
	put_keepers(out, _("keeper at the year's end"), jdoc_get(v, "keeper"));
	put_keepers(out, _("keeper now"), jdoc_get(v, "keeper_now"));
	put_entries(out, v);
	put_number(out, _("records"), v, "records");
	put_number(out, _("open"), v, "open");
	put_number(out, _("held"), v, "held");
	put_number(out, _("expired"), v, "expired");
	put_number(out, _("disposed"), v, "disposed");
	if (jdoc_number_of(v, "lost"))
		put_number(out, _("lost"), v, "lost");
}

static void add_carried(struct buf *out, const struct jdoc *carried)
{
	for (size_t i = 0; i < jdoc_size(carried); i++) {
		const struct jdoc *c = jdoc_at(carried, i);
		BUF_CLEANUP struct buf text = BUF_INIT;
		int64_t count = jdoc_number_of(c, "count");
		buf_printf(&text, count == 1 ? _("%" PRId64 " record into %" PRId64 ", entry %" PRId64)
		                             : _("%" PRId64 " records into %" PRId64 ", entry %" PRId64), count,
		           jdoc_number_of(c, "into"), jdoc_number_of(c, "entry"));
		put(out, i ? "" : _("carried over"), buf_str(&text));
	}
}

static void add_record(struct buf *out, const struct days *days, const struct jdoc *r)
{
	int64_t open = 0;
	char seq[24];
	snprintf(seq, sizeof seq, "%" PRId64, jdoc_number_of(r, "seq"));
	text_add_cell(out, seq, ENTRY_COLUMNS);
	text_add_cell(out, SAY(states, jdoc_text_of(r, "state")), STATE_COLUMNS);
	add_day_cell(out, days, r, "from");
	add_day_cell(out, days, r, "expires");
	const size_t end = out->len;
	if (jdoc_get_integer(r, "open_matter", &open))
		buf_printf(out, _("matter %" PRId64 " is open"), open);
	else if (jdoc_get_integer(r, "disposed_by", &open))
		buf_printf(out, _("disposed of by entry %" PRId64), open);
	else if (jdoc_is_true(jdoc_get(r, "held")))
		buf_puts(out, _("held"));
	if (jdoc_is_true(jdoc_get(r, "lost")))
		buf_printf(out, "%s%s", out->len > end ? "; " : "", _("its record is lost"));
	buf_putc(out, '\n');
}

static void print_volume(const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	const struct jdoc *v = jdoc_get(d, "volume"), *list = jdoc_get(d, "list");
	put(&out, _("volume"), jdoc_text_of(v, "volume"));
	put_day(&out, _("as of"), days, d, "at");
	add_fields(&out, days, v);
	add_carried(&out, jdoc_get(d, "carried"));
	buf_putc(&out, '\n');
	text_add_cell(&out, _("entry"), ENTRY_COLUMNS);
	text_add_cell(&out, _("state"), STATE_COLUMNS);
	text_add_cell(&out, _("counted from"), day_columns(days));
	buf_printf(&out, " %s\n", _("kept until"));
	for (size_t i = 0; i < jdoc_size(list); i++)
		add_record(&out, days, jdoc_at(list, i));
	output_text(&out);
}

struct volume {
	const char *at, *kind, *unit, *year;
	const char *args[2];                   /* what to do, and the volume */
	size_t count;
};

static int list_volumes(struct context *c, const struct volume *v, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	if (v->count > 1)
		return usage_refuse("volume", e, "list: takes no volume; choose by --kind, --unit and --year");
	buf_puts(&path, "/v1/volumes");
	client_add_query(&path, "at", v->at);
	client_add_query(&path, "kind", v->kind);
	client_add_query(&path, "unit", v->unit);
	client_add_query(&path, "year", v->year);
	return days_answer(c, buf_str(&path), CLIENT_DEADLINE_S, print_list, e);
}

static int show_volume(struct context *c, const struct volume *v, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	struct leaf_volume named;
	if (v->count != 2 || !leaf_volume_parse(v->args[1], strlen(v->args[1]), &named))
		return usage_refuse("volume", e, "show: one volume is wanted, YEAR/KIND/UNIT");
	if (v->kind || v->unit || v->year)
		return usage_refuse("volume", e, "show: --kind, --unit and --year are for list");
	buf_printf(&path, "/v1/volumes/%s", v->args[1]);
	client_add_query(&path, "at", v->at);
	return days_answer(c, buf_str(&path), CLIENT_DEADLINE_S, print_volume, e);
}

static const struct {
	const char *name;
	int (*run)(struct context *c, const struct volume *v, struct err *e);
} steps[] = { { "list", list_volumes }, { "show", show_volume } };

int cmd_volume(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct volume v = { .count = 0 };
	char day[DATE_LEN + 1];
	const struct options_spec specs[] = {
		{ "at", &v.at, NULL }, { "kind", &v.kind, NULL }, { "unit", &v.unit, NULL }, { "year", &v.year, NULL },
	};
	int rc = options_read("volume", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, v.args, 2, &v.count,
	                      e);
	if (!rc && v.at && !(rc = days_read(c, "volume", "at", v.at, day, e)))
		v.at = day;
	*out_status = 0;
	for (size_t i = 0; !rc && v.count && i < sizeof steps / sizeof *steps; i++)
		if (strcmp(steps[i].name, v.args[0]) == 0)
			return steps[i].run(c, &v, e);
	return rc ? rc : usage_refuse("volume", e, "list or show is wanted");
}
