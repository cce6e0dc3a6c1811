/*
 * Ledger: an open store. The keeper opens it for writing, under the store's lock; it then recovers what a killed
 * predecessor left (stale locks, a batch in flight) and brings the index up to date.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "foreign/repo.h"
#include "ledger/index.h"
#include "ledger/rules.h"
#include "ledger/store.h"
#include "model/chain.h"
#include "model/history.h"
#include "model/keyring.h"
#include "model/leaf.h"
#include "model/note.h"

#define LEDGER_REF "refs/heads/ledger"
#define LEDGER_YEARS_MAX 4                /* open year repositories */

struct ledger_year {
	int year;
	struct repo *repo;
	uint64_t used;
};

/* Who signs: the signer role through the keeper, or init itself. All return errors as elsewhere. */
struct ledger_signer {
	void *ctx;
	/* The chain stands after head `raw` (len 0: nothing yet), frontier as before it. */
	int (*prime)(void *ctx, const struct merkle *before, const char *raw, size_t len, struct err *e);
	int (*sign)(void *ctx, const char *payload, size_t len, struct buf *out_armor, struct err *e);
	int (*sign_archive)(void *ctx, const char *line, size_t len, struct buf *out_armor, struct err *e);
	/* The text of a checkpoint (origin, size, root, a line each) of the chain as it stands. ERR_CONFLICT: of another;
	 * ERR_NOTFOUND: there is no key for checkpoints. */
	int (*sign_checkpoint)(void *ctx, const char *text, size_t len, uint8_t out_sig[64], struct err *e);
	/* A key of the key home for this use that the ledger does not know yet, made when there is none. */
	int (*make_key)(void *ctx, enum leaf_key_use use, char out_fpr[LEAF_FPR_LEN + 1], struct err *e);
	/* The armored public key of one of the key home. ERR_KEY: it has not the secret one. */
	int (*show_key)(void *ctx, enum leaf_key_use use, const char *fpr, struct buf *out_armor, struct err *e);
};

struct docket;
struct tsa_stamp;
struct dispose_kept;
struct maintain;
struct acts_keys_waiting;

struct ledger {
	struct store *store;                  /* borrowed */
	struct repo *repo;                    /* ledger.git */
	struct index *index;
	struct docket *docket;                /* of this ledger */
	struct rules *rules;                  /* in force */
	struct keyring keys;                  /* by all leaves up to the head */
	struct dispose_kept *disposals;       /* what the leaves told, kept for the next disposal; NULL = nothing */
	void (*disposals_forget)(struct ledger *l);
	struct acts_keys_waiting *waiting;    /* an entry that an offline key is to sign; NULL = none */
	void (*waiting_forget)(struct ledger *l);
	struct chain chain;                   /* stands at the head */
	struct merkle before;                 /* frontier before the last leaf, for priming the signer */
	struct ledger_year years[LEDGER_YEARS_MAX];
	struct ledger_signer signer;
	/* Who takes the reply of a time stamp authority apart, in a process that may die (receipt_stamp_fn); NULL: this one
	 * does. */
	int (*read_stamp)(const struct buf *reply, const struct buf *ca, struct tsa_stamp *out, struct err *e);
	struct leaf_range *lost; size_t lost_count;   /* records that a restored store lacks */
	bool primed;
	bool stopped;                         /* a sync failed: nothing is accepted any more */
	bool unsettled;                       /* a batch failed: ledger_recover before the next one */
	bool index_behind;                    /* ledger_index_update before the next request */
	int carried_into;                     /* year that has its carry entries, or needs none; 0 = not known */
	bool carry_failed;                    /* they come first in the year, and could not be made */
	struct maintain *maintain;            /* while git works in the background: how to wait for its end */
	void (*maintain_wait)(struct maintain *m, struct ledger *l);
};

/* Opens, recovers, rebuilds the index where needed, checks that notes and entries agree (a note without an entry, or an
 * entry without its note that no disposal explains and that is not known to be lost, is ERR_LEDGER). What the operator
 * says is lost (store->accepts) must be: ERR_CONFLICT. It is then noted in the file `lost`. The store must be locked.
 */
