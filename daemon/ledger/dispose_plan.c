#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "ledger/classes.h"
#include "ledger/dispose_impl.h"
#include "ledger/dispose_holds.h"

#define PLAN_FORMAT "daicho.plan.v1"
#define STATE_FORMAT "daicho.disposal.v1"

static void set_hash(struct jdoc *d, const char *name, const struct hash *h)
{
	char text[HASH_TEXT_LEN + 1];
	hash_print(h, text);
	jdoc_set_string(d, name, text);
}

static void set_day(struct jdoc *d, const char *name, struct date day)
{
	char text[DATE_LEN + 1];
	date_print(day, text);
	jdoc_set_string(d, name, text);
}

static struct jdoc *say_seq(uint64_t seq)
{
	return seq ? jdoc_integer((int64_t)seq) : jdoc_null();
}

/* Era and clause are the rule book's; every date is computed. */
static struct jdoc *say_group(struct ledger *l, const struct history_due *g)
{
	const struct rulebook_kind *kind = rulebook_kind(l->rules->book, g->due.group.kind);
	int base = g->due.group.year, years = g->disposable_year - base - 1;
	struct jdoc *d = jdoc_object(), *entries = jdoc_array();
	jdoc_set_string(d, "kind", g->due.group.kind);
	jdoc_set_string(d, "ja", kind ? kind->title.ja : g->due.group.kind);
	jdoc_set_string(d, "en", kind ? kind->title.en : g->due.group.kind);
	jdoc_set_string(d, "unit", g->due.group.unit);
	jdoc_set_integer(d, "base_year", base);
	jdoc_set_integer(d, "count", (int64_t)g->due.count);
	set_hash(d, "root", &g->due.root);
	jdoc_set_integer(d, "years", years);
	jdoc_set(d, "clause", classes_clause(l, g->due.group.kind, years));
	set_day(d, "from", (struct date){ base + 1, 1, 1 });
	set_day(d, "expires", (struct date){ base + years, 12, 31 });
	set_day(d, "disposable", (struct date){ g->disposable_year, 1, 1 });
	for (uint64_t i = 0; i < g->due.count; i++)
		jdoc_append(entries, jdoc_integer((int64_t)g->seqs[i]));
	jdoc_set(d, "entries", entries);
	return d;
}

static struct jdoc *say_except(const struct history_dues *dues)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < dues->except_count; i++) {
		BUF_CLEANUP struct buf text = BUF_INIT;
		dispose_except_print(&dues->except[i], &text);
		jdoc_append(list, jdoc_string(buf_str(&text)));
	}
	return list;
}

static struct jdoc *say_clock(const struct ledger *l, const struct dispose_view *v, int base_year, int64_t now)
{
	struct jdoc *d = jdoc_object();
	struct err why = ERR_INIT;
	int rc = dispose_view_clock(l, v, base_year, now, &why);
	jdoc_set_bool(d, "believed", rc == ERR_OK);
	jdoc_set(d, "reason", rc ? jdoc_string(why.text) : jdoc_null());
	return d;
}

static int say_proposal(struct ledger *l, const struct dispose_view *v, struct jdoc **out, struct err *e)
{
	struct leaf leaf;
	uint64_t named = v->stands.propose ? v->stands.propose : v->stands.dispose;
	*out = NULL;
	if (!named) {
		*out = jdoc_null();
		return ERR_OK;
	}
	int rc = dispose_read_leaf(l, named, &leaf, e);
	if (rc)
		return rc;
	struct hash plan = dispose_leaf_digest(&leaf);
	leaf_release(&leaf);
	*out = jdoc_object();
	jdoc_set(*out, "propose", say_seq(v->stands.propose));
	jdoc_set(*out, "approve", say_seq(v->stands.approve));
	jdoc_set(*out, "dispose", say_seq(v->stands.dispose));
	jdoc_set_integer(*out, "base_year", v->stands.base_year);
	set_hash(*out, "plan", &plan);
	return ERR_OK;
}

static struct jdoc *say_plan(struct ledger *l, const struct dispose_view *v, int64_t now, struct jdoc *proposal,
                             struct jdoc *holds)
{
	struct jdoc *d = jdoc_object(), *groups = jdoc_array();
	struct history_dues dues;
	history_due(v->history, v->year, 0, &dues);
	struct hash plan = dispose_plan_digest(l->store->origin, &dues);
	int base_year = dues.count ? dues.at[0].due.group.year : 0;
	jdoc_set_string(d, "format", PLAN_FORMAT);
	jdoc_set_string(d, "origin", l->store->origin);
	set_day(d, "as_of", date_of_time(v->time));
	jdoc_set(d, "base_year", base_year ? jdoc_integer(base_year) : jdoc_null());
	set_hash(d, "plan", &plan);
	for (size_t i = 0; i < dues.count; i++)
		jdoc_append(groups, say_group(l, &dues.at[i]));
	jdoc_set(d, "groups", groups);
	jdoc_set(d, "except", say_except(&dues));
	jdoc_set(d, "holds", holds);
	jdoc_set(d, "clock", say_clock(l, v, base_year, now));
	jdoc_set(d, "proposal", proposal);
	history_dues_release(&dues);
	return d;
}

int dispose_plan(struct ledger *l, int64_t now, struct jdoc **out, struct err *e)
{
	struct dispose_view v;
	struct jdoc *proposal, *holds;
	int rc = dispose_view_read(l, now, &v, e);
	if (rc)
		return rc;
	rc = dispose_holds_of_plan(l, &v, &holds, e);
	if (!rc && (rc = say_proposal(l, &v, &proposal, e)))
		jdoc_free(holds);
	if (!rc)
		*out = say_plan(l, &v, now, proposal, holds);
	return rc;
}

static const char *get_state(const struct history_proposal *p)
{
	if (p->dispose)
		return N_("running");
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
		date_time_print(x->time, time);
		jdoc_set_integer(d, "dispose", (int64_t)x->dispose);
		jdoc_set(d, "disposed", say_seq(x->disposed));
		jdoc_set_integer(d, "base_year", x->base_year);
		jdoc_set_integer(d, "count", (int64_t)x->count);
		jdoc_set_string(d, "time", time);
		jdoc_append(list, d);
	}
	return list;
}

int dispose_state(struct ledger *l, int64_t now, struct jdoc **out, struct err *e)
{
	struct dispose_view v;
	struct jdoc *proposal;
	int rc = dispose_view_read(l, now, &v, e);
	if (rc)
		return rc;
	rc = say_proposal(l, &v, &proposal, e);
	if (!rc) {
		*out = jdoc_object();
		jdoc_set_string(*out, "format", STATE_FORMAT);
		jdoc_set(*out, "proposal", proposal);
		jdoc_set_string(*out, "state", get_state(&v.stands));
		jdoc_set(*out, "disposals", say_done(&v));
	}
	return rc;
}
