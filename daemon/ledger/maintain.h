/*
 * Maintenance of the store's repositories by named git commands in the background (never gc, never notes prune): packs
 * of ledger.git and of the year repositories are merged geometrically when there are many.
 */
#ifndef LEDGER_MAINTAIN_H
#define LEDGER_MAINTAIN_H

#include <sys/types.h>

#include "ledger/ledger.h"

#define MAINTAIN_PACKS_MAX 128

struct maintain {
	pid_t pid;                /* running git, 0 = none */
	int year;                 /* repository that it works on: 0 = ledger.git */
};

/* if there is work and nothing runs; never fails an append */
void maintain_start(struct maintain *m, struct ledger *l);
void maintain_collect(struct maintain *m, struct ledger *l); /* reaps a finished run and refreshes the handle */
void maintain_wait(struct maintain *m, struct ledger *l);    /* before a disposal */
void maintain_stop(struct maintain *m, struct ledger *l);    /* at the end: what runs on for 5 s is killed */

#endif
