/* What all requests for an act of a person have in common: members `request`, `event`, `key`, `signature`. */
#ifndef KEEPER_API_ACT_H
#define KEEPER_API_ACT_H

#include "keeper/api_disposal.h"
#include "ledger/index.h"

/* The request's id, random where none is given; the day, today where none is given. ERR_SYNTAX; ERR_RULE when the
 * statement of one person is dated neither today nor yesterday, that of two in the last two weeks. */
int api_act_read(const struct api_call *c, unsigned persons, uint8_t out_request[NOTE_REQUEST_LEN],
                 struct date *out_event, struct err *e);

/* Completes the note with salt, submitter and signature, and finds who acts: whose signature it is, or the holder of
 * the caller's login. ERR_PERM, ERR_KEY. */
int api_act_person(struct api_call *c, struct note *note, struct index_person *out, struct err *e);

#endif
