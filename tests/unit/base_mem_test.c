#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

static void gives_zeroed_memory(void **s)
{
	(void)s;
	MEM_CLEANUP unsigned char *p = mem_array(100, 3);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(p[i], 0);
}

static void gives_something_for_nothing(void **s)
{
	(void)s;
	MEM_CLEANUP void *p = mem_alloc(0);
	MEM_CLEANUP void *q = mem_grow(NULL, 0, 8);
	assert_non_null(p);
	assert_non_null(q);
}

static void keeps_the_content_when_it_grows(void **s)
{
	(void)s;
	MEM_CLEANUP int *p = mem_array(2, sizeof *p);
	p[1] = 42;
	p = mem_grow(p, 1000, sizeof *p);
	assert_int_equal(p[1], 42);
}

static void copies_strings(void **s)
{
	(void)s;
	MEM_CLEANUP char *a = mem_strdup("abc");
	MEM_CLEANUP char *b = mem_strndup("abcdef", 2);
	MEM_CLEANUP char *c = mem_printf("%d-%s", 7, "x");
	MEM_CLEANUP char *d = mem_strndup("a\0b", 3);
	assert_string_equal(a, "abc");
	assert_string_equal(b, "ab");
	assert_string_equal(c, "7-x");
	assert_memory_equal(d, "a\0b", 4);
	assert_null(mem_strdup(NULL));
}

/* The status of a child that runs fn, whose standard error is dropped. */
static int run_child(void (*fn)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		close(STDERR_FILENO);
		fn();
		_exit(0);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void ask_for_an_overflow(void)
{
	free(mem_array(SIZE_MAX / 2, 3));
}

static void ask_for_too_much(void)
{
	free(mem_grow(NULL, (size_t)PTRDIFF_MAX + 1, 1));
}

static void ends_the_process_with_70_when_a_size_overflows(void **s)
{
	(void)s;
	assert_int_equal(run_child(ask_for_an_overflow), 70);
	assert_int_equal(run_child(ask_for_too_much), 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_zeroed_memory),
		cmocka_unit_test(gives_something_for_nothing),
		cmocka_unit_test(keeps_the_content_when_it_grows),
		cmocka_unit_test(copies_strings),
		cmocka_unit_test(ends_the_process_with_70_when_a_size_overflows),
	};
	return cmocka_run_group_tests_name("base/mem", tests, NULL, NULL);
}
