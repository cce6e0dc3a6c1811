#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "foreign/inifile.h"

static int note(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	buf_printf(ctx, "[%s]%s=%s|", section, key, value);
	return strcmp(value, "refuse") == 0 ? err_set(e, ERR_KIND, "no such kind") : ERR_OK;
}

static int parse(const char *text, struct buf *out, struct err *e)
{
	return inifile_parse(text, strlen(text), "rules.ini", note, out, e);
}

static void assert_values(const char *text, const char *values)
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	assert_int_equal(parse(text, &b, &e), ERR_OK);
	assert_string_equal(buf_str(&b), values);
}

/* Refused before anything was handed out. */
static void assert_refused(const char *text, const char *where)
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	assert_int_equal(parse(text, &b, &e), ERR_CONFIG);
	assert_int_equal(e.code, ERR_CONFIG);
	assert_memory_equal(e.text, where, strlen(where));
	assert_int_equal(b.len, 0);
}

static void gives_values_in_the_order_of_the_file(void **s)
{
	(void)s;
	assert_values("# comment\n; another\n\n[a]\nx = 1\ny=2\n[kind loan]\nja = 貸出簿\nen =\n",
	              "[a]x=1|[a]y=2|[kind loan]ja=貸出簿|[kind loan]en=|");
}

static void takes_an_empty_text_and_a_last_line_without_end(void **s)
{
	(void)s;
	assert_values("", "");
	assert_values("[a]\nx = 1", "[a]x=1|");
}

static void keeps_what_stands_within_a_value(void **s)
{
	(void)s;
	assert_values("[a]\nx = a = b: c;d # e  \n", "[a]x=a = b: c;d # e|");
	assert_values("[a]\nx = [b]\n", "[a]x=[b]|");
}

static void takes_the_same_key_in_another_section(void **s)
{
	(void)s;
	assert_values("[a]\nx=1\n[b]\nx=2\n[a]\ny=3\n", "[a]x=1|[b]x=2|[a]y=3|");
}

static void refuses_a_repeated_key(void **s)
{
	(void)s;
	assert_refused("[a]\nx = 1\ny = 1\nx = 2\n", "rules.ini:4: ");
	assert_refused("[a]\nx = 1\n[b]\nx = 1\n[a]\nx = 1\n", "rules.ini:6: ");
}

static void refuses_a_key_outside_a_section(void **s)
{
	(void)s;
	assert_refused("\nx = 1\n[a]\n", "rules.ini:2: ");
}

static void refuses_indented_lines(void **s)
{
	(void)s;
	assert_refused("[a]\nx = 1\n  2\n", "rules.ini:3: ");
	assert_refused("[a]\n\tx = 1\n", "rules.ini:2: ");
	assert_refused(" [a]\n", "rules.ini:1: ");
	assert_refused("[a]\n # comment\n", "rules.ini:2: ");
}

static void refuses_lines_that_are_nothing(void **s)
{
	(void)s;
	assert_refused("[a]\nword\n", "rules.ini:2: ");
	assert_refused("[a]\n= 1\n", "rules.ini:2: ");
	assert_refused("[a]\nx : 1\n", "rules.ini:2: ");
	assert_refused("[a]\nx:y = 1\n", "rules.ini:2: ");
	assert_refused("[a\nx = 1\n", "rules.ini:1: ");
	assert_refused("[]\n", "rules.ini:1: ");
	assert_refused("[a] b\n", "rules.ini:1: ");
	assert_refused("[a]b]\n", "rules.ini:1: ");
}

static void refuses_a_comment_behind_a_value(void **s)
{
	(void)s;
	assert_refused("[a]\nx = 1 ; one\n", "rules.ini:2: ");
	assert_refused("[a]\nx = ;1\n", "rules.ini:2: ");
	assert_refused("[a]\nx = 1\t;1\n", "rules.ini:2: ");
	assert_refused("[a ;b]\n", "rules.ini:1: ");
}

static void refuses_text_that_is_not_clean(void **s)
{
	(void)s;
	assert_refused("[a]\r\nx = 1\r\n", "rules.ini:1: ");
	assert_refused("\xef\xbb\xbf[a]\n", "rules.ini:1: ");
	assert_refused("[a]\nx = \xff\n", "rules.ini:2: ");
	assert_refused("[a]\n# \x1b\n", "rules.ini:2: ");
	assert_int_equal(inifile_parse("[a]\nx\0=1\n", 9, "n", note, NULL, NULL), ERR_CONFIG);
}

