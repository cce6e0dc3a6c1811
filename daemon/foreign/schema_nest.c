#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "foreign/schema_impl.h"

static void run_on_member(struct schema_run *run, const struct schema_at *at, json_t *schema, const char *name)
{
	struct jdoc_place inner = { .up = at->place, .name = name };
	schema_run_on(run, at->keyword, schema, json_object_get(at->value, name), &inner);
}

static void demand(struct schema_run *run, const struct schema_at *at, json_t *names, const char *reason)
{
	struct jdoc_place inner = { .up = at->place };
	for (size_t i = 0; i < json_array_size(names); i++) {
		inner.name = json_string_value(json_array_get(names, i));
		if (!json_object_get(at->value, inner.name))
			schema_run_fault(run, &inner, at->keyword, "%s", lang_text(reason));
	}
}

void schema_nest_required(struct schema_run *run, const struct schema_at *at)
{
	demand(run, at, at->rule, "is missing");
}

void schema_nest_dependent_required(struct schema_run *run, const struct schema_at *at)
{
	const char *name;
	json_t *names;
	json_object_foreach(at->rule, name, names) {
		if (json_object_get(at->value, name))
			demand(run, at, names, "is missing, and what stands beside it demands it");
	}
}

void schema_nest_dependent_schemas(struct schema_run *run, const struct schema_at *at)
{
	const char *name;
	json_t *schema;
	json_object_foreach(at->rule, name, schema) {
		if (json_object_get(at->value, name))
			schema_run_on(run, at->keyword, schema, at->value, at->place);
	}
}

void schema_nest_properties(struct schema_run *run, const struct schema_at *at)
{
	const char *name;
	json_t *schema;
	json_object_foreach(at->rule, name, schema) {
		if (json_object_get(at->value, name))
			run_on_member(run, at, schema, name);
	}
}

void schema_nest_patterns(struct schema_run *run, const struct schema_at *at)
{
	struct jdoc_place inner = { .up = at->place };
	const char *pattern;
	json_t *schema, *member;
	json_object_foreach(at->rule, pattern, schema) {
		json_object_foreach(at->value, inner.name, member) {
			if (schema_run_matches(run, pattern, inner.name, strlen(inner.name), &inner))
				schema_run_on(run, at->keyword, schema, member, &inner);
		}
	}
}

static bool is_described(struct schema_run *run, const struct schema_at *at, const struct jdoc_place *member)
{
	const char *pattern;
	json_t *schema;
	if (json_object_get(json_object_get(at->schema, "properties"), member->name))
		return true;
	json_object_foreach(json_object_get(at->schema, "patternProperties"), pattern, schema) {
		if (schema_run_matches(run, pattern, member->name, strlen(member->name), member))
			return true;
	}
	return false;
}

void schema_nest_additional(struct schema_run *run, const struct schema_at *at)
{
	struct jdoc_place inner = { .up = at->place };
	json_t *member;
	json_object_foreach(at->value, inner.name, member) {
		if (is_described(run, at, &inner))
			continue;
		if (json_is_false(at->rule))
			schema_run_fault(run, &inner, at->keyword, "no field of this name may stand here");
		else
			schema_run_on(run, at->keyword, at->rule, member, &inner);
	}
}

void schema_nest_names(struct schema_run *run, const struct schema_at *at)
{
	struct jdoc_place inner = { .up = at->place };
	json_t *member;
	json_object_foreach(at->value, inner.name, member) {
		json_t *name = json_string(inner.name);
		if (!schema_run_fits(run, at->rule, name, &inner))
			schema_run_fault(run, &inner, at->keyword, "no field may have a name like this");
		json_decref(name);
	}
}

static const char *units_of(json_t *value, double count)
{
	if (json_is_object(value))
		return count == 1 ? _("field") : _("fields");
	return count == 1 ? _("element") : _("elements");
}

static double size_of(json_t *value)
{
	return (double)jdoc_size((const struct jdoc *)value);
}

void schema_nest_min_size(struct schema_run *run, const struct schema_at *at)
{
	double least = json_number_value(at->rule);
	if (size_of(at->value) < least)
		schema_run_fault(run, at->place, at->keyword, "must have at least %.0f %s", least, units_of(at->value, least));
}

