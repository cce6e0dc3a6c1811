#include "model/leaf_value.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

#define FORMAT_MAX 999999
#define TERM_MAX LEAF_SEQ_MAX
#define BYTES_MAX ((uint64_t)INT64_MAX)
#define CLASS_YEARS_MAX 100
#define YEAR_DIGITS 4
#define UNSAYABLE "?"

/* A value is cut into words at single spaces: each call takes the next word, the last one takes what is left. */
struct words {
	const char *s;
	size_t len;
	bool is_done;
};

static bool take_word(struct words *w, const char **out, size_t *out_len)
{
	if (w->is_done)
		return false;
	const char *space = w->len ? memchr(w->s, ' ', w->len) : NULL;
	*out = w->s;
	*out_len = space ? (size_t)(space - w->s) : w->len;
	w->is_done = !space;
	if (space) {
		w->len -= *out_len + 1;
		w->s = space + 1;
	}
	return true;
}

static bool take_u64(struct words *w, uint64_t max, uint64_t *out)
{
	const char *s;
	size_t len;
	return take_word(w, &s, &len) && text_parse_u64(s, len, max, out);
}

static bool take_hash(struct words *w, struct hash *out)
{
	const char *s;
	size_t len;
	return take_word(w, &s, &len) && hash_parse(s, len, out);
}

static bool copy_name(const char *s, size_t len, char out[LEAF_NAME_MAX + 1])
{
	if (!text_is_name(s, len))
		return false;
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

static bool take_name(struct words *w, char out[LEAF_NAME_MAX + 1])
{
	const char *s;
	size_t len;
	return take_word(w, &s, &len) && copy_name(s, len, out);
}

static bool take_choice(struct words *w, const char *const *words, size_t count, int *out)
{
	const char *s;
	size_t len;
	if (!take_word(w, &s, &len))
		return false;
	for (size_t i = 0; i < count; i++)
		if (words[i] && strlen(words[i]) == len && memcmp(words[i], s, len) == 0) {
			*out = (int)i;
			return true;
		}
	return false;
}

static const char *get_choice(const char *const *words, size_t count, int i)
{
	return i >= 0 && (size_t)i < count && words[i] ? words[i] : UNSAYABLE;
}

#define CHOICES(table) (table), sizeof(table) / sizeof *(table)

static void put_hash(const struct hash *h, struct buf *out)
{
	char text[HASH_TEXT_LEN + 1];
	hash_print(h, text);
	buf_puts(out, text);
}

static bool parse_year(const char *s, size_t len, int *out)
{
	uint64_t year;
	if (len != YEAR_DIGITS || !text_parse_u64(s, len, DATE_YEAR_MAX, &year) || year < DATE_YEAR_MIN)
		return false;
	*out = (int)year;
	return true;
}

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Public forms. */

bool leaf_volume_parse(const char *s, size_t len, struct leaf_volume *out)
{
	struct leaf_volume v = { 0 };
	const char *first = len ? memchr(s, '/', len) : NULL;
	const char *second = first ? memchr(first + 1, '/', len - (size_t)(first + 1 - s)) : NULL;
	if (!second || !parse_year(s, (size_t)(first - s), &v.year) ||
	    !copy_name(first + 1, (size_t)(second - first - 1), v.kind) ||
	    !copy_name(second + 1, len - (size_t)(second + 1 - s), v.unit))
		return false;
	*out = v;
	return true;
}

void leaf_volume_print(const struct leaf_volume *v, struct buf *out)
{
	buf_printf(out, "%04d/%s/%s", v->year, v->kind, v->unit);
}

int leaf_volume_compare(const struct leaf_volume *a, const struct leaf_volume *b)
{
	if (a->year != b->year)
		return a->year < b->year ? -1 : 1;
	int by_kind = strcmp(a->kind, b->kind);
	return by_kind ? by_kind : strcmp(a->unit, b->unit);
}

static const char *const target_words[] = {
	[LEAF_ON_ENTRY] = "entry", [LEAF_ON_ENTRIES] = "entries", [LEAF_ON_MATTER] = "matter", [LEAF_ON_VOLUME] = "volume",
};

static bool parse_span(const char *s, size_t len, uint64_t *out_first, uint64_t *out_last)
{
	const char *dash = len ? memchr(s, '-', len) : NULL;
	if (!dash)
		return false;
	size_t first_len = (size_t)(dash - s);
	return text_parse_u64(s, first_len, LEAF_SEQ_MAX, out_first) &&
	       text_parse_u64(dash + 1, len - first_len - 1, LEAF_SEQ_MAX, out_last) && *out_first < *out_last;
}

bool leaf_target_parse(const char *s, size_t len, struct leaf_target *out)
{
	struct words w = { .s = s, .len = len };
	struct leaf_target t = { 0 };
	int type;
	if (!take_choice(&w, CHOICES(target_words), &type) || w.is_done)
		return false;
	bool is_right;
	t.type = (enum leaf_target_type)type;
	if (t.type == LEAF_ON_VOLUME)
		is_right = leaf_volume_parse(w.s, w.len, &t.volume);
	else if (t.type == LEAF_ON_ENTRIES)
		is_right = parse_span(w.s, w.len, &t.first, &t.last);
	else {
		is_right = text_parse_u64(w.s, w.len, LEAF_SEQ_MAX, &t.first);
		t.last = t.first;
	}
	if (is_right)
		*out = t;
	return is_right;
}

void leaf_target_print(const struct leaf_target *t, struct buf *out)
{
	buf_printf(out, "%s ", get_choice(CHOICES(target_words), (int)t->type));
	if (t->type == LEAF_ON_VOLUME)
		leaf_volume_print(&t->volume, out);
	else if (t->type == LEAF_ON_ENTRIES)
		buf_printf(out, "%" PRIu64 "-%" PRIu64, t->first, t->last);
	else
		buf_printf(out, "%" PRIu64, t->first);
}

bool leaf_is_origin(const char *s, size_t len)
{
	static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	if (len < 1 || len > LEAF_ORIGIN_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] != '\0' && strchr(alnum, s[i]))
			continue;
		if (i == 0 || i == len - 1 || s[i] == '\0' || !strchr("._/-", s[i]))
			return false;
		if ((s[i] == '/' || s[i] == '.') && s[i - 1] == s[i])
			return false;
	}
	return true;
}

