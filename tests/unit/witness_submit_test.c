#include "witness_log.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lang.h"
#include "witness/judge.h"
#include "witness/submit.h"

#define NOW 1800000000
#define NAME "witness.example/w1"
#define RACERS 6

static char dir[] = "/tmp/daicho-submit-XXXXXX";
static char *folder;
static struct witness_log ours, forked;
static struct tlog_note_key key;

static int make_logs(void **s)
{
	(void)s;
	if (!mkdtemp(dir))
		return -1;
	witness_log_make(&ours, dir, WITNESS_LOG_ORIGIN);
	forked = ours;
	witness_log_fill(&ours, "a", 5);
	witness_log_fill(&forked, "b", 5);
	folder = file_path(dir, "w");
	return 0;
}

static int drop_logs(void **s)
{
	(void)s;
	ed25519_free(ours.secret);
	free(folder);
	return file_remove_tree(dir, NULL);
}

static void open_witness(struct state *out)
{
	struct err e = ERR_INIT;
	assert_int_equal(state_open(folder, out, &e), ERR_OK);
}

static int make_witness(void **s)
{
	struct err e = ERR_INIT;
	struct state w;
	(void)s;
	assert_int_equal(state_make(folder, NAME, &key, &e), ERR_OK);
	open_witness(&w);
	assert_int_equal(state_add_log(&w, &ours.key, &e), ERR_OK);
	state_release(&w);
	return 0;
}

static int drop_witness(void **s)
{
	(void)s;
	return file_remove_tree(folder, NULL);
}

/* The witness as a new process finds it. */
static unsigned submit_bytes(const struct buf *request, int64_t now, struct submit_answer *out)
{
	struct state w;
	open_witness(&w);
	submit_checkpoint(&w, buf_str(request), request->len, now, out);
	state_release(&w);
	return out->status;
}

static unsigned submit(const struct witness_log *l, size_t old, size_t size)
{
	BUF_CLEANUP struct buf request = BUF_INIT;
	struct submit_answer a;
	witness_log_request(l, old, size, &request);
	unsigned status = submit_bytes(&request, NOW, &a);
	submit_release(&a);
	return status;
}

static void read_log(struct state_log *out)
{
	struct err e = ERR_INIT;
	struct state w;
	open_witness(&w);
	assert_int_equal(state_read_log(&w, WITNESS_LOG_ORIGIN, out, &e), ERR_OK);
	state_release(&w);
}

/* The file of what was cosigned last, to be freed. */
static char *find_last(void)
{
	struct state_log l;
	read_log(&l);
	char *path = file_path(l.dir, "last");
	state_release_log(&l);
	return path;
}

static uint64_t get_last(void)
{
	struct state_log l;
	read_log(&l);
	uint64_t size = l.point.size;
	state_release_log(&l);
	return size;
}

static unsigned count_kept(enum state_kept kind)
{
	struct err e = ERR_INIT;
	struct state_log l;
	unsigned n = 0;
	read_log(&l);
	assert_int_equal(state_count_kept(&l, kind, &n, &e), ERR_OK);
	state_release_log(&l);
	return n;
}

static void answers_with_its_cosignature_of_the_text(void **s)
{
	BUF_CLEANUP struct buf request = BUF_INIT, note = BUF_INIT;
	struct submit_answer a;
	struct tlog_note n;
	struct err e = ERR_INIT;
	int64_t time = 0;
	(void)s;
	witness_log_checkpoint(&ours, 7, &note);
	witness_log_wrap(&ours, 0, 7, &note, &request);
	assert_int_equal(submit_bytes(&request, NOW, &a), 200);
	buf_add(&note, a.body.ptr, a.body.len);
	assert_int_equal(tlog_note_parse(note.ptr, note.len, &n, &e), ERR_OK);
	assert_int_equal(n.sigs_count, 2);
	assert_int_equal(tlog_note_find(&n, &key, ed25519_is_valid, &time), TLOG_NOTE_GOOD);
	assert_int_equal(time, NOW);
	submit_release(&a);
	assert_int_equal(get_last(), 7);
}

static void answers_a_stale_request_with_the_size_that_it_holds(void **s)
{
	BUF_CLEANUP struct buf request = BUF_INIT;
	struct submit_answer a;
	(void)s;
	assert_int_equal(submit(&ours, 0, 7), 200);
	witness_log_request(&ours, 0, 12, &request);
	assert_int_equal(submit_bytes(&request, NOW, &a), 409);
	assert_string_equal(buf_str(&a.body), "7\n");
	assert_string_equal(a.type, "text/x.tlog.size");
	submit_release(&a);
	assert_int_equal(submit(&ours, 7, 12), 200);
	assert_int_equal(get_last(), 12);
}

