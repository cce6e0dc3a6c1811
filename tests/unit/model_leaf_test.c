#include "model_vectors.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/leaf.h"

static int parse(const char *name, struct leaf *out, struct err *e)
{
	BUF_CLEANUP struct buf text = read_vector(name);
	return leaf_parse(buf_str(&text), text.len, out, e);
}

static bool is_good(const char *name)
{
	return strncmp(name, "leaf-bad", 8) != 0 && strncmp(name, "leaf-newer-", 11) != 0;
}

static unsigned kinds_seen[LEAF_KIND_COUNT];

static void check_good(const char *name)
{
	struct leaf leaf;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf text = BUF_INIT, again = BUF_INIT;
	if (!is_good(name))
		return;
	text = read_vector(name);
	if (leaf_parse(text.ptr, text.len, &leaf, &e))
		fail_msg("%s: %s", name, e.text);
	kinds_seen[leaf.kind]++;
	assert_int_equal(leaf_print(&leaf, &again, &e), 0);
	assert_string_equal(again.ptr, text.ptr);
	leaf_release(&leaf);
}

static void takes_and_prints_every_good_leaf(void **state)
{
	(void)state;
	assert_true(each_vector("leaf-*.txt", check_good) > 30);
}

static void has_a_good_leaf_of_every_kind(void **state)
{
	(void)state;
	memset(kinds_seen, 0, sizeof kinds_seen);
	each_vector("leaf-*.txt", check_good);
	for (int k = 0; k < LEAF_KIND_COUNT; k++)
		if (k != LEAF_FORMAT_KIND && !kinds_seen[k])
			fail_msg("no good leaf of kind %s", leaf_kind_name((enum leaf_kind)k));
}

static void has_a_good_leaf_with_every_line(void **state)
{
	static const char *const names[] = {
		"Origin", "Format", "After", "Genesis", "Seq", "Time", "Volume", "Record", "Opens", "Closes", "Within", "Under",
		"Concerns", "Corrects", "Voids", "By", "On", "Until", "Basis", "Ends", "Due", "Except", "Archive", "Wrapped",
		"Level", "Remains", "Class", "Key", "Copy", "Term", "Carried", "Counts", "Witness", "Rules", "Root", "Prev",
	};
	glob_t found;
	(void)state;
	assert_int_equal(glob(VECTORS "leaf-[!b]*.txt", 0, NULL, &found), 0);
	for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
		bool seen = false;
		char line[32];
		snprintf(line, sizeof line, "\n%s: ", names[n]);
		for (size_t i = 0; i < found.gl_pathc && !seen; i++) {
			BUF_CLEANUP struct buf text = read_vector(strrchr(found.gl_pathv[i], '/') + 1);
			seen = strstr(buf_str(&text), line) != NULL;
		}
		if (!seen)
			fail_msg("no good leaf with the line %s", names[n]);
	}
	globfree(&found);
}

static const char *bad_list;

/* leaf-bad.list: "<vector> <WORD> <text of the error>" */
static void check_bad(const char *name)
{
	struct leaf leaf;
	struct err e = ERR_INIT;
	if (!parse(name, &leaf, &e))
		fail_msg("%s: taken", name);
	BUF_CLEANUP struct buf line = BUF_INIT;
	buf_printf(&line, "\n%s %s %s\n", name, err_word(e.code), e.text);
	if (!strstr(bad_list, line.ptr))
		fail_msg("not in leaf-bad.list: %s", line.ptr + 1);
}

