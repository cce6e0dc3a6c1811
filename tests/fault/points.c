/*
 * Fault sweep over every point: what writes is run once for each of its system calls that change a file, with the fault
 * at that call, whoever makes it: the keeper, the signer, git, gpg or gpg-agent. Then it is started again on a sound
 * disk, and has to come to the same end as if nothing had happened.
 *   points run|append|start MODE [STEP [FIRST]]      STEP: every STEP-th call (1), beginning with FIRST (1)
 * run: an approved disposal. append: the first record of a year, with an attachment. start: a keeper and its agent, on
 * a store with a batch in flight, and a record. Modes: disk.h. Ends with "N passed, N failed", of which one is without
 * a fault, where the calls end.
 */
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"
#include "outcome.h"
#include "room.h"

#include "base/log.h"
#include "ledger/archive.h"
#include "signer/signer.h"

#define CALLS_MAX 20000

static char *plan;
static uint64_t gone[4], kept[5];

/* What an undisturbed run leads to. */
static char *archive_names, *volume_names;
static struct hash archive_digest;

/* Of the notes and attachments that go: a line each. */
#define SALT_LINE ((size_t)2 * NOTE_SALT_LEN + 1)
static char *gone_salts;

static int run_disposal(struct err *e)
{
	struct jdoc *d = NULL;
	int rc = office_run(office, &d, e);
	told->is_done = told->is_done || !rc;
	jdoc_free(d);
	return rc;
}

/* The signer, and gpg, which it asks, change no file: to start them for each call that changes one would cost half of
 * the time. Where the calls of children are what is asked, they are started. */
static void open_for(const struct disk *d)
{
	struct err e = ERR_INIT;
	office_must(d->mode == DISK_MAIM ? room_open_as_keeper(&e) : office_try_open(office, &e), &e);
}

static int act_run(void *ctx, struct disk_state *disk)
{
	struct err e = ERR_INIT;
	open_for(ctx);
	disk->armed = true;
	told->code = run_disposal(&e);
	disk->armed = false;
	/* the disk is sound again, and somebody asks again: the same keeper goes on, or says that it does not */
	if (told->code)
		run_disposal(&e);
	room_leave();
	return 0;
}

/* What was sent once, and is sent again by who got no answer. */
static struct intake sent;
static uint64_t sent_number;              /* which it gets, and nothing else */

static int append_sent(struct err *e)
{
	struct append_item item = { .leaf = &sent.leaf, .note = &sent.note, .attachments = sent.attachments,
	                            .digest = sent.digest };
	int rc = append_one(office->ledger, &item, office->now, e);
	if (!rc)
		told->added = item.seq;
	return rc;
}

static int act_append(void *ctx, struct disk_state *disk)
{
	struct err e = ERR_INIT;
	open_for(ctx);
	disk->armed = true;
	told->code = append_sent(&e);
	disk->armed = false;
	if (told->code)
		append_sent(&e);
	room_leave();
	return 0;
}

/* From the first call of a start on: nothing is open yet, and no agent runs. */
static int act_start(void *ctx, struct disk_state *disk)
{
	struct err e = ERR_INIT;
	(void)ctx;
	disk->armed = true;
	told->code = room_open_as_keeper(&e);
	if (!told->code)
		told->code = append_sent(&e);
	disk->armed = false;
	room_leave();
	return 0;
}

/* Afterwards. */

static int open_plainly(struct err *e)
{
	return office_try_open(office, e);
}

/* The last in order of names, after its checksum and the signature of that, is the tar. */
static char *find_archive(void)
{
	MEM_CLEANUP char *names = outcome_names(office->store.archive);
	size_t len = strlen(names);
	assert_true(len > 1);
	names[len - 1] = '\0';
	const char *last = strrchr(names, '\n');
	return file_path(office->store.archive, last ? last + 1 : names);
}

static void expect_archive(void)
{
	MEM_CLEANUP char *path = find_archive(), *names = outcome_names(office->store.archive);
	struct err e = ERR_INIT;
	outcome_expect_same("archives", names, archive_names);
	office_must(archive_check(path, &archive_digest, NULL, &e), &e);
}

static void expect_kept(void)
{
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (!outcome_has_note(kept[i]))
			fail_msg("record %llu is gone", (unsigned long long)kept[i]);
}

static size_t count_gone(void)
{
	size_t n = 0;
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		n += !outcome_has_note(gone[i]);
	return n;
}

