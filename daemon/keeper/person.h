/* Person: who acts, by the appointments that the ledger holds. */
#ifndef KEEPER_PERSON_H
#define KEEPER_PERSON_H

#include <sys/types.h>

#include "base/err.h"
#include "ledger/index.h"
#include "ledger/ledger.h"
#include "model/note.h"

/* Login of the peer, "uid-<n>" where the system has no name for it or a name that may not stand in a note. */
void person_login(uid_t uid, char out[NOTE_LOGIN_MAX + 1]);

/* The holder of the appointment that states this login. ERR_PERM. */
int person_by_login(struct ledger *l, const char *login, struct index_person *out, struct err *e);

/* The holder of the appointment that states the primary key `fpr` and holds its public part, if the note's Signature is
 * theirs over the note's statement. The signature is checked in a verifier process. ERR_PERM, ERR_KEY. */
int person_by_signature(struct ledger *l, const char *fpr, const struct note *note, struct index_person *out,
                        struct err *e);

#endif