void schema_nest_max_size(struct schema_run *run, const struct schema_at *at)
{
	double most = json_number_value(at->rule);
	if (size_of(at->value) > most)
		schema_run_fault(run, at->place, at->keyword, "must have at most %.0f %s", most, units_of(at->value, most));
}

void schema_nest_prefix(struct schema_run *run, const struct schema_at *at)
{
	struct jdoc_place inner = { .up = at->place };
	for (; inner.index < json_array_size(at->rule) && inner.index < json_array_size(at->value); inner.index++)
		schema_run_on(run, at->keyword, json_array_get(at->rule, inner.index), json_array_get(at->value, inner.index),
		              &inner);
}

void schema_nest_items(struct schema_run *run, const struct schema_at *at)
{
	struct jdoc_place inner = { .up = at->place };
	inner.index = json_array_size(json_object_get(at->schema, "prefixItems"));
	for (; inner.index < json_array_size(at->value); inner.index++)
		schema_run_on(run, at->keyword, at->rule, json_array_get(at->value, inner.index), &inner);
}

/* Counts of a contains beside them. */
static double count_beside(const struct schema_at *at, const char *keyword, double otherwise)
{
	json_t *count = json_object_get(at->schema, keyword);
	return count ? json_number_value(count) : otherwise;
}

void schema_nest_contains(struct schema_run *run, const struct schema_at *at)
{
	struct jdoc_place inner = { .up = at->place };
	bool is_said = json_object_get(at->schema, "minContains");
	double least = count_beside(at, "minContains", 1), most = count_beside(at, "maxContains", (double)SIZE_MAX), n = 0;
	for (; inner.index < json_array_size(at->value); inner.index++)
		n += schema_run_fits(run, at->rule, json_array_get(at->value, inner.index), &inner);
	if (n < least)
		schema_run_fault(run, at->place, is_said ? "minContains" : at->keyword,
		                 "must have at least %.0f %s of the kind wanted", least, units_of(at->value, least));
	if (n > most)
		schema_run_fault(run, at->place, "maxContains", "must have at most %.0f %s of the kind wanted", most,
		                 units_of(at->value, most));
}

/* So that two values have one text if and only if they are equal: numbers by their value. */
static void add_comparable(struct buf *out, json_t *value);

static int add_member(void *out, const char *name, struct jdoc *value, struct err *e)
{
	(void)e;
	buf_printf(out, "%zu:%s", strlen(name), name);
	add_comparable(out, jdoc_raw(value));
	return ERR_OK;
}

static void add_comparable(struct buf *out, json_t *value)
{
	if (json_is_number(value))
		buf_printf(out, "%.17g,", json_number_value(value) + 0.0); /* -0 becomes 0 */
	else if (json_is_array(value)) {
		buf_putc(out, '[');
		for (size_t i = 0; i < json_array_size(value); i++)
			add_comparable(out, json_array_get(value, i));
		buf_putc(out, ']');
	} else if (json_is_object(value)) {
		buf_putc(out, '{');
		jdoc_each((const struct jdoc *)value, add_member, out, NULL);
		buf_putc(out, '}');
	} else
		jdoc_print((const struct jdoc *)value, out);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void schema_nest_unique(struct schema_run *run, const struct schema_at *at)
{
	size_t n = json_array_size(at->value);
	bool is_repeated = false;
	if (json_is_false(at->rule) || n < 2)
		return;
	char **texts = mem_array(n, sizeof *texts);
	for (size_t i = 0; i < n; i++) {
		struct buf text = BUF_INIT;
		add_comparable(&text, json_array_get(at->value, i));
		texts[i] = buf_steal(&text, NULL);
	}
	qsort(texts, n, sizeof *texts, compare_texts);
	for (size_t i = 1; i < n; i++)
		is_repeated = is_repeated || strcmp(texts[i - 1], texts[i]) == 0;
	for (size_t i = 0; i < n; i++)
		free(texts[i]);
	free(texts);
	if (is_repeated)
		schema_run_fault(run, at->place, at->keyword, "no element may stand in it twice");
}
