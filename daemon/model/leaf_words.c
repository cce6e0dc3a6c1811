#include "model/leaf_words.h"

#include <string.h>

#include "base/date.h"
#include "base/text.h"

#define YEAR_DIGITS 4

bool leaf_words_take(struct leaf_words *w, const char **out, size_t *out_len)
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

bool leaf_words_u64(struct leaf_words *w, uint64_t max, uint64_t *out)
{
	const char *s;
	size_t len;
	return leaf_words_take(w, &s, &len) && text_parse_u64(s, len, max, out);
}

bool leaf_words_hash(struct leaf_words *w, struct hash *out)
{
	const char *s;
	size_t len;
	return leaf_words_take(w, &s, &len) && hash_parse(s, len, out);
}

bool leaf_words_copy_name(const char *s, size_t len, char out[LEAF_NAME_MAX + 1])
{
	if (!text_is_name(s, len))
		return false;
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

bool leaf_words_name(struct leaf_words *w, char out[LEAF_NAME_MAX + 1])
{
	const char *s;
	size_t len;
	return leaf_words_take(w, &s, &len) && leaf_words_copy_name(s, len, out);
}

bool leaf_words_choice(struct leaf_words *w, const char *const *words, size_t count, int *out)
{
	const char *s;
	size_t len;
	if (!leaf_words_take(w, &s, &len))
		return false;
	for (size_t i = 0; i < count; i++)
		if (words[i] && strlen(words[i]) == len && memcmp(words[i], s, len) == 0) {
			*out = (int)i;
			return true;
		}
	return false;
}

const char *leaf_words_of(const char *const *words, size_t count, int i)
{
	return i >= 0 && (size_t)i < count && words[i] ? words[i] : LEAF_WORDS_UNSAYABLE;
}

void leaf_words_put_hash(const struct hash *h, struct buf *out)
{
	char text[HASH_TEXT_LEN + 1];
	hash_print(h, text);
	buf_puts(out, text);
}

bool leaf_words_year(const char *s, size_t len, int *out)
{
	uint64_t year;
	if (len != YEAR_DIGITS || !text_parse_u64(s, len, DATE_YEAR_MAX, &year) || year < DATE_YEAR_MIN)
		return false;
	*out = (int)year;
	return true;
}

bool leaf_words_span(const char *s, size_t len, uint64_t *out_first, uint64_t *out_last)
{
	const char *dash = len ? memchr(s, '-', len) : NULL;
	if (!dash)
		return false;
	size_t first_len = (size_t)(dash - s);
	return text_parse_u64(s, first_len, LEAF_SEQ_MAX, out_first) &&
	       text_parse_u64(dash + 1, len - first_len - 1, LEAF_SEQ_MAX, out_last) && *out_first < *out_last;
}
