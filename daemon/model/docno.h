/*
 * Document number 文書番号: 「熊生企第120号」, 「達(情、務、生企)第153号」, 「熊生企第120号の2」. Numbers begin anew on 1 January,
 * so that prefix, calendar year, number and branch name one document. Nothing here makes a number: it is found in what
 * a record says, which keeps its own words.
 */
#ifndef MODEL_DOCNO_H
#define MODEL_DOCNO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/era.h"

#define DOCNO_TEXT_MAX 512                    /* bytes; what is longer is no document number */
#define DOCNO_PREFIX_MAX 192                  /* bytes */
#define DOCNO_NUMBER_MAX 999999999

struct docno {
	const char *text; size_t len;         /* the original, borrowed from the caller */
	char prefix[DOCNO_PREFIX_MAX + 1];    /* "熊生企", text_fold'ed, without spaces around it */
	uint32_t number;
	uint32_t branch;                      /* 枝番; 0 = none */
	bool has_date; struct date date;      /* stated beside it */
};

/* [DAY[付け]] PREFIX第NUMBER号[のBRANCH] [DAY[付け]]: at most one day, in any form of base/era, bare or in brackets. Digits
 * of any width or kanji numerals. False when text is no single document number: that is no error. A text with two
 * numbers (a paper may carry two) is none either. */
bool docno_parse(const struct era *eras, size_t n, const char *text, size_t len, struct docno *out);

#endif
