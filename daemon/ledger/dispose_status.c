/* Where the yearly run stands, what is waited for and since when, what expired and is still here. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "ledger/archive.h"
#include "ledger/dispose_impl.h"
#include "ledger/dispose_holds.h"
#include "ledger/dispose_step.h"
#include "ledger/member.h"

#define FORMAT "daicho.disposal.v1"

/* Acts. */

/* null where the note has none, or is lost: what was decided is told by the leaf alone. */
static int read_decision(struct ledger *l, uint64_t seq, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct index_entry entry;
	struct note note;
	*out = jdoc_null();
	if (ledger_is_lost(l, seq))
		return ERR_OK;
	int rc = index_entry(l->index, seq, &entry, e);
	if (!rc)
		rc = ledger_read_note(l, &entry, &text, &note, e);
	if (rc)
		return rc;
	struct jdoc *body = jdoc_parse(note.body, note.body_len, NOTE_BODY_MAX, 0, e);
	const char *words = jdoc_get_text(body, "decision");
	if (!words)
		words = jdoc_get_text(body, "receipt");
	if (words)
		*out = jdoc_string(words);
	rc = body ? ERR_OK : (int)e->code;
	jdoc_free(body);
	note_release(&note);
	return rc;
}

int dispose_say_act(struct ledger *l, uint64_t seq, int64_t now, struct jdoc **out, struct err *e)
{
	struct jdoc *d, *by, *decision = NULL;
	struct leaf leaf;
	int rc = dispose_read_leaf(l, seq, &leaf, e);
	if (rc)
		return rc;
	if (leaf.has_volume && (rc = read_decision(l, seq, &decision, e))) {
		leaf_release(&leaf);
		return rc;
	}
	d = jdoc_object();
	by = jdoc_array();
	jdoc_set_string(d, "act", leaf_kind_name(leaf.kind));
	jdoc_set_integer(d, "seq", (int64_t)seq);
	member_day(d, "day", date_of_time(leaf.time));
	jdoc_set_integer(d, "age_days", date_day_number(date_of_time(now)) - date_day_number(date_of_time(leaf.time)));
	for (size_t i = 0; i < leaf.by.count; i++)
		jdoc_append(by, jdoc_integer((int64_t)leaf.by.at[i]));
	jdoc_set(d, "by", by);
	jdoc_set(d, "decision", decision ? decision : jdoc_null());
	jdoc_set_bool(d, "lost", leaf.has_volume && ledger_is_lost(l, seq));
	leaf_release(&leaf);
	*out = d;
	return ERR_OK;
}

static int add_act(struct ledger *l, uint64_t seq, int64_t now, struct jdoc *list, struct err *e)
{
	struct jdoc *d;
	int rc = seq ? dispose_say_act(l, seq, now, &d, e) : ERR_OK;
	if (!rc && seq)
		jdoc_append(list, d);
	return rc;
}

static int add_acts(struct ledger *l, const struct dispose_view *v, struct jdoc *list, struct err *e)
{
	const struct history_proposal *p = &v->stands;
	int rc = add_act(l, p->propose, v->time, list, e);
	for (size_t i = 0; !rc && i < p->approvals; i++)
		rc = add_act(l, history_approval(v->history, i), v->time, list, e);
	if (!rc)
		rc = add_act(l, p->transfer, v->time, list, e);
	return rc ? rc : add_act(l, p->dispose, v->time, list, e);
}

struct jdoc *dispose_say_early(const struct history_early *x)
{
	if (!x)
		return jdoc_null();
	struct jdoc *d = jdoc_object();
	jdoc_set_integer(d, "by", (int64_t)x->by);
	jdoc_set_integer(d, "counts", x->counts);
	member_day(d, "due", (struct date){ x->from, 1, 1 });
	return d;
}

/* The first lawful day of what has its certificate, while it is to come. */
static struct jdoc *say_waits(const struct dispose_view *v)
{
	char day[DATE_LEN + 1];
	int from = history_early_waits(v->history, v->year);
	date_print((struct date){ from, 1, 1 }, day);
	return from ? jdoc_string(day) : jdoc_null();
}

/* The archive that is handed over, once a run has written it. */
static int say_package(struct ledger *l, const struct dispose_view *v, const struct hash *plan, struct jdoc **out,
                       struct err *e)
{
	struct dispose_package package;
	int rc = dispose_step_package(l, v, plan, &package, e);
	*out = jdoc_null();
	if (!rc && package.is_there) {
		*out = jdoc_object();
		jdoc_set_string(*out, "path", package.path);
		member_hash(*out, "hash", &package.hash);
		jdoc_set_integer(*out, "bytes", (int64_t)package.bytes);
		jdoc_set_bool(*out, "signed", dispose_step_package_stands(&package));
	}
	dispose_step_package_release(&package);
	return rc;
}

static struct jdoc *say_ranges(const struct leaf_range *at, size_t count)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < count; i++) {
		BUF_CLEANUP struct buf text = BUF_INIT;
		dispose_except_print(&at[i], &text);
		jdoc_append(list, jdoc_string(buf_str(&text)));
	}
	return list;
}