static void does_not_go_back(void **s)
{
	(void)s;
	assert_int_equal(submit(&ours, 0, 12), 200);
	assert_int_equal(submit(&ours, 0, 7), 409);
	assert_int_equal(submit(&ours, 7, 12), 409);
	assert_int_equal(submit(&ours, 12, 7), 400);
	assert_int_equal(get_last(), 12);
}

static void cosigns_the_same_checkpoint_again_at_a_later_time(void **s)
{
	(void)s;
	assert_int_equal(submit(&ours, 0, 7), 200);
	assert_int_equal(submit(&ours, 7, 7), 200);
	assert_int_equal(get_last(), 7);
}

static void keeps_nothing_of_the_same_checkpoint_with_a_proof_that_is_not_wanted(void **s)
{
	BUF_CLEANUP struct buf note = BUF_INIT, request = BUF_INIT;
	struct submit_answer a;
	(void)s;
	assert_int_equal(submit(&ours, 0, 7), 200);
	witness_log_checkpoint(&ours, 7, &note);
	struct tlog_checkpoint_request q = { .old = 7, .proof_count = 1, .note = note.ptr, .note_len = note.len };
	q.proof[0] = ours.leaves[0];
	tlog_checkpoint_request_print(&q, &request);
	assert_int_equal(submit_bytes(&request, NOW, &a), 422);
	assert_non_null(strstr(buf_str(&a.body), "send it without the proof"));
	submit_release(&a);
	assert_int_equal(count_kept(STATE_UNPROVEN), 0);
}

static void keeps_both_notes_of_a_contradiction_and_goes_on_refusing(void **s)
{
	(void)s;
	assert_int_equal(submit(&ours, 0, 9), 200);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(submit(&forked, 9, 9), 409);
		assert_int_equal(submit(&forked, 9, 14), 422);
	}
	assert_int_equal(count_kept(STATE_CONTRADICTION), 1);
	assert_int_equal(count_kept(STATE_UNPROVEN), 1);
	assert_int_equal(submit(&ours, 9, 14), 200);
}

struct pair {
	struct buf cosigned, other;
};

static int take_kept(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	struct pair *p = ctx;
	const char *end = strrchr(rel, '.');
	if (is_dir || strncmp(rel, "contradiction-", 14) != 0 || !end)
		return ERR_OK;
	return file_read(full, TLOG_NOTE_MAX, strcmp(end, ".other") == 0 ? &p->other : &p->cosigned, e);
}

static void convicts_by_two_notes_with_the_logs_signature(void **s)
{
	struct pair p = { .cosigned = BUF_INIT };
	struct err e = ERR_INIT;
	struct tlog_note n[2];
	struct tlog_checkpoint c[2];
	struct state_log l;
	(void)s;
	assert_int_equal(submit(&ours, 0, 9), 200);
	assert_int_equal(submit(&forked, 9, 9), 409);
	read_log(&l);
	assert_int_equal(file_walk(l.dir, take_kept, &p, &e), ERR_OK);
	assert_int_equal(tlog_checkpoint_read(buf_str(&p.cosigned), p.cosigned.len, &n[0], &c[0], &e), ERR_OK);
	assert_int_equal(tlog_checkpoint_read(buf_str(&p.other), p.other.len, &n[1], &c[1], &e), ERR_OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tlog_note_find(&n[i], &ours.key, ed25519_is_valid, NULL), TLOG_NOTE_GOOD);
		assert_int_equal(c[i].size, 9);
	}
	assert_false(hash_is_equal(&c[0].root, &c[1].root));
	buf_release(&p.cosigned);
	buf_release(&p.other);
	state_release_log(&l);
}

/* Lines that others add neither fill its folder nor damage what it reads later. */
static void keeps_no_line_of_others(void **s)
{
	(void)s;
	assert_int_equal(submit(&ours, 0, 9), 200);
	for (uint8_t i = 0; i < 3; i++) {
		BUF_CLEANUP struct buf note = BUF_INIT, request = BUF_INIT, good = BUF_INIT, good_request = BUF_INIT;
		struct submit_answer a;
		uint8_t sig[TLOG_NOTE_SIG_LEN] = { i };
		witness_log_checkpoint(&forked, 9, &note);
		witness_log_checkpoint(&ours, 9, &good);
		for (int line = 0; line < TLOG_NOTE_SIGS_MAX - 1; line++) {
			tlog_note_print_sig(&key, NOW, sig, &note);
			tlog_note_print_sig(&key, NOW, sig, &good);
		}
		witness_log_wrap(&forked, 9, 9, &note, &request);
		witness_log_wrap(&ours, 9, 9, &good, &good_request);
		assert_int_equal(submit_bytes(&request, NOW, &a), 409);
		submit_release(&a);
		assert_int_equal(submit_bytes(&good_request, NOW, &a), 200);
		submit_release(&a);
	}
	assert_int_equal(count_kept(STATE_CONTRADICTION), 1);
	assert_int_equal(get_last(), 9);
}

