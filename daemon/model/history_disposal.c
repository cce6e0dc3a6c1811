/* Proposals and disposals: does one step follow from the one before it, and do two people stand behind it. */
#include "model/history_data.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/mem.h"

#define SECTION "DISPOSAL"
#define DAY_S 86400
#define DUES_CLEANUP __attribute__((cleanup(history_dues_release)))

static bool is_on(const struct leaf *leaf, uint64_t seq)
{
	return seq && leaf->on_count == 1 && leaf->on[0].type == LEAF_ON_ENTRY && leaf->on[0].first == seq;
}

static bool holds_seq(const struct leaf_seqs *s, uint64_t seq)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->at[i] == seq)
			return true;
	return false;
}

static size_t count_asked(const struct history *h)
{
	return (size_t)(h->book ? h->book->approvals : RULEBOOK_APPROVALS);
}

/* A rule book that comes after the proposal may ask for more approvals, and not for fewer. */
static size_t count_wanted(const struct history *h)
{
	return h->run.wanted > count_asked(h) ? h->run.wanted : count_asked(h);
}

/* The same of a dated receipt. */
static bool wants_receipt(const struct history *h)
{
	return h->run.receipt || (h->book && h->book->receipts);
}

uint64_t history_disposal_approved(const struct history *h)
{
	const struct history_run *r = &h->run;

	if (r->dispose)
		return r->approve;
	return r->propose && r->approvals_count >= count_wanted(h) ? r->approvals[r->approvals_count - 1].seq : 0;
}

static int judge_propose(struct history *h, const struct leaf *leaf, struct err *e)
{
	struct history_dues oldest DUES_CLEANUP = { .count = 0 };
	const struct history_run *p = &h->run;
	int rc = history_named_judge(h, leaf, e);

	if (rc)
		return rc;
	history_due(h, date_year_of_time(leaf->time), 0, &oldest);
	if (oldest.at[0].due.group.year != leaf->due[0].group.year)
		return history_fault(e, SECTION, h->size, "Due: base year %d comes before %d",
		                     oldest.at[0].due.group.year, leaf->due[0].group.year);
	if (oldest.measure != history_measure(h, leaf->due[0].group.kind))
		return history_fault(e, SECTION, h->size, "Due: the measure %s comes before %s",
		                     rulebook_measure_word(oldest.measure),
		                     rulebook_measure_word(history_measure(h, leaf->due[0].group.kind)));
	if (p->dispose)
		return history_fault(e, SECTION, h->size, "the disposal of entry %llu is not completed",
		                     (unsigned long long)p->dispose);
	if (p->propose)
		return history_fault(e, SECTION, h->size, "the proposal of entry %llu still stands",
		                     (unsigned long long)p->propose);
	if (!leaf->by.count)
		return history_fault(e, SECTION, h->size, "By: nobody proposes");
	return ERR_OK;
}

/* What was proposed and approved is done, or nothing: where a rule book says something else since, it is proposed
 * again. */
static int judge_measure(const struct history *h, struct err *e)
{
	const struct history_run *r = &h->run;

	for (size_t i = 0; i < r->due_count; i++) {
		enum rulebook_measure now = history_measure(h, r->due[i].group.kind);

		if (now != r->measure)
			return history_fault(e, SECTION, h->size, "On: entry %llu proposed the measure %s, and it is %s now",
			                     (unsigned long long)r->propose, rulebook_measure_word(r->measure),
			                     rulebook_measure_word(now));
	}
	return ERR_OK;
}

static int judge_approve(struct history *h, const struct leaf *leaf, struct err *e)
{
	const struct history_run *r = &h->run;

	if (!is_on(leaf, r->propose))
		return history_fault(e, SECTION, h->size, "On: it names no proposal that stands");
	if (history_disposal_approved(h))
		return history_fault(e, SECTION, h->size, "On %llu: that proposal is approved already, by entry %llu",
		                     (unsigned long long)r->propose,
		                     (unsigned long long)history_disposal_approved(h));
	for (size_t i = 0; i < r->proposers_count; i++)
		if (holds_seq(&leaf->by, r->proposers[i]))
			return history_fault(e, SECTION, h->size, "By %llu: who proposes does not approve",
			                     (unsigned long long)r->proposers[i]);
	if (leaf->by.count != 1)
		return history_fault(e, SECTION, h->size, "By: an approval is that of one person");
	if (holds_seq(&r->approvers, leaf->by.at[0]))
		return history_fault(e, SECTION, h->size, "By %llu: who approved it once does not approve it again",
		                     (unsigned long long)leaf->by.at[0]);
	return judge_measure(h, e);
}

