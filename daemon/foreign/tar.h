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
/* Closes and syncs file and folder; gives SHA-256 and size of what was written. Whether that is on the medium is for a
 * reader to see, who gets it from there where the system lets go of what it has in memory. */
int tar_writer_finish(struct tar_writer *w, struct hash *out_hash, uint64_t *out_bytes, struct err *e);
void tar_writer_free(struct tar_writer *w);          /* removes an unfinished file */

/* Reads every member in order. Takes regular files of plain ustar alone: refuses links, folders, devices, sparse files,
 * headers of extensions (pax, GNU), absolute names, "..", repeats, members over max_member bytes, more than
 * TAR_MEMBERS_MAX members, and whatever stands behind the last member but zeros. */
#define TAR_MEMBERS_MAX ((uint64_t)1 << 24)
typedef int tar_member_fn(void *ctx, const char *name, const char *bytes, size_t len, struct err *e);
int tar_read(const char *path, size_t max_member, tar_member_fn *fn, void *ctx, struct err *e);
/* The same of an open file, from its beginning; path is what errors call it. Moves the offset of fd. On success
 * out_hash (NULL: not asked) is the SHA-256 of the very bytes that the members were taken from, the whole file. */
int tar_read_fd(int fd, const char *path, size_t max_member, tar_member_fn *fn, void *ctx, struct hash *out_hash,
                struct err *e);

#endif
