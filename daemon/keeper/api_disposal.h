/* API of the yearly run; and what a handler of the API is given. */
#ifndef KEEPER_API_DISPOSAL_H
#define KEEPER_API_DISPOSAL_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/ledger.h"
#include "model/note.h"

struct api_call {
	struct ledger *ledger;
	const struct jdoc *message;
	int64_t now;
	uid_t uid;
	char login[NOTE_LOGIN_MAX + 1];
	char arg[3][64];           /* segments of the path that '*' stood for */
	unsigned status;           /* out, when not 200 */
};

int api_disposal_state(struct api_call *c, struct jdoc **out, struct err *e);
int api_disposal_archives(struct api_call *c, struct jdoc **out, struct err *e);
int api_disposal_plan(struct api_call *c, struct jdoc **out, struct err *e);
int api_disposal_register(struct api_call *c, struct jdoc **out, struct err *e);
int api_disposal_propose(struct api_call *c, struct jdoc **out, struct err *e);
int api_disposal_approve(struct api_call *c, struct jdoc **out, struct err *e);
int api_disposal_abort(struct api_call *c, struct jdoc **out, struct err *e);
int api_disposal_run(struct api_call *c, struct jdoc **out, struct err *e);

#endif
