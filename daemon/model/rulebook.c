#include "model/rulebook.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/rulebook_draft.h"

#define OBJECTS_MAX 1024

struct rulebook *rulebook_new(void)
{
	struct rulebook_draft *d = mem_alloc(sizeof(*d));

	d->book.clock_step_days = 14;
	d->book.clock_back_minutes = 10;
	d->book.life_percent = 50;
	d->book.approvals = RULEBOOK_APPROVALS;
	d->book.approval_days = RULEBOOK_APPROVAL_DAYS;
	d->book.warn_months = 12;
	d->seen[RULEBOOK_DIRECTIVE] = mem_alloc(sizeof(**d->seen));
	d->seen[RULEBOOK_LIMITS] = mem_alloc(sizeof(**d->seen));
	return &d->book;
}

static void free_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static void free_title(struct rulebook_title *t)
{
	free(t->ja);
	free(t->en);
}

static void free_named(struct rulebook_named *named, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free_title(&named[i].title);
		free(named[i].clause);
		free_names(named[i].show, named[i].show_count);
	}
	free(named);
}

static void free_kind(struct rulebook_kind *k)
{
	free_title(&k->title);
	free(k->form);
	free(k->clause);
	free(k->retain_clause);
	free(k->measure_clause);
	free_title(&k->place);
	free_names(k->submit, k->submit_count);
	free_names(k->sign, k->sign_count);
	free_names(k->units, k->units_count);
}

static void free_era(struct rulebook_era *era)
{
	free(era->ja);
	free(era->abbreviation);
	free(era->letter);
	free(era->sign);
}

static void free_rule(struct rulebook_rule *rule)
{
	free_title(&rule->title);
	free_title(&rule->next);
	free(rule->clause);
	free_names(rule->kinds, rule->kinds_count);
	cond_free(rule->when);
	cond_free(rule->want);
	rulebook_search_release(&rule->needs);
	rulebook_search_release(&rule->forbids);
}

static void free_due(struct rulebook_due *due)
{
	free_title(&due->title);
	free(due->clause);
	cond_free(due->when);
	cond_operand_free(due->until);
	cond_operand_free(due->from);
	cond_operand_free(due->where);
	rulebook_search_release(&due->done);
}

static void free_route(struct rulebook_route *route)
{
	free_title(&route->title);
	free_title(&route->next);
	free(route->clause);
	for (size_t i = 0; i < route->steps_count; i++)
		free(route->steps[i].value);
}

static void free_act(struct rulebook_act *act)
{
	free(act->clause);
	free_names(act->submit, act->submit_count);
}

static void free_lists(struct rulebook *r)
{
	free_named(r->units, r->units_count);
	free_named(r->roles, r->roles_count);
	free_named(r->matters, r->matters_count);
	for (size_t i = 0; i < r->kinds_count; i++)
		free_kind(&r->kinds[i]);
	for (size_t i = 0; i < r->eras_count; i++)
		free_era(&r->eras[i]);
	for (size_t i = 0; i < r->rules_count; i++)
		free_rule(&r->rules[i]);
	for (size_t i = 0; i < r->dues_count; i++)
		free_due(&r->dues[i]);
	for (size_t i = 0; i < r->routes_count; i++)
		free_route(&r->routes[i]);
	for (size_t i = 0; i < r->acts_count; i++)
		free_act(&r->acts[i]);
	free(r->acts);
	free(r->kinds);
	free(r->eras);
	free(r->rules);
	free(r->dues);
	free(r->routes);
}

void rulebook_free(struct rulebook *r)
{
	struct rulebook_draft *d = (struct rulebook_draft *)r;

	if (!r)
		return;
	free(r->id);
	free(r->first_value);
	free_names(r->amend, r->amend_count);
	free(r->replaces);
	free_title(&r->title);
	free_title(&r->place);
	free(r->expires_clause);
	free_lists(r);
	for (size_t i = 0; i < RULEBOOK_PART_COUNT; i++)
		free(d->seen[i]);
	free(d);
}

int rulebook_refuse(struct err *e, const char *section, const char *key, const char *reason)
{
	struct buf where BUF_CLEANUP = BUF_INIT;

	buf_putc(&where, '[');
	text_add_safe(&where, section, strnlen(section, 64), true);
	buf_putc(&where, ']');
	if (key) {
		buf_putc(&where, ' ');
		text_add_safe(&where, key, strnlen(key, 64), true);
	}
	return err_set(e, ERR_CONFIG, "%s: %s", buf_str(&where), reason);
}

static int fault(struct err *e, const char *section, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int fault(struct err *e, const char *section, const char *key, const char *fmt, ...)
{
	char reason[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), lang_text(fmt), ap);
	va_end(ap);
	return rulebook_refuse(e, section, key, reason);
}

/* Splits "kind loan". NULL for a section that no rule book has. */
static const struct rulebook_part *find_part(const char *section, const char **out_name)
{
	for (size_t i = 0; i < RULEBOOK_PART_COUNT; i++) {
		const struct rulebook_part *p = &RULEBOOK_PARTS[i];
		size_t len = strlen(p->word);

		if (strncmp(section, p->word, len) != 0 || section[len] != (p->size ? ' ' : '\0'))
			continue;
		*out_name = section + len + (p->size ? 1 : 0);
		return p;
	}
	return NULL;
}

void *rulebook_object(struct rulebook_draft *d, const struct rulebook_part *p, size_t index)
{
	return p->size ? *(char **)((char *)d + p->array) + index * p->size : (char *)d;
}

size_t rulebook_count(struct rulebook_draft *d, const struct rulebook_part *p)
{
	return p->size ? *(size_t *)((char *)d + p->count) : 1;
}

