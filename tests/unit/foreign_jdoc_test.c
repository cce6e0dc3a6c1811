#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "foreign/jdoc.h"

#define MAX ((size_t)1 << 20)

static struct jdoc *parse(const char *text, unsigned flags)
{
	struct err e = ERR_INIT;
	struct jdoc *d = jdoc_parse(text, strlen(text), MAX, flags, &e);
	if (!d)
		fail_msg("%s: %s", text, e.text);
	return d;
}

static void assert_refused_n(const char *text, size_t len, unsigned flags, enum err_code code, const char *reason)
{
	struct err e = ERR_INIT;
	struct jdoc *d = jdoc_parse(text, len, MAX, flags, &e);
	if (d)
		fail_msg("%s: taken", text);
	if (e.code != code || !strstr(e.text, reason))
		fail_msg("%s: %s: %s", text, err_word(e.code), e.text);
}

static void assert_refused(const char *text, enum err_code code, const char *reason)
{
	assert_refused_n(text, strlen(text), JDOC_ANY, code, reason);
}

static void assert_printed(const char *text, const char *printed)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct jdoc *d = parse(text, JDOC_REALS | JDOC_ANY);
	jdoc_print(d, &b);
	assert_string_equal(buf_str(&b), printed);
	jdoc_free(d);
}

static void prints_members_sorted_on_one_line(void **state)
{
	(void)state;
	assert_printed(" { \"b\" : [ 1 , -2 , true , null ] ,\n \"a\" : \"\\u718a\\n\\\"\" } ",
	               "{\"a\":\"熊\\n\\\"\",\"b\":[1,-2,true,null]}");
	assert_printed("{\"é\":1,\"z\":2,\"aa\":3,\"a\":4}", "{\"a\":4,\"aa\":3,\"z\":2,\"é\":1}");
	assert_printed("[]", "[]");
	assert_printed("\"𠮷\"", "\"𠮷\"");
}

static void prints_a_body_with_one_member_a_line(void **state)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct jdoc *d = parse("{\"b\":{},\"a\":[{\"x\":\"熊\"},2]}", 0);
	(void)state;
	jdoc_print_canonical(d, &b);
	assert_string_equal(buf_str(&b),
	                    "{\n  \"a\": [\n    {\n      \"x\": \"熊\"\n    },\n    2\n  ],\n  \"b\": {}\n}\n");
	jdoc_free(d);
}

static void reads_what_it_printed_as_the_same(void **state)
{
	BUF_CLEANUP struct buf first = BUF_INIT, again = BUF_INIT;
	struct jdoc *d = parse("{\"t\":\"\\u2028\\/\\t\\\\\",\"n\":[9007199254740992,-9007199254740992],\"r\":0.1}",
	                       JDOC_REALS);
	(void)state;
	jdoc_print_canonical(d, &first);
	struct jdoc *copy = parse(buf_str(&first), JDOC_REALS);
	jdoc_print_canonical(copy, &again);
	assert_string_equal(buf_str(&first), buf_str(&again));
	assert_true(jdoc_is_equal(d, copy));
	jdoc_free(copy);
	jdoc_free(d);
}

