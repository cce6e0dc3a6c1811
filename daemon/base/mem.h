/*
 * Allocation that does not fail: out of memory ends the process here, in one place (exit 70 after one line on stderr).
 * Every size that depends on input is checked against a named maximum before it comes here.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size);                           /* zeroed */
void *mem_array(size_t count, size_t size);             /* zeroed, overflow checked */
void *mem_grow(void *ptr, size_t count, size_t size);   /* realloc, overflow checked; new part not zeroed */
char *mem_strdup(const char *s);                        /* NULL gives NULL */
char *mem_strndup(const char *s, size_t len);           /* copies len bytes and adds a NUL */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void mem_free_ptr(void *pptr);                          /* frees *(void **)pptr: for the cleanup attribute */

#define MEM_CLEANUP __attribute__((cleanup(mem_free_ptr)))

#endif
