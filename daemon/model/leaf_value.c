#include "model/leaf_value.h"

#include <inttypes.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "model/leaf_words.h"

#define FORMAT_MAX 999999
#define BYTES_MAX ((uint64_t)INT64_MAX)
#define CLASS_YEARS_MAX 100

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

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
	LEAF_ORIGIN_MAX + 1, parse_origin, print_text, NULL, N_("the name of a ledger"),
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
	sizeof(unsigned), parse_format, print_format, NULL, N_("1, or in kind format a number above 1"),
};

static bool parse_hash(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	return hash_parse(s, len, out);
}

static void print_hash(const void *value, struct buf *out)
{
	leaf_words_put_hash(value, out);
}

const struct leaf_value leaf_value_hash = {
	sizeof(struct hash), parse_hash, print_hash, NULL, N_("sha256: and 64 lower-case hex digits"),
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
	sizeof(uint64_t), parse_seq, print_u64, NULL, N_("an entry number, 0 in kind genesis and there alone"),
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
	buf_puts(out, date_time_parse(text, DATE_TIME_LEN, &again) && again == time ? text : LEAF_WORDS_UNSAYABLE);
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
	sizeof(struct leaf_volume), parse_volume, print_volume, NULL, N_("year/kind/unit, the kind that of the entry"),
};

static bool parse_name(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	return leaf_words_copy_name(s, len, out);
}

const struct leaf_value leaf_value_name = {
	LEAF_NAME_MAX + 1, parse_name, print_text, NULL, N_("a name of [a-z0-9-]"),
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
	sizeof(uint64_t), parse_entry, print_u64, compare_entries, N_("the number of an earlier entry"),
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
	N_("entry n, entries n-m, matter n (earlier ones) or volume year/kind/unit"),
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
	buf_puts(out, date_is_valid(*d) ? text : LEAF_WORDS_UNSAYABLE);
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
	struct leaf_words w = { .s = s, .len = len };
	if (!leaf_words_choice(&w, LEAF_WORDS_CHOICES(basis_words), &i) || !w.is_done)
		return false;
	*(enum leaf_basis *)out = (enum leaf_basis)i;
	return true;
}

static void print_basis(const void *value, struct buf *out)
{
	buf_puts(out, leaf_words_of(LEAF_WORDS_CHOICES(basis_words), (int)*(const enum leaf_basis *)value));
}

const struct leaf_value leaf_value_basis = {
	sizeof(enum leaf_basis), parse_basis, print_basis, NULL, N_("audit, suit, appeal, disclosure or duty"),
};

static bool parse_due(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	struct leaf_due d;
	struct leaf_words w = { .s = s, .len = len };
	const char *group;
	size_t group_len;
	if (!leaf_words_take(&w, &group, &group_len) || !leaf_volume_parse(group, group_len, &d.group) ||
	    !leaf_words_u64(&w, LEAF_SEQ_MAX, &d.count) || d.count < 1 || !leaf_words_hash(&w, &d.root) || !w.is_done)
		return false;
	*(struct leaf_due *)out = d;
	return true;
}

static void print_due(const void *value, struct buf *out)
{
	const struct leaf_due *d = value;
	leaf_volume_print(&d->group, out);
	buf_printf(out, " %" PRIu64 " ", d->count);
	leaf_words_put_hash(&d->root, out);
}

static int compare_dues(const void *a, const void *b)
{
	return leaf_volume_compare(&((const struct leaf_due *)a)->group, &((const struct leaf_due *)b)->group);
}

const struct leaf_value leaf_value_due = {
	sizeof(struct leaf_due), parse_due, print_due, compare_dues,
	N_("year/kind/unit, a count of at least 1, and a tree head"),
};

