#include "model_vectors.h"

#include <stdio.h>

#include "model/tree.h"

static struct oid make_oid(uint8_t first)
{
	return (struct oid){ .b = { first } };
}

static int parse(const struct buf *bytes, struct tree *out)
{
	struct err e = ERR_INIT;
	return tree_parse(buf_str(bytes), bytes->len, out, &e);
}

static void add_raw(struct buf *b, const char *mode, const char *name, uint8_t first)
{
	struct oid oid = make_oid(first);
	buf_printf(b, "%s %s", mode, name);
	buf_putc(b, '\0');
	buf_add(b, oid.b, OID_LEN);
}

static void makes_the_object_id_that_git_makes(void **state)
{
	char hex[OID_HEX_LEN + 1];
	struct tree t = { .at = NULL };
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	struct oid empty = oid_of(OID_BLOB, "", 0), none = oid_of(OID_TREE, "", 0);
	(void)state;
	/* The order is that of git mktree: "a.txt" < "a/" < "a0". */
	tree_set(&t, "a0", false, &empty);
	tree_set(&t, "a", true, &none);
	tree_set(&t, "a.txt", false, &empty);
	tree_print(&t, &bytes);
	struct oid id = oid_of(OID_TREE, bytes.ptr, bytes.len);
	oid_print(&id, hex);
	assert_string_equal(hex, "c11d43b52a75a2e9680be08c86e1204eed6aa887");
	tree_release(&t);
}

static void puts_folders_where_git_puts_them(void **state)
{
	static const char *const expected[] = { "a", "a-b", "b.c", "b", "b0" };
	struct tree t = { .at = NULL };
	struct oid oid = make_oid(1);
	(void)state;
	tree_set(&t, "b0", false, &oid);
	tree_set(&t, "b", true, &oid);
	tree_set(&t, "a-b", true, &oid);
	tree_set(&t, "b.c", false, &oid);
	tree_set(&t, "a", false, &oid);
	assert_int_equal(t.count, 5);
	for (size_t i = 0; i < t.count; i++)
		assert_string_equal(t.at[i].name, expected[i]);
	tree_release(&t);
}

static void replaces_an_entry_of_the_same_name(void **state)
{
	struct tree t = { .at = NULL };
	struct oid one = make_oid(1), two = make_oid(2);
	(void)state;
	tree_set(&t, "a", false, &one);
	tree_set(&t, "a", false, &two);
	assert_int_equal(t.count, 1);
	assert_true(oid_is_equal(&t.at[0].oid, &two));
	tree_set(&t, "a.b", false, &one);
	tree_set(&t, "a", true, &one);
	assert_int_equal(t.count, 2);
	assert_true(tree_find(&t, "a")->is_dir);
	tree_release(&t);
}

static void finds_files_and_folders_by_name(void **state)
{
	struct tree t = { .at = NULL };
	struct oid oid = make_oid(7);
	char name[8];
	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "%02x", i * 7 % 300);
		tree_set(&t, name, i % 2, &oid);
	}
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof name, "%02x", i);
		assert_non_null(tree_find(&t, name));
	}
	assert_null(tree_find(&t, "zz"));
	tree_release(&t);
}

static void reads_what_it_prints(void **state)
{
	struct tree t = { .at = NULL }, again;
	struct oid oid = make_oid(9);
	BUF_CLEANUP struct buf bytes = BUF_INIT, second = BUF_INIT;
	(void)state;
	tree_set(&t, "directive.ini", false, &oid);
	tree_set(&t, "keys", true, &oid);
	tree_set(&t, "\xe8\xa6\x81\xe9\xa0\x98", true, &oid);
	tree_print(&t, &bytes);
	assert_int_equal(parse(&bytes, &again), 0);
	tree_print(&again, &second);
	assert_int_equal(second.len, bytes.len);
	assert_memory_equal(second.ptr, bytes.ptr, bytes.len);
	tree_release(&t);
	tree_release(&again);
}

