/*
 * Enforce: the rules and routes of the rule book (model/rulebook.h, model/cond.h), asked of one record before it is
 * accepted. Nothing is written here.
 *
 * A correction is asked like any record; what it corrects, and the matter that it belongs to, do not stand against it.
 */
#ifndef LEDGER_ENFORCE_H
#define LEDGER_ENFORCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/docket.h"
#include "model/leaf.h"
#include "model/note.h"
#include "model/rulebook.h"

/* The record in question. */
struct enforce_subject {
	struct docket *docket;
	const struct rulebook *book;
	const struct leaf *leaf;        /* links; Seq is not needed */
	const struct note *note;
	const struct jdoc *body;
	int64_t now;
};

struct enforce_fault {
	enum rulebook_level level;
	const char *clause;             /* borrowed from the rule book */
	const struct rulebook_title *title, *next;   /* the sentence, what to do next (may hold NULLs) */
	uint64_t entry;                 /* that stands against it; 0 = none */
};

#define ENFORCE_FAULTS_MAX 32

struct enforce_faults {                 /* in the order of the rule book: refusals may stand among warnings */
	struct enforce_fault at[ENFORCE_FAULTS_MAX];
	size_t count;
};

/* All rules that the record breaks. Errors are those of reading. */
int enforce_record(const struct enforce_subject *s, struct enforce_faults *out, struct err *e);

/* What the faults mean for a record whose submitter gave a reason or not: ERR_OK; ERR_RULE, or ERR_REASON when a reason
 * would do. e names the first that hinders; *out_list (array of {"at": clause, "rule": level, "reason", "next",
 * "entry"}) all of them; both in the thread's language. */
int enforce_answer(const struct enforce_faults *f, bool has_reason, struct jdoc **out_list, struct err *e);

/* Writes the clauses of the soft rules that a reason overrules into the note. ERR_TOOBIG when they are too many. */
int enforce_passed(const struct enforce_faults *f, struct note *note, struct err *e);

/* Is the rule book in force on that day? ERR_RULE with its clause when it has expired. */
int enforce_in_force(const struct rulebook *book, int64_t now, struct err *e);

/* The port through which conditions see a record of the docket, or the subject of enforce_record. */
struct enforce_view {
	struct docket *docket;
	uint64_t number;                /* 0 = not yet numbered */
	const char *kind, *unit, *role, *submitter;
	uint64_t corrects;              /* 0 = nothing */
	struct date event, today;
	const struct jdoc *body;
};
struct cond_port enforce_port(struct enforce_view *v);
void enforce_view_of(struct enforce_view *v, struct docket *d, const struct docket_record *r, int64_t now);

/* Do all terms hold: fields of the record `of` against operands seen through `by`? */
int enforce_terms_hold(const struct rulebook_search *search, struct enforce_view *of, struct enforce_view *by,
                       bool *out, struct err *e);

/* The title in the thread's language, or the one that is there. */
const char *enforce_say(const struct rulebook_title *title);

#endif