/* Files of the store itself, as the index. */
static void expect_no_salt(void)
{
	MEM_CLEANUP char *names = outcome_names(office->dir);
	char *rest = names, *name;
	struct stat st;
	while ((name = strsep(&rest, "\n")) && *name) {
		MEM_CLEANUP char *path = file_path(office->dir, name);
		BUF_CLEANUP struct buf bytes = BUF_INIT;
		struct err e = ERR_INIT;
		if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		office_must(file_read(path, FILE_MOST, &bytes, &e), &e);
		for (const char *salt = gone_salts; *salt; salt += SALT_LINE)
			if (memmem(buf_str(&bytes), bytes.len, salt, SALT_LINE - 1))
				fail_msg("%s: holds the salt of a record that is gone", name);
	}
}

/* In none of the object databases, by git; and no salt in any other file. */
static void expect_absent(const struct hash *state)
{
	expect_no_salt();
	if (outcome_is_known(state, OUTCOME_ABSENT))
		return;
	MEM_CLEANUP char *found = office_sh(
		"cd %s/s; for r in ledger.git volumes/*.git; do git --git-dir=$r cat-file --batch-check < ../gone-ids;"
		" done | grep -v ' missing$' || true; grep -rFl -f ../gone-salts --exclude-dir=objects ledger.git volumes ||"
		" true", room);
	outcome_expect_same("still there", found, "");
	outcome_learn(state, OUTCOME_ABSENT);
}

static void expect_next_record(void)
{
	uint64_t seq = office_slip(office, "the next one");
	if (!outcome_has_note(seq))
		fail_msg("the next record, %llu, is not there", (unsigned long long)seq);
}

/* A run that was told that it is done is done; another one is run again, and says so if it was. */
static void resume(void)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	MEM_CLEANUP char *state = mem_strdup(jdoc_get_text(d, "state"));
	jdoc_free(d);
	bool is_done = strcmp(state, "none") == 0;
	if (told->is_done && !is_done)
		fail_msg("the run was told to be done and is not: %s", state);
	if (strcmp(state, "approved") == 0 && count_gone())
		fail_msg("records are gone without a certificate");
	int rc = run_disposal(&e);
	if (is_done && (rc != ERR_RULE || !strstr(e.text, "was completed by entry")))
		fail_msg("run again after its end: %s: %s", err_word((enum err_code)rc), e.text);
	if (!is_done)
		office_must(rc, &e);
}

static void check_run(void)
{
	outcome_open(open_plainly);
	expect_kept();
	struct hash state = outcome_state();
	outcome_expect_verdict(&state, true);
	resume();
	expect_kept();
	assert_int_equal(count_gone(), sizeof gone / sizeof *gone);
	expect_archive();
	MEM_CLEANUP char *volumes = outcome_names(office->store.volumes);
	outcome_expect_same("volumes", volumes, volume_names);
	state = outcome_state();
	expect_absent(&state);
	outcome_expect_verdict(&state, false);
	expect_next_record();
	outcome_expect_disk_told();
}

/* What was acknowledged is there; sent again, it has the number that it had, and nothing is there twice. */
static void check_sent(void)
{
	struct err e = ERR_INIT;
	uint64_t before = told->added;
	expect_kept();
	if (before && !outcome_has_note(before))
		fail_msg("record %llu was acknowledged and is gone", (unsigned long long)before);
	struct hash state = outcome_state();
	outcome_expect_verdict(&state, false);
	office_must(append_sent(&e), &e);
	assert_true(told->added == sent_number && (!before || before == sent_number));
	assert_true(office->ledger->chain.size == sent_number + 1);
	assert_true(outcome_has_note(sent_number));
	state = outcome_state();
	outcome_expect_verdict(&state, false);
}

static void check_append(void)
{
	outcome_expect_disk_told();
	outcome_open(open_plainly);
	check_sent();
}

static void check_start(void)
{
	outcome_expect_disk_told();
	outcome_open(room_open_as_keeper);
	check_sent();
	room_leave();
}

/* Preparing. */

static void live_to(int year)
{
	int64_t to = date_to_time((struct date){ year, 1, 1 }) + OFFICE_DAY / 2;
	while (office->now < to) {
		office->now = office->now + 60 * OFFICE_DAY < to ? office->now + 60 * OFFICE_DAY : to;
		office_heartbeat(office);
	}
}

