#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/dispose_impl.h"

#define CHUNK ((size_t)1 << 20)
#define HEX_LEN ((size_t)2 * NOTE_SALT_LEN)

#define FIRST_BITS 22

struct search {
	const struct dispose_set *set;
	uint8_t firsts[1 << (FIRST_BITS - 3)]; /* a bit for each beginning of a salt: nearly all bytes end here */
	char *chunk;                      /* CHUNK, and before it what the last one ended with */
};

struct asked {
	const struct dispose_set *set;
	const char *path;
};

static int refuse_object(void *ctx, const struct oid *id, struct err *e)
{
	const struct asked *a = ctx;
	return dispose_set_has_blob(a->set, id)
		? err_set(e, ERR_LEDGER, "%s: an object of a record that was disposed of is still there", a->path) : ERR_OK;
}

static int search_repo(const char *path, const struct dispose_set *s, struct err *e)
{
	struct asked a = { s, path };
	struct repo *r = repo_open(path, false, e);
	int rc = r ? repo_object_walk(r, refuse_object, &a, e) : (int)e->code;
	repo_close(r);
	return rc;
}

static int search_year(const char *volumes, const char *name, const struct dispose_set *s, struct err *e)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return ERR_OK;
	MEM_CLEANUP char *path = file_path(volumes, name);
	return search_repo(path, s, e);
}

static int search_years(const char *volumes, const struct dispose_set *s, struct err *e)
{
	DIR *d = opendir(volumes);
	const struct dirent *entry;
	int rc = ERR_OK;
	if (!d)
		return err_errno(e, errno, "%s", volumes);
	errno = 0;
	while (!rc && (entry = readdir(d))) {
		rc = search_year(volumes, entry->d_name, s, e);
		errno = 0;
	}
	if (!rc && errno)
		rc = err_errno(e, errno, "%s", volumes);
	closedir(d);
	return rc;
}

static int compare_salts(const void *a, const void *b)
{
	return memcmp(a, b, NOTE_SALT_LEN);
}

static uint32_t get_first(const uint8_t *bytes)
{
	return ((uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2]) >> (24 - FIRST_BITS);
}

static bool is_salt(const struct search *s, const uint8_t *bytes)
{
	uint32_t first = get_first(bytes);
	return (s->firsts[first / 8] & 1u << first % 8) &&
	       bsearch(bytes, s->set->traces.salts, s->set->traces.salts_count, NOTE_SALT_LEN, compare_salts);
}

/* Plus one; 0 = no hex digit. */
static const uint8_t digits[256] = {
	['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ['a'] = 11, 12, 13, 14, 15, 16, ['A'] = 11, 12, 13, 14, 15, 16,
};

static bool is_hex_salt(const struct search *s, const uint8_t *at)
{
	uint8_t bytes[NOTE_SALT_LEN];
	for (size_t i = 0; i < NOTE_SALT_LEN; i++)
		bytes[i] = (uint8_t)((digits[at[2 * i]] - 1) << 4 | (digits[at[2 * i + 1]] - 1));
	return is_salt(s, bytes);
}

/* As bytes or as hex, at any offset. */
static bool holds_salt(const struct search *s, const uint8_t *at, size_t len)
{
	size_t run = 0; /* hex digits one after the other, up to here */
	for (size_t i = 0; i < len; i++) {
		run = digits[at[i]] ? run + 1 : 0;
		if (run >= HEX_LEN && is_hex_salt(s, at + i + 1 - HEX_LEN))
			return true;
		if (i + NOTE_SALT_LEN <= len && is_salt(s, at + i))
			return true;
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
		if (holds_salt(s, (const uint8_t *)s->chunk, len))
			return err_set(e, ERR_LEDGER, "%s: holds the salt of a record that was disposed of", path);
		kept = len < HEX_LEN - 1 ? len : HEX_LEN - 1;
		memmove(s->chunk, s->chunk + len - kept, kept);
	}
}

/* Objects are compressed, and were asked for by their ids. */
static bool is_object(const char *rel)
{
	return strstr(rel, ".git/objects/") != NULL;
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

static int search_files(const char *dir, const struct dispose_set *set, struct err *e)
{
	struct search *s = mem_alloc(sizeof *s);
	s->set = set;
	s->chunk = mem_alloc(CHUNK + HEX_LEN);
	for (size_t i = 0; i < set->traces.salts_count; i++) {
		uint32_t first = get_first(set->traces.salts[i]);
		s->firsts[first / 8] |= (uint8_t)(1u << first % 8);
	}
	int rc = file_walk(dir, search_file, s, e);
	free(s->chunk);
	free(s);
	return rc;
}

int dispose_absence_search(const char *dir, const char *ledger, const char *volumes, const struct dispose_set *s,
                           struct err *e)
{
	int rc = search_repo(ledger, s, e);
	if (!rc)
		rc = search_years(volumes, s, e);
	return rc ? rc : search_files(dir, s, e);
}

/* The intent file was written anew by the entry of the certificate, and holds ids alone. */
int dispose_absence_prove(struct ledger *l, const struct dispose_set *s, struct err *e)
{
	int rc = index_checkpoint(l->index, e);
	return rc ? rc : dispose_absence_search(l->store->dir, l->store->ledger, l->store->volumes, s, e);
}
