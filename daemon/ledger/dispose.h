/*
 * Dispose: plan, propose, approve, run (daicho-ledger(5), "DISPOSAL"). State is read from the leaves, so a run that was
 * killed is run again and goes on where it stopped.
 */
#ifndef LEDGER_DISPOSE_H
#define LEDGER_DISPOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/index.h"
#include "ledger/ledger.h"
#include "model/history.h"
#include "model/note.h"

/* SHA-256 of "daicho-plan 1\nOrigin: ...\nMeasure: ...\n" and the Due and Except lines as a leaf prints them. */
struct hash dispose_plan_digest(const char *origin, const struct history_dues *d);

/* GET /v1/disposal/plan and GET /v1/disposal as API documents, as of now. */
int dispose_plan(struct ledger *l, int64_t now, struct jdoc **out, struct err *e);
int dispose_state(struct ledger *l, int64_t now, struct jdoc **out, struct err *e);

/* GET /v1/disposal/register 廃棄簿: every disposal, from the leaves; year 0 = all, else those certified in that year. */
int dispose_register(struct ledger *l, int64_t now, int year, struct jdoc **out, struct err *e);

enum dispose_act { DISPOSE_PROPOSE, DISPOSE_APPROVE, DISPOSE_ABORT };

struct dispose_about {            /* what such an act is about */
	const char *plan;         /* its digest; NULL = none is given, which is refused */
	int base_year;
	uint64_t proposal;        /* the entry; 0 = it is this act */
};

/* From the document of dispose_plan, for a proposal, or of dispose_state. plan is borrowed. */
void dispose_about_read(enum dispose_act act, const struct jdoc *doc, const char *plan, struct dispose_about *out);

/* The note of such an act but for salt and signature: body {"act","base_year","decision"?,"plan","proposal"?,"reason"?}
 * in canonical form; `decision` is the reason when it is an abort. The same function builds what the person signs
 * (note_statement) in the CLI and what is checked by the keeper. */
int dispose_note(enum dispose_act act, const struct dispose_about *about, const char *decision, const char *office,
                 const uint8_t request[NOTE_REQUEST_LEN], struct date event, struct note *out, struct err *e);

/* Is such a note about this proposal, of this measure? ERR_CONFLICT, ERR_SYNTAX or ERR_KIND say what differs. For the
 * verifier. */
int dispose_agrees(const struct leaf *proposal, enum rulebook_measure measure, const struct note *note,
                   struct err *e);

/* Makes the entry. `person` is who acts, established by the keeper (signature or login; who approves has signed:
 * ERR_PERM). The plan's digest must be that of the plan now (ERR_CONFLICT), the clock believed (ERR_CLOCK), the
 * approver another person than who proposed and who approved before (ERR_RULE). An abort asks for the proposal
 * alone. */
int dispose_act(struct ledger *l, enum dispose_act act, const struct hash *plan, struct note *note,
                const struct index_person *person, int64_t now, struct jdoc **out, struct err *e);

/* The note of a receipt (ledger/receipt.h) for the certificate, but for salt and submitter: its body is that of
 * receipt_body. To be released. */
int dispose_receipt_note(struct ledger *l, const struct jdoc *body, const uint8_t request[NOTE_REQUEST_LEN],
                         struct date event, struct note *out, struct err *e);

/* Would a dated receipt be judged by time_stamp_ca of daicho.ini? Fine where nothing is named; else the failure of
 * reading the file, or of what is in it, with a next step. */
int dispose_receipt_check_ca(const struct store *s, struct err *e);

/* {"digest","time","way","checked","size","due","lost"} of a certificate, null where it carries no receipt; to be
 * freed. checked: its date is by a witness or an authority of daicho.ini, else time is what it states. from:
 * history_disposal_from, 0 where that is not asked (due is null). Where its note is lost, digest and due are known, and
 * time, way and size null. */
int dispose_receipt_say(struct ledger *l, const struct leaf *certificate, int from, struct jdoc **out, struct err *e);

/* Archive -> `dispose` entry -> next year repositories -> swap -> proof of absence -> `disposed` entry. What is
 * destroyed has no archive; what is transferred stops after its archive (`dispose` null in *out) until a `transfer`
 * entry says that it was received.
 *
 * receipt: such a note, complete, which becomes the certificate's; NULL: none is given. The rule book may want one
 * (ERR_RULE), and it is of this ledger as it was once the proposal stood, dated not before the first day on which all
 * that goes was due (ERR_RULE), not of a day to come, and not before what its checkpoint covers (ERR_CLOCK). A
 * cosignature counts by a key in daicho.ini (ERR_KEY; ERR_CONFIG: it names no witness); a time stamp by an authority
 * that it names (ERR_KEY; ERR_CONFIG: it names none). ERR_CONFLICT: a certificate stands already,
 * with another one or with none. */
int dispose_run(struct ledger *l, struct note *receipt, int64_t now, struct jdoc **out, struct err *e);

/* Is this the last certificate, and no entry completes its disposal? */
bool dispose_is_under_way(struct ledger *l, uint64_t dispose);

/* Does a hold that was placed after the certificate keep this record, and is it still here? False where that can't be
 * told. */
bool dispose_keeps(struct ledger *l, const struct index_entry *entry, int64_t now);

/* What the leaves tell, borrowed of the ledger: good until its next reading. ERR_LEDGER where they break a rule. */
int dispose_history(struct ledger *l, int64_t now, struct history **out, struct err *e);

/* What the leaves told is kept for the next question of a disposal, a hold or a volume, about 120 bytes an entry. This
 * gives it back; the second one where nobody has asked for ten minutes. */
void dispose_forget(struct ledger *l);
void dispose_forget_unused(struct ledger *l, int64_t now);

#endif
