/*
 * Repo: bare git repositories, packs read through libgit2. No policy. Objects are raw bytes; ids are checked on reading
 * (the bytes read must hash to the id asked for). Nothing outside the folder is consulted: no global configuration, no
 * alternates, no replace refs, no ownership trust; nor what is derived and could lie, as a commit-graph. Writes are
 * durable when the call returns: packs, indexes, refs and their folders are synced.
 */
#ifndef FOREIGN_REPO_H
#define FOREIGN_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/oid.h"

struct repo;

/* Once per process, before anything else. Sets LC_CTYPE-independent options, empties configuration search paths. */
int repo_library_init(struct err *e);
void repo_library_exit(void);

/* Makes a bare repository at path (which must not exist) with the given HEAD target ("refs/heads/ledger"), files mode
 * 0600/0700 whatever the umask is, hooks/ empty, config: gc.auto=0, core.logAllRefUpdates=false, core.fsync=all, pushes
 * that delete or go back denied; SHA-1. On failure nothing is left. */
int repo_create(const char *path, const char *head, struct err *e);
/* The same, not yet durable: for who syncs all of it (file_sync_tree) when more is in it. */
int repo_create_unsynced(const char *path, const char *head, struct err *e);

/* Where git itself comes to write loose objects, as by a push: the folders that hold them, made beforehand and durable,
 * so that no object is written below a folder whose own name is not on the medium yet. Those that are there stay. What
 * is written here goes into packs, and needs none. */
int repo_make_fan(const char *path, struct err *e);
bool repo_has_fan(const struct repo *r);

/* Opens exactly this bare repository (open_ext NO_SEARCH|BARE). Refuses repository formats, extensions, alternates,
 * grafts, shallow files, replace refs, partial clones, included configuration, symbolic links in the way, a .git in it,
 * what git would take for a ref by its name at the top, damaged pack indexes: ERR_LEDGER. ERR_NOTFOUND if there is
 * none.
 * `foreign` = a repository made by others (an auditor's clone; may be non-bare: path may be the work tree or .git). */
struct repo *repo_open(const char *path, bool foreign, struct err *e);
void repo_close(struct repo *r);
const char *repo_path(const struct repo *r);      /* of the git directory */

/* Reads one object; replaces what out held. ERR_NOTFOUND, ERR_TOOBIG over max, ERR_LEDGER when it is of another type or
 * every copy is damaged. Loose objects are inflated strictly here, libgit2 never sees them. */
int repo_read(struct repo *r, const struct oid *id, enum oid_type want, size_t max, struct buf *out, struct err *e);
bool repo_has(struct repo *r, const struct oid *id);
/* Of what was read in a foreign repository so far, each copy has to be that object: ERR_LEDGER names one that is not,
 * in a pack whose index says so, or loose. Reading itself takes the good one. */
int repo_copies_check(struct repo *r, struct err *e);
/* What is derived, and what git believes all the same where its configuration does not say otherwise. */
bool repo_has_commit_graph(const struct repo *r);
bool repo_has_multi_pack_index(const struct repo *r);
/* The same, whatever type it is of. */
int repo_read_any(struct repo *r, const struct oid *id, size_t max, enum oid_type *out_type, struct buf *out,
                  struct err *e);
/* Whether to read it where these types alone are wanted (REPO_TYPE | ...). False: it is packed, and each pack that has
 * it says another type, which is believed. Costs a fraction of reading. */
#define REPO_TYPE(type) (1u << (type))
bool repo_may_be(struct repo *r, const struct oid *id, unsigned types);
/* Does git take the folder, or the file, for a repository, or for what leads to one? */
bool repo_is_there(const char *path);

/* A batch of objects, written as one pack at repo_batch_write. The id is computed at once. The same object is kept
 * once; one that the repository has already is written again only if it is damaged there. A large pack goes to its file
 * while objects are added; a fault then is told by repo_batch_write. */
struct repo_batch;
struct repo_batch *repo_batch_new(struct repo *r);
struct oid repo_batch_add(struct repo_batch *b, enum oid_type type, const void *bytes, size_t len);
/* Durable, then reads back every object and compares. Frees nothing; call repo_batch_free in every case. */
int repo_batch_write(struct repo_batch *b, struct err *e);
/* While there is time: the files of the next batch are made now. That it can't be done is told by that batch. */
void repo_batch_prepare(struct repo *r);
/* The same in three steps, for what goes into several repositories: when all is staged before anything is synced, the
 * medium is waited for once. Only what is published can be read. */
int repo_batch_stage(struct repo_batch *b, struct err *e);
int repo_batch_sync(struct repo_batch *b, struct err *e);
int repo_batch_publish(struct repo_batch *b, struct err *e);
void repo_batch_free(struct repo_batch *b);

/* Refs: direct refs only. name is full ("refs/heads/ledger"). */
int repo_ref_read(struct repo *r, const char *name, bool *out_exists, struct oid *out, struct err *e);
/* Moves name from old (NULL = must not exist) to new, compare-and-swap, synced, read back. ERR_CONFLICT if it is not at
 * old. After any error the caller re-reads before a retry. */
int repo_ref_move(struct repo *r, const char *name, const struct oid *old, const struct oid *new, struct err *e);
/* The same in three steps. A staged ref is locked, against everybody else, until it is published, staged anew or the
 * repository is closed; the object must be there when it is published. */
int repo_ref_stage(struct repo *r, const char *name, const struct oid *old, const struct oid *new, struct err *e);
int repo_ref_sync(struct repo *r, const char *name, struct err *e);
int repo_ref_publish(struct repo *r, const char *name, const struct oid *new, struct err *e);
/* Deletes name if it is at old; ERR_CONFLICT otherwise. */
int repo_ref_delete(struct repo *r, const char *name, const struct oid *old, struct err *e);
/* HEAD: on a branch, which may not be there, or on a commit. ERR_LEDGER: it is neither. */
int repo_head_read(struct repo *r, bool *out_is_detached, struct oid *out, struct err *e);
typedef int repo_ref_fn(void *ctx, const char *name, const struct oid *id, struct err *e);
/* In order of names. Symbolic refs but HEAD, and a clone's refs/remotes/<name>/HEAD: ERR_LEDGER. */
int repo_ref_walk(struct repo *r, const char *prefix, repo_ref_fn *fn, void *ctx, struct err *e);

/* Every object id in the object database (packs and loose), each possibly more than once. ERR_LEDGER beside a pack
 * without index, which would hide what it holds. */
typedef int repo_object_fn(void *ctx, const struct oid *id, struct err *e);
int repo_object_walk(struct repo *r, repo_object_fn *fn, void *ctx, struct err *e);

/* Forgets cached packs (after git maintenance or a swap). */
int repo_refresh(struct repo *r, struct err *e);
/* Gives back what is mapped and kept of the packs, up to 64 MiB: after all of a large repository was read once. */
void repo_let_go(struct repo *r);
size_t repo_pack_count(const struct repo *r);      /* packs as they were seen last */
/* Removes packs whose every object a larger one has; those with a .keep file stay. Where nobody else has their files
 * open, these become the files of batches to come. */
int repo_drop_merged(struct repo *r, struct err *e);

/* At start, under the writer's lock, before the repository is opened: removes *.lock, tmp_* and other leftovers of
 * killed writers inside the folder. A pack without its index gets one; ERR_LEDGER if that can't be. */
int repo_clear_stale(const char *path, struct err *e);

#endif
