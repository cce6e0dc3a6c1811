#include "ledger/intent.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"

#define MAGIC "daicho-intent 1 "
#define OPEN "open"
#define DONE "done"
#define INTENT_MAX ((size_t)64 << 20)

static void *grow(void *array, size_t count, size_t size)
{
	return count & (count - 1) ? array : mem_grow(array, count ? count * 2 : 1, size); /* doubled at powers of two */
}

void intent_add_commit(struct intent *i, const struct oid *commit)
{
	i->commits = grow(i->commits, i->commits_count, sizeof *i->commits);
	i->commits[i->commits_count++] = *commit;
}

void intent_add_blob(struct intent *i, int year, const struct oid *id)
{
	i->blobs = grow(i->blobs, i->blobs_count, sizeof *i->blobs);
	i->blobs[i->blobs_count++] = (struct intent_blob){ year, *id };
}

void intent_add_ref(struct intent *i, const struct volume_ref *ref)
{
	i->refs = grow(i->refs, i->refs_count, sizeof *i->refs);
	i->refs[i->refs_count++] = *ref;
}

void intent_release(struct intent *i)
{
	free(i->commits);
	free(i->blobs);
	free(i->refs);
	*i = (struct intent){ .first = 0 };
}

static void print_body(const struct intent *i, struct buf *out)
{
	char hex[OID_HEX_LEN + 1];
	oid_print(&i->head, hex);
	buf_printf(out, "head %s\n", hex);
	for (size_t n = 0; n < i->commits_count; n++) {
		oid_print(&i->commits[n], hex);
		buf_printf(out, "commit %" PRIu64 " %s\n", i->first + n, hex);
	}
	for (size_t n = 0; n < i->blobs_count; n++) {
		oid_print(&i->blobs[n].id, hex);
		buf_printf(out, "note %d %s\n", i->blobs[n].year, hex);
	}
	for (size_t n = 0; n < i->refs_count; n++) {
		const struct volume_ref *r = &i->refs[n];
		buf_puts(out, "ref ");
		leaf_volume_print(&r->volume, out);
		oid_print(&r->old, hex);
		buf_printf(out, " %s ", r->had ? hex : "-");
		oid_print(&r->new, hex);
		buf_printf(out, "%s\n", hex);
	}
}

static int write_all(int fd, const struct buf *text, const char *path, struct err *e)
{
	for (size_t at = 0; at < text->len;) {
		ssize_t n = pwrite(fd, text->ptr + at, text->len - at, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? err_errno(e, errno, "%s", path) : err_set(e, ERR_IO, "%s: takes no bytes", path);
		at += (size_t)n;
	}
	return ERR_OK;
}

/* The file's name is made durable once; afterwards only its bytes change. What a longer one left behind stays behind
 * the length that the first line states. */
static int open_file(const char *path, int *out_fd, struct err *e)
{
	struct stat st;
	if (lstat(path, &st) == 0 && st.st_nlink > 1 && unlink(path) < 0) /* a copy by links must not change with it */
		return err_errno(e, errno, "%s", path);
	bool is_new = !file_exists(path);
	*out_fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*out_fd < 0)
		return err_errno(e, errno, "%s", path);
	return is_new ? file_sync_parent(path, e) : ERR_OK;
}

int intent_write(const char *path, const struct intent *i, struct err *e)
{
	BUF_CLEANUP struct buf body = BUF_INIT, text = BUF_INIT;
	char digest[HASH_TEXT_LEN + 1];
	int fd = -1;
	print_body(i, &body);
	struct hash h = hash_of(body.ptr, body.len);
	hash_print(&h, digest);
	buf_printf(&text, MAGIC OPEN " %zu %s\n", body.len, digest);
	buf_add(&text, body.ptr, body.len);
	int rc = open_file(path, &fd, e);
	if (!rc)
		rc = write_all(fd, &text, path, e);
	if (!rc)
		sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	if (fd >= 0 && close(fd) < 0 && !rc)
		rc = err_errno(e, errno, "%s", path);
	return rc;
}

int intent_sync(const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc = fdatasync(fd) < 0 ? err_sync(e, errno, path) : ERR_OK;
	close(fd);
	return rc;
}

int intent_finish(const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	ssize_t n = pwrite(fd, DONE, strlen(DONE), (off_t)strlen(MAGIC));
	int rc = n == (ssize_t)strlen(DONE) ? ERR_OK : err_errno(e, n < 0 ? errno : EIO, "%s", path);
	close(fd);
	return rc;
}

/* Reading. A cursor over lines that end with LF, words apart by one space. */
struct line {
	const char *at, *end;
};

