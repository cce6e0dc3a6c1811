#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/lang.h"
#include "base/task.h"

struct errand {
	int fails;                    /* 0 = it does not */
	bool is_done;
	enum lang lang;
	pthread_barrier_t *meet;      /* the others are there, too; NULL = nobody is waited for */
};

static int run_errand(void *ctx, struct err *e)
{
	struct errand *x = ctx;
	if (x->meet)
		pthread_barrier_wait(x->meet);
	x->lang = lang_get();
	x->is_done = true;
	return x->fails ? err_set(e, ERR_IO, "errand %d", x->fails) : ERR_OK;
}

static void runs_them_at_the_same_time(void **s)
{
	(void)s;
	pthread_barrier_t meet;
	pthread_barrier_init(&meet, NULL, 3);
	struct errand all[3] = { { .meet = &meet }, { .meet = &meet }, { .meet = &meet } };
	const struct task tasks[3] = { { run_errand, &all[0] }, { run_errand, &all[1] }, { run_errand, &all[2] } };
	assert_int_equal(task_run_all(tasks, 3, NULL), ERR_OK);
	pthread_barrier_destroy(&meet);
}

static void tells_the_first_fault_when_all_have_ended(void **s)
{
	(void)s;
	struct errand all[4] = { { .fails = 0 }, { .fails = 2 }, { .fails = 3 }, { .fails = 0 } };
	struct task tasks[4];
	struct err e = ERR_INIT;
	for (size_t i = 0; i < 4; i++)
		tasks[i] = (struct task){ run_errand, &all[i] };
	assert_int_equal(task_run_all(tasks, 4, &e), ERR_IO);
	assert_string_equal(e.text, "errand 2");
	for (size_t i = 0; i < 4; i++)
		assert_true(all[i].is_done);
}

static void speaks_the_language_of_who_asked(void **s)
{
	(void)s;
	struct errand all[2] = { { .lang = LANG_EN }, { .lang = LANG_EN } };
	const struct task tasks[2] = { { run_errand, &all[0] }, { run_errand, &all[1] } };
	enum lang was = lang_set(LANG_JA);
	assert_int_equal(task_run_all(tasks, 2, NULL), ERR_OK);
	lang_set(was);
	assert_int_equal(all[0].lang, LANG_JA);
	assert_int_equal(all[1].lang, LANG_JA);
}

static void refuses_more_than_it_can_run(void **s)
{
	(void)s;
	struct errand one = { .fails = 0 };
	struct task tasks[TASK_MAX + 1];
	struct err e = ERR_INIT;
	for (size_t i = 0; i <= TASK_MAX; i++)
		tasks[i] = (struct task){ run_errand, &one };
	assert_int_equal(task_run_all(tasks, TASK_MAX + 1, &e), ERR_BUG);
	assert_false(one.is_done);
}

static void parts_no_work_that_is_too_small(void **s)
{
	(void)s;
	assert_int_equal(task_shares(0, 64), 1);
	assert_int_equal(task_shares(127, 64), 1);
	assert_in_range(task_shares(1000000, 1), 1, TASK_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_them_at_the_same_time),
		cmocka_unit_test(tells_the_first_fault_when_all_have_ended),
		cmocka_unit_test(speaks_the_language_of_who_asked),
		cmocka_unit_test(refuses_more_than_it_can_run),
		cmocka_unit_test(parts_no_work_that_is_too_small),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