bool leaf_is_fpr(const char *s, size_t len)
{
	if (len != LEAF_FPR_LEN)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'A' && s[i] <= 'F')))
			return false;
	return true;
}

/* Values of lines. */

static bool parse_origin(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	if (!leaf_is_origin(s, len))
		return false;
	memcpy(out, s, len);
	((char *)out)[len] = '\0';
	return true;
}

static void print_text(const void *value, struct buf *out)
{
	buf_puts(out, value);
}

const struct leaf_value leaf_value_origin = {
	LEAF_ORIGIN_MAX + 1, parse_origin, print_text, NULL, "the name of a ledger",
};

static bool parse_format(const struct leaf *l, const char *s, size_t len, void *out)
{
	uint64_t v, least = l->kind == LEAF_FORMAT_KIND ? LEAF_FORMAT + 1 : LEAF_FORMAT;
	if (!text_parse_u64(s, len, FORMAT_MAX, &v) || v < least)
		return false;
	*(unsigned *)out = (unsigned)v;
	return true;
}

static void print_format(const void *value, struct buf *out)
{
	buf_printf(out, "%u", *(const unsigned *)value);
}

const struct leaf_value leaf_value_format = {
	sizeof(unsigned), parse_format, print_format, NULL, "1, or in kind format a number above 1",
};

static bool parse_hash(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	return hash_parse(s, len, out);
}

