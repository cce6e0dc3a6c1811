/*
 * The register of volumes 行政文書ファイル管理簿. Nothing of it is stored but in the leaves and the rule book: every day
 * and every count is computed, as of the day that is asked.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/dispose.h"
#include "ledger/member.h"
#include "ledger/query.h"
#include "ledger/query_forms.h"
#include "ledger/query_holders.h"

#define DAY_S 86400

struct row {                           /* one volume */
	struct history_volume v;
	uint64_t records, open, held, expired, kept, disposed, lost;
	uint64_t due_held;             /* expired and held */
	bool never;                    /* some record never expires */
	bool extended;                 /* some period ends later by an extension */
	int base, years;               /* the greatest of its records */
	int64_t expires;               /* day number of the latest end of a period */
	int disposable;                /* year from which the last of them may go */
};

struct carried {                       /* what a carry entry says of one volume */
	uint64_t entry, count;
	int year;
	struct hash head;
};

struct asking {
	struct ledger *ledger;
	struct date at, now_day;
	int64_t now;
	struct history *history, *own;  /* own: to be freed; NULL where it is borrowed */
	int32_t *extensions;
	uint64_t stopped;              /* history_stopped */
	struct row *rows;
	size_t count;
	struct query_holders holders;
	const struct leaf_volume *only; /* whose records are asked for; NULL = none */
	struct carried *carried;
	size_t carried_count;
};

static void see_carry(struct asking *a, const struct leaf *leaf)
{
	for (size_t i = 0; i < leaf->carried_count; i++) {
		const struct leaf_due *c = &leaf->carried[i];
		if (leaf_volume_compare(&c->group, a->only) != 0)
			continue;
		a->carried = mem_grow(a->carried, a->carried_count + 1, sizeof *a->carried);
		a->carried[a->carried_count++] = (struct carried){ .entry = leaf->seq, .count = c->count, .head = c->root,
			                                           .year = date_year_of_time(leaf->time) };
	}
}

static int take_carry(void *ctx, const struct index_entry *entry, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct asking *a = ctx;
	struct hash hash;
	struct leaf leaf;
	if (entry->seq >= history_size(a->history))
		return ERR_OK;
	int rc = ledger_read_leaf(a->ledger->repo, &entry->commit, &raw, &leaf, &hash, e);
	if (rc)
		return rc;
	see_carry(a, &leaf);
	leaf_release(&leaf);
	return ERR_OK;
}

static int find_carried(struct asking *a, struct err *e)
{
	const struct index_filter carries = { .kind = leaf_kind_name(LEAF_CARRY) };
	return index_list(a->ledger->index, &carries, take_carry, a, e);
}

static int take_seq(void *ctx, const struct index_entry *entry, struct err *e)
{
	(void)e;
	*(uint64_t *)ctx = entry->seq + 1;
	return ERR_OK;
}

/* How many entries there were at the end of the day. */
static int find_end(const struct asking *a, uint64_t *out, struct err *e)
{
	const struct index_filter filter = { .reverse = true, .limit = 1, .has_until = true,
		                             .until = date_to_time(a->at) + DAY_S };
	*out = 0;
	return index_list(a->ledger->index, &filter, take_seq, out, e);
}

/* Of today it is at hand, unless the leaves break a rule: then they are told all the same, as those of a day that is
 * past are. */
static int read_history(struct asking *a, uint64_t end, struct err *e)
{
	struct ledger *l = a->ledger;
	if (end == l->chain.size && !dispose_history(l, a->now, &a->history, NULL))
		return ERR_OK;
	int rc = ledger_history_read(l->repo, &l->chain.head, end, NULL, NULL, &a->own, e);
	repo_let_go(l->repo);
	a->history = a->own;
	return rc;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	return leaf_volume_compare(&x->v.volume, &y->v.volume);
}

static struct row *find_row(const struct asking *a, const struct leaf_volume *v)
{
	const struct row key = { .v.volume = *v };
	return a->count ? bsearch(&key, a->rows, a->count, sizeof key, compare_rows) : NULL;
}

/* The last day of a record's period, an extension included; 0 years never end. */
static int64_t find_expiry(const struct asking *a, uint64_t seq, const struct history_entry *x, bool *out_extended)
{
	int64_t end = date_day_number((struct date){ x->base_year + x->years, 12, 31 });
	*out_extended = a->extensions[seq] > end;
	return *out_extended ? a->extensions[seq] : end;
}

