/* A whole rule book: everything required is there, every name leads to something. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "model/rulebook_draft.h"

#define SECTION_MAX 64

struct checking {
	struct rulebook_draft *d;
	const struct rulebook *book;
	rulebook_fault_fn *fn;
	void *ctx;
	int rc;                           /* of fn; ends the check */
};

static void tell(struct checking *c, const char *section, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void tell(struct checking *c, const char *section, const char *key, const char *fmt, ...)
{
	char reason[ERR_TEXT_MAX / 2];
	va_list ap;

	if (c->rc)
		return;
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), lang_text(fmt), ap);
	va_end(ap);
	c->rc = c->fn(c->ctx, section, key, reason);
}

static void name_section(char out[SECTION_MAX], enum rulebook_part_type part, const char *name)
{
	if (RULEBOOK_PARTS[part].size)
		snprintf(out, SECTION_MAX, "%s %s", RULEBOOK_PARTS[part].word, name);
	else
		snprintf(out, SECTION_MAX, "%s", RULEBOOK_PARTS[part].word);
}

static bool has_key(struct checking *c, enum rulebook_part_type part, size_t index, const char *key)
{
	const struct rulebook_key *keys = RULEBOOK_PARTS[part].keys;

	for (size_t i = 0; keys[i].name; i++)
		if (strcmp(keys[i].name, key) == 0)
			return c->d->seen[part][index] & UINT32_C(1) << i;
	return false;
}

static void check_required(struct checking *c, enum rulebook_part_type part)
{
	const struct rulebook_part *p = &RULEBOOK_PARTS[part];
	char section[SECTION_MAX];

	for (size_t i = 0; i < rulebook_count(c->d, p); i++) {
		name_section(section, part, rulebook_object(c->d, p, i));
		for (const struct rulebook_key *k = p->keys; k->name; k++)
			if (k->required && !has_key(c, part, i, k->name))
				tell(c, section, k->name, "it is missing");
	}
}

/* A name that is "" was missing or refused, and told. */

static void want_matter(struct checking *c, const char *section, const char *key, const char *name)
{
	if (*name && !rulebook_matter(c->book, name))
		tell(c, section, key, "there is no [matter %s]", name);
}

static void want_kind(struct checking *c, const char *section, const char *key, const char *name)
{
	if (*name && !rulebook_kind(c->book, name))
		tell(c, section, key, "there is no [kind %s]", name);
}

static void want_role(struct checking *c, const char *section, const char *key, const char *name)
{
	if (*name && !rulebook_role(c->book, name))
		tell(c, section, key, "there is no [role %s]", name);
}

static void want_unit(struct checking *c, const char *section, const char *key, const char *name)
{
	if (*name && !rulebook_unit(c->book, name))
		tell(c, section, key, "there is no [unit %s]", name);
}

static void want_each(struct checking *c, const char *section, const char *key, char *const *names, size_t count,
                      void (*want)(struct checking *, const char *, const char *, const char *))
{
	for (size_t i = 0; i < count; i++)
		want(c, section, key, names[i]);
}

/* Both or none: who reads one language would be told no place. */
static void check_place(struct checking *c, const char *section, const struct rulebook_title *place)
{
	if (!place->ja != !place->en)
		tell(c, section, place->ja ? "place_en" : "place_ja", "it is missing: a place is named in both languages");
}

static void check_directive(struct checking *c)
{
	const struct rulebook *r = c->book;

	want_unit(c, "directive", "office", r->office);
	want_role(c, "directive", "first_role", r->first_role);
	want_each(c, "directive", "amend", r->amend, r->amend_count, want_role);
	want_role(c, "directive", "keeper_role", r->keeper_role);
	check_place(c, "directive", &r->place);
	if (r->has_expires && date_day_number(r->expires) < date_day_number(r->in_force))
		tell(c, "directive", "expires", "it lies before in_force");
}

static void check_eras(struct checking *c)
{
	const struct rulebook_era *eras = c->book->eras;
	char section[SECTION_MAX];

	for (size_t i = 1; i < c->book->eras_count; i++) {
		name_section(section, RULEBOOK_ERA, eras[i].name);
		if (date_is_valid(eras[i].first) && date_is_valid(eras[i - 1].first) &&
		    date_day_number(eras[i].first) <= date_day_number(eras[i - 1].first))
			tell(c, section, "first", "it does not lie after that of [era %s]", eras[i - 1].name);
	}
}