static void print_hash(const void *value, struct buf *out)
{
	put_hash(value, out);
}

const struct leaf_value leaf_value_hash = {
	sizeof(struct hash), parse_hash, print_hash, NULL, "sha256: and 64 lower-case hex digits",
};

static bool parse_seq(const struct leaf *l, const char *s, size_t len, void *out)
{
	uint64_t seq;
	if (!text_parse_u64(s, len, LEAF_SEQ_MAX, &seq) || (seq == 0) != (l->kind == LEAF_GENESIS))
		return false;
	*(uint64_t *)out = seq;
	return true;
}

static void print_u64(const void *value, struct buf *out)
{
	buf_printf(out, "%" PRIu64, *(const uint64_t *)value);
}

const struct leaf_value leaf_value_seq = {
	sizeof(uint64_t), parse_seq, print_u64, NULL, "an entry number, 0 in kind genesis and there alone",
};

static bool parse_time(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	return date_time_parse(s, len, out);
}

static void print_time(const void *value, struct buf *out)
{
	char text[DATE_TIME_LEN + 1];
	int64_t again, time = *(const int64_t *)value;
	date_time_print(time, text);
	buf_puts(out, date_time_parse(text, DATE_TIME_LEN, &again) && again == time ? text : UNSAYABLE);
}

const struct leaf_value leaf_value_time = {
	sizeof(int64_t), parse_time, print_time, NULL, "YYYY-MM-DDThh:mm:ss+09:00",
};

static bool parse_volume(const struct leaf *l, const char *s, size_t len, void *out)
{
	struct leaf_volume v;
	if (!leaf_volume_parse(s, len, &v) || strcmp(v.kind, l->kind_name) != 0)
		return false;
	*(struct leaf_volume *)out = v;
	return true;
}

static void print_volume(const void *value, struct buf *out)
{
	leaf_volume_print(value, out);
}

const struct leaf_value leaf_value_volume = {
	sizeof(struct leaf_volume), parse_volume, print_volume, NULL, "year/kind/unit, the kind that of the entry",
};

static bool parse_name(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	return copy_name(s, len, out);
}

const struct leaf_value leaf_value_name = {
	LEAF_NAME_MAX + 1, parse_name, print_text, NULL, "a name of [a-z0-9-]",
};

static bool parse_entry(const struct leaf *l, const char *s, size_t len, void *out)
{
	uint64_t seq;
	if (!text_parse_u64(s, len, LEAF_SEQ_MAX, &seq) || seq >= l->seq)
		return false;
	*(uint64_t *)out = seq;
	return true;
}

static int compare_entries(const void *a, const void *b)
{
	return compare_u64(*(const uint64_t *)a, *(const uint64_t *)b);
}

const struct leaf_value leaf_value_entry = {
	sizeof(uint64_t), parse_entry, print_u64, compare_entries, "the number of an earlier entry",
};

static bool parse_target(const struct leaf *l, const char *s, size_t len, void *out)
{
	struct leaf_target t;
	if (!leaf_target_parse(s, len, &t) || (t.type != LEAF_ON_VOLUME && t.last >= l->seq))
		return false;
	*(struct leaf_target *)out = t;
	return true;
}

static void print_target(const void *value, struct buf *out)
{
	leaf_target_print(value, out);
}

static int compare_targets(const void *a, const void *b)
{
	const struct leaf_target *x = a, *y = b;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	int order = compare_u64(x->first, y->first);
	if (!order)
		order = compare_u64(x->last, y->last);
	return order ? order : leaf_volume_compare(&x->volume, &y->volume);
}

const struct leaf_value leaf_value_target = {
	sizeof(struct leaf_target), parse_target, print_target, compare_targets,
	"entry n, entries n-m, matter n (earlier ones) or volume year/kind/unit",
};

static bool parse_date(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	return date_parse(s, len, out);
}

