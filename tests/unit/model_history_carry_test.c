/* The turn of the year: which volumes are closed, what they carry over, and what would be due later. */
#include "model_history_book.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "model/merkle.h"

#define PAPER .kind = "paper", .years = 1
#define LOAN .kind = "loan", .years = 3, .closing = true
#define CARRIES_CLEANUP __attribute__((cleanup(history_carries_release)))
#define TURN_MAX 600

struct turn {                          /* one carry entry as lines of a leaf */
	struct leaf_target on[TURN_MAX];
	size_t on_count;
	struct leaf_due carried[TURN_MAX];
	size_t carried_count;
};

#define CARRY(t) .admin = LEAF_CARRY, .volumes = (t).on, .volumes_count = (t).on_count, .carried = (t).carried, \
	.carried_count = (t).carried_count

static struct leaf_due due_of(struct leaf_volume volume, const uint64_t *seqs, size_t count)
{
	struct hash leaves[BOOK_LINKS];

	for (size_t i = 0; i < count; i++)
		leaves[i] = book_hash(seqs[i]);
	return (struct leaf_due){ volume, count, merkle_root_of(leaves, count) };
}

static struct turn turn_of(const struct history *h, int year, size_t piece)
{
	struct history_carries all CARRIES_CLEANUP;
	struct turn t = { .on_count = 0 };

	history_carry(h, year, &all);
	assert_true(piece < all.count);
	for (; t.on_count < all.at[piece].on_count; t.on_count++)
		t.on[t.on_count] = (struct leaf_target){ .type = LEAF_ON_VOLUME,
			.volume = all.at[piece].on[t.on_count] };
	for (; t.carried_count < all.at[piece].carried_count; t.carried_count++)
		t.carried[t.carried_count] = all.at[piece].carried[t.carried_count];
	return t;
}

static size_t pieces_of(const struct history *h, int year)
{
	struct history_carries all CARRIES_CLEANUP;

	history_carry(h, year, &all);
	return all.count;
}

static struct history_volume volume_of(const struct history *h, const char *text)
{
	struct history_volume out = { .entries = 0 };
	struct leaf_volume wanted;

	assert_true(leaf_volume_parse(text, strlen(text), &wanted));
	for (size_t i = 0; i < history_volumes(h) && !out.entries; i++) {
		history_volume(h, i, &out);
		if (leaf_volume_compare(&out.volume, &wanted) != 0)
			out.entries = 0;
	}
	return out;
}

/* Genesis of 2024; a paper, two loans of 2024 of which the first (2) ends in it (4); the other, 3, is open. */
static struct history *loans(void)
{
	struct history *h = book_new("2024-01-01");

	ADD(.day = "2024-02-02", PAPER);
	ADD(.day = "2024-02-29", LOAN, .opens = "loan");
	ADD(.day = "2024-03-01", LOAN, .opens = "loan");
	ADD(.day = "2024-12-31", .kind = "return", .years = 3, .closing = true, .closes = { 2 });
	return h;
}

static void closes_every_volume_of_the_year_before(void **s)
{
	struct history *h BOOK_CLEANUP = loans();
	const uint64_t open[] = { 3 };
	struct turn t = { .on = { VOLUME(2024, "loan", "hq"), VOLUME(2024, "paper", "hq"), VOLUME(2024, "return", "hq") },
		.on_count = 3, .carried = { due_of((struct leaf_volume){ 2024, "loan", "hq" }, open, 1) },
		.carried_count = 1 };
	uint64_t carry = ADD(.day = "2025-01-01", CARRY(t));

	(void)s;
	assert_int_equal(volume_of(h, "2024/loan/hq").closed_by, carry);
	assert_int_equal(volume_of(h, "2024/return/hq").closed_by, carry);
	assert_int_equal(pieces_of(h, 2025), 0);
}

static void closes_the_volumes_of_administrative_notes_too(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	struct turn t;

	(void)s;
	ADD(.day = "2024-05-01", .admin = LEAF_RULES, .note = true, .by = { 1 });
	t = turn_of(h, 2025, 0);
	assert_int_equal(t.on_count, 1);
	assert_string_equal(t.on[0].volume.kind, "rules");
	assert_int_equal(t.carried_count, 0);
}

