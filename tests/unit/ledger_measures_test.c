/* What is destroyed without a copy, and what is handed over before it goes. */

#include "ledger_killed.h"
#include "ledger_office.h"

#include "base/file_trim.h"
#include "ledger/act.h"
#include "ledger/act_body.h"
#include "ledger/acts.h"
#include "ledger/archive.h"

/* The store as it was when it was made ready, put back before each test: a slip is destroyed, a badge transferred. */
static struct office *office;
static uint64_t slip, badge, badge_end, later;

static int make_office(void **state)
{
	(void)state;
	office_library();
	office = office_under("ledger", "s/^\\[kind slip\\]$/&\\nmeasure = destroy/;"
	                                "s/^\\[kind badge(-end)?\\]$/&\\nmeasure = transfer/");
	office_signers(office);
	slip = office_add(office, "slip", "\"body\":{\"text\":\"with a scan\"},"
	                                  "\"attachments\":[{\"media\":\"text/plain\",\"data\":\"c2Nhbg==\"}]");
	badge = office_add(office, "badge", "\"body\":{\"text\":\"A\"}");
	MEM_CLEANUP char *end = mem_printf("\"body\":{\"badge_entry\":%llu}", (unsigned long long)badge);
	badge_end = office_add(office, "badge-end", end);
	office_live_to(office, office->year + 1, 1, 10);
	later = office_slip(office, "of the next year");
	office_live_to(office, office->year + 1, 12, 31);
	office_keep(office);
	return 0;
}

static int drop_office(void **state)
{
	(void)state;
	office_free(office);
	repo_library_exit();
	return 0;
}

static int put_back(void **state)
{
	(void)state;
	office_put_back(office);
	office_open(office);
	office->now = date_to_time((struct date){ office->year + 2, 1, 1 }) + 12 * 3600;
	return 0;
}

static bool has_note(uint64_t seq)
{
	struct index_entry entry;
	struct err e = ERR_INIT;
	struct note note;
	BUF_CLEANUP struct buf text = BUF_INIT;
	office_must(index_entry(office->ledger->index, seq, &entry, &e), &e);
	int rc = ledger_read_note(office->ledger, &entry, &text, &note, &e);
	if (!rc)
		note_release(&note);
	return !rc;
}

static void expect_verdict(const char *verdict)
{
	struct jdoc *d = office_verify(office, office->dir, false);
	BUF_CLEANUP struct buf text = BUF_INIT;
	jdoc_print(d, &text);
	if (strcmp(jdoc_get_text(d, "verdict"), verdict) != 0)
		fail_msg("not %s: %s", verdict, buf_str(&text));
	jdoc_free(d);
}

static void run_whole(void)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_must(office_run(office, &d, &e), &e);
	jdoc_free(d);
}

static void approve(void)
{
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
}

static char *plan_proposed(void)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	char *plan = mem_strdup(jdoc_get_text(jdoc_get(d, "proposal"), "plan"));
	jdoc_free(d);
	return plan;
}

static void plans_what_is_destroyed_before_what_is_transferred(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	office_must(dispose_plan(office->ledger, office->now, &d, &e), &e);
	assert_string_equal(jdoc_get_text(d, "measure"), "destroy");
	assert_int_equal(jdoc_size(jdoc_get(d, "groups")), 1);
	assert_string_equal(jdoc_get_text(jdoc_at(jdoc_get(d, "groups"), 0), "kind"), "slip");
	jdoc_free(d);
}

static void destroys_without_an_archive(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	approve();
	office_must(office_run(office, &d, &e), &e);
	assert_int_equal(jdoc_type(jdoc_get(d, "archive")), JDOC_NULL);
	assert_true(jdoc_is_true(jdoc_get(d, "absent")));
	jdoc_free(d);
	assert_false(has_note(slip));
	assert_true(has_note(badge) && has_note(badge_end) && has_note(later));
	office_do("[ -z \"$(ls %s)\" ]", office->store.archive);
	expect_verdict("VALID");
}

