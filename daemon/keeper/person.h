/* Person: who acts, by the appointments that the ledger holds. */
#ifndef KEEPER_PERSON_H
#define KEEPER_PERSON_H

#include "base/err.h"
#include "ledger/index.h"
#include "ledger/ledger.h"
#include "model/note.h"

/* The holder of the appointment that states this login. ERR_PERM. */
int person_by_login(struct ledger *l, const char *login, struct index_person *out, struct err *e);

/* The holder of the appointment that states the primary key `fpr` and holds its public part, if the note's Signature is
 * theirs over the note's statement and was made so shortly before now that it can be entered (intake_is_timely). The
 * signature is checked in a verifier process. ERR_PERM, ERR_KEY, ERR_RULE, ERR_CLOCK. */
int person_by_signature(struct ledger *l, const char *fpr, const struct note *note, int64_t now,
                        struct index_person *out, struct err *e);

/* Is that person the one whose login calls, by all appointments known? ERR_PERM. */
int person_is_caller(struct ledger *l, const char *login, const struct index_person *person, struct err *e);

#endif