static void has_nothing_to_say_in_the_first_year(void **s)
{
	struct history *h BOOK_CLEANUP = loans();

	(void)s;
	assert_int_equal(pieces_of(h, 2024), 0);
}

static void carries_an_open_record_over_again_each_year(void **s)
{
	struct history *h BOOK_CLEANUP = loans();
	struct turn t = turn_of(h, 2025, 0);

	(void)s;
	ADD(.day = "2025-01-01", CARRY(t));
	t = turn_of(h, 2026, 0);
	assert_int_equal(t.on_count, 0);
	assert_int_equal(t.carried_count, 1);
	assert_int_equal(t.carried[0].group.year, 2024);
	assert_int_equal(t.carried[0].count, 1);
	ADD(.day = "2026-01-01", CARRY(t));
	ADD(.day = "2026-05-01", .kind = "return", .years = 3, .closing = true, .closes = { 3 });
	t = turn_of(h, 2027, 0);
	assert_int_equal(t.on_count, 1);
	assert_int_equal(t.on[0].volume.year, 2026);
	assert_int_equal(t.carried_count, 0);
}

static void makes_up_for_the_years_that_were_left_out(void **s)
{
	struct history *h BOOK_CLEANUP = loans();
	struct turn t;

	(void)s;
	ADD(.day = "2025-03-03", PAPER);
	ADD(.day = "2027-03-03", PAPER);
	t = turn_of(h, 2027, 0);
	assert_int_equal(t.on_count, 4);
	assert_int_equal(t.on[3].volume.year, 2025);
	ADD(.day = "2027-03-04", CARRY(t));
}

static void takes_the_head_over_the_open_leaves_by_seq(void **s)
{
	struct history *h BOOK_CLEANUP = loans();
	uint64_t open[] = { 3, 0 };
	struct leaf_due wanted;
	struct turn t;

	(void)s;
	open[1] = ADD(.day = "2024-12-31", LOAN, .opens = "loan");
	wanted = due_of((struct leaf_volume){ 2024, "loan", "hq" }, open, 2);
	t = turn_of(h, 2025, 0);
	assert_int_equal(t.carried[0].count, 2);
	assert_true(hash_is_equal(&t.carried[0].root, &wanted.root));
}

static void refuses_a_second_turn_in_a_year(void **s)
{
	struct history *h BOOK_CLEANUP = loans();
	struct turn t = turn_of(h, 2025, 0);
	uint64_t carry = ADD(.day = "2025-01-01", CARRY(t));

	(void)s;
	REFUSE("of the years before 2025 are carried over already, by entry 5", .day = "2025-01-01", CARRY(t));
	ADD(.day = "2025-02-02", PAPER);
	REFUSE("of the years before 2025 are carried over already, by entry 5", .day = "2025-12-31", CARRY(t));
	assert_int_equal(volume_of(h, "2024/loan/hq").closed_by, carry);
}

static void refuses_to_close_a_volume_twice(void **s)
{
	struct history *h BOOK_CLEANUP = loans();
	struct turn t = turn_of(h, 2025, 0);

	(void)s;
	ADD(.day = "2025-01-01", CARRY(t));
	ADD(.day = "2025-02-02", PAPER);
	REFUSE("On 2024/loan/hq: that volume is closed already", .day = "2026-01-01", CARRY(t));
}

static void refuses_a_list_of_volumes_that_is_wrong(void **s)
{
	struct history *h BOOK_CLEANUP = loans();
	struct turn whole = turn_of(h, 2025, 0), t = whole;

	(void)s;
	t.on_count--;
	REFUSE("On 2024/return/hq: it is missing", .day = "2025-01-01", CARRY(t));
	history_free(h);
	h = loans();
	t = whole;
	t.on[1].volume.year = 2023;
	REFUSE("On 2023/paper/hq: that volume has no entries", .day = "2025-01-01", CARRY(t));
	history_free(h);
	h = loans();
	t = whole;
	t.on[0] = t.on[1];
	t.on[1] = whole.on[0];
	REFUSE("On 2024/paper/hq: that volume is not the next to be closed", .day = "2025-01-01", CARRY(t));
}