static void print_date(const void *value, struct buf *out)
{
	const struct date *d = value;
	char text[DATE_LEN + 1];
	date_print(*d, text);
	buf_puts(out, date_is_valid(*d) ? text : UNSAYABLE);
}

const struct leaf_value leaf_value_date = { sizeof(struct date), parse_date, print_date, NULL, "YYYY-MM-DD" };

static const char *const basis_words[] = {
	[LEAF_BASIS_AUDIT] = "audit", [LEAF_BASIS_SUIT] = "suit", [LEAF_BASIS_APPEAL] = "appeal",
	[LEAF_BASIS_DISCLOSURE] = "disclosure", [LEAF_BASIS_DUTY] = "duty",
};

static bool parse_basis(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	int i;
	struct words w = { .s = s, .len = len };
	if (!take_choice(&w, CHOICES(basis_words), &i) || !w.is_done)
		return false;
	*(enum leaf_basis *)out = (enum leaf_basis)i;
	return true;
}

static void print_basis(const void *value, struct buf *out)
{
	buf_puts(out, get_choice(CHOICES(basis_words), (int)*(const enum leaf_basis *)value));
}

const struct leaf_value leaf_value_basis = {
	sizeof(enum leaf_basis), parse_basis, print_basis, NULL, "audit, suit, appeal, disclosure or duty",
};

static bool parse_due(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	struct leaf_due d;
	struct words w = { .s = s, .len = len };
	const char *group;
	size_t group_len;
	if (!take_word(&w, &group, &group_len) || !leaf_volume_parse(group, group_len, &d.group) ||
	    !take_u64(&w, LEAF_SEQ_MAX, &d.count) || d.count < 1 || !take_hash(&w, &d.root) || !w.is_done)
		return false;
	*(struct leaf_due *)out = d;
	return true;
}

static void print_due(const void *value, struct buf *out)
{
	const struct leaf_due *d = value;
	leaf_volume_print(&d->group, out);
	buf_printf(out, " %" PRIu64 " ", d->count);
	put_hash(&d->root, out);
}

static int compare_dues(const void *a, const void *b)
{
	return leaf_volume_compare(&((const struct leaf_due *)a)->group, &((const struct leaf_due *)b)->group);
}

const struct leaf_value leaf_value_due = {
	sizeof(struct leaf_due), parse_due, print_due, compare_dues, "year/kind/unit, a count of at least 1, and a tree head",
};

static bool parse_range(const struct leaf *l, const char *s, size_t len, void *out)
{
	struct leaf_range r;
	if (!parse_span(s, len, &r.first, &r.last)) {
		if (!text_parse_u64(s, len, LEAF_SEQ_MAX, &r.first))
			return false;
		r.last = r.first;
	}
	if (r.last >= l->seq)
		return false;
	*(struct leaf_range *)out = r;
	return true;
}

static void print_range(const void *value, struct buf *out)
{
	const struct leaf_range *r = value;
	buf_printf(out, "%" PRIu64, r->first);
	if (r->last != r->first)
		buf_printf(out, "-%" PRIu64, r->last);
}

/* Ranges that touch would be one range. */
static int compare_ranges(const void *a, const void *b)
{
	return compare_u64(((const struct leaf_range *)a)->last + 1, ((const struct leaf_range *)b)->first);
}

const struct leaf_value leaf_value_range = {
	sizeof(struct leaf_range), parse_range, print_range, compare_ranges, "n or n-m, of earlier entries",
};

static bool take_digest(struct words *w, struct leaf_digest *out)
{
	return take_hash(w, &out->hash) && take_u64(w, BYTES_MAX, &out->bytes) && w->is_done;
}

static bool parse_archive(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	struct leaf_digest d = { 0 };
	struct words w = { .s = s, .len = len };
	if (!take_digest(&w, &d))
		return false;
	*(struct leaf_digest *)out = d;
	return true;
}