int ledger_open(struct store *s, const struct ledger_signer *signer, struct ledger **out, struct err *e);
void ledger_close(struct ledger *l);

/* Years that have a repository in volumes/, ascending; to be freed. */
int ledger_years_list(const struct store *s, int **out, size_t *out_count, struct err *e);

/* The repository of a year, opened and kept. create: made when absent. */
int ledger_year(struct ledger *l, int year, bool create, struct repo **out, struct err *e);
/* Before a swap: waits for git in the background. ERR_BUSY when a child of it does not end. */
int ledger_year_close(struct ledger *l, int year, struct err *e);

/* While nobody waits: makes ready what the next batch will need. */
void ledger_prepare(struct ledger *l);

/* After a batch that failed or was killed: what it had put into the volumes is taken away again unless its entries are
 * in the ledger. ERR_LEDGER when the store is neither before nor after that batch. */
int ledger_recover(struct ledger *l, struct err *e);

/* Brings index, chain and frontier up to the head: from where the index stands, or from entry 0. */
int ledger_index_update(struct ledger *l, struct err *e);

/* What all leaves up to the head tell; to be freed with history_free. */
int ledger_history(struct ledger *l, struct history **out, struct err *e);
/* The same of any repository of entries, of those from entry 0 to head that are below `end`; fn (may be NULL) sees each
 * leaf before the history takes it, oldest first. */
typedef void ledger_leaf_fn(void *ctx, const struct oid *commit, const struct leaf *leaf);
int ledger_history_read(struct repo *repo, const struct oid *head, uint64_t end, ledger_leaf_fn *fn, void *ctx,
                        struct history **out, struct err *e);
/* Marks in the index, within its transaction, what `dispose` entries name. */
int ledger_mark_disposed(struct ledger *l, struct err *e);

/* One entry's raw commit and leaf, by id. out_leaf to be released. */
int ledger_read_leaf(struct repo *repo, const struct oid *commit, struct buf *out_raw, struct leaf *out_leaf,
                     struct hash *out_hash, struct err *e);
/* The entries that the file `lost` of a store names, ascending, and how it is written; an absent file names none.
 * out to be freed. ERR_SYNTAX. */
int ledger_lost_read(const char *path, struct leaf_range **out, size_t *out_count, struct err *e);
int ledger_lost_write(const char *path, const struct leaf_range *lost, size_t count, struct err *e);
void ledger_lost_print(const struct leaf_range *lost, size_t count, struct buf *out);   /* "3, 7-12" */
bool ledger_lost_is_one(const struct leaf_range *lost, size_t count);                   /* "3": a single entry */
bool ledger_is_lost(const struct ledger *l, uint64_t seq);
/* "3,7-12" -> ascending ranges, to be freed. False: not of this form. */
bool ledger_lost_parse(const char *text, struct leaf_range **out, size_t *out_count);

/* Where e is about something damaged and names no step, it names the one that helps: a new store. */
void ledger_tell_damage(const struct ledger *l, struct err *e);

/* The note of an entry, digest compared with its leaf. ERR_GONE when disposed of or lost, ERR_LEDGER when missing. */
int ledger_read_note(struct ledger *l, const struct index_entry *entry, struct buf *out_text, struct note *out,
                     struct err *e);

/* Walks all entries oldest first by raw parents (ids collected first). */
typedef int ledger_fn(void *ctx, const struct oid *id, const char *raw, size_t len, struct err *e);
int ledger_walk(struct repo *repo, const struct oid *head, ledger_fn *fn, void *ctx, struct err *e);
/* From entry `first` on, each read once, where the index says: that they are the chain up to the head is for fn and who
 * calls to see. */
int ledger_walk_since(struct ledger *l, uint64_t first, ledger_fn *fn, void *ctx, struct err *e);

/* Is the entry signed, over these bytes and in its second, by a key that counts for it by `keys`, those of the leaves
 * before it (of entry 0: its own), and stands in its rule book? ERR_KEY, ERR_SYNTAX. */
int ledger_seal_check(const struct keyring *keys, const struct rules *rules, const struct leaf *leaf,
                      const struct buf *payload, const struct buf *armor, struct err *e);

#endif
