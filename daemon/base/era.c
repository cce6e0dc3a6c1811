#include "base/era.h"

#include <string.h>

#include "base/text.h"

#define WEST_YEAR_MIN 1000                  /* below it a year without an era may be one of any era */
#define DAY_MAX 31

struct reading {
	const struct era *table;
	size_t n;
	const char *at, *end;
	/* what is written */
	const struct era *era;              /* NULL: none */
	uint32_t year, west, month, day;
	bool has_west;
};

static int refuse_form(struct err *e)
{
	return err_set(e, ERR_SYNTAX, "day: 令和6年2月22日, R6.2.22 or 2024-02-22 is wanted");
}

static void skip_spaces(struct reading *r)
{
	while (r->at < r->end && *r->at == ' ')
		r->at++;
}

static bool take(struct reading *r, const char *word)
{
	size_t len = word ? strlen(word) : 0;
	skip_spaces(r);
	if (!len || (size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	return true;
}

static bool take_number(struct reading *r, uint32_t *out)
{
	skip_spaces(r);
	size_t n = text_number(r->at, (size_t)(r->end - r->at), DATE_YEAR_MAX, out);
	r->at += n;
	return n > 0;
}

static bool is_at_end(struct reading *r)
{
	skip_spaces(r);
	return r->at == r->end;
}

/* Longer names first: 令 begins 令和. */
static void take_era(struct reading *r)
{
	for (int name = 0; name < 4; name++)
		for (size_t i = 0; !r->era && i < r->n; i++) {
			const struct era *x = &r->table[i];
			const char *const names[] = { x->ja, x->sign, x->abbreviation, x->letter };
			if (take(r, names[name]))
				r->era = x;
		}
}

static bool take_year(struct reading *r)
{
	if (!take(r, "元"))
		return take_number(r, &r->year);
	r->year = 1;
	return true;
}

static bool take_west(struct reading *r)
{
	if (!take(r, "("))
		return true;
	r->has_west = true;
	if (!take_number(r, &r->west))
		return false;
	take(r, "年");
	return take(r, ")");
}

static bool take_long(struct reading *r)
{
	return take_west(r) && take_number(r, &r->month) && take(r, "月") && take_number(r, &r->day) && take(r, "日") &&
	       is_at_end(r);
}

static bool take_short(struct reading *r)
{
	return take_number(r, &r->month) && take(r, ".") && take_number(r, &r->day) && is_at_end(r);
}

/* Exactly so many digits, then that character. */
static bool take_digits(struct reading *r, size_t count, char after, uint32_t *out)
{
	uint32_t v = 0;
	for (; count; count--, r->at++) {
		if (r->at == r->end || *r->at < '0' || *r->at > '9')
			return false;
		v = v * 10 + (uint32_t)(*r->at - '0');
	}
	*out = v;
	return after ? r->at < r->end && *r->at++ == after : is_at_end(r);
}

static bool take_iso(struct reading *r)
{
	const char *from = r->at;
	skip_spaces(r);
	if (take_digits(r, 4, '-', &r->year) && take_digits(r, 2, '-', &r->month) && take_digits(r, 2, '\0', &r->day))
		return true;
	r->at = from;
	return false;
}

static int read_written(struct reading *r, struct err *e)
{
	bool is_iso = take_iso(r), is_long = false, is_read = is_iso;
	if (!is_iso) {
		take_era(r);
		if (!take_year(r))
			return refuse_form(e);
		is_long = take(r, "年");
		is_read = is_long ? take_long(r) : take(r, ".") && take_short(r);
	}
	if (!is_read || (!r->era && !is_iso && !is_long && r->year >= WEST_YEAR_MIN))
		return refuse_form(e);
	if (!r->era && !is_iso && r->year < WEST_YEAR_MIN)
		return err_set(e, ERR_RULE, "day: of which era? Its name is wanted");
	return ERR_OK;
}

static int judge_year(const struct reading *r, int *out, struct err *e)
{
	int64_t year = r->year;
	if (r->era && !r->year)
		return err_set(e, ERR_RULE, "day: an era has no year 0, it begins with 元年");
	if (r->era)
		year += r->era->first.year - 1;
	if (r->has_west && year != r->west)
		return err_set(e, ERR_RULE, "day: the year in brackets is another one");
	if (year < DATE_YEAR_MIN || year > DATE_YEAR_MAX)
		return err_set(e, ERR_RULE, "day: a year from %d to %d is wanted", DATE_YEAR_MIN, DATE_YEAR_MAX);
	*out = (int)year;
	return ERR_OK;
}

static int judge_day(const struct reading *r, int year, struct date *out, struct err *e)
{
	struct date d = { year, (int)r->month, (int)r->day };
	if (!r->month || r->month > 12)
		return err_set(e, ERR_RULE, "day: a month from 1 to 12 is wanted");
	if (!r->day || r->day > DAY_MAX)
		return err_set(e, ERR_RULE, "day: a day from 1 to %d is wanted", DAY_MAX);
	if (!date_is_valid(d) && d.month == 2 && d.day == 29)
		return err_set(e, ERR_RULE, "day: that February has no 29th, the year is no leap year");
	if (!date_is_valid(d))
		return err_set(e, ERR_RULE, "day: that month has no such day");
	if (r->era && date_day_number(d) < date_day_number(r->era->first)) {
		char first[DATE_LEN + 1];
		date_print(r->era->first, first);
		return err_set(e, ERR_RULE, "day: lies before %s began, on %s", r->era->ja, first);
	}
	*out = d;
	return ERR_OK;
}

static const struct era *find_era(const struct era *table, size_t n, struct date d)
{
	while (n && date_day_number(table[n - 1].first) > date_day_number(d))
		n--;
	return n ? &table[n - 1] : NULL;
}

int era_parse(const struct era *table, size_t n, const char *text, size_t len, struct date *out_date, bool *out_notice,
              struct err *e)
{
	BUF_CLEANUP struct buf plain = BUF_INIT;
	struct date d;
	int year = 0;
	text_fold(&plain, text, len);
	struct reading r = { .table = table, .n = n, .at = buf_str(&plain), .end = buf_str(&plain) + plain.len };
	int rc = read_written(&r, e);
	if (!rc)
		rc = judge_year(&r, &year, e);
	if (!rc)
		rc = judge_day(&r, year, &d, e);
	if (rc)
		return rc;
	*out_date = d;
	*out_notice = r.era && r.era != find_era(table, n, d);
	return ERR_OK;
}

void era_print(const struct era *table, size_t n, struct date d, enum era_form form, struct buf *out)
{
	const struct era *era = find_era(table, n, d);
	int year = era ? d.year - era->first.year + 1 : d.year;
	if (era && year == 1)
		buf_printf(out, "%s元年", era->ja);
	else
		buf_printf(out, "%s%d年", era ? era->ja : "", year);
	if (era && form == ERA_WEST)
		buf_printf(out, "（%d年）", d.year);
	buf_printf(out, "%d月%d日", d.month, d.day);
}
