/*
 * Tiles (C2SP tlog-tiles): the hashes of a tree in files of 256, and its entries in bundles of 256. Pure: paths, widths
 * and hashes; who writes files is ledger/export.h.
 */
#ifndef MODEL_TLOG_TILE_H
#define MODEL_TLOG_TILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

#define TLOG_TILE_WIDTH 256
#define TLOG_TILE_ENTRY_MAX 65535      /* bytes of an entry in a bundle */
#define TLOG_TILE_LEVELS 8             /* 256^8 leaves */

struct tlog_tile {
	unsigned level;
	uint64_t index;
	unsigned width;                /* 1 to 256 */
};

/* tile/<level>/<index>[.p/<width>], index in groups of three digits: 1234067 is x001/x234/067. */
void tlog_tile_path(const struct tlog_tile *t, struct buf *out);
void tlog_tile_entries_path(uint64_t index, unsigned width, struct buf *out);   /* tile/entries/... */

/* Leaf by leaf: `put` gets each tile when it is full, tlog_tile_finish the partial ones. Memory is that of one row of
 * hashes a level. An error of `put` ends it. */
typedef int tlog_tile_put_fn(void *ctx, const struct tlog_tile *t, const struct hash *hashes, struct err *e);
struct tlog_tiler;
struct tlog_tiler *tlog_tiler_new(tlog_tile_put_fn *put, void *ctx);
int tlog_tiler_add(struct tlog_tiler *t, const struct hash *leaf, struct err *e);
int tlog_tiler_finish(struct tlog_tiler *t, struct err *e);
void tlog_tiler_free(struct tlog_tiler *t);

/* An entry in a bundle: its length in two bytes, big-endian, then its bytes. ERR_TOOBIG. */
int tlog_tile_add_entry(const void *entry, size_t len, struct buf *out, struct err *e);

#endif
