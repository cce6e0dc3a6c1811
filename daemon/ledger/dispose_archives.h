/* Archives of this store's disposals, by what the leaves say: where their files belong, and whether they are there. */
#ifndef LEDGER_DISPOSE_ARCHIVES_H
#define LEDGER_DISPOSE_ARCHIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/err.h"
#include "base/hash.h"
#include "foreign/jdoc.h"
#include "ledger/ledger.h"

struct dispose_archive {
	uint64_t dispose, disposed, destroyed;    /* entries; 0 = not yet */
	int base_year;
	uint64_t count;                           /* records */
	struct hash plan;
	struct leaf_digest plain, wrapped;        /* wrapped.method "" = it is not encrypted */
	bool has_until; struct date until;
	char *path;                               /* of NAME.tar; "<path>.gpg" is the encrypted one */
};

struct dispose_archives {
	struct dispose_archive *at;
	size_t count;
};

int dispose_archives_read(struct ledger *l, struct dispose_archives *out, struct err *e);
void dispose_archives_release(struct dispose_archives *a);

/* GET /v1/archives: each with the state of its files, by their sizes alone, and what else stands in the folder: what
 * the proposal that stands has made, and what belongs to nothing. */
int dispose_archives_list(struct ledger *l, int64_t now, struct jdoc **out, struct err *e);

/* Removes plain archives that a run left beside encrypted ones when it was stopped at its very end; while no proposal
 * stands, also what runs without a certificate have left: lists of traces, and of every proposal that no certificate
 * came of the archive that this store has signed, and what was not written to its end. */
int dispose_archives_tidy(struct ledger *l, int64_t now, struct err *e);

/* Removes every file of the archive, and proves that none is left. ERR_CONFLICT when another file has its name. */
int dispose_archives_destroy(struct ledger *l, const struct dispose_archive *a, struct err *e);

#endif