static void print_archive(const void *value, struct buf *out)
{
	const struct leaf_digest *d = value;
	put_hash(&d->hash, out);
	buf_printf(out, " %" PRIu64, d->bytes);
}

const struct leaf_value leaf_value_archive = {
	sizeof(struct leaf_digest), parse_archive, print_archive, NULL, "a digest and a count of bytes",
};

static bool parse_wrapped(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	struct leaf_digest d = { 0 };
	struct words w = { .s = s, .len = len };
	if (!take_name(&w, d.method) || !take_digest(&w, &d))
		return false;
	*(struct leaf_digest *)out = d;
	return true;
}

static void print_wrapped(const void *value, struct buf *out)
{
	buf_printf(out, "%s ", ((const struct leaf_digest *)value)->method);
	print_archive(value, out);
}

const struct leaf_value leaf_value_wrapped = {
	sizeof(struct leaf_digest), parse_wrapped, print_wrapped, NULL, "a method, a digest and a count of bytes",
};

static const char *const level_words[] = {
	[LEAF_LEVEL_IDS_ABSENT] = "ids-absent", [LEAF_LEVEL_BLOCKS_TRIMMED] = "blocks-trimmed",
	[LEAF_LEVEL_KEY_DESTROYED] = "key-destroyed",
};

static bool parse_level(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	int i;
	struct words w = { .s = s, .len = len };
	if (!take_choice(&w, CHOICES(level_words), &i) || !w.is_done)
		return false;
	*(enum leaf_level *)out = (enum leaf_level)i;
	return true;
}

static void print_level(const void *value, struct buf *out)
{
	buf_puts(out, get_choice(CHOICES(level_words), (int)*(const enum leaf_level *)value));
}

const struct leaf_value leaf_value_level = {
	sizeof(enum leaf_level), parse_level, print_level, NULL, "ids-absent, blocks-trimmed or key-destroyed",
};

static bool parse_remains(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	struct leaf_remains r = { 0 };
	struct words w = { .s = s, .len = len };
	const char *until;
	size_t until_len;
	if (!take_name(&w, r.name) || !take_word(&w, &until, &until_len) || !w.is_done)
		return false;
	r.known = date_parse(until, until_len, &r.until);
	if (!r.known && !(until_len == strlen("unknown") && memcmp(until, "unknown", until_len) == 0))
		return false;
	*(struct leaf_remains *)out = r;
	return true;
}

static void print_remains(const void *value, struct buf *out)
{
	const struct leaf_remains *r = value;
	buf_printf(out, "%s ", r->name);
	if (r->known)
		print_date(&r->until, out);
	else
		buf_puts(out, "unknown");
}

static int compare_remains(const void *a, const void *b)
{
	return strcmp(((const struct leaf_remains *)a)->name, ((const struct leaf_remains *)b)->name);
}

const struct leaf_value leaf_value_remains = {
	sizeof(struct leaf_remains), parse_remains, print_remains, compare_remains, "a name, and YYYY-MM-DD or unknown",
};

static const char *const class_words[] = { "creation", "closing" };

static bool parse_class(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	struct leaf_class c = { 0 };
	struct words w = { .s = s, .len = len };
	uint64_t years;
	int from;
	if (!take_name(&w, c.kind) || !take_u64(&w, CLASS_YEARS_MAX, &years) || years < 1 ||
	    !take_choice(&w, CHOICES(class_words), &from) || !w.is_done)
		return false;
	c.years = (int)years;
	c.from_closing = from == 1;
	*(struct leaf_class *)out = c;
	return true;
}

static void print_class(const void *value, struct buf *out)
{
	const struct leaf_class *c = value;
	buf_printf(out, "%s %d %s", c->kind, c->years, class_words[c->from_closing]);
}

const struct leaf_value leaf_value_class = {
	sizeof(struct leaf_class), parse_class, print_class, NULL, "a kind, 1 to 100 years, and creation or closing",
};

