#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "foreign/jdoc.h"
#include "foreign/schema.h"

#define TEXT_MAX ((size_t)8 << 20)
#define SCHEMAS_MIN 40

static struct jdoc *read_text(const char *text)
{
	struct err e = ERR_INIT;
	struct jdoc *d = jdoc_parse(text, strlen(text), TEXT_MAX, JDOC_REALS | JDOC_ANY, &e);
	if (!d)
		fail_msg("%s: %s", text, e.text);
	return d;
}

static struct schema *load(const char *text)
{
	struct err e = ERR_INIT;
	struct jdoc *doc = read_text(text);
	struct schema *s = schema_new(doc, &e);
	jdoc_free(doc);
	if (!s)
		fail_msg("%s: %s", text, e.text);
	return s;
}

static void assert_refused(const char *text, const char *reason)
{
	struct err e = ERR_INIT;
	struct jdoc *doc = read_text(text);
	assert_null(schema_new(doc, &e));
	jdoc_free(doc);
	assert_int_equal(e.code, ERR_CONFIG);
	assert_string_equal(e.text, reason);
}

/* Faults as "at field rule: reason|" in their order; "" for a value that fits. */
static void list_faults(const char *schema, const char *value, struct buf *out)
{
	struct err e = ERR_INIT;
	struct schema *s = load(schema);
	struct jdoc *v = read_text(value), *faults = NULL;
	int rc = schema_check(s, v, &faults, &e);
	for (size_t i = 0; i < jdoc_size(faults); i++) {
		const struct jdoc *f = jdoc_at(faults, i);
		assert_int_equal(jdoc_size(f), 4);
		buf_printf(out, "%s %s %s: %s|", jdoc_get_text(f, "at"), jdoc_get_text(f, "field"), jdoc_get_text(f, "rule"),
		           jdoc_get_text(f, "reason"));
	}
	assert_int_equal(rc, faults ? ERR_SCHEMA : ERR_OK);
	assert_int_equal(e.code, rc);
	jdoc_free(faults);
	jdoc_free(v);
	schema_free(s);
}

static void assert_faults(const char *schema, const char *value, const char *faults)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	list_faults(schema, value, &b);
	assert_string_equal(buf_str(&b), faults);
}

static void assert_fits(const char *schema, const char *value)
{
	assert_faults(schema, value, "");
}

static void assert_rule(const char *schema, const char *value, const char *rule)
{
	BUF_CLEANUP struct buf b = BUF_INIT, wanted = BUF_INIT;
	list_faults(schema, value, &b);
	buf_printf(&wanted, "  %s: ", rule);
	assert_ptr_equal(strstr(buf_str(&b), buf_str(&wanted)), b.ptr);
}

static void check_example(const char *file, const struct schema *s, const struct jdoc *example)
{
	struct err e = ERR_INIT;
	struct jdoc *faults = NULL;
	if (schema_check(s, example, &faults, &e))
		fail_msg("%s: %s", file, e.text);
	assert_null(faults);
}

static void check_file(const char *file)
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf text = BUF_INIT;
	MEM_CLEANUP char *path = mem_printf(PROJECT "/schemas/%s", file);
	assert_int_equal(file_read(path, TEXT_MAX, &text, &e), ERR_OK);
	struct jdoc *doc = jdoc_parse(text.ptr, text.len, TEXT_MAX, 0, &e);
	assert_non_null(doc);
	struct schema *s = schema_new(doc, &e);
	if (!s)
		fail_msg("%s: %s", file, e.text);
	const struct jdoc *examples = jdoc_get(doc, "examples");
	assert_true(jdoc_size(examples) > 0);
	for (size_t i = 0; i < jdoc_size(examples); i++)
		check_example(file, s, jdoc_at(examples, i));
	assert_ptr_equal(schema_doc(s), doc);
	schema_free(s);
	jdoc_free(doc);
}

