/* The period of what a certificate names ended by what was known then: no later entry gives it another one. */
#include "model/history_data.h"

#include <stdlib.h>

#include "base/date.h"

void history_gone_take(struct history *h, const uint32_t *seqs, size_t count)
{
	int32_t *days = history_extensions(h);

	history_answer(h, date_year_of_time(history_time(h)));
	history_reserve(&h->gone, &h->gone_cap, h->gone_count + count, sizeof(*h->gone));
	for (size_t i = 0; i < count; i++) {
		const struct history_answer *a = &h->answers->at[seqs[i]];

		if (!a->open && !h->at[seqs[i]].disposed_by)
			h->gone[h->gone_count++] = (struct history_gone){ seqs[i], a->base, a->years, days[seqs[i]] };
	}
	free(days);
}

void history_gone_answer(const struct history *h, struct history_answers *a)
{
	for (uint64_t i = 0; i < h->gone_count; i++) {
		a->at[h->gone[i].seq].base = h->gone[i].base;
		a->at[h->gone[i].seq].years = h->gone[i].years;
		a->at[h->gone[i].seq].open = 0;
	}
}

void history_gone_extensions(const struct history *h, int32_t *days)
{
	for (uint64_t i = 0; i < h->gone_count; i++)
		days[h->gone[i].seq] = h->gone[i].extended;
}
