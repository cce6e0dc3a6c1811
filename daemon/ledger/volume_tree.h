/* Inside of volume: notes trees, flat while small, then fanned out by two hex digits, twice at most. */
#ifndef LEDGER_VOLUME_TREE_H
#define LEDGER_VOLUME_TREE_H

#include <stddef.h>

#include "base/err.h"
#include "base/oid.h"
#include "foreign/repo.h"
#include "model/tree.h"

#define VOLUME_TREE_DEPTH_MAX 2
#define VOLUME_TREE_ATTACHMENTS "attachments"

struct volume_tree_note {
	struct oid commit, blob;
};

/* Puts notes, sorted by commit, into the root tree t (which may hold other entries) and adds the subtrees that change
 * to the batch. Only they are read and written. */
int volume_tree_put(struct repo *r, struct repo_batch *b, struct tree *t, const struct volume_tree_note *notes,
                    size_t count, struct err *e);

/* ERR_NOTFOUND */
int volume_tree_find(struct repo *r, const struct oid *root, const struct oid *commit, struct oid *out_blob,
                     struct err *e);

int volume_tree_read(struct repo *r, const struct oid *id, struct tree *out, struct err *e);
struct oid volume_tree_write(struct repo_batch *b, const struct tree *t);

#endif
