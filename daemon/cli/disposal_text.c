#include "cli/disposal_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/output.h"

/* 満了時の措置 */
const char *disposal_text_measure(const struct jdoc *d)
{
	static const struct {
		const char *word, *text;
	} measures[] = {
		{ "archive", N_("dispose, with an archive") }, { "destroy", N_("destroy, without a copy") },
		{ "transfer", N_("transfer") },
	};
	const char *word = jdoc_text_of(d, "measure");
	for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
		if (strcmp(measures[i].word, word) == 0)
			return _(measures[i].text);
	return word;
}

static void add_list(struct buf *out, const struct jdoc *list)
{
	for (size_t i = 0; i < jdoc_size(list); i++) {
		int64_t n = 0;
		const char *text = jdoc_text(jdoc_at(list, i));
		jdoc_integer_value(jdoc_at(list, i), &n);
		if (i)
			buf_puts(out, ", ");
		if (text)
			text_add_safe(out, text, strlen(text), true);
		else
			buf_printf(out, "%" PRId64, n);
	}
}

/* The plan. */

static void add_days(struct buf *out, const struct days *days, const struct jdoc *g)
{
	BUF_CLEANUP struct buf from = BUF_INIT, expires = BUF_INIT, disposable = BUF_INIT;
	days_add(days, jdoc_text_of(g, "from"), &from);
	days_add(days, jdoc_text_of(g, "expires"), &expires);
	days_add(days, jdoc_text_of(g, "disposable"), &disposable);
	buf_printf(out, _("%s to %s, disposable from %s"), buf_str(&from), buf_str(&expires), buf_str(&disposable));
}

static void add_title(struct buf *out, const struct jdoc *g)
{
	buf_printf(out, "  %" PRId64 "/%s/%s  ", jdoc_number_of(g, "base_year"), jdoc_text_of(g, "kind"),
	           jdoc_text_of(g, "unit"));
	text_add_safe(out, output_title(g), strlen(output_title(g)), true);
	int64_t count = jdoc_number_of(g, "count");
	buf_printf(out, count == 1 ? _("  %" PRId64 " record\n") : _("  %" PRId64 " records\n"), count);
}

static void add_lost(struct buf *out, const struct jdoc *lost)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	if (!jdoc_size(lost))
		return;
	add_list(&line, lost);
	buf_printf(out, _("      LOST, so they can't be disposed of: %s\n"), buf_str(&line));
}

static void add_group(struct buf *out, const struct days *days, const struct jdoc *g)
{
	int64_t years = jdoc_number_of(g, "years");
	add_title(out, g);
	buf_printf(out, years == 1 ? _("      %" PRId64 " calendar year (%s): ")
	                           : _("      %" PRId64 " calendar years (%s): "), years, jdoc_text_of(g, "clause"));
	add_days(out, days, g);
	buf_puts(out, "\n     ");
	const struct jdoc *entries = jdoc_get(g, "entries");
	for (size_t i = 0; i < jdoc_size(entries); i++) {
		int64_t seq = 0;
		jdoc_integer_value(jdoc_at(entries, i), &seq);
		buf_printf(out, " %" PRId64, seq);
	}
	buf_putc(out, '\n');
	add_lost(out, jdoc_get(g, "lost"));
}

/* What would be due but for a hold or an extension, with the entry that says why. */
static void add_held(struct buf *out, const struct jdoc *d)
{
	const struct jdoc *holds = jdoc_get(d, "holds");
	for (size_t i = 0; i < jdoc_size(holds); i++) {
		BUF_CLEANUP struct buf line = BUF_INIT;
		const struct jdoc *h = jdoc_at(holds, i);
		add_list(&line, jdoc_get(h, "entries"));
		buf_printf(&line, _(" by entry %" PRId64), jdoc_number_of(h, "entry"));
		if (*output_title(h))
			buf_printf(&line, " (%s)", output_title(h));
		output_row(out, _("held"), buf_str(&line));
	}
}

/* A reason begins with its object, which the label names. */
static const char *skip_label(const char *reason, const char *label)
{
	size_t len = strlen(label);
	return strncmp(reason, label, len) == 0 && strncmp(reason + len, ": ", 2) == 0 ? reason + len + 2 : reason;
}

