#include "ledger/carry.h"

#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "ledger/append.h"

/* Borrows the lists of c. */
static void fill_leaf(const struct history_carry *c, struct leaf_target *on, uint64_t seq, int64_t time,
                      struct leaf *out)
{
	*out = (struct leaf){ .kind = LEAF_CARRY, .seq = seq, .time = time, .on = on, .on_count = c->on_count,
		              .carried = c->carried, .carried_count = c->carried_count };
	strcpy(out->kind_name, leaf_kind_name(LEAF_CARRY));
	for (size_t i = 0; i < c->on_count; i++)
		on[i] = (struct leaf_target){ .type = LEAF_ON_VOLUME, .volume = c->on[i] };
}

/* The judgement that a verifier will make, before the entries are made. No carry entry has a record, so that the hash
 * of its leaf is never asked for. */
static int judge(struct history *h, const struct leaf *leaf, struct err *e)
{
	static const struct hash unasked;
	int rc = history_add(h, leaf, &unasked, (struct history_class){ 0, false }, e);
	if (rc == ERR_RULE)
		rc = e->code = ERR_BUG;
	return rc;
}

static int append_all(struct ledger *l, struct history *h, const struct history_carries *plan, int64_t now,
                      struct err *e)
{
	size_t count = plan->count;
	struct leaf *leaves = mem_array(count, sizeof *leaves);
	struct leaf_target *on = mem_array(count * HISTORY_CARRY_MAX, sizeof *on);
	struct append_item *items = mem_array(count, sizeof *items);
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < count; i++) {
		fill_leaf(&plan->at[i], on + i * HISTORY_CARRY_MAX, l->chain.size + i, now, &leaves[i]);
		items[i].leaf = &leaves[i];
		rc = judge(h, &leaves[i], e);
	}
	if (!rc)
		rc = append_batch(l, items, count, now, e);
	for (size_t i = 0; !rc && i < count; i++)
		if (items[i].err.code) {
			*e = items[i].err;
			rc = (int)e->code;
		}
	mem_free_ptr(&items);
	mem_free_ptr(&on);
	mem_free_ptr(&leaves);
	return rc;
}

static int make_entries(struct ledger *l, int64_t now, struct err *e)
{
	struct history_carries plan;
	struct history *h;
	int rc = append_clock_check(l, now, e); /* cheaper than a pass over the ledger */
	if (!rc)
		rc = ledger_history(l, &h, e);
	if (rc)
		return rc;
	history_carry(h, date_year_of_time(now), &plan);
	if (plan.count)
		rc = append_all(l, h, &plan, now, e);
	history_carries_release(&plan);
	history_free(h);
	return rc;
}

/* Has a clock entry taken Time back since, so that the year of this carry entry is yet to come? Then *out is false. */
static int went_back(struct ledger *l, const struct index_entry *carry, bool *out, struct err *e)
{
	struct index_entry clock;
	uint64_t seq = 0;
	int rc = index_last_seq_of(l->index, leaf_kind_name(LEAF_CLOCK), &seq, e);
	if (rc || seq < carry->seq)
		return rc == ERR_NOTFOUND ? ERR_OK : rc;
	rc = index_entry(l->index, seq, &clock, e);
	if (!rc && date_year_of_time(clock.time) < date_year_of_time(carry->time))
		*out = false;
	return rc;
}

/* The first year of a ledger has none before it; else the last carry entry tells. */
static int was_made(struct ledger *l, int year, bool *out, struct err *e)
{
	struct index_entry entry;
	uint64_t seq = 0;
	int rc = index_entry(l->index, 0, &entry, e);
	*out = !rc && date_year_of_time(entry.time) >= year;
	if (rc || *out)
		return rc;
	rc = index_last_seq_of(l->index, leaf_kind_name(LEAF_CARRY), &seq, e);
	if (rc)
		return rc == ERR_NOTFOUND ? ERR_OK : rc;
	rc = index_entry(l->index, seq, &entry, e);
	*out = !rc && date_year_of_time(entry.time) >= year;
	return rc || !*out ? rc : went_back(l, &entry, out, e);
}

int carry_year(struct ledger *l, int64_t now, struct err *e)
{
	int64_t time = now > l->chain.time ? now : l->chain.time;
	int year = date_year_of_time(time);
	bool made = l->carried_into == year;
	int rc = made ? ERR_OK : was_made(l, year, &made, e);
	if (!rc && !made)
		rc = make_entries(l, time, e);
	if (!rc)
		l->carried_into = year;
	l->carry_failed = rc && date_year_of_time(l->chain.time) < year;
	return rc;
}
