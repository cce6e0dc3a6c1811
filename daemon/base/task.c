#include "base/task.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#include "base/lang.h"

struct running {
	const struct task *task;
	enum lang lang;
	pthread_t thread;
	bool is_started;
	int rc;
	struct err err;
};

static void *run_task(void *arg)
{
	struct running *r = arg;
	lang_set(r->lang);
	r->rc = r->task->run(r->task->ctx, &r->err);
	return NULL;
}

size_t task_shares(size_t work, size_t least)
{
	cpu_set_t cores;
	size_t n = sched_getaffinity(0, sizeof cores, &cores) == 0 ? (size_t)CPU_COUNT(&cores) : 1;
	if (n > TASK_MAX)
		n = TASK_MAX;
	if (n > work / least)
		n = work / least;
	return n ? n : 1;
}

int task_run_all(const struct task *tasks, size_t count, struct err *e)
{
	struct running all[TASK_MAX];
	if (count > TASK_MAX)
		return err_set(e, ERR_BUG, "tasks: more than %d", TASK_MAX);
	for (size_t i = 0; i < count; i++) {
		all[i] = (struct running){ .task = &tasks[i], .lang = lang_get(), .err = ERR_INIT };
		all[i].is_started = i && pthread_create(&all[i].thread, NULL, run_task, &all[i]) == 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (all[i].is_started)
			pthread_join(all[i].thread, NULL);
		else
			run_task(&all[i]);
	}
	for (size_t i = 0; i < count; i++)
		if (all[i].rc) {
			if (e)
				*e = all[i].err;
			return all[i].rc;
		}
	return ERR_OK;
}
