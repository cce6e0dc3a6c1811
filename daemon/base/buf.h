/*
 * A growing byte buffer with a maximum. Always NUL-terminated behind len, so ptr can be read as a string.
 * `max` is the most bytes it may hold; passing it is remembered (buf_is_over) and later additions are dropped, so that
 * a printer checks once, at its end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *ptr;   /* never NULL after the first addition; "" before */
	size_t len;
	size_t cap;
	size_t max;  /* 0 means BUF_MAX_DEFAULT */
	bool over;
};

#define BUF_MAX_DEFAULT ((size_t)256 << 20)
#define BUF_INIT { .ptr = NULL }

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_add_hex(struct buf *b, const void *bytes, size_t len); /* lower case */
const char *buf_str(const struct buf *b);                        /* "" when empty */
bool buf_is_over(const struct buf *b);
void buf_clear(struct buf *b);                                   /* keeps the memory */
void buf_release(struct buf *b);
char *buf_steal(struct buf *b, size_t *out_len);                 /* hands the memory over; never NULL */

#define BUF_CLEANUP __attribute__((cleanup(buf_release)))

#endif
