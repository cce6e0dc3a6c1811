/*
 * Papers in the ledger of model_history_book.h, and the entries that dispose of them, for the tests of due sets, holds,
 * proposals and disposals.
 */
#ifndef TESTS_MODEL_HISTORY_PAPERS_H
#define TESTS_MODEL_HISTORY_PAPERS_H

#include "model_history_book.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/merkle.h"
#include "model/rulebook.h"

#define PAPER .kind = "paper", .years = 1
#define LOAN .kind = "loan", .years = 3, .closing = true
#define DUES_CLEANUP __attribute__((cleanup(history_dues_release)))
#define GROUPS_MAX 8

struct plan {                          /* the due set as lines of a leaf */
	struct leaf_due due[GROUPS_MAX];
	size_t count;
	struct leaf_range except[GROUPS_MAX];
	size_t except_count;
};

#define LINES(p) .due = (p).due, .due_count = (p).count, .except = (p).except, .except_count = (p).except_count
#define PROPOSE(p) .admin = LEAF_PROPOSE, .note = true, .by = { 1 }, LINES(p)
#define APPROVE_BY(p, n) .admin = LEAF_APPROVE, .note = true, .by = { p }, .on = { ENTRY(n) }
#define APPROVE(n) .admin = LEAF_APPROVE, .note = true, .by = { 2 }, .on = { ENTRY(n) }
#define ABORT(n) .admin = LEAF_ABORT, .note = true, .by = { 2 }, .on = { ENTRY(n) }
#define DISPOSE(n, p) .admin = LEAF_DISPOSE, .by = { 1, 2 }, .on = { ENTRY(n) }, LINES(p)
#define DISPOSED(n) .admin = LEAF_DISPOSED, .on = { ENTRY(n) }

static inline struct plan plan_of(struct history *h, int year, int base_year)
{
	struct history_dues dues DUES_CLEANUP;
	struct plan p = { .count = 0 };

	history_due(h, year, base_year, &dues);
	assert_in_range(dues.count, 0, GROUPS_MAX);
	assert_in_range(dues.except_count, 0, GROUPS_MAX);
	for (; p.count < dues.count; p.count++)
		p.due[p.count] = dues.at[p.count].due;
	for (; p.except_count < dues.except_count; p.except_count++)
		p.except[p.except_count] = dues.except[p.except_count];
	return p;
}

static const struct rulebook ONE_APPROVES = { .approvals = 1, .approval_days = 180 };

/* Genesis, two appointments (1 and 2), and three papers of 2024 (3, 4, 5) that are due in 2026. One approval is enough,
 * where a test does not say else. */
static inline struct history *papers(void)
{
	struct history *h = book_new("2024-01-01");

	history_rules(h, &ONE_APPROVES);
	for (int i = 0; i < 2; i++)
		ADD(.day = "2024-01-02", .kind = "appointment");
	for (int i = 0; i < 3; i++)
		ADD(.day = "2024-01-03", PAPER);
	return h;
}

static inline void assert_proposal(const struct history *h, uint64_t propose, uint64_t approve, uint64_t dispose,
                                   int base_year)
{
	struct history_proposal p;

	history_proposal(h, &p);
	assert_int_equal(p.propose, propose);
	assert_int_equal(p.approve, approve);
	assert_int_equal(p.dispose, dispose);
	assert_int_equal(p.base_year, base_year);
}

#endif
