/*
 * Body of an act: which members it has, and which lines of the leaf follow from them. The keeper fills the leaf by this
 * table, and the verifier compares: body and leaf say the same, or the entry is BROKEN (daicho-ledger(5), "ACTS").
 *
 *   hold          on [targets], basis, reason, decided? (day)                                -> On, Basis, Until (of
 *                 disclosure and appeal: one year from `decided`)
 *   release       ends (entry), reason                           -> Ends
 *   extend        on, years (in all), until (day), reason, decision, basis?                  -> On, Until, Basis
 *   classify      kind, years, from (creation|closing), clause                               -> Class
 *   clock         entries ("9" or "9-12"), counts (year), shown (day of Time), reason        -> On, Counts
 *   void          entry, reason                                                              -> Voids
 *   correct-loss  on, noticed (day), what, cause, restorable?, personal_data (flag), persons?, reported_to?,
 *                 reported_on?, published? (flag)                                            -> On
 *   ack           copy, seq, head, until? (day)                                              -> Copy, Until
 *   transfer      approval (entry), archive, bytes, receipt                                  -> On, Archive
 *   key           keys [{action, use, fpr, since?}], reason                                  -> Key
 *   destroyed     dispose (entry), level, decision                                           -> On, Level
 *
 * Each has `act`, the kind. What two persons do has `first` besides: key and signature of the one who moved it, over
 * the statement of the same note with the body without `first`.
 */
#ifndef LEDGER_ACT_BODY_H
#define LEDGER_ACT_BODY_H

#include <stdbool.h>

#include "base/err.h"
#include "foreign/jdoc.h"
#include "model/leaf.h"
#include "model/note.h"

#define ACT_BODY_TEXT_MAX 1000   /* bytes of a member that is text */

unsigned act_body_persons(enum leaf_kind kind);    /* 1 or 2; 0: there is no such act */

#define ACT_BODY_SIGNED_DAYS_MAX 1   /* days from what one person states to the entry of it */
#define ACT_BODY_MOVED_DAYS_MAX 14   /* until another person has seconded it */

/* Is such an act, stated on that day, good for an entry of this Time? */
bool act_body_is_timely(enum leaf_kind kind, struct date event, int64_t time);

/* False: an act of persons that has no Volume and Record, so that nobody is known to have stated it. */
bool act_body_is_stated(const struct leaf *leaf);

/* Members and their types. ERR_SYNTAX, ERR_TOOBIG; `first` is not looked at. */
int act_body_check(enum leaf_kind kind, const struct jdoc *body, struct err *e);

/* Checks it, and sets the lines that follow from it in leaf, in which they are absent and Time stands. */
int act_body_fill(enum leaf_kind kind, const struct jdoc *body, struct leaf *leaf, struct err *e);

/* A copy without `first`, to be freed. */
struct jdoc *act_body_moved(const struct jdoc *body);

/* Do body and leaf say the same? ERR_RULE says what does not. For kinds in the table. */
int act_body_agrees(const struct leaf *leaf, const struct note *note, struct err *e);

#endif
