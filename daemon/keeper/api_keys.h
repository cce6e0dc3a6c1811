/* API of the ledger's keys: which there are, new ones, and entries that the offline recovery key signs. */
#ifndef KEEPER_API_KEYS_H
#define KEEPER_API_KEYS_H

#include "keeper/api_disposal.h"

int api_keys(struct api_call *c, struct jdoc **out, struct err *e);
int api_keys_make(struct api_call *c, struct jdoc **out, struct err *e);
int api_keys_recovery(struct api_call *c, struct jdoc **out, struct err *e);
int api_keys_signed(struct api_call *c, struct jdoc **out, struct err *e);

#endif
