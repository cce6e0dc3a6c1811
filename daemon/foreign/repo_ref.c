#include <errno.h>
#include <fcntl.h>
#include <git2/refs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/repo_impl.h"

/*
 * Refs as git keeps them: a file of 41 bytes each, or a line of packed-refs. Read here strictly: libgit2 passes over a
 * loose ref that it can't read, and does not sync the folders that it makes for a new one.
 */

#define PACKED_MAX ((size_t)256 << 20)
#define HEAD_MAX ((size_t)4 << 10)
#define REF_LEN (OID_HEX_LEN + 1)
#define WALK_TRIES 5

enum found { ABSENT, DIRECT, SYMBOLIC };

static int check_name(const char *name, struct err *e)
{
	int valid = 0;
	if (strncmp(name, "refs/", 5) != 0 || git_reference_name_is_valid(&valid, name) < 0 || !valid)
		return err_set(e, ERR_LEDGER, "%s: is not a name for a ref", name);
	return ERR_OK;
}

static int parse_loose(const char *text, size_t len, const char *path, enum found *out_found, struct oid *out,
                       struct err *e)
{
	*out_found = SYMBOLIC;
	if (len > 5 && memcmp(text, "ref: ", 5) == 0)
		return ERR_OK;
	*out_found = DIRECT;
	if (len != REF_LEN || text[OID_HEX_LEN] != '\n' || !oid_parse(text, OID_HEX_LEN, out))
		return err_set(e, ERR_LEDGER, "%s: does not hold an object id", path);
	return ERR_OK;
}

static int read_fd(int fd, const char *path, enum found *out_found, struct oid *out, struct err *e)
{
	struct stat st;
	char text[256];
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", path);
	*out_found = ABSENT;
	if (S_ISDIR(st.st_mode))
		return ERR_OK;
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_LEDGER, "%s: is not a regular file", path);
	ssize_t n = pread(fd, text, sizeof text, 0);
	if (n < 0)
		return err_errno(e, errno, "%s", path);
	return parse_loose(text, (size_t)n, path, out_found, out, e);
}

static int read_loose(const struct repo *r, const char *name, enum found *out_found, struct oid *out, struct err *e)
{
	MEM_CLEANUP char *path = file_path(r->path, name);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	*out_found = ABSENT;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return ERR_OK;
	if (fd < 0 && errno == ELOOP)
		return err_set(e, ERR_LEDGER, "%s: is a symbolic link: not followed", path);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc = read_fd(fd, path, out_found, out, e);
	close(fd);
	return rc;
}

int repo_head_read(struct repo *r, bool *out_is_detached, struct oid *out, struct err *e)
{
	static const char branch[] = "ref: refs/heads/";
	MEM_CLEANUP char *path = file_path(r->path, "HEAD");
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = file_read(path, HEAD_MAX, &text, e);
	if (rc)
		return rc;
	const char *s = buf_str(&text);
	size_t len = text.len - (text.len && s[text.len - 1] == '\n');
	*out_is_detached = len == OID_HEX_LEN && oid_parse(s, len, out);
	if (*out_is_detached)
		return ERR_OK;
	MEM_CLEANUP char *name = mem_strndup(s, len);
	if (strncmp(name, branch, strlen(branch)) != 0 || strlen(name) != len)
		return err_set(e, ERR_LEDGER, "%s: names neither a branch nor a commit", path);
	return check_name(name + strlen("ref: "), e);
}

struct refs {
	struct ref {
		char *name;
		struct oid id;
		bool packed;
	} *list;
	size_t n, cap;
};

static void release_refs(struct refs *refs)
{
	for (size_t i = 0; i < refs->n; i++)
		free(refs->list[i].name);
	free(refs->list);
}

static void add_ref(struct refs *refs, const char *name, size_t len, const struct oid *id, bool packed)
{
	if (refs->n == refs->cap) {
		refs->cap = refs->cap ? refs->cap * 2 : 32;
		refs->list = mem_grow(refs->list, refs->cap, sizeof *refs->list);
	}
	refs->list[refs->n++] = (struct ref){ .name = mem_strndup(name, len), .id = *id, .packed = packed };
}

struct packed {                   /* while packed-refs is read */
	struct refs *out;
	bool is_sorted;           /* says its header */
	bool is_peeled;           /* the line before is a ref that may be followed by what it points to */
};

