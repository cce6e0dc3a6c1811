#include "model/leaf.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/leaf_kind.h"
#include "model/leaf_value.h"

/* How struct leaf says that a line is there. */
enum presence {
	BY_KIND,      /* whenever the kind must have it */
	BY_FLAG,      /* bool at `has` */
	BY_TEXT,      /* a text that is not empty */
	BY_CHOICE,    /* an enum other than 0, its NONE */
	BY_COUNT      /* repeatable: size_t at `has`, pointer at `at` */
};

#define AT(member) offsetof(struct leaf, member)
#define FIELD(type, member) { &leaf_value_##type, BY_KIND, AT(member), 0 }
#define FLAGGED(type, member, flag) { &leaf_value_##type, BY_FLAG, AT(member), AT(flag) }
#define LISTED(type, member, count) { &leaf_value_##type, BY_COUNT, AT(member), AT(count) }

static const struct line {
	const struct leaf_value *type;
	enum presence presence;
	size_t at, has;
} lines[LEAF_LINE_COUNT] = {
	[LEAF_LINE_ORIGIN] = FIELD(origin, origin),
	[LEAF_LINE_FORMAT] = FIELD(format, format),
	[LEAF_LINE_AFTER] = FLAGGED(hash, after, has_after),
	[LEAF_LINE_GENESIS] = FIELD(hash, genesis),
	[LEAF_LINE_SEQ] = FIELD(seq, seq),
	[LEAF_LINE_TIME] = FIELD(time, time),
	[LEAF_LINE_VOLUME] = FLAGGED(volume, volume, has_volume),
	[LEAF_LINE_RECORD] = FLAGGED(hash, record, has_volume),
	[LEAF_LINE_OPENS] = { &leaf_value_name, BY_TEXT, AT(opens), 0 },
	[LEAF_LINE_CLOSES] = LISTED(entry, closes.at, closes.count),
	[LEAF_LINE_WITHIN] = LISTED(entry, within.at, within.count),
	[LEAF_LINE_UNDER] = LISTED(entry, under.at, under.count),
	[LEAF_LINE_CONCERNS] = LISTED(entry, concerns.at, concerns.count),
	[LEAF_LINE_CORRECTS] = FLAGGED(entry, corrects, has_corrects),
	[LEAF_LINE_VOIDS] = FLAGGED(entry, voids, has_voids),
	[LEAF_LINE_BY] = LISTED(entry, by.at, by.count),
	[LEAF_LINE_ON] = LISTED(target, on, on_count),
	[LEAF_LINE_UNTIL] = FLAGGED(date, until, has_until),
	[LEAF_LINE_BASIS] = { &leaf_value_basis, BY_CHOICE, AT(basis), 0 },
	[LEAF_LINE_ENDS] = FLAGGED(entry, ends, has_ends),
	[LEAF_LINE_DUE] = LISTED(due, due, due_count),
	[LEAF_LINE_EXCEPT] = LISTED(range, except, except_count),
	[LEAF_LINE_ARCHIVE] = FLAGGED(archive, archive, has_archive),
	[LEAF_LINE_WRAPPED] = LISTED(wrapped, wrapped, wrapped_count),
	[LEAF_LINE_LEVEL] = { &leaf_value_level, BY_CHOICE, AT(level), 0 },
	[LEAF_LINE_REMAINS] = LISTED(remains, remains, remains_count),
	[LEAF_LINE_CLASS] = FLAGGED(class, class, has_class),
	[LEAF_LINE_KEY] = LISTED(key, keys, keys_count),
	[LEAF_LINE_COPY] = { &leaf_value_copy, BY_FLAG, 0, AT(has_copy) },
	[LEAF_LINE_TERM] = FLAGGED(term, term, has_term),
	[LEAF_LINE_CARRIED] = LISTED(due, carried, carried_count),
	[LEAF_LINE_COUNTS] = FLAGGED(year, counts, has_counts),
	[LEAF_LINE_WITNESS] = FLAGGED(hash, witness, has_witness),
	[LEAF_LINE_RULES] = FIELD(hash, rules),
	[LEAF_LINE_ROOT] = FIELD(hash, root),
	[LEAF_LINE_PREV] = FIELD(hash, prev),
};

struct reader {
	const char *text;
	size_t len, pos;
	unsigned number;                  /* of the line last taken, from 1 */
	struct leaf *leaf;
	uint64_t seen;
	unsigned first_at[LEAF_LINE_COUNT];
	int last;                         /* enum leaf_line of the line before, -1 = none */
};

