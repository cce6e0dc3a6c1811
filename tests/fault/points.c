/*
 * Fault sweep over every point: what writes is run once for each of its system calls that change a file, with the fault
 * at that call, in whichever process makes it: the keeper's, the signer's, git's, gpg's, gpg-agent's. Then it is started
 * again on a sound disk, and has to come to the same end as if nothing had happened.
 *   points CASE MODE [STEP [FIRST]]      STEP: every STEP-th call (1), beginning with FIRST (1)
 * Ends with "N passed, N failed".
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../unit/ledger_office.h"
#include "disk.h"

#include "base/log.h"
#include "foreign/pgp.h"
#include "keeper/signing.h"
#include "ledger/archive.h"
#include "ledger/volume.h"
#include "signer/signer.h"

#define CALLS_MAX 20000
#define FILE_MOST ((size_t)1 << 26)

static struct office *office;
static char *room, *plan;
static uint64_t gone[4], kept[4];
static int64_t at_start;                  /* what the clock shows when the fault comes */

/* What an undisturbed run leads to. */
static char *archive_names, *volume_names;
static struct hash archive_digest;

/* What the process under fault has been told. */
static struct told {
	bool is_done;                     /* the run came to its end */
	uint64_t added;                   /* number of the record that was acknowledged; 0 = none */
	int code;                         /* with which the first try failed */
} *told;

/* What verify has judged already: to judge the same bytes again would cost most of the time. */
#define JUDGED_MAX 4096
static struct judged {
	size_t count;
	struct { struct hash of; bool is_valid; } at[JUDGED_MAX];
} *judged;

/* The room. */

static void make_room(void)
{
	char path[] = "/dev/shm/dcf-XXXXXX", other[] = "/tmp/dcf-XXXXXX";
	char *made = mkdtemp(path);
	if (!made)
		made = mkdtemp(other);
	assert_non_null(made);
	room = mem_strdup(made);
}

/* The store goes where writing costs nothing: to the folder whose calls are counted. */
static void move_store(void)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *keys = file_path(office->dir, "keys");
	office_close(office);
	pgp_signer_free(office->entry);
	pgp_signer_free(office->archive);
	office_must(pgp_agent_stop(keys, &e), &e);
	office_do("mv %s %s/s && sed -i 's|^archive = .*|archive = %s/s-archive|' %s/s/daicho.ini", office->dir, room, room,
	          room);
	free(office->dir);
	office->dir = file_path(room, "s");
	MEM_CLEANUP char *moved = file_path(office->dir, "keys");
	office->entry = pgp_signer_new(moved, office->pins.fpr, &e);
	office->archive = pgp_signer_new(moved, office->pins.archive_fpr, &e);
	if (!office->entry || !office->archive)
		fail_msg("%s", e.text);
}

static void keep_template(void)
{
	office_close(office);
	office_do("cd %s; rm -rf kept; mkdir kept; cp -a s/ledger.git s/volumes s/index.db s/intent kept", room);
}

