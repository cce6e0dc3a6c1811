#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

/* The one place where a process ends for want of memory: no buffers flushed, no handlers run, nothing allocated. */
__attribute__((noreturn)) static void give_up(void)
{
	static const char line[] = "BUG: memory: none is left\n";
	if (write(STDERR_FILENO, line, sizeof line - 1) < 0)
		_exit(err_exit(ERR_BUG));
	_exit(err_exit(ERR_BUG));
}

static size_t multiply(size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX)
		give_up();
	return bytes ? bytes : 1;
}

void *mem_alloc(size_t size)
{
	return mem_array(1, size);
}

void *mem_array(size_t count, size_t size)
{
	void *p = calloc(1, multiply(count, size));
	if (!p)
		give_up();
	return p;
}

void *mem_grow(void *ptr, size_t count, size_t size)
{
	void *p = realloc(ptr, multiply(count, size));
	if (!p)
		give_up();
	return p;
}

char *mem_strdup(const char *s)
{
	return s ? mem_strndup(s, strlen(s)) : NULL;
}

char *mem_strndup(const char *s, size_t len)
{
	if (len >= PTRDIFF_MAX)
		give_up();
	char *copy = malloc(len + 1);
	if (!copy)
		give_up();
	if (len)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *mem_printf(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, fmt);
	int len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		give_up();
	return text;
}

void mem_free_ptr(void *pptr)
{
	void *p;
	memcpy(&p, pptr, sizeof p);
	free(p);
}
