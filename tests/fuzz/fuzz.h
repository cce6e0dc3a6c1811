/*
 * What the fuzzed parsers share. Each file beside this one is one: LLVMFuzzerTestOneInput with the bytes as they are,
 * and what the parser promises of them: that printing what was parsed gives the same bytes, where its header says so.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that was broken ends the process, as a fault of memory does. */
static inline void fuzz_demand(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "promise broken: %s\n", what);
	abort();
}

static inline void fuzz_same(const struct buf *printed, const void *bytes, size_t len)
{
	fuzz_demand(printed->len == len && memcmp(buf_str(printed), bytes, len) == 0, "what is printed is what was parsed");
}

/* The error of a refusal is a text of its own code. */
static inline void fuzz_refused(int rc, const struct err *e)
{
	fuzz_demand(rc == (int)e->code && e->text[0] != '\0', "a refusal says why");
}

#endif