static void takes_every_schema_of_the_project_and_its_examples(void **state)
{
	size_t n = 0;
	DIR *d = opendir(PROJECT "/schemas");
	(void)state;
	assert_non_null(d);
	for (struct dirent *x; (x = readdir(d));)
		if (strstr(x->d_name, ".schema.json")) {
			check_file(x->d_name);
			n++;
		}
	closedir(d);
	assert_true(n >= SCHEMAS_MIN);
}

static void refuses_a_keyword_that_it_does_not_know(void **state)
{
	(void)state;
	assert_refused("{\"properties\":{\"a/b\":{\"formatt\":\"date\"}}}",
	               "schema, at /properties/a~1b/formatt: formatt: this keyword is not taken");
	assert_refused("{\"items\":{\"anyOf\":[true,{\"$ref\":\"#\"}]}}",
	               "schema, at /items/anyOf/1/$ref: $ref: this keyword is not taken");
	static const char *const others[] = {
		"$ref", "$defs", "$anchor", "$dynamicRef", "$vocabulary", "format", "dependencies", "definitions",
		"additionalItems", "unevaluatedProperties", "unevaluatedItems", "contentEncoding", "x-other", "Type", "",
	};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		MEM_CLEANUP char *schema = mem_printf("{\"%s\":true}", others[i]);
		MEM_CLEANUP char *reason = mem_printf("schema, at /%s: %s: this keyword is not taken", others[i], others[i]);
		assert_refused(schema, reason);
	}
}

static void refuses_a_keyword_beside_which_nothing_would_have_looked(void **state)
{
	(void)state;
	assert_refused("{\"then\":{\"format\":\"date\"}}", "schema, at /then/format: format: this keyword is not taken");
	assert_refused("{\"if\":{\"not\":{\"tpye\":\"null\"}}}",
	               "schema, at /if/not/tpye: tpye: this keyword is not taken");
}

static void refuses_what_a_keyword_can_not_mean(void **state)
{
	static const struct {
		const char *keyword, *value;
	} rows[] = {
		{ "type", "\"date\"" }, { "type", "[]" }, { "type", "[\"null\",\"null\"]" }, { "type", "[1]" },
		{ "type", "null" }, { "enum", "[]" }, { "enum", "\"a\"" }, { "required", "\"a\"" },
		{ "required", "[\"a\",\"a\"]" }, { "required", "[1]" }, { "properties", "[]" },
		{ "properties", "{\"a\":1}" }, { "items", "[true]" }, { "items", "1" }, { "prefixItems", "[]" },
		{ "prefixItems", "{}" }, { "minLength", "-1" }, { "minLength", "1.5" }, { "minLength", "\"1\"" },
		{ "maxItems", "null" }, { "minimum", "\"1\"" }, { "multipleOf", "0" }, { "multipleOf", "-2" },
		{ "multipleOf", "\"2\"" }, { "uniqueItems", "1" }, { "pattern", "\"(\"" }, { "pattern", "1" },
		{ "pattern", "\"\\\\s\"" }, { "pattern", "\"\\\\\"" }, { "pattern", "\"(*UCP)a\"" },
		{ "patternProperties", "{\"[\":true}" }, { "allOf", "[]" }, { "anyOf", "{}" }, { "oneOf", "[1]" },
		{ "not", "null" }, { "if", "\"\"" }, { "dependentRequired", "{\"a\":\"b\"}" },
		{ "dependentRequired", "[]" }, { "dependentSchemas", "{\"a\":[]}" }, { "x-date", "false" },
		{ "x-ref", "true" }, { "x-title-en", "1" }, { "title", "1" }, { "examples", "{}" },
		{ "readOnly", "\"yes\"" }, { "$id", "1" }, { "$schema", "\"\"" },
		{ "$schema", "\"http://json-schema.org/draft-07/schema#\"" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err e = ERR_INIT;
		MEM_CLEANUP char *text = mem_printf("{\"%s\":%s}", rows[i].keyword, rows[i].value);
		MEM_CLEANUP char *start = mem_printf("schema, at /%s", rows[i].keyword);
		struct jdoc *doc = read_text(text);
		struct schema *s = schema_new(doc, &e);
		if (s || e.code != ERR_CONFIG || strncmp(e.text, start, strlen(start)) != 0)
			fail_msg("%s: %s", text, s ? "taken" : e.text);
		jdoc_free(doc);
	}
	assert_refused("[]", "schema, at its top: the schema: a schema is an object, true or false");
}

static void takes_dialect_and_id_at_the_top_alone(void **state)
{
	(void)state;
	assert_fits("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id\":\"urn:x\"}", "1");
	assert_refused("{\"items\":{\"$id\":\"urn:x\"}}",
	               "schema, at /items/$id: $id: must be a string, and stand at the top");
	assert_refused("{\"not\":{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"}}",
	               "schema, at /not/$schema: $schema: must be https://json-schema.org/draft/2020-12/schema, and stand "
	               "at the top");
}