/* The remark that has these words; NULL. To be freed. */
static char *remark_of(const char *clone, const char *verdict, const char *words)
{
	struct jdoc *d = office_verify(office, clone, false);
	const struct jdoc *remarks = jdoc_get(d, "remarks");
	char *found = NULL;
	assert_string_equal(jdoc_get_text(d, "verdict"), verdict);
	for (size_t i = 0; !found && i < jdoc_size(remarks); i++)
		if (strstr(jdoc_text(jdoc_at(remarks, i)), words))
			found = mem_strdup(jdoc_text(jdoc_at(remarks, i)));
	jdoc_free(d);
	return found;
}

static void fetch_into(const char *clone)
{
	office_do("cd %s; for r in %s/volumes/*.git; do git fetch -q $r '+refs/notes/*:refs/notes/*'; done;"
	          " git fetch -q %s/ledger.git refs/heads/ledger:refs/heads/ledger", clone, office->dir, office->dir);
}

/* The command that ends the remark, with the store's own volumes. */
static void do_as_told(const char *clone, const char *remark)
{
	static const char words[] = "git fetch --prune VOLUMES";
	const char *command = strstr(remark, words);
	assert_non_null(command);
	office_do("git -C %s fetch -q --prune %s/volumes%s", clone, office->dir, command + strlen(words));
}

static void says_what_a_clone_keeps_of_a_completed_disposal(void **state)
{
	MEM_CLEANUP char *clone = file_path(office->root, "clone.git");
	(void)state;
	office_do("git clone -q --bare %s/ledger.git %s", office->dir, clone);
	fetch_into(clone);
	approve();
	run_whole();
	fetch_into(clone);
	MEM_CLEANUP char *lingers = remark_of(clone, "INCOMPLETE", "still in volumes of this clone");
	assert_non_null(lingers);
	do_as_told(clone, lingers);
	MEM_CLEANUP char *kept = remark_of(clone, "VALID", "in this clone, though no ref");
	assert_non_null(kept);
	assert_true(strncmp(kept, "1 record ", 9) == 0);
	office_do("cd %s; git reflog expire --expire=now --all; git gc -q --prune=now; rm -rf logs", clone);
	assert_null(remark_of(clone, "VALID", "in this clone, though no ref"));
	office_do("rm -rf %s", clone);
}

/* A file that must not be there stops the proof of absence, after everything was deleted. */
static void stop_after_the_deletion(void)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	approve();
	office_do("touch %s/volumes/stray", office->dir);
	assert_int_not_equal(office_run(office, &d, &e), ERR_OK);
	office_do("rm %s/volumes/stray", office->dir);
	assert_false(has_note(slip));
}

static void proves_the_absence_by_the_list_of_what_went_when_it_was_stopped(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	stop_after_the_deletion();
	expect_verdict("INCOMPLETE");
	office_do("sed -n 's/^salt /left /p' %s/*.traces > %s/left; grep -q left %s/left", office->store.archive,
	          office->dir, office->dir);
	assert_int_equal(office_run(office, &d, &e), ERR_LEDGER);
	assert_non_null(strstr(e.text, "salt"));
	office_do("rm %s/left", office->dir);
	run_whole();
	office_do("[ -z \"$(ls %s)\" ]", office->store.archive);
	expect_verdict("VALID");
}

static void does_not_complete_without_the_list_of_what_went(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	stop_after_the_deletion();
	office_do("mv %s/*.traces %s/away", office->store.archive, office->root);
	assert_int_equal(office_run(office, &d, &e), ERR_NOTFOUND);
	expect_verdict("INCOMPLETE");
	BUF_CLEANUP struct buf path = BUF_INIT;
	MEM_CLEANUP char *plan = plan_proposed();
	struct hash digest;
	assert_true(hash_parse(plan, strlen(plan), &digest));
	archive_path(&office->store, office->year, &digest, &path);
	path.len -= strlen(".tar");
	office_do("head -c 100 %s/away > %.*s.traces", office->root, (int)path.len, path.ptr);
	assert_int_equal(office_run(office, &d, &e), ERR_LEDGER);
	office_do("mv %s/away %.*s.traces", office->root, (int)path.len, path.ptr);
	run_whole();
	expect_verdict("VALID");
}