void disposal_text_plan(const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, as_of = BUF_INIT;
	const struct jdoc *groups = jdoc_get(d, "groups"), *clock = jdoc_get(d, "clock");
	days_add(days, jdoc_text_of(d, "as_of"), &as_of);
	output_row(&out, _("as of"), buf_str(&as_of));
	if (!jdoc_size(groups)) {
		output_row(&out, _("due"), _("nothing"));
		add_held(&out, d);
		output_text(&out);
		return;
	}
	output_row(&out, _("plan"), jdoc_text_of(d, "plan"));
	output_row(&out, _("measure"), disposal_text_measure(d));
	if (!jdoc_is_true(jdoc_get(clock, "believed")))
		output_row(&out, _("clock"), skip_label(jdoc_text_of(clock, "reason"), _("clock")));
	buf_printf(&out, _("due, base year %" PRId64 ":\n"), jdoc_number_of(d, "base_year"));
	for (size_t i = 0; i < jdoc_size(groups); i++)
		add_group(&out, days, jdoc_at(groups, i));
	if (jdoc_is_true(jdoc_get(d, "more")))
		output_row(&out, _("more"), _("the others of this year do not fit into one entry: they are the next run"));
	add_held(&out, d);
	output_text(&out);
}

/* The status. */

/* By the word of two persons on the clock. Empty where nothing was early. */
static void add_early(struct buf *out, const struct days *days, const struct jdoc *d, const char *label)
{
	const struct jdoc *early = jdoc_get(d, "early");
	BUF_CLEANUP struct buf line = BUF_INIT, day = BUF_INIT;
	if (jdoc_type(early) != JDOC_OBJECT)
		return;
	days_add(days, jdoc_text_of(early, "due"), &day);
	buf_printf(&line, _("PREMATURE: entry %" PRId64 " says that %" PRId64 " counts for it, and it was lawful from %s "
	                    "on"),
	           jdoc_number_of(early, "by"), jdoc_number_of(early, "counts"), buf_str(&day));
	output_row(out, label, buf_str(&line));
}

static void add_act(struct buf *out, const struct days *days, const struct jdoc *act)
{
	BUF_CLEANUP struct buf line = BUF_INIT, day = BUF_INIT, by = BUF_INIT;
	int64_t age = jdoc_number_of(act, "age_days");
	days_add(days, jdoc_text_of(act, "day"), &day);
	add_list(&by, jdoc_get(act, "by"));
	buf_printf(&line, age == 1 ? _("%s (%" PRId64 " day ago), entry %" PRId64 ", by appointment %s")
	                           : _("%s (%" PRId64 " days ago), entry %" PRId64 ", by appointment %s"),
	           buf_str(&day), age, jdoc_number_of(act, "seq"), buf_str(&by));
	if (*jdoc_text_of(act, "decision"))
		buf_printf(&line, ": %s", jdoc_text_of(act, "decision"));
	if (jdoc_is_true(jdoc_get(act, "lost")))
		buf_printf(&line, ": %s", _("its record is lost"));
	output_row(out, _(jdoc_text_of(act, "act")), buf_str(&line));
}

static void add_proposal(struct buf *out, const struct days *days, const struct jdoc *p)
{
	const struct jdoc *acts = jdoc_get(p, "acts"), *package = jdoc_get(p, "package");
	BUF_CLEANUP struct buf line = BUF_INIT, except = BUF_INIT;
	output_row(out, _("plan"), jdoc_text_of(p, "plan"));
	buf_printf(&line, _("base year %" PRId64 ": %s"), jdoc_number_of(p, "base_year"), disposal_text_measure(p));
	output_row(out, _("measure"), buf_str(&line));
	for (size_t i = 0; i < jdoc_size(acts); i++)
		add_act(out, days, jdoc_at(acts, i));
	buf_clear(&line);
	buf_printf(&line, _("%" PRId64 " of %" PRId64), jdoc_number_of(p, "approvals"), jdoc_number_of(p, "wanted"));
	output_row(out, _("approvals"), buf_str(&line));
	add_list(&except, jdoc_get(p, "except"));
	if (except.len)
		output_row(out, _("except"), buf_str(&except));
	if (jdoc_type(package) == JDOC_OBJECT)
		output_row(out, jdoc_is_true(jdoc_get(package, "signed")) ? _("package") : _("unsigned"),
		           jdoc_text_of(package, "path"));
}

