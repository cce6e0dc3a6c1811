/* Inside text: one character of UTF-8 at a time, and whether a record may hold it. */
#ifndef BASE_TEXT_UTF8_H
#define BASE_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that the first character of s takes, 0 if they are no character (RFC 3629) or len is 0. */
size_t text_decode(const char *s, size_t len, uint32_t *out);

bool text_is_allowed(uint32_t c);

#endif
