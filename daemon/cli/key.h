/* Key: entries about the ledger's keys that the offline recovery key signs, on the machine where it is. */
#ifndef CLI_KEY_H
#define CLI_KEY_H

#include "base/err.h"
#include "cli/context.h"
#include "foreign/jdoc.h"
#include "model/leaf.h"

/* A full fingerprint, in upper case. `what`: for the error. */
int key_read_fpr(const char *what, const char *text, char out[LEAF_FPR_LEN + 1], struct err *e);

/* Asks the daemon for the payload of the entry that makes this act, has the recovery key sign it, and hands it in;
 * once more where the ledger has gone on meanwhile. body: as for act_send. sign: the person's own key, or NULL;
 * recovery: the fingerprint; homedir: its key home, NULL = the user's own. Prints the answer. */
int key_send_recovered(struct context *c, struct jdoc *body, const char *sign, const char *recovery,
                       const char *homedir, struct err *e);

#endif
