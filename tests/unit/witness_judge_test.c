#include "witness_log.h"

#include <unistd.h>

#include "witness/judge.h"

static char dir[] = "/tmp/daicho-judge-XXXXXX";
static struct witness_log ours, forked, other;

static int make_logs(void **s)
{
	(void)s;
	if (!mkdtemp(dir))
		return -1;
	witness_log_make(&ours, dir, WITNESS_LOG_ORIGIN);
	witness_log_make(&other, dir, "other.example/log");
	forked = ours;
	witness_log_fill(&ours, "a", 5);
	witness_log_fill(&forked, "b", 5);
	return 0;
}

static int drop_logs(void **s)
{
	(void)s;
	ed25519_free(ours.secret);
	ed25519_free(other.secret);
	return file_remove_tree(dir, NULL);
}

/* last: size of the first history that was cosigned. */
static enum judge_finding judge(size_t last, const struct tlog_note_key *keys, size_t count, const struct buf *request)
{
	struct judge_log known = { keys, count, last, { { 0 } } };
	struct tlog_checkpoint_request q;
	struct tlog_note note;
	struct tlog_checkpoint c;
	struct err e = ERR_INIT;
	if (last)
		known.root = merkle_root_of(ours.leaves, last);
	assert_int_equal(tlog_checkpoint_request_parse(buf_str(request), request->len, &q, &e), ERR_OK);
	assert_int_equal(tlog_checkpoint_read(q.note, q.note_len, &note, &c, &e), ERR_OK);
	return judge_checkpoint(&known, &q, &note, &c);
}

static enum judge_finding judge_log_at(const struct witness_log *l, size_t last, size_t old, size_t size)
{
	BUF_CLEANUP struct buf request = BUF_INIT;
	witness_log_request(l, old, size, &request);
	return judge(last, &ours.key, 1, &request);
}

static void cosigns_every_growth_of_one_history(void **s)
{
	(void)s;
	for (size_t last = 0; last < 34; last++)
		for (size_t size = last; size < 34; size++)
			assert_int_equal(judge_log_at(&ours, last, last, size), JUDGE_COSIGN);
}

static void answers_every_other_size_than_the_last_as_stale(void **s)
{
	(void)s;
	for (size_t old = 0; old <= 12; old++)
		if (old != 7)
			assert_int_equal(judge_log_at(&ours, 7, old, 12), JUDGE_STALE);
	assert_int_equal(judge_log_at(&ours, 7, 3, 5), JUDGE_STALE);       /* a rollback */
	assert_int_equal(judge_log_at(&ours, 7, 0, 7), JUDGE_STALE);
}

static void finds_an_old_size_above_the_checkpoint_malformed(void **s)
{
	(void)s;
	assert_int_equal(judge_log_at(&ours, 7, 7, 5), JUDGE_MALFORMED);
	assert_int_equal(judge_log_at(&ours, 0, 1, 0), JUDGE_MALFORMED);
}

static void finds_another_history_of_the_same_size_a_contradiction(void **s)
{
	(void)s;
	assert_int_equal(judge_log_at(&forked, 9, 9, 9), JUDGE_CONTRADICTION);
	assert_int_equal(judge_log_at(&forked, 9, 4, 9), JUDGE_CONTRADICTION); /* whatever it says of its old size */
}

static void finds_a_longer_other_history_unproven(void **s)
{
	(void)s;
	for (size_t last = 6; last < 20; last++)
		for (size_t size = last + 1; size < 34; size++)
			assert_int_equal(judge_log_at(&forked, last, last, size), JUDGE_UNPROVEN);
}

static void takes_what_two_histories_share(void **s)
{
	(void)s;
	assert_int_equal(judge_log_at(&forked, 5, 5, 9), JUDGE_COSIGN);
	assert_int_equal(judge_log_at(&forked, 0, 0, 9), JUDGE_COSIGN);
}

static void finds_a_changed_proof_unproven(void **s)
{
	struct hash proof[MERKLE_DEPTH_MAX];
	size_t n = merkle_prove_consistency(ours.leaves, 7, 12, proof);
	BUF_CLEANUP struct buf note = BUF_INIT;
	(void)s;
	witness_log_checkpoint(&ours, 12, &note);
	for (size_t change = 0; change < n + 2; change++) {
		BUF_CLEANUP struct buf request = BUF_INIT;
		struct tlog_checkpoint_request q = { .old = 7, .proof_count = n, .note = note.ptr, .note_len = note.len };
		memcpy(q.proof, proof, n * sizeof *proof);
		if (change < n)
			q.proof[change].b[0] ^= 1;
		else
			q.proof_count = change == n ? n - 1 : n + 1;
		tlog_checkpoint_request_print(&q, &request);
		assert_int_equal(judge(7, &ours.key, 1, &request), JUDGE_UNPROVEN);
	}
}

