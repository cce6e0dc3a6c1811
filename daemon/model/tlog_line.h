/*
 * Lines of the C2SP forms: each ends in a newline, hashes stand in base64, numbers in plain decimal. A line takes one
 * form only, so that what is read is printed with the same bytes.
 */
#ifndef MODEL_TLOG_LINE_H
#define MODEL_TLOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"

struct tlog_line {
	const char *at;
	size_t len;                        /* without the newline */
};

struct tlog_line_reader {
	const char *at, *end;
	size_t number;                     /* of the line last taken, from 1 */
};

/* False at the end, and at a rest that no newline ends: then nothing is taken. */
bool tlog_line_next(struct tlog_line_reader *r, struct tlog_line *out);

bool tlog_line_begins(struct tlog_line l, const char *word, struct tlog_line *out_rest);  /* out untouched if not */
bool tlog_line_number(struct tlog_line l, uint64_t *out);      /* up to INT64_MAX */
bool tlog_line_hash(struct tlog_line l, struct hash *out);

/* Base64 of any length, appended to out. False: malformed, out may have grown. */
bool tlog_line_decode(struct tlog_line l, struct buf *out);

void tlog_line_print_base64(const void *bytes, size_t len, struct buf *out);         /* without the newline */
void tlog_line_print_hashes(const struct hash *hashes, size_t count, struct buf *out); /* a line each */

#endif
