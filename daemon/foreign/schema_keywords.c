#include "foreign/schema_impl.h"

#define ARGS(shape) schema_args_##shape
#define VALUE(rule) schema_value_##rule
#define PARTS(rule) schema_parts_##rule
#define LOGIC(rule) schema_logic_##rule
#define ROOT true
#define IN_PLACE true

/* Rules are applied, and faults told, in this order. */
const struct schema_keyword schema_keywords[] = {
	{ "$schema", ARGS(dialect), NULL, ROOT, false },
	{ "$id", ARGS(text), NULL, ROOT, false },
	{ "$defs", ARGS(members), NULL, ROOT, false },
	{ "$comment", ARGS(text), NULL },
	{ "title", ARGS(text), NULL },
	{ "description", ARGS(text), NULL },
	{ "examples", ARGS(list), NULL },
	{ "default", ARGS(any), NULL },
	{ "deprecated", ARGS(bool), NULL },
	{ "readOnly", ARGS(bool), NULL },
	{ "writeOnly", ARGS(bool), NULL },
	{ "x-title-en", ARGS(text), NULL },
	{ "x-ref", ARGS(text), NULL },

	{ "$ref", ARGS(ref), LOGIC(ref), false, IN_PLACE },
	{ "type", ARGS(type), VALUE(type) },
	{ "const", ARGS(any), VALUE(const) },
	{ "enum", ARGS(list), VALUE(enum) },
	{ "minLength", ARGS(count), VALUE(min_length) },
	{ "maxLength", ARGS(count), VALUE(max_length) },
	{ "pattern", ARGS(pattern), VALUE(pattern) },
	{ "x-date", ARGS(true), VALUE(date) },
	{ "minimum", ARGS(number), VALUE(minimum) },
	{ "maximum", ARGS(number), VALUE(maximum) },
	{ "exclusiveMinimum", ARGS(number), VALUE(exclusive_minimum) },
	{ "exclusiveMaximum", ARGS(number), VALUE(exclusive_maximum) },
	{ "multipleOf", ARGS(positive), VALUE(multiple_of) },

	{ "required", ARGS(names), PARTS(required) },
	{ "dependentRequired", ARGS(name_lists), PARTS(dependent_required) },
	{ "minProperties", ARGS(count), PARTS(min_properties) },
	{ "maxProperties", ARGS(count), PARTS(max_properties) },
	{ "propertyNames", ARGS(schema), PARTS(property_names) },
	{ "properties", ARGS(members), PARTS(properties) },
	{ "patternProperties", ARGS(pattern_members), PARTS(pattern_properties) },
	{ "additionalProperties", ARGS(schema), PARTS(additional_properties) },
	{ "minItems", ARGS(count), PARTS(min_items) },
	{ "maxItems", ARGS(count), PARTS(max_items) },
	{ "uniqueItems", ARGS(bool), PARTS(unique_items) },
	{ "prefixItems", ARGS(schemas), PARTS(prefix_items) },
	{ "items", ARGS(schema), PARTS(items) },
	{ "minContains", ARGS(count), NULL },
	{ "maxContains", ARGS(count), NULL },
	{ "contains", ARGS(schema), PARTS(contains) },

	{ "allOf", ARGS(schemas), LOGIC(all_of), false, IN_PLACE },
	{ "anyOf", ARGS(schemas), LOGIC(any_of), false, IN_PLACE },
	{ "oneOf", ARGS(schemas), LOGIC(one_of), false, IN_PLACE },
	{ "not", ARGS(schema), LOGIC(not), false, IN_PLACE },
	{ "then", ARGS(schema), NULL, false, IN_PLACE },
	{ "else", ARGS(schema), NULL, false, IN_PLACE },
	{ "if", ARGS(schema), LOGIC(if), false, IN_PLACE },
	{ "dependentSchemas", ARGS(members), LOGIC(dependent_schemas), false, IN_PLACE },
};

const size_t schema_keywords_count = sizeof schema_keywords / sizeof *schema_keywords;
