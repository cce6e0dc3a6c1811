/*
 * A rule book while it is read: shared by rulebook*.c alone. Which keys were seen stands beside the book, so that a
 * repeat is refused and a missing key is found.
 */
#ifndef MODEL_RULEBOOK_DRAFT_H
#define MODEL_RULEBOOK_DRAFT_H

#include <stddef.h>
#include <stdint.h>

#include "model/rulebook.h"

struct rulebook_key {
	const char *name;      /* NULL ends a table */
	/* Sets *at; returns NULL, or what a right value is. */
	const char *(*set)(const struct rulebook_key *k, void *at, const char *value);
	size_t at;             /* offset in the object of the section */
	bool required;
	int min, max;
	const char *rule;
};

enum rulebook_part_type {
	RULEBOOK_DIRECTIVE, RULEBOOK_LIMITS, RULEBOOK_UNIT, RULEBOOK_ROLE, RULEBOOK_MATTER, RULEBOOK_KIND,
	RULEBOOK_PART_COUNT
};

struct rulebook_part {
	const char *word;      /* "kind" of [kind loan] */
	const struct rulebook_key *keys;
	size_t size;           /* of one object, whose name comes first; 0 = the book itself, section without name */
	size_t array, count;   /* offsets in the book */
};

extern const struct rulebook_part RULEBOOK_PARTS[RULEBOOK_PART_COUNT];

struct rulebook_draft {
	struct rulebook book;  /* first, so that the one is the other */
	uint32_t *seen[RULEBOOK_PART_COUNT];   /* per object: bit n = key n of the table */
};

#endif
