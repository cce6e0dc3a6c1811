/* Inside of backup. */
#ifndef LEDGER_BACKUP_IMPL_H
#define LEDGER_BACKUP_IMPL_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* backup_files.c */
int backup_copy_file(const char *from, const char *to, mode_t mode, struct err *e);
int backup_copy_tree(const char *from, const char *to, struct err *e);  /* regular files and folders; folders 0700 */
int backup_copy_keys(const char *home, const char *to, struct err *e);  /* a key home: its files and no other */
int backup_clear(const char *dir, const char *but, struct err *e);   /* what is in it; but: one name stays, or NULL */
int backup_manifest_write(const char *folder, struct err *e);
int backup_manifest_check(const char *folder, struct err *e);

/* backup_records.c: into the store dir, from the folder of another copy's year repositories, every record of an entry
 * there that it lacks and no certificate lets go. Another's is not taken: the digest is that of the leaf. */
int backup_records_take(const char *dir, const char *volumes, uint64_t *out_taken, struct err *e);

#endif