/* Finds the object of a section, or adds it. False when there are too many. */
static bool place_object(struct rulebook_draft *d, const struct rulebook_part *p, const char *name, size_t *out)
{
	size_t *count = (size_t *)((char *)d + p->count);
	void **array = (void **)((char *)d + p->array);
	uint32_t **seen = &d->seen[p - RULEBOOK_PARTS];

	*out = 0;
	if (!p->size)
		return true;
	while (*out < *count && strcmp(rulebook_object(d, p, *out), name) != 0)
		++*out;
	if (*out < *count)
		return true;
	if (*count == OBJECTS_MAX)
		return false;
	*array = mem_grow(*array, *count + 1, p->size);
	memset((char *)*array + *count * p->size, 0, p->size);
	memcpy((char *)*array + *count * p->size, name, strlen(name));
	if (p->init)
		p->init((char *)*array + *count * p->size);
	*seen = mem_grow(*seen, *count + 1, sizeof(**seen));
	(*seen)[*count] = 0;
	++*count;
	return true;
}

/* What is wrong with the value, or ERR_OK. */
static int take_value(const struct rulebook_key *k, void *object, const char *section, const char *value, struct err *e)
{
	struct err why = ERR_INIT;
	const char *wanted;

	if (k->parse)
		return k->parse((char *)object + k->at, value, &why) ? fault(e, section, k->name, "%s", why.text) : ERR_OK;
	wanted = k->set(k, (char *)object + k->at, value);
	return wanted ? fault(e, section, k->name, "it must be %s", lang_text(wanted)) : ERR_OK;
}

static int take_triple(struct rulebook_draft *d, const char *section, const char *key, const char *value,
                       struct err *e)
{
	const char *name;
	const struct rulebook_part *p = find_part(section, &name);
	const struct rulebook_key *k;
	size_t index;
	uint32_t bit, *seen;

	if (!p)
		return fault(e, section, NULL, "a rule book has no such section");
	if (p->size && !text_is_name(name, strlen(name)))
		return fault(e, section, NULL, "a name is 1 to %d of a-z, 0-9 and -, first a letter", LEAF_NAME_MAX);
	if (!place_object(d, p, name, &index))
		return fault(e, section, NULL, "a rule book has at most %d of them", OBJECTS_MAX);
	for (k = p->keys; k->name && strcmp(k->name, key) != 0; k++)
		;
	if (!k->name)
		return fault(e, section, key, "this section has no such key");
	bit = UINT32_C(1) << (k - p->keys);
	seen = &d->seen[p - RULEBOOK_PARTS][index];
	if (*seen & bit)
		return fault(e, section, key, "it is set twice");
	*seen |= bit;
	return take_value(k, rulebook_object(d, p, index), section, value, e);
}

int rulebook_set(struct rulebook *r, const char *section, const char *key, const char *value, struct err *e)
{
	struct rulebook_draft *d = (struct rulebook_draft *)r;
	int rc = take_triple(d, section, key, value, e);

	d->is_refused |= rc != ERR_OK;
	return rc;
}

static const struct rulebook_named *find_named(const struct rulebook_named *at, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(at[i].name, name) == 0)
			return &at[i];
	return NULL;
}

const struct rulebook_kind *rulebook_kind(const struct rulebook *r, const char *name)
{
	for (size_t i = 0; i < r->kinds_count; i++)
		if (strcmp(r->kinds[i].name, name) == 0)
			return &r->kinds[i];
	return NULL;
}

const struct rulebook_named *rulebook_unit(const struct rulebook *r, const char *name)
{
	return find_named(r->units, r->units_count, name);
}

const struct rulebook_named *rulebook_role(const struct rulebook *r, const char *name)
{
	return find_named(r->roles, r->roles_count, name);
}

const struct rulebook_named *rulebook_matter(const struct rulebook *r, const char *name)
{
	return find_named(r->matters, r->matters_count, name);
}

void rulebook_limits(const struct rulebook *r, struct rulebook_limit out[RULEBOOK_LIMIT_COUNT])
{
	const struct rulebook_limit limits[RULEBOOK_LIMIT_COUNT] = {
		{ "clock_step_days", r->clock_step_days },
		{ "clock_back_minutes", r->clock_back_minutes },
		{ "event_ahead_days", r->event_ahead_days },
		{ "life_percent", r->life_percent },
		{ "approvals", r->approvals },
		{ "approval_days", r->approval_days },
		{ "receipts", r->receipts },
	};
	memcpy(out, limits, sizeof limits);
}

const struct rulebook_title *rulebook_place(const struct rulebook *r, const struct rulebook_kind *k)
{
	return k->place.ja ? &k->place : &r->place;
}

const struct rulebook_act *rulebook_act(const struct rulebook *r, const char *name)
{
	for (size_t i = 0; i < r->acts_count; i++)
		if (strcmp(r->acts[i].name, name) == 0)
			return &r->acts[i];
	return NULL;
}

bool rulebook_act_is_of(const struct rulebook_act *act, const char *role)
{
	bool found = false;

	for (size_t i = 0; i < act->submit_count; i++)
		found |= strcmp(act->submit[i], role) == 0;
	return found;
}

bool rulebook_rule_is_of(const struct rulebook_rule *rule, const char *kind)
{
	bool found = rule->all_kinds;

	for (size_t i = 0; i < rule->kinds_count; i++)
		found |= strcmp(rule->kinds[i], kind) == 0;
	return found;
}

bool rulebook_kind_has_unit(const struct rulebook_kind *k, const char *unit)
{
	bool found = k->units_count == 0;

	for (size_t i = 0; i < k->units_count; i++)
		found |= strcmp(k->units[i], unit) == 0;
	return found;
}
