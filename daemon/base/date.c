#include "base/date.h"

#include <time.h>

#define DAY_S 86400
#define JAPAN_S (9 * 3600)
#define ERA_DAYS 146097                          /* of 400 years */
#define EPOCH_SHIFT 719468                       /* days from 0000-03-01 to 1970-01-01 */
#define TIME_LIMIT ((int64_t)1000000000000000)   /* beyond it a year would not fit an int */

static int64_t divide_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Years are counted from March here, so that the leap day is the last of its year. */
int64_t date_day_number(struct date d)
{
	int64_t year = (int64_t)d.year - (d.month <= 2);
	int64_t era = divide_down(year, 400), year_of_era = year - era * 400;
	int64_t day_of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
	return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - EPOCH_SHIFT;
}

static struct date get_date(int64_t day_number)
{
	int64_t day = day_number + EPOCH_SHIFT, era = divide_down(day, ERA_DAYS), day_of_era = day - era * ERA_DAYS;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;
	struct date d = { .month = (int)(month + (month < 10 ? 3 : -9)) };
	d.day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	d.year = (int)(year_of_era + era * 400 + (d.month <= 2));
	return d;
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

static int64_t to_japan(int64_t t)
{
	return clamp(t, -TIME_LIMIT, TIME_LIMIT) + JAPAN_S;
}

struct date date_of_time(int64_t t)
{
	return get_date(divide_down(to_japan(t), DAY_S));
}

int date_year_of_time(int64_t t)
{
	return date_of_time(t).year;
}

int64_t date_to_time(struct date d)
{
	return date_day_number(d) * DAY_S - JAPAN_S;
}

static int get_month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && is_leap);
}

bool date_is_valid(struct date d)
{
	return d.year >= DATE_YEAR_MIN && d.year <= DATE_YEAR_MAX && d.month >= 1 && d.month <= 12 && d.day >= 1 &&
	       d.day <= get_month_days(d.year, d.month);
}

/* Exactly n digits, or -1. */
static int read_digits(const char *s, int n)
{
	int v = 0;
	for (; n > 0; n--, s++) {
		if (*s < '0' || *s > '9')
			return -1;
		v = v * 10 + (*s - '0');
	}
	return v;
}

static char *put_digits(char *out, int n, int64_t v)
{
	for (int i = n - 1; i >= 0; i--, v /= 10)
		out[i] = (char)('0' + v % 10);
	return out + n;
}

bool date_parse(const char *text, size_t len, struct date *out)
{
	if (len != DATE_LEN || text[4] != '-' || text[7] != '-')
		return false;
	struct date d = { read_digits(text, 4), read_digits(text + 5, 2), read_digits(text + 8, 2) };
	if (!date_is_valid(d))
		return false;
	*out = d;
	return true;
}

void date_print(struct date d, char out[DATE_LEN + 1])
{
	out = put_digits(out, 4, clamp(d.year, 0, DATE_YEAR_MAX));
	*out++ = '-';
	out = put_digits(out, 2, clamp(d.month, 0, 12));
	*out++ = '-';
	out = put_digits(out, 2, clamp(d.day, 0, 31));
	*out = '\0';
}

bool date_time_parse(const char *text, size_t len, int64_t *out_t)
{
	static const char pattern[] = "....-..-..T..:..:..+09:00";
	struct date d;
	if (len != DATE_TIME_LEN || !date_parse(text, DATE_LEN, &d))
		return false;
	for (size_t i = 0; i < len; i++)
		if (pattern[i] != '.' && pattern[i] != text[i])
			return false;
	int hour = read_digits(text + 11, 2), minute = read_digits(text + 14, 2), second = read_digits(text + 17, 2);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return false;
	*out_t = date_to_time(d) + hour * 3600 + minute * 60 + second;
	return true;
}

void date_time_print(int64_t t, char out[DATE_TIME_LEN + 1])
{
	int64_t first = date_to_time((struct date){ DATE_YEAR_MIN, 1, 1 });
	int64_t last = date_to_time((struct date){ DATE_YEAR_MAX, 12, 31 }) + DAY_S - 1;
	t = clamp(t, first, last);
	struct date d = date_of_time(t);
	int64_t second = t - date_to_time(d);
	date_print(d, out);
	out += DATE_LEN;
	*out++ = 'T';
	out = put_digits(out, 2, second / 3600);
	*out++ = ':';
	out = put_digits(out, 2, second / 60 % 60);
	*out++ = ':';
	out = put_digits(out, 2, second % 60);
	for (const char *zone = "+09:00"; *zone;)
		*out++ = *zone++;
	*out = '\0';
}

int64_t date_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}