/* Printing. */

static size_t count_values(const struct leaf *l, enum leaf_line line)
{
	const struct line *d = &lines[line];
	const char *base = (const char *)l;
	switch (d->presence) {
	case BY_KIND: return (leaf_kind_must(l->kind) & LEAF_KIND_LINE(line)) != 0;
	case BY_FLAG: return *(const bool *)(base + d->has);
	case BY_TEXT: return base[d->at] != '\0';
	case BY_CHOICE: return *(const int *)(base + d->at) != 0;
	case BY_COUNT: return *(const size_t *)(base + d->has);
	}
	return 0;
}

static const void *get_value(const struct leaf *l, enum leaf_line line, size_t i)
{
	const struct line *d = &lines[line];
	const char *base = (const char *)l;
	return d->presence == BY_COUNT ? *(char *const *)(base + d->at) + i * d->type->size : base + d->at;
}

static void print_summary(const struct leaf *l, struct buf *out)
{
	buf_puts(out, l->kind_name);
	if (l->has_volume || l->on_count)
		buf_putc(out, ' ');
	if (l->has_volume)
		leaf_volume_print(&l->volume, out);
	else if (l->on_count)
		leaf_target_print(&l->on[0], out);
	buf_puts(out, "\n\n");
}

static void print_lines(const struct leaf *l, struct buf *out)
{
	print_summary(l, out);
	for (int line = 0; line < LEAF_LINE_COUNT; line++) {
		size_t count = count_values(l, (enum leaf_line)line);
		for (size_t i = 0; i < count; i++) {
			buf_puts(out, leaf_kind_line_names[line]);
			buf_puts(out, ": ");
			size_t from = out->len;
			lines[line].type->print(get_value(l, (enum leaf_line)line, i), out);
			/* A name that holds a line end would be read back as lines of its own. */
			if (out->len > from && memchr(out->ptr + from, '\n', out->len - from))
				buf_puts(out, "\n?");
			buf_putc(out, '\n');
		}
	}
}

/* Parsing. */

static int refuse(const struct reader *r, const char *name, const char *expected, struct err *e)
{
	return err_set(e, ERR_SYNTAX, "leaf: line %u (%s): %s", r->number, lang_text(name),
	               lang_text(expected));
}

static bool take_line(struct reader *r, const char **out, size_t *out_len)
{
	if (r->pos >= r->len)
		return false;
	const char *end = memchr(r->text + r->pos, '\n', r->len - r->pos);
	*out = r->text + r->pos;
	*out_len = end ? (size_t)(end - *out) : r->len - r->pos;
	r->pos += *out_len + 1;
	r->number++;
	return true;
}

static int check_bytes(struct reader *r, struct err *e)
{
	unsigned line = 1;
	if (r->len > LEAF_MAX)
		return err_set(e, ERR_TOOBIG, "leaf: over %d bytes", LEAF_MAX);
	for (size_t i = 0; i < r->len; i++) {
		unsigned char c = (unsigned char)r->text[i];
		if (c == '\n')
			line++;
		else if (c < 0x20 || c > 0x7e)
			return err_set(e, ERR_SYNTAX, "leaf: line %u: expected printable ASCII alone", line);
	}
	if (!r->len || r->text[r->len - 1] != '\n')
		return err_set(e, ERR_SYNTAX, "leaf: line %u: expected a line end after it", line);
	return ERR_OK;
}

/* The kind alone: what follows it is known, and compared, when all lines are. */
static int read_summary(struct reader *r, struct err *e)
{
	const char *s;
	size_t len, empty_len;
	bool is_there = take_line(r, &s, &len);
	const char *space = is_there && len ? memchr(s, ' ', len) : NULL;
	size_t kind_len = space ? (size_t)(space - s) : len;
	if (!is_there || !text_is_name(s, kind_len))
		return refuse(r, "summary", "expected a kind", e);
	memcpy(r->leaf->kind_name, s, kind_len);
	r->leaf->kind = leaf_kind_of(r->leaf->kind_name);
	if (!take_line(r, &s, &empty_len) || empty_len)
		return refuse(r, N_("after the summary"), "expected an empty line", e);
	return ERR_OK;
}

