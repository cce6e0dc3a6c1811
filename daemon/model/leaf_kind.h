/* Inside leaf: the lines in their order, and which of them each kind must and may have. */
#ifndef MODEL_LEAF_KIND_H
#define MODEL_LEAF_KIND_H

#include <stdint.h>

#include "base/err.h"
#include "model/leaf.h"

enum leaf_line {
	LEAF_LINE_ORIGIN, LEAF_LINE_FORMAT, LEAF_LINE_AFTER, LEAF_LINE_GENESIS, LEAF_LINE_SEQ, LEAF_LINE_TIME,
	LEAF_LINE_VOLUME, LEAF_LINE_RECORD, LEAF_LINE_OPENS, LEAF_LINE_CLOSES, LEAF_LINE_WITHIN, LEAF_LINE_UNDER,
	LEAF_LINE_CONCERNS, LEAF_LINE_CORRECTS, LEAF_LINE_VOIDS, LEAF_LINE_BY, LEAF_LINE_ON, LEAF_LINE_UNTIL,
	LEAF_LINE_BASIS, LEAF_LINE_ENDS, LEAF_LINE_DUE, LEAF_LINE_EXCEPT, LEAF_LINE_ARCHIVE, LEAF_LINE_WRAPPED,
	LEAF_LINE_LEVEL, LEAF_LINE_REMAINS, LEAF_LINE_CLASS, LEAF_LINE_KEY, LEAF_LINE_COPY, LEAF_LINE_TERM,
	LEAF_LINE_CARRIED, LEAF_LINE_COUNTS, LEAF_LINE_WITNESS, LEAF_LINE_RULES, LEAF_LINE_ROOT, LEAF_LINE_PREV,
	LEAF_LINE_COUNT
};

#define LEAF_KIND_LINE(line) (UINT64_C(1) << (line))

extern const char *const leaf_kind_line_names[LEAF_LINE_COUNT];

uint64_t leaf_kind_must(enum leaf_kind kind);   /* sets of lines, as bits */
uint64_t leaf_kind_may(enum leaf_kind kind);    /* those that it must have too */

/* What a leaf read line by line still has to fulfil as a whole. `seen` are its lines, `at` the number of the first of
 * each (0 = absent). ERR_SYNTAX. */
int leaf_kind_check(const struct leaf *l, uint64_t seen, const unsigned at[LEAF_LINE_COUNT], struct err *e);

#endif