static void fill_office(void)
{
	office_signers(office);
	gone[0] = office_slip(office, "first");
	gone[1] = office_add(office, "slip", "\"body\":{\"text\":\"with a scan\"},"
	                                     "\"attachments\":[{\"media\":\"text/plain\",\"data\":\"c2Nhbg==\"}]");
	gone[2] = office_add(office, "badge", "\"body\":{\"text\":\"A\"}");
	kept[0] = office_add(office, "badge", "\"body\":{\"text\":\"B\"}");
	MEM_CLEANUP char *end_of = mem_printf("\"body\":{\"badge_entry\":%llu}", (unsigned long long)gone[2]);
	gone[3] = office_add(office, "badge-end", end_of);
	kept[1] = office->taro;
	kept[2] = office->hanako;
	kept[3] = office->jiro;
	live_to(office->year + 2);
	kept[4] = office_slip(office, "of this year");
}

/* What one year had and has no more. */
static void note_gone(void)
{
	office_do("cd %s; git --git-dir=kept/volumes/%d.git cat-file --batch-all-objects --batch-check | grep ' blob ' |"
	          " cut -d ' ' -f 1 | sort > before;"
	          " git --git-dir=s/volumes/%d.git cat-file --batch-all-objects --batch-check | grep ' blob ' |"
	          " cut -d ' ' -f 1 | sort > after;"
	          " comm -23 before after > gone-ids; git --git-dir=kept/volumes/%d.git cat-file --batch < gone-ids |"
	          " sed -n 's/^Salt: //p' > gone-salts", room, office->year, office->year, office->year);
	MEM_CLEANUP char *counts = office_sh("cd %s; echo $(wc -l < gone-ids) $(wc -l < gone-salts)", room);
	outcome_expect_same("ids and salts that go", counts, "5 5");
	MEM_CLEANUP char *salts = office_sh("cat %s/gone-salts", room);
	gone_salts = mem_printf("%s\n", salts);
	if (strlen(gone_salts) != 5 * SALT_LINE)
		fail_msg("not five salts: %s", gone_salts);
}

/* As many calls change a file with a signer of its own as with that of this process. */
static int act_run_with_signer(void *ctx, struct disk_state *disk)
{
	struct err e = ERR_INIT;
	(void)ctx;
	office_must(room_open_as_keeper(&e), &e);
	disk->armed = true;
	office_must(run_disposal(&e), &e);
	disk->armed = false;
	room_leave();
	return 0;
}

static void expect_signer_quiet(void)
{
	struct disk d = { DISK_KILL, 0, room };
	struct disk_state with, without;
	room_put_back();
	assert_int_equal(disk_run(&d, act_run_with_signer, &d, &with), 0);
	room_put_back();
	assert_int_equal(disk_run(&d, act_run, &d, &without), 0);
	assert_int_equal(with.calls, without.calls);
}

static void prepare_run(void)
{
	fill_office();
	plan = office_plan(office);
	office_approve(office, plan);
	room_keep();
	room_clock = office->now;
	room_put_back();
	office_open(office);
	struct err e = ERR_INIT;
	office_must(run_disposal(&e), &e);
	MEM_CLEANUP char *path = find_archive();
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	office_must(file_read(path, FILE_MOST, &bytes, &e), &e);
	archive_digest = hash_of(buf_str(&bytes), bytes.len);
	archive_names = outcome_names(office->store.archive);
	volume_names = outcome_names(office->store.volumes);
	office_close(office);
	note_gone();
	expect_signer_quiet();
}

static void take_in(void)
{
	static const char text[] = "{\"kind\":\"slip\",\"unit\":\"hq\",\"body\":{\"text\":\"sent once\"},"
	                           "\"attachments\":[{\"media\":\"text/plain\",\"data\":\"c2Nhbg==\"}]}";
	struct jdoc *request, *faults = NULL;
	struct err e = ERR_INIT;
	request = jdoc_parse(text, strlen(text), FILE_MOST, 0, &e);
	office_must(request ? 0 : (int)e.code, &e);
	office_must(intake_parse(office->ledger->rules, request, 1000, "tester", office->now, &sent, &faults, &e), &e);
	jdoc_free(request);
	sent_number = office->ledger->chain.size;
}

/* The first record of a year: its repository is made as well. */
static void prepare_append(void)
{
	fill_office();
	live_to(office->year + 3);
	room_clock = office->now;
	take_in();
	room_keep();
}

