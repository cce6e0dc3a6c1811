#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/task.h"
#include "ledger/dispose_impl.h"

#define CHUNK ((size_t)1 << 20)
#define HEX_LEN ((size_t)2 * NOTE_SALT_LEN)
#define HEX "0123456789abcdef"

#define FIRST_BITS 22
#define FIRST_LEN sizeof(uint32_t)
#define STEP 8

/* A bit for each beginning of what is looked for: nearly all that is looked at ends here. */
struct firsts {
	uint8_t bits[1 << (FIRST_BITS - 3)];
};

struct search {
	const struct dispose_set *set;
	const char *dir, *ledger, *volumes;
	struct firsts salts, blobs;
	struct firsts parts;              /* of what begins in one of the first STEP bytes of a salt */
	char *chunk;                      /* CHUNK, and before it what the last one ended with */
};

struct asked {
	const struct search *search;
	const char *path;
};

static uint32_t get_first(const uint8_t bytes[FIRST_LEN])
{
	uint32_t first;
	memcpy(&first, bytes, FIRST_LEN);
	return be32toh(first) >> (32 - FIRST_BITS);
}

static void add_first(struct firsts *f, const uint8_t *bytes)
{
	uint32_t first = get_first(bytes);
	f->bits[first / 8] |= (uint8_t)(1u << first % 8);
}

static bool may_be(const struct firsts *f, const uint8_t *bytes)
{
	uint32_t first = get_first(bytes);
	return f->bits[first / 8] >> first % 8 & 1;
}

/* Objects. */

static int refuse_object(void *ctx, const struct oid *id, struct err *e)
{
	const struct asked *a = ctx;
	return may_be(&a->search->blobs, id->b) && dispose_set_has_blob(a->search->set, id)
		? err_set(e, ERR_LEDGER, "%s: an object of a record that was disposed of is still there", a->path) : ERR_OK;
}

static int search_repo(const char *path, const struct search *s, struct err *e)
{
	struct asked a = { s, path };
	struct repo *r = repo_open(path, false, e);
	int rc = r ? repo_object_walk(r, refuse_object, &a, e) : (int)e->code;
	repo_close(r);
	return rc;
}

static int search_year(const char *name, const struct search *s, struct err *e)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return ERR_OK;
	MEM_CLEANUP char *path = file_path(s->volumes, name);
	return search_repo(path, s, e);
}

static int search_repos(void *ctx, struct err *e)
{
	const struct search *s = ctx;
	int rc = search_repo(s->ledger, s, e);
	if (rc)
		return rc;
	DIR *d = opendir(s->volumes);
	const struct dirent *entry;
	if (!d)
		return err_errno(e, errno, "%s", s->volumes);
	errno = 0;
	while (!rc && (entry = readdir(d))) {
		rc = search_year(entry->d_name, s, e);
		errno = 0;
	}
	if (!rc && errno)
		rc = err_errno(e, errno, "%s", s->volumes);
	closedir(d);
	return rc;
}

/* Files. */

static int compare_salts(const void *a, const void *b)
{
	return memcmp(a, b, NOTE_SALT_LEN);
}

static bool is_salt(const struct search *s, const uint8_t *bytes)
{
	return bsearch(bytes, s->set->traces.salts, s->set->traces.salts_count, NOTE_SALT_LEN, compare_salts);
}

/* Plus one; 0 = no hex digit. */
static const uint8_t digits[256] = {
	['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ['a'] = 11, 12, 13, 14, 15, 16, ['A'] = 11, 12, 13, 14, 15, 16,
};

static void decode(const uint8_t *at, size_t len, uint8_t *out)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)((digits[at[2 * i]] - 1) << 4 | (digits[at[2 * i + 1]] - 1));
}

static bool is_hex_salt(const struct search *s, const uint8_t *at)
{
	uint8_t bytes[NOTE_SALT_LEN];
	decode(at, FIRST_LEN, bytes);
	if (!may_be(&s->salts, bytes))
		return false;
	decode(at, NOTE_SALT_LEN, bytes);
	return is_salt(s, bytes);
}

static bool begins_before(const struct search *s, const uint8_t *at, size_t len, size_t i)
{
	for (size_t first = i + 1 - STEP; first <= i && first + NOTE_SALT_LEN <= len; first++)
		if (may_be(&s->salts, at + first) && is_salt(s, at + first))
			return true;
	return false;
}

/* Of the first STEP bytes of a salt one is looked at, wherever it stands. */
static bool holds_bytes(const struct search *s, const uint8_t *at, size_t len)
{
	for (size_t i = STEP - 1; i + FIRST_LEN <= len; i += STEP)
		if (may_be(&s->parts, at + i) && begins_before(s, at, len, i))
			return true;
	return false;
}