static void refuses_a_volume_of_the_year_that_begins(void **s)
{
	struct history *h BOOK_CLEANUP = loans();
	struct turn t = turn_of(h, 2025, 0);

	(void)s;
	ADD(.day = "2024-12-31", .year = 2025, PAPER);
	t.on[t.on_count++] = (struct leaf_target)VOLUME(2025, "paper", "hq");
	REFUSE("On 2025/paper/hq: that volume is not the next to be closed", .day = "2025-01-01", CARRY(t));
}

static void refuses_what_is_not_carried_over(void **s)
{
	static const struct {
		const char *text;
		size_t count;        /* Carried lines */
		uint64_t records;
		bool other_root, other_volume;
	} cases[] = {
		{ "Carried 2024/loan/hq: it is missing: that volume has open records", 0, 1, false, false },
		{ "Carried 2024/loan/hq: these are not its open records", 1, 2, false, false },
		{ "Carried 2024/loan/hq: these are not its open records", 1, 1, true, false },
		{ "Carried 2024/paper/hq: that volume is not the next with open records", 1, 1, false, true },
	};

	(void)s;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct history *h BOOK_CLEANUP = loans();
		struct turn t = turn_of(h, 2025, 0);

		t.carried_count = cases[i].count;
		t.carried[0].count = cases[i].records;
		t.carried[0].root.b[0] ^= cases[i].other_root;
		if (cases[i].other_volume)
			strcpy(t.carried[0].group.kind, "paper");
		REFUSE(cases[i].text, .day = "2025-01-01", CARRY(t));
	}
}

static void refuses_a_turn_with_nothing_to_say(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2024-01-01");
	struct turn t = { .on = { VOLUME(2024, "loan", "hq") }, .on_count = 1 };

	(void)s;
	REFUSE("nothing is carried over into 2025", .day = "2025-01-01", CARRY(t));
}

/* Volumes of one kind in so many units. */
static struct history *many(int count)
{
	struct history *h = book_new("2024-01-01");

	for (int i = 0; i < count; i++) {
		char unit[LEAF_NAME_MAX + 1];

		snprintf(unit, sizeof(unit), "u%04d", i);
		ADD(.day = "2024-02-02", LOAN, .opens = "loan", .unit = unit);
	}
	return h;
}

static void cuts_the_turn_after_so_many_volumes(void **s)
{
	struct history *h BOOK_CLEANUP = many(2 * HISTORY_CARRY_MAX + 1);
	struct turn t[3];

	(void)s;
	assert_int_equal(pieces_of(h, 2025), 3);
	for (size_t i = 0; i < 3; i++)
		t[i] = turn_of(h, 2025, i);
	assert_int_equal(t[0].on_count, HISTORY_CARRY_MAX);
	assert_int_equal(t[0].carried_count, HISTORY_CARRY_MAX);
	assert_int_equal(t[2].on_count, 1);
	for (size_t i = 0; i < 3; i++)
		ADD(.day = "2025-01-01", CARRY(t[i]));
	assert_int_equal(volume_of(h, "2024/loan/u0512").closed_by, 2 * HISTORY_CARRY_MAX + 4);
	ADD(.day = "2025-01-01", .admin = LEAF_HEARTBEAT);
}

