/* Inside of acts_make: what is asked of an act beyond what the leaves tell. */
#ifndef LEDGER_ACTS_IMPL_H
#define LEDGER_ACTS_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/dispose_impl.h"
#include "ledger/index.h"
#include "ledger/ledger.h"
#include "model/leaf.h"
#include "model/note.h"

struct acts_subject {
	struct ledger *ledger;
	const struct dispose_view *view;      /* the ledger as its leaves tell it */
	const struct leaf *leaf;              /* all lines but those that append fills */
	const struct note *note;
	const struct jdoc *body;
	const struct index_person *person, *first;   /* first NULL: one person acts */
	bool moves;                           /* nobody has seconded it yet, and nothing is done */
	int64_t now;
};

/* Before the entry is made. ERR_RULE, ... */
typedef int acts_judge_fn(const struct acts_subject *s, struct err *e);
acts_judge_fn acts_clock_judge, acts_void_judge, acts_loss_judge;

/* acts_transfer.c */
acts_judge_fn acts_transfer;

/* acts_hold.c */
acts_judge_fn acts_hold_judge, acts_hold_extend, acts_hold_classify;

/* acts_copy.c */
acts_judge_fn acts_copy_judge;

/* acts_keys.c: the entry, with the keys that it adds. */
acts_judge_fn acts_keys_judge;
int acts_keys_append(const struct acts_subject *s, struct leaf *leaf, struct note *note, uint64_t *out_seq,
                     struct err *e);

/* acts.c: the leaf of the note's act, judged; the subject has all but view, leaf and body. To be released, on failure
 * too. */
int acts_compose(struct acts_subject *s, enum leaf_kind kind, struct note *note, struct leaf *out, struct err *e);

/* acts_destroyed.c: removes the files of the archive. */
acts_judge_fn acts_destroyed;

#endif
