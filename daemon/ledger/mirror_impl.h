/* Inside of mirror. */
#ifndef LEDGER_MIRROR_IMPL_H
#define LEDGER_MIRROR_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/oid.h"
#include "foreign/repo.h"
#include "ledger/store.h"
#include "model/leaf.h"

int mirror_make_year(const char *folder, int year, struct err *e);   /* its hooks anew when it is there */

/* The entries of a store that have or had a record, in its order. */
struct mirror_entry {
	struct oid commit;
	struct hash record;
	struct leaf_volume volume;
	uint64_t seq;
	bool is_disposed;                 /* by a certificate that was completed */
};
struct mirror_entries {
	struct mirror_entry *at; size_t count, cap;
};
int mirror_entries_read(const struct store *s, struct mirror_entries *out, struct err *e);
void mirror_entries_release(struct mirror_entries *l);

/* Is its record there, as it was signed? year: the repository of its year; NULL has nothing. */
bool mirror_entry_is_in(struct repo *year, const struct mirror_entry *x);
struct repo *mirror_year_open(const char *path);     /* NULL when it is not there, or can't be opened */

/* Years that the store has a repository of (the first *out_here), then those that it lacks one of; to be freed. */
int mirror_years_list(const struct store *s, const struct mirror_entries *l, int **out, size_t *out_here,
                      size_t *out_count, struct err *e);

#endif
