/*
 * Hooks: programs of the office (daichod(8), "HOOKS") that are told what has become near or overdue: once a day in
 * Japan and after a start, each item once in each state. What they were told stands in the store's file `told`, so that
 * a new start tells nothing twice; when one fails, all are told again the next day.
 *
 * They run in the background, one after the other, in a role of its own.
 */
#ifndef KEEPER_HOOKS_H
#define KEEPER_HOOKS_H

#include <stdint.h>

#include "base/buf.h"
#include "keeper/child.h"
#include "ledger/ledger.h"

struct hooks {
	struct child child;
	int64_t day;               /* on which it was looked last; 0 = not yet */
	struct buf told;           /* what the file will hold when the running ones succeed */
};

void hooks_init(struct hooks *h);
void hooks_look(struct hooks *h, struct ledger *l, int64_t now);    /* never fails its caller: faults are logged */
void hooks_collect(struct hooks *h, const struct ledger *l);        /* at SIGCHLD */
void hooks_stop(struct hooks *h);                                   /* what runs is killed */

/* hooks_list.c: paths of the programs in the folder, in order of name, that may be run: regular, executable, owned by
 * this user or root, writable by nobody else, and the folder likewise. What may not is logged. To be freed: each, and
 * the list. */
char **hooks_list(const char *dir, size_t *out_count);

/* hooks_run.c: the role. */
int hooks_main(int argc, char **argv);

#endif
