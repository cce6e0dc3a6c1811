/* Runs of a disposal in a process of its own, which is killed wherever it is then. */
#ifndef TESTS_LEDGER_KILLED_H
#define TESTS_LEDGER_KILLED_H

#include "ledger_office.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline void killed_run(const struct office *model)
{
	struct office o = *model;
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *keys = file_path(o.dir, "keys");
	o.entry = pgp_signer_new(keys, o.pins.fpr, &e);
	o.archive = pgp_signer_new(keys, o.pins.archive_fpr, &e);
	int rc = !o.entry || !o.archive ? (int)e.code : office_try_open(&o, &e);
	if (!rc)
		rc = office_run(&o, &d, &e);
	if (rc)
		fprintf(stderr, "# %s: %s\n", err_word((enum err_code)rc), e.text);
	_exit(rc ? 1 : 0);
}

/* The office is closed. True: the run had come to its end before. */
static inline bool killed_after(const struct office *o, int ms)
{
	const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
	int status = 0;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		killed_run(o);
	nanosleep(&pause, NULL);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFEXITED(status);
}

/* The office is open. Where it was killed behind its last entry there is nothing left to do, and that is said. */
static inline void killed_go_on(struct office *o)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	int rc = office_run(o, &d, &e);
	if (rc != ERR_RULE || !strstr(e.text, "was completed by entry"))
		office_must(rc, &e);
	jdoc_free(d);
}

#endif