static void check_links(struct checking *c, const char *section, const char *key, const struct rulebook_links *l)
{
	for (size_t i = 0; i < l->count; i++)
		want_matter(c, section, key, l->at[i].matter);
}

/* All three or none: a number of years without a clause is a guess. Nothing goes that is
 * still in force: an appointment, or what an open matter began with. */
static void check_retention(struct checking *c, const char *section, size_t index)
{
	static const char *const keys[] = { "retain", "retain_from", "retain_clause" };
	const struct rulebook_kind *k = &c->book->kinds[index];
	const char *missing = NULL;
	bool any = false;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (has_key(c, RULEBOOK_KIND, index, keys[i]))
			any = true;
		else if (!missing)
			missing = keys[i];
	}
	if (any && missing)
		tell(c, section, missing, "it is missing: retention has years, a start and the clause that says so");
	if (k->retain_from_closing && !k->opens[0] && !k->closes.count && !k->within.count)
		tell(c, section, "retain_from", "a kind that belongs to no matter can't count from its closing");
	if (any && k->identity_login[0])
		tell(c, section, "retain", "a kind that appoints a person never expires");
	else if (k->retain && k->opens[0] && has_key(c, RULEBOOK_KIND, index, "retain_from") && !k->retain_from_closing)
		tell(c, section, "retain_from", "a kind that opens a matter counts from closing");
}

static void check_kind(struct checking *c, size_t index)
{
	const struct rulebook_kind *k = &c->book->kinds[index];
	char section[SECTION_MAX];

	name_section(section, RULEBOOK_KIND, k->name);
	if (leaf_kind_of(k->name) != LEAF_RECORD)
		tell(c, section, NULL, "that name is an administrative kind's");
	want_each(c, section, "submit", k->submit, k->submit_count, want_role);
	want_each(c, section, "units", k->units, k->units_count, want_unit);
	want_each(c, section, "sign", k->sign, k->sign_count, want_role);
	if (k->sign_count && !k->submit_count)
		tell(c, section, "sign", "wants submit: a record in no role would need no signature");
	want_matter(c, section, "opens", k->opens);
	check_links(c, section, "closes", &k->closes);
	check_links(c, section, "within", &k->within);
	check_links(c, section, "under", &k->under);
	if (k->under.count && !has_key(c, RULEBOOK_KIND, index, "opens"))
		tell(c, section, "under", "a kind that opens no matter has none to put under another");
	check_retention(c, section, index);
	if (k->measure_clause && !has_key(c, RULEBOOK_KIND, index, "measure"))
		tell(c, section, "measure", "it is missing: measure_clause says where a measure comes from");
	check_place(c, section, &k->place);
}

static void check_rule(struct checking *c, size_t index)
{
	const struct rulebook_rule *rule = &c->book->rules[index];
	char section[SECTION_MAX];

	name_section(section, RULEBOOK_RULE, rule->name);
	want_each(c, section, "kinds", rule->kinds, rule->kinds_count, want_kind);
	want_matter(c, section, "needs", rule->needs.name);
	want_matter(c, section, "forbids", rule->forbids.name);
	if (!has_key(c, RULEBOOK_RULE, index, "want") && !has_key(c, RULEBOOK_RULE, index, "needs") &&
	    !has_key(c, RULEBOOK_RULE, index, "forbids"))
		tell(c, section, "want", "it is missing: a rule has one or more of want, needs and forbids");
}

static void check_due(struct checking *c, size_t index)
{
	static const char *const times[] = { "every", "within", "until" };
	const struct rulebook_due *due = &c->book->dues[index];
	char section[SECTION_MAX];
	size_t count = 0;

	name_section(section, RULEBOOK_DUE, due->name);
	want_role(c, section, "who", due->who);
	want_matter(c, section, "over", due->over);
	want_kind(c, section, "done", due->done.name);
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		count += has_key(c, RULEBOOK_DUE, index, times[i]);
	if (count != 1)
		tell(c, section, NULL, "exactly one of every, within and until is wanted");
	if (!has_key(c, RULEBOOK_DUE, index, "done") && !has_key(c, RULEBOOK_DUE, index, "until"))
		tell(c, section, "done", "it is missing: only what is due by `until` may lack it");
}

