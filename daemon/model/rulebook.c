#include "model/rulebook.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
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

static void free_named(struct rulebook_named *named, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(named[i].title.ja);
		free(named[i].title.en);
		free(named[i].clause);
	}
	free(named);
}

static void free_kind(struct rulebook_kind *k)
{
	free(k->title.ja);
	free(k->title.en);
	free(k->form);
	free(k->clause);
	free(k->retain_clause);
	free_names(k->submit, k->submit_count);
	free_names(k->sign, k->sign_count);
	free_names(k->units, k->units_count);
}

void rulebook_free(struct rulebook *r)
{
	struct rulebook_draft *d = (struct rulebook_draft *)r;

	if (!r)
		return;
	free(r->id);
	free(r->title.ja);
	free(r->title.en);
	free_named(r->units, r->units_count);
	free_named(r->roles, r->roles_count);
	free_named(r->matters, r->matters_count);
	for (size_t i = 0; i < r->kinds_count; i++)
		free_kind(&r->kinds[i]);
	free(r->kinds);
	for (size_t i = 0; i < RULEBOOK_PART_COUNT; i++)
		free(d->seen[i]);
	free(d);
}

/* "[kind loan] retain: text". Section and key come from a file and are shown safely. */
static int fault(struct err *e, const char *section, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int fault(struct err *e, const char *section, const char *key, const char *fmt, ...)
{
	struct buf where BUF_CLEANUP = BUF_INIT;
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_putc(&where, '[');
	text_add_safe(&where, section, strnlen(section, 64), true);
	buf_putc(&where, ']');
	if (key) {
		buf_putc(&where, ' ');
		text_add_safe(&where, key, strnlen(key, 64), true);
	}
	return err_set(e, ERR_CONFIG, "%s: %s", buf_str(&where), text);
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

static void *object_at(struct rulebook_draft *d, const struct rulebook_part *p, size_t index)
{
	return p->size ? *(char **)((char *)d + p->array) + index * p->size : (char *)d;
}

static size_t count_of(struct rulebook_draft *d, const struct rulebook_part *p)
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
	while (*out < *count && strcmp(object_at(d, p, *out), name) != 0)
		++*out;
	if (*out < *count)
		return true;
	if (*count == OBJECTS_MAX)
		return false;
	*array = mem_grow(*array, *count + 1, p->size);
	memset((char *)*array + *count * p->size, 0, p->size);
	memcpy((char *)*array + *count * p->size, name, strlen(name));
	*seen = mem_grow(*seen, *count + 1, sizeof(**seen));
	(*seen)[*count] = 0;
	++*count;
	return true;
}

int rulebook_set(struct rulebook *r, const char *section, const char *key, const char *value, struct err *e)
{
	struct rulebook_draft *d = (struct rulebook_draft *)r;
	const char *name, *wanted;
	const struct rulebook_part *p = find_part(section, &name);
	const struct rulebook_key *k;
	size_t index;
	uint32_t bit;

	if (!p)
		return fault(e, section, NULL, "a rule book has no such section");
	if (p->size && !text_is_name(name, strlen(name)))
		return fault(e, section, NULL, "a name is 1 to %d of a-z, 0-9 and -, first a letter", LEAF_NAME_MAX);
	for (k = p->keys; k->name && strcmp(k->name, key) != 0; k++)
		;
	if (!k->name)
		return fault(e, section, key, "this section has no such key");
	if (!place_object(d, p, name, &index))
		return fault(e, section, NULL, "a rule book has at most %d of them", OBJECTS_MAX);
	bit = UINT32_C(1) << (k - p->keys);
	if (d->seen[p - RULEBOOK_PARTS][index] & bit)
		return fault(e, section, key, "it is set twice");
	wanted = k->set(k, (char *)object_at(d, p, index) + k->at, value);
	if (wanted)
		return fault(e, section, key, "it must be %s", wanted);
	d->seen[p - RULEBOOK_PARTS][index] |= bit;
	return ERR_OK;
}

static void name_section(char out[64], const struct rulebook_part *p, const void *object)
{
	if (p->size)
		snprintf(out, 64, "%s %s", p->word, (const char *)object);
	else
		snprintf(out, 64, "%s", p->word);
}

static int check_required(struct rulebook_draft *d, const struct rulebook_part *p, struct err *e)
{
	char section[64];

	for (size_t i = 0; i < count_of(d, p); i++) {
		uint32_t seen = d->seen[p - RULEBOOK_PARTS][i];

		name_section(section, p, object_at(d, p, i));
		for (const struct rulebook_key *k = p->keys; k->name; k++)
			if (k->required && !(seen & UINT32_C(1) << (k - p->keys)))
				return fault(e, section, k->name, "it is missing");
	}
	return ERR_OK;
}

static const struct rulebook_named *find_named(const struct rulebook_named *at, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(at[i].name, name) == 0)
			return &at[i];
	return NULL;
}

