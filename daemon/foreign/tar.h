/* Reproducible ustar archives by libarchive: ASCII names, the order given, owner 0/0 "root", mode 0644, one time. */
#ifndef FOREIGN_TAR_H
#define FOREIGN_TAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

struct tar_writer;
/* Makes path (must not exist, mode 0600). mtime is given to all members. */
struct tar_writer *tar_writer_new(const char *path, int64_t mtime, struct err *e);
int tar_writer_add(struct tar_writer *w, const char *name, const void *bytes, size_t len, struct err *e);
/* Closes and syncs file and folder; gives SHA-256 and size of the file as read back from disk. */
int tar_writer_finish(struct tar_writer *w, struct hash *out_hash, uint64_t *out_bytes, struct err *e);
void tar_writer_free(struct tar_writer *w);          /* removes an unfinished file */

/* Reads every member in order. Refuses links, absolute names, "..", repeats, members over max_member. On success
 * out_hash (NULL: not asked) is the SHA-256 of the very bytes that the members were taken from, the whole file. */
typedef int tar_member_fn(void *ctx, const char *name, const char *bytes, size_t len, struct err *e);
int tar_read(const char *path, size_t max_member, tar_member_fn *fn, void *ctx, struct hash *out_hash, struct err *e);

#endif