/* Of what is taken now; of what is not, the refusal itself says what to do. */
static const char *say_step(const struct jdoc *next)
{
	const char *step = jdoc_text_of(next, "step");
	if (strcmp(step, "propose") == 0)
		return _("daicho disposal plan, then: daicho disposal propose --plan DIGEST");
	if (strcmp(step, "receipt") == 0)
		return _("hand it over; then: daicho disposal receipt --plan DIGEST --receipt NUMBER --sign FPR");
	if (strcmp(step, "run") != 0)
		return jdoc_text_of(jdoc_get(next, "refused"), "next");
	return jdoc_is_true(jdoc_get(next, "dated"))
		? _("let somebody outside date a checkpoint; then: daicho disposal run --plan DIGEST --checkpoint FILE "
		    "[--time-stamp FILE]")
		: _("daicho disposal run --plan DIGEST");
}

/* What it waits for stands before what to do. */
static void add_next(struct buf *out, const struct jdoc *next)
{
	const char *refused = jdoc_text_of(jdoc_get(next, "refused"), "text"), *step = say_step(next);
	if (*refused && strcmp(jdoc_text_of(next, "step"), "propose") != 0)
		output_row(out, _("waits for"), refused);
	if (*step)
		output_row(out, _("next"), step);
}

/* 満了後未廃棄 */
static void add_expired(struct buf *out, const struct days *days, const struct jdoc *d)
{
	const struct jdoc *expired = jdoc_get(d, "expired");
	for (size_t i = 0; i < jdoc_size(expired); i++) {
		const struct jdoc *one = jdoc_at(expired, i);
		BUF_CLEANUP struct buf line = BUF_INIT, day = BUF_INIT;
		days_add(days, jdoc_text_of(one, "expired"), &day);
		buf_printf(&line, _("base year %" PRId64 ": %s, expired %s, waiting %s: %s"), jdoc_number_of(one, "base_year"),
		           output_records(jdoc_number_of(one, "count")).text, buf_str(&day),
		           output_days(jdoc_number_of(one, "age_days")).text, disposal_text_measure(one));
		output_row(out, _("expired"), buf_str(&line));
	}
}

static void add_done(struct buf *out, const struct days *days, const struct jdoc *one)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	buf_printf(&line, _("base year %" PRId64 ", %s, certificate in entry %" PRId64 ", "),
	           jdoc_number_of(one, "base_year"), output_records(jdoc_number_of(one, "count")).text,
	           jdoc_number_of(one, "dispose"));
	if (jdoc_number_of(one, "disposed"))
		buf_printf(&line, _("completed in entry %" PRId64), jdoc_number_of(one, "disposed"));
	else
		buf_puts(&line, _("not completed yet"));
	output_row(out, _("disposal"), buf_str(&line));
	add_early(out, days, one, "");
}

void disposal_text_status(const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, as_of = BUF_INIT;
	const struct jdoc *p = jdoc_get(d, "proposal"), *done = jdoc_get(d, "disposals");
	const char *state = jdoc_text_of(d, "state");
	days_add(days, jdoc_text_of(d, "as_of"), &as_of);
	output_row(&out, _("as of"), buf_str(&as_of));
	output_row(&out, _("state"), _(state));
	if (jdoc_type(p) == JDOC_OBJECT)
		add_proposal(&out, days, p);
	add_next(&out, jdoc_get(d, "next"));
	add_expired(&out, days, d);
	add_held(&out, d);
	for (size_t i = 0; i < jdoc_size(done); i++)
		add_done(&out, days, jdoc_at(done, i));
	output_text(&out);
}

/* The register 廃棄簿: one block a disposal. */

static void add_registered(struct buf *out, const struct days *days, const struct jdoc *g)
{
	BUF_CLEANUP struct buf from = BUF_INIT, expires = BUF_INIT;
	days_add(days, jdoc_text_of(g, "from"), &from);
	days_add(days, jdoc_text_of(g, "expires"), &expires);
	add_title(out, g);
	buf_puts(out, "      ");
	text_add_safe(out, output_title(jdoc_get(g, "unit_title")), strlen(output_title(jdoc_get(g, "unit_title"))), true);
	buf_printf(out, _(", counted from %s, expired %s\n"), buf_str(&from), buf_str(&expires));
}

