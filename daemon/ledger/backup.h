/*
 * Backup: a folder that holds one state of a store, laid out as a store is (so that `daicho verify` reads it), and what
 * it needs beside:
 *
 *   backup.ini            [backup] format, name, seq, leaf, until, keys
 *   manifest-sha256.txt   "<hex>  <path>", of every other file, sorted: `sha256sum -c` checks it
 *   pin                   pin file
 *   daicho.ini, ledger.git, volumes/YEAR.git, and keys/ where told: as in the store
 */
#ifndef LEDGER_BACKUP_H
#define LEDGER_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/err.h"
#include "base/hash.h"
#include "foreign/jdoc.h"
#include "ledger/store.h"
#include "model/leaf.h"

struct backup {
	char name[LEAF_NAME_MAX + 1];
	uint64_t seq;                   /* last entry, and its leaf hash */
	struct hash head;
	struct date until;              /* last day that it is kept */
	bool keys;                      /* secret keys are in it */
	struct store_pins pins;
};

/* A backup in the making stands beside its place, in <place>BACKUP_UNFINISHED, which nobody restores. Who makes it
 * holds the lock beside that, which bears the name that the ledger knows: so that what was killed is begun anew. */
#define BACKUP_UNFINISHED ".unfinished"
struct backup_place {
	char *folder, *unfinished, *lock;       /* owned */
	int lock_fd;
	char left[LEAF_NAME_MAX + 1];           /* of what was killed here and is cleared: to be taken back; "" = none */
};

/* The unfinished folder is there then, and empty. ERR_CONFLICT: the place is not free, lies within a store or another
 * copy, or what is unfinished was not begun here; ERR_BUSY: another one is made there. */
int backup_place_take(const struct store *s, const char *folder, struct backup_place *out, struct err *e);
int backup_place_name(const struct backup_place *p, const char *name, struct err *e); /* before the ledger knows it */
int backup_place_clear(const struct backup_place *p, struct err *e);
int backup_place_fill(const struct backup_place *p, struct err *e);       /* what is unfinished stands in its place */
void backup_place_drop(const struct backup_place *p);                     /* nothing is left of what is cleared */
void backup_place_release(struct backup_place *p);

/* Writes what the snapshot (ledger/snapshot.h) names into the empty folder; b->seq and b->head are set from it.
 * Durable; what a failure leaves is the caller's. */
int backup_write(const struct store *s, const struct jdoc *snapshot, const char *folder, struct backup *b,
                 struct err *e);

/* Reads backup.ini and compares every file with the manifest. ERR_NOTFOUND; ERR_LEDGER: it is
 * unfinished, or a file is changed, missing or in no manifest. */
int backup_check(const char *folder, struct backup *out, struct err *e);

/* Makes a store in dir of a backup that was checked; dir is new or empty, or what a restore left that was cut off.
 * keys: key home of which its own files are copied (ERR_KEY: no secret key lies there); NULL: that of the backup, if it
 * has one. ledger: repository with later entries, NULL:
 * none; its entries are taken over when they continue those of the backup (else ERR_CONFLICT). volumes: folders of year
 * repositories, of that and of a further copy, NULL: none; what the backup lacks of the records of all these entries is
 * taken from the first, what that lacks from the next (out_taken of them each). ERR_CONFLICT, too, when dir lies within
 * any of them; ERR_BUSY: another restore is at work there. What else it takes is the caller's: disposals, and who
 * serves; until then nobody opens it (store_open), and *out_lock_fd is for one of the two below. */
#define BACKUP_VOLUMES_MAX 2
struct backup_sources {
	const char *keys, *ledger, *volumes[BACKUP_VOLUMES_MAX];
};
int backup_restore(const char *folder, const struct backup *b, const char *dir, const struct backup_sources *from,
                   uint64_t out_taken[BACKUP_VOLUMES_MAX], int *out_lock_fd, struct err *e);
int backup_restore_finish(const char *dir, int lock_fd, struct err *e);    /* durable: it is a store now */
void backup_restore_drop(const char *dir, int lock_fd);                    /* it becomes none */

#endif
