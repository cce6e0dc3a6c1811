/* Inside of append: one batch from judgement to its last write. */
#ifndef LEDGER_APPEND_BATCH_H
#define LEDGER_APPEND_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "ledger/append.h"
#include "ledger/intent.h"
#include "ledger/volume.h"

struct append_entry {                /* an item that was accepted */
	struct append_item *item;
	struct buf note;             /* its bytes, empty without a note */
	struct buf raw;              /* the signed commit */
	struct oid commit;
	struct hash leaf_hash;
};

struct append_year {
	int year;
	struct repo *repo;
	struct repo_batch *objects;
	struct volume_ref *refs; size_t refs_count;
};

struct append_batch {
	struct ledger *ledger;
	int64_t now;
	struct append_entry *entries; size_t count;
	struct append_item **repeats; size_t repeats_count;   /* of items of this very batch */
	struct chain next;           /* after the accepted ones */
	struct merkle before;        /* the last of them */
	struct append_year years[LEDGER_YEARS_MAX]; size_t years_count;
	struct repo_batch *commits;  /* objects of ledger.git; NULL until there is one */
	struct intent intent;
	bool moved;                  /* the ledger's ref stands after the batch */
};

/* append_judge.c: may this item come after the ledger and what the batch has accepted? A repeat is answered here
 * (item->repeated; seq that of the first). */
int append_judge(struct append_batch *b, struct append_item *item, struct err *e);

/* append_role.c: does an open appointment of the caller's login give the role that the kind is submitted in, and is the
 * record signed where the rule book wants it? Sets the note's Role when the sender chose none. ERR_PERM. */
int append_role_judge(const struct append_batch *b, const struct append_item *item, const struct rulebook_kind *k,
                      struct err *e);

/* append_write.c: everything that is written, in order; ERR_FULL, ERR_IO, ... */
int append_write(struct append_batch *b, struct err *e);
void append_write_release(struct append_batch *b);

#endif
