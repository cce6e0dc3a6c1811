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
 * "corrects"?,"voids"?,"reason"?}; without a signature `event` and the fields that the schema marks with x-date may
 * hold days in the forms of base/era, and become YYYY-MM-DD; other members are refused ("key", whose signature it
 * is, is the keeper's to judge). uid and login are those of the peer. now: seconds. Checks kind, unit, clean UTF-8,
 * schema, sizes, event date (not before the year 2000, not more than event_ahead_days ahead), that a correction has a
 * reason. Takes a random request id where none is given, a random salt always. *out_faults: array for ERR_SCHEMA, else
 * NULL. What needs the ledger's state (open matters, persons, request ids, what is corrected) is judged in append. */
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

/* Whom a record of this kind appoints, from the day of its event on: login, fpr, role, unit and since of *out (seq and
 * first are the index's); false when the kind appoints nobody or the body names no login. */
bool intake_person(const struct rulebook_kind *k, const struct note *note, struct index_person *out);

/* The armored public key that such a record holds; NULL when it holds none. To be freed. */
#define INTAKE_KEY_FIELD "openpgp_public_key"
char *intake_person_key(const struct note *note);

/* Is the note's Role one in which its kind is submitted? "" is, of a kind that everybody submits. */
bool intake_role_fits(const struct rulebook_kind *k, const char *role);

/* Does a record of this kind, submitted in this role, need the signature of its author's own key? */
bool intake_wants_signature(const struct rulebook_kind *k, const char *role);

/* May what a person signed then be entered at that time? A motion waits up to 14 days for who seconds it, and the clock
 * of a person may be a day ahead. is_judged: a day later and earlier too, so that a verifier finds no fault in what was
 * taken. */
#define INTAKE_SIGNED_DAYS_MAX 15
#define INTAKE_AHEAD_DAYS_MAX 1
bool intake_is_timely(int64_t signed_at, int64_t time, bool is_judged);

/* The document number that the record has by its kind's `number`; false when the kind names no field or what stands in
 * it is no document number. */
bool intake_docno(const struct rulebook *book, const struct note *note, struct index_docno *out);

/* Does the leaf fit the note: links, kind, unit, Y >= year of the event, a reason where it corrects. first: with
 * Corrects the leaf of the first record of its group, else NULL. ERR_LEDGER. For verification. */
int intake_agrees(const struct rules *rules, const struct leaf *leaf, const struct note *note,
                  const struct leaf *first, struct err *e);
void intake_release(struct intake *i);

#endif
