#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "foreign/repo_impl.h"

/*
 * A loose object is one zlib stream of "<type> <length>\0<body>" and nothing after it. Everything is checked: libgit2
 * 1.5 never returns from a stream that is cut, and writes past its memory when the body is longer than its header says.
 */

#define HEADER_MAX 32
#define SIZE_SPARE ((size_t)4 << 10)      /* what deflate may add to bytes that can't be compressed, and more */

static char *get_path(const struct repo *r, const struct oid *id)
{
	char hex[OID_HEX_LEN + 1];
	oid_print(id, hex);
	return mem_printf("%s/objects/%.2s/%s", r->path, hex, hex + 2);
}

bool repo_loose_has(const struct repo *r, const struct oid *id)
{
	MEM_CLEANUP char *path = get_path(r, id);
	return file_exists(path);
}

static bool parse_header(const char *header, size_t len, enum oid_type *out_type, uint64_t *out_size)
{
	static const struct {
		const char *word;
		enum oid_type type;
	} types[] = { { "commit ", OID_COMMIT }, { "tree ", OID_TREE }, { "blob ", OID_BLOB }, { "tag ", OID_TAG } };
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		size_t word = strlen(types[i].word);
		if (len <= word || memcmp(header, types[i].word, word) != 0)
			continue;
		*out_type = types[i].type;
		return text_parse_u64(header + word, len - word, INT64_MAX, out_size);
	}
	return false;
}

/* Fills exactly len bytes. */
static bool inflate_part(z_stream *z, void *out, size_t len)
{
	z->next_out = out;
	while (len > 0) {
		uInt part = len > 1u << 30 ? 1u << 30 : (uInt)len;
		z->avail_out = part;
		int got = inflate(z, Z_NO_FLUSH);
		size_t made = part - z->avail_out;
		len -= made;
		if (len > 0 && (got != Z_OK || made == 0))
			return false;
		if (got != Z_OK && got != Z_STREAM_END)
			return false;
	}
	return true;
}

/* The end of the stream is where the body ends, and the end of the file. */
static bool is_at_end(z_stream *z)
{
	uint8_t more;
	z->next_out = &more;
	z->avail_out = 1;
	return inflate(z, Z_FINISH) == Z_STREAM_END && z->avail_out == 1 && z->avail_in == 0;
}

/* Gives why it can't be, or NULL; *out_size over max is for the caller to judge, with no body then. */
static const char *inflate_object(z_stream *z, size_t max, enum oid_type *out_type, uint64_t *out_size, char **out_body)
{
	char header[HEADER_MAX];
	size_t len = 0;
	do {
		if (len == sizeof header || !inflate_part(z, header + len, 1))
			return N_("its header can't be read");
	} while (header[len++] != '\0');
	if (!parse_header(header, len - 1, out_type, out_size))
		return N_("its header is malformed");
	if (*out_size > max)
		return NULL;
	char *body = mem_alloc((size_t)*out_size + 1);
	if (inflate_part(z, body, (size_t)*out_size) && is_at_end(z)) {
		*out_body = body;
		return NULL;
	}
	free(body);
	return N_("its bytes do not fit its header");
}

static int check_object(const char *path, const struct buf *file, const struct oid *id, size_t max,
                        enum oid_type *out_type, struct buf *out, struct err *e)
{
	MEM_CLEANUP char *body = NULL;
	uint64_t size = 0;
	z_stream z = { .next_in = (Bytef *)file->ptr, .avail_in = (uInt)file->len };
	if (inflateInit(&z) != Z_OK)
		return err_set(e, ERR_IO, "%s: zlib: %s", path, z.msg ? z.msg : _("can't start"));
	const char *fault = inflate_object(&z, max, out_type, &size, &body);
	inflateEnd(&z);
	if (fault)
		return err_set(e, ERR_LEDGER, "%s: damaged: %s", path, lang_text(fault));
	if (size > max)
		return err_set(e, ERR_TOOBIG, "%s: over %zu bytes", path, max);
	struct oid is = oid_of(*out_type, body, (size_t)size);
	if (!oid_is_equal(&is, id))
		return err_set(e, ERR_LEDGER, "%s: damaged: its bytes have another name", path);
	buf_clear(out);
	buf_add(out, body, (size_t)size);
	return buf_is_over(out) ? err_set(e, ERR_TOOBIG, "%s: over what the reader holds", path) : ERR_OK;
}

int repo_loose_read(const struct repo *r, const struct oid *id, size_t max, enum oid_type *out_type, struct buf *out,
                    struct err *e)
{
	char hex[OID_HEX_LEN + 1];
	MEM_CLEANUP char *path = get_path(r, id);
	struct stat st;
	oid_print(id, hex);
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? err_set(e, ERR_NOTFOUND, "%s: object %s: not there", r->path, hex)
		                       : err_errno(e, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_LEDGER, "%s: is not a regular file", path);
	size_t file_max = max + max / 64 + SIZE_SPARE;
	BUF_CLEANUP struct buf file = { .max = file_max + 1 };
	int rc = file_read(path, file_max < UINT32_MAX ? file_max : UINT32_MAX, &file, e);
	return rc ? rc : check_object(path, &file, id, max, out_type, out, e);
}

/* Names of other shapes are files of others: not objects for git either. */
static int visit_file(const char *prefix, const char *name, repo_object_fn *fn, void *ctx, struct err *e)
{
	struct oid id;
	char hex[OID_HEX_LEN + 1];
	if (strlen(name) != OID_HEX_LEN - 2)
		return ERR_OK;
	memcpy(hex, prefix, 2);
	memcpy(hex + 2, name, OID_HEX_LEN - 1);
	return oid_parse(hex, OID_HEX_LEN, &id) ? fn(ctx, &id, e) : ERR_OK;
}

static int walk_folder(const char *path, const char *prefix, repo_object_fn *fn, void *ctx, struct err *e)
{
	DIR *d = opendir(path);
	if (!d)
		return errno == ENOENT ? ERR_OK : err_errno(e, errno, "%s", path);
	struct dirent *entry;
	int rc = ERR_OK;
	while (!rc && (errno = 0, entry = readdir(d)))
		rc = visit_file(prefix, entry->d_name, fn, ctx, e);
	if (!rc && errno)
		rc = err_errno(e, errno, "%s", path);
	closedir(d);
	return rc;
}

int repo_loose_walk(const struct repo *r, repo_object_fn *fn, void *ctx, struct err *e)
{
	int rc = ERR_OK;
	for (unsigned i = 0; !rc && i < 256; i++) {
		char prefix[3];
		snprintf(prefix, sizeof prefix, "%02x", i & 0xff);
		MEM_CLEANUP char *path = mem_printf("%s/objects/%s", r->path, prefix);
		rc = walk_folder(path, prefix, fn, ctx, e);
	}
	return rc;
}
