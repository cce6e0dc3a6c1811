/*
 * What a history holds: shared by history*.c alone.
 *
 * Feeding stores facts, about 80 bytes an entry, and never looks back over the ledger. What follows from all facts
 * together (closing years, base years, what is held) stands in `answers`, made in one pass over all entries by the
 * first question after a feeding; `size` tells whether it is still right, since every feeding raises it.
 *
 * Entries and matters are named by uint32_t positions. Entry 0 is genesis, which nothing voids, closes or disposes of:
 * 0 stands for "none" there; positions of shelves and matters are stored plus one.
 */
#ifndef MODEL_HISTORY_DATA_H
#define MODEL_HISTORY_DATA_H

#include "model/history.h"
#include "model/keyring.h"
#include "model/rulebook.h"

enum history_link_type { HISTORY_CLOSES, HISTORY_WITHIN, HISTORY_UNDER };

struct history_link {
	uint32_t matter;
	uint32_t type;
};

enum history_flag {
	HISTORY_FROM_CLOSING = 1,    /* its class counts from closing */
	HISTORY_CLEARED = 2,         /* a clock entry vouches for the steps beside it */
	HISTORY_DOUBTED = 4          /* a clock entry says that its Time is wrong */
};

struct history_fact {                /* one entry */
	struct hash leaf;
	int64_t time;
	uint64_t links;              /* its first link; the next entry's begin where they end */
	uint32_t shelf;              /* plus one; 0 = no record */
	uint32_t matter;             /* plus one; 0 = opens none */
	uint32_t kin;                /* first entry of its correction group; itself when alone */
	uint32_t disposed_by, voided_by;
	int16_t year;                /* Y */
	int16_t counts;              /* the latest that a clock entry Counts for it; 0 = none does */
	int16_t years;               /* class at acceptance; 0 = never expires */
	uint8_t flags;
};

struct history_matter {
	uint32_t opening;
	uint32_t closings;           /* closings that were not voided */
	uint32_t closer;             /* the latest of them; 0 = none or not known */
	uint32_t name;
	int16_t year;                /* latest Y of all its closings, voided ones too: never earlier */
	bool ended;                  /* the opening was voided while nothing closed it */
};

struct history_names {               /* text -> position */
	char (*at)[2 * LEAF_NAME_MAX + 2];
	uint32_t count;
	uint32_t *slots;             /* position plus one; 0 = free */
	uint32_t slots_count;        /* power of two */
};

struct history_kind {
	int16_t longest;             /* longest class that an entry of this kind came with */
	int16_t years;               /* given by classify; 0 = none */
	bool from_closing;
};

struct history_shelf {               /* kind and unit */
	struct leaf_volume volume;   /* year 0 */
	uint32_t kind;
	uint32_t tome;               /* plus one: the volume that got its first entry last; 0 = none */
};

struct history_tome {                /* a volume: one year of a shelf */
	uint32_t shelf;
	uint32_t before;             /* plus one: the shelf's volume that came before; 0 = none */
	uint32_t first, last, entries;
	uint32_t closed_by;          /* carry entry; 0 = none since its last entry */
	int16_t year;
};

struct history_turn {                /* carry entries under way */
	struct history_carries plan;
	size_t next;                 /* of plan: what the next entry has to be */
	int year;
};

enum history_hold_type { HISTORY_HOLD_ENTRIES, HISTORY_HOLD_MATTER, HISTORY_HOLD_VOLUME };

struct history_hold {                /* one target of a hold or extend entry */
	uint32_t by;
	uint32_t first, last;        /* entries; or first = matter; or first = shelf, last = year */
	uint32_t ended_by;           /* the release; 0 = none */
	uint8_t type;
	bool releasable;
	int64_t until;               /* day number of the last day; INT64_MAX = open end */
};

struct history_approval {
	uint64_t seq;
	int64_t time;
};

struct history_run {                 /* the standing proposal and what it says */
	uint64_t propose, approve, dispose;    /* approve: once disposed of, the one that dispose is On */
	uint64_t transfer;           /* receipt of the package; 0 = none */
	struct leaf_digest package;
	int base_year;
	enum rulebook_measure measure;         /* by the rule book that judged the proposal */
	size_t wanted;               /* approvals, by that rule book */
	bool receipt;                /* a dated receipt is wanted, by that rule book */
	struct leaf_due *due;        size_t due_count;
	struct leaf_range *except;   size_t except_count;
	uint64_t *proposers;         size_t proposers_count;
	struct leaf_seqs approvers;
	struct history_approval *approvals; size_t approvals_count;
	uint32_t *seqs;              size_t seqs_count;    /* ascending: the records proposed */
};

