/* checkpoints/ of a store. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "foreign/ed25519.h"
#include "ledger/cosign.h"

#define FOLDER_MODE 0755
#define FILE_MODE 0644

static bool is_of(const struct tlog_note_sig *a, const struct tlog_note_sig *b)
{
	return a->id == b->id && a->name_len == b->name_len && memcmp(a->name, b->name, a->name_len) == 0;
}

static bool is_among(const struct tlog_note_sig *s, const struct tlog_note *n, size_t from)
{
	for (size_t i = from; i < n->sigs_count; i++)
		if (is_of(s, &n->sigs[i]))
			return true;
	return false;
}

static void add_line(const struct tlog_note_sig *s, struct buf *out)
{
	buf_puts(out, "\xe2\x80\x94 ");
	buf_add(out, s->name, (size_t)(s->base64 + s->base64_len - s->name));
	buf_putc(out, '\n');
}

int cosign_add(const struct buf *note, const struct buf *lines, struct buf *out, struct err *e)
{
	struct tlog_note n, fresh;
	int rc = tlog_note_parse(buf_str(note), note->len, &n, e);
	if (rc)
		return rc;
	fresh = (struct tlog_note){ .text = n.text, .text_len = n.text_len };
	if (lines->len)
		rc = tlog_note_parse_sigs(lines->ptr, lines->len, &fresh, e);
	if (rc)
		return rc;
	buf_add(out, n.text, n.text_len);
	buf_putc(out, '\n');
	for (size_t i = 0; i < n.sigs_count; i++)
		if (!is_among(&n.sigs[i], &fresh, 0) && !is_among(&n.sigs[i], &n, i + 1))
			add_line(&n.sigs[i], out);
	for (size_t i = 0; i < fresh.sigs_count; i++)
		add_line(&fresh.sigs[i], out);
	return ERR_OK;
}

static int make_folder(const struct store *s, struct err *e)
{
	return file_exists(s->checkpoints) ? ERR_OK : file_mkdir(s->checkpoints, FOLDER_MODE, e);
}

/* Its signature lines, when it is the same text. */
static int read_kept(const char *path, const struct tlog_note *n, struct buf *out_lines, struct err *e)
{
	BUF_CLEANUP struct buf kept = BUF_INIT;
	struct tlog_note was;
	if (!file_exists(path))
		return ERR_OK;
	int rc = file_read(path, TLOG_NOTE_MAX, &kept, e);
	if (!rc)
		rc = tlog_note_parse(buf_str(&kept), kept.len, &was, e);
	if (rc)
		return err_prefix(e, "%s", path), (int)e->code;
	if (was.text_len != n->text_len || memcmp(was.text, n->text, n->text_len) != 0) {
		err_set(e, ERR_LEDGER, "%s: another checkpoint of as many entries is kept there", path);
		return err_next(e, "one of two histories was forged: keep both, and ask the witnesses");
	}
	for (size_t i = 0; i < was.sigs_count; i++)
		if (!is_among(&was.sigs[i], n, 0))
			add_line(&was.sigs[i], out_lines);
	return ERR_OK;
}

int cosign_keep(const struct store *s, const struct buf *note, const struct buf *lines, struct buf *out,
                struct err *e)
{
	BUF_CLEANUP struct buf kept = BUF_INIT, both = BUF_INIT;
	struct tlog_checkpoint c;
	struct tlog_note n;
	int rc = tlog_checkpoint_read(buf_str(note), note->len, &n, &c, e);
	if (rc)
		return rc;
	MEM_CLEANUP char *path = mem_printf("%s/%" PRIu64, s->checkpoints, c.size);
	rc = make_folder(s, e);
	if (!rc)
		rc = read_kept(path, &n, &kept, e);
	if (!rc)
		rc = cosign_add(note, &kept, &both, e);
	if (!rc)
		rc = cosign_add(&both, lines, out, e);
	return rc ? rc : file_write_durable(path, out->ptr, out->len, FILE_MODE, e);
}

struct newest {
	const struct tlog_note_key *key;
	uint64_t size;
	int64_t time;
};

static int look_at(const struct store *s, const char *name, uint64_t size, struct newest *out, struct err *e)
{
	MEM_CLEANUP char *path = file_path(s->checkpoints, name);
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct tlog_checkpoint c;
	struct tlog_note n;
	int64_t time;
	int rc = file_read(path, TLOG_NOTE_MAX, &text, e);
	if (!rc)
		rc = tlog_checkpoint_read(buf_str(&text), text.len, &n, &c, e);
	if (rc)
		return err_prefix(e, "%s", path), (int)e->code;
	if (c.size == size && tlog_note_find(&n, out->key, ed25519_is_valid, &time) == TLOG_NOTE_GOOD) {
		out->size = size;
		out->time = time;
	}
	return ERR_OK;
}

int cosign_newest(const struct store *s, const struct tlog_note_key *k, uint64_t *out_size, int64_t *out_time,
                  struct err *e)
{
	struct newest newest = { .key = k };
	DIR *d = opendir(s->checkpoints);
	const struct dirent *entry;
	uint64_t size;
	int rc = d || errno == ENOENT ? ERR_OK : err_errno(e, errno, "%s", s->checkpoints);
	while (!rc && d && (entry = readdir(d)))
		if (text_parse_u64(entry->d_name, strlen(entry->d_name), INT64_MAX, &size) && size > newest.size)
			rc = look_at(s, entry->d_name, size, &newest, e);
	if (d)
		closedir(d);
	if (rc)
		return rc;
	*out_size = newest.size;
	*out_time = newest.time;
	return ERR_OK;
}