static void makes_the_list_of_what_went_anew_where_all_of_it_is_there_again(void **state)
{
	(void)state;
	office_do("cp -a %s/volumes/%d.git %s/were.git", office->dir, office->year, office->root);
	stop_after_the_deletion();
	office_close(office);
	office_do("cd %s; rm -rf s/volumes/%d.git s-archive/*.traces s/index.db*; mv were.git s/volumes/%d.git",
	          office->root, office->year, office->year);
	office_open(office);
	run_whole();
	assert_false(has_note(slip));
	assert_true(has_note(badge) && has_note(later));
	office_do("[ -z \"$(ls %s)\" ]", office->store.archive);
	expect_verdict("VALID");
}

static void destroys_nothing_when_a_record_was_changed(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	approve();
	office_do("cd %s/volumes/%d.git; ref=refs/notes/volumes/%d/slip/hq; old=$(git notes --ref=$ref list | head -1 |"
	          " cut -d ' ' -f 1); new=$(git cat-file blob $old | sed 's/with a scan/without one/' |"
	          " git hash-object -w --stdin); tree=$(git ls-tree $ref | sed \"s/$old/$new/\" | git mktree);"
	          " git update-ref $ref $(git cat-file commit $ref | sed \"1s/.*/tree $tree/\" |"
	          " git hash-object -t commit -w --stdin)", office->dir, office->year, office->year);
	assert_int_not_equal(office_run(office, &d, &e), ERR_OK);
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	assert_string_equal(jdoc_get_text(d, "state"), "approved");
	jdoc_free(d);
}

/* Transfer. */

static void destroy_first(void)
{
	approve();
	run_whole();
}

static void write_receipt(const char *archive, int64_t bytes, struct note *out, struct err *e)
{
	uint8_t request[NOTE_REQUEST_LEN];
	struct jdoc *state = NULL, *body = jdoc_object();
	int64_t approval = 0;
	random_bytes(request, sizeof request);
	office_must(dispose_state(office->ledger, office->now, &state, e), e);
	jdoc_get_integer(jdoc_get(state, "proposal"), "approve", &approval);
	jdoc_free(state);
	jdoc_set_string(body, "act", "transfer");
	jdoc_set_integer(body, "approval", approval);
	jdoc_set_string(body, "archive", archive);
	jdoc_set_integer(body, "bytes", bytes);
	jdoc_set_string(body, "receipt", "No. 5");
	office_must(act_note(LEAF_TRANSFER, body, "hq", request, date_of_time(office_tick(office)), out, e), e);
	jdoc_free(body);
	random_bytes(out->salt, sizeof out->salt);
	strcpy(out->login, "hanako");
}

static int receive_by(const char *archive, int64_t bytes, bool is_signed, struct err *e)
{
	struct index_person person;
	struct jdoc *done = NULL;
	struct note note;
	write_receipt(archive, bytes, &note, e);
	office_must(index_person_by_login(office->ledger->index, "hanako", NULL, &person, e), e);
	if (is_signed)
		note.signature = office_person_sign(office, "hanako", &note);
	int rc = acts_make(office->ledger, LEAF_TRANSFER, &note, &person, NULL, office->now, &done, e);
	note_release(&note);
	jdoc_free(done);
	return rc;
}

static int receive(const char *archive, int64_t bytes, struct err *e)
{
	return receive_by(archive, bytes, true, e);
}

/* What the daemon would refuse. */
static uint64_t put_unsigned_receipt(const char *archive, int64_t bytes)
{
	struct index_person person;
	struct err e = ERR_INIT;
	struct note note;
	struct leaf leaf;
	uint64_t seq = 0;
	write_receipt(archive, bytes, &note, &e);
	office_must(index_person_by_login(office->ledger->index, "hanako", NULL, &person, &e), &e);
	act_leaf(office->ledger, LEAF_TRANSFER, &note, &person, office->now, &leaf);
	struct jdoc *body = jdoc_parse(note.body, note.body_len, NOTE_BODY_MAX, 0, &e);
	office_must(act_body_fill(LEAF_TRANSFER, body, &leaf, &e), &e);
	jdoc_free(body);
	strcpy(note.role, person.role);
	office_must(act_append(office->ledger, &leaf, &note, NULL, office->now, &seq, &e), &e);
	leaf_release(&leaf);
	note_release(&note);
	return seq;
}