static void gathers_all_faults_in_the_order_of_the_schema(void **state)
{
	(void)state;
	assert_faults("{\"type\":\"object\",\"properties\":{\"on\":{\"x-date\":true},\"n\":{\"type\":\"integer\","
	              "\"minimum\":1},\"list\":{\"items\":{\"maxLength\":2}}},\"required\":[\"on\",\"by\"],"
	              "\"additionalProperties\":false}",
	              "{\"n\":0,\"on\":\"2023-02-29\",\"x/y~z\":1,\"list\":[\"a\",\"bcd\"]}",
	              "/by by required: is missing|"
	              "/on on x-date: must be an existing day, written YYYY-MM-DD|"
	              "/n n minimum: must be at least 1|"
	              "/list/1 list maxLength: must have at most 2 characters|"
	              "/x~1y~0z x/y~z additionalProperties: no field of this name may stand here|");
}

static void says_in_its_text_how_many_faults_there_are(void **state)
{
	struct err e = ERR_INIT;
	struct schema *s = load("{\"required\":[\"a\",\"b\"]}");
	struct jdoc *value = jdoc_object(), *faults = NULL;
	(void)state;
	assert_int_equal(schema_check(s, value, &faults, &e), ERR_SCHEMA);
	assert_string_equal(e.text, "record: 2 faults; first, at /a: required: is missing");
	jdoc_free(faults);
	jdoc_free(value);
	schema_free(s);
}

static void never_repeats_a_value(void **state)
{
	static const char schema[] =
		"{\"additionalProperties\":{\"type\":\"integer\",\"enum\":[1],\"const\":1,\"minLength\":99,\"pattern\":\"^$\","
		"\"x-date\":true,\"anyOf\":[false],\"oneOf\":[false],\"not\":true}}";
	BUF_CLEANUP struct buf b = BUF_INIT;
	(void)state;
	list_faults(schema, "{\"a\":\"secret\"}", &b);
	assert_true(b.len > 0);
	assert_null(strstr(buf_str(&b), "secret"));
}

static void names_a_pattern_and_what_is_allowed(void **state)
{
	(void)state;
	assert_faults("{\"enum\":[\"新規\",\"延長\",1]}", "2", "  enum: must be one of \"新規\", \"延長\", 1|");
	assert_faults("{\"const\":{\"b\":1,\"a\":[]}}", "2", "  const: must be {\"a\":[],\"b\":1}|");
	assert_faults("{\"pattern\":\"^[0-9]{2}$\"}", "\"x\"", "  pattern: must match the pattern ^[0-9]{2}$|");
	assert_faults("{\"type\":[\"integer\",\"array\",\"null\"]}", "\"x\"",
	              "  type: must be an integer, an array or null|");
}

static void cuts_what_is_allowed_between_characters(void **state)
{
	BUF_CLEANUP struct buf schema = BUF_INIT, faults = BUF_INIT;
	(void)state;
	buf_puts(&schema, "{\"const\":\"");
	for (size_t i = 0; i < 200; i++)
		buf_puts(&schema, "字");
	buf_puts(&schema, "\"}");
	list_faults(buf_str(&schema), "1", &faults);
	assert_non_null(strstr(buf_str(&faults), "字…|"));
	assert_true(faults.len < 250);
}

