/* Query: answers of the API that only read, as JSON documents (forms: daichod(8), "API"). All to be freed. */
#ifndef LEDGER_QUERY_H
#define LEDGER_QUERY_H

#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/index.h"
#include "ledger/ledger.h"

struct jdoc *query_status(struct ledger *l);
struct jdoc *query_kinds(struct ledger *l);
struct jdoc *query_eras(struct ledger *l);                /* as foreign/schema_dates.h has them */
int query_kind(struct ledger *l, const char *kind, struct jdoc **out, struct err *e);
int query_show(struct ledger *l, uint64_t seq, struct jdoc **out, struct err *e);
int query_attachment(struct ledger *l, uint64_t seq, unsigned n, struct jdoc **out, struct err *e);
/* text NULL = no text condition: then bodies are not read. At most `limit` of the filter (default 100, most 1000). */
int query_list(struct ledger *l, const struct index_filter *f, const char *text, struct jdoc **out, struct err *e);
int query_log(struct ledger *l, const struct index_filter *f, struct jdoc **out, struct err *e);

/* What is due now, and what stood on a day; unit NULL = all. */
int query_due(struct ledger *l, const char *unit, int64_t now, struct jdoc **out, struct err *e);
/* The same of those items alone that `wanted` says. */
struct due_item;
typedef bool query_due_fn(void *ctx, const struct due_item *item);
int query_due_some(struct ledger *l, query_due_fn *wanted, void *ctx, int64_t now, struct jdoc **out, struct err *e);
int query_standing(struct ledger *l, const char *unit, struct date day, struct jdoc **out, struct err *e);

/* The register of volumes 簿冊 as of a day: a day that is past by the entries up to it, one to come by those of now.
 * Filters may be NULL or 0. One volume with its records; ERR_NOTFOUND when it has no entries by then. */
struct query_volumes_filter {
	const char *kind, *unit;
	int year;
};
int query_volumes(struct ledger *l, const struct query_volumes_filter *f, struct date at, int64_t now,
                  struct jdoc **out, struct err *e);
int query_volume(struct ledger *l, const struct leaf_volume *v, struct date at, int64_t now, struct jdoc **out,
                 struct err *e);

/* Every key that the ledger has or had, and when it counts: fpr, use, state, from, until (the last entry), told_by,
 * compromised_since; of the ledger, those for checkpoints have their vkey. */
struct jdoc *query_key(const struct keyring_key *k);
struct jdoc *query_keys(const struct ledger *l);

/* The rule book in force at an entry: what directive.ini says, section by section, and its files. */
int query_rules(struct ledger *l, uint64_t seq, struct jdoc **out, struct err *e);

#endif
