/*
 * JSON documents through jansson: strict UTF-8, duplicate members refused, depth limited, no real numbers unless
 * allowed, integers within 2^53. A jdoc is a reference-counted value; borrowed values live as long as their parent.
 */
#ifndef FOREIGN_JDOC_H
#define FOREIGN_JDOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct jdoc;                                          /* opaque: a json_t */
#define JDOC_DEPTH_MAX 32

enum jdoc_flags { JDOC_REALS = 1, JDOC_ANY = 2 /* top level may be any value */ };
enum jdoc_type { JDOC_NULL, JDOC_BOOL, JDOC_INTEGER, JDOC_REAL, JDOC_STRING, JDOC_ARRAY, JDOC_OBJECT };

/* ERR_UTF8, ERR_DUPLICATE, ERR_DEPTH, ERR_TOOBIG, ERR_SYNTAX with line and column; never the content. */
struct jdoc *jdoc_parse(const char *s, size_t len, size_t max, unsigned flags, struct err *e);
void jdoc_print(const struct jdoc *d, struct buf *out);           /* one line, sorted keys */
void jdoc_print_canonical(const struct jdoc *d, struct buf *out); /* the note's body: sorted keys, two-space indent, one
                                                                    * member a line, UTF-8 as it is, LF at the end */
struct jdoc *jdoc_object(void);
struct jdoc *jdoc_array(void);
struct jdoc *jdoc_string(const char *s);                          /* where it holds what is not UTF-8, as text_add_safe
                                                                    * shows it; NULL: "" */
struct jdoc *jdoc_string_n(const char *s, size_t len);
struct jdoc *jdoc_integer(int64_t v);
struct jdoc *jdoc_bool(bool v);
struct jdoc *jdoc_null(void);
struct jdoc *jdoc_keep(struct jdoc *d);                           /* +1; returns d */
void jdoc_free(struct jdoc *d);                                   /* -1; NULL is fine */

void jdoc_set(struct jdoc *obj, const char *key, struct jdoc *value); /* takes value over */
void jdoc_set_string(struct jdoc *obj, const char *key, const char *s);
void jdoc_set_integer(struct jdoc *obj, const char *key, int64_t v);
void jdoc_set_bool(struct jdoc *obj, const char *key, bool v);
void jdoc_append(struct jdoc *arr, struct jdoc *value);           /* takes value over */

enum jdoc_type jdoc_type(const struct jdoc *d);
struct jdoc *jdoc_get(const struct jdoc *obj, const char *key);   /* borrowed; NULL if absent or not an object */
struct jdoc *jdoc_at(const struct jdoc *arr, size_t i);           /* borrowed */
size_t jdoc_size(const struct jdoc *d);                           /* members or elements */
const char *jdoc_text(const struct jdoc *d);                      /* borrowed; NULL unless a string */
size_t jdoc_text_len(const struct jdoc *d);
const char *jdoc_get_text(const struct jdoc *obj, const char *key); /* NULL unless a string is there */
bool jdoc_get_integer(const struct jdoc *obj, const char *key, int64_t *out);
const char *jdoc_text_of(const struct jdoc *obj, const char *key);  /* "" unless a string is there */
int64_t jdoc_number_of(const struct jdoc *obj, const char *key);    /* 0 unless an integer is there */
bool jdoc_integer_value(const struct jdoc *d, int64_t *out);
bool jdoc_number_value(const struct jdoc *d, double *out);        /* integer or real */
bool jdoc_is_true(const struct jdoc *d);
bool jdoc_is_equal(const struct jdoc *a, const struct jdoc *b);
typedef int jdoc_member_fn(void *ctx, const char *key, struct jdoc *value, struct err *e);
int jdoc_each(const struct jdoc *obj, jdoc_member_fn *fn, void *ctx, struct err *e); /* keys in byte order */

/* Every string in it (members' names too) fits text_is_clean; else ERR_UTF8 with the JSON pointer. */
int jdoc_check_clean(const struct jdoc *d, struct err *e);

/* The error document {"format":"daicho.error.v1","error":{"code","exit","text","next","faults"}}; faults: may be
 * NULL. */
struct jdoc *jdoc_error(const struct err *e, const struct jdoc *faults);

#endif
