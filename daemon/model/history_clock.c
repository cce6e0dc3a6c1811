/* The ledger's own evidence that the years passed. */
#include "model/history_data.h"

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"

#define SECTION "CLOCK"
#define DAY_S 86400

static bool is_ledger_year(int year)
{
	return year >= DATE_YEAR_MIN && year <= DATE_YEAR_MAX;
}

static int days_of_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 366 : 365;
}

static uint32_t *count_of_day(struct history *h, int64_t time)
{
	struct date d = date_of_time(time);
	uint32_t **year;

	if (!is_ledger_year(d.year))
		return NULL;
	year = &h->lived[d.year - DATE_YEAR_MIN];
	if (!*year)
		*year = mem_array(HISTORY_DAYS_MAX, sizeof(**year));
	return &(*year)[date_day_number(d) - date_day_number((struct date){ d.year, 1, 1 })];
}

static bool is_range(const struct history *h, const struct leaf_target *t)
{
	return (t->type == LEAF_ON_ENTRY || t->type == LEAF_ON_ENTRIES) && t->first <= t->last && t->last < h->size;
}

bool history_clock_names(const struct leaf *leaf, uint64_t seq)
{
	for (size_t i = 0; i < leaf->on_count; i++)
		if (leaf->on[i].first <= seq && seq <= leaf->on[i].last)
			return true;
	return false;
}

/* Time goes back over nothing that it does not name. */
static int judge_back(const struct history *h, const struct leaf *leaf, struct err *e)
{
	if (h->size && leaf->time < h->at[0].time)
		return history_fault(e, SECTION, h->size, "Time: before that of entry 0, when the ledger's keys were not "
		                     "there yet");
	for (uint64_t seq = h->size; seq-- > 0 && (h->at[seq].time > leaf->time || h->at[seq].flags & HISTORY_DOUBTED);)
		if (!(h->at[seq].flags & HISTORY_DOUBTED) && !history_clock_names(leaf, seq))
			return history_fault(e, SECTION, h->size, "On: entry %llu has a later Time, and it is not named",
			                     (unsigned long long)seq);
	return ERR_OK;
}

int history_clock_judge(const struct history *h, const struct leaf *leaf, struct err *e)
{
	if (leaf->kind != LEAF_CLOCK)
		return ERR_OK;
	if (leaf->by.count < 2)
		return history_fault(e, SECTION, h->size, "By: two people vouch for a clock");
	if (!leaf->has_counts || !leaf->on_count)
		return history_fault(e, SECTION, h->size,
		                     "On, Counts: it names no entries or no year that counts for them");
	for (size_t i = 0; i < leaf->on_count; i++)
		if (!is_range(h, &leaf->on[i]))
			return history_fault(e, SECTION, h->size, "On: it names no earlier entries");
	if (leaf->counts > date_year_of_time(leaf->time))
		return history_fault(e, SECTION, h->size, "Counts: that year has not begun at its Time");
	return judge_back(h, leaf, e);
}

static void doubt(struct history *h, uint64_t seq, const struct leaf *leaf)
{
	struct history_fact *f = &h->at[seq];
	uint32_t *day;

	f->flags |= HISTORY_CLEARED;
	if (f->counts < leaf->counts) {
		f->counts = (int16_t)leaf->counts;
		history_matters_raise(h, seq);
	}
	if (f->flags & HISTORY_DOUBTED || (date_year_of_time(f->time) == leaf->counts && f->time <= leaf->time))
		return;
	f->flags |= HISTORY_DOUBTED;
	day = count_of_day(h, f->time);
	if (day)
		--*day;
}

void history_clock_take(struct history *h, const struct leaf *leaf)
{
	uint32_t *day = count_of_day(h, leaf->time);

	if (day)
		++*day;
	if (leaf->kind != LEAF_CLOCK || history_clock_judge(h, leaf, NULL))
		return;
	for (size_t i = 0; i < leaf->on_count; i++)
		for (uint64_t seq = leaf->on[i].first; seq <= leaf->on[i].last; seq++)
			doubt(h, seq, leaf);
	history_early_take(h, leaf);
}

void history_life(const struct history *h, int year, struct history_life *out)
{
	const uint32_t *days = is_ledger_year(year) ? h->lived[year - DATE_YEAR_MIN] : NULL;

	*out = (struct history_life){ .year = year, .days = days_of_year(year) };
	for (int i = 0; days && i < out->days; i++)
		out->lived += days[i] != 0;
}

