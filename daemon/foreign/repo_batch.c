#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "foreign/repo_impl.h"

/*
 * The pack and its index are made here: full objects in the order in which they came, no delta. What a pack builder
 * does beyond that (looking every object up again, threads, deltas) costs more than all the rest of an append.
 */

#define PACK_HEAD 12
#define SPILL ((size_t)4 << 20)           /* more than that of a pack goes to its file at once */
#define LARGE 256                         /* objects of a batch */
#define OBJECT_MAX ((size_t)1 << 30)
#define READ_CHUNK ((size_t)256 << 10)

struct item {
	struct oid id;
	uint32_t crc;
	uint64_t offset;
	size_t len;
	enum oid_type type;
};

struct repo_batch {
	struct repo *repo;
	struct item *items;
	size_t count, cap;
	uint32_t *slots;                  /* hash table of 1 + index into items; 0 = free */
	size_t slot_count;
	uint8_t *data;                    /* the pack from `spilled` on */
	size_t len, data_cap;
	uint64_t spilled;
	bool looked[256], empty[256];     /* the folder of loose objects that begin so */
	z_stream z;
	int fd, index_fd;                 /* of the temporary files, -1 = not made yet */
	char stem[sizeof "pack-" + OID_HEX_LEN];
	char *pack_tmp, *index_tmp;       /* names of temporary files that exist, else NULL */
	struct err err;                   /* the first fault: adding does not report any */
};

struct repo_batch *repo_batch_new(struct repo *r)
{
	struct repo_batch *b = mem_alloc(sizeof *b);
	b->repo = r;
	b->fd = b->index_fd = -1;
	b->slot_count = 64;
	b->slots = mem_array(b->slot_count, sizeof *b->slots);
	b->data_cap = (size_t)64 << 10;
	b->data = mem_alloc(b->data_cap);
	b->len = PACK_HEAD;
	if (deflateInit2(&b->z, Z_BEST_SPEED, Z_DEFLATED, 15, 6, Z_DEFAULT_STRATEGY) != Z_OK)
		err_set(&b->err, ERR_IO, "%s: zlib can't start", r->path);
	return b;
}

static void remove_temporary(char **path)
{
	if (*path)
		unlink(*path);
	free(*path);
	*path = NULL;
}

void repo_batch_free(struct repo_batch *b)
{
	if (!b)
		return;
	if (b->fd >= 0)
		close(b->fd);
	if (b->index_fd >= 0)
		close(b->index_fd);
	remove_temporary(&b->pack_tmp);
	remove_temporary(&b->index_tmp);
	deflateEnd(&b->z);
	free(b->data);
	free(b->slots);
	free(b->items);
	free(b);
}

static size_t get_slot(const struct repo_batch *b, const struct oid *id)
{
	size_t at;
	memcpy(&at, id->b, sizeof at);
	for (at &= b->slot_count - 1; b->slots[at]; at = (at + 1) & (b->slot_count - 1))
		if (oid_is_equal(&b->items[b->slots[at] - 1].id, id))
			break;
	return at;
}

static void remember(struct repo_batch *b, const struct item *item)
{
	if (b->count == b->cap) {
		b->cap = b->cap ? b->cap * 2 : 32;
		b->items = mem_grow(b->items, b->cap, sizeof *b->items);
	}
	b->items[b->count++] = *item;
	if (b->count * 2 <= b->slot_count) {
		b->slots[get_slot(b, &item->id)] = (uint32_t)b->count;
		return;
	}
	free(b->slots);
	b->slot_count *= 2;
	b->slots = mem_array(b->slot_count, sizeof *b->slots);
	for (size_t i = 0; i < b->count; i++)
		b->slots[get_slot(b, &b->items[i].id)] = (uint32_t)i + 1;
}

void repo_batch_prepare(struct repo *r)
{
	repo_spare_prepare(r, 2); /* a pack and its index */
}

static int spill(struct repo_batch *b, struct err *e)
{
	int rc = b->fd >= 0 ? ERR_OK
		: repo_spare_take(b->repo, &b->pack_tmp, &b->fd, e);
	if (!rc)
		rc = file_write_all(b->fd, b->data, b->len, b->pack_tmp, e);
	b->spilled += b->len;
	b->len = 0;
	return rc;
}