/* An extension holds in every year on whose first day it is not over. */
static int find_disposable(const struct history_entry *x, int64_t expires, bool extended)
{
	return extended ? date_year_of_time(expires * DAY_S) + 1 : x->disposable_year;
}

static void add_period(struct asking *a, struct row *r, uint64_t seq, const struct history_entry *x)
{
	bool extended;
	int64_t expires;
	r->never |= !x->years;
	r->years = x->years > r->years ? x->years : r->years;
	r->base = x->base_year > r->base ? x->base_year : r->base;
	if (!x->years || !x->base_year)
		return;
	expires = find_expiry(a, seq, x, &extended);
	r->extended |= extended;
	r->expires = expires > r->expires ? expires : r->expires;
	int disposable = find_disposable(x, expires, extended);
	r->disposable = disposable > r->disposable ? disposable : r->disposable;
}

/* What a hold keeps of a certificate is not gone. */
static void read_entry(const struct asking *a, uint64_t seq, struct history_entry *out)
{
	history_entry_at(a->history, seq, a->at.year, out);
	if (out->disposed_by && out->disposed_by == a->stopped)
		out->state = HISTORY_HELD;
}

/* By what is known today, whatever day is asked for. */
static bool is_lost(const struct asking *a, uint64_t seq, const struct history_entry *x)
{
	return x->state != HISTORY_DISPOSED && ledger_is_lost(a->ledger, seq);
}

static void add_record(struct asking *a, uint64_t seq)
{
	struct history_entry x;
	read_entry(a, seq, &x);
	struct row *r = x.state == HISTORY_NO_RECORD ? NULL : find_row(a, &x.volume);
	if (!r)
		return;
	bool over = x.state == HISTORY_HELD || x.state == HISTORY_DUE || x.state == HISTORY_PROPOSED ||
	            x.state == HISTORY_APPROVED;
	r->records++;
	r->open += x.state == HISTORY_OPEN;
	r->kept += x.state == HISTORY_CLOSED;
	r->disposed += x.state == HISTORY_DISPOSED;
	r->held += x.held && x.state != HISTORY_DISPOSED;
	r->expired += over;
	r->due_held += x.state == HISTORY_HELD;
	r->lost += is_lost(a, seq, &x);
	add_period(a, r, seq, &x);
}

static int gather(struct asking *a, struct err *e)
{
	uint64_t end;
	int rc = find_end(a, &end, e);
	if (!rc)
		rc = read_history(a, end, e);
	if (!rc && a->only)
		rc = find_carried(a, e);
	if (!rc)
		rc = query_holders_read(a->ledger, a->ledger->rules->book->keeper_role, &a->holders, e);
	if (rc)
		return rc;
	a->stopped = history_stopped(a->history, a->at.year);
	a->extensions = history_extensions(a->history);
	a->count = history_volumes(a->history);
	a->rows = mem_array(a->count + 1, sizeof *a->rows);
	for (size_t i = 0; i < a->count; i++)
		history_volume(a->history, i, &a->rows[i].v);
	qsort(a->rows, a->count, sizeof *a->rows, compare_rows);
	for (uint64_t seq = 0; seq < end; seq++)
		add_record(a, seq);
	return ERR_OK;
}

static void release(struct asking *a)
{
	history_free(a->own);
	query_holders_release(&a->holders);
	free(a->extensions);
	free(a->rows);
	free(a->carried);
}

static const char *get_state(const struct asking *a, const struct row *r)
{
	if (r->v.volume.year >= a->at.year)
		return "current";
	if (r->disposed == r->records)
		return "disposed";
	if (r->open)
		return "carried";
	if (r->kept)
		return "kept";
	return r->due_held == r->expired ? "held" : "expired";
}

static const char *const RECORD_STATES[] = {
	[HISTORY_NO_RECORD] = "none", [HISTORY_OPEN] = "open", [HISTORY_CLOSED] = "kept", [HISTORY_HELD] = "held",
	[HISTORY_DUE] = "expired", [HISTORY_PROPOSED] = "proposed", [HISTORY_APPROVED] = "approved",
	[HISTORY_DISPOSED] = "disposed",
};

static struct jdoc *say_text(const char *s)
{
	return s ? jdoc_string(s) : jdoc_null();
}

static struct jdoc *say_unit(const struct rulebook *book, const char *name)
{
	const struct rulebook_named *unit = rulebook_unit(book, name);
	const struct rulebook_title plain = { (char *)name, (char *)name };
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "unit", name);
	query_set_title(d, unit ? &unit->title : &plain);
	return d;
}

