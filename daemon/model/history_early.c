/* What went before its day, by the word of clock entries: disposals, and ends of archives. */
#include "model/history_data.h"

#include "base/date.h"

#define DAY_S 86400

/* By its own Time a certificate is judged when it is made: what was due then is not early for a later reason. */
int history_early_year(const struct history *h, const struct history_disposal *d)
{
	int made = date_year_of_time(h->at[d->dispose].time);

	return d->from < made ? d->from : made;
}

/* The year of the day after its last one. */
static int archive_year(const struct history_archive *a)
{
	return a->has_until ? date_year_of_time((date_day_number(a->until) + 1) * DAY_S) : 0;
}

/* What was completed before the clock entry came went by the time that this one takes away. What was not may still go
 * in its year, which its own completion has to tell. */
void history_early_take(struct history *h, const struct leaf *clock)
{
	for (uint64_t i = 0; i < h->disposals_count; i++) {
		struct history_disposal *d = &h->disposals[i];
		bool is_named = history_clock_names(clock, d->dispose);

		if (clock->counts >= history_early_year(h, d))
			continue;
		d->waited |= is_named && !d->disposed;
		if (d->early || !d->disposed || !(is_named || history_clock_names(clock, d->disposed)))
			continue;
		d->early = (uint32_t)h->size;
		d->counts = (int16_t)clock->counts;
	}
	for (uint64_t i = 0; i < h->archives_count; i++) {
		struct history_archive *a = &h->archives[i];

		if (a->early || !a->destroyed || !history_clock_names(clock, a->destroyed) || clock->counts >= archive_year(a))
			continue;
		a->early = (uint32_t)h->size;
		a->counts = (int16_t)clock->counts;
	}
}

bool history_early_disposal(const struct history *h, uint64_t dispose, struct history_early *out)
{
	const struct history_disposal *d = history_disposal_find(h, dispose);

	if (!d || !d->early)
		return false;
	*out = (struct history_early){ d->dispose, d->early, d->counts, history_early_year(h, d), true };
	return true;
}

bool history_early_archive(const struct history *h, uint64_t dispose, struct history_early *out)
{
	for (uint64_t i = 0; i < h->archives_count; i++) {
		const struct history_archive *a = &h->archives[i];

		if (a->dispose != dispose || !a->early)
			continue;
		*out = (struct history_early){ a->destroyed, a->early, a->counts, archive_year(a), true };
		return true;
	}
	return false;
}

bool history_early_would(const struct history *h, uint64_t seq, int counts, struct history_early *out)
{
	const struct history_disposal *d = history_disposal_find(h, seq);

	if (d && counts < history_early_year(h, d)) {
		*out = (struct history_early){ seq, d->early, counts, history_early_year(h, d), d->disposed != 0 };
		return true;
	}
	for (uint64_t i = 0; i < h->archives_count; i++) {
		const struct history_archive *a = &h->archives[i];

		if (!a->destroyed || a->destroyed != seq || counts >= archive_year(a))
			continue;
		*out = (struct history_early){ seq, a->early, counts, archive_year(a), true };
		return true;
	}
	return false;
}

bool history_early_waited(const struct history *h, uint64_t dispose)
{
	const struct history_disposal *d = history_disposal_find(h, dispose);

	return d && d->waited;
}

int history_early_waits(const struct history *h, int year)
{
	const struct history_disposal *d = history_disposal_find(h, h->run.dispose);
	int from = d ? history_early_year(h, d) : 0;

	return from > year ? from : 0;
}
