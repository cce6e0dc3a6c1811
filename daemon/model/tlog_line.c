#include "model/tlog_line.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

bool tlog_line_next(struct tlog_line_reader *r, struct tlog_line *out)
{
	const char *newline = r->at < r->end ? memchr(r->at, '\n', (size_t)(r->end - r->at)) : NULL;
	if (!newline)
		return false;
	*out = (struct tlog_line){ r->at, (size_t)(newline - r->at) };
	r->at = newline + 1;
	r->number++;
	return true;
}

bool tlog_line_begins(struct tlog_line l, const char *word, struct tlog_line *out_rest)
{
	size_t len = strlen(word);
	if (l.len < len || memcmp(l.at, word, len) != 0)
		return false;
	*out_rest = (struct tlog_line){ l.at + len, l.len - len };
	return true;
}

bool tlog_line_number(struct tlog_line l, uint64_t *out)
{
	return text_parse_u64(l.at, l.len, INT64_MAX, out);
}

bool tlog_line_decode(struct tlog_line l, struct buf *out)
{
	size_t len = 0;
	MEM_CLEANUP uint8_t *bytes = mem_alloc(l.len / 4 * 3 + 1);
	if (!hash_base64_decode(l.at, l.len, bytes, &len))
		return false;
	buf_add(out, bytes, len);
	return !buf_is_over(out);
}

bool tlog_line_hash(struct tlog_line l, struct hash *out)
{
	uint8_t bytes[HASH_LEN + 2];
	size_t len = 0;
	if (l.len != hash_base64_encoded_len(HASH_LEN) || !hash_base64_decode(l.at, l.len, bytes, &len) || len != HASH_LEN)
		return false;
	memcpy(out->b, bytes, HASH_LEN);
	return true;
}

void tlog_line_print_base64(const void *bytes, size_t len, struct buf *out)
{
	MEM_CLEANUP char *text = mem_alloc(hash_base64_encoded_len(len) + 1);
	hash_base64_encode(bytes, len, text);
	buf_puts(out, text);
}

void tlog_line_print_hashes(const struct hash *hashes, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		tlog_line_print_base64(hashes[i].b, HASH_LEN, out);
		buf_putc(out, '\n');
	}
}
