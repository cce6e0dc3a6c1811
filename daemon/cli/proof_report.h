/* Proof report: what is wrong with a proof (ledger/proof_check.h), by the keys and witnesses of a policy; printed. */
#ifndef CLI_PROOF_REPORT_H
#define CLI_PROOF_REPORT_H

#include "base/err.h"
#include "cli/context.h"
#include "ledger/policy.h"

/* Of one entry; its record is shown where it is in it and nothing is wrong. *out_status: enum verdict. */
int proof_report(struct context *c, const char *path, const struct policy *policy, unsigned deadline_s,
                 int *out_status, struct err *e);

/* Of the step from one checkpoint, which the policy has, to another. */
int proof_report_step(struct context *c, const char *path, const struct policy *policy, unsigned deadline_s,
                      int *out_status, struct err *e);

#endif
