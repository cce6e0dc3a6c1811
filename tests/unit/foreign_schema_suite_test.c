/*
 * The official JSON-Schema-Test-Suite over the validator. A schema is either refused when it is loaded, or every test of
 * its group has the suite's answer; in the file of a keyword that is taken, a refusal has to stand in `excused`.
 *
 * Debian's package carries draft 7 as its latest. What the later drafts only gave another name or split in two is renamed
 * as their release notes say (rename_keywords). JSON_SCHEMA_TEST_SUITE names the folder of another copy of the suite,
 * whose draft 2020-12 is then taken too, as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "foreign/schema.h"

#define DEBIAN "/usr/share/json-schema-test-suite"
#define GROUPS_MIN 170 /* of draft 7; a fall means that schemas are refused which were taken */
#define TESTS_MIN 600

struct tally {
	unsigned files, groups, refused, tests, wrong;
};

/* Files about keywords that are not taken, and about references: what can be loaded in them has to be right, too. */
static const char *const about_others[] = {
	"anchor.json", "content.json", "definitions.json", "defs.json", "dynamicRef.json", "format.json", "id.json",
	"ref.json", "refRemote.json", "unevaluatedItems.json", "unevaluatedProperties.json", "unknownKeyword.json",
	"vocabulary.json",
};

static const struct {
	const char *file, *group, *why;
} excused[] = {
	{ "not.json", "collect annotations inside a 'not', even if collection is disabled", "unevaluatedProperties" },
};

/* Of draft 7 alone: later drafts give another answer. */
static const struct {
	const char *file, *group, *why;
} outdated[] = {
	{ "ref.json", "ref overrides any sibling keywords", "keywords beside $ref are applied" },
};

static json_t *rename_keywords(json_t *schema);

static json_t *rename_each(json_t *value)
{
	const char *key;
	json_t *inner;
	if (json_is_array(value)) {
		json_t *list = json_array();
		for (size_t i = 0; i < json_array_size(value); i++)
			json_array_append_new(list, rename_keywords(json_array_get(value, i)));
		return list;
	}
	json_t *map = json_object();
	json_object_foreach(value, key, inner)
		json_object_set_new(map, key, rename_keywords(inner));
	return map;
}

static void split_dependencies(json_t *out, json_t *dependencies)
{
	const char *key;
	json_t *value, *names = json_object(), *schemas = json_object();
	json_object_foreach(dependencies, key, value) {
		if (json_is_array(value))
			json_object_set(names, key, value);
		else
			json_object_set_new(schemas, key, rename_keywords(value));
	}
	json_object_set_new(out, "dependentRequired", names);
	json_object_set_new(out, "dependentSchemas", schemas);
}

static json_t *rename_ref(json_t *ref)
{
	const char *text = json_string_value(ref);
	if (!text || strncmp(text, "#/definitions/", 14) != 0)
		return json_incref(ref);
	return json_sprintf("#/$defs/%s", text + 14);
}

static void rename_keyword(json_t *out, json_t *schema, const char *key, json_t *value)
{
	static const char *const one[] = { "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else" };
	static const char *const many[] = { "properties", "patternProperties", "allOf", "anyOf", "oneOf" };
	bool is_tuple = json_is_array(json_object_get(schema, "items"));
	json_t *renamed = NULL;
	for (size_t i = 0; i < sizeof one / sizeof *one; i++)
		if (strcmp(key, one[i]) == 0)
			renamed = rename_keywords(value);
	for (size_t i = 0; i < sizeof many / sizeof *many; i++)
		if (strcmp(key, many[i]) == 0)
			renamed = rename_each(value);
	if (renamed)
		json_object_set_new(out, key, renamed);
	else if (strcmp(key, "definitions") == 0)
		json_object_set_new(out, "$defs", rename_each(value));
	else if (strcmp(key, "dependencies") == 0)
		split_dependencies(out, value);
	else if (strcmp(key, "$ref") == 0)
		json_object_set_new(out, key, rename_ref(value));
	else if (strcmp(key, "items") == 0 && is_tuple)
		json_object_set_new(out, "prefixItems", rename_each(value));
	else if (strcmp(key, "items") == 0)
		json_object_set_new(out, key, rename_keywords(value));
	else if (strcmp(key, "additionalItems") != 0)
		json_object_set(out, key, value);
	else if (is_tuple) /* elsewhere it had no effect */
		json_object_set_new(out, "items", rename_keywords(value));
}

static json_t *rename_keywords(json_t *schema)
{
	const char *key;
	json_t *value;
	if (!json_is_object(schema))
		return json_incref(schema);
	json_t *out = json_object();
	json_object_foreach(schema, key, value)
		rename_keyword(out, schema, key, value);
	return out;
}

