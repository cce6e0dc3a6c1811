/* Two persons said by a clock entry that a disposal, or the end of an archive, came before its day: they know better
 * than the clock that let it go. Of a disposal a dated receipt that the policy believes knows better still. */
#include <inttypes.h>

#include "base/date.h"
#include "ledger/verify_impl.h"

static void say_early(struct verify *v, const struct history_early *x)
{
	verify_fault(v, x->entry, VERDICT_PREMATURE, "entry %" PRIu64 " says that %d counts for it, and it was lawful from "
	             "%d-01-01 on", x->by, x->counts, x->from);
}

/* A receipt that was not read may say else. */
static void judge_disposal(struct verify *v, const struct verify_disposal *d)
{
	struct history_early x;
	if (!history_early_disposal(v->history, d->dispose, &x) || verify_receipt_is_good(d))
		return;
	if (d->has_witness && !d->receipt) {
		verify_lower(v, VERDICT_INCOMPLETE);
		verify_remark(v, "entry %" PRIu64 " says that %d counts for the disposal of entry %" PRIu64 ", which "
		                 "was lawful from %d-01-01 on; the dated receipt that may say else was not read", x.by,
		              x.counts, x.entry, x.from);
		return;
	}
	say_early(v, &x);
}

/* Nothing of what waits for its year may be gone. */
static void judge_waiting(struct verify *v, const struct verify_disposal *d, int from)
{
	if (verify_receipt_is_good(d))
		return;
	for (uint64_t seq = 0; seq < v->judged; seq++) {
		struct history_entry h;
		const struct verify_entry *entry = &v->entries[seq];
		if (!entry->has_record || entry->has_note || !v->years[entry->year])
			continue;
		history_entry(v->history, seq, &h);
		if (h.disposed_by == d->dispose)
			verify_fault(v, seq, VERDICT_PREMATURE, "its record is not there, and entry %" PRIu64 " disposes of it "
			             "from %d-01-01 on", d->dispose, from);
	}
}

/* Nor were years waited that have not come by the auditor's own clock. A certificate that had to wait for its year took
 * nothing by its own Time, which is known to be wrong. */
static void judge_future(struct verify *v, const struct verify_disposal *d)
{
	int64_t time = history_early_waited(v->history, d->dispose) ? d->disposed_time : d->time;
	if (time > verify_outside_now(v) + VERIFY_DAY_S)
		verify_fault(v, d->dispose, VERDICT_PREMATURE, "disposed of on a day to come by the clock of this machine");
}

void verify_early_judge(struct verify *v)
{
	int from = history_early_waits(v->history, date_year_of_time(v->chain.time));
	for (size_t i = 0; i < v->disposals_count; i++) {
		const struct verify_disposal *d = &v->disposals[i];
		struct history_early x;
		judge_future(v, d);
		judge_disposal(v, d);
		if (history_early_archive(v->history, d->dispose, &x))
			say_early(v, &x);
		if (from && !v->o->ledger_only && i + 1 == v->disposals_count)
			judge_waiting(v, d, from);
	}
}
