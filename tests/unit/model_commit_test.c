#include "model_vectors.h"

#include <stdio.h>

#include "model/commit.h"

/* commit-1.txt is a commit that gpg signed, in the form of `git commit -S`; git verify-commit accepts it. */
static struct buf raw;

static int read_commit(void **state)
{
	(void)state;
	raw = read_vector("commit-1.txt");
	return 0;
}

static int drop_commit(void **state)
{
	(void)state;
	buf_release(&raw);
	return 0;
}

static int parse(const char *text, size_t len)
{
	struct commit c;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	return commit_parse(text, len, &c, &payload, &armor, &e);
}

/* The vector with `from` replaced by `to`, once. */
static struct buf edit(const char *from, const char *to)
{
	struct buf out = BUF_INIT;
	const char *at = strstr(raw.ptr, from);
	assert_non_null(at);
	buf_add(&out, raw.ptr, (size_t)(at - raw.ptr));
	buf_puts(&out, to);
	buf_puts(&out, at + strlen(from));
	return out;
}

static void takes_a_commit_as_git_makes_it(void **state)
{
	struct commit c;
	struct err e = ERR_INIT;
	char hex[OID_HEX_LEN + 1];
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	(void)state;
	assert_int_equal(commit_parse(raw.ptr, raw.len, &c, &payload, &armor, &e), 0);
	assert_string_equal(c.name, "kumamoto/test");
	assert_int_equal(c.time, 1775088060);
	assert_true(c.has_parent);
	oid_print(&c.parent, hex);
	assert_string_equal(hex, "14694b7619797670aae3854d44daa302de0e61fe");
	assert_memory_equal(c.message, "device 2026/device/chuo\n", 24);
	assert_true(c.message > raw.ptr && c.message + c.message_len == raw.ptr + raw.len);
	assert_null(strstr(payload.ptr, "gpgsig"));
	assert_null(strstr(armor.ptr, "\n "));
	struct oid id = oid_of(OID_COMMIT, raw.ptr, raw.len);
	oid_print(&id, hex);
	assert_string_equal(hex, "a00190cf504e976a1265e4b855db94bdffc02e03");
}

static void puts_the_same_bytes_together_again(void **state)
{
	struct commit c, inner;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT, printed = BUF_INIT, again = BUF_INIT;
	(void)state;
	assert_int_equal(commit_parse(raw.ptr, raw.len, &c, &payload, &armor, &e), 0);
	commit_print_payload(&c, &printed);
	assert_string_equal(printed.ptr, payload.ptr);
	assert_int_equal(commit_parse_payload(printed.ptr, printed.len, &inner, &e), 0);
	assert_int_equal(inner.message_len, c.message_len);
	assert_int_equal(commit_sign(printed.ptr, printed.len, armor.ptr, &again, &e), 0);
	assert_string_equal(again.ptr, raw.ptr);
}

static void answers_key_to_a_commit_without_a_signature(void **state)
{
	struct commit c;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT, again = BUF_INIT, none = BUF_INIT;
	(void)state;
	assert_int_equal(commit_parse(raw.ptr, raw.len, &c, &payload, &armor, &e), 0);
	assert_int_equal(commit_parse(payload.ptr, payload.len, &c, &again, &none, &e), ERR_KEY);
}

static void refuses_a_signature_where_a_payload_is_wanted(void **state)
{
	struct commit c;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(commit_parse_payload(raw.ptr, raw.len, &c, &e), ERR_SYNTAX);
}