static void refuses_what_is_not_json(void **state)
{
	static const char *const texts[] = {
		"", " ", "{", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "'a'", "[1] 2", "01", "+1", "- 1",
		"1-2", "0x1", ".5", "nul", "True", "NaN", "\"a", "\"\\x\"", "\"\\u12g4\"", "[1 2]", "\"a\nb\"", "\"\t\"",
		"]", "[1}", "/**/1", "Infinity", "-", "\"\\", "{\"a\":1 \"b\":2}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_refused(texts[i], ERR_SYNTAX, "JSON, line ");
}

static void refuses_a_value_alone_unless_told(void **state)
{
	(void)state;
	assert_refused_n("1", 1, 0, ERR_SYNTAX, "an object or a list is wanted");
	assert_refused_n("\"a\"", 3, 0, ERR_SYNTAX, "an object or a list is wanted");
	jdoc_free(parse("[]", 0));
	jdoc_free(parse("null", JDOC_ANY));
}

static void refuses_text_that_is_not_utf8(void **state)
{
	(void)state;
	assert_refused("{\"a\":\"\xff\"}", ERR_UTF8, "line 1, column 7: not UTF-8");
	assert_refused("\"\xc0\xaf\"", ERR_UTF8, "not UTF-8");
	assert_refused("\"\xed\xa0\x80\"", ERR_UTF8, "not UTF-8");
	assert_refused("\"\xf4\x90\x80\x80\"", ERR_UTF8, "not UTF-8");
	assert_refused("\"\xe7\x86\"", ERR_UTF8, "not UTF-8");
	assert_refused("{\"\xff\":1}", ERR_UTF8, "not UTF-8");
	assert_refused("\xef\xbb\xbf{}", ERR_SYNTAX, "JSON, line 1");
}

static void refuses_nul_and_lone_surrogates_behind_escapes(void **state)
{
	(void)state;
	assert_refused("\"a\\u0000\"", ERR_UTF8, "NUL");
	assert_refused("{\"a\\u0000\":1}", ERR_UTF8, "NUL");
	assert_refused("\"\\ud800\"", ERR_UTF8, "not a character");
	assert_refused("\"\\udc00\\ud800\"", ERR_UTF8, "not a character");
	assert_refused_n("[\0]", 3, 0, ERR_SYNTAX, "JSON, line 1");
	assert_refused_n("[]\0", 3, 0, ERR_SYNTAX, "JSON, line 1");
	assert_refused_n("\"\0\"", 3, JDOC_ANY, ERR_SYNTAX, "JSON, line 1");
}

static void refuses_a_member_that_stands_twice(void **state)
{
	(void)state;
	assert_refused("{\"a\":1,\"a\":1}", ERR_DUPLICATE, "a member of this name stands in the object already");
	assert_refused("{\"a\":1,\"\\u0061\":2}", ERR_DUPLICATE, "already");
	assert_refused("[{\"x\":{\"a\":1,\"b\":2,\"a\":{}}}]", ERR_DUPLICATE, "already");
	jdoc_free(parse("[{\"a\":1},{\"a\":1,\"A\":{\"a\":1}}]", 0));
}

static void nest(struct buf *out, size_t levels, const char *open, const char *close)
{
	for (size_t i = 0; i < levels; i++)
		buf_puts(out, open);
	buf_puts(out, "1");
	for (size_t i = 0; i < levels; i++)
		buf_puts(out, close);
}

static void takes_thirty_two_levels_and_no_more(void **state)
{
	BUF_CLEANUP struct buf most = BUF_INIT, more = BUF_INIT, objects = BUF_INIT, far = BUF_INIT;
	(void)state;
	nest(&most, JDOC_DEPTH_MAX, "[", "]");
	nest(&more, JDOC_DEPTH_MAX + 1, "[", "]");
	nest(&objects, JDOC_DEPTH_MAX + 1, "{\"a\":", "}");
	nest(&far, 500000, "[", "");
	jdoc_free(parse(buf_str(&most), 0));
	assert_refused(buf_str(&more), ERR_DEPTH, "line 1, column 33: nested too deep: at most 32 levels");
	assert_refused(buf_str(&objects), ERR_DEPTH, "at most 32 levels");
	assert_refused_n(far.ptr, far.len, 0, ERR_DEPTH, "at most 32 levels");
}

static void counts_no_bracket_within_a_text(void **state)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	(void)state;
	buf_puts(&b, "[\"\\\"");
	for (size_t i = 0; i < 100; i++)
		buf_puts(&b, "[{\\\\");
	buf_puts(&b, "\",[],[],[],{},\"01 1.5 99999999999999999999\"]");
	jdoc_free(parse(buf_str(&b), 0));
}

static void takes_whole_numbers_that_every_reader_keeps(void **state)
{
	static const char reason[] = "whole numbers go from -9007199254740992 to 9007199254740992";
	int64_t v = 0;
	struct jdoc *d = parse("[9007199254740992,-9007199254740992,-0]", 0);
	(void)state;
	assert_true(jdoc_integer_value(jdoc_at(d, 0), &v) && v == 9007199254740992);
	assert_true(jdoc_integer_value(jdoc_at(d, 1), &v) && v == -9007199254740992);
	assert_true(jdoc_integer_value(jdoc_at(d, 2), &v) && v == 0);
	jdoc_free(d);
	assert_refused("[9007199254740993]", ERR_SYNTAX, reason);
	assert_refused("-9007199254740993", ERR_SYNTAX, reason);
	assert_refused("18446744073709551616", ERR_SYNTAX, reason);
	assert_refused("{\"a\":99999999999999999999999999999999}", ERR_SYNTAX, reason);
}

