/*
 * Mirror: a copy of the ledger, and where told of its records, on another medium or machine; a folder laid out as a
 * store is:
 *
 *   pin            what it takes a ledger for (daicho-policy(5)); its hooks read it
 *   mirror.ini     [mirror] name, volumes
 *   ledger.git     bare; its hook takes over only what continues the ledger
 *   volumes/Y.git  records of calendar year Y, where it holds records; the hook takes those of entries alone, and lets
 *                  none go
 *   gone           ids of the entries whose records were disposed of, and of those that completed that, sorted: the
 *                  hook lets none of these records come, and until it knows of all disposals in ledger.git none that
 *                  comes after its entry; written by what carries disposals out there, and by a push that reaches the
 *                  folder
 */
#ifndef LEDGER_MIRROR_H
#define LEDGER_MIRROR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/oid.h"
#include "ledger/store.h"
#include "model/leaf.h"

#define MIRROR_DEADLINE_S 3600      /* of one exchange of git */

/* In the ledger.git of a mirror that holds records: entries that are about to come, when their records are there. */
#define MIRROR_NEXT "refs/daicho/next"

struct mirror_folder {
	char name[LEAF_NAME_MAX + 1];
	bool volumes;
	struct store_pins pins;
};

/* Makes the folder, or what it lacks; its hooks are written anew. years: repositories of first_year to last_year, 0 =
 * none. ERR_CONFLICT when it is the mirror of another ledger or has another name, is no mirror and not empty, is a
 * store or lies within one. Durable. */
int mirror_prepare(const char *folder, const struct mirror_folder *m, int first_year, int last_year, struct err *e);
/* ERR_NOTFOUND when no mirror is there. */
int mirror_read(const char *folder, struct mirror_folder *out, struct err *e);

/* Writes the file `gone` there, durable. */
int mirror_gone_write(const char *folder, const struct oid *commits, size_t count, struct err *e);

/* The folder of a URL that git reaches as files; NULL: it is reached by ssh. Within the URL. */
const char *mirror_folder_of(const char *url);

/* Last entry of a repository of entries. */
struct mirror_head {
	uint64_t seq;
	struct oid commit;
	struct hash leaf;
};
int mirror_head_read(const char *repository, struct mirror_head *out, struct err *e);

struct mirror_pushed {
	struct mirror_head head;    /* of the store: the mirror has it now */
	int years;                  /* repositories that were brought up */
	int waiting;                /* the first year whose records the mirror does not take: it holds some that are not
	                             * here (mirror_waiting) */
};
/* Entries are announced, then come their records, then they themselves: a mirror has every record of an entry that it
 * has, but of what was disposed of, and none of what is no entry. Years that wait are no error here. ERR_RULE, ERR_KEY,
 * ERR_PERM, ERR_CONFLICT, ERR_LEDGER, ERR_GONE of the mirror's hooks, ERR_IO. */
int mirror_push(const struct store *s, const struct store_mirror *m, struct mirror_pushed *out, struct err *e);

/* Why years wait, by a folder laid out as the mirror, or what was fetched of it: the records of volumes/YEAR.git there
 * that the store lacks, of that year and later ones. One whose digest is not that of its entry counts for none. */
struct mirror_waiting {
	struct leaf_range *lost; size_t lost_count;   /* of these entries no certificate lets the record go; owned */
	uint64_t disposed;                            /* so many were disposed of */
};
int mirror_waiting_read(const struct store *s, const char *folder, int year, struct mirror_waiting *out,
                        struct err *e);
void mirror_waiting_release(struct mirror_waiting *w);

/* The mirror as repositories in the folder `to` (made), laid out as a mirror is. */
int mirror_fetch(const struct store *s, const struct store_mirror *m, const char *to, struct err *e);

/* The pins as daicho.ini has them, for copies that the store itself makes. */
struct store_pins mirror_pins(const struct store *s);

#endif
