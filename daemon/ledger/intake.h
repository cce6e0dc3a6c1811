/*
 * Intake: a request becomes a note and the lines of a leaf, by the rule book alone. The verifier uses the same rules
 * backwards: does this leaf fit this note?
 */
#ifndef LEDGER_INTAKE_H
#define LEDGER_INTAKE_H

#include <sys/types.h>

#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/index.h"
#include "ledger/rules.h"
#include "model/leaf.h"
#include "model/note.h"

struct intake {                       /* one record, ready to be appended */
	struct note note;
	struct leaf leaf;                 /* kind, volume, links; append fills Seq, Time, Record, Rules, Root, Prev */
	struct buf attachments[NOTE_ATTACHMENTS_MAX]; /* stored form */
	/* SHA-256 over kind, unit, body, attachments, event, reason, signature, corrects, voids */
	struct hash digest;
};

/* request:
 * {"kind","unit","request"?,"role"?,"event"?,"body":{..},"attachments"?:[{"media","data"}],"key"?,"signature"?,
 * "corrects"?,"voids"?,"reason"?}; other members are refused ("key", whose signature it is, is the keeper's to judge).
 * uid and login are those of the peer. now: seconds. Checks kind, unit, clean UTF-8, schema, sizes, event date (not
 * before the year 2000, not more than event_ahead_days ahead), that a correction has a reason. Takes a random request
 * id where none is given, a random salt always. *out_faults: array for ERR_SCHEMA, else NULL. What needs the ledger's
 * state (open matters, persons, request ids, what is corrected) is judged in append. */
int intake_parse(const struct rules *rules, const struct jdoc *request, uid_t uid, const char *login, int64_t now,
                 struct intake *out, struct jdoc **out_faults, struct err *e);

/* What makes two requests the same, from the note and the leaf alone, so that it can be found again. Of an
 * administrative act (whose leaf must have its Origin): its statement and signature. */
struct hash intake_digest(const struct note *note, const struct leaf *leaf);

/* The leaf's Opens, Closes, Within, Under, Concerns from the body. Added to leaf. A leaf with Corrects shares the
 * matters of its group and gets Concerns alone. */
int intake_links(const struct rulebook_kind *k, const struct jdoc *body, struct leaf *leaf, struct err *e);

/* Does a correction with this body name the matters that `first` does, the leaf of the first record of its group?
 * NULL: it does; else the name of the line that differs. */
const char *intake_find_other_link(const struct rulebook_kind *k, const struct jdoc *body, const struct leaf *first);

/* The event's date that the body states by its kind's field; false when the kind has none or the field is absent. */
bool intake_event(const struct rulebook_kind *k, const struct jdoc *body, struct date *out);

/* Whom a record of this kind appoints: login, fpr, role and unit of *out (seq and first are the index's); false when
 * the kind appoints nobody or the body names no login. */
bool intake_person(const struct rulebook_kind *k, const struct note *note, struct index_person *out);

/* Does the leaf fit the note: links, kind, unit, Y >= year of the event, a reason where it corrects. first: with
 * Corrects the leaf of the first record of its group, else NULL. ERR_LEDGER. For verification. */
int intake_agrees(const struct rules *rules, const struct leaf *leaf, const struct note *note,
                  const struct leaf *first, struct err *e);
void intake_release(struct intake *i);

#endif
