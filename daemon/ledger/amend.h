/*
 * Amend: another rule book comes into force by a `rules` entry, whose commit holds it. Records before it stay
 * judged, and kept, by the rules of their time (daicho-ledger(5), "Rules").
 */
#ifndef LEDGER_AMEND_H
#define LEDGER_AMEND_H

#include <stdint.h>

#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/index.h"
#include "ledger/ledger.h"
#include "ledger/rules.h"
#include "model/note.h"

#define AMEND_BYTES_MAX ((size_t)8 << 20)    /* all files of a rule book that is sent */

/* The note of the act but for salt, submitter and signature: body {"act","book","id"} with rules_book_digest and the
 * id. */
int amend_note(const struct rules *fresh, const char *office, const uint8_t request[NOTE_REQUEST_LEN],
                      struct date event, struct note *out, struct err *e);

/* The body of such a note: {"act":"rules","book":digest,"id":name}. To be freed. */
struct jdoc *amend_body(const struct rules *fresh);
/* Does such a note speak of this rule book? For the verifier. */
bool amend_is_of(const struct note *note, const struct rules *rules);

/* Makes the entry, by `person`, whom the keeper has established. fresh is taken over, also on failure; its keys are
 * those of the ledger. ERR_CONFLICT when it is in force already; ERR_RULE when the ledger could not go on under it:
 * another id than that in force without `replaces`, not in force today, a kind with entries, a unit, a role that
 * is held, or an open matter that it lacks or can't close. *out: act document with `id`, `book` and `remarks`. */
int amend_rules(struct ledger *l, struct rules *fresh, struct note *note, const struct index_person *person,
                 int64_t now, struct jdoc **out, struct err *e);

/* amend_check.c: the same judgement alone; and what changes without harm, as sentences. */
int amend_check(struct ledger *l, const struct rules *fresh, int64_t now, struct err *e);
int amend_remarks(struct ledger *l, const struct rulebook *before, const struct rulebook *after,
                         struct jdoc *out_list, struct err *e);

#endif