static void takes_real_numbers_only_when_told(void **state)
{
	double v = 0;
	(void)state;
	assert_refused("1.0", ERR_SYNTAX, "only whole numbers are taken");
	assert_refused("[1e2]", ERR_SYNTAX, "line 1, column 2: only whole numbers are taken");
	assert_refused("-0E0", ERR_SYNTAX, "only whole numbers are taken");
	struct jdoc *d = parse("[1.5,2]", JDOC_REALS);
	assert_int_equal(jdoc_type(jdoc_at(d, 0)), JDOC_REAL);
	assert_true(jdoc_number_value(jdoc_at(d, 0), &v) && v > 1.4 && v < 1.6);
	assert_true(jdoc_number_value(jdoc_at(d, 1), &v) && v > 1.9 && v < 2.1);
	assert_false(jdoc_number_value(d, &v));
	jdoc_free(d);
	assert_refused_n("1e999", 5, JDOC_REALS | JDOC_ANY, ERR_SYNTAX, "a number out of range");
}

static void refuses_more_bytes_than_the_most(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	assert_null(jdoc_parse("[1,2]", 5, 4, 0, &e));
	assert_int_equal(e.code, ERR_TOOBIG);
	assert_string_equal(e.text, "JSON: 5 bytes; at most 4 are taken");
	struct jdoc *d = jdoc_parse("[1,2]", 5, 5, 0, &e);
	assert_non_null(d);
	jdoc_free(d);
	assert_null(jdoc_parse(NULL, 0, 4, 0, &e));
	assert_int_equal(e.code, ERR_SYNTAX);
}

static void names_line_and_column_and_never_the_content(void **state)
{
	static const char *const texts[] = { "{\n \"secret\": secret }", "{\n \"secret\": 1.5 }",
		                             "{\n\"secret\":1,\"secret\":2}" };
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct err e = ERR_INIT;
		assert_null(jdoc_parse(texts[i], strlen(texts[i]), MAX, 0, &e));
		assert_non_null(strstr(e.text, "JSON, line 2, column "));
		assert_null(strstr(e.text, "secret"));
	}
	assert_refused("[\"熊\",\n  1.5]", ERR_SYNTAX, "line 2, column 3");
}

static void shows_the_bytes_of_text_that_is_none(void **state)
{
	struct jdoc *ok = jdoc_string("熊"), *bad = jdoc_string("熊\xffz"), *none = jdoc_string(NULL);
	struct jdoc *nul = jdoc_string_n("a\0b", 3), *part = jdoc_string_n("abc", 2);
	(void)state;
	assert_string_equal(jdoc_text(ok), "熊");
	assert_int_equal(jdoc_text_len(ok), 3);
	assert_string_equal(jdoc_text(bad), "熊\\x{ff}z");
	assert_string_equal(jdoc_text(none), "");
	assert_string_equal(jdoc_text(nul), "a\\u{0}b");
	assert_string_equal(jdoc_text(part), "ab");
	jdoc_free(ok), jdoc_free(bad), jdoc_free(none), jdoc_free(nul), jdoc_free(part);
}

