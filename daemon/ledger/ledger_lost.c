/* What a store lacks: records that no copy had when it was restored, or that its operator says are lost. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/ledger_impl.h"
#include "ledger/volume.h"

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

bool ledger_is_lost(const struct ledger *l, uint64_t seq)
{
	return leaf_ranges_hold(l->lost, l->lost_count, seq);
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

static int compare_ranges(const void *a, const void *b)
{
	const struct leaf_range *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

void ledger_lost_merge(struct ledger *l)
{
	const struct store *s = l->store;
	size_t all = l->lost_count + s->accepts_count, kept = 0;
	if (!s->accepts_count)
		return;
	l->lost = mem_grow(l->lost, all, sizeof *l->lost);
	memcpy(l->lost + l->lost_count, s->accepts, s->accepts_count * sizeof *l->lost);
	qsort(l->lost, all, sizeof *l->lost, compare_ranges);
	for (size_t i = 0; i < all; i++) {
		struct leaf_range *last = kept ? &l->lost[kept - 1] : NULL;
		if (!last || l->lost[i].first > last->last + 1)
			l->lost[kept++] = l->lost[i];
		else if (last->last < l->lost[i].last)
			last->last = l->lost[i].last;
	}
	l->lost_count = kept;
}

static int refuse_kept(uint64_t seq, const char *why, struct err *e)
{
	err_set(e, ERR_CONFLICT, "--accept-loss: entry %" PRIu64 ": %s", seq, lang_text(why));
	return err_next(e, "name exactly the entries that daicho verify calls MISSING or ALTERED");
}

/* The operator's word takes nothing away: what is there, as its leaf vouches for it, is not lost. */
static int check_gone(struct ledger *l, uint64_t seq, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct index_entry entry;
	struct repo *year;
	int rc = index_entry(l->index, seq, &entry, e);
	if (rc)
		return rc;
	if (!entry.has_volume || entry.disposed_by)
		return refuse_kept(seq, entry.has_volume ? N_("was disposed of") : N_("has no record"), e);
	rc = ledger_year(l, entry.volume.year, false, &year, e);
	if (!rc)
		rc = volume_read(year, &entry.volume, &entry.commit, &text, e);
	if (rc)
		return rc == ERR_NOTFOUND ? ERR_OK : rc;
	struct hash is = hash_of(buf_str(&text), text.len);
	return hash_is_equal(&is, &entry.record) ? refuse_kept(seq, N_("its record is there"), e) : ERR_OK;
}

int ledger_lost_check(struct ledger *l, struct err *e)
{
	const struct store *s = l->store;
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < s->accepts_count; i++)
		for (uint64_t seq = s->accepts[i].first; !rc && seq <= s->accepts[i].last; seq++)
			rc = check_gone(l, seq, e);
	return rc;
}
