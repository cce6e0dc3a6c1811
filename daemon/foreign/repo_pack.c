#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <git2/errors.h>
#include <git2/odb_backend.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/repo_impl.h"

#define INDEX_HEAD (8 + 256 * 4)          /* magic, version, fan-out */
#define INDEX_ENTRY (OID_LEN + 4 + 4)     /* name, CRC, offset */
#define INDEX_TAIL (2 * OID_LEN)          /* checksum of the pack, checksum of the index */
#define PACK_TAIL OID_LEN
#define BIG_OFFSET 0x80000000u            /* then the offset stands in the table of 8-byte ones */

#define LONE_PACK_TRIES 40                /* git puts a pack in place before its index */
#define LONE_PACK_PAUSE_NS 50000000

static uint32_t get_u32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return be32toh(v);
}

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return be64toh(v);
}

static const char *find_fault_in_tables(const uint8_t *index, uint32_t n, uint64_t big, uint64_t pack_size)
{
	const uint8_t *names = index + INDEX_HEAD;
	const uint8_t *offsets = names + (uint64_t)n * (OID_LEN + 4);
	const uint8_t *bigs = offsets + (uint64_t)n * 4;
	uint32_t before = 0;
	for (unsigned i = 0; i < 256; i++) {
		uint32_t here = get_u32(index + 8 + i * 4);
		if (here < before || here > n)
			return "its fan-out table is not ascending";
		for (; before < here; before++)
			if (names[(uint64_t)before * OID_LEN] != i)
				return "its fan-out table does not fit its names";
	}
	for (uint32_t i = 0; i < n; i++) {
		if (i && memcmp(names + (uint64_t)(i - 1) * OID_LEN, names + (uint64_t)i * OID_LEN, OID_LEN) >= 0)
			return "its names are not ascending";
		uint64_t at = get_u32(offsets + (uint64_t)i * 4);
		if (at & BIG_OFFSET) {
			if ((at & ~(uint64_t)BIG_OFFSET) >= big)
				return "an offset points outside of its table";
			at = get_u64(bigs + (at & ~(uint64_t)BIG_OFFSET) * 8);
		}
		if (at < 12 || at >= pack_size - PACK_TAIL)
			return "an offset points outside of the pack";
	}
	return NULL;
}

/* libgit2 trusts an index: a flipped bit in one makes it read outside of its memory. NULL if all is right. */
static const char *find_fault(const uint8_t *index, uint64_t size, uint64_t pack_size)
{
	uint8_t sum[OID_LEN];
	if (size < INDEX_HEAD + INDEX_TAIL || pack_size < 12 + PACK_TAIL)
		return "too short";
	if (get_u32(index) != 0xff744f63 || get_u32(index + 4) != 2)
		return "not an index of version 2";
	uint32_t n = get_u32(index + 8 + 255 * 4);
	uint64_t small = INDEX_HEAD + INDEX_TAIL + (uint64_t)n * INDEX_ENTRY;
	if (size < small || (size - small) % 8 != 0 || (size - small) / 8 > n)
		return "its length does not fit its count of objects";
	SHA1(index, size - OID_LEN, sum);
	if (memcmp(sum, index + size - OID_LEN, OID_LEN) != 0)
		return "its checksum is wrong";
	return find_fault_in_tables(index, n, (size - small) / 8, pack_size);
}

static int stat_regular(const char *path, struct stat *st, struct err *e)
{
	if (lstat(path, st) < 0)
		return err_errno(e, errno, "%s", path);
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_LEDGER, "%s: is not a regular file", path);
	return ERR_OK;
}

static int check_mapped(int fd, const char *path, uint64_t pack_size, struct err *e)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", path);
	if (st.st_size < INDEX_HEAD + INDEX_TAIL)
		return err_set(e, ERR_LEDGER, "%s: too short", path);
	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return err_errno(e, errno, "%s", path);
	const char *fault = find_fault(map, (uint64_t)st.st_size, pack_size);
	munmap(map, (size_t)st.st_size);
	return fault ? err_set(e, ERR_LEDGER, "%s: %s", path, fault) : ERR_OK;
}

static int check_index(const char *path, uint64_t pack_size, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc = check_mapped(fd, path, pack_size, e);
	close(fd);
	return rc;
}

int repo_pack_open(struct repo *r, const char *stem, struct repo_pack *out, struct err *e)
{
	struct stat st;
	MEM_CLEANUP char *path = mem_printf("%s/%s.idx", r->packs_path, stem);
	int rc = stat_regular(path, &st, e);
	if (rc)
		return rc;
	git_odb_backend *backend;
	int got = git_odb_backend_one_pack(&backend, path);
	if (got < 0)
		return err_set(e, got == GIT_ENOTFOUND ? ERR_NOTFOUND : ERR_LEDGER, "%s: %s", path, repo_git_reason());
	*out = (struct repo_pack){ .stem = mem_strdup(stem), .dev = st.st_dev, .ino = st.st_ino, .backend = backend };
	return ERR_OK;
}