static uint8_t *reserve(struct repo_batch *b, size_t more)
{
	if (b->data_cap - b->len < more) {
		b->data_cap = (b->len + more) * 2;
		b->data = mem_grow(b->data, b->data_cap, 1);
	}
	return b->data + b->len;
}

/* Type and length: four bits of it beside the type, then seven a byte. */
static size_t print_head(uint8_t *out, enum oid_type type, size_t len)
{
	size_t n = 0;
	uint8_t byte = (uint8_t)((unsigned)type << 4 | (len & 15));
	for (len >>= 4; len; len >>= 7) {
		out[n++] = byte | 0x80;
		byte = len & 0x7f;
	}
	out[n++] = byte;
	return n;
}

static int append(struct repo_batch *b, struct item *item, const void *bytes, size_t len, struct err *e)
{
	if (len > OBJECT_MAX)
		return err_set(e, ERR_TOOBIG, "%s: an object over %zu bytes", b->repo->path, OBJECT_MAX);
	size_t room = 16 + deflateBound(&b->z, len);
	uint8_t *out = reserve(b, room);
	size_t head = print_head(out, item->type, len);
	deflateReset(&b->z);
	b->z.next_in = (Bytef *)bytes;
	b->z.avail_in = (uInt)len;
	b->z.next_out = out + head;
	b->z.avail_out = (uInt)(room - head);
	if (deflate(&b->z, Z_FINISH) != Z_STREAM_END)
		return err_set(e, ERR_IO, "%s: zlib: an object can't be packed", b->repo->path);
	size_t made = room - b->z.avail_out;
	item->offset = b->spilled + b->len;
	item->crc = (uint32_t)crc32(0, out, (uInt)made);
	b->len += made;
	return b->len > SPILL ? spill(b, e) : ERR_OK;
}

/* Is anything in the folder in which such an object would stand? For a large batch to look once at each of 256 folders
 * is cheaper than to look for every object. */
static bool may_be_loose(struct repo_batch *b, const struct oid *id)
{
	const uint8_t first = id->b[0];
	bool is_empty = false;
	if (b->count < LARGE)
		return true;
	if (!b->looked[first]) {
		MEM_CLEANUP char *folder = mem_printf("%s/objects/%02x", b->repo->path, first);
		b->looked[first] = true;
		b->empty[first] = !file_exists(folder) || (!file_is_empty_dir(folder, &is_empty, NULL) && is_empty);
	}
	return !b->empty[first];
}

/* A damaged copy does not count: the whole one that is written now will be found first. */
static bool is_there(struct repo_batch *b, const struct oid *id, size_t len)
{
	struct repo *r = b->repo;
	enum oid_type type;
	BUF_CLEANUP struct buf bytes = { .max = len + 1 };
	if (!repo_pack_has(r, id) && (!may_be_loose(b, id) || !repo_loose_has(r, id)))
		return false;
	return repo_read_known(r, id, len, &type, &bytes, NULL) == ERR_OK;
}

struct oid repo_batch_add(struct repo_batch *b, enum oid_type type, const void *bytes, size_t len)
{
	struct item item = { .id = oid_of(type, bytes, len), .len = len, .type = type };
	if (b->err.code || b->slots[get_slot(b, &item.id)] || is_there(b, &item.id, len))
		return item.id;
	if (append(b, &item, bytes, len, &b->err) == ERR_OK)
		remember(b, &item);
	return item.id;
}

static void put_u32(uint8_t *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, sizeof v);
}