static void refuses_every_bad_leaf_and_names_the_line(void **state)
{
	BUF_CLEANUP struct buf list = BUF_INIT, file = read_vector("leaf-bad.list");
	(void)state;
	buf_printf(&list, "\n%s", file.ptr);
	bad_list = list.ptr;
	size_t lines = 0;
	for (const char *at = file.ptr; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(each_vector("leaf-bad-*.txt", check_bad), lines);
}

static void fills_a_format_entry_of_a_later_format(void **state)
{
	struct leaf leaf;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf again = BUF_INIT, text = read_vector("leaf-newer-format.txt");
	(void)state;
	assert_int_equal(parse("leaf-newer-format.txt", &leaf, &e), ERR_FORMAT);
	assert_int_equal(leaf.kind, LEAF_FORMAT_KIND);
	assert_int_equal(leaf.format, 2);
	assert_int_equal(leaf.seq, 1000);
	assert_int_equal(leaf.by.count, 1);
	assert_int_equal(leaf_print(&leaf, &again, &e), 0);
	assert_string_equal(again.ptr, text.ptr);
	leaf_release(&leaf);
}

static void answers_format_to_a_later_genesis_whatever_follows(void **state)
{
	struct leaf leaf;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(parse("leaf-newer-genesis.txt", &leaf, &e), ERR_FORMAT);
	leaf_release(&leaf);
}

static void fills_the_struct(void **state)
{
	struct leaf l;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(parse("leaf-dispose.txt", &l, &e), 0);
	assert_int_equal(l.kind, LEAF_DISPOSE);
	assert_string_equal(l.origin, "kumamoto/test");
	assert_int_equal(l.by.count, 2);
	assert_int_equal(l.by.at[1], 5);
	assert_int_equal(l.on[0].type, LEAF_ON_ENTRY);
	assert_int_equal(l.on[0].last, 991);
	assert_int_equal(l.due_count, 3);
	assert_string_equal(l.due[1].group.unit, "higashi");
	assert_int_equal(l.except[1].last, 9);
	assert_int_equal(l.archive.bytes, 104857600);
	assert_string_equal(l.wrapped[0].method, "zstd");
	assert_false(l.remains[0].known);
	assert_int_equal(l.remains[1].until.day, 31);
	assert_false(l.has_witness);
	leaf_release(&l);
}

static void a_certificate_with_a_receipt_names_record_and_witness(void **state)
{
	struct leaf l;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(parse("leaf-dispose-receipt.txt", &l, &e), 0);
	assert_true(l.has_witness);
	assert_true(l.has_volume);
	assert_string_equal(l.volume.kind, "dispose");
	leaf_release(&l);
}

static void refuses_nul_and_a_leaf_over_the_limit(void **state)
{
	struct leaf l;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf text = read_vector("leaf-heartbeat.txt");
	(void)state;
	text.ptr[3] = '\0';
	assert_int_equal(leaf_parse(text.ptr, text.len, &l, &e), ERR_SYNTAX);
	text.ptr[3] = 'r';
	while (text.len <= LEAF_MAX)
		buf_puts(&text, "x\n");
	assert_int_equal(leaf_parse(text.ptr, text.len, &l, &e), ERR_TOOBIG);
}

static void refuses_more_lines_than_a_list_may_have(void **state)
{
	struct leaf l;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf good = read_vector("leaf-record.txt"), text = BUF_INIT;
	(void)state;
	const char *at = strstr(good.ptr, "Opens: ");
	buf_add(&text, good.ptr, (size_t)(at - good.ptr));
	char *seq = strstr(text.ptr, "Seq: 1000\n");
	memcpy(seq, "Seq: 9999\n", 10);
	for (int i = 0; i <= LEAF_LIST_MAX; i++)
		buf_printf(&text, "Under: %d\n", i);
	assert_int_equal(leaf_parse(text.ptr, text.len, &l, &e), ERR_TOOBIG);
	assert_non_null(strstr(e.text, "Under"));
}

/* Struct -> text: what can't be said. */

static void refuse_print(const struct leaf *l)
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT;
	buf_puts(&out, "before");
	assert_int_not_equal(leaf_print(l, &out, &e), 0);
	assert_string_equal(out.ptr, "before");
}

static void refuses_to_print_a_name_that_would_become_lines(void **state)
{
	struct leaf l;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(parse("leaf-record.txt", &l, &e), 0);
	strcpy(l.opens, "loan\nCloses: 7");
	refuse_print(&l);
	strcpy(l.opens, "loan");
	strcpy(l.origin, "kumamoto/test\nFormat: 1");
	refuse_print(&l);
	leaf_release(&l);
}

static void refuses_to_print_dates_and_times_that_do_not_exist(void **state)
{
	struct leaf l;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(parse("leaf-extend.txt", &l, &e), 0);
	l.until.month = 13;
	refuse_print(&l);
	l.until.month = 12;
	l.time = INT64_MAX;
	refuse_print(&l);
	leaf_release(&l);
}

static void refuses_to_print_a_kind_under_another_name(void **state)
{
	struct leaf l;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(parse("leaf-record.txt", &l, &e), 0);
	l.kind = LEAF_HEARTBEAT;
	refuse_print(&l);
	l.kind = LEAF_RECORD;
	strcpy(l.kind_name, "hold");
	refuse_print(&l);
	leaf_release(&l);
}

static void refuses_to_print_lines_that_the_kind_must_not_have(void **state)
{
	struct leaf l;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(parse("leaf-heartbeat.txt", &l, &e), 0);
	l.has_until = true;
	l.until = (struct date){ 2027, 1, 1 };
	refuse_print(&l);
	leaf_release(&l);
}

/* Smaller forms. */

