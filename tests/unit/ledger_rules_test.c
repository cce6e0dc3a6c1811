/* A rule book as files, as a tree, and back. */
#include "ledger_fixture.h"

static struct rules *read_folder(void)
{
	struct rules *r;
	struct err e = ERR_INIT;
	if (rules_read_folder(RULEBOOK, SCHEMAS, &r, &e))
		give_up("rules_read_folder", &e);
	return r;
}

static void compiles_a_schema_for_every_kind(void **state)
{
	(void)state;
	struct rules *r = read_folder();
	for (size_t i = 0; i < r->book->kinds_count; i++)
		assert_non_null(rules_schema(r, r->book->kinds[i].name));
	assert_null(rules_schema(r, "no-such-kind"));
	rules_free(r);
}

static void keeps_the_directive_beside_its_ini(void **state)
{
	(void)state;
	struct rules *r = read_folder();
	assert_non_null(rules_file(r, "directive.ini"));
	assert_non_null(rules_file(r, "directive.txt"));
	assert_non_null(rules_file(r, "schemas/loan.schema.json"));
	assert_null(rules_file(r, "schemas/README.md"));
	rules_free(r);
}

static void changes_its_digest_with_each_file(void **state)
{
	(void)state;
	struct rules *r = read_folder();
	struct hash before = r->digest;
	assert_int_equal(rules_add_key(r, "0123456789ABCDEF0123456789ABCDEF01234567", "key\n", 4, NULL), ERR_OK);
	assert_false(hash_is_equal(&before, &r->digest));
	assert_int_equal(rules_add_key(r, "0123456789ABCDEF0123456789ABCDEF01234567", "key\n", 4, NULL), ERR_KEY);
	rules_free(r);
}

static void has_the_digest_of_its_sha256sum_listing(void **state)
{
	struct fixture *f = *state;
	BUF_CLEANUP struct buf names = BUF_INIT, listing = BUF_INIT;
	assert_int_equal(run_git(f, &names, "-C", f->store.ledger, "ls-tree", "-r", "--name-only", "refs/heads/ledger",
	                         NULL), 0);
	for (char *save, *name = strtok_r(names.ptr, "\n", &save); name; name = strtok_r(NULL, "\n", &save)) {
		BUF_CLEANUP struct buf bytes = BUF_INIT, object = BUF_INIT;
		char hex[65];
		buf_printf(&object, "refs/heads/ledger:%s", name);
		assert_int_equal(run_git(f, &bytes, "-C", f->store.ledger, "cat-file", "blob", buf_str(&object), NULL), 0);
		struct hash h = hash_of(buf_str(&bytes), bytes.len);
		hash_print_hex(&h, hex);
		buf_printf(&listing, "%s  %s\n", hex, name);
	}
	struct hash digest = hash_of(listing.ptr, listing.len);
	assert_true(hash_is_equal(&digest, &f->ledger->chain.rules));
}

static void reads_its_tree_as_it_was_written(void **state)
{
	struct fixture *f = *state;
	struct rules *again;
	assert_int_equal(rules_read_tree(f->ledger->repo, &f->ledger->chain.tree, 0, &again, NULL), ERR_OK);
	assert_true(hash_is_equal(&again->digest, &f->ledger->rules->digest));
	assert_int_equal(again->count, f->ledger->rules->count);
	assert_null(rules_schema(again, "loan"));
	rules_free(again);
}

static void refuses_a_rule_book_without_its_ini(void **state)
{
	(void)state;
	struct rules *r;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *dir = make_dir();
	assert_int_equal(rules_read_folder(dir, SCHEMAS, &r, &e), ERR_CONFIG);
	assert_int_equal(rules_read_folder("/nonexistent", SCHEMAS, &r, &e), ERR_NOTFOUND);
	file_remove_tree(dir, NULL);
}

static void refuses_a_kind_without_a_schema(void **state)
{
	(void)state;
	struct rules *r;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *dir = make_dir();
	assert_int_equal(rules_read_folder(RULEBOOK, dir, &r, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, ".schema.json"));
	file_remove_tree(dir, NULL);
}

static void refuses_keys_that_a_rule_book_brings(void **state)
{
	(void)state;
	struct rules *r;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *dir = make_dir();
	MEM_CLEANUP char *keys = file_path(dir, "keys");
	MEM_CLEANUP char *key = file_path(keys, "x.asc");
	assert_int_equal(file_mkdir(keys, 0700, NULL), ERR_OK);
	assert_int_equal(file_write_durable(key, "x", 1, 0600, NULL), ERR_OK);
	assert_int_equal(rules_read_folder(dir, SCHEMAS, &r, &e), ERR_CONFIG);
	file_remove_tree(dir, NULL);
}

static int count_fault(void *ctx, const struct rules_fault *fault)
{
	size_t *count = ctx;
	assert_int_equal(strncmp(fault->section, "kind ", 5), 0);
	assert_true(fault->line > 1);
	return ++*count == 1000 ? 7 : 0;
}

static void tells_every_fault_of_a_folder(void **state)
{
	(void)state;
	MEM_CLEANUP char *dir = make_dir();
	struct rules *r = read_folder();
	size_t count = 0;
	assert_int_equal(rules_check_folder(RULEBOOK, SCHEMAS, count_fault, &count, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(rules_check_folder(RULEBOOK, dir, count_fault, &count, NULL), 0);
	assert_int_equal(count, r->book->kinds_count);
	count = 998;
	assert_int_equal(rules_check_folder(RULEBOOK, dir, count_fault, &count, NULL), 7);
	assert_int_equal(count, 1000);
	rules_free(r);
	file_remove_tree(dir, NULL);
}

static void shows_a_fault_safely(void **state)
{
	(void)state;
	BUF_CLEANUP struct buf text = BUF_INIT;
	rules_fault_print(&(struct rules_fault){ "a\033b", 3, "kind x\033", "ja", "why" }, &text);
	assert_string_equal(buf_str(&text), "a\\u{1b}b:3: [kind x\\u{1b}] ja: why");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compiles_a_schema_for_every_kind),
		cmocka_unit_test(keeps_the_directive_beside_its_ini),
		cmocka_unit_test(changes_its_digest_with_each_file),
		cmocka_unit_test_setup_teardown(has_the_digest_of_its_sha256sum_listing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reads_its_tree_as_it_was_written, set_up, tear_down),
		cmocka_unit_test(refuses_a_rule_book_without_its_ini),
		cmocka_unit_test(refuses_a_kind_without_a_schema),
		cmocka_unit_test(refuses_keys_that_a_rule_book_brings),
		cmocka_unit_test(tells_every_fault_of_a_folder),
		cmocka_unit_test(shows_a_fault_safely),
	};
	return cmocka_run_group_tests_name("ledger/rules", tests, make_template, remove_template);
}