static int judge_abort(struct history *h, const struct leaf *leaf, struct err *e)
{
	if (h->run.dispose)
		return history_fault(e, SECTION, h->size, "On: entry %llu disposed of it already",
		                     (unsigned long long)h->run.dispose);
	if (!is_on(leaf, h->run.propose))
		return history_fault(e, SECTION, h->size, "On: it names no proposal that stands");
	return ERR_OK;
}

static int judge_people(const struct history *h, const struct leaf *leaf, struct err *e)
{
	const struct history_run *r = &h->run;
	bool all = true;

	for (size_t i = 0; i < r->proposers_count; i++)
		all &= holds_seq(&leaf->by, r->proposers[i]);
	for (size_t i = 0; i < r->approvers.count; i++)
		all &= holds_seq(&leaf->by, r->approvers.at[i]);
	if (!all)
		return history_fault(e, SECTION, h->size, "By: it must name who proposed and who approved");
	return ERR_OK;
}

/* What is destroyed leaves no copy; what is transferred was handed over before, and it is that which is archived. */
static int judge_archive(const struct history *h, const struct leaf *leaf, struct err *e)
{
	const struct history_run *r = &h->run;
	enum rulebook_measure measure = r->measure;

	if (measure == RULEBOOK_MEASURE_DESTROY && leaf->has_archive)
		return history_fault(e, SECTION, h->size, "Archive: what is to be destroyed has none");
	if (measure != RULEBOOK_MEASURE_DESTROY && !leaf->has_archive)
		return history_fault(e, SECTION, h->size, "Archive: it names none");
	if (measure != RULEBOOK_MEASURE_TRANSFER)
		return ERR_OK;
	if (!r->transfer)
		return history_fault(e, SECTION, h->size, "Due: these are to be transferred, and nobody has received them");
	if (!hash_is_equal(&r->package.hash, &leaf->archive.hash) || r->package.bytes != leaf->archive.bytes)
		return history_fault(e, SECTION, h->size, "Archive: it is not what was handed over, entry %llu",
		                     (unsigned long long)r->transfer);
	return ERR_OK;
}

static int judge_transfer(struct history *h, const struct leaf *leaf, struct err *e)
{
	const struct history_run *r = &h->run;

	if (r->dispose || !is_on(leaf, history_disposal_approved(h)))
		return history_fault(e, SECTION, h->size, "On: it names no approval that stands");
	if (r->measure != RULEBOOK_MEASURE_TRANSFER)
		return history_fault(e, SECTION, h->size, "On %llu: these records are not to be transferred",
		                     (unsigned long long)leaf->on[0].first);
	if (r->transfer)
		return history_fault(e, SECTION, h->size, "On %llu: entry %llu says already that they were received",
		                     (unsigned long long)leaf->on[0].first, (unsigned long long)r->transfer);
	return judge_measure(h, e);
}

/* Of an approval from a time that a clock entry has taken back nobody knows how old it is. */
static int judge_ages(const struct history *h, const struct leaf *leaf, struct err *e)
{
	int days = h->book ? h->book->approval_days : RULEBOOK_APPROVAL_DAYS;

	for (size_t i = 0; i < h->run.approvals_count; i++) {
		if (h->run.approvals[i].time > leaf->time)
			return history_fault(e, SECTION, h->size, "On: the approval of entry %llu has a later Time",
			                     (unsigned long long)h->run.approvals[i].seq);
		if (leaf->time - h->run.approvals[i].time > (int64_t)days * DAY_S)
			return history_fault(e, SECTION, h->size, "On: the approval of entry %llu is older than %d days",
			                     (unsigned long long)h->run.approvals[i].seq, days);
	}
	return ERR_OK;
}