struct history_disposal {
	uint32_t dispose, disposed;  /* disposed 0 = not yet */
	uint32_t early;              /* the first clock entry that says that it was completed too early; 0 = none does */
	int16_t from;                /* history_disposal_from */
	int16_t counts;              /* with early: the year of that entry */
	bool waited;                 /* a clock entry said that its certificate was early, before it was completed */
};

struct history_gone {                /* a record that a `dispose` entry names, as that one found it */
	uint32_t seq;
	int16_t base, years;
	int32_t extended;            /* day number of the latest Until of an extension; INT32_MIN = none */
};

struct history_archive {
	uint32_t dispose, destroyed; /* destroyed 0 = not yet */
	uint32_t early;              /* the first clock entry that says that it was destroyed too early; 0 = none does */
	int16_t counts;              /* with early */
	bool has_until;
	struct date until;           /* its last day */
};

struct history_answer {              /* about one entry */
	int16_t base;                /* of its correction group */
	int16_t years;               /* longest of its group; 0 = never expires */
	uint32_t open;               /* opening plus one of the first open matter; 0 = none is open */
	bool held;
};

struct history_outcome {             /* about one matter */
	int16_t year;
	bool open, child_open;
};

struct history_answers {
	uint64_t size;               /* as of so many entries; 0 = nothing answered */
	int year;                    /* holds as of 1 January of this year; 0 = not answered */
	struct history_answer *at;
	struct history_outcome *matters;
	uint64_t cap, matters_cap;
};

#define HISTORY_DAYS_MAX 366
#define HISTORY_DUE_BYTES_MAX 57344  /* of a leaf for Due and Except lines; the rest is for the others */

struct history {
	const struct rulebook *book;          /* NULL = defaults */
	struct history_fact *at;              uint64_t size, cap;
	struct history_link *links;           uint64_t links_count, links_cap;
	struct history_matter *matters;       uint64_t matters_count, matters_cap;
	struct history_names kind_names, shelf_names, matter_names;
	struct history_kind *kinds;           uint64_t kinds_cap;
	struct history_shelf *shelves;        uint64_t shelves_cap;
	struct history_hold *holds;           uint64_t holds_count, holds_cap;
	struct history_disposal *disposals;   uint64_t disposals_count, disposals_cap;
	struct history_gone *gone;            uint64_t gone_count, gone_cap;
	struct history_archive *archives;     uint64_t archives_count, archives_cap;
	struct keyring keys;
	struct history_tome *tomes;           uint64_t tomes_count, tomes_cap;
	struct history_turn turn;
	int carried_into;                     /* year whose carry entries came last; 0 = none */
	uint32_t carry;                       /* the first of them */
	struct history_copy *copies;          uint64_t copies_count, copies_cap;
	struct history_run run;
	uint32_t *lived[DATE_YEAR_MAX - DATE_YEAR_MIN + 1];   /* entries a day; NULL = none in that year */
	struct history_answers *answers;
};