static void judges_origins(void **state)
{
	static const char *const good[] = { "a", "Z9", "kumamoto/test", "a.b-c_d/e", "0" };
	static const char *const bad[] = {
		"", ".", "a.", "/a", "a/", "a//b", "a..b", "a b", "a\tb", "-a", "a:b", "\xe5\x8f\xb0",
	};
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(leaf_is_origin(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(leaf_is_origin(bad[i], strlen(bad[i])));
	assert_false(leaf_is_origin("a\0b", 3));
}

static void orders_volumes_by_year_kind_unit(void **state)
{
	struct leaf_volume a, b;
	(void)state;
	assert_true(leaf_volume_parse("2026/loan/chuo", 14, &a) && leaf_volume_parse("2026/loan/kita", 14, &b));
	assert_true(leaf_volume_compare(&a, &b) < 0 && leaf_volume_compare(&b, &a) > 0 && leaf_volume_compare(&a, &a) == 0);
	b.year = 2025;
	assert_true(leaf_volume_compare(&a, &b) > 0);
}

static void keeps_entry_lists_ascending_without_repeats(void **state)
{
	struct leaf_seqs s = { 0 };
	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		leaf_seqs_add(&s, i * 37 % 50);
	assert_int_equal(s.count, 50);
	for (size_t i = 0; i < s.count; i++)
		assert_int_equal(s.at[i], i);
	free(s.at);
}

static void finds_entries_in_ranges(void **state)
{
	static const struct leaf_range r[] = { { 3, 3 }, { 7, 9 }, { 11, 20 } };
	(void)state;
	for (uint64_t i = 0; i < 25; i++)
		assert_int_equal(leaf_ranges_hold(r, 3, i), i == 3 || (i >= 7 && i <= 9) || (i >= 11 && i <= 20));
	assert_false(leaf_ranges_hold(NULL, 0, 1));
}

static void takes_the_year_from_the_volume_or_else_from_the_time_in_japan(void **state)
{
	struct leaf l = { .time = 1735657200 }; /* 2025-01-01T00:00:00+09:00 */
	(void)state;
	assert_int_equal(leaf_year(&l), 2025);
	l.time--;
	assert_int_equal(leaf_year(&l), 2024);
	l.has_volume = true;
	l.volume.year = 2030;
	assert_int_equal(leaf_year(&l), 2030);
}

static void names_kinds_both_ways(void **state)
{
	(void)state;
	for (int k = LEAF_RECORD + 1; k < LEAF_KIND_COUNT; k++)
		assert_int_equal(leaf_kind_of(leaf_kind_name((enum leaf_kind)k)), k);
	assert_int_equal(leaf_kind_of("loan"), LEAF_RECORD);
	assert_int_equal(leaf_kind_of(""), LEAF_RECORD);
	assert_string_equal(leaf_kind_name(LEAF_RECORD), "");
}

static void hashes_with_the_leaf_prefix(void **state)
{
	char text[HASH_TEXT_LEN + 1];
	(void)state;
	struct hash h = leaf_hash("", 0);
	hash_print(&h, text);
	assert_string_equal(text, "sha256:6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_and_prints_every_good_leaf),
		cmocka_unit_test(has_a_good_leaf_of_every_kind),
		cmocka_unit_test(has_a_good_leaf_with_every_line),
		cmocka_unit_test(refuses_every_bad_leaf_and_names_the_line),
		cmocka_unit_test(fills_a_format_entry_of_a_later_format),
		cmocka_unit_test(answers_format_to_a_later_genesis_whatever_follows),
		cmocka_unit_test(fills_the_struct),
		cmocka_unit_test(a_certificate_with_a_receipt_names_record_and_witness),
		cmocka_unit_test(refuses_nul_and_a_leaf_over_the_limit),
		cmocka_unit_test(refuses_more_lines_than_a_list_may_have),
		cmocka_unit_test(refuses_to_print_a_name_that_would_become_lines),
		cmocka_unit_test(refuses_to_print_dates_and_times_that_do_not_exist),
		cmocka_unit_test(refuses_to_print_a_kind_under_another_name),
		cmocka_unit_test(refuses_to_print_lines_that_the_kind_must_not_have),
		cmocka_unit_test(judges_origins),
		cmocka_unit_test(orders_volumes_by_year_kind_unit),
		cmocka_unit_test(keeps_entry_lists_ascending_without_repeats),
		cmocka_unit_test(finds_entries_in_ranges),
		cmocka_unit_test(takes_the_year_from_the_volume_or_else_from_the_time_in_japan),
		cmocka_unit_test(names_kinds_both_ways),
		cmocka_unit_test(hashes_with_the_leaf_prefix),
	};
	return cmocka_run_group_tests_name("model/leaf", tests, NULL, NULL);
}
