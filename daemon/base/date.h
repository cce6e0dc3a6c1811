/*
 * Dates and times in Japan, UTC+09:00, without daylight saving: computed from UTC by the proleptic Gregorian calendar,
 * never through localtime or TZ. 2024-12-31T15:00:00Z is in 2025.
 * Times are int64_t seconds since 1970-01-01T00:00:00Z.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATE_TIME_LEN 25 /* "2026-02-22T10:15:03+09:00" */
#define DATE_LEN 10      /* "2026-02-22" */
#define DATE_YEAR_MIN 1900
#define DATE_YEAR_MAX 9999

struct date {
	int year, month, day; /* 1-12, 1-31 */
};

struct date date_of_time(int64_t t);             /* the day in Japan */
int date_year_of_time(int64_t t);                /* the calendar year in Japan */
int64_t date_to_time(struct date d);             /* 00:00:00 in Japan of that day */
int64_t date_day_number(struct date d);          /* days since 1970-01-01 */
bool date_is_valid(struct date d);
bool date_parse(const char *text, size_t len, struct date *out);     /* exactly YYYY-MM-DD, existing day */
void date_print(struct date d, char out[DATE_LEN + 1]);
bool date_time_parse(const char *text, size_t len, int64_t *out_t);  /* exactly YYYY-MM-DDThh:mm:ss+09:00 */
void date_time_print(int64_t t, char out[DATE_TIME_LEN + 1]);        /* years 1900-9999 */
int64_t date_now(void);                                              /* CLOCK_REALTIME; the one clock of records */

#endif
