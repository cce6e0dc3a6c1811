/*
 * History: everything that leaves alone tell, fed with every leaf in order. Which matter is open, the base year of each
 * record, what is due, what was disposed of and whether rightly, on which days the ledger lived, which keys count.
 * Used by the keeper to plan and by the verifier to judge: one set of rules (rules of retention: daicho-ledger(5),
 * "RETENTION").
 *
 * Base year of a record = max of Y(entry) and, when its class counts from closing, the closing year of its matters (the
 * one it opens, those it closes and is within). A matter is closed when its own closing exists and all its children
 * (Under) are closed; its closing year is the latest of them. A correction group shares the latest base year and the
 * longest class. Disposable from (base + N + 1)-01-01, Japan.
 *
 * Voids takes away the voided entry's Opens, Closes, Within and Under, and never makes anything due earlier:
 * - A voided closing closes no more. Its Y still counts for the matter's closing year.
 * - A matter whose opening is voided while nothing else closes it counts as closed in Y of the voiding entry, for
 *   itself and for its parents; its own children are waited for as before.
 * - The voided entry's record has at least Y of the voiding entry as base year, and stays with its matters; with one
 *   that it closed only as long as that one's children are open.
 *
 * A year that a clock entry Counts for an entry takes the place of an earlier Y, never of a later one.
 *
 * A hold or an extension keeps what it is On, also what comes to a matter or a volume later, as long as its Until is
 * not before 1 January of the year asked; without Until for good. A release Ends a hold, whatever its Until. Of several
 * the one that keeps longest counts. An extension ends on a 31 December, not before the class of any of its records
 * says, all of which have a base year. A class given by `classify` counts for all records of its kind, only ever for
 * longer: the greater number of years, from closing if either says so.
 */
#ifndef MODEL_HISTORY_H
#define MODEL_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "model/keyring.h"
#include "model/leaf.h"
#include "model/rulebook.h"

struct history;

struct history_class {        /* what the rule book in force at acceptance says of the entry's kind */
	int years;                /* 0 = never expires */
	bool from_closing;
};

enum history_state {
	HISTORY_NO_RECORD,        /* administrative entry without a note */
	HISTORY_OPEN,             /* its matter is open: no base year yet */
	HISTORY_CLOSED,           /* kept: not yet disposable, or never expires */
	HISTORY_HELD,             /* due but under a hold or an extension */
	HISTORY_DUE,              /* disposable */
	HISTORY_PROPOSED,         /* in a proposal that stands */
	HISTORY_APPROVED,
	HISTORY_DISPOSED          /* a `dispose` entry names its group */
};

struct history_entry {        /* the answer about one entry, as of the last leaf fed */
	enum history_state state;
	int base_year;            /* 0 = none yet */
	int years;                /* longest class of its group; 0 = never expires */
	int disposable_year;      /* from 1 January of; 0 = never or not yet known */
	uint64_t first;           /* of its correction group; itself when alone */
	uint64_t disposed_by;     /* Seq of the dispose entry; 0 = none */
	uint64_t open_matter;     /* with HISTORY_OPEN: the first open matter (Seq of its opening); else 0 */
	bool held;                /* under a hold or an extension, due or not */
	struct leaf_volume volume;
	struct hash leaf;
};

struct history_due {          /* a group that expires together */
	struct leaf_due due;      /* base year, kind, unit, count, root over the due leaves */
	uint64_t *seqs;           /* ascending, due.count of them */
	int disposable_year;
};

struct history_dues {
	struct history_due *at;
	size_t count;
	enum rulebook_measure measure;  /* of all of them, where one was asked for */
	bool more;                      /* others of this base year and measure did not fit into one leaf */
	struct leaf_range *except; /* held entries of the same groups */
	size_t except_count;
};

struct history_life {         /* clock evidence for one year */
	int year;
	int days;                 /* days of the year */
	int lived;                /* days of it that have at least one entry */
};

#define HISTORY_CARRY_MAX 256  /* volumes that one carry entry names */

struct history_carry {        /* what one carry entry says: On and Carried, both ascending */
	struct leaf_volume *on;    size_t on_count;
	struct leaf_due *carried;  size_t carried_count;
};

struct history_carries {      /* those of one turn of the year, in their order */
	struct history_carry *at;
	size_t count;
};

struct history_volume {       /* 簿冊 */
	struct leaf_volume volume;
	uint64_t first, last;     /* its entries */
	uint64_t entries;
	uint64_t closed_by;       /* the carry entry that closed it; 0 = none did since its last entry */
};

struct history *history_new(void);
void history_free(struct history *h);

/* The rule book by which the entries fed from here on are judged (approvals, approval_days, receipts, archive_years):
 * that of the entry's own tree. Borrowed until the next call; NULL: the defaults of model/rulebook.h. */