static void hands_over_and_waits_for_the_receipt(void **state)
{
	struct jdoc *d = NULL, *status = NULL;
	struct err e = ERR_INIT;
	int64_t bytes = 0;
	(void)state;
	destroy_first();
	approve();
	office_must(office_run(office, &d, &e), &e);
	const struct jdoc *archive = jdoc_get(d, "archive");
	MEM_CLEANUP char *hash = mem_strdup(jdoc_get_text(archive, "hash"));
	assert_int_equal(jdoc_type(jdoc_get(d, "dispose")), JDOC_NULL);
	assert_true(jdoc_get_integer(archive, "bytes", &bytes) && has_note(badge) && has_note(badge_end));
	jdoc_free(d);
	assert_int_equal(receive(hash, bytes + 1, &e), ERR_CONFLICT);
	office_must(dispose_state(office->ledger, office->now, &status, &e), &e);
	const struct jdoc *package = jdoc_get(jdoc_get(status, "proposal"), "package");
	assert_string_equal(jdoc_get_text(package, "hash"), hash);
	jdoc_free(status);
	office_must(receive(hash, bytes, &e), &e);
	assert_int_equal(receive(hash, bytes, &e), ERR_RULE);
	office_must(dispose_state(office->ledger, office->now, &status, &e), &e);
	assert_string_equal(jdoc_get_text(status, "state"), "transferred");
	jdoc_free(status);
	run_whole();
	assert_false(has_note(badge) || has_note(badge_end));
	assert_true(has_note(later));
	expect_verdict("VALID");
}

/* What an outsider has dated belongs to the certificate, which an archive that is handed over does not have yet. */
static void wants_what_an_outsider_has_dated_only_once_it_was_received(void **state)
{
	struct rulebook *book = (struct rulebook *)(uintptr_t)office->ledger->rules->book;
	struct note dated = { .uid = 1000 };
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	int64_t bytes = 0;
	(void)state;
	destroy_first();
	approve();
	book->receipts = 1;
	assert_int_equal(dispose_run(office->ledger, &dated, office_tick(office), &d, &e), ERR_RULE);
	assert_non_null(strstr(e.text, "once these records were received"));
	office_must(office_run(office, &d, &e), &e);
	MEM_CLEANUP char *hash = mem_strdup(jdoc_get_text(jdoc_get(d, "archive"), "hash"));
	assert_true(jdoc_get_integer(jdoc_get(d, "archive"), "bytes", &bytes));
	jdoc_free(d);
	office_must(receive(hash, bytes, &e), &e);
	assert_int_equal(office_run(office, &d, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "wants a dated receipt"));
	book->receipts = 0;
}

static void takes_no_receipt_that_nobody_signed_and_finds_one_that_stands(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	int64_t bytes = 0, at = 0;
	(void)state;
	destroy_first();
	approve();
	office_must(office_run(office, &d, &e), &e);
	MEM_CLEANUP char *hash = mem_strdup(jdoc_get_text(jdoc_get(d, "archive"), "hash"));
	assert_true(jdoc_get_integer(jdoc_get(d, "archive"), "bytes", &bytes));
	jdoc_free(d);
	assert_int_equal(receive_by(hash, bytes, false, &e), ERR_PERM);
	assert_non_null(strstr(e.next, "--sign"));
	uint64_t seq = put_unsigned_receipt(hash, bytes);
	d = office_verify(office, office->dir, false);
	const struct jdoc *first = jdoc_get(d, "first");
	assert_string_equal(jdoc_get_text(d, "verdict"), "INVALID");
	assert_string_equal(jdoc_get_text(first, "state"), "UNSIGNED");
	assert_true(jdoc_get_integer(first, "seq", &at) && (uint64_t)at == seq);
	jdoc_free(d);
}