static bool parse_range(const struct leaf *l, const char *s, size_t len, void *out)
{
	struct leaf_range r;
	if (!leaf_words_span(s, len, &r.first, &r.last)) {
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
	sizeof(struct leaf_range), parse_range, print_range, compare_ranges, N_("n or n-m, of earlier entries"),
};

static bool take_digest(struct leaf_words *w, struct leaf_digest *out)
{
	return leaf_words_hash(w, &out->hash) && leaf_words_u64(w, BYTES_MAX, &out->bytes) && w->is_done;
}

static bool parse_archive(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	struct leaf_digest d = { 0 };
	struct leaf_words w = { .s = s, .len = len };
	if (!take_digest(&w, &d))
		return false;
	*(struct leaf_digest *)out = d;
	return true;
}

static void print_archive(const void *value, struct buf *out)
{
	const struct leaf_digest *d = value;
	leaf_words_put_hash(&d->hash, out);
	buf_printf(out, " %" PRIu64, d->bytes);
}

const struct leaf_value leaf_value_archive = {
	sizeof(struct leaf_digest), parse_archive, print_archive, NULL, N_("a digest and a count of bytes"),
};

static bool parse_wrapped(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	struct leaf_digest d = { 0 };
	struct leaf_words w = { .s = s, .len = len };
	if (!leaf_words_name(&w, d.method) || !take_digest(&w, &d))
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
	sizeof(struct leaf_digest), parse_wrapped, print_wrapped, NULL, N_("a method, a digest and a count of bytes"),
};

static const char *const level_words[] = {
	[LEAF_LEVEL_IDS_ABSENT] = "ids-absent", [LEAF_LEVEL_BLOCKS_TRIMMED] = "blocks-trimmed",
	[LEAF_LEVEL_KEY_DESTROYED] = "key-destroyed",
};

static bool parse_level(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	int i;
	struct leaf_words w = { .s = s, .len = len };
	if (!leaf_words_choice(&w, LEAF_WORDS_CHOICES(level_words), &i) || !w.is_done)
		return false;
	*(enum leaf_level *)out = (enum leaf_level)i;
	return true;
}

static void print_level(const void *value, struct buf *out)
{
	buf_puts(out, leaf_words_of(LEAF_WORDS_CHOICES(level_words), (int)*(const enum leaf_level *)value));
}

const struct leaf_value leaf_value_level = {
	sizeof(enum leaf_level), parse_level, print_level, NULL, N_("ids-absent, blocks-trimmed or key-destroyed"),
};

static bool parse_remains(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	struct leaf_remains r = { 0 };
	struct leaf_words w = { .s = s, .len = len };
	const char *until;
	size_t until_len;
	if (!leaf_words_name(&w, r.name) || !leaf_words_take(&w, &until, &until_len) || !w.is_done)
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
	sizeof(struct leaf_remains), parse_remains, print_remains, compare_remains, N_("a name, and YYYY-MM-DD or unknown"),
};

static const char *const class_words[] = { "creation", "closing" };

static bool parse_class(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	struct leaf_class c = { 0 };
	struct leaf_words w = { .s = s, .len = len };
	uint64_t years;
	int from;
	if (!leaf_words_name(&w, c.kind) || !leaf_words_u64(&w, CLASS_YEARS_MAX, &years) || years < 1 ||
	    !leaf_words_choice(&w, LEAF_WORDS_CHOICES(class_words), &from) || !w.is_done)
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
	sizeof(struct leaf_class), parse_class, print_class, NULL, N_("a kind, 1 to 100 years, and creation or closing"),
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
	struct leaf_words w = { .s = s, .len = len };
	int action, use;
	const char *fpr;
	size_t fpr_len;
	if (!leaf_words_choice(&w, LEAF_WORDS_CHOICES(action_words), &action) ||
	    !leaf_words_choice(&w, LEAF_WORDS_CHOICES(use_words), &use) ||
	    !leaf_words_take(&w, &fpr, &fpr_len) || !leaf_is_fpr(fpr, fpr_len))
		return false;
	if (action == LEAF_KEY_COMPROMISED && (!leaf_words_u64(&w, LEAF_SEQ_MAX, &k.since) || k.since >= l->seq))
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
	buf_printf(out, "%s %s %s", leaf_words_of(LEAF_WORDS_CHOICES(action_words), (int)k->action),
	           leaf_words_of(LEAF_WORDS_CHOICES(use_words), (int)k->use), k->fpr);
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
	N_("add, retire, revoke or compromised, a use, a fingerprint, and after compromised an earlier entry"),
};

/* Three members of the leaf make this one line. */
static bool parse_copy(const struct leaf *l, const char *s, size_t len, void *out)
{
	struct leaf *into = out;
	struct leaf_words w = { .s = s, .len = len };
	return leaf_words_name(&w, into->copy) && leaf_words_u64(&w, LEAF_SEQ_MAX, &into->copy_seq) &&
	       into->copy_seq < l->seq && leaf_words_hash(&w, &into->copy_head) && w.is_done;
}

static void print_copy(const void *value, struct buf *out)
{
	const struct leaf *l = value;
	buf_printf(out, "%s %" PRIu64 " ", l->copy, l->copy_seq);
	leaf_words_put_hash(&l->copy_head, out);
}

const struct leaf_value leaf_value_copy = {
	sizeof(struct leaf), parse_copy, print_copy, NULL,
	N_("the name of a copy, its last entry and that entry's leaf hash"),
};

static bool parse_term(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	uint64_t term;
	if (!text_parse_u64(s, len, LEAF_SEQ_MAX, &term) || term < 1)
		return false;
	*(uint64_t *)out = term;
	return true;
}

const struct leaf_value leaf_value_term = {
	sizeof(uint64_t), parse_term, print_u64, NULL, N_("a number of at least 1")
};

static bool parse_counts(const struct leaf *l, const char *s, size_t len, void *out)
{
	(void)l;
	return leaf_words_year(s, len, out);
}

static void print_year(const void *value, struct buf *out)
{
	buf_printf(out, "%04d", *(const int *)value);
}

const struct leaf_value leaf_value_year = { sizeof(int), parse_counts, print_year, NULL, N_("a calendar year") };
