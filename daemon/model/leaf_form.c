#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "model/leaf.h"
#include "model/leaf_words.h"

bool leaf_volume_parse(const char *s, size_t len, struct leaf_volume *out)
{
	struct leaf_volume v = { 0 };
	const char *first = len ? memchr(s, '/', len) : NULL;
	const char *second = first ? memchr(first + 1, '/', len - (size_t)(first + 1 - s)) : NULL;
	if (!second || !leaf_words_year(s, (size_t)(first - s), &v.year) ||
	    !leaf_words_copy_name(first + 1, (size_t)(second - first - 1), v.kind) ||
	    !leaf_words_copy_name(second + 1, len - (size_t)(second + 1 - s), v.unit))
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

bool leaf_target_parse(const char *s, size_t len, struct leaf_target *out)
{
	struct leaf_words w = { .s = s, .len = len };
	struct leaf_target t = { 0 };
	int type;
	if (!leaf_words_choice(&w, LEAF_WORDS_CHOICES(target_words), &type) || w.is_done)
		return false;
	bool is_right;
	t.type = (enum leaf_target_type)type;
	if (t.type == LEAF_ON_VOLUME)
		is_right = leaf_volume_parse(w.s, w.len, &t.volume);
	else if (t.type == LEAF_ON_ENTRIES)
		is_right = leaf_words_span(w.s, w.len, &t.first, &t.last);
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
	buf_printf(out, "%s ", leaf_words_of(LEAF_WORDS_CHOICES(target_words), (int)t->type));
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
