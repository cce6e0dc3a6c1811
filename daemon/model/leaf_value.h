/*
 * Inside leaf: the types of value that a line can hold, each with its one spelling. A printer given a value that
 * Format 1 can't say writes something that its own parser refuses.
 */
#ifndef MODEL_LEAF_VALUE_H
#define MODEL_LEAF_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "model/leaf.h"

struct leaf_value {
	size_t size;              /* bytes of one value in struct leaf */
	/* `l` is what has been read so far: Seq is known to every line after it. */
	bool (*parse)(const struct leaf *l, const char *s, size_t len, void *out);
	void (*print)(const void *value, struct buf *out);
	int (*compare)(const void *a, const void *b); /* of two lines one after the other: must be < 0; NULL = any */
	const char *expected;
};

extern const struct leaf_value leaf_value_origin, leaf_value_format, leaf_value_hash, leaf_value_seq, leaf_value_time,
	leaf_value_volume, leaf_value_name, leaf_value_entry, leaf_value_target, leaf_value_date, leaf_value_basis,
	leaf_value_due, leaf_value_range, leaf_value_archive, leaf_value_wrapped, leaf_value_level, leaf_value_remains,
	leaf_value_class, leaf_value_key, leaf_value_copy, leaf_value_term, leaf_value_year;

#endif
