/*
 * Index: what the keeper needs to know quickly, in SQLite, derived from ledger.git and the volumes and rebuilt when it
 * is missing, damaged or behind. No bodies. Tables: entry, link, matter, request, person, docno, state.
 */
#ifndef LEDGER_INDEX_H
#define LEDGER_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/oid.h"
#include "model/chain.h"
#include "model/docno.h"
#include "model/leaf.h"
#include "model/note.h"
#include "model/rulebook.h"

struct index;

struct index_entry {
	uint64_t seq;
	struct oid commit;
	int64_t time;
	char kind[LEAF_NAME_MAX + 1];
	struct leaf_volume volume;  bool has_volume;
	struct hash record, leaf;   /* record only with a volume */
	uint64_t disposed_by;       /* Seq of the disposed certificate (`dispose`); 0 = not disposed */
	bool has_corrects; uint64_t corrects;
	uint64_t first;             /* of its correction group; itself when alone */
	uint64_t corrected_by;      /* the latest correction of this very record; 0 = none */
	uint64_t voided_by;         /* Seq of the entry that voids it or the first of its correction group; 0 = none */
};

struct index_brief {            /* of an entry, the least of it */
	uint64_t seq;
	struct oid commit;
	struct hash leaf;
	int year;                   /* of its volume; 0 = it has none */
	uint64_t disposed_by;
};

struct index_person {
	uint64_t seq;               /* the appointment; `first` = the person's first one, by what is known now */
	uint64_t first;
	int64_t since;              /* day number (date_day_number) from which it counts */
	char login[NOTE_LOGIN_MAX + 1], fpr[LEAF_FPR_LEN + 1], role[LEAF_NAME_MAX + 1], unit[LEAF_NAME_MAX + 1];
};

struct index_docno {            /* what names a document; year: calendar year of its stated day, else of the event */
	char prefix[DOCNO_PREFIX_MAX + 1];
	int year;
	uint32_t number, branch;
};

struct index_filter {           /* all optional */
	const char *kind, *unit;
	int year;                   /* of the volume; 0 = any */
	bool has_since, has_until; int64_t since, until;   /* Time, since <= t < until */
	bool only_records;
	bool reverse;               /* newest first */
	bool has_after; uint64_t after;                    /* exclusive, in the direction of reading */
	uint32_t limit;             /* 0 = no limit */
};

struct index *index_open(const char *path, struct err *e);      /* ERR_SYNTAX when damaged: delete and rebuild */
struct index *index_open_readonly(const char *path, struct err *e);     /* as it is; beside the keeper that writes it */
void index_close(struct index *ix);
/* The chain at the last entry and the frontier before that entry; false when empty. */
bool index_chain(struct index *ix, struct chain *out, struct merkle *out_before);

int index_begin(struct index *ix, struct err *e);
/* One entry, in order. person: whom its record appoints (seq and first are found here), else NULL. What it voids opens,
 * closes, names and appoints no more; what that had closed is open again. */
int index_add(struct index *ix, const struct leaf *leaf, const struct hash *leaf_hash, const struct oid *commit,
              const struct index_person *person, struct err *e);
int index_set_chain(struct index *ix, const struct chain *c, const struct merkle *before, struct err *e);
/* The entry's record is disposed of by entry `by`: what only its note knew is forgotten. */
int index_dispose(struct index *ix, uint64_t seq, uint64_t by, struct err *e);
int index_commit(struct index *ix, struct err *e);
void index_rollback(struct index *ix);
int index_clear(struct index *ix, struct err *e);
int index_checkpoint(struct index *ix, struct err *e);          /* nothing of old rows left in the file */

int index_entry(struct index *ix, uint64_t seq, struct index_entry *out, struct err *e);       /* ERR_NOTFOUND */
/* The latest record of the correction group that `first` begins; `first` when nothing corrects it. */
int index_latest(struct index *ix, uint64_t first, uint64_t *out_seq, struct err *e);
/* The matter that an entry opened; ERR_NOTFOUND if it opened none. open: not closed itself, or a child of it is
 * open. */