static void gives_one_fault_for_a_choice_and_those_of_a_branch(void **state)
{
	static const char choice[] = "{\"%s\":[{\"required\":[\"a\",\"b\"]},{\"required\":[\"c\"]}]}";
	MEM_CLEANUP char *any = mem_printf(choice, "anyOf"), *one = mem_printf(choice, "oneOf");
	MEM_CLEANUP char *all = mem_printf(choice, "allOf");
	static const char branch[] = "{\"if\":{\"required\":[\"a\"]},\"then\":{\"required\":[\"b\"],\"maxProperties\":1},"
		"\"else\":{\"required\":[\"c\"]}}";
	(void)state;
	assert_faults(any, "{}", "  anyOf: must fit at least one of 2 forms|");
	assert_faults(one, "{\"a\":1,\"b\":1,\"c\":1}", "  oneOf: must fit one and only one of 2 forms|");
	assert_faults(all, "{\"a\":1}", "/b b required: is missing|/c c required: is missing|");
	assert_faults(branch, "{\"a\":1,\"x\":1}", "  maxProperties: must have at most 1 field|/b b required: is missing|");
	assert_faults(branch, "{\"x\":1}", "/c c required: is missing|");
	assert_faults("{\"not\":{\"required\":[\"a\"]}}", "{\"a\":1}", "  not: has the form that may not stand here|");
}

static void takes_numbers_by_their_value(void **state)
{
	(void)state;
	assert_fits("{\"type\":\"integer\"}", "1.0");
	assert_rule("{\"type\":\"integer\"}", "1.5", "type");
	assert_fits("{\"const\":1}", "1.0");
	assert_fits("{\"enum\":[{\"a\":[2.0]}]}", "{\"a\":[2]}");
	assert_rule("{\"const\":1}", "true", "const");
	assert_rule("{\"uniqueItems\":true}", "[1,1.0]", "uniqueItems");
	assert_rule("{\"uniqueItems\":true}", "[0,-0.0]", "uniqueItems");
	assert_fits("{\"minLength\":2.0}", "\"ab\"");
}

static void divides_decimals_without_rounding(void **state)
{
	(void)state;
	assert_fits("{\"multipleOf\":0.01}", "4.02");
	assert_fits("{\"multipleOf\":0.1}", "0.3");
	assert_fits("{\"multipleOf\":1e-8}", "12391239123");
	assert_fits("{\"multipleOf\":3}", "-9");
	assert_fits("{\"multipleOf\":7}", "0");
	assert_fits("{\"multipleOf\":3}", "3e300");
	assert_rule("{\"multipleOf\":7}", "3e300", "multipleOf");
	assert_rule("{\"multipleOf\":0.01}", "0.015", "multipleOf");
	assert_rule("{\"multipleOf\":1e300}", "1e299", "multipleOf");
	assert_rule("{\"multipleOf\":10}", "9007199254740991", "multipleOf");
}

static void tells_equal_elements_from_like_ones(void **state)
{
	(void)state;
	assert_rule("{\"uniqueItems\":true}", "[{\"a\":1,\"b\":[2]},3,{\"b\":[2.0],\"a\":1}]", "uniqueItems");
	assert_fits("{\"uniqueItems\":true}",
	            "[1,\"1\",true,\"true\",null,\"null\",[],[[]],{},[1],[\"1\"],{\"1\":1},[1,2],[12]]");
	assert_fits("{\"uniqueItems\":true}", "[{\"a\":\"\",\"b\":1},{\"a\":\"1:b\"},[\"a\",\"b\"],[\"a,b\"]]");
	assert_fits("{\"uniqueItems\":false}", "[1,1]");
}

static void counts_characters_not_bytes(void **state)
{
	(void)state;
	assert_fits("{\"minLength\":3,\"maxLength\":3}", "\"熊𠮷a\"");
	assert_rule("{\"maxLength\":2}", "\"熊𠮷a\"", "maxLength");
	assert_rule("{\"minLength\":4}", "\"熊𠮷a\"", "minLength");
}

