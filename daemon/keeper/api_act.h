/* What all requests for an act of a person have in common: members `request`, `event`, `key`, `signature`. */
#ifndef KEEPER_API_ACT_H
#define KEEPER_API_ACT_H

#include "foreign/jdoc.h"
#include "keeper/api_disposal.h"
#include "ledger/index.h"

/* What a request for an act has besides these; a list ends with a NULL name. */
struct api_act_member {
	const char *name;
	enum jdoc_type type;               /* JDOC_STRING, JDOC_OBJECT or JDOC_ARRAY */
};

/* Of a request's body: has it known members alone, each of its type? ERR_SYNTAX */
int api_act_check(const struct jdoc *sent, const struct api_act_member *members, struct err *e);

/* The note of an act that a body describes (ledger/act_body.h); the request has it as `body`, and `members` besides.
 * ERR_SYNTAX, and what api_act_read and act_note refuse. */
int api_act_note(struct api_call *c, enum leaf_kind kind, const struct api_act_member *members, struct note *out,
                 struct err *e);

/* The request's id, random where none is given; the day, today where none is given. ERR_SYNTAX; ERR_RULE when it is
 * too far from the Time that the entry gets (act_body_is_timely). */
int api_act_read(const struct api_call *c, enum leaf_kind kind, uint8_t out_request[NOTE_REQUEST_LEN],
                 struct date *out_event, struct err *e);

/* Completes the note with salt, submitter and signature, and finds who acts: whose signature it is, or the holder of
 * the caller's login. ERR_PERM, ERR_KEY. */
int api_act_person(struct api_call *c, struct note *note, struct index_person *out, struct err *e);

#endif
