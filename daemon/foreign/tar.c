#include "foreign/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define NAME_MAX_BYTES 255
#define RECORD 10240
#define BLOCK 512
#define END_LEN 1024     /* two empty blocks end an archive */
/* In a header (POSIX pax, "ustar Interchange Format"). */
#define SIZE_AT 124
#define SIZE_LEN 12
#define TYPE_AT 156
#define LINK_AT 157
#define MAGIC_AT 257
#define CHUNK ((size_t)64 << 10)
#define MEMBER_MODE 0644

struct tar_writer {
	struct archive *archive;
	char *path;
	int fd;
	int64_t mtime;
	struct hash_ctx *hash;            /* of what was written; NULL once it is finished */
	uint64_t bytes;
	void *names;
	bool is_finished;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* False if it is there already. */
static bool add_name(void **names, const char *name)
{
	if (tfind(name, names, compare_names))
		return false;
	char *copy = mem_strdup(name);
	if (!tsearch(copy, names, compare_names)) {
		free(copy);
		return false;
	}
	return true;
}

/* Relative, without "." and "..", and of visible ASCII: what every tar unpacks to the same name. */
static bool is_safe_name(const char *name)
{
	size_t len = strlen(name), part = 0;
	if (len == 0 || len > NAME_MAX_BYTES || name[0] == '/')
		return false;
	for (size_t i = 0; i <= len; i++) {
		if (name[i] != '/' && name[i] != '\0') {
			if (name[i] < '!' || name[i] > '~' || name[i] == '\\')
				return false;
			part++;
			continue;
		}
		if (part == 0 || (part == 1 && name[i - 1] == '.') || (part == 2 && name[i - 1] == '.' && name[i - 2] == '.'))
			return false;
		part = 0;
	}
	return true;
}

/* libarchive's own text may quote a member's name. */
static int fail(struct archive *a, const char *path, enum err_code code, struct err *e)
{
	int errnum = archive_errno(a);
	if (errnum == ENOSPC || errnum == EDQUOT || errnum == EIO || errnum == EROFS)
		return err_errno(e, errnum, "%s", path);
	return err_set(e, code, "%s: not a plain tar", path);
}

static la_ssize_t write_bytes(struct archive *a, void *ctx, const void *bytes, size_t len)
{
	struct tar_writer *w = ctx;
	ssize_t n;
	do
		n = write(w->fd, bytes, len);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		archive_set_error(a, errno, "write");
		return -1;
	}
	if (w->hash) {
		hash_add(w->hash, bytes, (size_t)n);
		w->bytes += (uint64_t)n;
	}
	return n;
}

struct tar_writer *tar_writer_new(const char *path, int64_t mtime, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		err_errno(e, errno, "%s", path);
		return NULL;
	}
	struct tar_writer *w = mem_alloc(sizeof *w);
	*w = (struct tar_writer){ .archive = archive_write_new(), .path = mem_strdup(path), .fd = fd, .mtime = mtime,
		                  .hash = hash_new() };
	if (w->archive && archive_write_set_format_ustar(w->archive) == ARCHIVE_OK &&
	    archive_write_add_filter_none(w->archive) == ARCHIVE_OK &&
	    archive_write_set_bytes_per_block(w->archive, RECORD) == ARCHIVE_OK &&
	    archive_write_set_bytes_in_last_block(w->archive, RECORD) == ARCHIVE_OK &&
	    archive_write_open(w->archive, w, NULL, write_bytes, NULL) == ARCHIVE_OK)
		return w;
	err_set(e, ERR_IO, "%s: libarchive can't write it", path);
	tar_writer_free(w);
	return NULL;
}

static int write_member(struct tar_writer *w, struct archive_entry *entry, const void *bytes, size_t len, struct err *e)
{
	if (archive_write_header(w->archive, entry) != ARCHIVE_OK)
		return fail(w->archive, w->path, ERR_IO, e);
	for (size_t at = 0; at < len;) {
		la_ssize_t n = archive_write_data(w->archive, (const char *)bytes + at, len - at);
		if (n <= 0)
			return fail(w->archive, w->path, ERR_IO, e);
		at += (size_t)n;
	}
	return archive_write_finish_entry(w->archive) == ARCHIVE_OK ? ERR_OK : fail(w->archive, w->path, ERR_IO, e);
}

int tar_writer_add(struct tar_writer *w, const char *name, const void *bytes, size_t len, struct err *e)
{
	if (!is_safe_name(name))
		return err_set(e, ERR_BUG, "%s: a member's name is relative, visible ASCII", w->path);
	if (!add_name(&w->names, name))
		return err_set(e, ERR_BUG, "%s: a member stands twice", w->path);
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, MEMBER_MODE);
	archive_entry_set_size(entry, (la_int64_t)len);
	archive_entry_set_mtime(entry, w->mtime, 0);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	archive_entry_set_uname(entry, "root");
	archive_entry_set_gname(entry, "root");
	int rc = write_member(w, entry, bytes, len, e);
	archive_entry_free(entry);
	return rc;
}

