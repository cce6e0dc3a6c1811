/* GET /v1/holds, GET /v1/extension: what is kept longer, and until when (ledger/dispose_holds.h). */
#ifndef KEEPER_API_HOLDS_H
#define KEEPER_API_HOLDS_H

#include "keeper/api_disposal.h"

int api_holds(struct api_call *c, struct jdoc **out, struct err *e);        /* all=yes: those past, too */
int api_extension(struct api_call *c, struct jdoc **out, struct err *e);    /* on=TARGET,TARGET...&years=N */

#endif