static bool is_about_others(const char *file)
{
	for (size_t i = 0; i < sizeof about_others / sizeof *about_others; i++)
		if (strcmp(file, about_others[i]) == 0)
			return true;
	return false;
}

static bool is_excused(const char *file, const char *group)
{
	for (size_t i = 0; i < sizeof excused / sizeof *excused; i++)
		if (strcmp(file, excused[i].file) == 0 && strcmp(group, excused[i].group) == 0)
			return true;
	return is_about_others(file);
}

static bool is_outdated(const char *file, const char *group)
{
	for (size_t i = 0; i < sizeof outdated / sizeof *outdated; i++)
		if (strcmp(file, outdated[i].file) == 0 && strcmp(group, outdated[i].group) == 0)
			return true;
	return false;
}

static void run_tests(const struct schema *s, const char *file, const char *group, json_t *tests, struct tally *t)
{
	for (size_t i = 0; i < json_array_size(tests); i++) {
		json_t *test = json_array_get(tests, i);
		struct jdoc *faults = NULL;
		struct err e = ERR_INIT;
		int rc = schema_check(s, (const struct jdoc *)json_object_get(test, "data"), &faults, &e);
		bool is_wrong = rc != (json_is_true(json_object_get(test, "valid")) ? ERR_OK : ERR_SCHEMA) ||
		                (rc == ERR_OK) != (jdoc_size(faults) == 0);
		if (is_wrong)
			print_error("%s: %s: %s: %s\n", file, group, json_string_value(json_object_get(test, "description")),
			            rc ? e.text : "taken");
		jdoc_free(faults);
		t->tests++;
		t->wrong += is_wrong;
	}
}

static void run_group(const char *file, json_t *group, bool is_old, struct tally *t)
{
	struct err e = ERR_INIT;
	const char *name = json_string_value(json_object_get(group, "description"));
	if (is_old && is_outdated(file, name))
		return;
	json_t *doc = json_object_get(group, "schema");
	doc = is_old ? rename_keywords(doc) : json_incref(doc);
	struct schema *s = schema_new((const struct jdoc *)doc, &e);
	json_decref(doc);
	if (s) {
		t->groups++;
		run_tests(s, file, name, json_object_get(group, "tests"), t);
	} else {
		bool is_wrong = e.code != ERR_CONFIG || !is_excused(file, name);
		if (is_wrong)
			print_error("%s: %s: refused: %s\n", file, name, e.text);
		t->refused++;
		t->wrong += is_wrong;
	}
	schema_free(s);
}

static void run_file(const char *folder, const char *file, bool is_old, struct tally *t)
{
	json_error_t why;
	MEM_CLEANUP char *path = mem_printf("%s/%s", folder, file);
	json_t *groups = json_load_file(path, JSON_ALLOW_NUL, &why);
	assert_non_null(groups);
	for (size_t i = 0; i < json_array_size(groups); i++)
		run_group(file, json_array_get(groups, i), is_old, t);
	json_decref(groups);
	t->files++;
}

static bool run_folder(const char *suite, const char *draft, bool is_old, struct tally *t)
{
	MEM_CLEANUP char *folder = mem_printf("%s/tests/%s", suite, draft);
	DIR *d = opendir(folder);
	for (struct dirent *x; d && (x = readdir(d));) {
		size_t len = strlen(x->d_name);
		if (len > 5 && strcmp(x->d_name + len - 5, ".json") == 0)
			run_file(folder, x->d_name, is_old, t);
	}
	if (d)
		closedir(d);
	print_message("%s: %u files, %u groups, %u tests; %u groups refused\n", draft, t->files, t->groups, t->tests, t->refused);
	return d != NULL;
}

static void agrees_with_every_group_of_debians_suite(void **state)
{
	(void)state;
	struct tally t = { .files = 0 };
	if (!run_folder(DEBIAN, "draft7", true, &t))
		fail_msg(DEBIAN "/tests/draft7 is absent: run contrib/setup (package json-schema-test-suite)");
	assert_int_equal(t.wrong, 0);
	assert_true(t.files >= 35);
	assert_true(t.groups >= GROUPS_MIN);
	assert_true(t.tests >= TESTS_MIN);
}

static void agrees_with_every_group_of_the_suite_named(void **state)
{
	(void)state;
	struct tally t = { .files = 0 };
	const char *suite = getenv("JSON_SCHEMA_TEST_SUITE");
	if (!suite)
		return;
	assert_true(run_folder(suite, "draft2020-12", false, &t));
	assert_int_equal(t.wrong, 0);
	assert_true(t.groups > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_every_group_of_debians_suite),
		cmocka_unit_test(agrees_with_every_group_of_the_suite_named),
	};
	return cmocka_run_group_tests_name("foreign/schema_suite", tests, NULL, NULL);
}
