/* The log as files: tiles, bundles of entries, checkpoint. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/proof_impl.h"
#include "model/tlog_tile.h"

#define FILE_MODE 0600
#define FOLDER_MODE 0700
#define CHECKPOINT_NAME "checkpoint"
#define BUNDLE_MAX ((size_t)TLOG_TILE_WIDTH * (TLOG_TILE_ENTRY_MAX + 2))

struct export {
	const struct proof_log *log;
	const char *folder;
	uint64_t covered;                      /* entries of the checkpoint that stands there */
};

static int refuse_other(const char *path, struct err *e)
{
	err_set(e, ERR_LEDGER, "%s: of another history than this ledger's", path);
	return err_next(e, "keep what stands there, and compare: daicho verify tells whether this ledger is whole");
}

/* The checkpoint there is of this history, and what it covers is not. */
static int refuse_damaged(const char *path, struct err *e)
{
	err_set(e, ERR_LEDGER, "%s: damaged: this ledger has something else there", path);
	return err_next(e, "keep it elsewhere if it has to be looked into, remove it, and export once more");
}

static int write_file(const char *path, const void *bytes, size_t len, struct err *e)
{
	MEM_CLEANUP char *dir = mem_strdup(path);
	*strrchr(dir, '/') = '\0';
	int rc = file_mkdirs(dir, FOLDER_MODE, e);
	return rc ? rc : file_write_durable(path, bytes, len, FILE_MODE, e);
}

/* What an earlier export has begun may stand there; what it had finished must be the same. */
static int place(const char *path, const void *bytes, size_t len, bool is_covered, struct err *e)
{
	BUF_CLEANUP struct buf old = BUF_INIT;
	struct err why = ERR_INIT;
	int rc = file_read(path, BUNDLE_MAX, &old, &why);
	if (!rc && old.len == len && memcmp(buf_str(&old), bytes, len) == 0)
		return ERR_OK;
	if (rc && rc != ERR_NOTFOUND && rc != ERR_TOOBIG) {
		*e = why;
		return rc;
	}
	if (is_covered && rc != ERR_NOTFOUND)
		return refuse_damaged(path, e);
	return write_file(path, bytes, len, e);
}

/* Narrower files of the same tile, of earlier exports. Each is the beginning of the wider one. */
struct narrower {
	const char *bytes;                     /* of the tile or bundle */
	size_t (*length)(const char *bytes, unsigned width);
	unsigned width;                        /* of it */
	unsigned covered;                      /* this much of it had been finished */
};

static size_t length_of_hashes(const char *bytes, unsigned width)
{
	(void)bytes;
	return width * sizeof(struct hash);
}

static size_t length_of_entries(const char *bytes, unsigned width)
{
	size_t at = 0;
	while (width--)
		at += 2 + ((size_t)(uint8_t)bytes[at] << 8 | (uint8_t)bytes[at + 1]);
	return at;
}

/* What was not finished is written anew, by the export that comes to that size. */
static int check_narrower(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	const struct narrower *n = ctx;
	BUF_CLEANUP struct buf old = BUF_INIT;
	struct err why = ERR_INIT;
	uint64_t width;
	if (is_dir || !text_parse_u64(rel, strlen(rel), TLOG_TILE_WIDTH - 1, &width) || !width || width >= n->width)
		return ERR_OK;
	int rc = file_read(full, BUNDLE_MAX, &old, &why);
	size_t len = n->length(n->bytes, (unsigned)width);
	if (!rc && old.len == len && memcmp(buf_str(&old), n->bytes, len) == 0)
		return ERR_OK;
	if (rc && rc != ERR_TOOBIG) {
		*e = why;
		return rc;
	}
	return width <= n->covered ? refuse_damaged(full, e) : write_file(full, n->bytes, len, e);
}

static int check_narrowers(const char *path, struct narrower *n, struct err *e)
{
	MEM_CLEANUP char *dir = n->width == TLOG_TILE_WIDTH ? mem_printf("%s.p", path) : mem_strdup(path);
	if (n->width < TLOG_TILE_WIDTH)
		*strrchr(dir, '/') = '\0';
	return file_exists(dir) ? file_walk(dir, check_narrower, n, e) : ERR_OK;
}

/* How many of a tile's hashes were finished, of so many in its row. */
static unsigned covered_of(uint64_t covered, uint64_t index)
{
	uint64_t first = index * TLOG_TILE_WIDTH;
	if (covered <= first)
		return 0;
	return covered - first < TLOG_TILE_WIDTH ? (unsigned)(covered - first) : TLOG_TILE_WIDTH;
}

static int put_tile(void *ctx, const struct tlog_tile *t, const struct hash *hashes, struct err *e)
{
	const struct export *x = ctx;
	BUF_CLEANUP struct buf path = BUF_INIT;
	struct narrower n = { (const char *)hashes, length_of_hashes, t->width,
	                      covered_of(x->covered >> 8 * t->level, t->index) };
	buf_printf(&path, "%s/", x->folder);
	tlog_tile_path(t, &path);
	int rc = place(buf_str(&path), hashes, t->width * sizeof *hashes, t->width <= n.covered, e);
	return rc ? rc : check_narrowers(buf_str(&path), &n, e);
}

