/* Copying: copies of a store that has disposed of something since. apply: a mirror with records carries it out.
 * restore: a store from a backup made before, with the entries and a record that came later. push: a mirror with
 * records is brought up, by git on both sides and by the mirror's hooks. */
#include <fcntl.h>
#include <unistd.h>

#include "life.h"
#include "outcome.h"
#include "points.h"
#include "removal.h"

#include "cli/cli.h"
#include "cli/cmd_mirror.h"
#include "ledger/backup.h"
#include "ledger/mirror.h"
#include "ledger/snapshot.h"
#include "ledger/store_ini.h"

static char *mirror, *backup, *restored;
static char *refs;                        /* to which an undisturbed try leads */

static char *list_refs(const char *folder)
{
	return office_sh("cd %s; for r in ledger.git volumes/*.git; do echo $r; git --git-dir=$r for-each-ref; done",
	                 folder);
}

static void expect_end(const char *folder)
{
	MEM_CLEANUP char *is = list_refs(folder);
	outcome_expect_same("refs", is, refs);
	struct hash state = outcome_state_of(folder);
	outcome_expect_verdict_of(folder, &state, false);
	life_expect_absent(folder, &state);
}

static int apply(struct err *e)
{
	struct dispose_replayed done = { .missing = NULL };
	int rc = cmd_mirror_replay(mirror, &office->pins, &done, e);
	told->is_done = told->is_done || !rc;
	dispose_replayed_release(&done);
	return rc;
}

/* What it tells is not asked for here. */
static int restore(struct err *e)
{
	struct context c = { .json = false };
	char name[] = "restore", ledger[] = "--ledger", home[] = "--keys";
	MEM_CLEANUP char *keys = file_path(office->dir, "keys");
	char *argv[] = { name, ledger, office->dir, home, keys, backup, restored, NULL };
	int status, spoken = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (spoken < 0 || dup2(nowhere, STDERR_FILENO) < 0)
		fail_msg("no descriptor");
	int rc = cmd_restore(&c, 7, argv, &status, e);
	dup2(spoken, STDERR_FILENO);
	close(spoken);
	close(nowhere);
	told->is_done = told->is_done || !rc;
	return rc;
}

static int push(struct err *e)
{
	struct mirror_pushed pushed;
	struct store_mirror m = { .name = "m1", .url = mirror, .volumes = true };
	struct store s = { .lock_fd = -1 };
	int rc = store_open(office->dir, &s, e);
	if (!rc)
		rc = mirror_push(&s, &m, &pushed, e);
	store_release(&s);
	told->is_done = told->is_done || !rc;
	return rc;
}

static int act(int (*what)(struct err *e), struct disk_state *disk)
{
	struct err e = ERR_INIT;
	disk->armed = true;
	told_first_try(what(&e), &e);
	disk->armed = false;
	if (strstr(e.text, "was ended by signal")) /* the process that verifies, and it says so */
		told->code = ERR_UNAVAILABLE;
	return 0;
}

static int act_apply(void *ctx, struct disk_state *disk)
{
	(void)ctx;
	return act(apply, disk);
}

static int act_restore(void *ctx, struct disk_state *disk)
{
	(void)ctx;
	return act(restore, disk);
}

static int act_push(void *ctx, struct disk_state *disk)
{
	(void)ctx;
	return act(push, disk);
}

/* Whatever has come over, it is a copy that lacks something at most, and the next push brings all of it: at once, or
 * when what git left locked is no more than left over. */
static void check_push(void)
{
	struct err e = ERR_INIT;
	struct hash state = outcome_state_of(mirror);
	outcome_expect_verdict_of(mirror, &state, !told->is_done);
	int rc = push(&e);
	if (rc == ERR_BUSY) {
		office_do("find %s -name '*.lock' -exec touch -d '5 minutes ago' {} +", mirror);
		e = (struct err)ERR_INIT;
		rc = push(&e);
	}
	office_must(rc, &e);
	MEM_CLEANUP char *is = list_refs(mirror);
	outcome_expect_same("refs", is, refs);
	state = outcome_state_of(mirror);
	outcome_expect_verdict_of(mirror, &state, false);
	outcome_expect_disk_told();
}

