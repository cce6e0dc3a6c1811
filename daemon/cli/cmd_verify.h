/* Inside of verify: what is judged in a file of its own. */
#ifndef CLI_CMD_VERIFY_H
#define CLI_CMD_VERIFY_H

#include "base/err.h"
#include "cli/context.h"
#include "ledger/policy.h"

/* The proof of one entry (ledger/proof_check.h), by the keys and witnesses of the policy; prints its report. */
int cmd_verify_proof(struct context *c, const char *file, const struct policy *policy, unsigned deadline_s,
                     int *out_status, struct err *e);

/* That one checkpoint goes on from another, which the policy has. */
int cmd_verify_step(struct context *c, const char *file, const struct policy *policy, unsigned deadline_s,
                    int *out_status, struct err *e);

#endif