static int hash_file(int fd, uint64_t len, const char *name, uint8_t out[OID_LEN], struct err *e)
{
	MEM_CLEANUP uint8_t *chunk = mem_alloc(READ_CHUNK);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int rc = md && EVP_DigestInit_ex(md, EVP_sha1(), NULL) == 1 ? ERR_OK : err_set(e, ERR_IO, "%s: no SHA-1", name);
	for (uint64_t at = 0; !rc && at < len;) {
		ssize_t n = pread(fd, chunk, READ_CHUNK, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			rc = n < 0 ? err_errno(e, errno, "%s", name) : err_set(e, ERR_IO, "%s: ends too early", name);
		else if (EVP_DigestUpdate(md, chunk, (size_t)n) != 1)
			rc = err_set(e, ERR_IO, "%s: no SHA-1", name);
		else
			at += (uint64_t)n;
	}
	if (!rc && EVP_DigestFinal_ex(md, out, NULL) != 1)
		rc = err_set(e, ERR_IO, "%s: no SHA-1", name);
	EVP_MD_CTX_free(md);
	return rc;
}

/* The head holds the count, so that it and the checksum come last. */
static int close_pack(struct repo_batch *b, uint8_t sum[OID_LEN], struct err *e)
{
	uint8_t head[PACK_HEAD] = { 'P', 'A', 'C', 'K', 0, 0, 0, 2 };
	put_u32(head + 8, (uint32_t)b->count);
	if (b->fd < 0) {
		memcpy(b->data, head, sizeof head);
		SHA1(b->data, b->len, sum);
		memcpy(reserve(b, OID_LEN), sum, OID_LEN);
		b->len += OID_LEN;
		return spill(b, e);
	}
	int rc = spill(b, e);
	if (!rc && pwrite(b->fd, head, sizeof head, 0) != (ssize_t)sizeof head)
		rc = err_errno(e, errno, "%s", b->pack_tmp);
	if (!rc)
		rc = hash_file(b->fd, b->spilled, b->pack_tmp, sum, e);
	return rc ? rc : file_write_all(b->fd, sum, OID_LEN, b->pack_tmp, e);
}

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	return oid_compare(&x->id, &y->id);
}

static uint8_t *print_index(const struct repo_batch *b, const uint8_t sum[OID_LEN], size_t *out_len)
{
	const size_t n = b->count;
	size_t bigs = 0;
	for (size_t i = 0; i < n; i++)
		bigs += b->items[i].offset >= 0x80000000u;
	const size_t len = 8 + 1024 + n * (OID_LEN + 8) + bigs * 8 + 2 * OID_LEN;
	uint8_t *out = mem_alloc(len), *fan = out + 8, *names = fan + 1024, *crcs = names + n * OID_LEN;
	uint8_t *offsets = crcs + n * 4, *big = offsets + n * 4, *tail = big + bigs * 8;
	put_u32(out, 0xff744f63);
	put_u32(out + 4, 2);
	bigs = 0;
	for (size_t i = 0, first = 0; i < n; i++) {
		const struct item *item = &b->items[i];
		for (; first < item->id.b[0]; first++)
			put_u32(fan + first * 4, (uint32_t)i);
		memcpy(names + i * OID_LEN, item->id.b, OID_LEN);
		put_u32(crcs + i * 4, item->crc);
		uint64_t at = htobe64(item->offset);
		if (item->offset < 0x80000000u)
			put_u32(offsets + i * 4, (uint32_t)item->offset);
		else {
			memcpy(big + bigs * 8, &at, sizeof at);
			put_u32(offsets + i * 4, 0x80000000u | (uint32_t)bigs++);
		}
	}
	for (size_t first = n ? b->items[n - 1].id.b[0] : 0; first < 256; first++)
		put_u32(fan + first * 4, (uint32_t)n);
	memcpy(tail, sum, OID_LEN);
	SHA1(out, len - OID_LEN, tail + OID_LEN);
	*out_len = len;
	return out;
}

static int write_index(struct repo_batch *b, const uint8_t sum[OID_LEN], struct err *e)
{
	size_t len;
	qsort(b->items, b->count, sizeof *b->items, compare_items);
	MEM_CLEANUP uint8_t *bytes = print_index(b, sum, &len);
	int rc = repo_spare_take(b->repo, &b->index_tmp, &b->index_fd, e);
	return rc ? rc : file_write_all(b->index_fd, bytes, len, b->index_tmp, e);
}

static int put_in_place(char **temporary, const char *packs, const char *stem, const char *suffix, struct err *e)
{
	MEM_CLEANUP char *path = mem_printf("%s/%s%s", packs, stem, suffix);
	if (rename(*temporary, path) < 0)
		return errno == ENOENT ? err_set(e, ERR_CONFLICT, "%s: was taken away while it was written", *temporary)
		                       : err_errno(e, errno, "%s", path);
	free(*temporary);
	*temporary = NULL;
	return ERR_OK;
}