int dispose_say_proposal(struct ledger *l, const struct dispose_view *v, struct jdoc **out, struct err *e)
{
	const struct history_proposal *p = &v->stands;
	struct jdoc *d, *acts, *package;
	struct leaf leaf;
	uint64_t named = p->propose ? p->propose : p->dispose;
	*out = NULL;
	if (!named) {
		*out = jdoc_null();
		return ERR_OK;
	}
	int rc = dispose_read_leaf(l, named, &leaf, e);
	if (rc)
		return rc;
	struct hash plan = dispose_leaf_digest(&leaf, p->measure);
	struct jdoc *except = say_ranges(leaf.except, leaf.except_count);
	leaf_release(&leaf);
	acts = jdoc_array();
	rc = add_acts(l, v, acts, e);
	if (!rc)
		rc = say_package(l, v, &plan, &package, e);
	if (rc) {
		jdoc_free(except);
		jdoc_free(acts);
		return rc;
	}
	*out = d = jdoc_object();
	member_seq(d, "propose", p->propose);
	member_seq(d, "approve", p->approve);
	member_seq(d, "transfer", p->transfer);
	member_seq(d, "dispose", p->dispose);
	jdoc_set_integer(d, "base_year", p->base_year);
	jdoc_set_string(d, "measure", rulebook_measure_word(p->measure));
	jdoc_set_integer(d, "approvals", (int64_t)p->approvals);
	jdoc_set_integer(d, "wanted", (int64_t)p->wanted);
	jdoc_set_integer(d, "receipts", !p->dispose && p->receipt);
	member_hash(d, "plan", &plan);
	jdoc_set(d, "waits", say_waits(v));
	jdoc_set(d, "except", except);
	jdoc_set(d, "acts", acts);
	jdoc_set(d, "package", package);
	return ERR_OK;
}

/* What expired and waits 満了後未廃棄. */

struct waiting {
	int base_year, disposable_year;
	enum rulebook_measure measure;
	int64_t count;
};

static void add_waiting(struct waiting **at, size_t *count, const struct history_entry *entry, enum rulebook_measure m)
{
	size_t i = 0;
	while (i < *count && ((*at)[i].base_year != entry->base_year || (*at)[i].measure != m))
		i++;
	if (i == *count) {
		*at = mem_grow(*at, *count + 1, sizeof **at);
		(*at)[(*count)++] = (struct waiting){ entry->base_year, entry->disposable_year, m, 0 };
	}
	(*at)[i].count++;
	if (entry->disposable_year < (*at)[i].disposable_year)
		(*at)[i].disposable_year = entry->disposable_year;
}

static int compare_waiting(const void *a, const void *b)
{
	const struct waiting *x = a, *y = b;
	if (x->base_year != y->base_year)
		return x->base_year < y->base_year ? -1 : 1;
	return (int)x->measure - (int)y->measure;
}

static struct jdoc *say_expired(const struct dispose_view *v)
{
	struct jdoc *list = jdoc_array();
	struct waiting *at = NULL;
	size_t count = 0;
	for (uint64_t seq = 0; seq < history_size(v->history); seq++) {
		struct history_entry entry;
		history_entry_at(v->history, seq, v->year, &entry);
		if (entry.state == HISTORY_DUE || entry.state == HISTORY_PROPOSED || entry.state == HISTORY_APPROVED)
			add_waiting(&at, &count, &entry, history_measure(v->history, entry.volume.kind));
	}
	if (count)
		qsort(at, count, sizeof *at, compare_waiting);
	for (size_t i = 0; i < count; i++) {
		const struct date disposable = { at[i].disposable_year, 1, 1 };
		struct jdoc *d = jdoc_object();
		jdoc_set_integer(d, "base_year", at[i].base_year);
		jdoc_set_string(d, "measure", rulebook_measure_word(at[i].measure));
		jdoc_set_integer(d, "count", at[i].count);
		member_day(d, "expired", (struct date){ at[i].disposable_year - 1, 12, 31 });
		jdoc_set_integer(d, "age_days", date_day_number(date_of_time(v->time)) - date_day_number(disposable));
		jdoc_append(list, d);
	}
	free(at);
	return list;
}

/* The whole. */

static const char *get_state(const struct history_proposal *p)
{
	if (p->dispose)
		return N_("running");
	if (p->transfer)
		return N_("transferred");
	if (p->approve)
		return N_("approved");
	return p->propose ? N_("proposed") : N_("none");
}

static struct jdoc *say_done(const struct dispose_view *v)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < v->done_count; i++) {
		const struct dispose_done *x = &v->done[i];
		struct jdoc *d = jdoc_object();
		char time[DATE_TIME_LEN + 1];
		struct history_early early;
		date_time_print(x->time, time);
		jdoc_set_integer(d, "dispose", (int64_t)x->dispose);
		member_seq(d, "disposed", x->disposed);
		jdoc_set_integer(d, "base_year", x->base_year);
		jdoc_set_integer(d, "count", (int64_t)x->count);
		jdoc_set_string(d, "time", time);
		jdoc_set(d, "early", dispose_say_early(history_early_disposal(v->history, x->dispose, &early) ? &early : NULL));
		jdoc_append(list, d);
	}
	return list;
}

int dispose_state(struct ledger *l, int64_t now, struct jdoc **out, struct err *e)
{
	struct dispose_view v;
	struct dispose_next next;
	struct jdoc *proposal = NULL, *holds = NULL;
	int rc = dispose_view_read(l, now, &v, e);
	if (rc)
		return rc;
	rc = dispose_holds_of_plan(l, &v, &holds, e);
	if (!rc)
		rc = dispose_say_proposal(l, &v, &proposal, e);
	if (!rc) {
		dispose_step_find(l, &v, now, &next);
		*out = jdoc_object();
		jdoc_set_string(*out, "format", FORMAT);
		member_day(*out, "as_of", date_of_time(v.time));
		jdoc_set(*out, "proposal", proposal);
		jdoc_set_string(*out, "state", get_state(&v.stands));
		jdoc_set(*out, "next", dispose_step_say(&next));
		jdoc_set(*out, "expired", say_expired(&v));
		jdoc_set(*out, "holds", holds);
		jdoc_set(*out, "disposals", say_done(&v));
	} else {
		jdoc_free(holds);
	}
	return rc;
}