static void refuses_every_other_form(void **state)
{
	static const char *const edits[][2] = {
		{ "tree 4", "tree  4" }, { "tree 4b825d", "tree 4B825D" }, { "tree ", "Tree " }, { "4904\n", "490\n" },
		{ "parent ", "parent 14694b7619797670aae3854d44daa302de0e61fe\nparent " }, { "parent ", "parent x" },
		{ "author kumamoto/test <", "author Kumamoto Test <" }, { "author kumamoto/test <", "author kumamoto//test <" },
		{ "ledger@daicho.invalid", "someone@daicho.invalid" }, { " 1775088060 ", " 01775088060 " },
		{ " 1775088060 ", " -1 " }, { " 1775088060 ", " 999999999999 " }, { "+0900\n", "+0000\n" },
		{ "1775088060 +0900\ncommitter", "1775088061 +0900\ncommitter" },
		{ "committer kumamoto/test", "committer kumamoto/tess" }, { "gpgsig ", "encoding UTF-8\ngpgsig " },
		{ "gpgsig ", "gpgsig-sha256 " }, { "gpgsig -", "gpgsig  -" }, { "\n \n", "\n\n" },
		{ " -----END PGP SIGNATURE-----\n", " -----END PGP SIGNATURE-----\n \n" },
		{ " -----END PGP SIGNATURE-----\n", "-----END PGP SIGNATURE-----\n" },
		{ " -----END PGP SIGNATURE-----\n", " -----END PGP SIGNATURE-----\nencoding UTF-8\n" },
		{ " -----END PGP SIGNATURE-----\n", " -----END PGP SIGNATURE-----\ngpgsig -----BEGIN PGP SIGNATURE-----\n" },
		{ "gpgsig ", "mergetag object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ngpgsig " },
	};
	(void)state;
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		BUF_CLEANUP struct buf changed = edit(edits[i][0], edits[i][1]);
		if (parse(changed.ptr, changed.len) != ERR_SYNTAX)
			fail_msg("edit %zu (%s): not refused", i, edits[i][1]);
	}
}

static void does_not_take_a_signature_out_of_the_message(void **state)
{
	struct commit c;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT, forged = BUF_INIT, a = BUF_INIT, b = BUF_INIT;
	(void)state;
	assert_int_equal(commit_parse(raw.ptr, raw.len, &c, &payload, &armor, &e), 0);
	buf_add(&forged, payload.ptr, payload.len);
	buf_puts(&forged, strstr(raw.ptr, "gpgsig "));
	assert_int_equal(commit_parse(forged.ptr, forged.len, &c, &a, &b, &e), ERR_KEY);
}

static void refuses_nul_and_every_cut_of_the_headers(void **state)
{
	(void)state;
	BUF_CLEANUP struct buf changed = BUF_INIT;
	buf_add(&changed, raw.ptr, raw.len);
	changed.ptr[raw.len - 2] = '\0';
	assert_int_equal(parse(changed.ptr, changed.len), ERR_SYNTAX);
	size_t headers = (size_t)(strstr(raw.ptr, "\n\n") - raw.ptr) + 1;
	for (size_t len = 0; len <= headers; len++)
		assert_int_not_equal(parse(raw.ptr, len), 0);
}

static void refuses_a_commit_over_the_limit(void **state)
{
	BUF_CLEANUP struct buf big = BUF_INIT;
	(void)state;
	buf_add(&big, raw.ptr, raw.len);
	while (big.len <= COMMIT_MAX)
		buf_puts(&big, "more\n");
	assert_int_equal(parse(big.ptr, big.len), ERR_SYNTAX);
}

static void signs_only_with_one_block_of_armor(void **state)
{
	static const char *const bad[] = {
		"", "-----BEGIN PGP SIGNATURE-----\n", "-----BEGIN PGP SIGNATURE-----\n\nAA==\n-----END PGP SIGNATURE-----",
		"x\n-----BEGIN PGP SIGNATURE-----\n\nAA==\n-----END PGP SIGNATURE-----\n",
		"-----BEGIN PGP SIGNATURE-----\n\nAA==\r\n-----END PGP SIGNATURE-----\n",
		"-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n-----END PGP SIGNATURE-----\n",
	};
	struct commit c;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT, out = BUF_INIT;
	(void)state;
	assert_int_equal(commit_parse(raw.ptr, raw.len, &c, &payload, &armor, &e), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(commit_sign(payload.ptr, payload.len, bad[i], &out, &e), ERR_SYNTAX);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_commit_as_git_makes_it),
		cmocka_unit_test(puts_the_same_bytes_together_again),
		cmocka_unit_test(answers_key_to_a_commit_without_a_signature),
		cmocka_unit_test(refuses_a_signature_where_a_payload_is_wanted),
		cmocka_unit_test(refuses_every_other_form),
		cmocka_unit_test(does_not_take_a_signature_out_of_the_message),
		cmocka_unit_test(refuses_nul_and_every_cut_of_the_headers),
		cmocka_unit_test(refuses_a_commit_over_the_limit),
		cmocka_unit_test(signs_only_with_one_block_of_armor),
	};
	return cmocka_run_group_tests_name("model/commit", tests, read_commit, drop_commit);
}
