/* May this rule book follow the one in force? The ledger must be able to go on with what it holds. */
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "ledger/docket.h"
#include "ledger/amend.h"

struct change {
	struct ledger *ledger;
	const struct rules *before, *after;
	struct date today;
};

static int refuse(struct err *e, const char *next, const char *what, const char *name, const char *why)
{
	err_set(e, ERR_RULE, "rule book: %s %s: %s", lang_text(what), name, lang_text(why));
	return err_next(e, "%s", lang_text(next));
}

static int compare_days(struct date a, struct date b)
{
	int64_t x = date_day_number(a), y = date_day_number(b);
	return (x > y) - (x < y);
}

static int check_changed(const struct change *c, struct err *e)
{
	struct hash before = rules_book_digest(c->before), after = rules_book_digest(c->after);
	return hash_is_equal(&before, &after)
		? err_set(e, ERR_CONFLICT, "rule book %s: this very one is in force already", c->after->book->id) : ERR_OK;
}

static int check_id(const struct change *c, struct err *e)
{
	const char *before = c->before->book->id, *after = c->after->book->id, *replaces = c->after->book->replaces;
	if (strcmp(before, after) == 0 || (replaces && strcmp(replaces, before) == 0))
		return ERR_OK;
	err_set(e, ERR_RULE, "rule book %s: does not say that it follows %s, which is in force", after, before);
	return err_next(e, "if it does, write in [directive]: replaces = %s", before);
}

static int check_days(const struct change *c, struct err *e)
{
	const struct rulebook *book = c->after->book;
	char day[DATE_LEN + 1];
	if (compare_days(book->in_force, c->today) > 0) {
		date_print(book->in_force, day);
		err_set(e, ERR_RULE, "rule book %s: comes into force on %s", book->id, day);
		return err_next(e, "update on that day");
	}
	if (!book->has_expires || compare_days(book->expires, c->today) >= 0)
		return ERR_OK;
	date_print(book->expires, day);
	err_set(e, ERR_RULE, "rule book %s: was in force until %s", book->id, day);
	return err_next(e, "nothing can be recorded under it; set [directive] expires to its end");
}

static int check_kinds(const struct change *c, struct err *e)
{
	const struct rulebook *before = c->before->book;
	for (size_t i = 0; i < before->kinds_count; i++) {
		uint64_t seq;
		if (rulebook_kind(c->after->book, before->kinds[i].name))
			continue;
		int rc = index_last_seq_of(c->ledger->index, before->kinds[i].name, &seq, e);
		if (!rc)
			rc = refuse(e, N_("keep it; `submit` and rules can close it to new records"), N_("kind"),
			            before->kinds[i].name, N_("is missing, and the ledger holds records of it"));
		if (rc != ERR_NOTFOUND)
			return rc;
	}
	return ERR_OK;
}

static int note_entry(void *ctx, const struct index_entry *entry, struct err *e)
{
	(void)entry, (void)e;
	*(bool *)ctx = true;
	return ERR_OK;
}

static int check_units(const struct change *c, struct err *e)
{
	const struct rulebook *before = c->before->book;
	for (size_t i = 0; i < before->units_count; i++) {
		const struct index_filter filter = { .unit = before->units[i].name, .limit = 1 };
		bool is_used = false;
		if (rulebook_unit(c->after->book, filter.unit))
			continue;
		int rc = index_list(c->ledger->index, &filter, note_entry, &is_used, e);
		if (!rc && is_used)
			rc = refuse(e, N_("keep it; `units` of the kinds can close it to new records"), N_("unit"), filter.unit,
			            N_("is missing, and records stand under it"));
		if (rc)
			return rc;
	}
	return ERR_OK;
}

static bool closes(const struct rulebook *book, const char *matter)
{
	for (size_t k = 0; k < book->kinds_count; k++)
		for (size_t i = 0; i < book->kinds[k].closes.count; i++)
			if (strcmp(book->kinds[k].closes.at[i].matter, matter) == 0)
				return true;
	return false;
}

/* Who holds a role by a record that stands: of a kind that appoints. */
static int check_role(const struct change *c, uint64_t opening, struct err *e)
{
	const struct docket_record *r;
	int rc = docket_record(c->ledger->docket, opening, &r, e);
	if (rc)
		return rc == ERR_GONE || rc == ERR_NOTFOUND ? ERR_OK : rc;
	const struct rulebook_kind *k = rulebook_kind(c->before->book, r->kind);
	const char *role = k && k->identity_role[0] ? jdoc_get_text(r->body, k->identity_role) : NULL;
	if (!role || !rulebook_role(c->before->book, role) || rulebook_role(c->after->book, role))
		return ERR_OK;
	err_set(e, ERR_RULE, "rule book: role %s: is missing, and is held by the appointment in entry %llu", role,
	        (unsigned long long)opening);
	return err_next(e, "keep it, or end the appointments first");
}