static void expect_next(const char *step, const char *code, const char *next)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	const struct jdoc *n = jdoc_get(d, "next"), *refused = jdoc_get(n, "refused");
	const char *is = jdoc_get_text(n, "step");
	assert_string_equal(is ? is : "none", step);
	assert_string_equal(code ? jdoc_get_text(refused, "code") : "", code ? code : "");
	assert_true(!code || strstr(jdoc_get_text(refused, "next"), next));
	jdoc_free(d);
}

/* Of what was approved: its archive, written by a run. */
static char *hand_over(char **out_hash, int64_t *out_bytes)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_must(office_run(office, &d, &e), &e);
	const struct jdoc *archive = jdoc_get(d, "archive");
	char *path = mem_strdup(jdoc_get_text(archive, "path"));
	*out_hash = mem_strdup(jdoc_get_text(archive, "hash"));
	assert_true(jdoc_get_integer(archive, "bytes", out_bytes));
	jdoc_free(d);
	return path;
}

static void takes_no_receipt_for_a_package_that_was_changed_and_says_how_it_is_written_again(void **state)
{
	static const char away[] = "move it away";
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *hash = NULL;
	int64_t bytes = 0;
	(void)state;
	destroy_first();
	approve();
	MEM_CLEANUP char *path = hand_over(&hash, &bytes);
	expect_next("receipt", NULL, NULL);
	office_do("printf X | dd of=%s bs=1 seek=1000 conv=notrunc status=none", path);
	office_do("sha256sum < %s | sed 's/  .*//; s/^/sha256:/' | tr -d '\\n' > %s/changed", path, office->root);
	MEM_CLEANUP char *of_changed = mem_printf("%s/changed", office->root);
	BUF_CLEANUP struct buf changed = BUF_INIT;
	office_must(file_read(of_changed, 100, &changed, &e), &e);
	expect_next("none", "CONFLICT", away);
	assert_int_equal(receive(buf_str(&changed), bytes, &e), ERR_CONFLICT);
	assert_non_null(strstr(e.next, away));
	assert_int_equal(office_run(office, &d, &e), ERR_CONFLICT);
	assert_non_null(strstr(e.next, away));
	office_do("rm %s", path);
	expect_next("run", NULL, NULL);
	MEM_CLEANUP char *again = NULL;
	MEM_CLEANUP char *same = hand_over(&again, &bytes);
	assert_string_equal(same, path);
	assert_string_equal(again, hash);
	office_do("mv %.*s.sha256.asc %s/away", (int)(strlen(path) - strlen(".tar")), path, office->root);
	expect_next("run", NULL, NULL);
	assert_int_equal(receive(hash, bytes, &e), ERR_RULE);
	assert_non_null(strstr(e.next, "disposal run"));
	office_do("mv %s/away %.*s.sha256.asc", office->root, (int)(strlen(path) - strlen(".tar")), path);
	office_must(receive(hash, bytes, &e), &e);
	office_do("printf X | dd of=%s bs=1 seek=1000 conv=notrunc status=none", path);
	expect_next("none", "CONFLICT", away);
	office_do("rm %s", path);
	expect_next("run", NULL, NULL);
	run_whole();
	assert_false(has_note(badge));
	expect_verdict("VALID");
}

static void lets_a_proposal_be_aborted_when_another_archive_was_received(void **state)
{
	static const char other[] = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	MEM_CLEANUP char *hash = NULL;
	int64_t bytes = 0;
	(void)state;
	destroy_first();
	approve();
	MEM_CLEANUP char *path = hand_over(&hash, &bytes);
	put_unsigned_receipt(other, bytes);
	expect_next("abort", "RULE", "abort");
	office_do("mv %s %.*s.sha256* %s", path, (int)(strlen(path) - strlen(".tar")), path, office->root);
	assert_int_equal(office_run(office, &d, &e), ERR_RULE);
	assert_non_null(strstr(e.next, "abort"));
	expect_next("abort", "RULE", "abort");
}