static int judge_dispose(struct history *h, const struct leaf *leaf, struct err *e)
{
	const struct history_run *r = &h->run;
	int rc = history_named_judge(h, leaf, e);

	if (rc)
		return rc;
	if (r->dispose || !is_on(leaf, history_disposal_approved(h)))
		return history_fault(e, SECTION, h->size, "On: it names no approval that stands");
	if (!history_named_same(leaf, r->due, r->due_count, r->except, r->except_count))
		return history_fault(e, SECTION, h->size, "Due, Except: they are not those of the proposal, entry %llu",
		                     (unsigned long long)r->propose);
	rc = judge_measure(h, e);
	if (!rc)
		rc = judge_archive(h, leaf, e);
	if (!rc && wants_receipt(h) && !leaf->has_witness)
		rc = history_fault(e, SECTION, h->size, "Witness: the rule book wants a dated receipt from outside");
	if (!rc)
		rc = judge_ages(h, leaf, e);
	return rc ? rc : judge_people(h, leaf, e);
}

struct history_disposal *history_disposal_find(const struct history *h, uint64_t dispose)
{
	uint64_t low = 0, high = h->disposals_count;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (h->disposals[mid].dispose < dispose)
			low = mid + 1;
		else
			high = mid;
	}
	return low < h->disposals_count && h->disposals[low].dispose == dispose ? &h->disposals[low] : NULL;
}

static struct history_disposal *find_named(const struct history *h, const struct leaf *leaf)
{
	bool names_one = leaf->on_count == 1 && leaf->on[0].type == LEAF_ON_ENTRY;

	return names_one ? history_disposal_find(h, leaf->on[0].first) : NULL;
}

static int judge_disposed(struct history *h, const struct leaf *leaf, struct err *e)
{
	const struct history_disposal *d = find_named(h, leaf);
	uint64_t hold, seq;

	if (!d)
		return history_fault(e, SECTION, h->size, "On: it names no `dispose` entry");
	if (d->disposed)
		return history_fault(e, SECTION, h->size, "On %u: entry %u completed that disposal already", d->dispose,
		                     d->disposed);
	if (date_year_of_time(leaf->time) < history_early_year(h, d))
		return history_fault(e, SECTION, h->size, "On %u: PREMATURE: what that disposal names is due from %d-01-01 on",
		                     d->dispose, history_early_year(h, d));
	if (history_holds_late(h, d->dispose, date_year_of_time(leaf->time), &hold, &seq))
		return history_fault(e, SECTION, h->size, "On %u: entry %llu holds entry %llu, which that disposal names",
		                     d->dispose, (unsigned long long)hold, (unsigned long long)seq);
	return ERR_OK;
}

static void end_run(struct history_run *r)
{
	free(r->due);
	free(r->except);
	free(r->proposers);
	free(r->approvers.at);
	free(r->approvals);
	free(r->seqs);
	*r = (struct history_run){ .due_count = 0 };
}

