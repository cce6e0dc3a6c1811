#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "foreign/schema_impl.h"

#define DIGITS_MAX 17                   /* that a double needs in decimal */

static bool is_of_type(json_t *value, const char *type)
{
	static const struct {
		const char *name;
		enum jdoc_type type;
	} types[] = {
		{ "null", JDOC_NULL }, { "boolean", JDOC_BOOL },  { "integer", JDOC_INTEGER }, { "number", JDOC_INTEGER },
		{ "number", JDOC_REAL }, { "string", JDOC_STRING }, { "array", JDOC_ARRAY }, { "object", JDOC_OBJECT },
	};
	enum jdoc_type is = jdoc_type((const struct jdoc *)value);
	bool is_whole = is == JDOC_REAL && floor(json_real_value(value)) == json_real_value(value);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, type) == 0 && (types[i].type == is || (types[i].type == JDOC_INTEGER && is_whole)))
			return true;
	return false;
}

static const char *say_type(const char *type)
{
	static const struct {
		const char *name, *said;
	} types[] = {
		{ "boolean", N_("a boolean") }, { "integer", N_("an integer") }, { "number", N_("a number") },
		{ "string", N_("a string") },   { "array", N_("an array") },     { "object", N_("an object") },
	};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].name, type) == 0)
			return lang_text(types[i].said);
	return type;
}

void schema_value_type(struct schema_run *run, const struct schema_at *at)
{
	BUF_CLEANUP struct buf wanted = BUF_INIT;
	size_t n = json_is_array(at->rule) ? json_array_size(at->rule) : 1;
	for (size_t i = 0; i < n; i++) {
		const char *type = json_string_value(json_is_array(at->rule) ? json_array_get(at->rule, i) : at->rule);
		if (is_of_type(at->value, type))
			return;
		buf_printf(&wanted, "%s%s", i == 0 ? "" : i + 1 == n ? _(" or ") : ", ", say_type(type));
	}
	schema_run_fault(run, at->place, at->keyword, "must be %s", buf_str(&wanted));
}

static void add_value(struct buf *out, json_t *value)
{
	jdoc_print((const struct jdoc *)value, out);
}

static bool is_equal(json_t *a, json_t *b)
{
	return jdoc_is_equal((const struct jdoc *)a, (const struct jdoc *)b);
}

static void refuse_value(struct schema_run *run, const struct schema_at *at, const char *wish, const struct buf *wanted)
{
	BUF_CLEANUP struct buf shown = BUF_INIT;
	schema_run_quote(&shown, buf_str(wanted), wanted->len);
	schema_run_fault(run, at->place, at->keyword, "%s %s", lang_text(wish), buf_str(&shown));
}

void schema_value_enum(struct schema_run *run, const struct schema_at *at)
{
	BUF_CLEANUP struct buf wanted = BUF_INIT;
	for (size_t i = 0; i < json_array_size(at->rule); i++) {
		if (is_equal(json_array_get(at->rule, i), at->value))
			return;
		buf_puts(&wanted, i ? ", " : "");
		add_value(&wanted, json_array_get(at->rule, i));
	}
	refuse_value(run, at, N_("must be one of"), &wanted);
}

void schema_value_const(struct schema_run *run, const struct schema_at *at)
{
	BUF_CLEANUP struct buf wanted = BUF_INIT;
	if (is_equal(at->rule, at->value))
		return;
	add_value(&wanted, at->rule);
	refuse_value(run, at, N_("must be"), &wanted);
}

static void refuse_number(struct schema_run *run, const struct schema_at *at, const char *wish)
{
	BUF_CLEANUP struct buf wanted = BUF_INIT;
	add_value(&wanted, at->rule);
	refuse_value(run, at, wish, &wanted);
}

void schema_value_minimum(struct schema_run *run, const struct schema_at *at)
{
	if (json_number_value(at->value) < json_number_value(at->rule))
		refuse_number(run, at, N_("must be at least"));
}

void schema_value_maximum(struct schema_run *run, const struct schema_at *at)
{
	if (json_number_value(at->value) > json_number_value(at->rule))
		refuse_number(run, at, N_("must be at most"));
}

void schema_value_above(struct schema_run *run, const struct schema_at *at)
{
	if (json_number_value(at->value) <= json_number_value(at->rule))
		refuse_number(run, at, N_("must be above"));
}

void schema_value_below(struct schema_run *run, const struct schema_at *at)
{
	if (json_number_value(at->value) >= json_number_value(at->rule))
		refuse_number(run, at, N_("must be below"));
}

struct decimal {                        /* digits * 10^exponent; the last digit is not 0 unless it is the only one */
	uint64_t digits;
	int exponent;
};

/* The shortest decimal that reads as this number: what was written. */
static struct decimal as_decimal(double number)
{
	char text[32];
	struct decimal d = { 0, 0 };
	int places = 0;
	do
		snprintf(text, sizeof text, "%.*e", places, fabs(number));
	while (strtod(text, NULL) != fabs(number) && ++places < DIGITS_MAX);
	for (const char *c = text; *c != 'e'; c++)
		if (*c >= '0' && *c <= '9')
			d.digits = d.digits * 10 + (uint64_t)(*c - '0');
	d.exponent = atoi(strchr(text, 'e') + 1) - places;
	for (; d.digits && d.digits % 10 == 0; d.exponent++)
		d.digits /= 10;
	return d;
}

static bool is_multiple(double number, double of)
{
	struct decimal n = as_decimal(number), m = as_decimal(of);
	uint64_t rest = n.digits % m.digits;
	if (n.digits == 0)
		return true;
	if (n.exponent < m.exponent)
		return false;
	for (int i = m.exponent; rest && i < n.exponent; i++)
		rest = rest * 10 % m.digits; /* below 10^18: no overflow */
	return rest == 0;
}

void schema_value_multiple(struct schema_run *run, const struct schema_at *at)
{
	if (!is_multiple(json_number_value(at->value), json_number_value(at->rule)))
		refuse_number(run, at, N_("must be a multiple of"));
}

static double count_characters(json_t *text)
{
	const char *s = json_string_value(text);
	size_t n = 0;
	for (size_t i = 0; i < json_string_length(text); i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return (double)n;
}

void schema_value_min_length(struct schema_run *run, const struct schema_at *at)
{
	double least = json_number_value(at->rule);
	if (count_characters(at->value) < least)
		schema_run_fault(run, at->place, at->keyword, least == 1 ? N_("must have at least %.0f character")
		                                                        : N_("must have at least %.0f characters"), least);
}

void schema_value_max_length(struct schema_run *run, const struct schema_at *at)
{
	double most = json_number_value(at->rule);
	if (count_characters(at->value) > most)
		schema_run_fault(run, at->place, at->keyword, most == 1 ? N_("must have at most %.0f character")
		                                                       : N_("must have at most %.0f characters"), most);
}

void schema_value_pattern(struct schema_run *run, const struct schema_at *at)
{
	const char *pattern = json_string_value(at->rule);
	BUF_CLEANUP struct buf shown = BUF_INIT;
	if (schema_run_matches(run, pattern, json_string_value(at->value), json_string_length(at->value), at->place))
		return;
	schema_run_quote(&shown, pattern, strlen(pattern));
	schema_run_fault(run, at->place, at->keyword, "must match the pattern %s", buf_str(&shown));
}

void schema_value_date(struct schema_run *run, const struct schema_at *at)
{
	struct date day;
	if (!date_parse(json_string_value(at->value), json_string_length(at->value), &day))
		schema_run_fault(run, at->place, at->keyword, "must be an existing day, written YYYY-MM-DD");
}