static void reads_patterns_as_ecmascript_does(void **state)
{
	(void)state;
	assert_rule("{\"pattern\":\"^\\\\d$\"}", "\"１\"", "pattern");
	assert_rule("{\"pattern\":\"^\\\\w$\"}", "\"熊\"", "pattern");
	assert_rule("{\"pattern\":\"^a$\"}", "\"a\\n\"", "pattern");
	assert_rule("{\"pattern\":\"^b\"}", "\"a\\nb\"", "pattern");
	assert_rule("{\"pattern\":\"^.$\"}", "\"\\r\"", "pattern");
	assert_fits("{\"pattern\":\"^.$\"}", "\"𠮷\"");
	assert_fits("{\"pattern\":\"b\"}", "\"abc\"");
	assert_fits("{\"pattern\":\"^\\\\u718a\\\\u{20BB7}$\"}", "\"熊𠮷\"");
	assert_fits("{\"pattern\":\"^\\\\p{Lo}$\"}", "\"熊\"");
}

static void takes_nothing_whose_pattern_gives_up(void **state)
{
	static const char *const schemas[] = {
		"{\"pattern\":\"^(a+)+$\"}",
		"{\"not\":{\"pattern\":\"^(a+)+$\"}}",
		"{\"if\":{\"pattern\":\"^(a+)+$\"},\"then\":false}",
		"{\"anyOf\":[{\"pattern\":\"^(a+)+$\"},true]}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof schemas / sizeof *schemas; i++) {
		BUF_CLEANUP struct buf b = BUF_INIT;
		list_faults(schemas[i], "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"", &b);
		assert_non_null(strstr(buf_str(&b), "pattern: takes too many steps"));
	}
}

static void takes_only_existing_days_for_dates(void **state)
{
	static const char *const wrong[] = { "\"2023-02-29\"", "\"2024-2-29\"", "\"2024-02-29 \"", "\"\"",
		                             "\"２024-02-29\"",
		                             "\"2024-13-01\"", "\"2024-02-29T00:00:00+09:00\"" };
	(void)state;
	assert_fits("{\"x-date\":true}", "\"2024-02-29\"");
	assert_fits("{\"x-date\":true}", "20240229");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_rule("{\"x-date\":true}", wrong[i], "x-date");
}

static void looks_at_names_and_at_what_depends_on_a_field(void **state)
{
	(void)state;
	assert_faults("{\"propertyNames\":{\"maxLength\":3}}", "{\"long\":1,\"abc\":1}",
	              "/long long propertyNames: no field may have a name like this|");
	assert_faults("{\"patternProperties\":{\"_on$\":{\"x-date\":true}},\"additionalProperties\":false}",
	              "{\"lent_on\":\"x\",\"on_\":1}",
	              "/lent_on lent_on x-date: must be an existing day, written YYYY-MM-DD|"
	              "/on_ on_ additionalProperties: no field of this name may stand here|");
	assert_faults("{\"dependentRequired\":{\"a\":[\"b\",\"c\"]}}", "{\"a\":1,\"c\":1}",
	              "/b b dependentRequired: is missing, and what stands beside it demands it|");
	assert_fits("{\"dependentRequired\":{\"a\":[\"b\"]}}", "{\"c\":1}");
	assert_faults("{\"dependentSchemas\":{\"a\":{\"required\":[\"z\"]}}}", "{\"a\":1}", "/z z required: is missing|");
	assert_faults("{\"properties\":{\"a\":false}}", "{\"a\":1}", "/a a properties: nothing may stand here|");
}

static void counts_elements_and_what_they_contain(void **state)
{
	(void)state;
	assert_faults("{\"prefixItems\":[{\"type\":\"null\"}],\"items\":{\"type\":\"string\"}}", "[1,2]",
	              "/0  type: must be null|/1  type: must be a string|");
	assert_faults("{\"contains\":{\"const\":1},\"minContains\":2,\"maxContains\":2}", "[1]",
	              "  minContains: must have at least 2 elements of the kind wanted|");
	assert_faults("{\"contains\":{\"const\":1},\"maxContains\":1}", "[1,1]",
	              "  maxContains: must have at most 1 element of the kind wanted|");
	assert_faults("{\"contains\":{\"const\":1}}", "[]", "  contains: must have at least 1 element of the kind wanted|");
	assert_fits("{\"contains\":{\"const\":1},\"minContains\":0}", "[]");
	assert_faults("{\"minItems\":2}", "[1]", "  minItems: must have at least 2 elements|");
	assert_fits("{\"minItems\":2,\"minProperties\":2,\"required\":[\"a\"]}", "\"neither\"");
}

/* 100,000 faults: the first 1,000 are told, all are counted, and none of it takes long. */
static void tells_a_thousand_faults_at_most(void **state)
{
	struct err e = ERR_INIT;
	struct schema *s = load("{\"items\":{\"type\":\"string\"},\"uniqueItems\":true}");
	struct jdoc *list = jdoc_array(), *faults = NULL;
	(void)state;
	for (int i = 0; i < 100000; i++)
		jdoc_append(list, jdoc_integer(i));
	assert_int_equal(schema_check(s, list, &faults, &e), ERR_SCHEMA);
	assert_int_equal(jdoc_size(faults), SCHEMA_FAULTS_MAX);
	assert_string_equal(e.text, "record: 100000 faults; first, at /0: type: must be a string");
	jdoc_free(faults);
	jdoc_free(list);
	schema_free(s);
}

static void cuts_a_long_name(void **state)
{
	struct err e = ERR_INIT;
	struct schema *s = load("{\"additionalProperties\":false}");
	struct jdoc *value = jdoc_object(), *faults = NULL;
	char name[401];
	(void)state;
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	jdoc_set(value, name, jdoc_null());
	assert_int_equal(schema_check(s, value, &faults, &e), ERR_SCHEMA);
	assert_int_equal(strlen(jdoc_get_text(jdoc_at(faults, 0), "field")), 128 + strlen("…"));
	assert_int_equal(strlen(jdoc_get_text(jdoc_at(faults, 0), "at")), 1 + 128 + strlen("…"));
	jdoc_free(faults);
	jdoc_free(value);
	schema_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_every_schema_of_the_project_and_its_examples),
		cmocka_unit_test(refuses_a_keyword_that_it_does_not_know),
		cmocka_unit_test(refuses_a_keyword_beside_which_nothing_would_have_looked),
		cmocka_unit_test(refuses_what_a_keyword_can_not_mean),
		cmocka_unit_test(takes_dialect_and_id_at_the_top_alone),
		cmocka_unit_test(gathers_all_faults_in_the_order_of_the_schema),
		cmocka_unit_test(says_in_its_text_how_many_faults_there_are),
		cmocka_unit_test(never_repeats_a_value),
		cmocka_unit_test(names_a_pattern_and_what_is_allowed),
		cmocka_unit_test(cuts_what_is_allowed_between_characters),
		cmocka_unit_test(gives_one_fault_for_a_choice_and_those_of_a_branch),
		cmocka_unit_test(takes_numbers_by_their_value),
		cmocka_unit_test(divides_decimals_without_rounding),
		cmocka_unit_test(tells_equal_elements_from_like_ones),
		cmocka_unit_test(counts_characters_not_bytes),
		cmocka_unit_test(reads_patterns_as_ecmascript_does),
		cmocka_unit_test(takes_nothing_whose_pattern_gives_up),
		cmocka_unit_test(takes_only_existing_days_for_dates),
		cmocka_unit_test(looks_at_names_and_at_what_depends_on_a_field),
		cmocka_unit_test(counts_elements_and_what_they_contain),
		cmocka_unit_test(tells_a_thousand_faults_at_most),
		cmocka_unit_test(cuts_a_long_name),
	};
	return cmocka_run_group_tests_name("foreign/schema", tests, NULL, NULL);
}