/* What a run may have left. */
static bool is_written(const char *rel)
{
	static const char *const begins[] = { "ledger.git", "volumes", "index.db", "intent", "told" };
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		if (strncmp(rel, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/* Files go, and folders that the template does not have: the others are a thousand, and stay what they are. */
static int clear_one(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	(void)ctx;
	if (!is_written(rel))
		return ERR_OK;
	MEM_CLEANUP char *wanted = mem_printf("%s/kept/%s", room, rel);
	if ((!is_dir || !file_exists(wanted)) && (is_dir ? rmdir(full) : unlink(full)) < 0)
		return err_errno(e, errno, "%s", full);
	return ERR_OK;
}

static int copy_one(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	MEM_CLEANUP char *to = file_path(office->dir, rel);
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	struct stat st;
	(void)ctx;
	char *slash = to + strlen(office->dir);
	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		if (mkdir(to, 0700) < 0 && errno != EEXIST)
			return err_errno(e, errno, "%s", to);
		*slash = '/';
	}
	if (is_dir)
		return mkdir(to, 0700) < 0 && errno != EEXIST ? err_errno(e, errno, "%s", to) : ERR_OK;
	if (stat(full, &st) < 0)
		return err_errno(e, errno, "%s", full);
	int rc = file_read(full, FILE_MOST, &bytes, e), fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (!rc)
		rc = fd < 0 ? err_errno(e, errno, "%s", to) : file_write_all(fd, buf_str(&bytes), bytes.len, to, e);
	if (!rc && fchmod(fd, st.st_mode & 07777) < 0)
		rc = err_errno(e, errno, "%s", to);
	close(fd);
	return rc;
}

static bool has_agent(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	snprintf(a.sun_path, sizeof a.sun_path, "%s/s/keys/S.gpg-agent", room);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool connected = connect(fd, (struct sockaddr *)&a, sizeof a) == 0;
	close(fd);
	return connected;
}

static void put_back(void)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *from = file_path(room, "kept"), *archive = file_path(room, "s-archive");
	office_must(file_remove_tree(archive, &e), &e);
	office_must(file_walk(office->dir, clear_one, NULL, &e), &e);
	office_must(file_walk(from, copy_one, NULL, &e), &e);
	if (!has_agent())
		office_do("gpgconf --homedir %s/s/keys --launch gpg-agent", room);
	*told = (struct told){ .is_done = false };
	office->now = at_start;
}

/* The process on the failing disk: the ledger opened as a keeper does it, with a signer of its own. */

static struct signing signing;

static int open_as_keeper(struct err *e)
{
	int rc = store_open(office->dir, &office->store, e);
	if (!rc)
		rc = store_lock(&office->store, e);
	if (!rc)
		rc = signing_start(&signing, &office->store, e);
	struct ledger_signer port = signing_port(&signing);
	return rc ? rc : ledger_open(&office->store, &port, &office->ledger, e);
}

/* The agent stays: to start it costs more than all the rest. */
static int end(int status)
{
	child_kill(&signing.child);
	return status;
}

static int run_disposal(struct err *e)
{
	struct jdoc *d = NULL;
	int rc = office_run(office, &d, e);
	told->is_done = told->is_done || !rc;
	jdoc_free(d);
	return rc;
}

static int act_run(void *ctx, struct disk_state *disk)
{
	struct err e = ERR_INIT;
	(void)ctx;
	office_must(open_as_keeper(&e), &e);
	disk->armed = true;
	told->code = run_disposal(&e);
	disk->armed = false;
	/* the disk is sound again, and somebody asks again: the same keeper goes on, or says that it does not */
	if (told->code)
		run_disposal(&e);
	return end(0);
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
	(void)ctx;
	office_must(open_as_keeper(&e), &e);
	disk->armed = true;
	told->code = append_sent(&e);
	disk->armed = false;
	if (told->code)
		append_sent(&e);
	return end(0);
}

/* From the first call of a start on: nothing is open yet, and no agent runs. */
static int act_start(void *ctx, struct disk_state *disk)
{
	struct err e = ERR_INIT;
	(void)ctx;
	disk->armed = true;
	told->code = open_as_keeper(&e);
	if (!told->code)
		told->code = append_sent(&e);
	disk->armed = false;
	return end(0);
}

/* Afterwards. */

/* A failing disk is told as such, never as a ledger, a key or a program that is broken. */
static void expect_told_as_disk(void)
{
	static const enum err_code codes[] = { ERR_OK, ERR_IO, ERR_FULL, ERR_READONLY, ERR_UNAVAILABLE, ERR_BUSY };
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (told->code == (int)codes[i])
			return;
	fail_msg("the failing disk was told as %s", err_word((enum err_code)told->code));
}

static void open_again(int (*how)(struct err *e))
{
	struct err e = ERR_INIT;
	int rc = how(&e);
	if (rc)
		fail_msg("does not start again: %s: %s", err_word((enum err_code)rc), e.text);
}

static int open_plainly(struct err *e)
{
	return office_try_open(office, e);
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
	if (rc && rc != ERR_GONE)
		office_must(rc, &e);
	return !rc;
}

static int add_file(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	if (is_dir)
		return ERR_OK;
	office_must(file_read(full, FILE_MOST, &bytes, e), e);
	hash_add(ctx, rel, strlen(rel) + 1);
	hash_add(ctx, buf_str(&bytes), bytes.len);
	return ERR_OK;
}

/* Of all that verify reads. */
static struct hash digest_store(void)
{
	struct err e = ERR_INIT;
	struct hash_ctx *sum = hash_new();
	office_must(file_walk(office->store.ledger, add_file, sum, &e), &e);
	office_must(file_walk(office->store.volumes, add_file, sum, &e), &e);
	return hash_finish(sum);
}

/* VALID, or INCOMPLETE where that may be. */
static void expect_verdict(bool may_be_incomplete)
{
	struct hash of = digest_store();
	for (size_t i = 0; i < judged->count; i++)
		if (hash_is_equal(&judged->at[i].of, &of) && (judged->at[i].is_valid || may_be_incomplete))
			return;
	struct jdoc *d = office_verify(office, office->dir, false);
	BUF_CLEANUP struct buf text = BUF_INIT;
	bool is_valid = strcmp(jdoc_get_text(d, "verdict"), "VALID") == 0;
	bool is_incomplete = strcmp(jdoc_get_text(d, "verdict"), "INCOMPLETE") == 0;
	jdoc_print(d, &text);
	jdoc_free(d);
	if (!is_valid && !(may_be_incomplete && is_incomplete))
		fail_msg("verify: %s", buf_str(&text));
	if (judged->count == JUDGED_MAX)
		return;
	judged->at[judged->count].of = of;
	judged->at[judged->count++].is_valid = is_valid;
}

static void expect_same(const char *what, const char *is, const char *was)
{
	if (strcmp(is, was) != 0)
		fail_msg("%s: %s, undisturbed: %s", what, is, was);
}

static char *list_names(const char *folder)
{
	struct dirent **names = NULL;
	struct buf text = BUF_INIT;
	int n = scandir(folder, &names, NULL, alphasort);
	if (n < 0)
		fail_msg("%s: can't be read", folder);
	for (int i = 0; i < n; i++) {
		if (strcmp(names[i]->d_name, ".") != 0 && strcmp(names[i]->d_name, "..") != 0)
			buf_printf(&text, "%s\n", names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return buf_steal(&text, NULL);
}

/* The last in order of names, after its checksum and the signature of that, is the tar. */
static char *find_archive(void)
{
	MEM_CLEANUP char *names = list_names(office->store.archive);
	size_t len = strlen(names);
	assert_true(len > 1);
	names[len - 1] = '\0';
	const char *last = strrchr(names, '\n');
	return file_path(office->store.archive, last ? last + 1 : names);
}

static void expect_archive(void)
{
	MEM_CLEANUP char *path = find_archive(), *names = list_names(office->store.archive);
	struct err e = ERR_INIT;
	uint64_t members;
	expect_same("archives", names, archive_names);
	office_must(archive_check(path, &archive_digest, &members, &e), &e);
}

static void expect_kept(void)
{
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (!has_note(kept[i]))
			fail_msg("record %llu is gone", (unsigned long long)kept[i]);
}

static size_t count_gone(void)
{
	size_t n = 0;
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		n += !has_note(gone[i]);
	return n;
}

/* In none of the object databases, by git; and no line of a note outside of them. */
static void expect_absent(void)
{
	MEM_CLEANUP char *found = office_sh(
		"cd %s/s; for r in ledger.git volumes/*.git volumes/.[!.]*; do [ ! -e $r ] ||"
		" git --git-dir=$r cat-file --batch-check < ../gone-ids; done | grep -v ' missing$' || true;"
		" grep -rFl -f ../gone-salts --exclude-dir=objects . || true", room);
	expect_same("still there", found, "");
}

static void expect_next_record(void)
{
	uint64_t seq = office_slip(office, "the next one");
	if (!has_note(seq))
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
	expect_told_as_disk();
	open_again(open_plainly);
	expect_kept();
	expect_verdict(true);
	resume();
	expect_kept();
	assert_int_equal(count_gone(), sizeof gone / sizeof *gone);
	expect_archive();
	MEM_CLEANUP char *volumes = list_names(office->store.volumes);
	expect_same("volumes", volumes, volume_names);
	expect_absent();
	expect_verdict(false);
	expect_next_record();
}

/* What was acknowledged is there; sent again, it has the number that it had, and nothing is there twice. */
static void check_sent(void)
{
	struct err e = ERR_INIT;
	uint64_t before = told->added;
	expect_kept();
	if (before && !has_note(before))
		fail_msg("record %llu was acknowledged and is gone", (unsigned long long)before);
	expect_verdict(false);
	office_must(append_sent(&e), &e);
	assert_true(told->added == sent_number && (!before || before == sent_number));
	assert_true(office->ledger->chain.size == sent_number + 1);
	assert_true(has_note(sent_number));
	expect_verdict(false);
}

static void check_append(void)
{
	expect_told_as_disk();
	open_again(open_plainly);
	check_sent();
}

static void check_start(void)
{
	expect_told_as_disk();
	open_again(open_as_keeper);
	check_sent();
	end(0);
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
	office_people(office);
	gone[0] = office_slip(office, "first");
	gone[1] = office_add(office, "slip", "\"body\":{\"text\":\"with a scan\"},"
	                                     "\"attachments\":[{\"media\":\"text/plain\",\"data\":\"c2Nhbg==\"}]");
	gone[2] = office_add(office, "badge", "\"body\":{\"text\":\"A\"}");
	kept[0] = office_add(office, "badge", "\"body\":{\"text\":\"B\"}");
	MEM_CLEANUP char *end_of = mem_printf("\"body\":{\"badge_entry\":%llu}", (unsigned long long)gone[2]);
	gone[3] = office_add(office, "badge-end", end_of);
	kept[1] = office->taro;
	kept[2] = office->hanako;
	live_to(office->year + 2);
	kept[3] = office_slip(office, "of this year");
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
	expect_same("ids and salts that go", counts, "5 5");
}

static void prepare_run(void)
{
	fill_office();
	plan = office_plan(office);
	office_approve(office, plan);
	keep_template();
	at_start = office->now;
	put_back();
	office_open(office);
	struct err e = ERR_INIT;
	office_must(run_disposal(&e), &e);
	MEM_CLEANUP char *path = find_archive();
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	office_must(file_read(path, FILE_MOST, &bytes, &e), &e);
	archive_digest = hash_of(buf_str(&bytes), bytes.len);
	archive_names = list_names(office->store.archive);
	volume_names = list_names(office->store.volumes);
	office_close(office);
	note_gone();
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
	at_start = office->now;
	take_in();
	keep_template();
}

/* Killed when the volume has the record and the ledger does not have the entry: the last call but so many. */
static void prepare_start(void)
{
	struct disk_state seen;
	fill_office();
	at_start = office->now;
	take_in();
	keep_template();
	put_back();
	disk_run(&(struct disk){ DISK_KILL, 0, room }, act_append, NULL, &seen);
	MEM_CLEANUP char *done = office_sh("git --git-dir=%s/s/ledger.git rev-parse refs/heads/ledger", room);
	for (long at = seen.calls; at > 0; at--) {
		put_back();
		disk_run(&(struct disk){ DISK_KILL, at, room }, act_append, NULL, &seen);
		MEM_CLEANUP char *head = office_sh("git --git-dir=%s/s/ledger.git rev-parse refs/heads/ledger", room);
		if (strcmp(head, done) != 0)
			break;
	}
	MEM_CLEANUP char *moved = office_sh("cd %s; diff -rq kept/volumes s/volumes | grep -c /refs/ || true", room);
	if (strcmp(moved, "0") == 0)
		fail_msg("no batch is in flight");
	office_do("cd %s; rm -rf kept; mkdir kept; cp -a s/ledger.git s/volumes s/index.db* s/intent* kept", room);
}

static void put_back_without_agent(void)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *keys = file_path(office->dir, "keys");
	put_back();
	office_must(pgp_agent_stop(keys, &e), &e);
}

/* The sweep. */

static const struct sweep_case {
	const char *name;
	void (*prepare)(void);
	void (*put_back)(void);
	disk_act *act;
	void (*check)(void);
} cases[] = {
	{ "run", prepare_run, put_back, act_run, check_run },
	{ "append", prepare_append, put_back, act_append, check_append },
	{ "start", prepare_start, put_back_without_agent, act_start, check_start },
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

static long argc_max;
static int sweep(const struct sweep_case *c, enum disk_mode mode, long step, long first)
{
	long passed = 0, failed = 0, at = first;
	struct disk_state seen;
	do {
		const struct disk d = { mode, at, room };
		c->put_back();
		time_t t0=time(NULL);int status = disk_run(&d, c->act, NULL, &seen);
		time_t t1=time(NULL);bool right = is_right(c);if(time(NULL)-t0>2)printf("at %ld: %ld %ld calls %ld code %s\n",at,(long)(t1-t0),(long)(time(NULL)-t1),seen.calls,err_word(told->code));
		if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
			right = false;
		if (right)
			passed++;
		else
			printf("FAIL %s %s at call %ld: status %x\n", c->name, disk_mode_name(mode), at, (unsigned)status), failed++;
		fflush(stdout);
		at += step;
	} while ((argc_max == 0 || at < argc_max) && seen.calls >= at - step && at < CALLS_MAX);
	printf("%s: %s at %ld calls, every %ld of %ld\n", c->name, disk_mode_name(mode), passed + failed, step, seen.calls);
	printf("%ld passed, %ld failed\n", passed, failed);
	return failed || !passed ? 1 : 0;
}

static const struct sweep_case *find_case(const char *name)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (strcmp(cases[i].name, name) == 0)
			return &cases[i];
	return NULL;
}

/* With the processes of the sweep. */
static void *make_shared(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		fail_msg("no memory to share");
	return at;
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "--role") == 0) {
		log_init(argv[2]);
		return signer_main(argc - 2, argv + 2);
	}
	const struct sweep_case *c = argc > 2 ? find_case(argv[1]) : NULL;
	enum disk_mode mode = c ? disk_mode_find(argv[2]) : DISK_MODES;
	if (mode == DISK_MODES) {
		fputs("usage: points CASE kill|full|io|readonly|fail|unread [STEP [FIRST]]\n", stderr);
		return 64;
	}
	told = make_shared(sizeof *told);
	judged = make_shared(sizeof *judged);
	make_room();
	office_library();
	office = office_new();
	move_store();
	office_open(office);
	c->prepare();
	argc_max = argc > 5 ? atol(argv[5]) : 0;
	int rc = sweep(c, mode, argc > 3 ? atol(argv[3]) : 1, argc > 4 ? atol(argv[4]) : 1);
	office_free(office);
	file_remove_tree(room, NULL);
	return rc;
}