static void builds_and_gives_what_was_set(void **state)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct jdoc *d = jdoc_object(), *list = jdoc_array();
	int64_t n = 0;
	(void)state;
	jdoc_append(list, jdoc_null());
	jdoc_set(d, "list", list);
	jdoc_set_string(d, "text", "old");
	jdoc_set_string(d, "text", "new");
	jdoc_set_integer(d, "n", -5);
	jdoc_set_bool(d, "yes", true);
	jdoc_print(d, &b);
	assert_string_equal(buf_str(&b), "{\"list\":[null],\"n\":-5,\"text\":\"new\",\"yes\":true}");
	assert_string_equal(jdoc_get_text(d, "text"), "new");
	assert_null(jdoc_get_text(d, "n"));
	assert_null(jdoc_get_text(d, "none"));
	assert_true(jdoc_get_integer(d, "n", &n) && n == -5);
	assert_int_equal(jdoc_number_of(d, "n"), -5);
	assert_int_equal(jdoc_number_of(d, "text"), 0);
	assert_string_equal(jdoc_text_of(d, "n"), "");
	assert_string_equal(jdoc_text_of(d, "none"), "");
	assert_string_equal(jdoc_text_of(d, "text"), jdoc_get_text(d, "text"));
	assert_false(jdoc_get_integer(d, "text", &n));
	assert_true(jdoc_is_true(jdoc_get(d, "yes")));
	assert_false(jdoc_is_true(jdoc_get(d, "text")));
	jdoc_free(d);
}

static void answers_for_what_is_not_there(void **state)
{
	struct jdoc *list = jdoc_array();
	int64_t n;
	(void)state;
	assert_null(jdoc_get(NULL, "a"));
	assert_null(jdoc_get(list, "a"));
	assert_null(jdoc_at(list, 0));
	assert_null(jdoc_at(NULL, 0));
	assert_null(jdoc_text(list));
	assert_int_equal(jdoc_text_len(NULL), 0);
	assert_int_equal(jdoc_size(NULL), 0);
	assert_int_equal(jdoc_type(NULL), JDOC_NULL);
	assert_false(jdoc_integer_value(NULL, &n));
	assert_false(jdoc_is_true(NULL));
	assert_false(jdoc_is_equal(NULL, list));
	jdoc_free(NULL);
	jdoc_free(list);
}

static void tells_the_type_of_each_value(void **state)
{
	static const enum jdoc_type types[] = { JDOC_NULL,   JDOC_BOOL,  JDOC_BOOL,  JDOC_INTEGER, JDOC_REAL,
		                                JDOC_STRING, JDOC_ARRAY, JDOC_OBJECT };
	struct jdoc *d = parse("[null,true,false,1,1.5,\"a\",[],{}]", JDOC_REALS);
	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		assert_int_equal(jdoc_type(jdoc_at(d, i)), types[i]);
	jdoc_free(d);
}

static void compares_by_value(void **state)
{
	static const struct {
		const char *a, *b;
		bool is_equal;
	} rows[] = {
		{ "{\"a\":1,\"b\":[1.0,{}]}", "{\"b\":[1,{}],\"a\":1.0}", true },
		{ "{\"a\":1}", "{\"a\":1,\"b\":1}", false },
		{ "{\"a\":1}", "{\"b\":1}", false },
		{ "[1,2]", "[2,1]", false },
		{ "[1]", "[1,1]", false },
		{ "[1]", "[\"1\"]", false },
		{ "[0]", "[false]", false },
		{ "[null]", "[false]", false },
		{ "[]", "{}", false },
		{ "[1.5]", "[1.5]", true },
		{ "[\"a\"]", "[\"a\"]", true },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct jdoc *a = parse(rows[i].a, JDOC_REALS), *b = parse(rows[i].b, JDOC_REALS);
		assert_int_equal(jdoc_is_equal(a, b), rows[i].is_equal);
		assert_int_equal(jdoc_is_equal(b, a), rows[i].is_equal);
		jdoc_free(a);
		jdoc_free(b);
	}
}

static int note_name(void *ctx, const char *key, struct jdoc *value, struct err *e)
{
	buf_printf(ctx, "%s=%s ", key, jdoc_text(value));
	return strcmp(key, "stop") == 0 ? err_set(e, ERR_RULE, "stopped") : ERR_OK;
}

static void goes_over_members_in_the_order_of_their_bytes(void **state)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	struct jdoc *d = parse("{\"z\":\"1\",\"熊\":\"2\",\"aa\":\"3\",\"a\":\"4\",\"\":\"5\"}", 0);
	(void)state;
	assert_int_equal(jdoc_each(d, note_name, &b, &e), ERR_OK);
	assert_string_equal(buf_str(&b), "=5 a=4 aa=3 z=1 熊=2 ");
	jdoc_set_string(d, "stop", "6");
	buf_clear(&b);
	assert_int_equal(jdoc_each(d, note_name, &b, &e), ERR_RULE);
	assert_string_equal(buf_str(&b), "=5 a=4 aa=3 stop=6 ");
	jdoc_free(d);
	assert_int_equal(jdoc_each(NULL, note_name, &b, &e), ERR_OK);
}

