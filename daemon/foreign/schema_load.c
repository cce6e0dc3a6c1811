#include <math.h>
#include <string.h>

#include "base/lang.h"
#include "foreign/schema_impl.h"

#define DIALECT "https://json-schema.org/draft/2020-12/schema"

static int refuse(const struct schema_load *load, const struct jdoc_place *place, const char *reason, struct err *e)
{
	BUF_CLEANUP struct buf pointer = BUF_INIT;
	jdoc_add_pointer(&pointer, place);
	return err_set(e, ERR_CONFIG, "schema, at %s: %s: %s", pointer.len ? buf_str(&pointer) : _("its top"),
	               load->keyword, lang_text(reason));
}

static const struct schema_keyword *find_keyword(const char *name)
{
	const struct schema_keyword *k = schema_keywords;
	while (k->name && strcmp(k->name, name) != 0)
		k++;
	return k->name ? k : NULL;
}

static int load_object(struct schema_load *load, json_t *object, const struct jdoc_place *place, struct err *e)
{
	struct jdoc_place inner = { .up = place };
	const char *outer = load->keyword;
	json_t *rule;
	json_object_foreach(object, inner.name, rule) {
		const struct schema_keyword *k = find_keyword(inner.name);
		load->keyword = inner.name;
		if (!k)
			return refuse(load, &inner, "this keyword is not taken", e);
		int rc = k->check(load, rule, &inner, e);
		if (rc)
			return rc;
	}
	load->keyword = outer;
	return ERR_OK;
}

int schema_load_schema(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	if (json_is_object(rule))
		return load_object(load, rule, place, e);
	return json_is_boolean(rule) ? ERR_OK : refuse(load, place, "a schema is an object, true or false", e);
}

static int load_each(struct schema_load *load, json_t *list, const struct jdoc_place *place, struct err *e)
{
	struct jdoc_place inner = { .up = place };
	int rc = ERR_OK;
	for (; !rc && inner.index < json_array_size(list); inner.index++)
		rc = schema_load_schema(load, json_array_get(list, inner.index), &inner, e);
	return rc;
}

int schema_load_schemas(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	if (!json_array_size(rule))
		return refuse(load, place, "must be a list of schemas, one at least", e);
	return load_each(load, rule, place, e);
}

static int load_members(struct schema_load *load, json_t *rule, const struct jdoc_place *place, schema_check_fn *check,
                        struct err *e)
{
	struct jdoc_place inner = { .up = place };
	json_t *member;
	if (!json_is_object(rule))
		return refuse(load, place, "must be an object", e);
	json_object_foreach(rule, inner.name, member) {
		int rc = check(load, member, &inner, e);
		if (rc)
			return rc;
	}
	return ERR_OK;
}

int schema_load_map(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	return load_members(load, rule, place, schema_load_schema, e);
}

int schema_load_names_map(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	return load_members(load, rule, place, schema_load_names, e);
}

static int add_pattern(struct schema_load *load, const char *pattern, const struct jdoc_place *place, struct err *e)
{
	const char *reason = NULL;
	return schema_pattern_add(load->schema, pattern, &reason) ? refuse(load, place, reason, e) : ERR_OK;
}

int schema_load_pattern_map(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	struct jdoc_place inner = { .up = place };
	json_t *member;
	json_object_foreach(rule, inner.name, member) {
		int rc = add_pattern(load, inner.name, &inner, e);
		if (rc)
			return rc;
	}
	return schema_load_map(load, rule, place, e);
}

int schema_load_pattern(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	if (!json_is_string(rule))
		return refuse(load, place, "must be a string", e);
	return add_pattern(load, json_string_value(rule), place, e);
}

int schema_load_any(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	(void)load, (void)rule, (void)place, (void)e;
	return ERR_OK;
}

int schema_load_text(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	return json_is_string(rule) ? ERR_OK : refuse(load, place, "must be a string", e);
}

int schema_load_bool(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	return json_is_boolean(rule) ? ERR_OK : refuse(load, place, "must be true or false", e);
}

int schema_load_true(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	return json_is_true(rule) ? ERR_OK : refuse(load, place, "must be true", e);
}

int schema_load_list(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	return json_is_array(rule) ? ERR_OK : refuse(load, place, "must be a list", e);
}

int schema_load_values(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	return json_array_size(rule) ? ERR_OK : refuse(load, place, "must be a list of values, one at least", e);
}

int schema_load_number(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	return json_is_number(rule) ? ERR_OK : refuse(load, place, "must be a number", e);
}

int schema_load_positive(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	return json_number_value(rule) > 0 ? ERR_OK : refuse(load, place, "must be a number above 0", e);
}

int schema_load_count(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	double n = json_number_value(rule);
	return json_is_number(rule) && n >= 0 && floor(n) == n ? ERR_OK
	                                                       : refuse(load, place, "must be a whole number from 0 on", e);
}

static bool is_repeated(json_t *list, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (json_equal(json_array_get(list, i), json_array_get(list, at)))
			return true;
	return false;
}

static int load_strings(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	if (!json_is_array(rule))
		return refuse(load, place, "must be a list of strings", e);
	for (size_t i = 0; i < json_array_size(rule); i++)
		if (!json_is_string(json_array_get(rule, i)) || is_repeated(rule, i))
			return refuse(load, place, "must be a list of strings, none of them twice", e);
	return ERR_OK;
}

int schema_load_names(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	return load_strings(load, rule, place, e);
}

static bool is_type(json_t *name)
{
	static const char *const types[] = { "null", "boolean", "integer", "number", "string", "array", "object" };
	for (size_t i = 0; json_is_string(name) && i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i], json_string_value(name)) == 0)
			return true;
	return false;
}

int schema_load_types(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	static const char reason[] =
		N_("must be null, boolean, integer, number, string, array or object, or a list of these");
	if (!json_is_array(rule))
		return is_type(rule) ? ERR_OK : refuse(load, place, reason, e);
	for (size_t i = 0; i < json_array_size(rule); i++)
		if (!is_type(json_array_get(rule, i)))
			return refuse(load, place, reason, e);
	return json_array_size(rule) ? load_strings(load, rule, place, e) : refuse(load, place, reason, e);
}

int schema_load_dialect(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	const char *dialect = json_string_value(rule);
	bool is_known = !place->up && dialect && strcmp(dialect, DIALECT) == 0;
	return is_known ? ERR_OK : refuse(
		load, place, "must be https://json-schema.org/draft/2020-12/schema, and stand at the top", e);
}

int schema_load_id(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e)
{
	bool is_text = !place->up && json_is_string(rule);
	return is_text ? ERR_OK : refuse(load, place, "must be a string, and stand at the top", e);
}