int tar_writer_finish(struct tar_writer *w, struct hash *out_hash, uint64_t *out_bytes, struct err *e)
{
	if (archive_write_close(w->archive) != ARCHIVE_OK)
		return fail(w->archive, w->path, ERR_IO, e);
	if (fsync(w->fd) < 0)
		return err_errno(e, errno, "%s", w->path);
	posix_fadvise(w->fd, 0, 0, POSIX_FADV_DONTNEED);
	int rc = file_sync_parent(w->path, e);
	if (rc)
		return rc;
	*out_hash = hash_finish(w->hash);
	*out_bytes = w->bytes;
	w->hash = NULL;
	w->is_finished = true;
	return ERR_OK;
}

void tar_writer_free(struct tar_writer *w)
{
	if (!w)
		return;
	if (!w->is_finished)
		unlink(w->path);
	archive_write_free(w->archive); /* may still write its end, to the file that has no name any more */
	close(w->fd);
	if (w->hash)
		hash_finish(w->hash);
	tdestroy(w->names, free);
	free(w->path);
	free(w);
}

struct member {
	const char *path;
	size_t max;
	void *names;
};

static int check_entry(struct archive *a, struct archive_entry *entry, struct member *m, struct err *e)
{
	const char *name = archive_entry_pathname(entry);
	if (archive_format(a) != ARCHIVE_FORMAT_TAR_USTAR)
		return err_set(e, ERR_SYNTAX, "%s: not ustar", m->path);
	if (!name || !is_safe_name(name))
		return err_set(e, ERR_SYNTAX, "%s: a member's name is not relative, visible ASCII without \"..\"", m->path);
	if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) || archive_entry_symlink(entry))
		return err_set(e, ERR_SYNTAX, "%s: %s: not a regular file", m->path, name);
	if (!add_name(&m->names, name))
		return err_set(e, ERR_SYNTAX, "%s: %s: stands twice", m->path, name);
	if (archive_entry_size(entry) < 0 || (uint64_t)archive_entry_size(entry) > m->max)
		return err_set(e, ERR_TOOBIG, "%s: %s: over %zu bytes", m->path, name, m->max);
	return ERR_OK;
}

static int read_member(struct archive *a, struct archive_entry *entry, struct member *m, struct buf *out, struct err *e)
{
	char chunk[CHUNK];
	la_ssize_t n;
	int rc = check_entry(a, entry, m, e);
	if (rc)
		return rc;
	buf_clear(out);
	out->max = m->max ? m->max : 1;
	while ((n = archive_read_data(a, chunk, sizeof chunk)) > 0)
		buf_add(out, chunk, (size_t)n);
	if (n < 0)
		return fail(a, m->path, ERR_SYNTAX, e);
	if (buf_is_over(out) || (int64_t)out->len != archive_entry_size(entry))
		return err_set(e, ERR_SYNTAX, "%s: a member is not as long as it says", m->path);
	return ERR_OK;
}

static bool is_empty(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

static int read_block(int fd, const char *path, uint64_t at, char *out, size_t len, struct err *e)
{
	ssize_t n = pread(fd, out, len, (off_t)at);
	if (n < 0)
		return err_errno(e, errno, "%s", path);
	return (size_t)n == len ? ERR_OK : err_set(e, ERR_SYNTAX, "%s: not a whole tar", path);
}

/* Octal digits and one NUL or space behind them; other forms (base 256) are extensions. */
static bool parse_size(const char field[SIZE_LEN], uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < SIZE_LEN - 1; i++) {
		if (field[i] < '0' || field[i] > '7')
			return false;
		*out = *out * 8 + (uint64_t)(field[i] - '0');
	}
	return field[SIZE_LEN - 1] == '\0' || field[SIZE_LEN - 1] == ' ';
}

static int check_header(const char *block, const char *path, uint64_t *out_size, struct err *e)
{
	if (memcmp(block + MAGIC_AT, "ustar\0" "00", 8) != 0 || !parse_size(block + SIZE_AT, out_size))
		return err_set(e, ERR_SYNTAX, "%s: not ustar", path);
	if (block[TYPE_AT] != '0' || block[LINK_AT])
		return err_set(e, ERR_SYNTAX, "%s: a member is not a regular file", path);
	return ERR_OK;
}

