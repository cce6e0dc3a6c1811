/* Login: who a user of this machine is, as notes name them. */
#ifndef LEDGER_LOGIN_H
#define LEDGER_LOGIN_H

#include <sys/types.h>

#include "base/buf.h"
#include "model/note.h"

/* "uid-<n>" where the system has no name for it or a name that may not stand in a note. */
void login_of(uid_t uid, char out[NOTE_LOGIN_MAX + 1]);

/* The user's full name as the system has it (the first field of GECOS), else the login. */
void login_full_name(uid_t uid, struct buf *out);

#endif