/* A hold is the way out where no copy has it. */
static void proposes_and_runs_nothing_of_which_a_record_is_lost(void **state)
{
	struct leaf_range *lost = mem_array(1, sizeof *lost);
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	int64_t marked = 0;
	(void)state;
	free(office->ledger->lost);
	office->ledger->lost = lost;
	lost[0] = (struct leaf_range){ slip, slip };
	approve();
	office->ledger->lost_count = 1;
	expect_next("abort", "RULE", "daicho hold place");
	assert_int_equal(office_run(office, &d, &e), ERR_RULE);
	assert_non_null(strstr(e.text, "lost"));
	MEM_CLEANUP char *plan = plan_proposed();
	office_must(office_act(office, DISPOSE_ABORT, plan, "taro", &e), &e);
	expect_next("none", "RULE", "daicho restore");
	assert_int_equal(office_act(office, DISPOSE_PROPOSE, plan, "taro", &e), ERR_RULE);
	office_must(dispose_plan(office->ledger, office->now, &d, &e), &e);
	const struct jdoc *names = jdoc_get(jdoc_at(jdoc_get(d, "groups"), 0), "lost");
	assert_true(jdoc_size(names) == 1 && jdoc_integer_value(jdoc_at(names, 0), &marked));
	assert_int_equal(marked, slip);
	jdoc_free(d);
	office->ledger->lost_count = 0;
	expect_next("propose", "RULE", "");
}

static void registers_every_disposal_with_its_measure(void **state)
{
	struct jdoc *d = NULL, *package = NULL;
	struct err e = ERR_INIT;
	int64_t bytes = 0, years = 0;
	(void)state;
	destroy_first();
	approve();
	office_must(office_run(office, &package, &e), &e);
	jdoc_get_integer(jdoc_get(package, "archive"), "bytes", &bytes);
	office_must(receive(jdoc_get_text(jdoc_get(package, "archive"), "hash"), bytes, &e), &e);
	jdoc_free(package);
	run_whole();
	office_must(dispose_register(office->ledger, office->now, 0, &d, &e), &e);
	const struct jdoc *list = jdoc_get(d, "disposals"), *first = jdoc_at(list, 0), *second = jdoc_at(list, 1);
	assert_int_equal(jdoc_size(list), 2);
	assert_string_equal(jdoc_get_text(first, "measure"), "destroy");
	assert_int_equal(jdoc_type(jdoc_get(first, "archive")), JDOC_NULL);
	assert_int_equal(jdoc_size(jdoc_get(first, "acts")), 3);
	assert_string_equal(jdoc_get_text(jdoc_at(jdoc_get(first, "acts"), 1), "decision"), "No. 1");
	assert_string_equal(jdoc_get_text(first, "level"), "ids-absent");
	assert_true(jdoc_get_integer(jdoc_at(jdoc_get(first, "groups"), 0), "years", &years) && years == 1);
	assert_string_equal(jdoc_get_text(second, "measure"), "transfer");
	assert_int_equal(jdoc_size(jdoc_get(second, "acts")), 4);
	assert_string_equal(jdoc_get_text(jdoc_at(jdoc_get(second, "acts"), 3), "decision"), "No. 5");
	assert_int_equal(jdoc_type(jdoc_get(second, "archive")), JDOC_OBJECT);
	jdoc_free(d);
	office_must(dispose_register(office->ledger, office->now, office->year, &d, &e), &e);
	assert_int_equal(jdoc_size(jdoc_get(d, "disposals")), 0);
	jdoc_free(d);
}

static void tells_what_expired_and_waits(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	int64_t count = 0, age = 0;
	(void)state;
	office->now += 9 * (int64_t)OFFICE_DAY;
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	const struct jdoc *expired = jdoc_get(d, "expired");
	assert_int_equal(jdoc_size(expired), 2);
	assert_string_equal(jdoc_get_text(jdoc_at(expired, 0), "measure"), "destroy");
	assert_true(jdoc_get_integer(jdoc_at(expired, 1), "count", &count) && count == 2);
	assert_true(jdoc_get_integer(jdoc_at(expired, 1), "age_days", &age) && age == 9);
	jdoc_free(d);
}