static void wants_no_proof_from_nothing_and_from_the_same_size(void **s)
{
	const size_t lasts[] = { 0, 12 };
	BUF_CLEANUP struct buf note = BUF_INIT;
	(void)s;
	witness_log_checkpoint(&ours, 12, &note);
	for (size_t i = 0; i < 2; i++) {
		BUF_CLEANUP struct buf request = BUF_INIT;
		struct tlog_checkpoint_request q = { .old = lasts[i], .proof_count = 1, .note = note.ptr,
			                             .note_len = note.len };
		q.proof[0] = ours.leaves[0];
		tlog_checkpoint_request_print(&q, &request);
		assert_int_equal(judge(lasts[i], &ours.key, 1, &request), JUDGE_SUPERFLUOUS);
	}
}

static void finds_a_checkpoint_without_the_logs_signature_unsigned(void **s)
{
	BUF_CLEANUP struct buf note = BUF_INIT, request = BUF_INIT;
	(void)s;
	witness_log_text(&ours, 3, &note);
	witness_log_sign(&other, &note);           /* a key that is not that log's */
	witness_log_wrap(&ours, 0, 3, &note, &request);
	assert_int_equal(judge(0, &ours.key, 1, &request), JUDGE_UNSIGNED);
}

static void finds_a_wrong_signature_unsigned_beside_a_right_one(void **s)
{
	BUF_CLEANUP struct buf note = BUF_INIT, request = BUF_INIT;
	uint8_t wrong[TLOG_NOTE_SIG_LEN] = { 1 };
	(void)s;
	witness_log_checkpoint(&ours, 3, &note);
	tlog_note_print_sig(&ours.key, 0, wrong, &note);
	witness_log_wrap(&ours, 0, 3, &note, &request);
	assert_int_equal(judge(0, &ours.key, 1, &request), JUDGE_UNSIGNED);
}

static void ignores_signatures_of_others_and_takes_each_key_of_the_log(void **s)
{
	BUF_CLEANUP struct buf note = BUF_INIT, request = BUF_INIT;
	const struct tlog_note_key keys[] = { other.key, ours.key };
	uint8_t wrong[TLOG_NOTE_SIG_LEN] = { 1 };
	(void)s;
	witness_log_checkpoint(&ours, 3, &note);
	tlog_note_print_sig(&other.key, 0, wrong, &note);
	witness_log_wrap(&ours, 0, 3, &note, &request);
	assert_int_equal(judge(0, &ours.key, 1, &request), JUDGE_COSIGN);
	assert_int_equal(judge(0, keys, 2, &request), JUDGE_UNSIGNED);

	BUF_CLEANUP struct buf clean = BUF_INIT;
	witness_log_request(&ours, 0, 3, &clean);
	assert_int_equal(judge(0, keys, 2, &clean), JUDGE_COSIGN);
}

static void says_the_statuses_of_the_protocol(void **s)
{
	const struct { enum judge_finding f; unsigned http; enum err_code code; } wanted[] = {
		{ JUDGE_COSIGN, 200, ERR_OK },        { JUDGE_MALFORMED, 400, ERR_SYNTAX },
		{ JUDGE_UNSIGNED, 403, ERR_PERM },    { JUDGE_UNKNOWN, 404, ERR_NOTFOUND },
		{ JUDGE_STALE, 409, ERR_CONFLICT },   { JUDGE_CONTRADICTION, 409, ERR_LEDGER },
		{ JUDGE_UNPROVEN, 422, ERR_RULE },    { JUDGE_SUPERFLUOUS, 422, ERR_RULE },
	};
	(void)s;
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		assert_int_equal(judge_http(wanted[i].f), wanted[i].http);
		assert_int_equal(judge_code(wanted[i].f), wanted[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cosigns_every_growth_of_one_history),
		cmocka_unit_test(answers_every_other_size_than_the_last_as_stale),
		cmocka_unit_test(finds_an_old_size_above_the_checkpoint_malformed),
		cmocka_unit_test(finds_another_history_of_the_same_size_a_contradiction),
		cmocka_unit_test(finds_a_longer_other_history_unproven),
		cmocka_unit_test(takes_what_two_histories_share),
		cmocka_unit_test(finds_a_changed_proof_unproven),
		cmocka_unit_test(wants_no_proof_from_nothing_and_from_the_same_size),
		cmocka_unit_test(finds_a_checkpoint_without_the_logs_signature_unsigned),
		cmocka_unit_test(finds_a_wrong_signature_unsigned_beside_a_right_one),
		cmocka_unit_test(ignores_signatures_of_others_and_takes_each_key_of_the_log),
		cmocka_unit_test(says_the_statuses_of_the_protocol),
	};
	return cmocka_run_group_tests(tests, make_logs, drop_logs);
}
