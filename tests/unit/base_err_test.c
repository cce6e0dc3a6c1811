#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"

static void gives_every_code_a_word_of_its_own(void **s)
{
	(void)s;
	for (int i = 0; i < ERR_COUNT; i++) {
		assert_non_null(err_word(i));
		assert_true(strlen(err_meaning(i)) > 10);
		assert_int_equal(err_from_word(err_word(i)), i);
	}
}

static void gives_every_code_its_exit_and_http_status(void **s)
{
	(void)s;
	static const struct {
		const char *word;
		int exit, http;
	} expected[] = {
		{ "KIND", 20, 404 },     { "SCHEMA", 21, 422 },   { "UTF8", 22, 422 },        { "TOOBIG", 23, 413 },
		{ "DUPLICATE", 24, 422 }, { "DEPTH", 25, 422 },   { "SYNTAX", 26, 422 },      { "MEDIA", 27, 415 },
		{ "HALF", 28, 400 },     { "RULE", 29, 422 },     { "CONFLICT", 30, 409 },    { "CLOCK", 31, 409 },
		{ "GONE", 32, 410 },     { "REASON", 33, 409 },   { "USAGE", 64, 400 },       { "NOTFOUND", 66, 404 },
		{ "UNAVAILABLE", 69, 503 },
		{ "BUG", 70, 500 },      { "READONLY", 71, 507 }, { "FORMAT", 72, 500 },      { "FULL", 73, 507 },
		{ "IO", 74, 500 },       { "BUSY", 75, 503 },     { "KEY", 76, 500 },         { "PERM", 77, 403 },
		{ "CONFIG", 78, 500 },   { "LEDGER", 4, 500 },
	};
	assert_int_equal(sizeof expected / sizeof *expected, ERR_COUNT - 1);
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		enum err_code code = err_from_word(expected[i].word);
		assert_string_equal(err_word(code), expected[i].word);
		assert_int_equal(err_exit(code), expected[i].exit);
		assert_int_equal(err_http(code), expected[i].http);
	}
}

static void never_exits_with_one(void **s)
{
	(void)s;
	for (int i = 0; i < ERR_COUNT; i++)
		assert_int_not_equal(err_exit(i), 1);
}

static void takes_an_unknown_word_for_a_bug(void **s)
{
	(void)s;
	assert_int_equal(err_from_word("NONSENSE"), ERR_BUG);
	assert_int_equal(err_from_word(NULL), ERR_BUG);
	assert_string_equal(err_word(ERR_COUNT), "BUG");
}

static void sets_the_text_and_clears_the_next_step(void **s)
{
	(void)s;
	struct err e = { .next = "old" };
	assert_int_equal(err_set(&e, ERR_RULE, "%s: %d", "entry", 7), ERR_RULE);
	assert_int_equal(e.code, ERR_RULE);
	assert_string_equal(e.text, "entry: 7");
	assert_string_equal(e.next, "");
}

static void appends_the_reason_of_the_system(void **s)
{
	(void)s;
	static const struct {
		int errnum;
		enum err_code code;
	} cases[] = { { ENOSPC, ERR_FULL }, { EDQUOT, ERR_FULL },  { EROFS, ERR_READONLY }, { EACCES, ERR_PERM },
		      { EPERM, ERR_PERM },  { ENOENT, ERR_NOTFOUND }, { EIO, ERR_IO } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = ERR_INIT;
		assert_int_equal(err_errno(&e, cases[i].errnum, "store"), cases[i].code);
		assert_int_equal(e.code, cases[i].code);
		assert_memory_equal(e.text, "store: ", 7);
		assert_string_equal(e.text + 7, strerrordesc_np(cases[i].errnum));
	}
}

static void tells_what_can_be_done_about_every_error(void **s)
{
	(void)s;
	struct err near = ERR_INIT;
	for (int code = ERR_OK + 1; code < ERR_COUNT; code++) {
		struct err e = ERR_INIT;
		err_set(&e, code, "object: reason");
		assert_true(strlen(err_next_text(&e)) > 0);
		assert_string_equal(err_log_next(&e), err_next_text(&e));
	}
	err_set(&near, ERR_RULE, "object: reason");
	err_next(&near, "run x");
	assert_string_equal(err_next_text(&near), "run x");
	assert_string_equal(err_log_next(&near), "run x");
}

static void puts_a_prefix_before_the_text(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	err_set(&e, ERR_KEY, "is missing");
	err_next(&e, "run %s", "x");
	assert_int_equal(err_prefix(&e, "key %d", 1), ERR_KEY);
	assert_string_equal(e.text, "key 1: is missing");
	assert_string_equal(e.next, "run x");
}

static void takes_its_own_text_as_an_argument(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	err_set(&e, ERR_IO, "inner");
	err_set(&e, ERR_IO, "outer: %s", e.text);
	assert_string_equal(e.text, "outer: inner");
}

static void cuts_a_long_text_between_characters(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	char text[ERR_TEXT_MAX + 64] = "";
	for (size_t i = 0; i + 4 < sizeof text; i += 3)
		strcat(text, "台");
	err_set(&e, ERR_RULE, "%s", text);
	assert_int_equal(strlen(e.text), (ERR_TEXT_MAX - 1) / 3 * 3);
	assert_memory_equal(e.text, text, strlen(e.text));
	err_prefix(&e, "x");
	assert_true(strlen(e.text) < ERR_TEXT_MAX);
}

static void works_without_a_struct(void **s)
{
	(void)s;
	assert_int_equal(err_set(NULL, ERR_GONE, "x"), ERR_GONE);
	assert_int_equal(err_errno(NULL, ENOSPC, "x"), ERR_FULL);
	assert_int_equal(err_next(NULL, "x"), ERR_BUG);
	assert_int_equal(err_prefix(NULL, "x"), ERR_BUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_every_code_a_word_of_its_own),
		cmocka_unit_test(gives_every_code_its_exit_and_http_status),
		cmocka_unit_test(never_exits_with_one),
		cmocka_unit_test(takes_an_unknown_word_for_a_bug),
		cmocka_unit_test(sets_the_text_and_clears_the_next_step),
		cmocka_unit_test(appends_the_reason_of_the_system),
		cmocka_unit_test(tells_what_can_be_done_about_every_error),
		cmocka_unit_test(puts_a_prefix_before_the_text),
		cmocka_unit_test(takes_its_own_text_as_an_argument),
		cmocka_unit_test(cuts_a_long_text_between_characters),
		cmocka_unit_test(works_without_a_struct),
	};
	return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