static bool take_word(struct line *l, const char **out, size_t *out_len)
{
	const char *space = memchr(l->at, ' ', (size_t)(l->end - l->at));
	const char *stop = space ? space : l->end;
	*out = l->at;
	*out_len = (size_t)(stop - l->at);
	l->at = space ? space + 1 : l->end;
	return *out_len > 0;
}

static bool take_oid(struct line *l, struct oid *out)
{
	const char *word;
	size_t len;
	return take_word(l, &word, &len) && oid_parse(word, len, out);
}

static bool take_number(struct line *l, uint64_t max, uint64_t *out)
{
	const char *word;
	size_t len;
	return take_word(l, &word, &len) && text_parse_u64(word, len, max, out);
}

static bool read_head(struct line *l, struct intent *out)
{
	return take_oid(l, &out->head);
}

static bool read_commit(struct line *l, struct intent *out)
{
	struct oid commit;
	uint64_t seq;
	if (!take_number(l, LEAF_SEQ_MAX, &seq) || !take_oid(l, &commit))
		return false;
	if (!out->commits_count)
		out->first = seq;
	if (seq != out->first + out->commits_count)
		return false;
	intent_add_commit(out, &commit);
	return true;
}

static bool read_blob(struct line *l, struct intent *out)
{
	struct oid id;
	uint64_t year;
	if (!take_number(l, DATE_YEAR_MAX, &year) || !take_oid(l, &id))
		return false;
	intent_add_blob(out, (int)year, &id);
	return true;
}

static bool read_ref(struct line *l, struct intent *out)
{
	struct volume_ref r = { .had = true };
	const char *word;
	size_t len;
	if (!take_word(l, &word, &len) || !leaf_volume_parse(word, len, &r.volume) || !take_word(l, &word, &len))
		return false;
	if (len == 1 && *word == '-')
		r.had = false;
	else if (!oid_parse(word, len, &r.old))
		return false;
	if (!take_oid(l, &r.new))
		return false;
	intent_add_ref(out, &r);
	return true;
}

static bool read_line(struct line *l, struct intent *out)
{
	static const struct {
		const char *word;
		bool (*read)(struct line *l, struct intent *out);
	} lines[] = { { "head", read_head }, { "commit", read_commit }, { "note", read_blob }, { "ref", read_ref } };
	const char *word;
	size_t len;
	if (!take_word(l, &word, &len))
		return false;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (strlen(lines[i].word) == len && memcmp(lines[i].word, word, len) == 0)
			return lines[i].read(l, out) && l->at == l->end;
	return false;
}

static int read_body(const char *body, size_t len, const char *path, struct intent *out, struct err *e)
{
	const char *end = body + len;
	for (const char *at = body, *lf; at < end; at = lf + 1) {
		lf = memchr(at, '\n', (size_t)(end - at));
		struct line l = { at, lf };
		if (!lf || !read_line(&l, out)) {
			intent_release(out);
			return err_set(e, ERR_LEDGER, "%s: holds a line that was never written", path);
		}
	}
	return ERR_OK;
}

/* The part that the first line vouches for, or NULL. */
static const char *find_body(const struct buf *text, bool *out_done, size_t *out_len)
{
	const char *lf = text->len ? memchr(text->ptr, '\n', text->len) : NULL;
	size_t magic = strlen(MAGIC);
	uint64_t len;
	struct hash stated;
	if (!lf || (size_t)(lf - text->ptr) < magic || memcmp(text->ptr, MAGIC, magic) != 0)
		return NULL;
	struct line l = { text->ptr + magic, lf };
	const char *word;
	size_t word_len;
	if (!take_word(&l, &word, &word_len) || word_len != strlen(DONE))
		return NULL;
	*out_done = memcmp(word, DONE, word_len) == 0;
	if (!take_number(&l, INTENT_MAX, &len) || !hash_parse(l.at, (size_t)(lf - l.at), &stated) ||
	    len > text->len - (size_t)(lf + 1 - text->ptr))
		return NULL;
	struct hash is = hash_of(lf + 1, len);
	*out_len = len;
	return hash_is_equal(&is, &stated) ? lf + 1 : NULL;
}

int intent_read(const char *path, bool *out_whole, struct intent *out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	size_t len = 0;
	*out_whole = false;
	*out = (struct intent){ .first = 0 };
	if (!file_exists(path))
		return ERR_OK;
	int rc = file_read(path, INTENT_MAX, &text, e);
	if (rc)
		return rc;
	const char *body = find_body(&text, &out->done, &len);
	if (!body)
		return ERR_OK;
	rc = read_body(body, len, path, out, e);
	*out_whole = rc == ERR_OK;
	return rc;
}