static void refuses_what_is_no_request_and_no_watched_log(void **s)
{
	static const char *const malformed[] = { "", "old", "old 0\n", "old 00\n\nx\n", "old 0\n\nno note\n",
		                                 "old -1\n\n", "old 0\nnot base64\n\n" };
	struct witness_log unknown = ours;
	struct submit_answer a;
	(void)s;
	for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
		struct buf b = { .ptr = (char *)malformed[i], .len = strlen(malformed[i]) };
		assert_int_equal(submit_bytes(&b, NOW, &a), 400);
		submit_release(&a);
	}
	strcpy(unknown.key.name, "unknown.example/log");
	assert_int_equal(submit(&unknown, 0, 3), 404);
	ours.key.id ^= 1;
	assert_int_equal(submit(&ours, 0, 3), 403);
	ours.key.id ^= 1;
}

static void does_not_cosign_before_its_last_cosignature(void **s)
{
	BUF_CLEANUP struct buf request = BUF_INIT;
	struct submit_answer a;
	(void)s;
	assert_int_equal(submit(&ours, 0, 7), 200);
	witness_log_request(&ours, 7, 8, &request);
	assert_int_equal(submit_bytes(&request, NOW - 1, &a), 500);
	assert_int_equal(a.why.code, ERR_CLOCK);
	submit_release(&a);
	assert_int_equal(get_last(), 7);
}

/* What it cosigned is never taken for nothing. */
static void refuses_a_damaged_or_missing_last_checkpoint(void **s)
{
	static const char *const broken[] = { NULL, "", "none", "log.example/register\n7\n" };
	BUF_CLEANUP struct buf request = BUF_INIT;
	struct submit_answer a;
	(void)s;
	assert_int_equal(submit(&ours, 0, 7), 200);
	MEM_CLEANUP char *path = find_last();
	witness_log_request(&ours, 0, 8, &request);
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		assert_int_equal(remove(path), 0);
		if (broken[i])
			assert_int_equal(file_write_durable(path, broken[i], strlen(broken[i]), 0600, NULL), ERR_OK);
		assert_int_equal(submit_bytes(&request, NOW, &a), 500);
		assert_int_equal(a.why.code, ERR_CONFIG);
		assert_non_null(strstr(a.why.next, "restore it"));
		submit_release(&a);
		if (!broken[i])
			assert_int_equal(file_write_durable(path, "", 0, 0600, NULL), ERR_OK);
	}
}

/* A note of the log alone, or one that another witness cosigned, is none that this one has. */
static void refuses_a_last_checkpoint_without_its_own_cosignature(void **s)
{
	BUF_CLEANUP struct buf request = BUF_INIT, note = BUF_INIT;
	struct submit_answer a;
	(void)s;
	assert_int_equal(submit(&ours, 0, 7), 200);
	MEM_CLEANUP char *path = find_last();
	witness_log_checkpoint(&ours, 3, &note);
	assert_int_equal(file_write_durable(path, note.ptr, note.len, 0600, NULL), ERR_OK);
	witness_log_request(&ours, 3, 8, &request);
	assert_int_equal(submit_bytes(&request, NOW, &a), 500);
	assert_int_equal(a.why.code, ERR_CONFIG);
	submit_release(&a);
}

/* Each asks for another size on top of the same one: one of them gets it, whatever comes first. */
static void cosigns_one_of_many_at_once(void **s)
{
	pid_t pids[RACERS];
	size_t won = 0, refused = 0, size = 0;
	(void)s;
	assert_int_equal(submit(&ours, 0, 7), 200);
	for (size_t i = 0; i < RACERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit((int)(submit(&ours, 7, 8 + i) / 100));
	}
	for (size_t i = 0; i < RACERS; i++) {
		int status = 0;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		won += WEXITSTATUS(status) == 2;
		refused += WEXITSTATUS(status) == 4;
		size = WEXITSTATUS(status) == 2 ? 8 + i : size;
	}
	assert_int_equal(won, 1);
	assert_int_equal(refused, RACERS - 1);
	assert_int_equal(get_last(), size);
}

