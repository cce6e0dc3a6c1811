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

#define LONE_PACK_TRIES 40                /* git puts a pack in place before its index */
#define LONE_PACK_PAUSE_NS 50000000

int repo_pack_open(struct repo *r, const char *stem, struct repo_pack *out, struct err *e)
{
	struct stat st;
	MEM_CLEANUP char *pack = mem_printf("%s/%s.pack", r->packs_path, stem);
	MEM_CLEANUP char *index = mem_printf("%s/%s.idx", r->packs_path, stem);
	if (lstat(pack, &st) < 0)
		return err_errno(e, errno, "%s", pack);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_LEDGER, "%s: is not a regular file", pack);
	struct repo_pack p = { .seen = true, .foreign = r->foreign };
	int rc = repo_index_open(index, (uint64_t)st.st_size, &p.index, e);
	if (rc)
		return rc;
	int got = git_odb_backend_one_pack(&p.backend, index);
	if (got < 0) {
		repo_index_close(&p.index);
		return got == GIT_ENOTFOUND ? err_set(e, ERR_NOTFOUND, "%s: %s", index, repo_git_reason())
		                            : repo_git_fail(e, index);
	}
	p.stem = mem_strdup(stem);
	*out = p;
	return ERR_OK;
}

void repo_pack_close(struct repo_pack *p)
{
	p->backend->free(p->backend);
	repo_index_close(&p->index);
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

/* libgit2 shares an open pack by its path: before another file is opened there, the handle has to go. */
void repo_pack_forget(struct repo *r, const char *stem)
{
	for (size_t i = 0; i < r->count; i++)
		r->packs[i].seen = strcmp(r->packs[i].stem, stem) != 0;
	drop_unseen(r);
}

static int open_new(struct repo *r, const char *stem, struct err *e)
{
	struct repo_pack p;
	int rc = repo_pack_open(r, stem, &p, e);
	if (rc == ERR_NOTFOUND) /* merged into another one meanwhile, or not yet in place */
		return ERR_OK;
	if (!rc)
		repo_pack_adopt(r, &p);
	return rc;
}

static bool is_open(struct repo *r, const char *stem)
{
	struct stat st;
	for (size_t i = r->count; i-- > 0;) {
		struct repo_pack *p = &r->packs[i];
		if (strcmp(p->stem, stem) != 0)
			continue;
		MEM_CLEANUP char *path = mem_printf("%s/%s.idx", r->packs_path, stem);
		p->seen = lstat(path, &st) == 0 && st.st_dev == p->index.dev && st.st_ino == p->index.ino;
		return p->seen;
	}
	return false;
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
	if (r->walking)
		return ERR_OK;
	int rc = list_stems(r, ".idx", &stems, e);
	for (size_t i = 0; i < r->count; i++)
		r->packs[i].seen = rc != ERR_OK;
	for (size_t i = 0; !rc && i < stems.n; i++)
		if (is_open(r, stems.list[i])) {
			free(stems.list[i]);
			stems.list[i] = NULL;
		}
	drop_unseen(r);
	for (size_t i = 0; !rc && i < stems.n; i++)
		if (stems.list[i])
			rc = open_new(r, stems.list[i], e);
	release_stems(&stems);
	return rc;
}

int repo_pack_reopen(struct repo *r, struct err *e)
{
	if (r->walking)
		return ERR_OK;
	for (size_t i = 0; i < r->count; i++)
		r->packs[i].seen = false;
	drop_unseen(r);
	return repo_pack_scan(r, e);
}

size_t repo_pack_count(const struct repo *r)
{
	return r->count;
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
	for (size_t i = 0; i < r->count; i++)
		if (repo_index_has(&r->packs[get_turn(r, i)].index, id))
			return true;
	return false;
}

static bool is_one_of(git_object_t type, unsigned types)
{
	return type >= GIT_OBJECT_COMMIT && type <= GIT_OBJECT_TAG && (types & REPO_TYPE(type));
}

bool repo_pack_may_be(struct repo *r, const struct oid *id, unsigned types)
{
	git_oid oid = get_git_oid(id);
	bool is_packed = false;
	for (size_t i = 0; i < r->count; i++) {
		const struct repo_pack *p = &r->packs[get_turn(r, i)];
		git_object_t is;
		size_t len;
		if (!repo_index_has(&p->index, id))
			continue;
		if (p->backend->read_header(&len, &is, p->backend, &oid) < 0 || is_one_of(is, types))
			return true;
		is_packed = true;
	}
	return !is_packed;
}

static int refuse_size(const char *hex, size_t max, struct err *e)
{
	return err_set(e, ERR_TOOBIG, "object %s: over %zu bytes", hex, max);
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
	/* What others made is asked for its length first, which costs nearly as much as reading it. */
	int got = p->foreign ? p->backend->read_header(&len, &type, p->backend, &oid) : 0;
	if (got == 0 && p->foreign && len > max)
		return refuse_size(hex, max, e);
	if (got == 0)
		got = p->backend->read(&bytes, &len, &type, p->backend, &oid);
	if (got == 0 && len > max) {
		git_odb_backend_data_free(p->backend, bytes);
		return refuse_size(hex, max, e);
	}
	if (got < 0) {
		MEM_CLEANUP char *object = mem_printf("%s.pack: %s", p->stem, hex);
		return repo_git_fail(e, object);
	}
	struct oid is = { .b = { 0 } };
	if (type >= GIT_OBJECT_COMMIT && type <= GIT_OBJECT_TAG)
		is = oid_of((enum oid_type)type, bytes, len);
	buf_clear(out);
	buf_add(out, bytes, len);
	git_odb_backend_data_free(p->backend, bytes);
	if (!oid_is_equal(&is, id))
		return err_set(e, ERR_LEDGER, "object %s: damaged in %s.pack: other bytes", hex, p->stem);
	if (buf_is_over(out))
		return err_set(e, ERR_TOOBIG, "object %s: over what the reader holds", hex);
	*out_type = (enum oid_type)type;
	return ERR_OK;
}

int repo_pack_read(struct repo *r, const struct oid *id, size_t max, enum oid_type *out_type, struct buf *out,
                   struct err *e)
{
	char hex[OID_HEX_LEN + 1];
	struct err fault = ERR_INIT;
	for (size_t i = 0; i < r->count; i++) {
		size_t at = get_turn(r, i);
		if (!repo_index_has(&r->packs[at].index, id))
			continue;
		int rc = repo_pack_read_one(&r->packs[at], id, max, out_type, out, &fault);
		if (rc == ERR_TOOBIG)
			return err_set(e, rc, "%s: %s", r->path, fault.text);
		if (rc)
			continue;
		if (r->foreign)
			repo_copies_look_packed(r, id, max, &r->packs[at]);
		r->last = at;
		return ERR_OK;
	}
	oid_print(id, hex);
	if (fault.code)
		return err_set(e, fault.code, "%s: %s", r->path, fault.text);
	return err_set(e, ERR_NOTFOUND, "%s: object %s: not there", r->path, hex);
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

static int walk_one(const struct repo_index *index, repo_object_fn *fn, void *ctx, struct err *e)
{
	int rc = ERR_OK;
	for (uint32_t i = 0; !rc && i < index->count; i++) {
		struct oid id = repo_index_at(index, i);
		rc = fn(ctx, &id, e);
	}
	return rc;
}

int repo_pack_walk(struct repo *r, repo_object_fn *fn, void *ctx, struct err *e)
{
	int rc = check_all_listed(r, e);
	if (!rc)
		rc = repo_pack_scan(r, e);
	r->walking++;
	for (size_t i = 0; !rc && i < r->count; i++)
		rc = walk_one(&r->packs[i].index, fn, ctx, e);
	r->walking--;
	return rc;
}
