#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foreign/schema_impl.h"

bool schema_number_is_integer(json_t *number)
{
	return json_is_integer(number) || (json_is_real(number) && trunc(json_real_value(number)) == json_real_value(number));
}

int schema_number_compare(json_t *a, json_t *b)
{
	if (json_is_integer(a) && json_is_integer(b))
		return (json_integer_value(a) > json_integer_value(b)) - (json_integer_value(a) < json_integer_value(b));
	double x = json_number_value(a), y = json_number_value(b);
	return (x > y) - (x < y);
}

/* digits * 10^exponent, without sign; digits has at most 19 of them and ends in no 0. */
struct decimal {
	uint64_t digits;
	int exponent;
};

/* The shortest decimal that reads back as the same number: what was written, up to 15 digits. */
static struct decimal take_decimal(json_t *number)
{
	struct decimal d = { 0, 0 };
	char text[64];
	if (json_is_integer(number)) {
		int64_t v = json_integer_value(number);
		d.digits = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	} else {
		double v = fabs(json_real_value(number));
		int precision = DBL_DIG - 1;
		do
			snprintf(text, sizeof text, "%.*e", precision, v);
		while (strtod(text, NULL) != v && ++precision < DBL_DECIMAL_DIG);
		char *mark = strchr(text, 'e');
		d.exponent = atoi(mark + 1) - precision;
		for (const char *p = text; p < mark; p++)
			if (*p >= '0' && *p <= '9')
				d.digits = d.digits * 10 + (uint64_t)(*p - '0');
	}
	for (; d.digits && d.digits % 10 == 0; d.exponent++)
		d.digits /= 10;
	return d;
}

static uint64_t multiply_modulo(uint64_t a, uint64_t b, uint64_t modulus)
{
	return (uint64_t)((unsigned __int128)a * b % modulus);
}

bool schema_number_is_multiple(json_t *number, json_t *of)
{
	struct decimal n = take_decimal(number), m = take_decimal(of);
	int exponent = n.exponent - m.exponent;
	if (!n.digits)
		return true;
	uint64_t rest = n.digits % m.digits;
	for (; exponent > 0 && rest; exponent--)
		rest = multiply_modulo(rest, 10, m.digits);
	/* n has no factor 10 left that a power of ten in the divisor could use up */
	return exponent >= 0 && rest == 0;
}