struct index_matter {
	char name[LEAF_NAME_MAX + 1];
	bool closed;                /* its own closing exists, or its opening is voided */
	bool open;
	bool voided;                /* its opening is */
};
int index_matter(struct index *ix, uint64_t opening, struct index_matter *out, struct err *e);
/* In order of their openings: all matters, and those whose own closing has not come. */
typedef int index_matter_fn(void *ctx, uint64_t opening, const char *name, struct err *e);
int index_all_matters(struct index *ix, index_matter_fn *fn, void *ctx, struct err *e);
int index_open_matters(struct index *ix, index_matter_fn *fn, void *ctx, struct err *e);
int index_closing(struct index *ix, uint64_t opening, uint64_t *out_seq, struct err *e);  /* its own; 0 = none yet */

/* What names an entry, in order; of voided records only Under. */
enum index_link { INDEX_UNDER = 1, INDEX_WITHIN, INDEX_CLOSES, INDEX_CONCERNS, INDEX_CORRECTS };
typedef int index_link_fn(void *ctx, uint64_t seq, enum index_link link, struct err *e);
int index_linked(struct index *ix, uint64_t target, index_link_fn *fn, void *ctx, struct err *e);

int index_request(struct index *ix, const uint8_t id[NOTE_REQUEST_LEN], bool *out_found, uint64_t *out_seq,
                  struct hash *out_digest, struct err *e);       /* digest of the request's content, see intake.h */
int index_set_request(struct index *ix, const uint8_t id[NOTE_REQUEST_LEN], const struct hash *digest, uint64_t seq,
                      struct err *e);
int index_person_by_login(struct index *ix, const char *login, const char *role /* NULL = any */,
                          struct index_person *out,
                          struct err *e);                        /* ERR_NOTFOUND; open appointments only */
/* Every open appointment of a login, oldest first. */
typedef int index_person_fn(void *ctx, const struct index_person *person, struct err *e);
int index_persons_of(struct index *ix, const char *login, index_person_fn *fn, void *ctx, struct err *e);
int index_person_by_key(struct index *ix, const char *fpr, struct index_person *out, struct err *e);
/* The first appointment, by what is known now, of whom that one appointed, in force or not; ERR_NOTFOUND. */
int index_person_first(struct index *ix, uint64_t appointment, uint64_t *out_first, struct err *e);
/* Has any appointment, in force or not, of the person whose first one is `first` this login? */
int index_person_is(struct index *ix, uint64_t first, const char *login, bool *out, struct err *e);
/* The record of entry seq has this number; which one has it already stays its holder. What a later record corrects
 * (index_add) or what is disposed of has none. */
int index_set_docno(struct index *ix, const struct index_docno *d, uint64_t seq, struct err *e);
int index_docno(struct index *ix, const struct index_docno *d, bool *out_found, uint64_t *out_seq, struct err *e);
typedef int index_fn(void *ctx, const struct index_entry *entry, struct err *e);
int index_list(struct index *ix, const struct index_filter *f, index_fn *fn, void *ctx, struct err *e);
/* Of every entry, in order, at a fraction of the cost. */
typedef int index_brief_fn(void *ctx, const struct index_brief *entry, struct err *e);
int index_briefs(struct index *ix, index_brief_fn *fn, void *ctx, struct err *e);
typedef int index_volume_fn(void *ctx, const struct leaf_volume *volume, struct err *e);
int index_volumes(struct index *ix, index_volume_fn *fn, void *ctx, struct err *e); /* with a record not disposed of */
int index_has_volume(struct index *ix, const struct leaf_volume *v, bool *out_has, struct err *e); /* with any record */
int index_last_seq_of(struct index *ix, const char *kind, uint64_t *out_seq, struct err *e);   /* ERR_NOTFOUND */

#endif
