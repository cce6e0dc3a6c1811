/*
 * Volume 簿冊: the notes of one calendar year, kind and unit, in volumes/<year>.git on refs/notes/volumes/<year>/<kind>/
 * <unit>. A notes tree is flat while small and fans out by two hex digits when larger, as git itself does; every notes
 * ref points to one commit without a parent. Attachments stand in the same tree at attachments/<seq>/<n>.
 */
#ifndef LEDGER_VOLUME_H
#define LEDGER_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/oid.h"
#include "foreign/repo.h"
#include "model/leaf.h"
#include "model/note.h"

struct volume_item {             /* one record to store */
	struct leaf_volume volume;
	uint64_t seq;
	struct oid commit;           /* of the entry */
	const char *note; size_t note_len;
	const struct buf *attachments; unsigned attachment_count;   /* stored form, 1 ... n */
};

struct volume_ref {              /* one ref that a batch moves */
	struct leaf_volume volume;
	bool had; struct oid old, new;
};

void volume_ref_name(const struct leaf_volume *v, struct buf *out);
bool volume_ref_parse(const char *ref, struct leaf_volume *out);

/* Adds blobs, trees and notes commits for items (all of one year) to the batch; *out_refs (to be freed) lists the refs
 * to move afterwards. time and origin go into the notes commits. Cost per item O(log of the volume). */
int volume_add(struct repo *r, struct repo_batch *b, const struct volume_item *items, size_t count, const char *origin,
               int64_t time, struct volume_ref **out_refs, size_t *out_count, struct err *e);

/* Where the note of a commit is, the note itself, or its n-th attachment (stored form). ERR_NOTFOUND. */
int volume_find(struct repo *r, const struct leaf_volume *v, const struct oid *commit, struct oid *out_blob,
                struct err *e);
int volume_read(struct repo *r, const struct leaf_volume *v, const struct oid *commit, struct buf *out, struct err *e);
int volume_read_attachment(struct repo *r, const struct leaf_volume *v, uint64_t seq, unsigned n, struct buf *out,
                           struct err *e);

/* ERR_LEDGER unless this commit is, to the last byte, one that the ledger of this origin (NULL: any) writes for that
 * volume (daicho-ledger(5), "VOLUMES"). Reading and adding ask so much; volume_walk asks for a tree and no parent. */
int volume_check(struct repo *r, const struct leaf_volume *v, const struct oid *notes_commit, const char *origin,
                 struct err *e);

/* Every blob of a notes commit: notes (commit set, seq 0) and attachments (commit zero, seq and n set). Strict:
 * anything else in the tree is ERR_LEDGER. */
struct volume_blob {
	struct leaf_volume volume;
	struct oid commit; uint64_t seq; unsigned n;
	struct oid blob;
};
typedef int volume_fn(void *ctx, const struct volume_blob *b, struct err *e);
int volume_walk(struct repo *r, const struct leaf_volume *v, const struct oid *notes_commit, volume_fn *fn, void *ctx,
                struct err *e);

/* Builds the tree and parentless notes commit of exactly these blobs (already in r). For disposal. */
int volume_build(struct repo *r, struct repo_batch *b, const struct volume_blob *blobs, size_t count,
                 const char *origin, int64_t time, struct oid *out_commit, struct err *e);

#endif
