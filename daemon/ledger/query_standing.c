/* What stands, on a day, and what is due. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/docket.h"
#include "ledger/due.h"
#include "ledger/member.h"
#include "ledger/query.h"
#include "ledger/query_forms.h"

/* Due. */

struct dues {
	struct ledger *ledger;
	struct jdoc *rows;
	query_due_fn *wanted;          /* NULL = all */
	void *ctx;
};

static int add_due(void *ctx, const struct due_item *item, struct err *e)
{
	const struct dues *q = ctx;
	const struct rulebook *book = q->ledger->rules->book;
	static const struct rulebook_title end = { (char *)"要領の有効期間が満了する", (char *)"the rule book expires" };
	const char *role_name = item->rule ? item->rule->who : book->amend_count ? book->amend[0] : book->first_role;
	const struct rulebook_named *who = rulebook_role(book, role_name);
	const struct rulebook_named *unit = rulebook_unit(book, item->unit);
	(void)e;
	if (q->wanted && !q->wanted(q->ctx, item))
		return ERR_OK;
	struct jdoc *d = jdoc_object(), *role = jdoc_object(), *at = jdoc_object();
	jdoc_set(d, "due", item->rule ? jdoc_string(item->rule->name) : jdoc_null());
	jdoc_set_string(d, "clause", item->clause);
	query_set_title(d, item->rule ? &item->rule->title : &end);
	jdoc_set_string(d, "state", due_state_word(item->state));
	member_day(d, "since", item->since);
	member_day(d, "until", item->until);
	jdoc_set_string(at, "unit", item->unit);
	if (unit)
		query_set_title(at, &unit->title);
	jdoc_set(d, "where", at);
	jdoc_set_string(role, "role", who ? who->name : "");
	if (who)
		query_set_title(role, &who->title);
	jdoc_set(d, "who", role);
	jdoc_set(d, "matter", item->rule ? jdoc_string(item->rule->over) : jdoc_null());
	jdoc_set(d, "entry", item->rule ? jdoc_integer((int64_t)item->opening) : jdoc_null());
	jdoc_append(q->rows, d);
	return ERR_OK;
}

static int print_dues(struct dues *q, const char *unit, int64_t now, struct jdoc **out, struct err *e)
{
	q->rows = jdoc_array();
	int rc = due_each(q->ledger, unit, now, add_due, q, e);
	if (rc) {
		jdoc_free(q->rows);
		return rc;
	}
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", "daicho.due.v1");
	member_day(d, "at", date_of_time(now));
	jdoc_set(d, "due", q->rows);
	*out = d;
	return ERR_OK;
}

int query_due(struct ledger *l, const char *unit, int64_t now, struct jdoc **out, struct err *e)
{
	struct dues q = { .ledger = l };
	return print_dues(&q, unit, now, out, e);
}

int query_due_some(struct ledger *l, query_due_fn *wanted, void *ctx, int64_t now, struct jdoc **out, struct err *e)
{
	struct dues q = { .ledger = l, .wanted = wanted, .ctx = ctx };
	return print_dues(&q, NULL, now, out, e);
}

/* What stands. */

struct standing {
	struct ledger *ledger;
	const char *unit;
	struct date day;
	const struct rulebook_named *matter;
	struct jdoc *rows;
};

static struct jdoc *print_show(const struct standing *s, const struct jdoc *body)
{
	struct jdoc *show = jdoc_object();
	for (size_t i = 0; i < s->matter->show_count; i++) {
		struct jdoc *value = jdoc_get(body, s->matter->show[i]);
		if (value)
			jdoc_set(show, s->matter->show[i], jdoc_keep(value));
	}
	return show;
}

static int add_case(void *ctx, uint64_t opening, const char *matter, struct err *e)
{
	struct standing *s = ctx;
	const struct docket_record *r;
	bool open = false;
	if (strcmp(matter, s->matter->name) != 0)
		return ERR_OK;
	int rc = docket_stood(s->ledger->docket, opening, matter, s->day, &open, e);
	if (!rc && open)
		rc = docket_record(s->ledger->docket, opening, &r, e);
	if (rc || !open || (s->unit && strcmp(s->unit, r->unit) != 0))
		return rc == ERR_GONE || rc == ERR_NOTFOUND ? ERR_OK : rc;
	struct jdoc *d = jdoc_object();
	jdoc_set_integer(d, "entry", (int64_t)opening);
	jdoc_set_string(d, "kind", r->kind);
	jdoc_set_string(d, "unit", r->unit);
	member_day(d, "since", r->event);
	jdoc_set(d, "show", print_show(s, r->body));
	jdoc_append(s->rows, d);
	return ERR_OK;
}

/* Collected first: what is asked of each asks the index again. */
struct openings {
	struct opening {
		uint64_t seq;
		char matter[LEAF_NAME_MAX + 1];
	} *at;
	size_t count;
};

static int collect(void *ctx, uint64_t opening, const char *name, struct err *e)
{
	struct openings *o = ctx;
	(void)e;
	if ((o->count & (o->count - 1)) == 0)
		o->at = mem_grow(o->at, o->count ? o->count * 2 : 1, sizeof *o->at);
	struct opening *one = &o->at[o->count++];
	one->seq = opening;
	snprintf(one->matter, sizeof one->matter, "%s", name);
	return ERR_OK;
}

static int print_matter(struct standing *s, const struct openings *all, struct jdoc *list, struct err *e)
{
	struct jdoc *d = jdoc_object();
	int rc = ERR_OK;
	s->rows = jdoc_array();
	for (size_t i = 0; !rc && i < all->count; i++)
		rc = add_case(s, all->at[i].seq, all->at[i].matter, e);
	jdoc_set_string(d, "matter", s->matter->name);
	query_set_title(d, &s->matter->title);
	jdoc_set(d, "cases", s->rows);
	jdoc_append(list, d);
	return rc;
}

int query_standing(struct ledger *l, const char *unit, struct date day, struct jdoc **out, struct err *e)
{
	const struct rulebook *book = l->rules->book;
	struct standing s = { .ledger = l, .unit = unit, .day = day };
	struct openings all = { .count = 0 };
	struct jdoc *list = jdoc_array();
	int rc = index_all_matters(l->index, collect, &all, e);
	for (size_t i = 0; !rc && i < book->matters_count; i++) {
		s.matter = &book->matters[i];
		rc = print_matter(&s, &all, list, e);
	}
	mem_free_ptr(&all.at);
	if (rc) {
		jdoc_free(list);
		return rc;
	}
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", "daicho.standing.v1");
	member_day(d, "at", day);
	jdoc_set(d, "matters", list);
	*out = d;
	return ERR_OK;
}
