/*
 * Inside of repo: the handle and what its files share. libgit2 reads packs, one backend a pack, and only after the
 * pack's index was checked here; loose objects and refs are read by repo_loose.c and repo_ref.c, so that damaged or
 * hostile files of these kinds never reach it.
 */
#ifndef FOREIGN_REPO_IMPL_H
#define FOREIGN_REPO_IMPL_H

#include <git2/sys/odb_backend.h>
#include <git2/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/oid.h"
#include "foreign/repo.h"

struct repo_index {                     /* of a pack, version 2, checked */
	const uint8_t *map;
	size_t size;
	uint32_t count;                 /* objects */
	dev_t dev;
	ino_t ino;                      /* a swap of folders may bring another file under the name */
};

struct repo_pack {
	char *stem;                     /* file name without ".pack" or ".idx" */
	struct repo_index index;
	git_odb_backend *backend;
	bool foreign;
	bool seen;                      /* by the scan that runs */
};

struct repo_lock {                      /* of a ref that this process has moved */
	char *name;
	int fd;                         /* of the lock file */
	bool staged;                    /* it holds what the ref will be */
};

struct repo_spare {                     /* an empty temporary file of packs_path */
	char *path;
	int fd;                         /* -1 = not open */
};

struct repo_doubt {                     /* a copy that was found wrong beside a good one of the same object */
	struct oid id;
	char *stem;                     /* of its pack; NULL = the loose one */
	size_t max;                     /* what was to be read of it at most */
};

struct repo {
	char *path;                     /* git directory */
	char *packs_path;               /* objects/pack */
	bool foreign;
	struct repo_pack *packs;        /* the newest last */
	size_t count, cap, last;        /* last: where an object was found before */
	unsigned walking;               /* then packs are neither opened nor closed */
	struct repo_lock *locks;
	size_t locks_count, locks_cap;
	struct repo_spare *spares;
	size_t spares_count, spares_cap;
	struct repo_doubt *doubts;      /* of one foreign; one for each pack, one for loose objects */
	size_t doubts_count;
	bool loose_is_known;            /* whether, by the first byte of an id, loose objects lay there at first */
	bool loose[256];
};

const char *repo_git_reason(void);      /* libgit2's text for what failed just now; never NULL */
/* Tells it of this object: ERR_IO where the system refused, ERR_LEDGER where what was read is wrong. */
int repo_git_fail(struct err *e, const char *object);

/* repo_check.c: the git directory of `path`, to be freed; refuses what repo_open must refuse. */
int repo_check(const char *path, bool foreign, char **out_git_dir, struct err *e);

/* repo_names.c: refuses what git would take for the repository, or for a ref, by its name at the top. */
int repo_names_check(const char *git_dir, struct err *e);

/* repo_index.c: the whole index is checked when it is opened. */
int repo_index_open(const char *path, uint64_t pack_size, struct repo_index *out, struct err *e);
void repo_index_close(struct repo_index *index);
struct oid repo_index_at(const struct repo_index *index, uint32_t i);
bool repo_index_has(const struct repo_index *index, const struct oid *id);

/* repo_pack.c */
int repo_pack_scan(struct repo *r, struct err *e);      /* opens new packs, closes those that went */
int repo_pack_reopen(struct repo *r, struct err *e);    /* closes all, then the same */
int repo_pack_open(struct repo *r, const char *stem, struct repo_pack *out, struct err *e);
void repo_pack_adopt(struct repo *r, struct repo_pack *p);
void repo_pack_close(struct repo_pack *p);
void repo_pack_forget(struct repo *r, const char *stem);
bool repo_pack_has(struct repo *r, const struct oid *id);
bool repo_pack_may_be(struct repo *r, const struct oid *id, unsigned types);
/* ERR_NOTFOUND, ERR_TOOBIG, ERR_LEDGER if every copy is damaged. */
int repo_pack_read(struct repo *r, const struct oid *id, size_t max, enum oid_type *out_type, struct buf *out,
                   struct err *e);
/* From this one pack, whose index has it. */
int repo_pack_read_one(const struct repo_pack *p, const struct oid *id, size_t max, enum oid_type *out_type,
                       struct buf *out, struct err *e);
int repo_pack_walk(struct repo *r, repo_object_fn *fn, void *ctx, struct err *e);

/* repo_spare.c */
void repo_spare_prepare(struct repo *r, size_t count);  /* so many are there afterwards, if that can be */
/* Empty, open for reading and writing; the path is to be freed. */
int repo_spare_take(struct repo *r, char **out_path, int *out_fd, struct err *e);
/* Empties a file of packs_path whose name is a temporary one, or removes it when it could be missed; takes the path. */
void repo_spare_keep(struct repo *r, char *path);
void repo_spare_drop_all(struct repo *r);

/* repo_copies.c: in a foreign repository, the other copies of an object that was read well from `found`; NULL: from its
 * loose file. */
void repo_copies_look_packed(struct repo *r, const struct oid *id, size_t max, const struct repo_pack *found);
void repo_copies_look_loose(struct repo *r, const struct oid *id, size_t max);
void repo_copies_release(struct repo *r);

/* repo_loose.c */
bool repo_loose_has(const struct repo *r, const struct oid *id);
int repo_loose_read(const struct repo *r, const struct oid *id, size_t max, enum oid_type *out_type, struct buf *out,
                    struct err *e);
int repo_loose_walk(const struct repo *r, repo_object_fn *fn, void *ctx, struct err *e);

/* repo_lock.c: the lock of a file in the git directory (a ref, "packed-refs"); ERR_BUSY when another process keeps it.
 * *out is good until the next call. */
int repo_lock_take(struct repo *r, const char *name, struct repo_lock **out, struct err *e);
int repo_lock_write(struct repo *r, struct repo_lock *l, const void *bytes, size_t len, struct err *e);
int repo_lock_sync(struct repo *r, struct repo_lock *l, struct err *e);
/* The file becomes what was written, its folder synced. The lock stays where the file system can exchange two names;
 * after a failure it is dropped. */
int repo_lock_commit(struct repo *r, struct repo_lock *l, struct err *e);
void repo_lock_drop(struct repo *r, struct repo_lock *l);
void repo_lock_drop_all(struct repo *r);

/* repo.c: without looking for packs that others have written since. */
int repo_read_known(struct repo *r, const struct oid *id, size_t max, enum oid_type *out_type, struct buf *out,
                    struct err *e);

#endif
