/*
 * The official JSON-Schema-Test-Suite, draft 2020-12, over the validator: a group's schema is either refused when it is
 * loaded, or every test of the group has the suite's answer. In the files of the keywords that are taken, a group may
 * be refused only where `excused` tells why. Debian's package libtest-json-schema-acceptance-perl carries the suite;
 * JSON_SCHEMA_TEST_SUITE names the folder of another copy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "foreign/jdoc.h"
#include "foreign/schema.h"

#define DEBIAN "/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance"
#define DATA_MAX ((size_t)1 << 20)
#define FILES_MIN 45
#define GROUPS_MIN 180 /* a fall means that schemas are refused which were taken */
#define TESTS_MIN 670
#define OPTIONAL_GROUPS_MIN 17
#define OPTIONAL_TESTS_MIN 50

struct tally {
	unsigned files, of_taken, groups, refused, excused, tests, wrong;
};

/* These have to be there, and no group of theirs is refused without an excuse. */
static const char *const taken[] = {
	"additionalProperties", "allOf", "anyOf", "boolean_schema", "const", "contains", "default",
	"dependentRequired", "dependentSchemas", "enum", "exclusiveMaximum", "exclusiveMinimum", "if-then-else",
	"items", "maxContains", "maxItems", "maxLength", "maxProperties", "maximum", "minContains", "minItems",
	"minLength", "minProperties", "minimum", "multipleOf", "not", "oneOf", "pattern", "patternProperties",
	"prefixItems", "properties", "propertyNames", "required", "type", "uniqueItems",
};

static const struct {
	const char *file, *group, *why;
} excused[] = {
	{ "const", "nul characters in strings", "a NUL character may not stand in a record" },
	{ "enum", "nul characters in strings", "a NUL character may not stand in a record" },
	{ "items", "items and subitems", "$defs and $ref are not taken" },
	{ "not", "collect annotations inside a 'not', even if collection is disabled",
	  "unevaluatedProperties is not taken" },
};

static const struct {
	const char *file, *why;
} unreadable[] = {
	{ "bignum", "integers beyond 64 bits; those beyond 53 are refused where JSON is read" },
};

static bool is_taken(const char *file)
{
	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
		if (strcmp(file, taken[i]) == 0)
			return true;
	return false;
}

static bool is_excused(const char *file, const char *group)
{
	for (size_t i = 0; i < sizeof excused / sizeof *excused; i++)
		if (strcmp(file, excused[i].file) == 0 && strcmp(group, excused[i].group) == 0)
			return true;
	return false;
}

/* As the daemon reads JSON. NULL for what it doesn't take. */
static struct jdoc *read_again(json_t *value)
{
	MEM_CLEANUP char *text = json_dumps(value, JSON_ENCODE_ANY);
	assert_non_null(text);
	return jdoc_parse(text, strlen(text), DATA_MAX, JDOC_REALS | JDOC_ANY, NULL);
}

static void judge(const struct schema *s, const char *file, const char *group, json_t *test, struct tally *t)
{
	struct jdoc *faults = NULL, *data = read_again(json_object_get(test, "data"));
	struct err e = ERR_INIT;
	bool is_valid = json_is_true(json_object_get(test, "valid"));
	int rc = data ? schema_check(s, data, &faults, &e) : ERR_BUG;
	bool is_wrong = rc != (is_valid ? ERR_OK : ERR_SCHEMA) || (rc == ERR_OK) != (faults == NULL);
	if (is_wrong)
		print_error("%s: %s: %s: %s\n", file, group, json_string_value(json_object_get(test, "description")),
		            rc ? e.text : "taken");
	jdoc_free(faults);
	jdoc_free(data);
	t->tests++;
	t->wrong += is_wrong;
}

static void take_group(const char *file, json_t *group, struct tally *t)
{
	const char *name = json_string_value(json_object_get(group, "description"));
	struct err e = ERR_INIT;
	json_t *test, *tests = json_object_get(group, "tests");
	struct jdoc *doc = read_again(json_object_get(group, "schema"));
	struct schema *s = doc ? schema_new(doc, &e) : NULL;
	bool is_read = doc;
	size_t i;
	jdoc_free(doc);
	if (s) {
		t->groups++;
		json_array_foreach(tests, i, test)
			judge(s, file, name, test, t);
	} else {
		bool has_excuse = is_excused(file, name);
		bool is_wrong = (is_read && e.code != ERR_CONFIG) || (is_taken(file) && !has_excuse);
		if (is_wrong)
			print_error("%s: %s: refused: %s\n", file, name, is_read ? e.text : "not JSON that is taken");
		t->refused++;
		t->excused += has_excuse;
		t->wrong += is_wrong;
	}
	schema_free(s);
}

static bool is_readable(const char *file)
{
	for (size_t i = 0; i < sizeof unreadable / sizeof *unreadable; i++)
		if (strcmp(file, unreadable[i].file) == 0)
			return false;
	return true;
}

static void take_file(const char *folder, const char *file, struct tally *t)
{
	json_error_t why;
	MEM_CLEANUP char *path = mem_printf("%s/%s.json", folder, file);
	json_t *group, *groups = json_load_file(path, JSON_ALLOW_NUL, &why);
	size_t i;
	if (!groups && is_readable(file))
		fail_msg("%s: %s", path, why.text);
	json_array_foreach(groups, i, group)
		take_group(file, group, t);
	json_decref(groups);
	t->files++;
	t->of_taken += is_taken(file);
}

static void take_folder(const char *draft, struct tally *t)
{
	const char *suite = getenv("JSON_SCHEMA_TEST_SUITE");
	MEM_CLEANUP char *folder = mem_printf("%s/tests/%s", suite ? suite : DEBIAN, draft);
	DIR *d = opendir(folder);
	if (!d)
		fail_msg("%s: absent: run contrib/setup (package libtest-json-schema-acceptance-perl)", folder);
	for (struct dirent *x; (x = readdir(d));) {
		size_t len = strlen(x->d_name);
		if (len <= 5 || strcmp(x->d_name + len - 5, ".json") != 0)
			continue;
		x->d_name[len - 5] = '\0';
		take_file(folder, x->d_name, t);
	}
	closedir(d);
	print_message("%s: %u files, %u groups and %u tests run, %u groups refused\n", draft, t->files, t->groups, t->tests,
	              t->refused);
	assert_int_equal(t->wrong, 0);
}

static void gives_the_suites_answer(void **state)
{
	struct tally t = { .files = 0 };
	(void)state;
	take_folder("draft2020-12", &t);
	assert_int_equal(t.of_taken, sizeof taken / sizeof *taken);
	assert_int_equal(t.excused, sizeof excused / sizeof *excused);
	assert_true(t.files >= FILES_MIN);
	assert_true(t.groups >= GROUPS_MIN);
	assert_true(t.tests >= TESTS_MIN);
}

static void gives_the_suites_answer_where_a_part_is_optional(void **state)
{
	struct tally t = { .files = 0 };
	(void)state;
	take_folder("draft2020-12/optional", &t);
	assert_true(t.groups >= OPTIONAL_GROUPS_MIN);
	assert_true(t.tests >= OPTIONAL_TESTS_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_suites_answer),
		cmocka_unit_test(gives_the_suites_answer_where_a_part_is_optional),
	};
	return cmocka_run_group_tests_name("foreign/schema_suite", tests, NULL, NULL);
}
