/*
 * Tasks: parts of one piece of work that do not need each other, done at the same time, each in a thread of its own.
 * They share nothing that one of them changes; each speaks the language of who asked.
 */
#ifndef BASE_TASK_H
#define BASE_TASK_H

#include <stddef.h>

#include "base/err.h"

#define TASK_MAX 8

struct task {
	int (*run)(void *ctx, struct err *e);
	void *ctx;
};

/* Returns when all have ended: with the fault of the first in order that failed. At most TASK_MAX; the first is run
 * by the caller itself, and so is, after it, one whose thread can't be had. */
int task_run_all(const struct task *tasks, size_t count, struct err *e);

/* Into how many tasks it is worth to part so much work, of which no task should have less than `least`: as many as
 * there are cores that this process may use, from 1 to TASK_MAX. */
size_t task_shares(size_t work, size_t least);

#endif