/* Killed when the volume has the record and the ledger does not have the entry: the last call but so many. */
static void prepare_start(void)
{
	struct disk_state seen;
	fill_office();
	room_clock = office->now;
	take_in();
	room_keep();
	room_put_back();
	struct disk d = { DISK_KILL, 0, room };
	disk_run(&d, act_append, &d, &seen);
	MEM_CLEANUP char *done = office_sh("git --git-dir=%s/s/ledger.git rev-parse refs/heads/ledger", room);
	for (long at = seen.calls; at > 0; at--) {
		room_put_back();
		d.at = at;
		disk_run(&d, act_append, &d, &seen);
		MEM_CLEANUP char *head = office_sh("git --git-dir=%s/s/ledger.git rev-parse refs/heads/ledger", room);
		if (strcmp(head, done) != 0)
			break;
	}
	MEM_CLEANUP char *moved = office_sh("cd %s; diff -rq kept/volumes s/volumes | grep -c /refs/ || true", room);
	if (strcmp(moved, "0") == 0)
		fail_msg("no batch is in flight");
	room_keep();
}

/* The sweep. */

static const struct sweep_case {
	const char *name;
	void (*prepare)(void);
	void (*put_back)(void);
	disk_act *act;
	void (*check)(void);
} cases[] = {
	{ "run", prepare_run, room_put_back, act_run, check_run },
	{ "append", prepare_append, room_put_back, act_append, check_append },
	{ "start", prepare_start, room_put_back_without_agent, act_start, check_start },
};

/* In a process of its own: what fails ends it. */
static bool is_right(const struct sweep_case *c)
{
	int status = 0;
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		c->check();
		fflush(NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

/* By whom the call was made that met the fault. */
struct tally {
	size_t count;
	struct { char who[16]; long points; } at[16];
};

static void count_point(struct tally *t, const char *who)
{
	size_t i = 0;
	while (i < t->count && strcmp(t->at[i].who, who) != 0)
		i++;
	if (i == sizeof t->at / sizeof *t->at)
		fail_msg("more kinds of processes than were thought of");
	if (i == t->count)
		strcpy(t->at[t->count++].who, who);
	t->at[i].points++;
}

/* False also where the process under fault ends otherwise than by the fault. */
static bool try_point(const struct sweep_case *c, const struct disk *d, struct disk_state *out)
{
	c->put_back();
	int status = disk_run(d, c->act, (void *)d, out);
	bool is_plain = WIFEXITED(status) ? WEXITSTATUS(status) == 0
	                                  : d->mode == DISK_KILL && WTERMSIG(status) == SIGKILL;
	if (!is_plain)
		printf("the process under fault ended with status %x\n", (unsigned)status);
	bool is_sound = is_right(c);
	return is_plain && is_sound;
}

/* To the first call that is made no more. */
static int sweep(const struct sweep_case *c, enum disk_mode mode, long step, long first)
{
	long passed = 0, failed = 0, points = 0;
	struct tally by = { .count = 0 };
	struct disk_state seen;
	time_t begin = time(NULL);
	for (long at = first; at < CALLS_MAX; at += step) {
		const struct disk d = { mode, at, room };
		bool right = try_point(c, &d, &seen);
		passed += right;
		failed += !right;
		if (!right)
			printf("FAIL %s: %s at call %ld, of %s\n", c->name, disk_mode_name(mode), at, seen.who);
		fflush(stdout);
		if (!*seen.who)
			break;
		points++;
		count_point(&by, seen.who);
	}
	printf("%s: %s at %ld of %ld calls in %ld s:", c->name, disk_mode_name(mode), points, seen.calls,
	       (long)(time(NULL) - begin));
	for (size_t i = 0; i < by.count; i++)
		printf(" %s %ld", by.at[i].who, by.at[i].points);
	printf("\n%ld passed, %ld failed\n", passed, failed);
	return failed || !passed ? 1 : 0;
}

static const struct sweep_case *find_case(const char *name)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (strcmp(cases[i].name, name) == 0)
			return &cases[i];
	return NULL;
}

int main(int argc, char **argv)
{
	/* started anew by the room's keeper */
	if (argc > 2 && strcmp(argv[1], "--role") == 0) {
		log_init(argv[2]);
		return signer_main(argc - 2, argv + 2);
	}
	const struct sweep_case *c = argc > 2 ? find_case(argv[1]) : NULL;
	enum disk_mode mode = c ? disk_mode_find(argv[2]) : DISK_MODES;
	if (mode == DISK_MODES) {
		fputs("usage: points run|append|start kill|maim|full|io|readonly|fail|unread [STEP [FIRST]]\n", stderr);
		return 64;
	}
	room_make();
	outcome_init();
	c->prepare();
	int rc = sweep(c, mode, argc > 3 ? atol(argv[3]) : 1, argc > 4 ? atol(argv[4]) : 1);
	room_remove();
	return rc;
}
