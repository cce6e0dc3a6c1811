/*
 * Condition: what a rule asks of a record, parsed once, answered as often as wanted. Pure: values come through a port.
 *
 *   condition = all { "or" all }
 *   all       = fact { "and" fact }
 *   fact      = "not" fact | "(" condition ")" | operand [ op operand ] | operand "in" text { "," text }
 *   op        = "=" | "!=" | "<" | "<=" | ">" | ">=" | "has"
 *   operand   = ( text | number | path ) [ ( "+" | "-" ) number unit ]
 *   unit      = "day" | "days" | "month" | "months" | "year" | "years"
 *   text      = "..." (no escapes)        number = digits        path = word { "." word }
 *
 * A path begins with a field of the record, or one of today, event, number, kind, unit, role, submitter, acting (the
 * role in which it is submitted, also where a field is called role), corrects (what it corrects), and the calls of a
 * port; each further word follows the entry that the value so far numbers ("training_entry.held_on"), or, where it is
 * the name of a kind, leads to the records of that kind within the matter of that entry
 * ("loan_entry.loan-renewal.due_on"); count at the end is how many values there are. A field that holds a list stands
 * for all its values.
 *
 * An operand alone: true when it is given and no value of it is false. A comparison: true when both sides are given and
 * it holds for every pair of values; numbers compare as numbers, all else as text (days are written YYYY-MM-DD, so that
 * their order is that of the text; true and false are "true" and "false"). "has": the left text holds the right one.
 * "in": the operand is given and each of its values is one of the texts.
 *
 * DAY + n days is n days later. DAY + n months or years is the last day of a period of that length that begins on DAY
 * (民法 140, 141, 143: 2024-02-29 + 1 year and 2024-03-01 + 1 year are both 2025-02-28). Subtracted: the same day of
 * the earlier month or year, or its last day. Where a value is no day, or the sum is none of 1900 to 9999, the operand
 * is not given.
 */
#ifndef MODEL_COND_H
#define MODEL_COND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/err.h"

#define COND_TEXT_MAX 2048                /* of a condition */
#define COND_PATH_MAX 4                   /* words of a path */
#define COND_WORD_MAX 64

enum cond_type { COND_TEXT, COND_NUMBER, COND_BOOL };

struct cond_value {
	enum cond_type type;
	int64_t number;                   /* of COND_NUMBER; 0 or 1 of COND_BOOL */
	char *text;                       /* of COND_TEXT, owned */
};

struct cond_values {                      /* none: the path leads to nothing */
	struct cond_value *at;
	size_t count, cap;
};

void cond_values_add_text(struct cond_values *v, const char *text);
void cond_values_add_number(struct cond_values *v, int64_t number);
void cond_values_add_bool(struct cond_values *v, bool is_true);
void cond_values_release(struct cond_values *v);

struct cond_path {
	char word[COND_PATH_MAX][COND_WORD_MAX + 1];
	size_t count;
};

/* Where values come from. Adds to out what the path leads to; nothing is no error. */
struct cond_port {
	void *ctx;
	int (*get)(void *ctx, const struct cond_path *path, struct cond_values *out, struct err *e);
};

/* ERR_CONFIG "character N: what is wanted", N being where `at` stands in text, from 1; for texts that hold operands. */
int cond_refuse(const char *text, const char *at, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

struct cond;

/* ERR_CONFIG; the text says at which character (from 1) and what is wanted there. */
int cond_parse(const char *text, struct cond **out, struct err *e);
void cond_free(struct cond *c);
const char *cond_text(const struct cond *c);                       /* as it was parsed */

/* Errors are those of the port. */
int cond_holds(const struct cond *c, const struct cond_port *port, bool *out, struct err *e);

/* Calls fn with each path of the condition, for a check against schemas. */
typedef int cond_path_fn(void *ctx, const struct cond_path *path, struct err *e);
int cond_paths(const struct cond *c, cond_path_fn *fn, void *ctx, struct err *e);

/* An operand alone ("due_on", "lent_on + 1 year", "\"manager\""), as rules and dues name values. */
struct cond_operand;
int cond_operand_parse(const char *text, struct cond_operand **out, struct err *e);
/* The operand that begins at text + *at; *at then stands behind it. Characters are counted from the start of text. */
int cond_operand_read(const char *text, size_t *at, struct cond_operand **out, struct err *e);
void cond_operand_free(struct cond_operand *o);
const char *cond_operand_text(const struct cond_operand *o);
int cond_operand_values(const struct cond_operand *o, const struct cond_port *port, struct cond_values *out,
                        struct err *e);
int cond_operand_path(const struct cond_operand *o, struct cond_path *out);  /* 1 when a path is in it, else 0 */
bool cond_values_agree(const struct cond_values *a, const struct cond_values *b);  /* both given, any value of a in b */

/* The calendar of the above. months may be negative; for a period (months > 0) its last day. */
struct date cond_add_days(struct date d, int64_t days);
struct date cond_add_months(struct date d, int months);

#endif
