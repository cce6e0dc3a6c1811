/* API of the rule book: what is in force, and its successor. */
#ifndef KEEPER_API_RULES_H
#define KEEPER_API_RULES_H

#include "keeper/api_disposal.h"

int api_rules(struct api_call *c, struct jdoc **out, struct err *e);
int api_rules_update(struct api_call *c, struct jdoc **out, struct err *e);

#endif