/* Told that it is done it is done, and done again it stays so. */
static void check_apply(void)
{
	struct err e = ERR_INIT;
	if (told->is_done)
		expect_end(mirror);
	office_must(apply(&e), &e);
	expect_end(mirror);
	outcome_expect_disk_told();
}

static bool is_store(void)
{
	struct store s = { .lock_fd = -1 };
	struct err e = ERR_INIT;
	int rc = store_open(restored, &s, &e);
	store_release(&s);
	return !rc;
}

/* It is a store when all that was disposed of has gone from it, and not before. */
static void check_restore(void)
{
	struct err e = ERR_INIT;
	bool stands = is_store();
	if (told->is_done && !stands)
		fail_msg("it was told to be restored, and is no store");
	if (stands)
		expect_end(restored);
	int rc = restore(&e);
	if (stands && (rc != ERR_RULE || !strstr(e.text, "not empty")))
		fail_msg("restored once more: %s: %s", err_word((enum err_code)rc), e.text);
	if (!stands)
		office_must(rc, &e);
	if (!is_store())
		fail_msg("what was restored is no store");
	expect_end(restored);
	outcome_expect_disk_told();
}

static void make_backup(void)
{
	struct backup b = { .name = "b1", .until = { office->year + 9, 12, 31 } };
	struct jdoc *snapshot = NULL;
	struct err e = ERR_INIT;
	office_must(snapshot_say(office->ledger, &snapshot, &e), &e);
	office_must(file_mkdir(backup, 0700, &e), &e);
	office_must(backup_write(&office->store, snapshot, backup, &b, &e), &e);
	jdoc_free(snapshot);
}

static void prepare(int (*what)(struct err *e), char *const *folder)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *copies = file_path(room, "copies");
	mirror = file_path(copies, "mirror");
	backup = file_path(copies, "backup");
	restored = file_path(copies, "restored");
	removal_approve();
	office_open(office);
	office_must(file_mkdir(copies, 0700, &e), &e);
	make_backup();
	office_do("mkdir %s; cp -a %s/s/ledger.git %s/s/volumes %s", mirror, room, room, mirror);
	office_must(removal_run(&e), &e);
	life_note_gone();
	office_slip(office, "after the backup");
	office_do("git --git-dir=%s/ledger.git fetch -q %s/s/ledger.git refs/heads/ledger:refs/heads/ledger;"
	          " git --git-dir=%s/volumes/%d.git fetch -q %s/s/volumes/%d.git '+refs/notes/*:refs/notes/*'",
	          mirror, room, mirror, office->year + 2, room, office->year + 2);
	room_clock = office->now;
	room_keep();
	room_put_back();
	office_must(what(&e), &e);
	refs = list_refs(*folder);
	expect_end(*folder);
}

static void prepare_apply(void)
{
	prepare(apply, &mirror);
}

static void prepare_restore(void)
{
	prepare(restore, &restored);
}

static void prepare_push(void)
{
	struct mirror_folder m = { .name = "m1", .volumes = true };
	struct err e = ERR_INIT;
	MEM_CLEANUP char *copies = file_path(room, "copies");
	mirror = file_path(copies, "mirror");
	life_fill();
	office_must(file_mkdir(copies, 0700, &e), &e);
	m.pins = office->pins;
	office_must(mirror_prepare(mirror, &m, office->year, office->year, &e), &e);
	office_must(push(&e), &e);
	life_to(office->year + 1);
	office_slip(office, "after the push");
	room_clock = office->now;
	room_keep();
	room_put_back();
	office_must(push(&e), &e);
	refs = list_refs(mirror);
}

const struct points_case copying_cases[] = {
	{ "apply", "", prepare_apply, room_put_back, act_apply, check_apply, false },
	{ "restore", "", prepare_restore, room_put_back, act_restore, check_restore, false },
	{ "push", "", prepare_push, room_put_back, act_push, check_push, false },
	{ .name = NULL },
};