static void withdraw(const struct repo *r, const char *stem)
{
	MEM_CLEANUP char *pack = mem_printf("%s/%s.pack", r->packs_path, stem);
	MEM_CLEANUP char *index = mem_printf("%s/%s.idx", r->packs_path, stem);
	unlink(pack);
	unlink(index);
	file_sync_dir(r->packs_path, NULL);
}

/* First the index: until the pack stands beside it nobody takes it for one, and a pack alone is never ours. */
static int put_both(struct repo_batch *b, const char *stem, struct err *e)
{
	const struct repo *r = b->repo;
	int rc = put_in_place(&b->index_tmp, r->packs_path, stem, ".idx", e);
	if (rc)
		return rc;
	rc = put_in_place(&b->pack_tmp, r->packs_path, stem, ".pack", e);
	if (!rc)
		rc = file_sync_dir(r->packs_path, e);
	if (rc)
		withdraw(r, stem);
	return rc;
}

static int read_back(const struct repo_batch *b, const struct repo_pack *p, struct err *e)
{
	BUF_CLEANUP struct buf bytes = { .max = OBJECT_MAX + 1 };
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < b->count; i++) {
		const struct item *item = &b->items[i];
		enum oid_type type;
		rc = repo_index_has(&p->index, &item->id)
			? repo_pack_read_one(p, &item->id, item->len, &type, &bytes, e)
			: err_set(e, ERR_LEDGER, "%s.idx: lacks an object that was written", p->stem);
		if (!rc && type != item->type)
			rc = err_set(e, ERR_LEDGER, "%s.pack: gives an object back as another type", p->stem);
	}
	return rc;
}

static int open_back(struct repo_batch *b, const char *stem, struct err *e)
{
	struct repo_pack p;
	repo_pack_forget(b->repo, stem);
	int rc = repo_pack_open(b->repo, stem, &p, e);
	if (!rc && (rc = read_back(b, &p, e)))
		repo_pack_close(&p);
	if (!rc) {
		repo_pack_adopt(b->repo, &p);
		return ERR_OK;
	}
	withdraw(b->repo, stem);
	err_prefix(e, "%s: what was read back is not what was written", b->repo->path);
	e->code = ERR_IO;
	return err_next(e, "check disk and memory of this machine before anything else is written");
}

/* A fault of adding is told by the first step that follows. */
static int keep_fault(struct repo_batch *b, int rc, const struct err *why, struct err *e)
{
	if (rc && !b->err.code)
		b->err = *why;
	if (rc && e)
		*e = *why;
	return rc;
}

int repo_batch_stage(struct repo_batch *b, struct err *e)
{
	uint8_t sum[OID_LEN];
	char hex[OID_HEX_LEN + 1];
	struct err why = b->err;
	int rc = why.code;
	if (!rc && b->count == 0)
		return ERR_OK;
	if (!rc)
		rc = close_pack(b, sum, &why);
	if (!rc)
		rc = write_index(b, sum, &why);
	if (!rc) {
		hash_hex_encode(sum, OID_LEN, hex);
		snprintf(b->stem, sizeof b->stem, "pack-%s", hex);
		/* on their way before anybody waits, so that one journal commit serves all */
		sync_file_range(b->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		sync_file_range(b->index_fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	}
	return keep_fault(b, rc, &why, e);
}

int repo_batch_sync(struct repo_batch *b, struct err *e)
{
	struct err why = b->err;
	int rc = why.code;
	if (!rc && b->count == 0)
		return ERR_OK;
	if (!rc && fsync(b->fd) < 0)
		rc = err_sync(&why, errno, b->pack_tmp);
	if (!rc && fsync(b->index_fd) < 0)
		rc = err_sync(&why, errno, b->index_tmp);
	return keep_fault(b, rc, &why, e);
}

int repo_batch_publish(struct repo_batch *b, struct err *e)
{
	struct err why = b->err;
	int rc = why.code;
	if (!rc && b->count == 0)
		return ERR_OK;
	if (!rc)
		rc = put_both(b, b->stem, &why);
	if (!rc)
		rc = open_back(b, b->stem, &why);
	if (!rc)
		b->count = 0;
	return keep_fault(b, rc, &why, e);
}

int repo_batch_write(struct repo_batch *b, struct err *e)
{
	int rc = repo_batch_stage(b, e);
	if (!rc)
		rc = repo_batch_sync(b, e);
	return rc ? rc : repo_batch_publish(b, e);
}