void repo_pack_close(struct repo_pack *p)
{
	p->backend->free(p->backend);
	free(p->stem);
}

void repo_pack_adopt(struct repo *r, struct repo_pack *p)
{
	if (r->count == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 32;
		r->packs = mem_grow(r->packs, r->cap, sizeof *r->packs);
	}
	r->packs[r->count++] = *p;
}

static int open_checked(struct repo *r, const char *stem, struct err *e)
{
	struct stat st;
	struct repo_pack p;
	MEM_CLEANUP char *pack = mem_printf("%s/%s.pack", r->packs_path, stem);
	MEM_CLEANUP char *index = mem_printf("%s/%s.idx", r->packs_path, stem);
	int rc = stat_regular(pack, &st, e);
	if (!rc)
		rc = check_index(index, (uint64_t)st.st_size, e);
	if (!rc)
		rc = repo_pack_open(r, stem, &p, e);
	if (rc == ERR_NOTFOUND) /* merged into another one meanwhile, or not yet in place */
		return ERR_OK;
	if (rc)
		return rc;
	p.seen = true;
	repo_pack_adopt(r, &p);
	return ERR_OK;
}

static bool is_open(struct repo *r, const char *stem)
{
	struct stat st;
	for (size_t i = r->count; i-- > 0;) {
		struct repo_pack *p = &r->packs[i];
		if (strcmp(p->stem, stem) != 0)
			continue;
		MEM_CLEANUP char *path = mem_printf("%s/%s.idx", r->packs_path, stem);
		p->seen = lstat(path, &st) == 0 && st.st_dev == p->dev && st.st_ino == p->ino;
		return p->seen;
	}
	return false;
}

static void drop_unseen(struct repo *r)
{
	size_t kept = 0;
	for (size_t i = 0; i < r->count; i++) {
		if (r->packs[i].seen)
			r->packs[kept++] = r->packs[i];
		else
			repo_pack_close(&r->packs[i]);
	}
	r->count = kept;
	r->last = 0;
}

/* The stem if name is that of a pack's index; ".tmp-" names are of a git that still writes. To be freed. */
static char *get_stem(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);
	if (len <= tail || name[0] == '.' || strcmp(name + len - tail, suffix) != 0)
		return NULL;
	return mem_strndup(name, len - tail);
}

struct stems {
	char **list;
	size_t n, cap;
};

static void release_stems(struct stems *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->list[i]);
	free(s->list);
}

static void add_stem(struct stems *s, char *stem)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->list = mem_grow(s->list, s->cap, sizeof *s->list);
	}
	s->list[s->n++] = stem;
}

static int list_stems(const struct repo *r, const char *suffix, struct stems *out, struct err *e)
{
	DIR *d = opendir(r->packs_path);
	if (!d)
		return err_errno(e, errno, "%s", r->packs_path);
	struct dirent *entry;
	while ((errno = 0, entry = readdir(d))) {
		char *stem = get_stem(entry->d_name, suffix);
		if (stem)
			add_stem(out, stem);
	}
	int rc = errno ? err_errno(e, errno, "%s", r->packs_path) : ERR_OK;
	closedir(d);
	return rc;
}

int repo_pack_scan(struct repo *r, struct err *e)
{
	struct stems stems = { .list = NULL };
	int rc = list_stems(r, ".idx", &stems, e);
	for (size_t i = 0; i < r->count; i++)
		r->packs[i].seen = rc != ERR_OK;
	/* First what went: libgit2 shares an open pack by its path, and another file may stand there now. */
	for (size_t i = 0; !rc && i < stems.n; i++)
		if (is_open(r, stems.list[i])) {
			free(stems.list[i]);
			stems.list[i] = NULL;
		}
	drop_unseen(r);
	for (size_t i = 0; !rc && i < stems.n; i++)
		if (stems.list[i])
			rc = open_checked(r, stems.list[i], e);
	release_stems(&stems);
	return rc;
}

size_t repo_pack_count(struct repo *r)
{
	struct stems stems = { .list = NULL };
	list_stems(r, ".pack", &stems, NULL);
	size_t n = stems.n;
	release_stems(&stems);
	return n;
}

static git_oid get_git_oid(const struct oid *id)
{
	git_oid out;
	memcpy(out.id, id->b, OID_LEN);
	return out;
}

/* The pack to look into as the i-th: where something was found before, then from the newest to the oldest. */
static size_t get_turn(const struct repo *r, size_t i)
{
	if (i == 0)
		return r->last;
	size_t at = r->count - i;
	return at <= r->last ? at - 1 : at;
}

bool repo_pack_has(struct repo *r, const struct oid *id)
{
	git_oid oid = get_git_oid(id);
	for (size_t i = 0; i < r->count; i++) {
		git_odb_backend *b = r->packs[get_turn(r, i)].backend;
		if (b->exists(b, &oid))
			return true;
	}
	return false;
}