static void points_at_a_character_that_no_record_may_hold(void **state)
{
	static const struct {
		const char *text, *where;
	} rows[] = {
		{ "{\"a\":[\"ok\",\"\\u202e\"]}", "/a/1: the text" },
		{ "{\"a/~b\":\"\\u0007\"}", "/a~1~0b: the text" },
		{ "[{\"\\u200b\":1}]", "/0: a member's name" },
		{ "{\"\\u200b\":1}", "(record): a member's name" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct err e = ERR_INIT;
		struct jdoc *d = parse(rows[i].text, 0);
		assert_int_equal(jdoc_check_clean(d, &e), ERR_UTF8);
		assert_ptr_equal(strstr(e.text, rows[i].where), e.text);
		jdoc_free(d);
	}
	struct jdoc *d = parse("{\"a\":[\"熊\\n\\t\",1,null,{\"b\":\"c\"}]}", 0);
	assert_int_equal(jdoc_check_clean(d, NULL), ERR_OK);
	jdoc_free(d);
}

static void writes_the_error_document(void **state)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	struct jdoc *faults = parse("[{\"at\":\"/a\"}]", 0);
	(void)state;
	err_set(&e, ERR_SCHEMA, "record: 1 fault");
	err_next(&e, "mend it");
	struct jdoc *with = jdoc_error(&e, faults), *without = jdoc_error(&e, NULL);
	jdoc_print(with, &b);
	assert_string_equal(buf_str(&b), "{\"error\":{\"code\":\"SCHEMA\",\"exit\":21,\"faults\":[{\"at\":\"/a\"}],"
	                                 "\"next\":\"mend it\",\"text\":\"record: 1 fault\"},"
	                                 "\"format\":\"daicho.error.v1\"}");
	assert_int_equal(jdoc_size(jdoc_get(jdoc_get(without, "error"), "faults")), 0);
	jdoc_free(with);
	jdoc_free(without);
	jdoc_free(faults);
}

static void writes_an_error_whose_text_was_cut_within_a_character(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	err_set(&e, ERR_RULE, "a\xe7\x86");
	struct jdoc *d = jdoc_error(&e, NULL);
	assert_string_equal(jdoc_get_text(jdoc_get(d, "error"), "text"), "a\\x{e7}\\x{86}");
	jdoc_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_members_sorted_on_one_line),
		cmocka_unit_test(prints_a_body_with_one_member_a_line),
		cmocka_unit_test(reads_what_it_printed_as_the_same),
		cmocka_unit_test(refuses_what_is_not_json),
		cmocka_unit_test(refuses_a_value_alone_unless_told),
		cmocka_unit_test(refuses_text_that_is_not_utf8),
		cmocka_unit_test(refuses_nul_and_lone_surrogates_behind_escapes),
		cmocka_unit_test(refuses_a_member_that_stands_twice),
		cmocka_unit_test(takes_thirty_two_levels_and_no_more),
		cmocka_unit_test(counts_no_bracket_within_a_text),
		cmocka_unit_test(takes_whole_numbers_that_every_reader_keeps),
		cmocka_unit_test(takes_real_numbers_only_when_told),
		cmocka_unit_test(refuses_more_bytes_than_the_most),
		cmocka_unit_test(names_line_and_column_and_never_the_content),
		cmocka_unit_test(shows_the_bytes_of_text_that_is_none),
		cmocka_unit_test(builds_and_gives_what_was_set),
		cmocka_unit_test(answers_for_what_is_not_there),
		cmocka_unit_test(tells_the_type_of_each_value),
		cmocka_unit_test(compares_by_value),
		cmocka_unit_test(goes_over_members_in_the_order_of_their_bytes),
		cmocka_unit_test(points_at_a_character_that_no_record_may_hold),
		cmocka_unit_test(writes_the_error_document),
		cmocka_unit_test(writes_an_error_whose_text_was_cut_within_a_character),
	};
	return cmocka_run_group_tests_name("foreign/jdoc", tests, NULL, NULL);
}
