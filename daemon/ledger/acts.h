/*
 * Acts: the entries of ledger/act_body.h, by one person or by two. The keeper has established who they are.
 */
#ifndef LEDGER_ACTS_H
#define LEDGER_ACTS_H

#include <stdint.h>

#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/index.h"
#include "ledger/ledger.h"
#include "model/note.h"

/* `first` moved it, NULL for what one person does. The leaf follows from the note's body; history_judge and what
 * ledger/acts_impl.h adds for the kind must not refuse. A repeated request gets the first answer. *out: act document
 * (act_say). ERR_KIND, ERR_RULE, ERR_PERM, ERR_CONFLICT. */
int acts_make(struct ledger *l, enum leaf_kind kind, struct note *note, const struct index_person *person,
              const struct index_person *first, int64_t now, struct jdoc **out, struct err *e);

/* What two persons do, as the first one signed it: would it be taken now, if another person seconded it? Nothing is
 * made, and nothing goes. The same errors. */
int acts_move(struct ledger *l, enum leaf_kind kind, struct note *note, const struct index_person *person, int64_t now,
              struct err *e);

#endif
