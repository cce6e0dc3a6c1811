/*
 * Disk: a process and all that it starts, on a disk that fails. The kernel hands over each system call that changes a
 * file (seccomp's user notification), so that none is missed: not those inside of a library, not those of git, gpg or
 * gpg-agent. Calls on files below `room` are counted while `armed` is set; the N-th brings the fault.
 */
#ifndef FAULT_DISK_H
#define FAULT_DISK_H

#include <stdbool.h>
#include <stddef.h>

enum disk_mode {
	DISK_KILL,      /* who makes the call gets SIGKILL, and the call is not made */
	DISK_MAIM,      /* the same at calls by which a child of the process opens or reads a file */
	DISK_FULL,      /* from this call on nothing that needs space is done: ENOSPC */
	DISK_IO,        /* from this call on nothing that changes a file is done: EIO */
	DISK_READONLY,  /* from this call on nothing that changes a file, or opens it to be changed, is done: EROFS */
	DISK_FAIL,      /* this call alone fails: EIO */
	DISK_UNREAD,    /* calls that open a file or folder for reading, or read it, are counted; this one fails: EIO */
	DISK_MODES
};

/* Shared with the process. */
struct disk_state {
	bool armed;           /* set and cleared by the process: the disk fails no more */
	bool is_done;         /* for the process to tell what it saw */
	long calls;           /* counted so far */
	long met_at;          /* which of them met the fault; 0 = none yet */
	char who[16];         /* name of the process that made the call with the fault; "" = it was not made */
};

struct disk {
	enum disk_mode mode;
	long at;              /* 1 is the first call; 0 = none */
	const char *room;     /* absolute path of a folder, links resolved */
	const char *kind;     /* not NULL: at the first call of this kind, instead of the at-th */
};

/* Runs act(ctx, state) in a child, which ends with what it returns; sees to the calls until it and all that it has
 * started have ended. What is left GRACE_MS after it is killed. The child's status as waitpid tells it; ends this
 * process where the kernel refuses. */
typedef int disk_act(void *ctx, struct disk_state *state);
int disk_run(const struct disk *d, disk_act *act, void *ctx, struct disk_state *out);

/* Which call is the N-th may vary from run to run, where several threads or processes are at work. So the kinds of
 * calls are noted: who makes which one on what file (numbers and what is random in its name aside). Those of runs
 * without a fault (at = 0) are the ones known; those that got a fault are met. */
size_t disk_count_known(void);
const char *disk_next_unmet(size_t *at);              /* from *at (0 at first) on; NULL: no more */

const char *disk_mode_name(enum disk_mode mode);
enum disk_mode disk_mode_find(const char *name);      /* DISK_MODES: none of that name */

#endif
