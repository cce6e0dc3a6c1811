/* Signing: the ledger's signer port, answered by the signer role under a deadline. What does not answer is killed. */
#ifndef KEEPER_SIGNING_H
#define KEEPER_SIGNING_H

#include "base/err.h"
#include "keeper/child.h"
#include "ledger/ledger.h"
#include "ledger/store.h"

struct signing {
	const struct store *store;
	const struct ledger *ledger;         /* whose keys sign */
	char *ref_file, *keys[3];            /* fingerprints for entries, archives, checkpoints, the newest first */
	struct child child;
	uint64_t last_id;
	bool waits;              /* the agent may have to ask somebody */
	bool hung;               /* the last one was killed: end its agent, too */
};

/* Starts the signer with the keys that count now and asks it whether they are there. The port works from then on; when
 * the keys of the ledger have changed, its prime starts another signer. ERR_KEY, ERR_UNAVAILABLE. */
int signing_start(struct signing *s, const struct store *store, const struct ledger *ledger, struct err *e);
void signing_stop(struct signing *s);
struct ledger_signer signing_port(struct signing *s);

#endif