static struct jdoc *say_place(const struct rulebook *book, const struct rulebook_kind *k)
{
	const struct rulebook_title *place = k ? rulebook_place(book, k) : &book->place;
	if (!place->ja)
		return jdoc_null();
	struct jdoc *d = jdoc_object();
	query_set_title(d, place);
	return d;
}

/* The years that its records have, and in all with an extension (通算); the clause only where the rule book of now gives
 * that many. */
static struct jdoc *say_retention(const struct row *r, const struct rulebook_kind *k)
{
	if (r->never || !r->years)
		return jdoc_null();
	struct jdoc *d = jdoc_object();
	jdoc_set_integer(d, "years", r->years);
	jdoc_set_integer(d, "total", r->extended ? date_of_time(r->expires * DAY_S).year - r->base : r->years);
	jdoc_set(d, "clause", say_text(k && k->retain == r->years ? k->retain_clause : NULL));
	return d;
}

static void set_period(struct jdoc *d, const struct row *r)
{
	bool known = !r->never && !r->open && r->years;
	member_day_or_null(d, "from", known, (struct date){ r->base + 1, 1, 1 });
	member_day_or_null(d, "expires", known, date_of_time(r->expires * DAY_S));
	member_day_or_null(d, "disposable", known, (struct date){ r->disposable, 1, 1 });
	jdoc_set_bool(d, "extended", r->extended);
}

static void set_counts(struct jdoc *d, const struct row *r)
{
	jdoc_set_integer(d, "records", (int64_t)r->records);
	jdoc_set_integer(d, "open", (int64_t)r->open);
	jdoc_set_integer(d, "held", (int64_t)r->held);
	jdoc_set_integer(d, "expired", (int64_t)r->expired);
	jdoc_set_integer(d, "disposed", (int64_t)r->disposed);
	jdoc_set_integer(d, "lost", (int64_t)r->lost);
	jdoc_set_integer(d, "first", (int64_t)r->v.first);
	jdoc_set_integer(d, "last", (int64_t)r->v.last);
	member_seq(d, "closed_by", r->v.closed_by);
}

static struct date earlier(struct date a, struct date b)
{
	return date_day_number(a) < date_day_number(b) ? a : b;
}

/* Whoever answered for it when its year ended, and who does on the day that is asked; of days to come nobody knows. */
static void set_keepers(struct jdoc *d, const struct asking *a, const struct leaf_volume *v)
{
	struct date day = earlier(a->at, a->now_day), year_end = earlier((struct date){ v->year, 12, 31 }, day);
	jdoc_set(d, "keeper", query_holders_print(&a->holders, v->unit, year_end));
	jdoc_set(d, "keeper_now", query_holders_print(&a->holders, v->unit, day));
}

static struct jdoc *say_row(const struct asking *a, const struct row *r)
{
	const struct rulebook *book = a->ledger->rules->book;
	const struct leaf_volume *v = &r->v.volume;
	const struct rulebook_kind *k = rulebook_kind(book, v->kind);
	struct jdoc *d = jdoc_object();
	BUF_CLEANUP struct buf name = BUF_INIT;
	leaf_volume_print(v, &name);
	jdoc_set_string(d, "volume", buf_str(&name));
	jdoc_set_integer(d, "year", v->year);
	query_set_kind(d, book, v->kind);
	jdoc_set(d, "form", say_text(k ? k->form : NULL));
	jdoc_set(d, "clause", say_text(k ? k->clause : NULL));
	jdoc_set(d, "unit", say_unit(book, v->unit));
	jdoc_set_string(d, "state", get_state(a, r));
	jdoc_set(d, "retention", say_retention(r, k));
	set_period(d, r);
	jdoc_set(d, "measure", k ? jdoc_string(rulebook_measure_word(k->measure)) : jdoc_null());
	jdoc_set(d, "measure_clause", say_text(k ? k->measure_clause : NULL));
	jdoc_set(d, "place", say_place(book, k));
	jdoc_set_string(d, "medium", rulebook_medium_word(k ? k->medium : RULEBOOK_MEDIUM_ELECTRONIC));
	set_keepers(d, a, v);
	set_counts(d, r);
	return d;
}

static bool is_wanted(const struct query_volumes_filter *f, const struct leaf_volume *v)
{
	return (!f->kind || strcmp(f->kind, v->kind) == 0) && (!f->unit || strcmp(f->unit, v->unit) == 0) &&
	       (!f->year || f->year == v->year);
}