static int check_matter(void *ctx, uint64_t opening, const char *matter, struct err *e)
{
	const struct change *c = ctx;
	const char *why = NULL;
	if (!rulebook_matter(c->after->book, matter))
		why = N_("is missing");
	else if (closes(c->before->book, matter) && !closes(c->after->book, matter))
		why = N_("can't be closed by any kind");
	if (!why)
		return check_role(c, opening, e);
	err_set(e, ERR_RULE, "rule book: matter %s: %s, and the one that entry %llu opened is open", matter, lang_text(why),
	        (unsigned long long)opening);
	return err_next(e, "keep it, or close what is open first");
}

/* Matters that are open, and what stands with them. */
static int check_matters(const struct change *c, struct err *e)
{
	return docket_each(c->ledger->docket, NULL, check_matter, (void *)c, e);
}

static bool appoints(const struct rulebook *book)
{
	for (size_t i = 0; i < book->kinds_count; i++)
		if (book->kinds[i].identity_login[0])
			return true;
	return false;
}

static int check_persons(const struct change *c, struct err *e)
{
	if (!appoints(c->before->book) || appoints(c->after->book))
		return ERR_OK;
	err_set(e, ERR_RULE, "rule book %s: no kind appoints a person", c->after->book->id);
	return err_next(e, "give the kind of appointments its `identity`");
}

int amend_check(struct ledger *l, const struct rules *fresh, int64_t now, struct err *e)
{
	static int (*const checks[])(const struct change *c, struct err *e) = {
		check_changed, check_id, check_days, check_kinds, check_units, check_matters, check_persons,
	};
	const struct change c = { l, l->rules, fresh, date_of_time(now) };
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < sizeof checks / sizeof *checks; i++)
		rc = checks[i](&c, e);
	return rc;
}

static void print_class(const struct rulebook_kind *k, struct buf *out)
{
	if (k->retain)
		buf_printf(out, k->retain == 1 ? _("%d calendar year from %s") : _("%d calendar years from %s"), k->retain,
		           k->retain_from_closing ? _("closing") : _("creation"));
	else
		buf_puts(out, _("no end"));
}

/* What guards the clock, the days of events and the disposals. */
static void remark_limits(const struct rulebook *before, const struct rulebook *after, struct jdoc *out_list)
{
	struct rulebook_limit was[RULEBOOK_LIMIT_COUNT], is[RULEBOOK_LIMIT_COUNT];
	rulebook_limits(before, was);
	rulebook_limits(after, is);
	for (size_t i = 0; i < RULEBOOK_LIMIT_COUNT; i++) {
		BUF_CLEANUP struct buf text = BUF_INIT;
		if (was[i].value == is[i].value)
			continue;
		buf_printf(&text, _("limit %s: %d, and was %d"), is[i].name, is[i].value, was[i].value);
		jdoc_append(out_list, jdoc_string(buf_str(&text)));
	}
}

static void remark_class(const struct rulebook_kind *old, const struct rulebook_kind *new, struct jdoc *out_list)
{
	BUF_CLEANUP struct buf text = BUF_INIT, now = BUF_INIT, was = BUF_INIT;
	print_class(new, &now);
	print_class(old, &was);
	buf_printf(&text, _("kind %s: records accepted from now on are kept %s; those before keep their class, %s"),
	           old->name, buf_str(&now), buf_str(&was));
	jdoc_append(out_list, jdoc_string(buf_str(&text)));
}

/* Of a measure the rule book in force at the disposal decides, for all records. */
static void remark_measure(const struct rulebook_kind *old, const struct rulebook_kind *new, struct jdoc *out_list)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	buf_printf(&text, _("kind %s: the measure of all its records, those before too, is %s, and was %s; a proposal of "
	                    "them is made anew"), old->name, rulebook_measure_word(new->measure),
	           rulebook_measure_word(old->measure));
	jdoc_append(out_list, jdoc_string(buf_str(&text)));
}

int amend_remarks(struct ledger *l, const struct rulebook *before, const struct rulebook *after,
                         struct jdoc *out_list, struct err *e)
{
	remark_limits(before, after, out_list);
	for (size_t i = 0; i < before->kinds_count; i++) {
		const struct rulebook_kind *old = &before->kinds[i], *new = rulebook_kind(after, old->name);
		uint64_t seq;
		int rc = new ? index_last_seq_of(l->index, old->name, &seq, e) : ERR_NOTFOUND;
		if (rc && rc != ERR_NOTFOUND)
			return rc;
		if (rc)
			continue;
		if (new->retain != old->retain || new->retain_from_closing != old->retain_from_closing)
			remark_class(old, new, out_list);
		if (new->measure != old->measure)
			remark_measure(old, new, out_list);
	}
	return ERR_OK;
}
