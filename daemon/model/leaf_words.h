/*
 * Inside leaf: the words of a value. A value is cut at single spaces; each call takes the next word, and `is_done` says
 * that the last one was taken.
 */
#ifndef MODEL_LEAF_WORDS_H
#define MODEL_LEAF_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"
#include "model/leaf.h"

#define LEAF_WORDS_UNSAYABLE "?"          /* printed for what has no spelling; no parser takes it */
#define LEAF_WORDS_CHOICES(table) (table), sizeof(table) / sizeof *(table)

struct leaf_words {
	const char *s;
	size_t len;
	bool is_done;
};

bool leaf_words_take(struct leaf_words *w, const char **out, size_t *out_len);
bool leaf_words_u64(struct leaf_words *w, uint64_t max, uint64_t *out);
bool leaf_words_hash(struct leaf_words *w, struct hash *out);
bool leaf_words_name(struct leaf_words *w, char out[LEAF_NAME_MAX + 1]);
bool leaf_words_choice(struct leaf_words *w, const char *const *words, size_t count, int *out); /* index of the word */
const char *leaf_words_of(const char *const *words, size_t count, int i);                       /* word of the index */

bool leaf_words_copy_name(const char *s, size_t len, char out[LEAF_NAME_MAX + 1]);
bool leaf_words_year(const char *s, size_t len, int *out);                                      /* 1900 to 9999 */
bool leaf_words_span(const char *s, size_t len, uint64_t *out_first, uint64_t *out_last);       /* "12-19" */
void leaf_words_put_hash(const struct hash *h, struct buf *out);

#endif