static void add_archive(struct buf *out, const struct days *days, const struct jdoc *one)
{
	const struct jdoc *a = jdoc_get(one, "archive");
	BUF_CLEANUP struct buf line = BUF_INIT;
	if (jdoc_type(a) != JDOC_OBJECT) {
		output_row(out, _("archive"), _("none"));
		return;
	}
	output_row(out, _("archive"), jdoc_text_of(a, "hash"));
	if (*jdoc_text_of(a, "until")) {
		buf_puts(&line, _("kept until "));
		days_add(days, jdoc_text_of(a, "until"), &line);
	} else {
		buf_puts(&line, _("kept without an end"));
	}
	output_row(out, "", buf_str(&line));
	buf_clear(&line);
	buf_printf(&line, _("destroyed by entry %" PRId64), jdoc_number_of(a, "destroyed"));
	if (jdoc_number_of(a, "destroyed"))
		output_row(out, "", buf_str(&line));
	add_early(out, days, a, "");
}

/* What an outsider has dated, or what its bytes state where nobody here has checked them. */
static void add_receipt(struct buf *out, const struct days *days, const struct jdoc *one)
{
	const struct jdoc *r = jdoc_get(one, "receipt");
	BUF_CLEANUP struct buf line = BUF_INIT;
	if (jdoc_type(r) != JDOC_OBJECT) {
		output_row(out, _("dated"), _("none"));
		return;
	}
	bool is_stamp = strcmp(jdoc_text_of(r, "way"), "time-stamp") == 0;
	bool is_checked = jdoc_is_true(jdoc_get(r, "checked")), is_lost = jdoc_is_true(jdoc_get(r, "lost"));
	if (is_lost) {
		buf_puts(&line, _("its record is lost"));
	} else {
		days_add(days, jdoc_text_of(r, "time"), &line);
		buf_puts(&line, is_stamp ? _(", a time stamp") : _(", cosigned by witnesses"));
		buf_puts(&line, is_checked ? "" : _(" (unverified)"));
	}
	if (*jdoc_text_of(r, "due")) {
		buf_puts(&line, _("; it was due from "));
		days_add(days, jdoc_text_of(r, "due"), &line);
	}
	output_row(out, is_checked || is_lost ? _("dated") : _("states"), buf_str(&line));
	output_row(out, "", jdoc_text_of(r, "digest"));
}

static const char *level_of(const struct jdoc *one)
{
	static const struct {
		const char *word, *text;
	} levels[] = {
		{ "ids-absent", N_("ids absent, blocks not erased") },
		{ "blocks-trimmed", N_("ids absent, blocks given back to the disk") },
		{ "key-destroyed", N_("ids absent, key destroyed") },
	};
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (strcmp(levels[i].word, jdoc_text_of(one, "level")) == 0)
			return _(levels[i].text);
	return _("not completed yet: daicho disposal status");
}

static void add_end(struct buf *out, const struct days *days, const struct jdoc *copy)
{
	const struct jdoc *changed = jdoc_get(copy, "changed");
	if (*jdoc_text_of(copy, "until")) {
		buf_puts(out, _(", until "));
		days_add(days, jdoc_text_of(copy, "until"), out);
	} else {
		buf_puts(out, _(", no end known"));
	}
	if (jdoc_type(changed) != JDOC_OBJECT)
		return;
	if (!*jdoc_text_of(changed, "until")) {
		buf_printf(out, _(" (by entry %" PRId64 ": no end known)"), jdoc_number_of(changed, "entry"));
		return;
	}
	buf_printf(out, _(" (by entry %" PRId64 ": until "), jdoc_number_of(changed, "entry"));
	days_add(days, jdoc_text_of(changed, "until"), out);
	buf_putc(out, ')');
}

/* What the certificate named, and what has happened since. */
static void add_remains(struct buf *out, const struct days *days, const struct jdoc *one)
{
	const struct jdoc *remains = jdoc_get(one, "remains");
	for (size_t i = 0; i < jdoc_size(remains); i++) {
		const struct jdoc *copy = jdoc_at(remains, i);
		BUF_CLEANUP struct buf line = BUF_INIT;
		int64_t by = jdoc_number_of(copy, "acknowledged");
		buf_puts(&line, jdoc_text_of(copy, "name"));
		add_end(&line, days, copy);
		if (by)
			buf_printf(&line, _(": disposal acknowledged by entry %" PRId64), by);
		else
			buf_puts(&line, _(": disposal not acknowledged"));
		output_row(out, _("copy named"), buf_str(&line));
	}
}

