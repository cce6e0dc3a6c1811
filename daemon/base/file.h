/*
 * Files: whole reads with a limit, durable writes, locks, walks. A durable write is complete on the medium when the
 * function returns: file synced, renamed into place, folder synced.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

char *file_path(const char *dir, const char *name);                      /* "dir/name", to be freed */
char *file_absolute(const char *path);                                   /* from the working directory; to be freed */
/* ERR_NOTFOUND: nothing is there; ERR_PERM: it lies in a folder that may not be searched. */
int file_find(const char *path, struct err *e);
bool file_exists(const char *path);                                      /* of whatever type, links not followed */
/* Regular files only, links not followed. */
int file_read(const char *path, size_t max, struct buf *out, struct err *e);
int file_read_fd(int fd, size_t max, struct buf *out, struct err *e);    /* to the end */
int file_write_durable(const char *path, const void *bytes, size_t len, mode_t mode, struct err *e); /* replaces */
/* What a killed process had begun of such a write: for who alone writes that file. */
int file_drop_temporary(const char *path, struct err *e);
int file_write_all(int fd, const void *bytes, size_t len, const char *name, struct err *e);
int file_mkdir(const char *path, mode_t mode, struct err *e);            /* durable; fails if it exists */
int file_mkdirs(const char *path, mode_t mode, struct err *e);           /* with parents; existing is fine; durable */
int file_sync_dir(const char *path, struct err *e);
int file_sync_parent(const char *path, struct err *e);                   /* the folder that holds path */
int file_sync_tree(const char *path, struct err *e);                     /* every file and folder below, then itself */
int file_remove_tree(const char *path, struct err *e);                   /* durable; no link followed; absent is fine */
int file_is_empty_dir(const char *path, bool *out_empty, struct err *e);
int file_exchange(const char *a, const char *b, struct err *e);          /* by one rename call, parents synced */
int file_rename_new(const char *from, const char *to, struct err *e);    /* durable; ERR_CONFLICT if `to` is there */

/* Takes an exclusive flock on path (made if absent, mode 0600) and writes the process id into it.
 * ERR_BUSY if another process holds it; the text names its process id. Returns the open descriptor in *out_fd. */
int file_lock(const char *path, int *out_fd, struct err *e);

/* Calls fn for every entry below dir (depth first, folders after their content, links not followed), with the path
 * relative to dir. fn returns 0 to go on, else the walk ends with that value. */
typedef int file_walk_fn(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e);
int file_walk(const char *dir, file_walk_fn *fn, void *ctx, struct err *e);

#endif
