/*
 * A rule book while it is read: shared by rulebook*.c alone. Which keys were seen stands beside the book, so that a
 * repeat is refused and a missing key is found.
 */
#ifndef MODEL_RULEBOOK_DRAFT_H
#define MODEL_RULEBOOK_DRAFT_H

#include <stddef.h>
#include <stdint.h>

#include "model/rulebook.h"

struct rulebook_key {          /* at most 32 of a section */
	const char *name;      /* NULL ends a table */
	/* Sets *at; returns NULL, or what a right value is. */
	const char *(*set)(const struct rulebook_key *k, void *at, const char *value);
	size_t at;             /* offset in the object of the section */
	bool required;
	int min, max;
	const char *rule;
	const char *const *words;   /* of a choice, ended by NULL: sets the index; "" is none */
	/* Instead of set: sets *at or says what is wrong. */
	int (*parse)(void *at, const char *value, struct err *e);
};

enum rulebook_part_type {
	RULEBOOK_DIRECTIVE, RULEBOOK_LIMITS, RULEBOOK_ERA, RULEBOOK_UNIT, RULEBOOK_ROLE, RULEBOOK_MATTER, RULEBOOK_KIND,
	RULEBOOK_RULE, RULEBOOK_DUE, RULEBOOK_ROUTE, RULEBOOK_ACT, RULEBOOK_PART_COUNT
};

struct rulebook_part {
	const char *word;      /* "kind" of [kind loan] */
	const struct rulebook_key *keys;
	size_t size;           /* of one object, whose name comes first; 0 = the book itself, section without name */
	size_t array, count;   /* offsets in the book */
	void (*init)(void *object);    /* where zeroes are not what stands for "not given"; may be NULL */
};

extern const struct rulebook_part RULEBOOK_PARTS[RULEBOOK_PART_COUNT];

struct rulebook_draft {
	struct rulebook book;  /* first, so that the one is the other */
	uint32_t *seen[RULEBOOK_PART_COUNT];   /* per object: bit n = key n of the table, even where its value is refused */
	bool is_refused;                       /* a triple was */
};

void *rulebook_object(struct rulebook_draft *d, const struct rulebook_part *p, size_t index);
size_t rulebook_count(struct rulebook_draft *d, const struct rulebook_part *p);

/* What stands in quotes and operands (rulebook_rules.c): parse of rulebook_key. */
int rulebook_parse_condition(void *at, const char *value, struct err *e);   /* struct cond * */
int rulebook_parse_operand(void *at, const char *value, struct err *e);     /* struct cond_operand * */
int rulebook_parse_search(void *at, const char *value, struct err *e);      /* struct rulebook_search */
int rulebook_parse_done(void *at, const char *value, struct err *e);        /* the same, "with" alone */
int rulebook_parse_steps(void *at, const char *value, struct err *e);       /* struct rulebook_route */
void rulebook_search_release(struct rulebook_search *s);

#endif