static void leaves_room_in_a_leaf_for_the_longest_names(void **s)
{
	struct leaf_target on[HISTORY_CARRY_MAX];
	struct leaf_due carried[HISTORY_CARRY_MAX];
	struct leaf leaf = { .kind = LEAF_CARRY, .seq = LEAF_SEQ_MAX, .on = on, .on_count = HISTORY_CARRY_MAX,
		.carried = carried, .carried_count = HISTORY_CARRY_MAX };
	struct buf text BUF_CLEANUP = BUF_INIT;
	struct err e = ERR_INIT;

	(void)s;
	strcpy(leaf.kind_name, "carry");
	memset(leaf.origin, 'o', LEAF_ORIGIN_MAX);
	for (int i = 0; i < HISTORY_CARRY_MAX; i++) {
		on[i] = (struct leaf_target){ .type = LEAF_ON_VOLUME, .volume.year = 2024 };
		memset(on[i].volume.kind, 'k', LEAF_NAME_MAX);
		memset(on[i].volume.unit, 'u', LEAF_NAME_MAX);
		on[i].volume.unit[LEAF_NAME_MAX - 2] = (char)('a' + i / 16);
		on[i].volume.unit[LEAF_NAME_MAX - 1] = (char)('a' + i % 16);
		carried[i] = (struct leaf_due){ .group = on[i].volume, .count = UINT64_C(999999999999) };
	}
	if (leaf_print(&leaf, &text, &e))
		fail_msg("%s", e.text);
}

static void demands_the_pieces_of_a_turn_one_after_the_other(void **s)
{
	struct history *h BOOK_CLEANUP = many(HISTORY_CARRY_MAX + 1);
	struct turn first = turn_of(h, 2025, 0), second = turn_of(h, 2025, 1);

	(void)s;
	ADD(.day = "2025-01-01", CARRY(first));
	REFUSE("the carry entries from 258 on are not all there: 1 of 2", .day = "2025-01-01", .admin = LEAF_HEARTBEAT);
	REFUSE("carried over already", .day = "2025-01-01", CARRY(second));
}

static void refuses_the_pieces_of_a_turn_in_another_order(void **s)
{
	struct history *h BOOK_CLEANUP = many(HISTORY_CARRY_MAX + 1);
	struct turn second = turn_of(h, 2025, 1);

	(void)s;
	REFUSE("On 2024/loan/u0256: that volume is not the next to be closed", .day = "2025-01-01", CARRY(second));
}

static void turns_again_where_a_clock_entry_took_time_back(void **s)
{
	struct history *h BOOK_CLEANUP = loans();
	struct turn t = turn_of(h, 2031, 0);
	uint64_t wrong;

	(void)s;
	ADD(.day = "2031-01-01", .admin = LEAF_HEARTBEAT);
	wrong = ADD(.day = "2031-01-01", CARRY(t));
	ADD(.day = "2024-12-31", .admin = LEAF_CLOCK, .on = { ENTRIES(5, 6) }, .counts = 2024, .by = { 1, 2 });
	ADD(.day = "2024-12-31", PAPER);
	assert_int_equal(volume_of(h, "2024/paper/hq").closed_by, 0);
	assert_int_equal(volume_of(h, "2024/return/hq").closed_by, wrong);
	t = turn_of(h, 2025, 0);
	assert_int_equal(t.on_count, 1);
	assert_string_equal(t.on[0].volume.kind, "paper");
	ADD(.day = "2025-01-01", CARRY(t));
}

static void knows_the_first_and_the_last_entry_of_a_volume(void **s)
{
	struct history *h BOOK_CLEANUP = loans();

	(void)s;
	assert_int_equal(history_volumes(h), 3);
	assert_int_equal(volume_of(h, "2024/loan/hq").first, 2);
	assert_int_equal(volume_of(h, "2024/loan/hq").last, 3);
	assert_int_equal(volume_of(h, "2024/loan/hq").entries, 2);
}

/* 施行令 and the calendar-year rule: what ends in Y is kept from 1 January of Y + 1 to 31 December of Y + N. */
static void tells_what_will_be_due_in_a_later_year(void **s)
{
	struct history *h BOOK_CLEANUP = loans();
	struct history_entry paper, loan, open;

	(void)s;
	for (int year = 2024; year <= 2040; year++) {
		history_entry_at(h, 1, year, &paper);
		history_entry_at(h, 2, year, &loan);
		history_entry_at(h, 3, year, &open);
		assert_int_equal(paper.state, year < 2026 ? HISTORY_CLOSED : HISTORY_DUE);
		assert_int_equal(loan.state, year < 2028 ? HISTORY_CLOSED : HISTORY_DUE);
		assert_int_equal(open.state, HISTORY_OPEN);
	}
	assert_int_equal(paper.disposable_year, 2026);
	assert_int_equal(loan.disposable_year, 2028);
	assert_int_equal(open.disposable_year, 0);
}

