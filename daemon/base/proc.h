/*
 * Child processes: absolute or looked-up program, a clean environment (PATH, LC_ALL=C.UTF-8, HOME=/nonexistent, plus
 * what is named, plus the FAKETIME, LD_PRELOAD and {ASAN,UBSAN,LSAN}_OPTIONS variables of the parent where set),
 * default signal handling, a process group of its own, a deadline, nothing inherited but the descriptors asked for.
 */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct proc {
	const char *const *argv;  /* argv[0] is looked up in /usr/bin:/bin unless it holds a '/' */
	const char *const *env;   /* further NAME=value, NULL-terminated; may be NULL */
	const char *dir;          /* working directory; NULL = "/" */
	const void *input;        /* bytes for its standard input; may be NULL */
	size_t input_len;
	int deadline_s;           /* killed (SIGKILL) after this many seconds; 0 = 60 */
	size_t output_max;        /* most bytes kept of standard output, then the buffer is_over; 0 = 64 MiB */
	const int *fds;           /* become its descriptors 3, 4, ...; its children inherit them too */
	size_t fds_count;
	bool is_bound;            /* of proc_run: it gets SIGKILL when the thread that started it ends */
};

/* Runs it to its end. out may be NULL (output dropped). *out_status is the exit status, or 128 + signal. The last lines
 * of standard error are put into e->text when the program can't be started, dies by signal, or runs out of time
 * (ERR_BUSY); a plain non-zero exit is no error here. out_stderr may be NULL. */
int proc_run(const struct proc *p, struct buf *out, struct buf *out_stderr, int *out_status, struct err *e);

/* Starts it in the background with no standard input and output dropped; returns the process id, which is that of its
 * group too. It gets SIGKILL when the thread that started it ends, its children do not. */
int proc_start(const struct proc *p, pid_t *out_pid, struct err *e);

/* Starts `path` with argv and descriptor map: child_fds[i] becomes descriptor 3+i; standard error is shared; standard
 * input and output are /dev/null; it keeps the working directory; the child gets SIGKILL when the thread that started
 * it ends (PR_SET_PDEATHSIG), so start it from one that lasts. For roles. */
int proc_start_role(const char *path, const char *const *argv, const int *child_fds, size_t n, pid_t *out_pid,
                    struct err *e);

#endif
