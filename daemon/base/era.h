/*
 * Days as Japan writes them 元号: 令和6年2月22日. Pure: the table of eras is the caller's, in order of time, so that a
 * later era is data and no code. A day before the first era of the table, or with an empty table, has no era.
 */
#ifndef BASE_ERA_H
#define BASE_ERA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"

struct era {
	const char *ja, *abbreviation, *letter;    /* "令和", "令", "R" */
	const char *sign;                          /* "㋿", NULL if it has none */
	struct date first;
};

/* Reads, with text_fold before (no other normalisation: nothing else that NFKC does occurs in a day):
 *   ERA YEAR年MONTH月DAY日   ERA YEAR.MONTH.DAY   ERA YEAR年(WEST年)MONTH月DAY日   YYYY年MONTH月DAY日   YYYY-MM-DD
 * ERA by any of its four names, YEAR 元 or a number, numbers in digits of any width, padded or not, or in kanji
 * numerals; spaces between the parts.
 * *out_notice: the day lies in a later era than the one written (平成31年6月1日 is 令和元年6月1日). Such papers stay
 * valid, and the day is taken.
 * ERR_SYNTAX: not written as a day. ERR_RULE: written as one, but a wrong one: era year 0, a day before the era began,
 * a month or day that there is not, years that disagree, or no era ("6.2.22"); each with its own reason. Neither text
 * repeats what was written. Outputs are untouched on failure. */
int era_parse(const struct era *table, size_t n, const char *text, size_t len, struct date *out_date, bool *out_notice,
              struct err *e);

enum era_form { ERA_PLAIN, ERA_WEST /* 令和6年（2024年）2月22日 */ };

/* Appends 令和6年2月22日, 令和元年5月1日; without an era 1920年3月1日. */
void era_print(const struct era *table, size_t n, struct date d, enum era_form form, struct buf *out);

#endif