static void refuses_other_modes(void **state)
{
	static const char *const modes[] = { "100755", "120000", "160000", "040000", "100664", "" };
	struct tree t;
	(void)state;
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		BUF_CLEANUP struct buf b = BUF_INIT;
		add_raw(&b, modes[i], "a", 1);
		assert_int_equal(parse(&b, &t), ERR_SYNTAX);
	}
}

static void refuses_names_that_must_not_stand_in_a_tree(void **state)
{
	static const char *const names[] = { "", ".", "..", ".git", ".GIT", "git~1", "a/b", "a\nb", "a\033b", "a\xff" };
	struct tree t;
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		BUF_CLEANUP struct buf b = BUF_INIT;
		add_raw(&b, "100644", names[i], 1);
		assert_int_equal(parse(&b, &t), ERR_SYNTAX);
	}
}

static void refuses_wrong_order_and_repeats(void **state)
{
	static const char *const pairs[][4] = {
		{ "100644", "b", "100644", "a" }, { "100644", "a", "100644", "a" }, { "40000", "a", "40000", "a" },
		{ "40000", "a", "100644", "a.b" }, { "100644", "a", "40000", "a" },
	};
	struct tree t;
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		BUF_CLEANUP struct buf b = BUF_INIT;
		add_raw(&b, pairs[i][0], pairs[i][1], 1);
		add_raw(&b, pairs[i][2], pairs[i][3], 1);
		assert_int_equal(parse(&b, &t), ERR_SYNTAX);
	}
}

static void refuses_a_file_and_a_folder_of_one_name_apart(void **state)
{
	struct tree t;
	BUF_CLEANUP struct buf b = BUF_INIT;
	(void)state;
	add_raw(&b, "100644", "a", 1);
	add_raw(&b, "100644", "a.b", 1);
	add_raw(&b, "40000", "a", 1);
	assert_int_equal(parse(&b, &t), ERR_SYNTAX);
}

static void refuses_every_cut(void **state)
{
	struct tree t;
	BUF_CLEANUP struct buf b = BUF_INIT;
	(void)state;
	add_raw(&b, "100644", "a", 1);
	size_t first = b.len;
	add_raw(&b, "40000", "b", 1);
	for (size_t len = 1; len < b.len; len++) {
		struct buf cut = { .ptr = b.ptr, .len = len };
		if (len == first) {
			assert_int_equal(parse(&cut, &t), 0);
			tree_release(&t);
		} else
			assert_int_equal(parse(&cut, &t), ERR_SYNTAX);
	}
}

static void refuses_an_object_id_of_zeros(void **state)
{
	struct tree t;
	BUF_CLEANUP struct buf b = BUF_INIT;
	(void)state;
	add_raw(&b, "100644", "a", 0);
	assert_int_equal(parse(&b, &t), ERR_SYNTAX);
}

static void takes_the_empty_tree(void **state)
{
	struct tree t;
	struct buf b = BUF_INIT;
	(void)state;
	assert_int_equal(parse(&b, &t), 0);
	assert_int_equal(t.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_the_object_id_that_git_makes),
		cmocka_unit_test(puts_folders_where_git_puts_them),
		cmocka_unit_test(replaces_an_entry_of_the_same_name),
		cmocka_unit_test(finds_files_and_folders_by_name),
		cmocka_unit_test(reads_what_it_prints),
		cmocka_unit_test(refuses_other_modes),
		cmocka_unit_test(refuses_names_that_must_not_stand_in_a_tree),
		cmocka_unit_test(refuses_wrong_order_and_repeats),
		cmocka_unit_test(refuses_a_file_and_a_folder_of_one_name_apart),
		cmocka_unit_test(refuses_every_cut),
		cmocka_unit_test(refuses_an_object_id_of_zeros),
		cmocka_unit_test(takes_the_empty_tree),
	};
	return cmocka_run_group_tests_name("model/tree", tests, NULL, NULL);
}
