#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/mem.h"
#include "ledger/archive_impl.h"

#define DATA "data/"

int archive_bag_add(struct archive_bag *b, const char *path, const void *bytes, size_t len, struct err *e)
{
	bool is_payload = strncmp(path, DATA, strlen(DATA)) == 0;
	struct hash hash = hash_of(bytes, len);
	char hex[65];
	hash_print_hex(&hash, hex);
	struct buf *list = is_payload ? &b->manifest : &b->tags;
	buf_puts(list, hex);
	buf_puts(list, "  ");
	buf_puts(list, path);
	buf_putc(list, '\n');
	if (is_payload) {
		b->bytes += len;
		b->members++;
	}
	if (!b->tar)
		return ERR_OK;
	MEM_CLEANUP char *member = file_path(b->name, path);
	return tar_writer_add(b->tar, member, bytes, len, e);
}

void archive_bag_oxum(const struct archive_bag *b, struct buf *out)
{
	buf_printf(out, "Payload-Oxum: %" PRIu64 ".%" PRIu64 "\n", b->bytes, b->members);
}

/* Nothing of the program's version: the same archive must come out of a later one. */
static void print_info(const struct archive_bag *b, const char *origin, const struct hash *plan, int64_t time,
                       struct buf *out)
{
	char day[DATE_LEN + 1], digest[HASH_TEXT_LEN + 1];
	date_print(date_of_time(time), day);
	hash_print(plan, digest);
	buf_puts(out, "Bag-Software-Agent: daicho\n");
	buf_printf(out, "Bagging-Date: %s\n", day);
	archive_bag_oxum(b, out);
	buf_printf(out, "External-Identifier: %s %s\n", origin, digest);
}

int archive_bag_finish(struct archive_bag *b, const char *origin, const struct hash *plan, int64_t time, struct err *e)
{
	BUF_CLEANUP struct buf info = BUF_INIT, tags = BUF_INIT;
	print_info(b, origin, plan, time, &info);
	int rc = archive_bag_add(b, "bag-info.txt", buf_str(&info), info.len, e);
	if (!rc && buf_is_over(&b->manifest))
		rc = err_set(e, ERR_TOOBIG, "%s: the manifest is over %zu bytes", b->name, BUF_MAX_DEFAULT);
	if (!rc)
		rc = archive_bag_add(b, "manifest-sha256.txt", buf_str(&b->manifest), b->manifest.len, e);
	if (rc)
		return rc;
	buf_add(&tags, buf_str(&b->tags), b->tags.len);    /* it does not name itself */
	return archive_bag_add(b, "tagmanifest-sha256.txt", buf_str(&tags), tags.len, e);
}

void archive_bag_release(struct archive_bag *b)
{
	tar_writer_free(b->tar);
	buf_release(&b->manifest);
	buf_release(&b->tags);
	b->tar = NULL;
}