int repo_pack_read_one(const struct repo_pack *p, const struct oid *id, size_t max, enum oid_type *out_type,
                       struct buf *out, struct err *e)
{
	char hex[OID_HEX_LEN + 1];
	git_oid oid = get_git_oid(id);
	git_object_t type;
	void *bytes;
	size_t len;
	oid_print(id, hex);
	int got = p->backend->read_header(&len, &type, p->backend, &oid);
	if (got == GIT_ENOTFOUND)
		return err_set(e, ERR_NOTFOUND, "object %s: not there", hex);
	if (got == 0 && len > max)
		return err_set(e, ERR_TOOBIG, "object %s: over %zu bytes", hex, max);
	if (got == 0)
		got = p->backend->read(&bytes, &len, &type, p->backend, &oid);
	if (got < 0)
		return err_set(e, ERR_LEDGER, "object %s: damaged in %s.pack: %s", hex, p->stem, repo_git_reason());
	int rc = err_set(e, ERR_LEDGER, "object %s: damaged in %s.pack: its bytes have another name", hex, p->stem);
	if (type >= GIT_OBJECT_COMMIT && type <= GIT_OBJECT_TAG) {
		struct oid is = oid_of((enum oid_type)type, bytes, len);
		if (oid_is_equal(&is, id)) {
			buf_clear(out);
			buf_add(out, bytes, len);
			*out_type = (enum oid_type)type;
			rc = buf_is_over(out) ? err_set(e, ERR_TOOBIG, "object %s: over what the reader holds", hex) : ERR_OK;
		}
	}
	git_odb_backend_data_free(p->backend, bytes);
	return rc;
}

int repo_pack_read(struct repo *r, const struct oid *id, size_t max, enum oid_type *out_type, struct buf *out,
                   struct err *e)
{
	char hex[OID_HEX_LEN + 1];
	struct err damaged = ERR_INIT;
	for (size_t i = 0; i < r->count; i++) {
		size_t at = get_turn(r, i);
		int rc = repo_pack_read_one(&r->packs[at], id, max, out_type, out, e);
		if (rc == ERR_LEDGER)
			err_set(&damaged, rc, "%s: %s", r->path, e ? e->text : "object damaged");
		if (rc == ERR_LEDGER || rc == ERR_NOTFOUND)
			continue;
		r->last = at;
		return rc;
	}
	oid_print(id, hex);
	if (damaged.code)
		return err_set(e, ERR_LEDGER, "%s", damaged.text);
	return err_set(e, ERR_NOTFOUND, "%s: object %s: not there", r->path, hex);
}

struct visit {
	repo_object_fn *fn;
	void *ctx;
	struct err *e;
	int rc;
};

static int visit_one(const git_oid *oid, void *payload)
{
	struct visit *v = payload;
	struct oid id;
	memcpy(id.b, oid->id, OID_LEN);
	v->rc = v->fn(v->ctx, &id, v->e);
	return v->rc ? GIT_EUSER : 0;
}

/* A pack without its index would hide what it holds. */
static int check_no_lone_pack(struct repo *r, struct err *e)
{
	struct stems stems = { .list = NULL };
	int rc = list_stems(r, ".pack", &stems, e);
	for (size_t i = 0; !rc && i < stems.n; i++) {
		MEM_CLEANUP char *index = mem_printf("%s/%s.idx", r->packs_path, stems.list[i]);
		MEM_CLEANUP char *pack = mem_printf("%s/%s.pack", r->packs_path, stems.list[i]);
		if (!file_exists(index) && file_exists(pack))
			rc = err_set(e, ERR_LEDGER, "%s: has no index: what it holds can't be listed", pack);
	}
	release_stems(&stems);
	return rc;
}

static int check_all_listed(struct repo *r, struct err *e)
{
	const struct timespec pause = { .tv_nsec = LONE_PACK_PAUSE_NS };
	int rc = check_no_lone_pack(r, e);
	for (unsigned i = 0; rc == ERR_LEDGER && i < LONE_PACK_TRIES; i++) {
		nanosleep(&pause, NULL);
		rc = check_no_lone_pack(r, e);
	}
	return rc;
}

int repo_pack_walk(struct repo *r, repo_object_fn *fn, void *ctx, struct err *e)
{
	struct visit v = { .fn = fn, .ctx = ctx, .e = e };
	int rc = check_all_listed(r, e);
	if (!rc)
		rc = repo_pack_scan(r, e);
	for (size_t i = 0; !rc && i < r->count; i++) {
		git_odb_backend *b = r->packs[i].backend;
		if (b->foreach(b, visit_one, &v) < 0)
			rc = v.rc ? v.rc : err_set(e, ERR_LEDGER, "%s/%s.idx: %s", r->packs_path, r->packs[i].stem, repo_git_reason());
	}
	return rc;
}