static int check_links(const struct rulebook *r, const char *section, const char *key, const struct rulebook_links *l,
                       struct err *e)
{
	for (size_t i = 0; i < l->count; i++)
		if (!find_named(r->matters, r->matters_count, l->at[i].matter))
			return fault(e, section, key, "there is no [matter %s]", l->at[i].matter);
	return ERR_OK;
}

static int check_matters(const struct rulebook *r, const struct rulebook_kind *k, const char *section, struct err *e)
{
	int rc;

	if (k->opens[0] && !find_named(r->matters, r->matters_count, k->opens))
		return fault(e, section, "opens", "there is no [matter %s]", k->opens);
	rc = check_links(r, section, "closes", &k->closes, e);
	if (!rc)
		rc = check_links(r, section, "within", &k->within, e);
	if (!rc)
		rc = check_links(r, section, "under", &k->under, e);
	if (!rc && k->under.count && !k->opens[0])
		rc = fault(e, section, "under", "a kind that opens no matter has none to put under another");
	return rc;
}

/* All three or none: a number of years without a clause is a guess. */
static int check_retention(const struct rulebook_kind *k, const char *section, uint32_t seen, struct err *e)
{
	const struct rulebook_key *keys = RULEBOOK_PARTS[RULEBOOK_KIND].keys;
	const char *missing = NULL;
	bool any = false;

	for (size_t i = 0; keys[i].name; i++) {
		if (strncmp(keys[i].name, "retain", strlen("retain")) != 0)
			continue;
		if (seen & UINT32_C(1) << i)
			any = true;
		else if (!missing)
			missing = keys[i].name;
	}
	if (any && missing)
		return fault(e, section, missing,
		             "it is missing: retention has years, a start and the clause that says so");
	if (k->retain_from_closing && !k->opens[0] && !k->closes.count && !k->within.count)
		return fault(e, section, "retain_from",
		             "a kind that belongs to no matter can't count from its closing");
	return ERR_OK;
}

static int check_kind(struct rulebook_draft *d, size_t index, struct err *e)
{
	const struct rulebook *r = &d->book;
	const struct rulebook_kind *k = &r->kinds[index];
	char section[64];
	int rc;

	name_section(section, &RULEBOOK_PARTS[RULEBOOK_KIND], k);
	if (leaf_kind_of(k->name) != LEAF_RECORD)
		return fault(e, section, NULL, "that name is an administrative kind's");
	for (size_t i = 0; i < k->submit_count; i++)
		if (!rulebook_role(r, k->submit[i]))
			return fault(e, section, "submit", "there is no [role %s]", k->submit[i]);
	for (size_t i = 0; i < k->sign_count; i++)
		if (!rulebook_role(r, k->sign[i]))
			return fault(e, section, "sign", "there is no [role %s]", k->sign[i]);
	for (size_t i = 0; i < k->units_count; i++)
		if (!rulebook_unit(r, k->units[i]))
			return fault(e, section, "units", "there is no [unit %s]", k->units[i]);
	rc = check_matters(r, k, section, e);
	if (!rc)
		rc = check_retention(k, section, d->seen[RULEBOOK_KIND][index], e);
	return rc;
}

int rulebook_finish(struct rulebook *r, struct err *e)
{
	struct rulebook_draft *d = (struct rulebook_draft *)r;

	for (size_t i = 0; i < RULEBOOK_PART_COUNT; i++) {
		int rc = check_required(d, &RULEBOOK_PARTS[i], e);

		if (rc)
			return rc;
	}
	if (!rulebook_unit(r, r->office))
		return fault(e, "directive", "office", "there is no [unit %s]", r->office);
	if (r->first_role[0] && !rulebook_role(r, r->first_role))
		return fault(e, "directive", "first_role", "there is no [role %s]", r->first_role);
	if (r->has_expires && date_day_number(r->expires) < date_day_number(r->in_force))
		return fault(e, "directive", "expires", "it lies before in_force");
	if (!r->kinds_count)
		return err_set(e, ERR_CONFIG, "rule book: it has no [kind ...]");
	for (size_t i = 0; i < r->kinds_count; i++) {
		int rc = check_kind(d, i, e);

		if (rc)
			return rc;
	}
	return ERR_OK;
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

bool rulebook_kind_has_unit(const struct rulebook_kind *k, const char *unit)
{
	bool found = k->units_count == 0;

	for (size_t i = 0; i < k->units_count; i++)
		found |= strcmp(k->units[i], unit) == 0;
	return found;
}