/* The line's name and its value, or LEAF_LINE_COUNT. */
static enum leaf_line split_line(const char *s, size_t len, const char **out_value, size_t *out_len)
{
	for (int line = 0; line < LEAF_LINE_COUNT; line++) {
		if (!len || s[0] != leaf_kind_line_names[line][0])
			continue;
		size_t name_len = strlen(leaf_kind_line_names[line]);
		if (len <= name_len + 2 || memcmp(s, leaf_kind_line_names[line], name_len) != 0 ||
		    memcmp(s + name_len, ": ", 2) != 0)
			continue;
		*out_value = s + name_len + 2;
		*out_len = len - name_len - 2;
		return (enum leaf_line)line;
	}
	return LEAF_LINE_COUNT;
}

static int refuse_missing(const struct reader *r, const char *where, uint64_t missing, struct err *e)
{
	for (int line = 0; line < LEAF_LINE_COUNT; line++)
		if (missing & LEAF_KIND_LINE(line))
			return err_set(e, ERR_SYNTAX, "leaf: line %u (%s): expected %s before it in kind %s", r->number,
			               lang_text(where), leaf_kind_line_names[line], r->leaf->kind_name);
	return ERR_OK;
}

static int check_place(const struct reader *r, enum leaf_line line, struct err *e)
{
	const char *name = leaf_kind_line_names[line];
	if (!(leaf_kind_may(r->leaf->kind) & LEAF_KIND_LINE(line)))
		return err_set(e, ERR_SYNTAX, "leaf: line %u (%s): expected no such line in kind %s", r->number, name,
		               r->leaf->kind_name);
	if ((int)line < r->last)
		return refuse(r, name, "expected further up", e);
	if ((int)line == r->last && lines[line].presence != BY_COUNT)
		return refuse(r, name, "expected once", e);
	uint64_t before = LEAF_KIND_LINE(line) - 1;
	return refuse_missing(r, name, leaf_kind_must(r->leaf->kind) & before & ~r->seen, e);
}

static int read_item(struct reader *r, enum leaf_line line, const char *s, size_t len, struct err *e)
{
	const struct line *d = &lines[line];
	const char *name = leaf_kind_line_names[line];
	char *base = (char *)r->leaf;
	void **items = (void **)(base + d->at);
	size_t *count = (size_t *)(base + d->has);
	if (*count >= LEAF_LIST_MAX)
		return err_set(e, ERR_TOOBIG, "leaf: line %u (%s): expected at most %d of them", r->number, name,
		               LEAF_LIST_MAX);
	*items = mem_grow(*items, *count + 1, d->type->size);
	char *item = (char *)*items + *count * d->type->size;
	memset(item, 0, d->type->size);
	if (!d->type->parse(r->leaf, s, len, item))
		return err_set(e, ERR_SYNTAX, "leaf: line %u (%s): expected %s", r->number, name,
		               lang_text(d->type->expected));
	if (*count && d->type->compare && d->type->compare(item - d->type->size, item) >= 0)
		return refuse(r, name, "expected ascending order without repeats", e);
	++*count;
	return ERR_OK;
}

static int read_one(struct reader *r, enum leaf_line line, const char *s, size_t len, struct err *e)
{
	const struct line *d = &lines[line];
	char *base = (char *)r->leaf;
	if (!d->type->parse(r->leaf, s, len, base + d->at))
		return err_set(e, ERR_SYNTAX, "leaf: line %u (%s): expected %s", r->number, leaf_kind_line_names[line],
		               lang_text(d->type->expected));
	if (d->presence == BY_FLAG)
		*(bool *)(base + d->has) = true;
	return ERR_OK;
}

static int refuse_format(const struct leaf *l, struct err *e)
{
	err_set(e, ERR_FORMAT, "leaf: Format: %u, and this program knows %d", l->format, LEAF_FORMAT);
	err_next(e, "use a daicho that knows this Format");
	return ERR_FORMAT;
}