/* What a tag points to. */
static int parse_peeled(struct packed *p, const char *line, size_t len, struct err *e)
{
	struct oid id;
	if (len != OID_HEX_LEN + 1 || !oid_parse(line + 1, OID_HEX_LEN, &id))
		return err_set(e, ERR_LEDGER, "packed-refs: a line is malformed");
	if (!p->is_peeled)
		return err_set(e, ERR_LEDGER, "packed-refs: what a tag points to stands behind no ref");
	p->is_peeled = false;
	return ERR_OK;
}

/* Git looks a name up by halves where the header says that they are sorted. */
static int check_order(const struct packed *p, struct err *e)
{
	const struct ref *last = &p->out->list[p->out->n - 1];
	int order = p->out->n > 1 && last[-1].packed ? strcmp(last[-1].name, last->name) : -1;
	if (order == 0)
		return err_set(e, ERR_LEDGER, "packed-refs: %s stands there twice", last->name);
	if (order > 0 && p->is_sorted)
		return err_set(e, ERR_LEDGER, "packed-refs: %s stands there out of order", last->name);
	return ERR_OK;
}

static int parse_packed_line(struct packed *p, const char *line, size_t len, struct err *e)
{
	struct oid id;
	if (len && line[0] == '^')
		return parse_peeled(p, line, len, e);
	if (len < OID_HEX_LEN + 2 || line[OID_HEX_LEN] != ' ' || memchr(line, '\0', len) ||
	    !oid_parse(line, OID_HEX_LEN, &id))
		return err_set(e, ERR_LEDGER, "packed-refs: a line is malformed");
	add_ref(p->out, line + OID_HEX_LEN + 1, len - OID_HEX_LEN - 1, &id, true);
	p->is_peeled = true;
	int rc = check_name(p->out->list[p->out->n - 1].name, e);
	return rc ? rc : check_order(p, e);
}

