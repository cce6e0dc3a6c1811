/* Dating: a run whose certificate carries the checkpoint that a witness has cosigned. */
#ifndef FAULT_DATING_H
#define FAULT_DATING_H

#include "room.h"

void dating_name_witness(void);           /* in daicho.ini; its key is of this process */
void dating_cosign(void);                 /* all entries of now, for the runs to come */
int dating_run(struct jdoc **out, struct err *e);
void dating_expect(void);                 /* the certificate names it, and its record is there */

#endif
