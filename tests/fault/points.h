/*
 * Points: what is tried with a fault at each of its calls. A case is prepared once; each point starts from the room as
 * it was kept then (room_keep), and has to come to the end to which an undisturbed try leads.
 */
#ifndef FAULT_POINTS_H
#define FAULT_POINTS_H

#include "disk.h"

struct points_case {
	const char *name;
	const char *script;               /* of sed -E: changes the rule book of the tests */
	void (*prepare)(void);
	void (*put_back)(void);
	disk_act *act;                    /* ctx: the struct disk */
	void (*check)(void);              /* in a process of its own: what fails ends it */
	bool on_disk;                     /* not in memory */
};

/* Each ends with a case without a name. */
extern const struct points_case removal_cases[], entering_cases[], ending_cases[], copying_cases[];

/* Opens the ledger as act does before the disk fails. */
void points_open(const struct disk *d);

/* Puts the room in the state after the last kill of act at which the ledger's ref is what it was, and keeps it. */
void points_cut(disk_act *act);

#endif