void history_rules(struct history *h, const struct rulebook *book);

/* The last day on which the archive of a disposal of that Time is kept, by the rule book (archive_years); false: it
 * sets none. */
bool history_archive_end(const struct history *h, int64_t time, struct date *out);

/* Feeds the next leaf. ERR_RULE (text names the rule and its source) when the leaf breaks a rule of matters or of
 * disposal: closes a matter that is not open, or of an entry that opened none, refers to a disposed record where that
 * matters, a dispose entry whose Due is not the due set, premature, more than one base year, one person who proposes
 * and approves or approves twice, dispose without all approvals that the rule book wants, disposed without dispose.
 * The history has then taken the leaf all the same, so that a verifier can go on and report all faults. `class` is
 * ignored for administrative kinds (never expire). */
int history_add(struct history *h, const struct leaf *leaf, const struct hash *leaf_hash, struct history_class class,
                struct err *e);

/* The same judgement without taking it: for the keeper, before it makes an entry. */
int history_judge(struct history *h, const struct leaf *leaf, struct history_class class, struct err *e);

/* The first question after a feeding costs one pass over all entries; those that follow are answered at once. */
uint64_t history_size(const struct history *h);
void history_entry(struct history *h, uint64_t seq, struct history_entry *out);         /* seq < size */
bool history_opens(const struct history *h, uint64_t seq);       /* did that entry open a matter? seq < size */
/* The same as of 1 January `year`: what would be due and held then if no leaf came any more. */
void history_entry_at(struct history *h, uint64_t seq, int year, struct history_entry *out);
bool history_matter_is_open(struct history *h, uint64_t opening, const char *matter);    /* matter NULL = any */

/* Which records these targets reach now, each with its whole group of corrections, by entry, size of them; to be freed.
 * What names nothing reaches nothing. */
bool *history_reach(const struct history *h, const struct leaf_target *on, size_t count);

struct history_standing {     /* of a hold or an extension */
	bool stands;              /* in the year asked */
	uint64_t released_by;     /* 0 = not released */
};
/* False: entry `by` is neither, or is on nothing. */
bool history_holds_state(const struct history *h, uint64_t by, int year, struct history_standing *out);

/* A hold that was placed after the `dispose` entry, stands in the year, and reaches a record that entry disposes of:
 * the latest such hold, and the first such record. A disposal is not completed while there is one. */
bool history_holds_late(const struct history *h, uint64_t dispose, int year, uint64_t *out_hold, uint64_t *out_seq);
/* The certificate that such a hold stops, or whose first lawful year is not there (history_early_waits): nothing of
 * what it names goes, from the store or from a copy. 0 = none. */
uint64_t history_stopped(const struct history *h, int year);

/* Due groups as of 1 January `year` (Japan). Held entries are left out and listed as exceptions. Open matters never
 * appear. To be released.
 * base_year 0: what a proposal names: of the oldest base year that has any, those with the first measure (archive,
 * destroy, transfer, by the rule book of now), as many of them as one leaf holds (daicho-ledger(5), "DISPOSAL").
 * Else all of that base year, whatever their measure and number. */
void history_due(struct history *h, int year, int base_year, struct history_dues *out);
/* What a proposal of this base year and measure names. */
void history_due_of(struct history *h, int year, int base_year, enum rulebook_measure measure,
                    struct history_dues *out);
/* What is done with records of this kind (text): by the rule book of now; of one that it does not know, archive. */
enum rulebook_measure history_measure(const struct history *h, const char *kind);
void history_dues_release(struct history_dues *d);

/* The turn of the year: what the carry entries of `year` have to say, by the entries fed so far. On names the volumes
 * of earlier years that have entries and that no carry entry closed; Carried those of earlier years, closed long ago
 * or not, in which records are open, with their count and the tree head over their leaves. The volumes of both
 * together, ascending, are cut after every HISTORY_CARRY_MAX of them: each piece is one entry. None when there is
 * nothing to say, or this year has its carry entries. To be released. */
void history_carry(const struct history *h, int year, struct history_carries *out);
void history_carries_release(struct history_carries *c);

/* The volumes that have entries, in the order of their first ones; i < history_volumes. */
size_t history_volumes(const struct history *h);
void history_volume(const struct history *h, size_t i, struct history_volume *out);

/* For each entry the day number of the latest Until of an extension that reaches it, INT32_MIN where none does. To be
 * freed. */
int32_t *history_extensions(const struct history *h);

