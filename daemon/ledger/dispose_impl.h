/* Inside of dispose: the ledger as its leaves tell it, and the steps of a run. */
#ifndef LEDGER_DISPOSE_IMPL_H
#define LEDGER_DISPOSE_IMPL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/oid.h"
#include "ledger/archive.h"
#include "ledger/dispose.h"
#include "ledger/ledger.h"
#include "model/history.h"

struct dispose_done {
	uint64_t dispose, disposed;       /* disposed 0 = not yet */
	int base_year;
	uint64_t count;
	int64_t time;                     /* of the certificate */
};

struct dispose_view {                     /* borrowed of the ledger: good until its next reading */
	struct history *history;
	struct history_proposal stands;   /* all 0 = none */
	struct dispose_done *done;        size_t done_count;
	int year;                         /* as of 1 January of it: that of now or of the last entry, whichever is later */
	int64_t time;                     /* that an entry made now gets */
};

/* dispose.c: what was read before is kept (dispose_forget), so that it costs what has come since. */
int dispose_view_read(struct ledger *l, int64_t now, struct dispose_view *out, struct err *e);
/* ERR_RULE: nothing is proposed; says which entry completed the last one. */
int dispose_refuse_unproposed(const struct dispose_view *v, struct err *e);
/* ERR_CLOCK unless the years from base_year on were lived through, by the limits of the rule book. */
int dispose_view_clock(const struct ledger *l, const struct dispose_view *v, int base_year, int64_t now, struct err *e);
/* Is every record still here that the certificate which stands names? */
bool dispose_all_are_there(struct ledger *l, const struct dispose_view *v);
int dispose_read_leaf(struct ledger *l, uint64_t seq, struct leaf *out, struct err *e);
/* ERR_RULE when two of them are one person: by the appointments known now, which may be more than when either acted.
 * What to do then is for the caller to say. */
int dispose_compare_persons(struct ledger *l, const struct leaf_seqs *by, struct err *e);
/* Adds who proposed and who approved so far; out->at is to be freed, also after an error. */
int dispose_read_persons(struct ledger *l, const struct dispose_view *v, struct leaf_seqs *out, struct err *e);
/* ERR_CONFLICT: by the rule book in force another measure is taken than this proposal, which stands, was about. */
int dispose_compare_measure(const struct dispose_view *v, const struct leaf *propose, struct err *e);
const char *dispose_level_word(enum leaf_level level);         /* as in the leaf; "" for none */

/* dispose_body.c: what a person states of a disposal, and the plan that it is about. It needs no store. */
struct dispose_body {
	const char *name;                 /* also the kind of the entry */
	enum leaf_kind kind;
	const char *words;                /* member of the body that it must have; NULL = none */
};
const struct dispose_body *dispose_body_of(enum dispose_act act);
/* What a person signed must be what is done. ERR_CONFLICT, ERR_SYNTAX. */
int dispose_body_check(const struct dispose_body *a, const struct hash *plan, int base_year, uint64_t proposal,
                       const struct note *note, struct err *e);
/* Plan digest of its Due and Except lines; the measure is that of the proposal, which no leaf tells. */
struct hash dispose_leaf_digest(const struct leaf *leaf, enum rulebook_measure measure);
void dispose_except_print(const struct leaf_range *r, struct buf *out);

/* dispose_status.c: for API documents; *out is to be freed. */
/* {"by","counts","due"}, or null where x is NULL: the `clock` entry by which a disposal or the end of an archive was
 * early, the year that it Counts, and the first lawful day. */
struct jdoc *dispose_say_early(const struct history_early *x);
int dispose_say_proposal(struct ledger *l, const struct dispose_view *v, struct jdoc **out, struct err *e);
/* One act of a run: {"act","seq","day","age_days","by","decision","lost"}; decision or receipt from its note, else
 * null; lost: its note is. */
int dispose_say_act(struct ledger *l, uint64_t seq, int64_t now, struct jdoc **out, struct err *e);

/* dispose_receipt.c: the receipt of a run that makes its certificate now, and of one whose certificate stands. */
bool dispose_receipt_is_wanted(const struct ledger *l, const struct dispose_view *v);
/* ERR_CONFIG: daicho.ini names neither a witness nor an authority, so any would be refused. */
int dispose_receipt_daters(const struct store *s, struct err *e);
int dispose_receipt_check(struct ledger *l, const struct dispose_view *v, const struct history_dues *dues,
                          const struct note *note, struct hash *out_digest, struct err *e);
int dispose_receipt_compare(const struct ledger *l, const struct note *note, const struct leaf *certificate,
                            struct err *e);

/* dispose_set.c: what a run takes away. */
struct dispose_set {
	uint64_t *seqs;                   /* ascending */
	struct oid *commits;              /* of the same entries, sorted */
	int16_t *years;                   /* of their volumes, ascending, each once */
	size_t count, years_count;
	struct archive_traces traces;
};
bool dispose_set_has_commit(const struct dispose_set *s, const struct oid *commit);
bool dispose_set_has_seq(const struct dispose_set *s, uint64_t seq);
bool dispose_set_has_blob(const struct dispose_set *s, const struct oid *blob);

void dispose_set_release(struct dispose_set *s);
void dispose_set_add_year(struct dispose_set *s, int year);
void dispose_set_sort(struct dispose_set *s);

/* dispose_swap.c: a year's repository without them. It is built and checked beside the one that is there, which changes
 * nothing, and then put into its place. */
struct dispose_record {                   /* a record that stays */
	struct oid commit;
	struct hash record;               /* what its entry signed */
};
struct dispose_place {
	const char *volumes;              /* folder of the year repositories */
	const char *hooks;                /* folder whose files become the hooks of the new one */
	const char *origin;
	struct dispose_record *records; size_t count;   /* all records of the year that stay; sorted here */
	int64_t time;                     /* of the new notes commits */
};
struct dispose_swap {
	struct dispose_place place;
	const struct dispose_set *set;
	bool changes;                     /* it is made: the year's repository held something of the set */
	char *path, *next, *hooks;
};
/* Of a folder laid out as a store's; the records of the place are taken over. */
void dispose_swap_init(struct dispose_swap *w, const struct dispose_place *p, int year, const struct dispose_set *s);
/* Of a store: nobody has the year open any more, and the records that stay are those of the index. */
int dispose_swap_begin(struct dispose_swap *w, struct ledger *l, int year, const struct dispose_set *s, int64_t time,
                       struct err *e);
int dispose_swap_make(struct dispose_swap *w, struct err *e);     /* asks for nothing of the ledger */
int dispose_swap_put(const struct dispose_swap *w, struct err *e);
void dispose_swap_release(struct dispose_swap *w);

/* dispose_absence.c: ERR_LEDGER when an object of them is in ledger.git or in volumes, by its id, or a salt of theirs,
 * as bytes or in hex, in any other file below the store. Objects of other repositories are files like any. */
int dispose_absence_prove(struct ledger *l, const struct dispose_set *s, struct err *e);
/* The same below any folder laid out as a store's. */
int dispose_absence_search(const char *dir, const char *ledger, const char *volumes, const struct dispose_set *s,
                           struct err *e);

#endif