static const char *const action_words[] = {
	[LEAF_KEY_ADD] = "add", [LEAF_KEY_RETIRE] = "retire", [LEAF_KEY_REVOKE] = "revoke",
	[LEAF_KEY_COMPROMISED] = "compromised",
};
static const char *const use_words[] = {
	[LEAF_USE_ENTRY] = "entry", [LEAF_USE_ARCHIVE] = "archive", [LEAF_USE_CHECKPOINT] = "checkpoint",
	[LEAF_USE_RECOVERY] = "recovery",
};

static bool parse_key(const struct leaf *l, const char *s, size_t len, void *out)
{
	struct leaf_key k = { 0 };
	struct words w = { .s = s, .len = len };
	int action, use;
	const char *fpr;
	size_t fpr_len;
	if (!take_choice(&w, CHOICES(action_words), &action) || !take_choice(&w, CHOICES(use_words), &use) ||
	    !take_word(&w, &fpr, &fpr_len) || !leaf_is_fpr(fpr, fpr_len))
		return false;
	if (action == LEAF_KEY_COMPROMISED && (!take_u64(&w, LEAF_SEQ_MAX, &k.since) || k.since >= l->seq))
		return false;
	if (!w.is_done)
		return false;
	k.action = (enum leaf_key_action)action;
	k.use = (enum leaf_key_use)use;
	memcpy(k.fpr, fpr, fpr_len);
	*(struct leaf_key *)out = k;
	return true;
}

static void print_key(const void *value, struct buf *out)
{
	const struct leaf_key *k = value;
	buf_printf(out, "%s %s %s", get_choice(CHOICES(action_words), (int)k->action),
	           get_choice(CHOICES(use_words), (int)k->use), k->fpr);
	if (k->action == LEAF_KEY_COMPROMISED)
		buf_printf(out, " %" PRIu64, k->since);
}

static int compare_keys(const void *a, const void *b)
{
	const struct leaf_key *x = a, *y = b;
	if (x->action != y->action)
		return x->action < y->action ? -1 : 1;
	if (x->use != y->use)
		return x->use < y->use ? -1 : 1;
	return strcmp(x->fpr, y->fpr);
}

const struct leaf_value leaf_value_key = {
	sizeof(struct leaf_key), parse_key, print_key, compare_keys,
	"add, retire, revoke or compromised, a use, a fingerprint, and after compromised an earlier entry",
};

/* Three members of the leaf make this one line. */
static bool parse_copy(const struct leaf *l, const char *s, size_t len, void *out)
{
	struct leaf *into = out;
	struct words w = { .s = s, .len = len };
	return take_name(&w, into->copy) && take_u64(&w, LEAF_SEQ_MAX, &into->copy_seq) && into->copy_seq < l->seq &&
	       take_hash(&w, &into->copy_head) && w.is_done;
}

static void print_copy(const void *value, struct buf *out)
{
	const struct leaf *l = value;
	buf_printf(out, "%s %" PRIu64 " ", l->copy, l->copy_seq);
	put_hash(&l->copy_head, out);
}

const struct leaf_value leaf_value_copy = {
	sizeof(struct leaf), parse_copy, print_copy, NULL, "the name of a copy, its last entry and that entry's leaf hash",
};

static bool parse_term(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	uint64_t term;
	if (!text_parse_u64(s, len, TERM_MAX, &term) || term < 1)
		return false;
	*(uint64_t *)out = term;
	return true;
}

const struct leaf_value leaf_value_term = { sizeof(uint64_t), parse_term, print_u64, NULL, "a number of at least 1" };

static bool parse_counts(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	return parse_year(s, len, out);
}

static void print_year(const void *value, struct buf *out)
{
	buf_printf(out, "%04d", *(const int *)value);
}

const struct leaf_value leaf_value_year = { sizeof(int), parse_counts, print_year, NULL, "a calendar year" };
