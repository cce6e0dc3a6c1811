#include "model_vectors.h"

#include <stdio.h>

#include "model/tlog_policy.h"

#define TEXT "example.com/log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
#define COUNT 5

static char log_key[512], witness[COUNT][512];
static struct tlog_note_key keys[COUNT];
static struct buf note;                        /* cosigned by witness i at 1000 + i, for i = 0, 1, 2 */

static void print_key(const char *name, enum tlog_note_type type, uint8_t first, struct tlog_note_key *k, char *out)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	uint8_t public_key[TLOG_NOTE_KEY_LEN] = { first };
	assert_int_equal(tlog_note_key_make(name, type, public_key, k, &e), ERR_OK);
	tlog_note_key_print(k, &b);
	snprintf(out, sizeof log_key, "%s", buf_str(&b));
}

/* A signature is right when it repeats the public key; who made which is all that policies ask. */
static bool check(const uint8_t *public_key, const void *message, size_t len, const uint8_t *sig)
{
	(void)message;
	(void)len;
	return memcmp(public_key, sig, TLOG_NOTE_KEY_LEN) == 0;
}

static void cosign(const struct tlog_note_key *k, int64_t time, bool is_right)
{
	uint8_t sig[TLOG_NOTE_SIG_LEN] = { 0 };
	memcpy(sig, k->public_key, TLOG_NOTE_KEY_LEN);
	sig[31] ^= !is_right;
	tlog_note_print_sig(k, time, sig, &note);
}

static int make_keys(void **state)
{
	struct tlog_note_key k;
	(void)state;
	print_key("example.com/log", TLOG_NOTE_ED25519, 100, &k, log_key);
	for (int i = 0; i < COUNT; i++) {
		char name[16];
		snprintf(name, sizeof name, "w%d", i);
		print_key(name, TLOG_NOTE_COSIGNATURE, (uint8_t)(i + 1), &keys[i], witness[i]);
	}
	return 0;
}

static int make_note(void **state)
{
	(void)state;
	buf_release(&note);
	buf_puts(&note, TEXT "\n");
	for (int i = 0; i < 3; i++)
		cosign(&keys[i], 1000 + i, true);
	return 0;
}

static int free_note(void **state)
{
	(void)state;
	buf_release(&note);
	return 0;
}

/* A policy in which L is the log's key and 0 to 4 those of the witnesses. */
static int parse(const char *form, struct tlog_policy **out, struct err *e)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	for (const char *at = form; *at; at++)
		if (*at == '@' && at[1] == 'L')
			buf_puts(&b, log_key), at++;
		else if (*at == '@')
			buf_puts(&b, witness[*++at - '0']);
		else
			buf_putc(&b, *at);
	*out = NULL;
	return tlog_policy_parse(buf_str(&b), b.len, out, e);
}

static struct tlog_policy_finding judge(const char *form, int64_t since, int64_t until)
{
	struct tlog_policy *p;
	struct tlog_note n;
	struct err e = ERR_INIT;
	struct tlog_policy_finding f;
	if (parse(form, &p, &e))
		fail_msg("%s: %s", form, e.text);
	assert_int_equal(tlog_note_parse(note.ptr, note.len, &n, &e), ERR_OK);
	tlog_policy_judge(p, &n, since, until, check, &f);
	f.bad = f.bad ? "bad" : NULL;
	tlog_policy_free(p);
	return f;
}

#define ALL "witness A @0\nwitness B @1\nwitness C @2\nwitness D @3\nwitness E @4\n"

static bool is_met(const char *form)
{
	return judge(form, 0, TLOG_NOTE_TIME_MAX).is_met;
}

static void judges_quorums_of_witnesses_and_groups(void **state)
{
	(void)state;
	assert_true(is_met("quorum none\n"));
	assert_true(is_met(ALL "quorum none\n"));
	assert_true(is_met(ALL "quorum A\n"));
	assert_false(is_met(ALL "quorum D\n"));
	assert_true(is_met(ALL "group g any A D E\nquorum g\n"));
	assert_false(is_met(ALL "group g any D E\nquorum g\n"));
	assert_true(is_met(ALL "group g 3 A B C D E\nquorum g\n"));
	assert_false(is_met(ALL "group g 4 A B C D E\nquorum g\n"));
	assert_true(is_met(ALL "group g all A B C\nquorum g\n"));
	assert_false(is_met(ALL "group g all A B C D\nquorum g\n"));
	assert_true(is_met(ALL "group x 2 A B D\ngroup y any C E\ngroup xy all x y\nquorum xy\n"));
	assert_false(is_met(ALL "group x 2 A E D\ngroup y any C B\ngroup xy all x y\nquorum xy\n"));
	assert_true(is_met(ALL "group x 2 A E D\nquorum B\n"));
}

static void counts_cosignatures_between_two_times(void **state)
{
	static const char form[] = ALL "group g 2 A B C D E\nquorum g\n";
	struct tlog_policy_finding f = judge(form, 0, TLOG_NOTE_TIME_MAX);
	(void)state;
	assert_int_equal(f.good, 3);
	assert_int_equal(f.wanted, 5);
	assert_int_equal(f.outside, 0);
	assert_int_equal(f.oldest, 1000);
	assert_int_equal(f.newest, 1002);
	f = judge(form, 1001, TLOG_NOTE_TIME_MAX);
	assert_true(f.is_met);
	assert_int_equal(f.good, 2);
	assert_int_equal(f.outside, 1);
	assert_int_equal(f.oldest, 1001);
	f = judge(form, 0, 1000);
	assert_false(f.is_met);
	assert_int_equal(f.good, 1);
	assert_int_equal(f.outside, 2);
	assert_int_equal(f.newest, 1000);
}