static int put_tiles(struct export *x, uint64_t size, struct err *e)
{
	struct tlog_tiler *t = tlog_tiler_new(put_tile, x);
	int rc = ERR_OK;
	for (uint64_t i = 0; !rc && i < size; i++)
		rc = tlog_tiler_add(t, &x->log->leaves[i], e);
	if (!rc)
		rc = tlog_tiler_finish(t, e);
	tlog_tiler_free(t);
	return rc;
}

/* Does it hold just these leaves? Then no commit has to be read for it. */
static bool is_bundle_of(const struct buf *b, const struct hash *leaves, unsigned width)
{
	const uint8_t *bytes = (const uint8_t *)buf_str(b);
	size_t at = 0;
	for (unsigned i = 0; i < width; i++) {
		size_t len = b->len - at < 2 ? b->len : (size_t)bytes[at] << 8 | bytes[at + 1];
		if (b->len - at < 2 || b->len - at - 2 < len)
			return false;
		struct hash is = leaf_hash((const char *)bytes + at + 2, len);
		if (!hash_is_equal(&is, &leaves[i]))
			return false;
		at += 2 + len;
	}
	return at == b->len;
}

static bool read_standing(const struct export *x, const char *path, uint64_t first, unsigned width, struct buf *out)
{
	if (file_read(path, BUNDLE_MAX, out, NULL) == ERR_OK && is_bundle_of(out, &x->log->leaves[first], width))
		return true;
	buf_clear(out);
	return false;
}

static int put_bundle(const struct export *x, uint64_t first, unsigned width, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT, bundle = { .max = BUNDLE_MAX }, raw = BUF_INIT;
	struct narrower n = { NULL, length_of_entries, width, covered_of(x->covered, first / TLOG_TILE_WIDTH) };
	int rc = ERR_OK;
	buf_printf(&path, "%s/", x->folder);
	tlog_tile_entries_path(first / TLOG_TILE_WIDTH, width, &path);
	bool stands = read_standing(x, buf_str(&path), first, width, &bundle);
	for (unsigned i = 0; !rc && !stands && i < width; i++) {
		const char *text;
		size_t len;
		buf_clear(&raw);
		rc = proof_leaf_text(x->log, first + i, &raw, &text, &len, e);
		if (!rc)
			rc = tlog_tile_add_entry(text, len, &bundle, e);
	}
	if (!rc && !stands)
		rc = place(buf_str(&path), buf_str(&bundle), bundle.len, width <= n.covered, e);
	n.bytes = buf_str(&bundle);
	return rc ? rc : check_narrowers(buf_str(&path), &n, e);
}

static int put_bundles(const struct export *x, uint64_t size, struct err *e)
{
	int rc = ERR_OK;
	for (uint64_t first = 0; !rc && first < size; first += TLOG_TILE_WIDTH) {
		uint64_t left = size - first;
		rc = put_bundle(x, first, left < TLOG_TILE_WIDTH ? (unsigned)left : TLOG_TILE_WIDTH, e);
	}
	return rc;
}

static int refuse_foreign(const char *folder, struct err *e)
{
	err_set(e, ERR_CONFLICT, "%s: holds something else than an exported log", folder);
	return err_next(e, "name a new folder, an empty one, or that of an earlier export");
}

/* What stands in the folder: an earlier export of this ledger, one that was begun, or nothing. */
static int look(struct export *x, const char *path, uint64_t size, struct err *e)
{
	BUF_CLEANUP struct buf old = BUF_INIT;
	MEM_CLEANUP char *tiles = file_path(x->folder, "tile");
	struct tlog_note n;
	struct tlog_checkpoint c, own;
	bool is_empty = true;
	int rc = file_exists(x->folder) ? file_is_empty_dir(x->folder, &is_empty, e) : ERR_OK;
	if (rc || is_empty)
		return rc;
	if (!file_exists(path))
		return file_exists(tiles) ? ERR_OK : refuse_foreign(x->folder, e);
	rc = file_read(path, TLOG_NOTE_MAX, &old, e);
	if (!rc)
		rc = tlog_checkpoint_read(buf_str(&old), old.len, &n, &c, e);
	if (rc) {
		err_prefix(e, "%s", path);
		return rc;
	}
	if (c.size > size && strcmp(c.origin, x->log->origin) == 0) {
		err_set(e, ERR_CONFLICT, "%s: of %" PRIu64 " entries, more than the checkpoint to be exported", path, c.size);
		return err_next(e, "export by a newer checkpoint, or into a new folder");
	}
	if (strcmp(c.origin, x->log->origin) != 0 || proof_log_checkpoint(x->log, c.size, &own, NULL) ||
	    !hash_is_equal(&own.root, &c.root))
		return refuse_other(path, e);
	x->covered = c.size;
	return ERR_OK;
}

int proof_export(const struct proof_log *l, const char *note, size_t note_len, const char *folder, struct err *e)
{
	MEM_CLEANUP char *path = file_path(folder, CHECKPOINT_NAME);
	struct export x = { .log = l, .folder = folder };
	struct tlog_checkpoint c;
	int rc = proof_log_fits(l, note, note_len, &c, e);
	if (!rc)
		rc = look(&x, path, c.size, e);
	if (!rc)
		rc = put_tiles(&x, c.size, e);
	if (!rc)
		rc = put_bundles(&x, c.size, e);
	return rc ? rc : write_file(path, note, note_len, e);
}
