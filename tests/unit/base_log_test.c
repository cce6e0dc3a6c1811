#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static char text[4096];
static int saved, ends[2];

static void catch_stderr(void)
{
	memset(text, 0, sizeof text);
	assert_int_equal(pipe(ends), 0);
	saved = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	log_init("keeper");
}

static const char *release_stderr(void)
{
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	ssize_t n = read(ends[0], text, sizeof text - 1);
	close(ends[0]);
	return n > 0 ? text : "";
}

static void writes_one_line_with_a_priority(void **s)
{
	(void)s;
	catch_stderr();
	log_info("started %d", 1);
	log_warn("w");
	log_error("e");
	assert_string_equal(release_stderr(), "<6>daichod[keeper]: started 1\n"
	                                      "<4>daichod[keeper]: w\n"
	                                      "<3>daichod[keeper]: e\n");
}

static void names_another_program(void **s)
{
	(void)s;
	log_set_program("daicho-witness");
	catch_stderr();
	log_info("x");
	log_set_program("daichod");
	assert_string_equal(release_stderr(), "<6>daicho-witness[keeper]: x\n");
}

static void keeps_a_line_one_line(void **s)
{
	(void)s;
	catch_stderr();
	log_info("a\n<0>daichod[keeper]: b\x1b[2J");
	assert_string_equal(release_stderr(), "<6>daichod[keeper]: a <0>daichod[keeper]: b\\u{1b}[2J\n");
}

static void says_word_text_and_next_step(void **s)
{
	(void)s;
	struct err e = ERR_INIT;
	catch_stderr();
	err_set(&e, ERR_FULL, "store: no space");
	log_err(&e);
	err_next(&e, "make room");
	log_err(&e);
	assert_string_equal(release_stderr(), "<3>daichod[keeper]: FULL: store: no space\n"
	                                      "<3>daichod[keeper]: next: make room on that disk, then try again\n"
	                                      "<3>daichod[keeper]: FULL: store: no space\n"
	                                      "<3>daichod[keeper]: next: make room\n");
}

static void leaves_errno_alone(void **s)
{
	(void)s;
	catch_stderr();
	close(STDERR_FILENO);
	errno = ENOENT;
	log_info("x");
	assert_int_equal(errno, ENOENT);
	release_stderr();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_one_line_with_a_priority),
		cmocka_unit_test(names_another_program),
		cmocka_unit_test(keeps_a_line_one_line),
		cmocka_unit_test(says_word_text_and_next_step),
		cmocka_unit_test(leaves_errno_alone),
	};
	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