/* history.c */
void history_reserve(void *parray, uint64_t *cap, uint64_t count, size_t size);   /* room for count items */
uint32_t history_shelf_of(struct history *h, const struct leaf_volume *v);         /* adds it when new */
bool history_shelf_find(const struct history *h, const struct leaf_volume *v, uint32_t *out);
uint32_t history_kind_of(struct history *h, const char *kind);
uint32_t history_name(struct history_names *n, const char *text);
bool history_name_find(const struct history_names *n, const char *text, uint32_t *out);
int history_fault(struct err *e, const char *section, uint64_t seq, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
uint64_t history_links_end(const struct history *h, uint64_t seq);
int history_disposable_year(const struct history_answer *a);                       /* 0 = never or not yet known */
void history_answer(const struct history *h, int year);                            /* makes answers right */

/* history_matters.c */
int history_matters_judge(const struct history *h, const struct leaf *leaf, struct err *e);
void history_matters_take(struct history *h, const struct leaf *leaf);
void history_matters_answer(const struct history *h, struct history_answers *a);
/* The year of an entry: Y, or the later one that a clock entry Counts for it. */
int16_t history_year_of(const struct history *h, uint64_t seq);
/* That year of entry seq has become later: so has what it closed. */
void history_matters_raise(struct history *h, uint64_t seq);

/* history_holds.c */
int history_holds_judge(const struct history *h, const struct leaf *leaf, struct err *e);
void history_holds_take(struct history *h, const struct leaf *leaf);
bool history_holds_stand(const struct history_hold *hold, int year);
/* For each entry the latest day on which a hold or an extension of it ended by its date, or will; INT32_MIN: none. To
 * be freed. */
int32_t *history_holds_ends(const struct history *h);
/* Sets first, last and type. False: there is nothing that it could be on. */
bool history_holds_place(const struct history *h, const struct leaf_target *t, struct history_hold *out);

/* history_reach.c: for each entry the latest day (INT32_MAX: open end) on which one of these holds that reach it ends,
 * INT32_MIN: none does; to be freed. history_reach of holds; and the answer about all that stand. */
int32_t *history_reach_days(const struct history *h, const struct history_hold *holds, uint64_t count);
bool *history_reach_of(const struct history *h, const struct history_hold *holds, uint64_t count);
void history_reach_answer(const struct history *h, struct history_answers *a, int year);

/* history_carry.c: taken before the entry itself is (carry), and after (volume). */
int history_carry_judge(const struct history *h, const struct leaf *leaf, struct err *e);
void history_carry_take(struct history *h, const struct leaf *leaf);
void history_volume_take(struct history *h);

/* history_due.c: what a Due line that is not the due set may have meant. Released with free(out->seqs). */
enum history_choice {
	HISTORY_SAME_BASE,           /* all of the group with this base year, due or not */
	HISTORY_SAME_VOLUME,         /* all of the volume of that year */
	HISTORY_CHOICE_COUNT
};
void history_due_choose(const struct history *h, const struct leaf_due *due, enum history_choice choice,
                        struct history_due *out);

/* history_named.c: what the Due and Except lines of a leaf name. Judged: they equal the due set of their base year, as
 * of the year in which the leaf was made. */
int history_named_judge(struct history *h, const struct leaf *leaf, struct err *e);
bool history_named_same(const struct leaf *leaf, const struct leaf_due *due, size_t due_count,
                        const struct leaf_range *except, size_t except_count);
/* All records that the Due lines mean, ascending; to be freed. */
uint32_t *history_named_seqs(struct history *h, const struct leaf *leaf, size_t *out_count);

/* history_disposal.c */
int history_disposal_judge(struct history *h, const struct leaf *leaf, struct err *e);
void history_disposal_take(struct history *h, const struct leaf *leaf);
bool history_disposal_proposed(const struct history *h, uint64_t seq);
uint64_t history_disposal_approved(const struct history *h);     /* by which entry it came to be; 0 = not yet */
void history_disposal_release(struct history *h);
struct history_disposal *history_disposal_find(const struct history *h, uint64_t dispose);   /* NULL: none */

/* history_clock.c */
int history_clock_judge(const struct history *h, const struct leaf *leaf, struct err *e);
void history_clock_take(struct history *h, const struct leaf *leaf);
bool history_clock_names(const struct leaf *clock, uint64_t seq);

/* history_gone.c: what a `dispose` entry names, before it is taken itself; the answers about it stay as they are. */
void history_gone_take(struct history *h, const uint32_t *seqs, size_t count);
void history_gone_answer(const struct history *h, struct history_answers *a);
void history_gone_extensions(const struct history *h, int32_t *days);

/* history_early.c: the first year in which it may be completed, or its archive destroyed; 0: none is known. */
int history_early_year(const struct history *h, const struct history_disposal *d);
void history_early_take(struct history *h, const struct leaf *clock);

/* history_archives.c */
int history_archives_judge(const struct history *h, const struct leaf *leaf, struct err *e);
void history_archives_take(struct history *h, const struct leaf *leaf);

/* history_copies.c */
int history_copies_judge(const struct history *h, const struct leaf *leaf, struct err *e);
void history_copies_take(struct history *h, const struct leaf *leaf);

/* history_keys.c */
int history_keys_judge(const struct history *h, const struct leaf *leaf, struct err *e);
void history_keys_take(struct history *h, const struct leaf *leaf);

#endif
