/* The file of what a store lacks, and its ranges as they are typed and shown. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/ledger.h"

#define LOST_MAX ((size_t)64 << 20)
#define LOST_MODE 0600

static bool parse_range(const char *line, size_t len, struct leaf_range *out)
{
	const char *dash = memchr(line, '-', len);
	size_t first = dash ? (size_t)(dash - line) : len;
	if (!text_parse_u64(line, first, LEAF_SEQ_MAX, &out->first))
		return false;
	out->last = out->first;
	return !dash || (text_parse_u64(dash + 1, len - first - 1, LEAF_SEQ_MAX, &out->last) && out->last > out->first);
}

int ledger_lost_read(const char *path, struct leaf_range **out, size_t *out_count, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct leaf_range *lost = NULL;
	size_t count = 0;
	int rc = file_exists(path) ? file_read(path, LOST_MAX, &text, e) : ERR_OK;
	for (const char *at = buf_str(&text); !rc && *at;) {
		size_t len = strcspn(at, "\n");
		if ((count & (count - 1)) == 0)
			lost = mem_grow(lost, count ? 2 * count : 1, sizeof *lost);
		if (!parse_range(at, len, &lost[count]) || (count && lost[count].first <= lost[count - 1].last))
			rc = err_set(e, ERR_SYNTAX, "%s: a number or a range N-M a line is wanted, ascending", path);
		count++;
		at += len + (at[len] == '\n');
	}
	if (rc) {
		free(lost);
		return rc;
	}
	*out = lost;
	*out_count = count;
	return ERR_OK;
}

static void print_range(const struct leaf_range *r, struct buf *out)
{
	buf_printf(out, "%" PRIu64, r->first);
	if (r->last > r->first)
		buf_printf(out, "-%" PRIu64, r->last);
}

int ledger_lost_write(const char *path, const struct leaf_range *lost, size_t count, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		print_range(&lost[i], &text);
		buf_putc(&text, '\n');
	}
	return file_write_durable(path, buf_str(&text), text.len, LOST_MODE, e);
}

void ledger_lost_print(const struct leaf_range *lost, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++) {
		buf_puts(out, i ? ", " : "");
		print_range(&lost[i], out);
	}
}

bool ledger_lost_is_one(const struct leaf_range *lost, size_t count)
{
	return count == 1 && lost->first == lost->last;
}

bool ledger_lost_parse(const char *text, struct leaf_range **out, size_t *out_count)
{
	struct leaf_range *ranges = NULL;
	size_t count = 0;
	bool right = true;
	for (const char *at = text; right;) {
		size_t len = strcspn(at, ",");
		ranges = mem_grow(ranges, count + 1, sizeof *ranges);
		right = parse_range(at, len, &ranges[count]) && (!count || ranges[count].first > ranges[count - 1].last);
		count++;
		at += len;
		if (!*at++)
			break;
	}
	if (!right) {
		free(ranges);
		return false;
	}
	*out = ranges;
	*out_count = count;
	return true;
}
