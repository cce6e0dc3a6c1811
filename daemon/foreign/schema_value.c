#include <string.h>

#include "base/date.h"
#include "foreign/schema_impl.h"

static const struct {
	const char *name, *words;
} types[] = {
	{ "null", "nothing (null)" }, { "boolean", "true or false" }, { "integer", "a whole number" },
	{ "number", "a number" },     { "string", "a text" },         { "array", "a list" },
	{ "object", "an object" },
};

static bool is_of_type(json_t *value, const char *type)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "object",  [JSON_ARRAY] = "array", [JSON_STRING] = "string", [JSON_INTEGER] = "integer",
		[JSON_REAL] = "number",    [JSON_TRUE] = "boolean", [JSON_FALSE] = "boolean", [JSON_NULL] = "null",
	};
	if (json_is_number(value))
		return strcmp(type, "number") == 0 || (strcmp(type, "integer") == 0 && schema_number_is_integer(value));
	return strcmp(type, names[json_typeof(value)]) == 0;
}

static void add_type(struct buf *out, json_t *type)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, json_string_value(type)) == 0)
			buf_printf(out, "%s%s", out->len ? ", or " : "", types[i].words);
}

bool schema_value_type(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                       const struct jdoc_place *at)
{
	BUF_CLEANUP struct buf wanted = BUF_INIT;
	if (json_is_string(r->arg) && is_of_type(value, json_string_value(r->arg)))
		return true;
	for (size_t i = 0; i < json_array_size(r->arg); i++)
		if (is_of_type(value, json_string_value(json_array_get(r->arg, i))))
			return true;
	if (json_is_string(r->arg))
		add_type(&wanted, r->arg);
	for (size_t i = 0; i < json_array_size(r->arg); i++)
		add_type(&wanted, json_array_get(r->arg, i));
	return schema_check_fault(c, "type", at, "%s", buf_str(&wanted));
}

static bool is_same(json_t *a, json_t *b)
{
	return jdoc_is_equal((const struct jdoc *)a, (const struct jdoc *)b);
}

bool schema_value_const(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                        const struct jdoc_place *at)
{
	BUF_CLEANUP struct buf wanted = BUF_INIT;
	if (is_same(r->arg, value))
		return true;
	schema_words_value(&wanted, r->arg);
	return schema_check_fault(c, "const", at, "exactly: %s", buf_str(&wanted));
}

bool schema_value_enum(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                       const struct jdoc_place *at)
{
	BUF_CLEANUP struct buf wanted = BUF_INIT;
	for (size_t i = 0; i < json_array_size(r->arg); i++)
		if (is_same(json_array_get(r->arg, i), value))
			return true;
	schema_words_names(&wanted, r->arg);
	return schema_check_fault(c, "enum", at, "one of: %s", buf_str(&wanted));
}

static double count_characters(json_t *value)
{
	const char *s = json_string_value(value);
	size_t n = 0;
	for (size_t i = 0; i < json_string_length(value); i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return (double)n;
}

bool schema_value_min_length(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                             const struct jdoc_place *at)
{
	double min = json_number_value(r->arg);
	if (!json_is_string(value) || count_characters(value) >= min)
		return true;
	return schema_check_fault(c, "minLength", at, "at least %.0f character%s", min, min == 1 ? "" : "s");
}

bool schema_value_max_length(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                             const struct jdoc_place *at)
{
	double max = json_number_value(r->arg);
	if (!json_is_string(value) || count_characters(value) <= max)
		return true;
	return schema_check_fault(c, "maxLength", at, "at most %.0f character%s", max, max == 1 ? "" : "s");
}

bool schema_value_pattern(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                          const struct jdoc_place *at)
{
	if (!json_is_string(value) || schema_pattern_matches(r->patterns[0], json_string_value(value),
	                                                     json_string_length(value), &c->exhausted))
		return true;
	return schema_check_fault(c, "pattern", at, "a text that matches %s", json_string_value(r->arg));
}

bool schema_value_date(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                       const struct jdoc_place *at)
{
	struct date d;
	(void)r;
	if (!json_is_string(value) || date_parse(json_string_value(value), json_string_length(value), &d))
		return true;
	return schema_check_fault(c, "x-date", at, "a day that exists, as YYYY-MM-DD");
}

static bool refuse_number(struct schema_checking *c, const struct schema_rule *r, const struct jdoc_place *at,
                          const char *words)
{
	BUF_CLEANUP struct buf limit = BUF_INIT;
	schema_words_value(&limit, r->arg);
	return schema_check_fault(c, r->keyword->name, at, "%s %s", words, buf_str(&limit));
}

bool schema_value_minimum(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                          const struct jdoc_place *at)
{
	return !json_is_number(value) || schema_number_compare(value, r->arg) >= 0 || refuse_number(c, r, at, "at least");
}

bool schema_value_maximum(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                          const struct jdoc_place *at)
{
	return !json_is_number(value) || schema_number_compare(value, r->arg) <= 0 || refuse_number(c, r, at, "at most");
}

bool schema_value_exclusive_minimum(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                                    const struct jdoc_place *at)
{
	return !json_is_number(value) || schema_number_compare(value, r->arg) > 0 || refuse_number(c, r, at, "more than");
}

bool schema_value_exclusive_maximum(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                                    const struct jdoc_place *at)
{
	return !json_is_number(value) || schema_number_compare(value, r->arg) < 0 || refuse_number(c, r, at, "less than");
}

bool schema_value_multiple_of(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                              const struct jdoc_place *at)
{
	return !json_is_number(value) || schema_number_is_multiple(value, r->arg) ||
	       refuse_number(c, r, at, "a multiple of");
}
