/*
 * Founding: a new store with its first appointment, entry 1: the only record that nobody with a role submits. Its
 * fields come from a file, or are made from the rule book's first_role and office and from the user who runs this.
 */
#ifndef LEDGER_FOUNDING_H
#define LEDGER_FOUNDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "ledger/store.h"
#include "model/leaf.h"
#include "model/note.h"

struct founding {
	const char *appoint;        /* in: JSON file with the fields; NULL: made */
	const char *unit;           /* in: beside appoint; NULL: the rule book's office */
	bool made;                  /* out: false when the rule book needs no first appointment */
	uint64_t seq;
	char kind[LEAF_NAME_MAX + 1], login[NOTE_LOGIN_MAX + 1], role[LEAF_NAME_MAX + 1],
	     appointed_unit[LEAF_NAME_MAX + 1];
};

/* As store_init, which it calls. ERR_CONFIG when nobody could ever appoint anybody; ERR_SCHEMA, ... when the record
 * does not fit. Then nothing is made. */
int founding_make(const char *dir, const struct store_options *o, struct founding *f, struct store_pins *out,
                  struct err *e);

#endif
