/* Removal: an approved disposal and its run, for the cases in which something else comes after or instead. */
#ifndef FAULT_REMOVAL_H
#define FAULT_REMOVAL_H

#include "disk.h"
#include "room.h"

void removal_name_custodian(void);        /* to whom archives are encrypted from here on */
void removal_approve(void);               /* fills the office; what is due is approved, and kept as the room */
int removal_run(struct err *e);           /* of the open office, to its end */
int removal_act(void *ctx, struct disk_state *disk);
void removal_learn_archive(void);         /* as the folder of archives is now, it is expected to be */
void removal_expect_archive(void);

#endif
