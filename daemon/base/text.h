/*
 * Text: strict UTF-8 (RFC 3629), which characters a record may hold, and the one way by which text of a record reaches
 * a terminal.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

bool text_is_utf8(const char *s, size_t len);   /* no overlong forms, no surrogates, at most U+10FFFF */

/* True if a record may hold it: UTF-8 without NUL, C0 (except LF and TAB), DEL, C1, bidirectional controls (U+061C,
 * U+200E-F, U+202A-E, U+2066-9), zero-width characters (U+200B-D, U+2060, U+FEFF), U+2028-9, tag characters
 * (U+E0000-7F), noncharacters. *out_at is the byte offset of the first character that it may not hold. */
bool text_is_clean(const char *s, size_t len, size_t *out_at);

/* Appends s so that a terminal shows it and obeys nothing in it: what text_is_clean refuses becomes \u{..}, a byte that
 * is not UTF-8 becomes \x{..}; LF becomes a space when one_line, else stays; TAB becomes a space. */
void text_add_safe(struct buf *b, const char *s, size_t len, bool one_line);

/* Columns that s takes on a terminal: UAX #11 wide and full-width characters 2, combining marks 0, others 1. */
size_t text_width(const char *s, size_t len);

/* Appends s (made safe, one line), cut to `columns` with "…" and filled with spaces to exactly `columns`. */
void text_add_cell(struct buf *b, const char *s, size_t columns);

/* Names in leaves, refs and files: 1 to 32 of [a-z0-9-], first a letter, last not '-', no "--". */
bool text_is_name(const char *s, size_t len);

/* True if needle occurs in hay, ASCII letters compared without case. */
bool text_contains(const char *hay, size_t hay_len, const char *needle);

/* Appends s with the few characters made plain that people and their programs type in several forms in dates and
 * document numbers: full-width ASCII (６ （ ． Ｒ) and the ideographic space, the minus sign that stands for a full-width
 * hyphen, 令 and 日 月 一 二 八 十 as compatibility characters or radicals (as copied out of a PDF). All else stays: this
 * is a small part of NFKC, and no ICU is needed for it. */
void text_fold(struct buf *b, const char *s, size_t len);

/* A number in ASCII digits or kanji numerals (二十二, 二〇二四, 百二十) at the beginning of s: the bytes that it takes,
 * 0 where there is none or it is above max. Not both kinds in one number. */
size_t text_number(const char *s, size_t len, uint32_t max, uint32_t *out);

bool text_parse_u64(const char *s, size_t len, uint64_t max, uint64_t *out); /* decimal, no sign, no leading zero */

#endif
