/* API: what is due and what stands. */
#ifndef KEEPER_API_STANDING_H
#define KEEPER_API_STANDING_H

#include "keeper/api_disposal.h"

int api_due(struct api_call *c, struct jdoc **out, struct err *e);
int api_standing(struct api_call *c, struct jdoc **out, struct err *e);

#endif
