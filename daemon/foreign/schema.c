#include "foreign/schema.h"

#include <stdlib.h>

#include "base/lang.h"
#include "base/mem.h"
#include "foreign/schema_impl.h"

#define ALL SCHEMA_ABOUT_ALL
#define NUMBER SCHEMA_ABOUT_NUMBER
#define STRING SCHEMA_ABOUT_STRING
#define ARRAY SCHEMA_ABOUT_ARRAY
#define OBJECT SCHEMA_ABOUT_OBJECT

/* Faults come in this order. No keyword but these is taken: neither references nor formats nor what a later draft
 * adds. */
const struct schema_keyword schema_keywords[] = {
	{ "$schema", schema_load_dialect, ALL, NULL },
	{ "$id", schema_load_id, ALL, NULL },
	{ "$comment", schema_load_text, ALL, NULL },
	{ "title", schema_load_text, ALL, NULL },
	{ "x-title-en", schema_load_text, ALL, NULL },
	{ "description", schema_load_text, ALL, NULL },
	{ "x-ref", schema_load_text, ALL, NULL },
	{ "examples", schema_load_list, ALL, NULL },
	{ "default", schema_load_any, ALL, NULL },
	{ "deprecated", schema_load_bool, ALL, NULL },
	{ "readOnly", schema_load_bool, ALL, NULL },
	{ "writeOnly", schema_load_bool, ALL, NULL },

	{ "type", schema_load_types, ALL, schema_value_type },
	{ "enum", schema_load_values, ALL, schema_value_enum },
	{ "const", schema_load_any, ALL, schema_value_const },

	{ "minimum", schema_load_number, NUMBER, schema_value_minimum },
	{ "maximum", schema_load_number, NUMBER, schema_value_maximum },
	{ "exclusiveMinimum", schema_load_number, NUMBER, schema_value_above },
	{ "exclusiveMaximum", schema_load_number, NUMBER, schema_value_below },
	{ "multipleOf", schema_load_positive, NUMBER, schema_value_multiple },

	{ "minLength", schema_load_count, STRING, schema_value_min_length },
	{ "maxLength", schema_load_count, STRING, schema_value_max_length },
	{ "pattern", schema_load_pattern, STRING, schema_value_pattern },
	{ "x-date", schema_load_true, STRING, schema_value_date },

	{ "minProperties", schema_load_count, OBJECT, schema_nest_min_size },
	{ "maxProperties", schema_load_count, OBJECT, schema_nest_max_size },
	{ "required", schema_load_names, OBJECT, schema_nest_required },
	{ "dependentRequired", schema_load_names_map, OBJECT, schema_nest_dependent_required },
	{ "propertyNames", schema_load_schema, OBJECT, schema_nest_names },
	{ "properties", schema_load_map, OBJECT, schema_nest_properties },
	{ "patternProperties", schema_load_pattern_map, OBJECT, schema_nest_patterns },
	{ "additionalProperties", schema_load_schema, OBJECT, schema_nest_additional },
	{ "dependentSchemas", schema_load_map, OBJECT, schema_nest_dependent_schemas },

	{ "minItems", schema_load_count, ARRAY, schema_nest_min_size },
	{ "maxItems", schema_load_count, ARRAY, schema_nest_max_size },
	{ "uniqueItems", schema_load_bool, ARRAY, schema_nest_unique },
	{ "prefixItems", schema_load_schemas, ARRAY, schema_nest_prefix },
	{ "items", schema_load_schema, ARRAY, schema_nest_items },
	{ "contains", schema_load_schema, ARRAY, schema_nest_contains },
	{ "minContains", schema_load_count, ARRAY, NULL },
	{ "maxContains", schema_load_count, ARRAY, NULL },

	{ "allOf", schema_load_schemas, ALL, schema_logic_all },
	{ "anyOf", schema_load_schemas, ALL, schema_logic_any },
	{ "oneOf", schema_load_schemas, ALL, schema_logic_one },
	{ "not", schema_load_schema, ALL, schema_logic_not },
	{ "if", schema_load_schema, ALL, schema_logic_if },
	{ "then", schema_load_schema, ALL, NULL },
	{ "else", schema_load_schema, ALL, NULL },
	{ NULL, NULL, ALL, NULL },
};

struct schema *schema_new(const struct jdoc *doc, struct err *e)
{
	struct schema *s = mem_alloc(sizeof *s);
	struct schema_load load = { s, "the schema" };
	s->doc = json_incref(jdoc_raw(doc));
	if (schema_load_schema(&load, s->doc, NULL, e) == ERR_OK)
		return s;
	schema_free(s);
	return NULL;
}

void schema_free(struct schema *s)
{
	if (!s)
		return;
	schema_pattern_free(s);
	json_decref(s->doc);
	free(s);
}

static int refuse(const struct schema_run *run, struct err *e)
{
	const struct jdoc *first = jdoc_at((const struct jdoc *)run->faults, 0);
	const char *at = jdoc_get_text(first, "at"), *rule = jdoc_get_text(first, "rule");
	const char *reason = jdoc_get_text(first, "reason");
	return err_set(e, ERR_SCHEMA, run->count == 1 ? N_("record: %zu fault; first, at %s: %s: %s")
	                                               : N_("record: %zu faults; first, at %s: %s: %s"), run->count,
	               *at ? at : _("its top"), rule, reason);
}

int schema_check(const struct schema *s, const struct jdoc *value, struct jdoc **out_faults, struct err *e)
{
	struct schema_run run = { .schema = s, .faults = json_array() };
	schema_run_on(&run, "schema", s->doc, jdoc_raw(value), NULL);
	*out_faults = NULL;
	run.count += run.is_undecided;
	if (!run.count) {
		json_decref(run.faults);
		return ERR_OK;
	}
	*out_faults = (struct jdoc *)run.faults;
	return refuse(&run, e);
}

const struct jdoc *schema_doc(const struct schema *s)
{
	return (const struct jdoc *)s->doc;
}
