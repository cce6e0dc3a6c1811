#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

#define CAP_FIRST ((size_t)64)

/* Makes room for `more` bytes and the NUL, doubling, so that additions cost O(1) on average. */
static bool reserve(struct buf *b, size_t more)
{
	size_t max = b->max ? b->max : BUF_MAX_DEFAULT;
	if (b->over || b->len > max || more > max - b->len) {
		b->over = true;
		return false;
	}
	size_t need = b->len + more + 1;
	if (need <= b->cap)
		return true;
	size_t cap = b->cap ? b->cap : CAP_FIRST;
	while (cap < need)
		cap = cap > max / 2 ? max + 1 : cap * 2;
	b->ptr = mem_grow(b->ptr, cap, 1);
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len)
		memcpy(b->ptr + b->len, bytes, len);
	b->len += len;
	b->ptr[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

/* Into the room that is there; again where that was too little. */
void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list args, again;
	size_t room = b->ptr && !b->over ? b->cap - b->len : 0;
	va_start(args, fmt);
	va_copy(again, args);
	int len = vsnprintf(room ? b->ptr + b->len : NULL, room, fmt, args);
	va_end(args);
	if (len < 0)
		b->over = true;
	else if (reserve(b, (size_t)len)) {
		if ((size_t)len >= room)
			vsnprintf(b->ptr + b->len, (size_t)len + 1, fmt, again);
		b->len += (size_t)len;
	}
	va_end(again);
	if (b->ptr)
		b->ptr[b->len] = '\0';
}

void buf_add_hex(struct buf *b, const void *bytes, size_t len)
{
	if (len > BUF_MAX_DEFAULT || !reserve(b, 2 * len)) {
		b->over = true;
		return;
	}
	hash_hex_encode(bytes, len, b->ptr + b->len);
	b->len += 2 * len;
}

const char *buf_str(const struct buf *b)
{
	return b->ptr ? b->ptr : "";
}

bool buf_is_over(const struct buf *b)
{
	return b->over;
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->over = false;
	if (b->ptr)
		b->ptr[0] = '\0';
}

void buf_release(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){ .max = b->max };
}

char *buf_steal(struct buf *b, size_t *out_len)
{
	if (out_len)
		*out_len = b->len;
	char *ptr = b->ptr ? b->ptr : mem_strdup("");
	b->ptr = NULL;
	buf_release(b);
	return ptr;
}