static int check_end(int fd, const char *path, uint64_t at, uint64_t size, struct err *e)
{
	char chunk[RECORD];
	int rc = ERR_OK;
	if (size - at < END_LEN)
		return err_set(e, ERR_SYNTAX, "%s: not a whole tar", path);
	for (size_t len; !rc && at < size; at += len) {
		len = size - at < sizeof chunk ? (size_t)(size - at) : sizeof chunk;
		rc = read_block(fd, path, at, chunk, len, e);
		if (!rc && !is_empty(chunk, len))
			rc = err_set(e, ERR_SYNTAX, "%s: something stands behind its end", path);
	}
	return rc;
}

/* libarchive is lenient: it obeys headers of extensions, ends at the first empty block whatever stands behind it, and
 * takes the end of the file for that of the archive. So all headers are looked at first. */
static int check_blocks(int fd, const char *path, struct err *e)
{
	char block[BLOCK];
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", path);
	if (!S_ISREG(st.st_mode) || st.st_size % BLOCK)
		return err_set(e, ERR_SYNTAX, "%s: not a whole tar", path);
	uint64_t size = (uint64_t)st.st_size, at = 0, member = 0;
	for (uint64_t members = 0; members <= TAR_MEMBERS_MAX; members++) {
		int rc = read_block(fd, path, at, block, BLOCK, e);
		if (!rc && is_empty(block, BLOCK))
			return check_end(fd, path, at, size, e);
		if (!rc)
			rc = check_header(block, path, &member, e);
		if (rc)
			return rc;
		at += BLOCK + (member + BLOCK - 1) / BLOCK * BLOCK;
		if (at >= size)
			return err_set(e, ERR_SYNTAX, "%s: not a whole tar", path);
	}
	return err_set(e, ERR_TOOBIG, "%s: too many members", path);
}

static int read_all(struct archive *a, struct member *m, tar_member_fn *fn, void *ctx, struct err *e)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	struct archive_entry *entry;
	int result;
	while ((result = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
		int rc = read_member(a, entry, m, &bytes, e);
		if (!rc)
			rc = fn(ctx, archive_entry_pathname(entry), buf_str(&bytes), bytes.len, e);
		if (rc)
			return rc;
	}
	return result == ARCHIVE_EOF ? ERR_OK : fail(a, m->path, ERR_SYNTAX, e);
}

/* What libarchive reads goes by here. */
struct source {
	int fd, errnum;
	struct hash_ctx *hash;            /* NULL: not asked */
	char chunk[CHUNK];
};

static la_ssize_t read_chunk(struct archive *a, void *ctx, const void **out)
{
	struct source *s = ctx;
	ssize_t n;
	do
		n = read(s->fd, s->chunk, sizeof s->chunk);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		s->errnum = errno;
		if (a)
			archive_set_error(a, errno, "read");
		return -1;
	}
	if (s->hash && n)
		hash_add(s->hash, s->chunk, (size_t)n);
	*out = s->chunk;
	return n;
}

/* Behind the end of the archive, which libarchive may have found before that of the file. */
static int read_rest(struct source *s, const char *path, struct err *e)
{
	const void *ignored;
	la_ssize_t n;
	while ((n = read_chunk(NULL, s, &ignored)) > 0)
		;
	return n < 0 ? err_errno(e, s->errnum, "%s", path) : ERR_OK;
}

static int read_source(struct source *s, struct member *m, tar_member_fn *fn, void *ctx, struct err *e)
{
	struct archive *a = archive_read_new();
	int rc;
	if (!a || archive_read_support_format_tar(a) != ARCHIVE_OK || archive_read_support_filter_none(a) != ARCHIVE_OK ||
	    archive_read_open(a, s, NULL, read_chunk, NULL) != ARCHIVE_OK)
		rc = a ? fail(a, m->path, ERR_SYNTAX, e) : err_set(e, ERR_IO, "%s: libarchive can't read it", m->path);
	else
		rc = read_all(a, m, fn, ctx, e);
	archive_read_free(a);
	return rc || !s->hash ? rc : read_rest(s, m->path, e);
}

int tar_read_fd(int fd, const char *path, size_t max_member, tar_member_fn *fn, void *ctx, struct hash *out_hash,
                struct err *e)
{
	struct member m = { .path = path, .max = max_member };
	struct source *s = mem_alloc(sizeof *s);
	s->fd = fd;
	s->hash = out_hash ? hash_new() : NULL;
	int rc = check_blocks(fd, path, e);
	if (!rc && lseek(fd, 0, SEEK_SET) < 0)
		rc = err_errno(e, errno, "%s", path);
	if (!rc)
		rc = read_source(s, &m, fn, ctx, e);
	if (s->hash) {
		struct hash hash = hash_finish(s->hash);
		if (!rc)
			*out_hash = hash;
	}
	tdestroy(m.names, free);
	free(s);
	return rc;
}

int tar_read(const char *path, size_t max_member, tar_member_fn *fn, void *ctx, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc = tar_read_fd(fd, path, max_member, fn, ctx, NULL, e);
	close(fd);
	return rc;
}