/* Digits that are enough for a salt are met by steps of half as many, and from there followed to both ends. */
static bool holds_hex(const struct search *s, const uint8_t *at, size_t len)
{
	size_t done = 0;
	for (size_t i = HEX_LEN / 2; i < len; i += HEX_LEN / 2) {
		size_t first = i, end = i;
		while (end < len && digits[at[end]])
			end++;
		while (end > i && first > done && digits[at[first - 1]])
			first--;
		for (; first + HEX_LEN <= end; first++)
			if (is_hex_salt(s, at + first))
				return true;
		done = i = end;
	}
	return false;
}

static int search_fd(const struct search *s, int fd, const char *path, struct err *e)
{
	size_t kept = 0;
	for (;;) {
		ssize_t n = read(fd, s->chunk + kept, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "%s", path);
		if (n == 0)
			return ERR_OK;
		size_t len = kept + (size_t)n;
		const uint8_t *at = (const uint8_t *)s->chunk;
		if (holds_bytes(s, at, len) || holds_hex(s, at, len))
			return err_set(e, ERR_LEDGER, "%s: holds the salt of a record that was disposed of", path);
		kept = len < HEX_LEN - 1 ? len : HEX_LEN - 1;
		memmove(s->chunk, s->chunk + len - kept, kept);
	}
}

/* What stands below `objects` in one of the repositories that are asked; NULL: rel is no such file. */
static const char *get_object_name(const char *rel)
{
	static const char ledger[] = "ledger.git/", volumes[] = "volumes/", objects[] = "objects/";
	const char *at = NULL;
	if (strncmp(rel, ledger, strlen(ledger)) == 0)
		at = rel + strlen(ledger);
	else if (strncmp(rel, volumes, strlen(volumes)) == 0 && (at = strchr(rel + strlen(volumes), '/')))
		at++;
	return at && strncmp(at, objects, strlen(objects)) == 0 ? at + strlen(objects) : NULL;
}

/* Objects are compressed, and were asked for by their ids: loose as XX/38 digits, or in pack/pack-*.pack. */
static bool is_object(const char *rel)
{
	static const char pack[] = "pack/pack-", suffix[] = ".pack";
	const char *name = get_object_name(rel);
	size_t len = name ? strlen(name) : 0;
	if (name && strncmp(name, pack, strlen(pack)) == 0)
		return !strchr(name + strlen(pack), '/') && strcmp(name + len - strlen(suffix), suffix) == 0;
	return len == OID_HEX_LEN + 1 && name[2] == '/' && strspn(name, HEX) == 2 &&
	       strspn(name + 3, HEX) == OID_HEX_LEN - 2;
}

static int search_file(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	const struct search *s = ctx;
	struct stat st;
	if (is_dir || is_object(rel) || lstat(full, &st) < 0 || !S_ISREG(st.st_mode))
		return ERR_OK;
	int fd = open(full, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERR_OK : err_errno(e, errno, "%s", full);
	int rc = search_fd(s, fd, full, e);
	close(fd);
	return rc;
}

static int search_files(void *ctx, struct err *e)
{
	struct search *s = ctx;
	return file_walk(s->dir, search_file, s, e);
}

int dispose_absence_search(const char *dir, const char *ledger, const char *volumes, const struct dispose_set *set,
                           struct err *e)
{
	struct search *s = mem_alloc(sizeof *s);
	const struct task tasks[] = { { search_files, s }, { search_repos, s } };
	s->set = set;
	s->dir = dir;
	s->ledger = ledger;
	s->volumes = volumes;
	s->chunk = mem_alloc(CHUNK + HEX_LEN);
	for (size_t i = 0; i < set->traces.salts_count; i++) {
		add_first(&s->salts, set->traces.salts[i]);
		for (size_t j = 0; j < STEP; j++)
			add_first(&s->parts, set->traces.salts[i] + j);
	}
	for (size_t i = 0; i < set->traces.blobs_count; i++)
		add_first(&s->blobs, set->traces.blobs[i].b);
	int rc = task_run_all(tasks, sizeof tasks / sizeof *tasks, e);
	free(s->chunk);
	free(s);
	return rc;
}

/* The intent file was written anew by the entry of the certificate, and holds ids alone. */
int dispose_absence_prove(struct ledger *l, const struct dispose_set *s, struct err *e)
{
	int rc = index_checkpoint(l->index, e);
	return rc ? rc : dispose_absence_search(l->store->dir, l->store->ledger, l->store->volumes, s, e);
}
