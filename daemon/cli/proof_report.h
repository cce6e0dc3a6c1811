/* The proof of one entry, judged by a policy and nothing else, and what is said of it. */
#ifndef CLI_PROOF_REPORT_H
#define CLI_PROOF_REPORT_H

#include "base/err.h"
#include "cli/context.h"
#include "ledger/policy.h"

/* In a process that may die. *out_status: the verdict. */
int proof_report(struct context *c, const char *path, const struct policy *policy, int *out_status, struct err *e);

#endif