static void takes_a_second_key_of_a_log_and_no_key_twice(void **s)
{
	struct err e = ERR_INIT;
	struct state w;
	struct witness_log second;
	(void)s;
	witness_log_make(&second, dir, "log.example/elsewhere");
	assert_int_equal(tlog_note_key_make(WITNESS_LOG_ORIGIN, TLOG_NOTE_ED25519, second.key.public_key, &second.key, &e),
	                 ERR_OK);
	memcpy(second.leaves, ours.leaves, sizeof second.leaves);
	assert_int_equal(submit(&ours, 0, 7), 200);
	assert_int_equal(submit(&second, 7, 9), 403);
	open_witness(&w);
	assert_int_equal(state_add_log(&w, &ours.key, &e), ERR_CONFLICT);
	assert_int_equal(state_add_log(&w, &second.key, &e), ERR_OK);
	state_release(&w);
	assert_int_equal(get_last(), 7);
	assert_int_equal(submit(&second, 7, 9), 200);
	ed25519_free(second.secret);
}

static void takes_nothing_more_by_a_key_that_was_dropped(void **s)
{
	struct err e = ERR_INIT;
	struct state w;
	struct tlog_note_key next = ours.key;
	(void)s;
	assert_int_equal(submit(&ours, 0, 7), 200);
	assert_int_equal(tlog_note_key_make(WITNESS_LOG_ORIGIN, TLOG_NOTE_ED25519, key.public_key, &next, &e), ERR_OK);
	open_witness(&w);
	assert_int_equal(state_drop_key(&w, &next, &e), ERR_NOTFOUND);
	assert_int_equal(state_drop_key(&w, &ours.key, &e), ERR_CONFLICT);
	assert_int_equal(state_add_log(&w, &next, &e), ERR_OK);
	assert_int_equal(state_drop_key(&w, &ours.key, &e), ERR_OK);
	state_release(&w);
	assert_int_equal(submit(&ours, 7, 9), 403);
	assert_int_equal(get_last(), 7);
}

static void watches_no_key_of_a_witness(void **s)
{
	struct err e = ERR_INIT;
	struct state w;
	(void)s;
	open_witness(&w);
	assert_int_equal(state_add_log(&w, &key, &e), ERR_SYNTAX);
	state_release(&w);
}

static void makes_no_second_witness_in_a_folder(void **s)
{
	struct err e = ERR_INIT;
	struct tlog_note_key again;
	(void)s;
	assert_int_equal(state_make(folder, "witness.example/w2", &again, &e), ERR_CONFLICT);
	assert_int_equal(state_make(folder, "two words", &again, &e), ERR_SYNTAX);
}

static void refuses_a_key_that_others_may_read_or_that_is_another(void **s)
{
	MEM_CLEANUP char *pem = file_path(folder, "key.pem");
	struct err e = ERR_INIT;
	struct state w;
	struct ed25519_key *other = NULL;
	(void)s;
	assert_int_equal(chmod(pem, 0644), 0);
	assert_int_equal(state_open(folder, &w, &e), ERR_KEY);
	assert_int_equal(remove(pem), 0);
	assert_int_equal(ed25519_create(pem, &other, &e), ERR_OK);
	ed25519_free(other);
	assert_int_equal(state_open(folder, &w, &e), ERR_KEY);
}

#define WITH_WITNESS(f) cmocka_unit_test_setup_teardown(f, make_witness, drop_witness)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WITNESS(answers_with_its_cosignature_of_the_text),
		WITH_WITNESS(answers_a_stale_request_with_the_size_that_it_holds),
		WITH_WITNESS(does_not_go_back),
		WITH_WITNESS(cosigns_the_same_checkpoint_again_at_a_later_time),
		WITH_WITNESS(keeps_nothing_of_the_same_checkpoint_with_a_proof_that_is_not_wanted),
		WITH_WITNESS(keeps_both_notes_of_a_contradiction_and_goes_on_refusing),
		WITH_WITNESS(convicts_by_two_notes_with_the_logs_signature),
		WITH_WITNESS(keeps_no_line_of_others),
		WITH_WITNESS(refuses_what_is_no_request_and_no_watched_log),
		WITH_WITNESS(does_not_cosign_before_its_last_cosignature),
		WITH_WITNESS(refuses_a_damaged_or_missing_last_checkpoint),
		WITH_WITNESS(refuses_a_last_checkpoint_without_its_own_cosignature),
		WITH_WITNESS(cosigns_one_of_many_at_once),
		WITH_WITNESS(takes_a_second_key_of_a_log_and_no_key_twice),
		WITH_WITNESS(takes_nothing_more_by_a_key_that_was_dropped),
		WITH_WITNESS(watches_no_key_of_a_witness),
		WITH_WITNESS(makes_no_second_witness_in_a_folder),
		WITH_WITNESS(refuses_a_key_that_others_may_read_or_that_is_another),
	};
	return cmocka_run_group_tests(tests, make_logs, drop_logs);
}