/* With what else git itself does not go on. */
static bool is_header(const char *line, size_t len)
{
	static const char begin[] = "# pack-refs with:";
	return len >= sizeof begin - 1 && memcmp(line, begin, sizeof begin - 1) == 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Of two lines of one ref git takes the one, and we could take the other. */
static int check_unique(const struct refs *refs, size_t from, struct err *e)
{
	size_t n = refs->n - from;
	MEM_CLEANUP char **names = mem_array(n + 1, sizeof *names);
	for (size_t i = 0; i < n; i++)
		names[i] = refs->list[from + i].name;
	qsort(names, n, sizeof *names, compare_names);
	for (size_t i = 1; i < n; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			return err_set(e, ERR_LEDGER, "packed-refs: %s stands there twice", names[i]);
	return ERR_OK;
}

static int parse_packed(const struct buf *text, struct refs *out, struct err *e)
{
	const char *begin = buf_str(text), *at = begin, *end = begin + text->len;
	struct packed p = { .out = out };
	size_t from = out->n;
	int rc = ERR_OK;
	while (!rc && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			return err_set(e, ERR_LEDGER, "packed-refs: its last line is cut");
		size_t len = (size_t)(newline - at);
		if (at == begin && is_header(at, len))
			p.is_sorted = memmem(at, len, "sorted", strlen("sorted")) != NULL;
		else
			rc = parse_packed_line(&p, at, len, e);
		at = newline + 1;
	}
	return rc || p.is_sorted ? rc : check_unique(out, from, e);
}

static int read_packed(const struct repo *r, struct buf *text, struct refs *out, struct err *e)
{
	MEM_CLEANUP char *path = file_path(r->path, "packed-refs");
	struct err why = ERR_INIT;
	int rc = file_read(path, PACKED_MAX, text, &why);
	if (rc == ERR_NOTFOUND)
		return ERR_OK;
	if (!rc)
		rc = parse_packed(text, out, &why);
	if (rc && e)
		*e = why;
	return rc ? err_prefix(e, "%s", r->path), rc : ERR_OK;
}

static int find_packed(const struct repo *r, const char *name, bool *out_exists, struct oid *out, struct err *e)
{
	struct refs refs = { .list = NULL };
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = read_packed(r, &text, &refs, e);
	*out_exists = false;
	for (size_t i = 0; !rc && !*out_exists && i < refs.n; i++)
		if (strcmp(refs.list[i].name, name) == 0) {
			*out = refs.list[i].id;
			*out_exists = true;
		}
	release_refs(&refs);
	return rc;
}

int repo_ref_read(struct repo *r, const char *name, bool *out_exists, struct oid *out, struct err *e)
{
	enum found found;
	*out_exists = false;
	int rc = check_name(name, e);
	if (!rc)
		rc = read_loose(r, name, &found, out, e);
	if (rc)
		return rc;
	if (found == SYMBOLIC)
		return err_set(e, ERR_LEDGER, "%s: %s: is a symbolic ref", r->path, name);
	*out_exists = found == DIRECT;
	return found == DIRECT ? ERR_OK : find_packed(r, name, out_exists, out, e);
}

/* The folders of a new ref, from the outermost; each is on the medium before something is put into it, also one that a
 * killed writer had made. Where the ref's file stands, they have been. */
static int make_folders(const struct repo *r, const char *name, struct err *e)
{
	MEM_CLEANUP char *path = file_path(r->path, name);
	if (file_exists(path))
		return ERR_OK;
	int rc = ERR_OK;
	for (char *at = path + strlen(r->path) + 1; !rc && (at = strchr(at, '/')); at++) {
		*at = '\0';
		if ((mkdir(path, 0700) < 0 && errno != EEXIST) || chmod(path, 0700) < 0)
			rc = err_errno(e, errno, "%s", path);
		else
			rc = file_sync_parent(path, e);
		*at = '/';
	}
	return rc;
}

static int compare_old(struct repo *r, const char *name, const struct oid *old, struct err *e)
{
	bool exists;
	struct oid is;
	int rc = repo_ref_read(r, name, &exists, &is, e);
	if (rc)
		return rc;
	if (exists != (old != NULL) || (old && !oid_is_equal(&is, old)))
		return err_set(e, ERR_CONFLICT, "%s: %s: is not where it was", r->path, name);
	return ERR_OK;
}

static int check_moved(struct repo *r, const char *name, const struct oid *new, struct err *e)
{
	enum found found;
	struct oid is;
	int rc = read_loose(r, name, &found, &is, e);
	if (!rc && (found != DIRECT || !oid_is_equal(&is, new)))
		rc = err_set(e, ERR_IO, "%s: %s: what was read back is not what was written", r->path, name);
	return rc;
}

int repo_ref_stage(struct repo *r, const char *name, const struct oid *old, const struct oid *new, struct err *e)
{
	struct repo_lock *lock;
	char text[REF_LEN + 1];
	int rc = check_name(name, e);
	if (!rc)
		rc = make_folders(r, name, e);
	if (!rc)
		rc = repo_lock_take(r, name, &lock, e);
	if (rc)
		return rc;
	rc = compare_old(r, name, old, e);
	oid_print(new, text);
	text[OID_HEX_LEN] = '\n';
	if (!rc)
		rc = repo_lock_write(r, lock, text, REF_LEN, e);
	if (rc)
		repo_lock_drop(r, lock);
	return rc;
}

int repo_ref_sync(struct repo *r, const char *name, struct err *e)
{
	struct repo_lock *lock;
	int rc = repo_lock_take(r, name, &lock, e);
	return rc ? rc : repo_lock_sync(r, lock, e);
}

int repo_ref_publish(struct repo *r, const char *name, const struct oid *new, struct err *e)
{
	struct repo_lock *lock;
	char hex[OID_HEX_LEN + 1];
	int rc = repo_lock_take(r, name, &lock, e);
	if (rc)
		return rc;
	if (!repo_has(r, new)) {
		oid_print(new, hex);
		repo_lock_drop(r, lock);
		return err_set(e, ERR_LEDGER, "%s: %s: object %s is not there", r->path, name, hex);
	}
	rc = repo_lock_commit(r, lock, e);
	return rc ? rc : check_moved(r, name, new, e);
}

int repo_ref_move(struct repo *r, const char *name, const struct oid *old, const struct oid *new, struct err *e)
{
	int rc = repo_ref_stage(r, name, old, new, e);
	if (!rc)
		rc = repo_ref_sync(r, name, e);
	return rc ? rc : repo_ref_publish(r, name, new, e);
}

/* Taken again first: another lock may have moved it within the list. */
static void unlock(struct repo *r, const char *name)
{
	struct repo_lock *lock;
	if (repo_lock_take(r, name, &lock, NULL) == ERR_OK)
		repo_lock_drop(r, lock);
}

/* packed-refs without this one; its peeled line goes with it. */
static void print_without(const struct buf *text, const char *name, struct buf *out)
{
	const char *at = buf_str(text), *end = at + text->len;
	size_t len = strlen(name), line = OID_HEX_LEN + 1 + len + 1;
	bool dropped = false;
	for (const char *next; at < end; at = next) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		next = newline ? newline + 1 : end;
		if (*at != '^')
			dropped = (size_t)(next - at) == line && memcmp(at + OID_HEX_LEN + 1, name, len) == 0;
		if (!dropped)
			buf_add(out, at, (size_t)(next - at));
	}
}

static int rewrite_packed(struct repo *r, const char *name, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	BUF_CLEANUP struct buf rest = BUF_INIT;
	struct refs refs = { .list = NULL };
	struct repo_lock *lock;
	int rc = repo_lock_take(r, "packed-refs", &lock, e);
	if (rc)
		return rc;
	rc = read_packed(r, &text, &refs, e);
	release_refs(&refs);
	if (rc) {
		repo_lock_drop(r, lock);
		return rc;
	}
	print_without(&text, name, &rest);
	rc = repo_lock_write(r, lock, buf_str(&rest), rest.len, e);
	if (!rc)
		rc = repo_lock_sync(r, lock, e);
	if (!rc)
		rc = repo_lock_commit(r, lock, e);
	unlock(r, "packed-refs");
	return rc;
}

/* The packed value goes first: it must not come to light again when the loose one is gone. */
static int delete_locked(struct repo *r, const char *name, const struct oid *old, struct err *e)
{
	MEM_CLEANUP char *path = file_path(r->path, name);
	bool packed;
	struct oid id;
	int rc = compare_old(r, name, old, e);
	if (!rc)
		rc = find_packed(r, name, &packed, &id, e);
	if (!rc && packed)
		rc = rewrite_packed(r, name, e);
	if (!rc && unlink(path) < 0 && errno != ENOENT)
		rc = err_errno(e, errno, "%s", path);
	return rc ? rc : file_sync_parent(path, e);
}

int repo_ref_delete(struct repo *r, const char *name, const struct oid *old, struct err *e)
{
	struct repo_lock *lock;
	int rc = check_name(name, e);
	if (!rc)
		rc = make_folders(r, name, e);
	if (!rc)
		rc = repo_lock_take(r, name, &lock, e);
	if (rc)
		return rc;
	rc = delete_locked(r, name, old, e);
	unlock(r, name);
	return rc;
}

struct loose {
	const struct repo *repo;
	struct refs *refs;
};

static bool ends_with(const char *s, const char *tail)
{
	size_t len = strlen(s), n = strlen(tail);
	return len >= n && strcmp(s + len - n, tail) == 0;
}

static int add_loose(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	struct loose *l = ctx;
	enum found found;
	struct oid id;
	(void)full;
	if (is_dir || ends_with(rel, ".lock"))
		return ERR_OK;
	MEM_CLEANUP char *name = mem_printf("refs/%s", rel);
	int rc = check_name(name, e);
	if (!rc)
		rc = read_loose(l->repo, name, &found, &id, e);
	if (rc || found == ABSENT)
		return rc;
	if (found == DIRECT)
		add_ref(l->refs, name, strlen(name), &id, false);
	else if (strncmp(name, "refs/remotes/", 13) != 0 || !ends_with(name, "/HEAD"))
		return err_set(e, ERR_LEDGER, "%s: %s: is a symbolic ref", l->repo->path, name);
	return ERR_OK;
}

/* git packs refs before it removes the loose ones: packed ones are read last, so that none is missed between. */
static int collect(const struct repo *r, struct refs *out, struct err *e)
{
	struct loose l = { .repo = r, .refs = out };
	MEM_CLEANUP char *path = file_path(r->path, "refs");
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = file_walk(path, add_loose, &l, e);
	return rc ? rc : read_packed(r, &text, out, e);
}

static int compare_refs(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	return order ? order : x->packed - y->packed; /* a loose ref counts before a packed one */
}

static int collect_stable(const struct repo *r, struct refs *out, struct err *e)
{
	int rc = ERR_NOTFOUND;
	/* A folder can go while we look at it. */
	for (unsigned i = 0; rc == ERR_NOTFOUND && i < WALK_TRIES; i++) {
		release_refs(out);
		*out = (struct refs){ .list = NULL };
		rc = collect(r, out, e);
	}
	return rc;
}

int repo_ref_walk(struct repo *r, const char *prefix, repo_ref_fn *fn, void *ctx, struct err *e)
{
	struct refs refs = { .list = NULL };
	int rc = collect_stable(r, &refs, e);
	if (!rc && refs.n)
		qsort(refs.list, refs.n, sizeof *refs.list, compare_refs);
	for (size_t i = 0; !rc && i < refs.n; i++) {
		const struct ref *ref = &refs.list[i];
		if (i && strcmp(ref->name, refs.list[i - 1].name) == 0)
			continue;
		if (strncmp(ref->name, prefix, strlen(prefix)) == 0)
			rc = fn(ctx, ref->name, &ref->id, e);
	}
	release_refs(&refs);
	return rc;
}