static void counts_leap_days_and_years_beyond_2038_as_any_other(void **s)
{
	struct history *h BOOK_CLEANUP = book_new("2039-12-31");
	uint64_t leap = ADD(.day = "2040-02-29", PAPER), last = ADD(.day = "2040-12-31", PAPER);
	struct turn t = turn_of(h, 2041, 0);

	(void)s;
	ADD(.day = "2041-01-01", CARRY(t));
	assert_false(book_is_due(h, leap, 2041));
	assert_true(book_is_due(h, leap, 2042));
	assert_true(book_is_due(h, last, 2042));
}

static void says_what_is_held_before_it_is_due(void **s)
{
	struct history *h BOOK_CLEANUP = loans();

	(void)s;
	ADD(.day = "2024-12-31", .admin = LEAF_HOLD, .on = { ENTRY(1) }, .by = { 1 });
	assert_true(book_entry(h, 1).held);
	assert_int_equal(book_entry(h, 1).state, HISTORY_CLOSED);
	assert_false(book_entry(h, 2).held);
}

static void tells_how_far_an_extension_reaches(void **s)
{
	struct history *h BOOK_CLEANUP = loans();
	int64_t far = date_day_number((struct date){ 2030, 12, 31 });
	int64_t near = date_day_number((struct date){ 2029, 12, 31 });
	int32_t *until MEM_CLEANUP = NULL;

	(void)s;
	ADD(.day = "2024-12-31", .admin = LEAF_EXTEND, .on = { MATTER(2) }, .until = "2029-12-31", .by = { 1 });
	ADD(.day = "2024-12-31", .admin = LEAF_EXTEND, .on = { VOLUME(2024, "return", "hq") }, .until = "2030-12-31",
	    .by = { 1 });
	ADD(.day = "2024-12-31", .admin = LEAF_HOLD, .on = { ENTRY(1) }, .by = { 1 });
	until = history_extensions(h);
	assert_true(until[1] == INT32_MIN);
	assert_true(until[2] == near);
	assert_true(until[3] == INT32_MIN);
	assert_true(until[4] == far);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closes_every_volume_of_the_year_before),
		cmocka_unit_test(closes_the_volumes_of_administrative_notes_too),
		cmocka_unit_test(has_nothing_to_say_in_the_first_year),
		cmocka_unit_test(carries_an_open_record_over_again_each_year),
		cmocka_unit_test(makes_up_for_the_years_that_were_left_out),
		cmocka_unit_test(takes_the_head_over_the_open_leaves_by_seq),
		cmocka_unit_test(refuses_a_second_turn_in_a_year),
		cmocka_unit_test(refuses_to_close_a_volume_twice),
		cmocka_unit_test(refuses_a_list_of_volumes_that_is_wrong),
		cmocka_unit_test(refuses_a_volume_of_the_year_that_begins),
		cmocka_unit_test(refuses_what_is_not_carried_over),
		cmocka_unit_test(refuses_a_turn_with_nothing_to_say),
		cmocka_unit_test(cuts_the_turn_after_so_many_volumes),
		cmocka_unit_test(leaves_room_in_a_leaf_for_the_longest_names),
		cmocka_unit_test(demands_the_pieces_of_a_turn_one_after_the_other),
		cmocka_unit_test(refuses_the_pieces_of_a_turn_in_another_order),
		cmocka_unit_test(turns_again_where_a_clock_entry_took_time_back),
		cmocka_unit_test(knows_the_first_and_the_last_entry_of_a_volume),
		cmocka_unit_test(tells_what_will_be_due_in_a_later_year),
		cmocka_unit_test(counts_leap_days_and_years_beyond_2038_as_any_other),
		cmocka_unit_test(says_what_is_held_before_it_is_due),
		cmocka_unit_test(tells_how_far_an_extension_reaches),
	};

	return cmocka_run_group_tests_name("model/history_carry", tests, NULL, NULL);
}
