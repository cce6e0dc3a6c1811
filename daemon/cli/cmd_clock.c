#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/act.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/days.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"

struct clock {
	const char *entries, *counts, *reason, *sign, *motion;
};

/* Monday is 1. */
static const char *get_weekday(const struct jdoc *d)
{
	static const char *const names[] = {
		"", N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
	};
	int64_t n = 0;
	jdoc_get_integer(d, "weekday", &n);
	return n > 0 && n < (int64_t)(sizeof names / sizeof *names) ? lang_text(names[n]) : "";
}

static void add_shown(struct buf *out, const struct jdoc *d)
{
	BUF_CLEANUP struct buf day = BUF_INIT, time = BUF_INIT;
	const struct days iso = DAYS_INIT;
	days_add(&iso, jdoc_text_of(d, "now"), &time);
	buf_printf(&day, _("%s, %s"), jdoc_text_of(d, "words"), get_weekday(d));
	output_row(out, _("clock"), buf_str(&time));
	output_row(out, "", buf_str(&day));
}

/* What was dated by a slow clock is kept from the year in which it was made. */
static void add_slow(struct buf *out, const struct jdoc *slow)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	int64_t last = jdoc_number_of(slow, "last"), from = jdoc_number_of(slow, "from"), to = jdoc_number_of(slow, "to");
	if (jdoc_type(slow) != JDOC_OBJECT)
		return;
	if (from == to)
		buf_printf(&text, _("or, if the clock was slow, entries N-%" PRId64 ", for which %" PRId64 " counts"), last,
		           to);
	else
		buf_printf(&text, _("or, if the clock was slow, entries N-%" PRId64 ", for which one of %" PRId64 " to %"
		                    PRId64 " counts"), last, from, to);
	output_row(out, "", buf_str(&text));
}

/* "N" or "N-M" up to the last of those that a slow clock dated. */
static bool is_slow(const struct jdoc *slow, const char *entries, uint64_t year)
{
	const char *dash = strchr(entries, '-');
	size_t len = dash ? (size_t)(dash - entries) : strlen(entries);
	uint64_t first, last;
	if (jdoc_type(slow) != JDOC_OBJECT || !text_parse_u64(entries, len, INT64_MAX, &first))
		return false;
	last = first;
	if (dash && !text_parse_u64(dash + 1, strlen(dash + 1), INT64_MAX, &last))
		return false;
	return first <= (uint64_t)jdoc_number_of(slow, "first") && last == (uint64_t)jdoc_number_of(slow, "last") &&
	       year >= (uint64_t)jdoc_number_of(slow, "from") && year <= (uint64_t)jdoc_number_of(slow, "to");
}

/* The keeper refuses it when it is seconded; who moves it learns it at once. */
static int check_named(const struct jdoc *d, const char *entries, uint64_t year, struct err *e)
{
	const struct jdoc *attest = jdoc_get(d, "attest");
	bool is_it = jdoc_type(attest) == JDOC_OBJECT && strcmp(jdoc_text_of(attest, "entries"), entries) == 0 &&
	             (uint64_t)jdoc_number_of(attest, "counts") == year;
	if (is_it || is_slow(jdoc_get(d, "slow"), entries, year))
		return ERR_OK;
	err_set(e, ERR_RULE, "entries: %s, for which %d counts, is not what there is to attest", entries, (int)year);
	return err_next(e, "daicho clock says which are");
}

static void add_attest(struct buf *out, const struct jdoc *attest, const struct jdoc *slow)
{
	int64_t counts = 0;
	BUF_CLEANUP struct buf text = BUF_INIT;
	if (jdoc_type(attest) != JDOC_OBJECT)
		return;
	jdoc_get_integer(attest, "counts", &counts);
	buf_printf(&text, strchr(jdoc_text_of(attest, "entries"), '-') ? _("entries %s, for which %" PRId64 " counts")
	                                                               : _("entry %s, for which %" PRId64 " counts"),
	           jdoc_text_of(attest, "entries"), counts);
	output_row(out, _("to attest"), buf_str(&text));
	add_slow(out, slow);
	buf_printf(out, "%s daicho clock attest --entries %s --counts %" PRId64 " --reason TEXT --sign FPR --motion FILE\n",
	           _("next:"), jdoc_text_of(attest, "entries"), counts);
}