static bool leads_to(const struct rulebook_links *l, const char *matter)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->at[i].matter, matter) == 0)
			return true;
	return false;
}

static void check_step(struct checking *c, const char *section, const struct rulebook_route *route, size_t at)
{
	const char *name = route->steps[at].kind;
	const struct rulebook_kind *k = rulebook_kind(c->book, name);
	bool opens, closes;

	want_kind(c, section, "steps", name);
	if (!k || !rulebook_matter(c->book, route->matter))
		return;
	opens = strcmp(k->opens, route->matter) == 0;
	closes = leads_to(&k->closes, route->matter);
	if (at == 0 && !opens)
		tell(c, section, "steps", "[kind %s] stands first and does not open [matter %s]", name, route->matter);
	else if (!opens && !closes && !leads_to(&k->within, route->matter))
		tell(c, section, "steps", "[kind %s] does not belong to [matter %s]", name, route->matter);
	if (closes && at + 1 < route->steps_count)
		tell(c, section, "steps", "[kind %s] closes [matter %s] and is not the last", name, route->matter);
}

static void check_route(struct checking *c, size_t index)
{
	const struct rulebook_route *route = &c->book->routes[index];
	char section[SECTION_MAX];

	name_section(section, RULEBOOK_ROUTE, route->name);
	want_matter(c, section, "matter", route->matter);
	for (size_t i = 0; i < route->steps_count; i++)
		check_step(c, section, route, i);
}

static void check_act(struct checking *c, size_t index)
{
	static const enum leaf_kind acts[] = {
		LEAF_HOLD, LEAF_RELEASE, LEAF_EXTEND, LEAF_CLASSIFY, LEAF_CLOCK, LEAF_VOID, LEAF_CORRECT_LOSS, LEAF_ACK,
		LEAF_KEY, LEAF_TRANSFER, LEAF_DESTROYED, LEAF_PROPOSE, LEAF_APPROVE, LEAF_ABORT,
	};
	const struct rulebook_act *act = &c->book->acts[index];
	char section[SECTION_MAX];
	bool known = false;

	name_section(section, RULEBOOK_ACT, act->name);
	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++)
		known |= leaf_kind_of(act->name) == acts[i];
	if (!known)
		tell(c, section, NULL, "no act of persons has this name");
	want_each(c, section, "submit", act->submit, act->submit_count, want_role);
}

int rulebook_check(struct rulebook *r, rulebook_fault_fn *fn, void *ctx)
{
	struct checking c = { .d = (struct rulebook_draft *)r, .book = r, .fn = fn, .ctx = ctx };

	for (size_t i = 0; i < RULEBOOK_PART_COUNT; i++)
		check_required(&c, i);
	check_directive(&c);
	check_eras(&c);
	if (!r->kinds_count)
		tell(&c, "kind", NULL, "a rule book has one or more [kind ...]");
	for (size_t i = 0; i < r->kinds_count; i++)
		check_kind(&c, i);
	for (size_t i = 0; i < r->rules_count; i++)
		check_rule(&c, i);
	for (size_t i = 0; i < r->dues_count; i++)
		check_due(&c, i);
	for (size_t i = 0; i < r->routes_count; i++)
		check_route(&c, i);
	for (size_t i = 0; i < r->acts_count; i++)
		check_act(&c, i);
	return c.rc;
}

static int take_first(void *ctx, const char *section, const char *key, const char *reason)
{
	return rulebook_refuse(ctx, section, key, reason);
}

int rulebook_finish(struct rulebook *r, struct err *e)
{
	struct err own = ERR_INIT;
	int rc = rulebook_check(r, take_first, e ? e : &own);

	if (!rc && ((struct rulebook_draft *)r)->is_refused)
		rc = err_set(e, ERR_CONFIG, "rule book: a line of it was refused");
	return rc;
}
