/*
 * Step: what a disposal waits for. Who asks (`daicho disposal status`) and who acts are told by the same judgement, so
 * no step is named that would be refused, and what is refused is refused for the reason that was told.
 */
#ifndef LEDGER_DISPOSE_STEP_H
#define LEDGER_DISPOSE_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "foreign/jdoc.h"
#include "ledger/dispose_impl.h"
#include "ledger/ledger.h"
#include "model/history.h"

enum dispose_step {
	DISPOSE_STEP_NONE,        /* none brings it on: it waits for something else */
	DISPOSE_STEP_PROPOSE, DISPOSE_STEP_APPROVE, DISPOSE_STEP_RUN,
	DISPOSE_STEP_RECEIPT,     /* what was handed over is received; until then a run answers as it did */
	DISPOSE_STEP_ABORT        /* what was proposed can't go any more */
};

struct dispose_next {
	enum dispose_step step;
	bool dated;               /* a run is to give a dated receipt from outside */
	struct err why;           /* what it waits for, and what to do; ERR_OK where it is a run or a receipt */
};

void dispose_step_find(struct ledger *l, const struct dispose_view *v, int64_t now, struct dispose_next *out);

/* {"step","dated","refused"}: step null where none brings it on; refused {"code","text","next"}, null where a run is
 * taken. To be freed. */
struct jdoc *dispose_step_say(const struct dispose_next *n);

/* What every proposal of now, another approval of the one that stands, and a run is refused for, whoever asks for it.
 * ERR_CLOCK, ERR_RULE, ERR_CONFLICT, and what stops the ledger (append_check). out: what is due, to be released, empty
 * on failure. */
int dispose_step_propose(struct ledger *l, const struct dispose_view *v, int64_t now, struct history_dues *out,
                         struct err *e);
int dispose_step_approve(struct ledger *l, const struct dispose_view *v, int64_t now, struct err *e);
int dispose_step_run(struct ledger *l, const struct dispose_view *v, int64_t now, struct err *e);

/* Of what is transferred: was it approved, and does nothing say yet that it was received? */
bool dispose_step_hands_over(const struct dispose_view *v);
/* Of what is transferred: the archive that is handed over, and whether it stands there as a run has signed it. */
struct dispose_package {
	char *path;               /* owned; NULL: nothing is handed over */
	bool is_there, has_signed;
	struct hash hash;         /* of what is there, */
	uint64_t bytes;
	struct hash signed_hash;  /* and of what the signed checksum beside it names */
};
/* Reads all of the archive. */
int dispose_step_package(struct ledger *l, const struct dispose_view *v, const struct hash *plan,
                         struct dispose_package *out, struct err *e);
bool dispose_step_package_stands(const struct dispose_package *p);
/* ERR_CONFLICT: what is there is not what was signed, and has to be moved away; fine where nothing can tell. */
int dispose_step_package_check(const struct dispose_package *p, struct err *e);
void dispose_step_package_release(struct dispose_package *p);

#endif
