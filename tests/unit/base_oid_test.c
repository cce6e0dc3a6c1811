#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/oid.h"

static void names_objects_as_git_does(void **s)
{
	(void)s;
	char hex[OID_HEX_LEN + 1];
	struct oid o = oid_of(OID_BLOB, NULL, 0);
	oid_print(&o, hex);
	assert_string_equal(hex, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
	o = oid_of(OID_TREE, "", 0);
	oid_print(&o, hex);
	assert_string_equal(hex, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
	o = oid_of(OID_BLOB, "hello\n", 6);
	oid_print(&o, hex);
	assert_string_equal(hex, "ce013625030ba8dba906f756967f9e9ca394464a");
}

static void parses_only_forty_lower_case_digits(void **s)
{
	(void)s;
	const char *hex = "ce013625030ba8dba906f756967f9e9ca394464a";
	struct oid a = oid_of(OID_BLOB, "hello\n", 6), b;
	assert_true(oid_parse(hex, 40, &b));
	assert_true(oid_is_equal(&a, &b));
	assert_false(oid_parse(hex, 39, &b));
	assert_false(oid_parse("CE013625030ba8dba906f756967f9e9ca394464a", 40, &b));
	assert_false(oid_parse("ge013625030ba8dba906f756967f9e9ca394464a", 40, &b));
}

static void knows_zero_and_order(void **s)
{
	(void)s;
	struct oid zero = { { 0 } }, one = { { 0 } };
	one.b[19] = 1;
	assert_true(oid_is_zero(&zero));
	assert_false(oid_is_zero(&one));
	assert_true(oid_compare(&zero, &one) < 0);
	assert_true(oid_compare(&one, &zero) > 0);
	assert_int_equal(oid_compare(&one, &one), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_objects_as_git_does),
		cmocka_unit_test(parses_only_forty_lower_case_digits),
		cmocka_unit_test(knows_zero_and_order),
	};
	return cmocka_run_group_tests_name("base/oid", tests, NULL, NULL);
}