/* The machine may let it, or not: no more is claimed than was done. */
static void claims_trimmed_blocks_only_where_the_file_system_trimmed(void **state)
{
	struct jdoc *d = NULL, *package = NULL;
	struct err e = ERR_INIT, why = ERR_INIT;
	int64_t bytes = 0;
	(void)state;
	destroy_first();
	approve();
	office_must(office_run(office, &package, &e), &e);
	jdoc_get_integer(jdoc_get(package, "archive"), "bytes", &bytes);
	office_must(receive(jdoc_get_text(jdoc_get(package, "archive"), "hash"), bytes, &e), &e);
	jdoc_free(package);
	office->store.trims = true;
	bool trims = !file_trim(office->store.volumes, &why);
	office_must(office_run(office, &d, &e), &e);
	assert_string_equal(jdoc_get_text(d, "level"), trims ? "blocks-trimmed" : "ids-absent");
	assert_int_equal(jdoc_type(jdoc_get(d, "untrimmed")), trims ? JDOC_NULL : JDOC_STRING);
	jdoc_free(d);
	expect_verdict("VALID");
}

/* The list of traces stands until the entry does. */
static void claims_no_trimmed_blocks_of_what_is_removed_after_the_entry(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	approve();
	office->store.trims = true;
	office_must(office_run(office, &d, &e), &e);
	assert_string_equal(jdoc_get_text(d, "level"), "ids-absent");
	assert_non_null(strstr(jdoc_get_text(d, "untrimmed"), "its blocks are not claimed"));
	jdoc_free(d);
	office_do("[ -z \"$(ls %s)\" ]", office->store.archive);
	expect_verdict("VALID");
}

/* Killing. */

static void destroys_what_it_was_killed_in_the_middle_of(void **state)
{
	(void)state;
	approve();
	int64_t now = office->now;
	office_close(office);
	office_do("cd %s; rm -rf ready; mkdir ready; cp -a s/ledger.git s/volumes s/index.db s/intent ready", office->root);
	bool ended = false;
	for (int ms = 40; !ended; ms += ms) {
		office->now = now;
		office_do("cd %s; rm -rf s-archive; for f in ledger.git volumes index.db intent; do rm -rf s/$f s/$f-*;"
		          " cp -a ready/$f s/$f; done", office->root);
		ended = killed_after(office, ms);
		office_open(office);
		if (!ended)
			killed_go_on(office);
		assert_false(has_note(slip));
		assert_true(has_note(badge) && has_note(later));
		expect_verdict("VALID");
		office_close(office);
	}
}

#define TEST(test) cmocka_unit_test_setup(test, put_back)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(plans_what_is_destroyed_before_what_is_transferred),
		TEST(destroys_without_an_archive),
		TEST(says_what_a_clone_keeps_of_a_completed_disposal),
		TEST(proves_the_absence_by_the_list_of_what_went_when_it_was_stopped),
		TEST(does_not_complete_without_the_list_of_what_went),
		TEST(makes_the_list_of_what_went_anew_where_all_of_it_is_there_again),
		TEST(destroys_nothing_when_a_record_was_changed),
		TEST(hands_over_and_waits_for_the_receipt),
		TEST(wants_what_an_outsider_has_dated_only_once_it_was_received),
		TEST(takes_no_receipt_that_nobody_signed_and_finds_one_that_stands),
		TEST(takes_no_receipt_for_a_package_that_was_changed_and_says_how_it_is_written_again),
		TEST(lets_a_proposal_be_aborted_when_another_archive_was_received),
		TEST(proposes_and_runs_nothing_of_which_a_record_is_lost),
		TEST(registers_every_disposal_with_its_measure),
		TEST(tells_what_expired_and_waits),
		TEST(claims_trimmed_blocks_only_where_the_file_system_trimmed),
		TEST(claims_no_trimmed_blocks_of_what_is_removed_after_the_entry),
		TEST(destroys_what_it_was_killed_in_the_middle_of),
	};
	return cmocka_run_group_tests_name("ledger/measures", tests, make_office, drop_office);
}
