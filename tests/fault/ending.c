/* Ending: what becomes of an archive. abort: of a proposal whose run was killed when the archive was written, and
 * encrypted, and had no certificate yet; with what is tidied up after it. drop: a run, and the abort of its proposal
 * wherever it was stopped. destroyed: the archive of a disposal, once its
 * time is over, by an act of two persons. */
#include "life.h"
#include "outcome.h"
#include "points.h"
#include "removal.h"

#include "ledger/act.h"
#include "ledger/act_body.h"
#include "ledger/acts.h"
#include "ledger/dispose_archives.h"

static const uint8_t request[NOTE_REQUEST_LEN] = "asked once";
static char *names_before;
static uint64_t size_before;

static void expect_size(uint64_t size)
{
	if (office->ledger->chain.size != size)
		fail_msg("%llu entries instead of %llu", (unsigned long long)office->ledger->chain.size,
		         (unsigned long long)size);
}

static void expect_archives(const char *names)
{
	const char *folder = office->store.archive;
	MEM_CLEANUP char *is = file_exists(folder) ? outcome_names(folder) : mem_strdup("");
	outcome_expect_same("archives", is, names);
}

static char *get_state(void)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	char *state = mem_strdup(jdoc_get_text(d, "state"));
	jdoc_free(d);
	return state;
}

/* As a keeper begins. */
static void start(void)
{
	struct err e = ERR_INIT;
	outcome_open(room_open_plainly);
	office_must(dispose_archives_tidy(office->ledger, office->now, &e), &e);
	life_expect_kept();
	struct hash state = outcome_state();
	outcome_expect_verdict(&state, false);
}

static int act(int (*what)(struct err *e), void *ctx, struct disk_state *disk)
{
	struct err e = ERR_INIT;
	points_open(ctx);
	disk->armed = true;
	told_first_try(what(&e), &e);
	disk->armed = false;
	if (told->code)
		what(&e);
	room_leave();
	return 0;
}

/* The abort. */

static char *plan;
static struct dispose_about about;

static int abort_proposal(struct err *e)
{
	struct index_person person;
	struct jdoc *d = NULL;
	struct hash digest;
	struct note note;
	struct err untidy = ERR_INIT;
	int rc = index_person_by_login(office->ledger->index, "taro", NULL, &person, e);
	if (rc)
		return rc;
	assert_true(hash_parse(plan, strlen(plan), &digest));
	rc = dispose_note(DISPOSE_ABORT, &about, "mistaken", "hq", request, date_of_time(office->now), &note, e);
	if (rc)
		return rc;
	memcpy(note.salt, "the salt of it", sizeof "the salt of it"); /* the same bytes are judged once */
	strcpy(note.login, "taro");
	rc = dispose_act(office->ledger, DISPOSE_ABORT, &digest, &note, &person, office_tick(office), &d, e);
	note_release(&note);
	jdoc_free(d);
	if (rc)
		return rc;
	told->is_done = true;
	dispose_archives_tidy(office->ledger, office->now, &untidy); /* else the next start or run does */
	return ERR_OK;
}

static int act_abort(void *ctx, struct disk_state *disk)
{
	return act(abort_proposal, ctx, disk);
}

static void expect_aborted(void)
{
	struct err e = ERR_INIT;
	office_must(abort_proposal(&e), &e);
	MEM_CLEANUP char *after = get_state();
	outcome_expect_same("state", after, "none");
	expect_archives("");
	expect_size(size_before + 1);
	assert_int_equal(life_count_gone(), 0);
	struct hash now = outcome_state();
	outcome_expect_verdict(&now, false);
	MEM_CLEANUP char *again = office_plan(office);
	outcome_expect_same("plan", again, plan);
	life_expect_next_record();
	outcome_expect_disk_told();
}

/* What the proposal has made waits while it stands, and goes with it; what was to go stays. */
static void check_abort(void)
{
	start();
	MEM_CLEANUP char *state = get_state();
	bool stands = strcmp(state, "none") != 0;
	if (stands && told->is_done)
		fail_msg("the abort was told to be done and is not: %s", state);
	expect_archives(stands ? names_before : "");
	expect_aborted();
}

static int act_drop(void *ctx, struct disk_state *disk)
{
	struct err e = ERR_INIT;
	points_open(ctx);
	disk->armed = true;
	told_first_try(removal_run(&e), &e);
	disk->armed = false;
	room_leave();
	return 0;
}

/* Nothing of it is left, wherever the run was stopped; what is certified goes on, as in wrap. */
static void check_drop(void)
{
	outcome_open(room_open_plainly);
	MEM_CLEANUP char *state = get_state();
	if (strcmp(state, "approved") == 0)
		expect_aborted();
	else if (strcmp(state, "none") != 0)
		outcome_expect_same("state", state, "running");
}