static int read_line(struct reader *r, const char *s, size_t len, struct err *e)
{
	const char *value;
	size_t value_len;
	enum leaf_line line = split_line(s, len, &value, &value_len);
	if (line == LEAF_LINE_COUNT)
		return refuse(r, "unknown", "expected the name of a line, a colon, a space and a value", e);
	int rc = check_place(r, line, e);
	if (!rc)
		rc = lines[line].presence == BY_COUNT ? read_item(r, line, value, value_len, e)
		                                      : read_one(r, line, value, value_len, e);
	if (rc)
		return rc;
	if (!(r->seen & LEAF_KIND_LINE(line)))
		r->first_at[line] = r->number;
	r->seen |= LEAF_KIND_LINE(line);
	r->last = (int)line;
	/* What comes below it in a later Format is not known here. */
	if (line == LEAF_LINE_FORMAT && r->leaf->kind == LEAF_GENESIS && r->leaf->format > LEAF_FORMAT)
		return refuse_format(r->leaf, e);
	return ERR_OK;
}

/* Whatever the parsers above let through: only what prints as the same bytes is this leaf. */
static int compare_print(const struct reader *r, struct err *e)
{
	BUF_CLEANUP struct buf again = BUF_INIT;
	print_lines(r->leaf, &again);
	size_t same = 0;
	unsigned line = 1;
	while (same < r->len && same < again.len && r->text[same] == again.ptr[same])
		line += r->text[same++] == '\n';
	if (same == r->len && same == again.len)
		return ERR_OK;
	if (line == 1)
		return err_set(e, ERR_SYNTAX,
		               "leaf: line 1 (summary): expected the kind, then the Volume or else the first On");
	return err_set(e, ERR_SYNTAX, "leaf: line %u: expected another spelling", line);
}

static int read_leaf(struct reader *r, struct err *e)
{
	const char *s;
	size_t len;
	int rc = check_bytes(r, e);
	if (!rc)
		rc = read_summary(r, e);
	while (!rc && take_line(r, &s, &len))
		rc = read_line(r, s, len, e);
	if (!rc)
		rc = refuse_missing(r, N_("the end"), leaf_kind_must(r->leaf->kind) & ~r->seen, e);
	if (!rc)
		rc = leaf_kind_check(r->leaf, r->seen, r->first_at, e);
	if (!rc)
		rc = compare_print(r, e);
	return rc;
}

int leaf_parse(const char *text, size_t len, struct leaf *out, struct err *e)
{
	*out = (struct leaf){ 0 };
	struct reader r = { .text = text, .len = len, .leaf = out, .last = -1 };
	int rc = read_leaf(&r, e);
	if (rc)
		leaf_release(out);
	else if (out->kind == LEAF_FORMAT_KIND)
		rc = refuse_format(out, e);
	return rc;
}

int leaf_print(const struct leaf *l, struct buf *out, struct err *e)
{
	BUF_CLEANUP struct buf text = { .max = (size_t)2 * LEAF_MAX };
	struct leaf again;
	if ((int)l->kind < 0 || l->kind >= LEAF_KIND_COUNT || leaf_kind_of(l->kind_name) != l->kind)
		return err_set(e, ERR_SYNTAX, "leaf: its kind is not the one that its summary names");
	print_lines(l, &text);
	if (buf_is_over(&text))
		return err_set(e, ERR_TOOBIG, "leaf: over %d bytes", LEAF_MAX);
	int rc = leaf_parse(text.ptr, text.len, &again, e);
	if (rc && !(rc == ERR_FORMAT && again.kind == LEAF_FORMAT_KIND))
		return rc;
	leaf_release(&again);
	buf_add(out, text.ptr, text.len);
	return ERR_OK;
}

void leaf_release(struct leaf *l)
{
	for (int line = 0; line < LEAF_LINE_COUNT; line++)
		if (lines[line].presence == BY_COUNT)
			free(*(void **)((char *)l + lines[line].at));
	*l = (struct leaf){ 0 };
}

/* Use. */

struct hash leaf_hash(const void *text, size_t len)
{
	return hash_of2(0x00, text, len);
}

void leaf_seqs_add(struct leaf_seqs *s, uint64_t seq)
{
	size_t at = s->count;
	while (at > 0 && s->at[at - 1] >= seq)
		at--;
	if (at < s->count && s->at[at] == seq)
		return;
	s->at = mem_grow(s->at, s->count + 1, sizeof *s->at);
	memmove(s->at + at + 1, s->at + at, (s->count - at) * sizeof *s->at);
	s->at[at] = seq;
	s->count++;
}

bool leaf_ranges_hold(const struct leaf_range *r, size_t count, uint64_t seq)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (r[middle].last < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && r[low].first <= seq;
}

int leaf_year(const struct leaf *l)
{
	return l->has_volume ? l->volume.year : date_year_of_time(l->time);
}