static void add_disposal(struct buf *out, const struct days *days, const struct jdoc *one, size_t number)
{
	const struct jdoc *groups = jdoc_get(one, "groups"), *acts = jdoc_get(one, "acts");
	BUF_CLEANUP struct buf line = BUF_INIT;
	buf_printf(out, "\n%zu. ", number);
	buf_printf(out, _("base year %" PRId64 ": %s\n"), jdoc_number_of(one, "base_year"), disposal_text_measure(one));
	for (size_t i = 0; i < jdoc_size(groups); i++)
		add_registered(out, days, jdoc_at(groups, i));
	for (size_t i = 0; i < jdoc_size(acts); i++)
		add_act(out, days, jdoc_at(acts, i));
	add_archive(out, days, one);
	days_add(days, jdoc_text_of(one, "day"), &line);
	buf_printf(&line, _(", certificate in entry %" PRId64), jdoc_number_of(one, "dispose"));
	output_row(out, _("disposed"), buf_str(&line));
	add_early(out, days, one, "");
	add_receipt(out, days, one);
	output_row(out, _("level"), level_of(one));
	add_remains(out, days, one);
}

void disposal_text_register(const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, line = BUF_INIT;
	const struct jdoc *list = jdoc_get(d, "disposals");
	buf_printf(&out, "%s\n", _("Register of disposals"));
	output_row(&out, _("ledger"), jdoc_text_of(d, "origin"));
	days_add(days, jdoc_text_of(d, "as_of"), &line);
	output_row(&out, _("as of"), buf_str(&line));
	if (!jdoc_size(list))
		output_row(&out, _("disposal"), _("none"));
	for (size_t i = 0; i < jdoc_size(list); i++)
		add_disposal(&out, days, jdoc_at(list, i), i + 1);
	output_text(&out);
}

/* What was done. */

void disposal_text_act(const struct jdoc *d)
{
	printf(_("%s: entry %" PRId64 " %s\n"), _(jdoc_text_of(d, "act")), jdoc_number_of(d, "seq"),
	       jdoc_text_of(d, "commit"));
	if (*jdoc_text_of(d, "measure"))
		printf(_("measure: %s\n"), disposal_text_measure(d));
}

static void add_package(struct buf *out, const struct jdoc *d)
{
	const struct jdoc *a = jdoc_get(d, "archive");
	if (jdoc_type(a) != JDOC_OBJECT) {
		output_row(out, _("archive"), _("none"));
		return;
	}
	if (jdoc_type(jdoc_get(a, "wrapped")) == JDOC_OBJECT && jdoc_number_of(d, "disposed"))
		a = jdoc_get(a, "wrapped");
	output_row(out, _("archive"), jdoc_text_of(a, "path"));
	output_row(out, "", jdoc_text_of(a, "hash"));
}

void disposal_text_run(const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	char line[160];
	if (!jdoc_number_of(d, "disposed")) {
		add_package(&out, d);
		output_row(&out, _("next"),
		           _("hand it over; then: daicho disposal receipt --plan DIGEST --receipt NUMBER --sign FPR"));
		output_text(&out);
		return;
	}
	snprintf(line, sizeof line, _("%s of base year %" PRId64),
	         output_records(jdoc_number_of(d, "count")).text, jdoc_number_of(d, "base_year"));
	output_row(&out, _("disposed"), line);
	snprintf(line, sizeof line, _("entry %" PRId64 ", completed in entry %" PRId64), jdoc_number_of(d, "dispose"),
	         jdoc_number_of(d, "disposed"));
	output_row(&out, _("certificate"), line);
	add_package(&out, d);
	output_row(&out, _("absence"), jdoc_is_true(jdoc_get(d, "absent"))
	           ? _("proved: no object of theirs is in ledger.git and volumes, no salt in other files")
	           : _("not proved"));
	output_row(&out, _("level"), level_of(d));
	if (*jdoc_text_of(d, "untrimmed"))
		output_row(&out, "", jdoc_text_of(d, "untrimmed"));
	output_text(&out);
}
