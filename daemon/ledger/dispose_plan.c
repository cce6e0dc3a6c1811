#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "ledger/classes.h"
#include "ledger/dispose_impl.h"
#include "ledger/dispose_holds.h"
#include "ledger/member.h"

#define PLAN_FORMAT "daicho.plan.v1"

static struct jdoc *say_text(const char *s)
{
	return s ? jdoc_string(s) : jdoc_null();
}

/* Era and clause are the rule book's; every date is computed. */
static struct jdoc *say_group(struct ledger *l, const struct history_due *g)
{
	const struct rulebook_kind *kind = rulebook_kind(l->rules->book, g->due.group.kind);
	int base = g->due.group.year, years = g->disposable_year - base - 1;
	struct jdoc *d = jdoc_object(), *entries = jdoc_array(), *lost = jdoc_array();
	jdoc_set_string(d, "kind", g->due.group.kind);
	jdoc_set_string(d, "ja", kind ? kind->title.ja : g->due.group.kind);
	jdoc_set_string(d, "en", kind ? kind->title.en : g->due.group.kind);
	jdoc_set_string(d, "unit", g->due.group.unit);
	jdoc_set_integer(d, "base_year", base);
	jdoc_set_integer(d, "count", (int64_t)g->due.count);
	member_hash(d, "root", &g->due.root);
	jdoc_set_integer(d, "years", years);
	jdoc_set(d, "clause", classes_clause(l, g->due.group.kind, years));
	jdoc_set_string(d, "measure", rulebook_measure_word(kind ? kind->measure : RULEBOOK_MEASURE_ARCHIVE));
	member_day(d, "from", (struct date){ base + 1, 1, 1 });
	member_day(d, "expires", (struct date){ base + years, 12, 31 });
	member_day(d, "disposable", (struct date){ g->disposable_year, 1, 1 });
	for (uint64_t i = 0; i < g->due.count; i++) {
		jdoc_append(entries, jdoc_integer((int64_t)g->seqs[i]));
		if (ledger_is_lost(l, g->seqs[i]))
			jdoc_append(lost, jdoc_integer((int64_t)g->seqs[i]));
	}
	jdoc_set(d, "entries", entries);
	jdoc_set(d, "lost", lost);
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
	member_day(d, "as_of", date_of_time(v->time));
	jdoc_set(d, "base_year", base_year ? jdoc_integer(base_year) : jdoc_null());
	jdoc_set(d, "measure", say_text(base_year ? rulebook_measure_word(dues.measure) : NULL));
	jdoc_set_bool(d, "more", dues.more);
	member_hash(d, "plan", &plan);
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
	struct jdoc *proposal = NULL, *holds = NULL;
	int rc = dispose_view_read(l, now, &v, e);
	if (rc)
		return rc;
	rc = dispose_holds_of_plan(l, &v, &holds, e);
	if (!rc && (rc = dispose_say_proposal(l, &v, &proposal, e)))
		jdoc_free(holds);
	if (!rc)
		*out = say_plan(l, &v, now, proposal, holds);
	return rc;
}
