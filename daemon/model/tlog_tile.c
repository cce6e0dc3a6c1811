#include "model/tlog_tile.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "model/merkle.h"

#define GROUP 1000

struct row {
	uint64_t index;                        /* of the tile that is being filled */
	unsigned width;
	struct hash hashes[TLOG_TILE_WIDTH];
};

struct tlog_tiler {
	tlog_tile_put_fn *put;
	void *ctx;
	struct row rows[TLOG_TILE_LEVELS];
};

static void print_index(uint64_t index, struct buf *out)
{
	if (index >= GROUP) {
		uint64_t above = index / GROUP, scale = 1;
		while (above / scale >= GROUP)
			scale *= GROUP;
		for (; scale; scale /= GROUP)
			buf_printf(out, "x%03" PRIu64 "/", above / scale % GROUP);
	}
	buf_printf(out, "%03" PRIu64, index % GROUP);
}

static void print_place(uint64_t index, unsigned width, struct buf *out)
{
	print_index(index, out);
	if (width < TLOG_TILE_WIDTH)
		buf_printf(out, ".p/%u", width);
}

void tlog_tile_path(const struct tlog_tile *t, struct buf *out)
{
	buf_printf(out, "tile/%u/", t->level);
	print_place(t->index, t->width, out);
}

void tlog_tile_entries_path(uint64_t index, unsigned width, struct buf *out)
{
	buf_puts(out, "tile/entries/");
	print_place(index, width, out);
}

struct tlog_tiler *tlog_tiler_new(tlog_tile_put_fn *put, void *ctx)
{
	struct tlog_tiler *t = mem_alloc(sizeof *t);
	t->put = put;
	t->ctx = ctx;
	return t;
}

static int put_row(struct tlog_tiler *t, unsigned level, struct err *e)
{
	const struct row *r = &t->rows[level];
	const struct tlog_tile tile = { .level = level, .index = r->index, .width = r->width };
	return t->put(t->ctx, &tile, r->hashes, e);
}

/* A full row goes out, and its root into the row above. */
int tlog_tiler_add(struct tlog_tiler *t, const struct hash *leaf, struct err *e)
{
	struct hash node = *leaf;
	for (unsigned level = 0; level < TLOG_TILE_LEVELS; level++) {
		struct row *r = &t->rows[level];
		r->hashes[r->width++] = node;
		if (r->width < TLOG_TILE_WIDTH)
			return ERR_OK;
		int rc = put_row(t, level, e);
		if (rc)
			return rc;
		node = merkle_root_of(r->hashes, TLOG_TILE_WIDTH);
		r->width = 0;
		r->index++;
	}
	return err_set(e, ERR_TOOBIG, "tiles: no level above %d", TLOG_TILE_LEVELS - 1);
}

int tlog_tiler_finish(struct tlog_tiler *t, struct err *e)
{
	int rc = ERR_OK;
	for (unsigned level = 0; !rc && level < TLOG_TILE_LEVELS; level++)
		if (t->rows[level].width)
			rc = put_row(t, level, e);
	return rc;
}

void tlog_tiler_free(struct tlog_tiler *t)
{
	free(t);
}

int tlog_tile_add_entry(const void *entry, size_t len, struct buf *out, struct err *e)
{
	if (len > TLOG_TILE_ENTRY_MAX)
		return err_set(e, ERR_TOOBIG, "tiles: an entry over %d bytes", TLOG_TILE_ENTRY_MAX);
	buf_putc(out, (char)(len >> 8));
	buf_putc(out, (char)(len & 0xff));
	buf_add(out, entry, len);
	return ERR_OK;
}