static void takes_lines_of_190_bytes_and_no_more(void **s)
{
	(void)s;
	char text[256] = "[a]\nx=", value[200] = "";
	memset(value, 'v', 188);
	strcat(text, value);
	BUF_CLEANUP struct buf expected = BUF_INIT;
	buf_printf(&expected, "[a]x=%s|", value);
	assert_values(text, buf_str(&expected));
	strcat(text, "w");
	assert_refused(text, "rules.ini:2: ");
	strcpy(text, "[a]\n#");
	strcat(text, value);
	strcat(text, "xy");
	assert_refused(text, "rules.ini:2: ");
}

static void takes_section_names_of_49_bytes_and_no_more(void **s)
{
	(void)s;
	char name[64] = "", text[128];
	memset(name, 'n', 49);
	BUF_CLEANUP struct buf b = BUF_INIT;
	strcat(strcat(strcpy(text, "["), name), "]\nx=1\n");
	assert_int_equal(parse(text, &b, NULL), ERR_OK);
	assert_memory_equal(b.ptr + 1, name, 49);
	assert_int_equal(b.ptr[50], ']');
	strcat(strcat(strcpy(text, "[m"), name), "]\nx=1\n");
	assert_refused(text, "rules.ini:1: ");
}

static void puts_file_and_line_before_the_error_of_the_taker(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	assert_int_equal(parse("[a]\n\nx = refuse\ny = 1\n", &b, &e), ERR_KIND);
	assert_string_equal(e.text, "rules.ini:3: no such kind");
	assert_string_equal(buf_str(&b), "[a]x=refuse|");
}

static void reads_a_file(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf b = BUF_INIT;
	char path[] = "/tmp/daicho-ini-XXXXXX";
	close(mkstemp(path));
	assert_int_equal(file_write_durable(path, "[a]\nx = 1\n", 10, 0600, &e), ERR_OK);
	assert_int_equal(inifile_read(path, note, &b, &e), ERR_OK);
	assert_string_equal(buf_str(&b), "[a]x=1|");
	unlink(path);
	assert_int_equal(inifile_read(path, note, &b, &e), ERR_NOTFOUND);
}

static int list_fault(void *ctx, int line, const char *reason)
{
	buf_printf(ctx, "%d %.12s|", line, reason);
	return line == 9 ? 4 : 0;
}

static void tells_every_line_that_is_refused(void **state)
{
	(void)state;
	static const char text[] = "x = 1\n[a]\n y = 1\nz\n[b\nq = 1\nq = 2\nq = 3\n";
	BUF_CLEANUP struct buf b = BUF_INIT;
	assert_int_equal(inifile_check(text, strlen(text), list_fault, &b), 0);
	assert_string_equal(buf_str(&b), "1 a key stands|3 a line is no|4 neither a [s|5 a section is|7 a key stands|"
	                                 "8 a key stands|");
	buf_clear(&b);
	assert_int_equal(inifile_check("[a]\nx = 1\n", 10, list_fault, &b), 0);
	assert_int_equal(b.len, 0);
}

static void ends_the_telling_when_told_to(void **state)
{
	(void)state;
	static const char text[] = "\n\n\n\n\n\n\nx\ny\nz\n";
	BUF_CLEANUP struct buf b = BUF_INIT;
	assert_int_equal(inifile_check(text, strlen(text), list_fault, &b), 4);
	assert_string_equal(buf_str(&b), "8 neither a [s|9 neither a [s|");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_values_in_the_order_of_the_file),
		cmocka_unit_test(takes_an_empty_text_and_a_last_line_without_end),
		cmocka_unit_test(keeps_what_stands_within_a_value),
		cmocka_unit_test(takes_the_same_key_in_another_section),
		cmocka_unit_test(refuses_a_repeated_key),
		cmocka_unit_test(refuses_a_key_outside_a_section),
		cmocka_unit_test(refuses_indented_lines),
		cmocka_unit_test(refuses_lines_that_are_nothing),
		cmocka_unit_test(refuses_a_comment_behind_a_value),
		cmocka_unit_test(refuses_text_that_is_not_clean),
		cmocka_unit_test(takes_lines_of_190_bytes_and_no_more),
		cmocka_unit_test(takes_section_names_of_49_bytes_and_no_more),
		cmocka_unit_test(puts_file_and_line_before_the_error_of_the_taker),
		cmocka_unit_test(reads_a_file),
		cmocka_unit_test(tells_every_line_that_is_refused),
		cmocka_unit_test(ends_the_telling_when_told_to),
	};
	return cmocka_run_group_tests_name("foreign/inifile", tests, NULL, NULL);
}