static struct jdoc *say_head(const struct asking *a, const char *format)
{
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", format);
	member_day(d, "at", a->at);
	jdoc_set_integer(d, "entries", (int64_t)history_size(a->history));
	return d;
}

int query_volumes(struct ledger *l, const struct query_volumes_filter *f, struct date at, int64_t now,
                  struct jdoc **out, struct err *e)
{
	struct asking a = { .ledger = l, .at = at, .now_day = date_of_time(now), .now = now };
	int rc = gather(&a, e);
	if (!rc) {
		struct jdoc *rows = jdoc_array();
		for (size_t i = 0; i < a.count; i++)
			if (is_wanted(f, &a.rows[i].v.volume))
				jdoc_append(rows, say_row(&a, &a.rows[i]));
		*out = say_head(&a, "daicho.volumes.v1");
		jdoc_set(*out, "volumes", rows);
	}
	release(&a);
	return rc;
}

/* One volume. */

static int add_record_row(struct asking *a, uint64_t seq, struct jdoc *rows, struct err *e)
{
	struct history_entry x;
	struct index_entry entry;
	bool extended = false;
	read_entry(a, seq, &x);
	if (x.state == HISTORY_NO_RECORD || leaf_volume_compare(&x.volume, a->only) != 0)
		return ERR_OK;
	int rc = index_entry(a->ledger->index, seq, &entry, e);
	if (rc)
		return rc;
	bool known = x.years && x.base_year;
	int64_t expires = known ? find_expiry(a, seq, &x, &extended) : 0;
	struct jdoc *d = jdoc_object();
	jdoc_set_integer(d, "seq", (int64_t)seq);
	member_time(d, "time", entry.time);
	jdoc_set_string(d, "state", RECORD_STATES[x.state]);
	jdoc_set(d, "base_year", x.base_year ? jdoc_integer(x.base_year) : jdoc_null());
	member_day_or_null(d, "from", known, (struct date){ x.base_year + 1, 1, 1 });
	member_day_or_null(d, "expires", known, date_of_time(expires * DAY_S));
	member_day_or_null(d, "disposable", known, (struct date){ find_disposable(&x, expires, extended), 1, 1 });
	jdoc_set_bool(d, "extended", extended);
	jdoc_set_bool(d, "held", x.held);
	jdoc_set_bool(d, "lost", is_lost(a, seq, &x));
	jdoc_set(d, "open_matter", x.state == HISTORY_OPEN ? jdoc_integer((int64_t)x.open_matter) : jdoc_null());
	member_seq(d, "disposed_by", x.disposed_by);
	jdoc_append(rows, d);
	return ERR_OK;
}

static struct jdoc *say_carried(const struct asking *a)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < a->carried_count; i++) {
		struct jdoc *d = jdoc_object();
		jdoc_set_integer(d, "into", a->carried[i].year);
		jdoc_set_integer(d, "entry", (int64_t)a->carried[i].entry);
		jdoc_set_integer(d, "count", (int64_t)a->carried[i].count);
		member_hash(d, "head", &a->carried[i].head);
		jdoc_append(list, d);
	}
	return list;
}

static int refuse_unknown(const struct leaf_volume *v, struct err *e)
{
	BUF_CLEANUP struct buf name = BUF_INIT;
	leaf_volume_print(v, &name);
	err_set(e, ERR_NOTFOUND, "volume %s: has no entries", buf_str(&name));
	return err_next(e, "daicho volume list tells which volumes there are");
}

static int say_volume(struct asking *a, struct jdoc **out, struct err *e)
{
	const struct row *r = find_row(a, a->only);
	struct jdoc *rows = jdoc_array(), *d;
	int rc = r ? ERR_OK : refuse_unknown(a->only, e);
	for (uint64_t seq = r ? r->v.first : 0; !rc && seq <= r->v.last; seq++)
		rc = add_record_row(a, seq, rows, e);
	if (rc) {
		jdoc_free(rows);
		return rc;
	}
	d = say_head(a, "daicho.volume.v1");
	jdoc_set(d, "volume", say_row(a, r));
	jdoc_set(d, "list", rows);
	jdoc_set(d, "carried", say_carried(a));
	*out = d;
	return ERR_OK;
}

int query_volume(struct ledger *l, const struct leaf_volume *v, struct date at, int64_t now, struct jdoc **out,
                 struct err *e)
{
	struct asking a = { .ledger = l, .at = at, .now_day = date_of_time(now), .now = now, .only = v };
	int rc = gather(&a, e);
	if (!rc)
		rc = say_volume(&a, out, e);
	release(&a);
	return rc;
}
