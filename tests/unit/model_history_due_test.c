/* Due sets, and what of them fits into one leaf. */
#include "model_history_papers.h"

static void finds_nothing_due_before_the_first_of_january(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct history_dues dues DUES_CLEANUP;

	(void)s;
	history_due(h, 2025, 0, &dues);
	assert_int_equal(dues.count, 0);
	assert_int_equal(dues.except_count, 0);
}

static void groups_by_kind_unit_and_base_year(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	uint64_t chuo = ADD(.day = "2024-01-04", PAPER, .unit = "chuo");
	uint64_t form = ADD(.day = "2024-01-04", .kind = "form", .years = 1);
	struct history_dues dues DUES_CLEANUP;

	(void)s;
	ADD(.day = "2025-01-04", PAPER);
	history_due(h, 2026, 0, &dues);
	assert_int_equal(dues.count, 3);
	assert_string_equal(dues.at[0].due.group.kind, "form");
	assert_int_equal(dues.at[0].seqs[0], form);
	assert_string_equal(dues.at[1].due.group.unit, "chuo");
	assert_int_equal(dues.at[1].seqs[0], chuo);
	assert_string_equal(dues.at[2].due.group.unit, "hq");
	assert_int_equal(dues.at[2].due.group.year, 2024);
	assert_int_equal(dues.at[2].due.count, 3);
	assert_int_equal(dues.at[2].disposable_year, 2026);
}

static void takes_the_root_over_the_leaves_by_seq(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	const struct hash leaves[] = { book_hash(3), book_hash(4), book_hash(5) };
	struct hash root = merkle_root_of(leaves, 3);
	struct plan p = plan_of(h, 2026, 0);

	(void)s;
	assert_true(hash_is_equal(&p.due[0].root, &root));
}

static void takes_the_oldest_base_year_first(void **s)
{
	struct history *h BOOK_CLEANUP = papers();

	(void)s;
	ADD(.day = "2025-01-04", PAPER);
	assert_int_equal(plan_of(h, 2027, 0).due[0].group.year, 2024);
	assert_int_equal(plan_of(h, 2027, 0).count, 1);
	assert_int_equal(plan_of(h, 2027, 2025).due[0].group.year, 2025);
}

static void lets_a_shorter_class_go_before_an_older_longer_one(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2023-01-01");

	(void)s;
	ADD(.day = "2023-01-04", .kind = "form", .years = 3);
	ADD(.day = "2024-01-04", PAPER);
	assert_string_equal(plan_of(h, 2026, 0).due[0].group.kind, "paper");
	assert_string_equal(plan_of(h, 2027, 0).due[0].group.kind, "form");
}

static void leaves_out_what_is_disposed(void **s)
{
	struct history *h BOOK_CLEANUP = papers();
	struct plan p = plan_of(h, 2026, 0);
	uint64_t propose = ADD(.day = "2026-01-05", PROPOSE(p)), approve = ADD(.day = "2026-01-06", APPROVE(propose));

	(void)s;
	ADD(.day = "2026-01-07", DISPOSE(approve, p));
	assert_int_equal(plan_of(h, 2026, 2024).count, 0);
}

static void takes_as_many_groups_as_one_leaf_holds(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	struct history_dues dues DUES_CLEANUP, all DUES_CLEANUP;
	char unit[LEAF_NAME_MAX + 1];
	size_t bytes = 0;

	(void)s;
	for (int i = 0; i < 1000; i++) {
		snprintf(unit, sizeof(unit), "u%04d", i);
		ADD(.day = "2024-01-03", PAPER, .unit = unit);
	}
	history_due(h, 2026, 0, &dues);
	history_due(h, 2026, 2024, &all);
	assert_true(dues.more);
	assert_int_equal(all.count, 1000);
	assert_false(all.more);
	/* "Due: 2024/paper/u0000 1 sha256:<64>\n" is 96 bytes */
	for (size_t i = 0; i < dues.count; i++)
		bytes += 96;
	assert_int_equal(dues.count, 57344 / 96);
	assert_true(bytes <= 57344);
	assert_string_equal(dues.at[0].due.group.unit, "u0000");
	assert_string_equal(dues.at[dues.count - 1].due.group.unit, "u0596");
}

static void counts_held_records_of_a_group_into_its_room(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	struct history_dues dues DUES_CLEANUP;

	(void)s;
	for (int i = 0; i < 10000; i++) {
		uint64_t seq = ADD(.day = "2024-01-03", PAPER, .unit = i < 5000 ? "a" : "b");
		if (i % 2)
			ADD(.day = "2024-01-03", .admin = LEAF_HOLD, .on = { ENTRY(seq) });
	}
	history_due(h, 2026, 0, &dues);
	assert_true(dues.more);
	assert_int_equal(dues.count, 1);
	assert_string_equal(dues.at[0].due.group.unit, "a");
	assert_int_equal(dues.except_count, 2500);
}

static void refuses_a_proposal_of_more_than_one_leaf_holds(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	struct history_dues all DUES_CLEANUP;
	char unit[LEAF_NAME_MAX + 1];

	(void)s;
	for (int i = 0; i < 700; i++) {
		snprintf(unit, sizeof(unit), "u%04d", i);
		ADD(.day = "2024-01-03", PAPER, .unit = unit);
	}
	history_due(h, 2026, 2024, &all);
	struct leaf_due *due = mem_array(all.count, sizeof(*due));

	for (size_t i = 0; i < all.count; i++)
		due[i] = all.at[i].due;
	REFUSE("700 groups are named, 597 fit into one entry", .day = "2026-01-05", .admin = LEAF_PROPOSE, .note = true,
	       .by = { 1 }, .due = due, .due_count = all.count);
	free(due);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing_due_before_the_first_of_january),
		cmocka_unit_test(groups_by_kind_unit_and_base_year),
		cmocka_unit_test(takes_the_root_over_the_leaves_by_seq),
		cmocka_unit_test(takes_the_oldest_base_year_first),
		cmocka_unit_test(lets_a_shorter_class_go_before_an_older_longer_one),
		cmocka_unit_test(leaves_out_what_is_disposed),
		cmocka_unit_test(takes_as_many_groups_as_one_leaf_holds),
		cmocka_unit_test(counts_held_records_of_a_group_into_its_room),
		cmocka_unit_test(refuses_a_proposal_of_more_than_one_leaf_holds),
	};

	return cmocka_run_group_tests_name("model/history_due", tests, NULL, NULL);
}