static void *copy(const void *from, size_t count, size_t size)
{
	void *to = mem_array(count + 1, size);

	if (count)
		memcpy(to, from, count * size);
	return to;
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int history_disposal_from(const struct history *h, uint64_t dispose)
{
	const struct history_disposal *d = history_disposal_find(h, dispose);

	return d ? d->from : 0;
}

static void take_propose(struct history *h, const struct leaf *leaf)
{
	struct history_run *r = &h->run;

	end_run(r);
	r->propose = h->size;
	r->base_year = leaf->due_count ? leaf->due[0].group.year : 0;
	r->measure = leaf->due_count ? history_measure(h, leaf->due[0].group.kind) : RULEBOOK_MEASURE_ARCHIVE;
	r->wanted = count_asked(h);
	r->receipt = wants_receipt(h);
	r->due = copy(leaf->due, leaf->due_count, sizeof(*leaf->due));
	r->due_count = leaf->due_count;
	r->except = copy(leaf->except, leaf->except_count, sizeof(*leaf->except));
	r->except_count = leaf->except_count;
	r->proposers = copy(leaf->by.at, leaf->by.count, sizeof(*leaf->by.at));
	r->proposers_count = leaf->by.count;
	r->seqs = history_named_seqs(h, leaf, &r->seqs_count);
}

static bool proposed(const struct history_run *r, uint64_t person)
{
	for (size_t i = 0; i < r->proposers_count; i++)
		if (r->proposers[i] == person)
			return true;
	return false;
}

/* One that brings no further person does not count. */
static void take_approve(struct history *h, const struct leaf *leaf)
{
	struct history_run *r = &h->run;

	size_t known = r->approvers.count;

	if (r->dispose || !is_on(leaf, r->propose))
		return;
	for (size_t i = 0; i < leaf->by.count; i++)
		if (!proposed(r, leaf->by.at[i]))
			leaf_seqs_add(&r->approvers, leaf->by.at[i]);
	if (r->approvers.count == known)
		return;
	r->approvals = mem_grow(r->approvals, r->approvals_count + 1, sizeof(*r->approvals));
	r->approvals[r->approvals_count++] = (struct history_approval){ h->size, leaf->time };
}

static void take_transfer(struct history *h, const struct leaf *leaf)
{
	if (h->run.dispose || !is_on(leaf, history_disposal_approved(h)))
		return;
	h->run.transfer = h->size;
	h->run.package = leaf->archive;
}

static void take_abort(struct history *h, const struct leaf *leaf)
{
	if (!h->run.dispose && is_on(leaf, h->run.propose))
		end_run(&h->run);
}

static int find_from(const struct history *h, const uint32_t *meant, size_t count)
{
	uint64_t *seqs MEM_CLEANUP = mem_array(count + 1, sizeof(*seqs));

	for (size_t i = 0; i < count; i++)
		seqs[i] = meant[i];
	return history_due_from(h, seqs, count);
}

static void take_dispose(struct history *h, const struct leaf *leaf)
{
	struct history_run *r = &h->run;
	size_t count;
	uint32_t *seqs MEM_CLEANUP = history_named_seqs(h, leaf, &count);
	int from = find_from(h, seqs, count);

	history_gone_take(h, seqs, count);
	for (size_t i = 0; i < count; i++)
		h->at[seqs[i]].disposed_by = (uint32_t)h->size;
	r->approve = history_disposal_approved(h);
	if (!is_on(leaf, r->approve))
		end_run(r);
	r->dispose = h->size;
	r->base_year = leaf->due_count ? leaf->due[0].group.year : 0;
	history_reserve(&h->disposals, &h->disposals_cap, h->disposals_count + 1, sizeof(*h->disposals));
	h->disposals[h->disposals_count++] = (struct history_disposal){ .dispose = (uint32_t)h->size,
		.from = (int16_t)from };
}

static void take_disposed(struct history *h, const struct leaf *leaf)
{
	struct history_disposal *d = find_named(h, leaf);

	if (!d || d->disposed)
		return;
	d->disposed = (uint32_t)h->size;
	if (h->run.dispose == d->dispose)
		end_run(&h->run);
}

static const struct {
	enum leaf_kind kind;
	int (*judge)(struct history *h, const struct leaf *leaf, struct err *e);
	void (*take)(struct history *h, const struct leaf *leaf);
} STEPS[] = {
	{ LEAF_PROPOSE, judge_propose, take_propose },
	{ LEAF_APPROVE, judge_approve, take_approve },
	{ LEAF_ABORT, judge_abort, take_abort },
	{ LEAF_TRANSFER, judge_transfer, take_transfer },
	{ LEAF_DISPOSE, judge_dispose, take_dispose },
	{ LEAF_DISPOSED, judge_disposed, take_disposed },
};

int history_disposal_judge(struct history *h, const struct leaf *leaf, struct err *e)
{
	for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++)
		if (STEPS[i].kind == leaf->kind)
			return STEPS[i].judge(h, leaf, e);
	return ERR_OK;
}

void history_disposal_take(struct history *h, const struct leaf *leaf)
{
	for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++)
		if (STEPS[i].kind == leaf->kind)
			STEPS[i].take(h, leaf);
}

bool history_disposal_proposed(const struct history *h, uint64_t seq)
{
	uint32_t key = (uint32_t)seq;

	return h->run.seqs_count && bsearch(&key, h->run.seqs, h->run.seqs_count, sizeof(key), compare_u32);
}

void history_disposal_release(struct history *h)
{
	end_run(&h->run);
}

void history_proposal(const struct history *h, struct history_proposal *out)
{
	const struct history_run *r = &h->run;

	*out = (struct history_proposal){ .propose = r->propose, .dispose = r->dispose,
		.approve = history_disposal_approved(h), .transfer = r->transfer, .base_year = r->base_year,
		.measure = r->measure, .approvals = r->approvals_count, .wanted = count_wanted(h),
		.receipt = r->propose && wants_receipt(h) };
}

uint64_t history_approval(const struct history *h, size_t i)
{
	return h->run.approvals[i].seq;
}