/* The standing proposal: entry numbers and whether it is approved or already run; all 0 when there is none. */
struct history_proposal {
	uint64_t propose, dispose;            /* 0 = not yet (entry 0 is genesis) */
	uint64_t approve;                     /* the last approval that was needed; 0 = more are needed */
	uint64_t transfer;                    /* of what is transferred: the receipt; 0 = none yet */
	int base_year;
	enum rulebook_measure measure;
	size_t approvals, wanted;             /* so far: history_approval; and how many are needed */
	bool receipt;                         /* its certificate has to carry a dated receipt */
};
void history_proposal(const struct history *h, struct history_proposal *out);
uint64_t history_approval(const struct history *h, size_t i);      /* Seq of the i-th approval of it, i < approvals */

/* The year on whose 1 January the last of these records became due, by its class, its extensions, and its holds that
 * ended by their date, as of the last entry fed; 0: of none of them it is known. What is due on that day has its first
 * lawful day of disposal then. */
int history_due_from(const struct history *h, const uint64_t *seqs, size_t count);
/* The same of what the `dispose` entry names, as it was when it was made. 0: there is no such entry. */
int history_disposal_from(const struct history *h, uint64_t dispose);

struct history_early {
	uint64_t entry;           /* `dispose` or `destroyed` */
	uint64_t by;              /* the first `clock` entry that says so; 0 = none does yet */
	int counts;               /* that it Counts */
	int from;                 /* first lawful year */
	bool completed;
};
/* Does a `clock` entry say that the disposal, or the end of its archive, came before its first lawful year? Of a
 * disposal: one that was completed, by the time told for the `dispose` or the `disposed` entry. */
bool history_early_disposal(const struct history *h, uint64_t dispose, struct history_early *out);
bool history_early_archive(const struct history *h, uint64_t dispose, struct history_early *out);
/* What a `clock` entry would say by which `counts` counts for entry seq. `completed` false: nothing that the `dispose`
 * entry names may go before its first lawful year. */
bool history_early_would(const struct history *h, uint64_t seq, int counts, struct history_early *out);
/* Did a `clock` entry say so of the `dispose` entry before it was completed? Then only its completion tells when. */
bool history_early_waited(const struct history *h, uint64_t dispose);
/* The first lawful year of the disposal that is under way, while `year` is before it; else 0. */
int history_early_waits(const struct history *h, int year);

/* Clock evidence that the ledger lived through `year`; and the longest step in days between two entries since entry
 * `since` and up to the last. */
void history_life(const struct history *h, int year, struct history_life *out);
int history_longest_step(const struct history *h, uint64_t since);
int64_t history_time(const struct history *h);                                            /* Time of the last leaf */

/* Refuses (ERR_CLOCK, text says which year or step) unless every calendar year from base_year to year - 1 has life on
 * at least life_percent of its days (days before the first entry of the ledger and days within a step that a `clock`
 * entry vouches for are not counted, the running year is not asked), and no step since the oldest due record is over
 * step_days unless a `clock` entry names the entry before or after it. Doubted days are no life: of an entry for which
 * a clock entry Counts another year than that of its Time, or whose Time is later than that of the clock entry. */
int history_clock_check(const struct history *h, int base_year, int year, int life_percent, int step_days,
                        struct err *e);

/* The copies (`ack` entries) known on the day of `time` that have not carried out the disposal whose certificate is
 * entry `dispose` (history_size: one made now): what the Remains lines of that `dispose` or `disposed` entry must be.
 * To be freed. */
void history_remains(const struct history *h, uint64_t dispose, int64_t time, struct leaf_remains **out,
                     size_t *out_count);

struct history_copy {         /* by its last acknowledgement */
	char name[LEAF_NAME_MAX + 1];
	uint64_t seq;             /* it has carried out the disposals up to here */
	uint64_t first;           /* the first one */
	uint64_t by;              /* the last one */
	bool has_until;
	struct date until;        /* its last day */
};
/* Those of which there are entries, in the order of their first ones, i < history_copies; and the one of that name,
 * NULL: none. Good until the next leaf is fed. */
size_t history_copies(const struct history *h);
const struct history_copy *history_copy(const struct history *h, size_t i);
const struct history_copy *history_copy_named(const struct history *h, const char *name);
/* Is its last day, if it has one, not over on the day of `time`? */
bool history_copy_stands(const struct history_copy *c, int64_t time);

/* The first step over step_days from entry `since` on that no clock entry vouches for; *out is the entry before it. */
bool history_clock_step(const struct history *h, uint64_t since, int step_days, uint64_t *out);

/* By the entries fed so far; borrowed until the next one. */
const struct keyring *history_keys(const struct history *h);

/* Whether the key counted for an entry at position seq with this use. */
bool history_key_counts(const struct history *h, const char *fpr, enum leaf_key_use use, uint64_t seq);

#endif
