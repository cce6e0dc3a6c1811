/* Outcome: what is asked of a store after a fault. What is not so ends the process, with the reason on its output. */
#ifndef FAULT_OUTCOME_H
#define FAULT_OUTCOME_H

#include "room.h"

/* What was found of a state, that is of exactly these bytes of ledger and volumes, at whichever point. */
enum outcome_what { OUTCOME_VALID, OUTCOME_INCOMPLETE, OUTCOME_ABSENT };

void outcome_init(void);
struct hash outcome_state(void);                           /* of the store, as it is now */
struct hash outcome_state_of(const char *folder);          /* of a copy */
bool outcome_is_known(const struct hash *state, enum outcome_what what);
void outcome_learn(const struct hash *state, enum outcome_what what);
void outcome_expect_disk_told(void);                       /* by told->code */
void outcome_expect_verdict(const struct hash *state, bool may_be_incomplete); /* VALID, or INCOMPLETE where it may */
void outcome_expect_verdict_of(const char *folder, const struct hash *state, bool may_be_incomplete);
void outcome_expect_same(const char *what, const char *is, const char *was);
bool outcome_has_note(uint64_t seq);                       /* readable, and what its entry signed; false: disposed of */
void outcome_open(int (*how)(struct err *e));
char *outcome_names(const char *folder);                   /* a line each, in order; to be freed */

#endif
