/* Inside of ledger: what its files share. */
#ifndef LEDGER_LEDGER_IMPL_H
#define LEDGER_LEDGER_IMPL_H

#include <stddef.h>

#include "ledger/ledger.h"

/* All notes of all years, to be found by commit. */
struct ledger_note {
	struct oid commit, blob;
	int year;
	uint64_t seq;            /* of its entry, once it is used */
	bool used;
};
struct ledger_notes {
	struct ledger_note *at;
	size_t count, cap;
};
int ledger_notes_collect(struct ledger *l, struct ledger_notes *out, struct err *e);
struct ledger_note *ledger_notes_find(const struct ledger_notes *n, const struct oid *commit);
void ledger_notes_release(struct ledger_notes *n);

/* The rule book of a commit's tree, kept while it is the same. */
int ledger_rules_at(struct repo *repo, const struct oid *tree, struct rules **kept, struct err *e);

/* Commits from head back by raw parents, newest first, up to and without `stop` (may be NULL); *out_stopped: it was
 * met. */
int ledger_ancestors(struct repo *repo, const struct oid *head, const struct oid *stop, struct oid **out,
                     size_t *out_count, bool *out_stopped, struct err *e);

/* Do volumes and index agree, as far as can be told cheaply? ERR_LEDGER */
int ledger_check(struct ledger *l, struct err *e);

/* ledger_start.c: is the commit of every entry there, and no record in its volume again whose disposal is completed?
 * ERR_LEDGER */
int ledger_start_check(struct ledger *l, struct err *e);
int ledger_start_refuse(uint64_t seq, uint64_t disposed_by, struct err *e);     /* such a record */

/* What the operator says is lost counts as such; once the index is up it is checked that it is (ERR_CONFLICT). */
void ledger_lost_merge(struct ledger *l);
int ledger_lost_check(struct ledger *l, struct err *e);
/* Where such a record is there and damaged, its volume comes to name it, and its attachments, no more: it is then lost
 * as any other. A volume of which nothing can be read goes when all of its records are lost. ERR_LEDGER */
int ledger_lost_drop(struct ledger *l, struct err *e);

int ledger_keys_read(struct ledger *l, struct keyring *out, struct err *e);    /* by the index and the leaves */

int ledger_refuse_missing(const struct ledger *l, uint64_t seq, struct err *e);   /* ERR_LEDGER: without its record */
/* What to do about a store that is damaged; the code of e. */
int ledger_next_restore(const struct ledger *l, struct err *e);
bool ledger_is_damage(int rc);     /* of what is read, and not of the reading */
/* Is every record of the volume lost that was not disposed of? */
int ledger_volume_is_lost(struct ledger *l, const struct leaf_volume *v, bool *out_lost, struct err *e);

#endif
