/* POST /v1/acts/KIND: what persons do with records that stand (ledger/act_body.h). */
#ifndef KEEPER_API_ACTS_H
#define KEEPER_API_ACTS_H

#include "keeper/api_disposal.h"

/* {"body","request"?,"event"?,"key"?,"signature"?}. What two persons do has `first` {"key","signature"} in its body,
 * and both signatures are wanted. */
int api_acts(struct api_call *c, struct jdoc **out, struct err *e);

/* POST /v1/motions/KIND: the same of what two persons do, before `first` is in its body, signed by who moves it: would
 * it be taken? {"act","by"}; nothing is made. */
int api_motions(struct api_call *c, struct jdoc **out, struct err *e);

#endif