/* Days from entry seq to the next, a part of a day counting as one. */
static int step_after(const struct history *h, uint64_t seq)
{
	int64_t s = h->at[seq + 1].time - h->at[seq].time;

	if (s < 0)
		s = -s;
	return (int)((s + DAY_S - 1) / DAY_S);
}

int history_longest_step(const struct history *h, uint64_t since)
{
	int longest = 0;

	for (uint64_t seq = since; seq + 1 < h->size; seq++)
		if (longest < step_after(h, seq))
			longest = step_after(h, seq);
	return longest;
}

/* Vouched for by a clock entry that names one side of it. */
static bool is_cleared(const struct history *h, uint64_t seq)
{
	return (h->at[seq].flags | h->at[seq + 1].flags) & HISTORY_CLEARED;
}

static int64_t day_of(const struct history *h, uint64_t seq)
{
	return date_day_number(date_of_time(h->at[seq].time));
}

/* Earliest day with an entry whose Time is believed. */
static int64_t find_first_day(const struct history *h)
{
	int64_t first = INT64_MAX;

	for (uint64_t seq = 0; seq < h->size; seq++)
		if (!(h->at[seq].flags & HISTORY_DOUBTED) && day_of(h, seq) < first)
			first = day_of(h, seq);
	return first;
}

/* Days from `start` to the one before `end` within steps that persons vouched for: the ledger was off, rightly. */
static int count_off(const struct history *h, int64_t start, int64_t end, int step_days)
{
	int64_t off = 0;

	for (uint64_t seq = 0; seq + 1 < h->size; seq++) {
		int64_t from = day_of(h, seq) + 1, to = day_of(h, seq + 1);

		if (to - from < step_days || !is_cleared(h, seq) ||
		    (h->at[seq].flags | h->at[seq + 1].flags) & HISTORY_DOUBTED)
			continue;
		from = from < start ? start : from;
		to = to > end ? end : to;
		off += to > from ? to - from : 0;
	}
	return (int)off;
}

static int check_life(const struct history *h, int year, int percent, int step_days, struct err *e)
{
	int64_t start = date_day_number((struct date){ year, 1, 1 }), first = find_first_day(h), end;
	struct history_life life;
	int asked, needed;

	history_life(h, year, &life);
	end = start + life.days;
	start = first > start ? first : start;
	asked = start < end ? (int)(end - start) - count_off(h, start, end, step_days) : 0;
	needed = (asked * percent + 99) / 100;
	if (life.lived >= needed)
		return ERR_OK;
	return err_set(e, ERR_CLOCK, "%d: life on %d of %d days%s, %d are needed", year, life.lived, asked,
	               first >= start && asked < life.days ? _(" since the first entry") : "", needed);
}

bool history_clock_step(const struct history *h, uint64_t since, int step_days, uint64_t *out)
{
	for (uint64_t seq = since; seq + 1 < h->size; seq++)
		if (step_after(h, seq) > step_days && !is_cleared(h, seq)) {
			*out = seq;
			return true;
		}
	return false;
}

/* The oldest record due with this base year; after its disposal, the oldest one that was. */
static bool find_oldest(const struct history *h, int base_year, int year, uint64_t *out)
{
	bool disposed = false;

	history_answer(h, year);
	for (uint64_t seq = 0; seq < h->size; seq++) {
		const struct history_answer *a = &h->answers->at[seq];
		int from = h->at[seq].shelf ? history_disposable_year(a) : 0;

		if (!from || from > year || a->base != base_year || (disposed && h->at[seq].disposed_by))
			continue;
		if (h->at[seq].disposed_by) {
			disposed = true;
			*out = seq;
		} else if (!a->held) {
			*out = seq;
			return true;
		}
	}
	return disposed;
}

int history_clock_check(const struct history *h, int base_year, int year, int life_percent, int step_days,
                        struct err *e)
{
	uint64_t oldest = 0;

	for (int y = base_year; y < year; y++) {
		int rc = check_life(h, y, life_percent, step_days, e);

		if (rc)
			return rc;
	}
	if (!find_oldest(h, base_year, year, &oldest))
		return ERR_OK;
	if (!history_clock_step(h, oldest, step_days, &oldest))
		return ERR_OK;
	err_set(e, ERR_CLOCK, "entry %llu: the clock stepped by %d days, %d are allowed", (unsigned long long)oldest + 1,
	        step_after(h, oldest), step_days);
	err_next(e, "two persons attest it, if they know that it was right: daicho clock");
	return ERR_CLOCK;
}