static void refuses_the_note_when_one_cosignature_is_wrong(void **state)
{
	(void)state;
	cosign(&keys[3], 1003, false);
	struct tlog_policy_finding f = judge(ALL "quorum A\n", 0, TLOG_NOTE_TIME_MAX);
	assert_false(f.is_met);
	assert_non_null(f.bad);
	assert_true(is_met("witness A @0\nquorum A\n"));
}

static void reads_comments_blanks_urls_and_names_of_any_bytes(void **state)
{
	struct tlog_policy *p;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(parse("# comment\n\n \t\n  # another \xff\n\tlog  @L\thttps://example.com/ \nwitness \xff\xfe @0 "
	                       "https://w.example/\nquorum \xff\xfe\n", &p, &e), ERR_OK);
	assert_int_equal(tlog_policy_logs(p), 1);
	assert_string_equal(tlog_policy_log(p, 0)->name, "example.com/log");
	assert_null(tlog_policy_log(p, 1));
	assert_true(tlog_policy_wants_witnesses(p));
	tlog_policy_free(p);
	assert_int_equal(parse("quorum none\n", &p, &e), ERR_OK);
	assert_false(tlog_policy_wants_witnesses(p));
	assert_int_equal(tlog_policy_logs(p), 0);
	tlog_policy_free(p);
}

static void refuses_policies_that_are_none(void **state)
{
	static const char *const bad[] = {
		"",
		"log @L\n",
		"quorum\n",
		"quorum none none\n",
		"quorum none\nquorum none\n",
		"quorum A\n",
		"quorum none",
		"quorum none\r\n",
		"quorum none\n\x7f\n",
		"quorum none\n#\x01\n",
		"Quorum none\n",
		"log\nquorum none\n",
		"log @L u v\nquorum none\n",
		"log @0\nquorum none\n",
		"log @L\nlog @L\nquorum none\n",
		"witness A @L\nquorum none\n",
		"witness A\nquorum none\n",
		"witness A @0 u v\nquorum none\n",
		"witness A @0\nwitness A @1\nquorum none\n",
		"witness A @0\nwitness B @0\nquorum none\n",
		"witness none @0\nquorum none\n",
		"quorum A\nwitness A @0\n",
		ALL "group g 0 A\nquorum g\n",
		ALL "group g 2 A\nquorum g\n",
		ALL "group g 01 A\nquorum g\n",
		ALL "group g some A\nquorum g\n",
		ALL "group g any\nquorum g\n",
		ALL "group g any A A\nquorum g\n",
		ALL "group g any F\nquorum g\n",
		ALL "group g any g\nquorum g\n",
		ALL "group g any none\nquorum g\n",
		ALL "group none any A\nquorum none\n",
		ALL "group A any B\nquorum A\n",
		ALL "group g any A\ngroup h any A\nquorum h\n",
		ALL "group g any h\ngroup h any A\nquorum g\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tlog_policy *p;
		struct err e = ERR_INIT;
		if (parse(bad[i], &p, &e) != ERR_SYNTAX || p)
			fail_msg("%s", bad[i]);
	}
}

static void takes_as_many_witnesses_as_it_says_and_no_more(void **state)
{
	BUF_CLEANUP struct buf b = BUF_INIT;
	struct tlog_policy *p;
	struct err e = ERR_INIT;
	(void)state;
	for (int i = 0; i <= TLOG_POLICY_LINES_MAX; i++) {
		char name[16], vkey[512];
		struct tlog_note_key k;
		snprintf(name, sizeof name, "w%d", i);
		print_key(name, TLOG_NOTE_COSIGNATURE, (uint8_t)(i + 1), &k, vkey);
		if (i == TLOG_POLICY_LINES_MAX) {
			BUF_CLEANUP struct buf most = BUF_INIT;
			buf_add(&most, b.ptr, b.len);
			buf_puts(&most, "quorum w7\n");
			assert_int_equal(tlog_policy_parse(most.ptr, most.len, &p, &e), ERR_OK);
			tlog_policy_free(p);
		}
		buf_printf(&b, "witness %s %s\n", name, vkey);
	}
	buf_puts(&b, "quorum w7\n");
	assert_int_equal(tlog_policy_parse(b.ptr, b.len, &p, &e), ERR_TOOBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(judges_quorums_of_witnesses_and_groups, make_note, free_note),
		cmocka_unit_test_setup_teardown(counts_cosignatures_between_two_times, make_note, free_note),
		cmocka_unit_test_setup_teardown(refuses_the_note_when_one_cosignature_is_wrong, make_note, free_note),
		cmocka_unit_test(reads_comments_blanks_urls_and_names_of_any_bytes),
		cmocka_unit_test(refuses_policies_that_are_none),
		cmocka_unit_test(takes_as_many_witnesses_as_it_says_and_no_more),
	};
	return cmocka_run_group_tests_name("model/tlog_policy", tests, make_keys, NULL);
}