/* What the attested time would make early, for whom signs it to see. */
static void add_early(struct buf *out, const struct days *days, const struct jdoc *early)
{
	for (size_t i = 0; i < jdoc_size(early); i++) {
		const struct jdoc *one = jdoc_at(early, i);
		BUF_CLEANUP struct buf line = BUF_INIT, day = BUF_INIT;
		days_add(days, jdoc_text_of(one, "due"), &day);
		buf_printf(&line, jdoc_is_true(jdoc_get(one, "completed"))
		           ? _("entry %" PRId64 " would be PREMATURE: it was lawful from %s on")
		           : _("entry %" PRId64 " is not completed: what it names stays until %s"),
		           jdoc_number_of(one, "entry"), buf_str(&day));
		output_row(out, _("early"), buf_str(&line));
	}
}

static void print_status(const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT, last = BUF_INIT;
	const char *reason = jdoc_get_text(d, "reason");
	int64_t seq = 0;
	jdoc_get_integer(jdoc_get(d, "last"), "seq", &seq);
	buf_printf(&last, "%" PRId64 "  ", seq);
	days_add(days, jdoc_text_of(jdoc_get(d, "last"), "time"), &last);
	add_shown(&out, d);
	output_row(&out, _("last entry"), buf_str(&last));
	output_row(&out, _("believed"), reason ? reason : _("yes"));
	add_early(&out, days, jdoc_get(d, "early"));
	add_attest(&out, jdoc_get(d, "attest"), jdoc_get(d, "slow"));
	output_text(&out);
}

static int show(struct context *c, const struct clock *o, struct err *e)
{
	if (o->entries || o->counts || o->reason || o->sign || o->motion)
		return usage_refuse("clock", e, "status takes no options");
	return days_answer(c, "/v1/clock", CLIENT_DEADLINE_S, print_status, e);
}

/* What is signed is the day that the keeper's clock shows, which is put before the person's eyes. */
static int attest(struct context *c, const struct clock *o, struct err *e)
{
	struct jdoc *d = NULL;
	uint64_t year;
	if (!o->entries || !o->reason || !o->counts ||
	    !text_parse_u64(o->counts, strlen(o->counts), DATE_YEAR_MAX, &year))
		return usage_refuse("clock", e, "attest: --entries N or N-M, --counts YEAR and --reason are wanted");
	int rc = client_get(c, "/v1/clock", &d, e);
	if (!rc && (rc = check_named(d, o->entries, year, e)))
		jdoc_free(d);
	if (rc)
		return rc;
	if (!c->json) {
		BUF_CLEANUP struct buf out = BUF_INIT;
		const struct days iso = DAYS_INIT;
		add_shown(&out, d);
		add_early(&out, &iso, jdoc_get(d, "early"));
		output_text(&out);
	}
	const struct act_options options = { .sign = o->sign, .motion = o->motion };
	struct jdoc *body = jdoc_object();
	jdoc_set_string(body, "entries", o->entries);
	jdoc_set_integer(body, "counts", (int64_t)year);
	jdoc_set_string(body, "shown", jdoc_text_of(d, "shown"));
	jdoc_set_string(body, "reason", o->reason);
	rc = act_send(c, "clock", LEAF_CLOCK, body, &options, e);
	jdoc_free(body);
	jdoc_free(d);
	return rc;
}

int cmd_clock(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct clock o = { .entries = NULL };
	const struct options_spec specs[] = {
		{ "entries", &o.entries, NULL }, { "counts", &o.counts, NULL }, { "reason", &o.reason, NULL },
		{ "sign", &o.sign, NULL }, { "motion", &o.motion, NULL },
	};
	const char *step = NULL;
	size_t n = 0;
	int rc = options_read("clock", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, &step, 1, &n, e);
	*out_status = 0;
	if (rc)
		return rc;
	if (!n || strcmp(step, "status") == 0)
		return show(c, &o, e);
	return strcmp(step, "attest") == 0 ? attest(c, &o, e) : usage_refuse("clock", e, "status or attest is wanted");
}