static void read_proposal(void)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office->now = room_clock;
	office_open(office);
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	plan = mem_strdup(jdoc_get_text(jdoc_get(d, "proposal"), "plan"));
	jdoc_free(d);
	office_about(office, DISPOSE_ABORT, plan, &about);
	size_before = office->ledger->chain.size;
}

static void prepare_abort(void)
{
	removal_name_custodian();
	removal_approve();
	points_cut(removal_act);
	read_proposal();
	names_before = outcome_names(office->store.archive);
	if (!strstr(names_before, ".tar\n") || !strstr(names_before, ".tar.gpg\n"))
		fail_msg("not archived and encrypted: %s", names_before);
	room_keep();
}

static void prepare_drop(void)
{
	removal_name_custodian();
	removal_approve();
	read_proposal();
	room_keep();
}

/* The destruction. */

static struct note motion;

static int destroy_archive(struct err *e)
{
	struct index_person first, second;
	struct jdoc *d = NULL;
	int rc = index_person_by_login(office->ledger->index, "hanako", NULL, &first, e);
	if (!rc)
		rc = index_person_by_login(office->ledger->index, "jiro", NULL, &second, e);
	if (!rc)
		rc = acts_make(office->ledger, LEAF_DESTROYED, &motion, &second, &first, office_tick(office), &d, e);
	told->is_done = told->is_done || !rc;
	jdoc_free(d);
	return rc;
}

static int act_destroyed(void *ctx, struct disk_state *disk)
{
	return act(destroy_archive, ctx, disk);
}

/* No entry says so before it is so. */
static void check_destroyed(void)
{
	struct err e = ERR_INIT;
	start();
	bool is_entered = office->ledger->chain.size > size_before;
	if (told->is_done && !is_entered)
		fail_msg("the archive was told to be destroyed, and no entry says so");
	if (is_entered)
		expect_archives("");
	office_must(destroy_archive(&e), &e);
	expect_archives("");
	expect_size(size_before + 1);
	assert_int_equal(life_count_gone(), LIFE_GONE);
	struct hash now = outcome_state();
	outcome_expect_verdict(&now, false);
	life_expect_next_record();
	outcome_expect_disk_told();
}

static uint64_t find_certificate(void)
{
	struct dispose_archives all;
	struct err e = ERR_INIT;
	office_must(dispose_archives_read(office->ledger, &all, &e), &e);
	assert_int_equal(all.count, 1);
	uint64_t seq = all.at[0].dispose;
	dispose_archives_release(&all);
	return seq;
}

static void write_motion(uint64_t certificate)
{
	struct jdoc *body = jdoc_object(), *first = jdoc_object();
	struct err e = ERR_INIT;
	struct note moved;
	struct date day = date_of_time(office->now);
	MEM_CLEANUP char *fpr = office_person_fpr(office, "hanako");
	jdoc_set_string(body, "act", "destroyed");
	jdoc_set_integer(body, "dispose", (int64_t)certificate);
	jdoc_set_string(body, "level", "ids-absent");
	jdoc_set_string(body, "decision", "No. 9");
	office_must(act_note(LEAF_DESTROYED, body, "hq", request, day, &moved, &e), &e);
	MEM_CLEANUP char *signature = office_person_sign(office, "hanako", &moved);
	note_release(&moved);
	jdoc_set_string(first, "key", fpr);
	jdoc_set_string(first, "signature", signature);
	jdoc_set(body, "first", first);
	office_must(act_note(LEAF_DESTROYED, body, "hq", request, day, &motion, &e), &e);
	jdoc_free(body);
	random_bytes(motion.salt, sizeof motion.salt);
	strcpy(motion.login, "jiro");
	motion.signature = office_person_sign(office, "jiro", &motion);
}

static void prepare_destroyed(void)
{
	struct err e = ERR_INIT;
	removal_name_custodian();
	removal_approve();
	office_open(office);
	office_must(removal_run(&e), &e);
	removal_learn_archive();
	removal_expect_archive();
	life_to(office->year + 4);
	write_motion(find_certificate());
	size_before = office->ledger->chain.size;
	room_clock = office->now;
	room_keep();
}

const struct points_case ending_cases[] = {
	{ "abort", "", prepare_abort, room_put_back, act_abort, check_abort, false },
	{ "drop", "", prepare_drop, room_put_back, act_drop, check_drop, false },
	{ "destroyed", "s/^office = hq$/&\\narchive_years = 1/", prepare_destroyed, room_put_back, act_destroyed,
	  check_destroyed, false },
	{ .name = NULL },
};
