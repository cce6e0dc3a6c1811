/*
 * Fault sweep over every point: what writes is run once for each of its system calls that change a file, with the fault
 * at that call, whoever makes it: the keeper, the signer, git, gpg or gpg-agent. Then it is started again on a sound
 * disk, and has to come to the same end as if nothing had happened.
 *   points CASE MODE [STEP [FIRST]]                  STEP: every STEP-th call (1), beginning with FIRST (1)
 * Cases: removal.c, entering.c, ending.c, copying.c. Modes: disk.h. Ends with "N passed, N failed", of which one is
 * without a fault, where the calls end.
 */
#include "points.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "outcome.h"
#include "room.h"

#include "base/log.h"
#include "signer/signer.h"

#define CALLS_MAX 20000

/* The signer, and gpg, which it asks, change no file: to start them for each call that changes one would cost half of
 * the time. Where the calls of children are what is asked, they are started. */
void points_open(const struct disk *d)
{
	struct err e = ERR_INIT;
	office_must(d->mode == DISK_MAIM ? room_open_as_keeper(&e) : office_try_open(office, &e), &e);
}

static char *read_head(void)
{
	return office_sh("git --git-dir=%s/s/ledger.git rev-parse refs/heads/ledger", room);
}

static bool moves_by(disk_act *act, long at, const char *head)
{
	const struct disk d = { DISK_KILL, at, room };
	struct disk_state seen;
	room_put_back();
	disk_run(&d, act, (void *)&d, &seen);
	MEM_CLEANUP char *now = read_head();
	return strcmp(now, head) != 0;
}

/* Once it has moved it stays so, at whichever later call the kill comes. */
void points_cut(disk_act *act)
{
	MEM_CLEANUP char *head = read_head();
	long stands = 1, moved = CALLS_MAX;
	if (!moves_by(act, moved, head) || moves_by(act, stands, head))
		fail_msg("the ledger does not move while it is tried");
	while (moved - stands > 1) {
		long at = (stands + moved) / 2;
		*(moves_by(act, at, head) ? &moved : &stands) = at;
	}
	while (moves_by(act, stands, head)) /* gpg makes a call more or less, now and then */
		stands--;
	room_keep();
}

/* The sweep. */

static const struct points_case *const cases[] = { removal_cases, entering_cases, ending_cases, copying_cases };

/* In a process of its own: what fails ends it. */
static bool is_right(const struct points_case *c)
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
static bool try_point(const struct points_case *c, const struct disk *d, struct disk_state *out)
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
static int sweep(const struct points_case *c, enum disk_mode mode, long step, long first)
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

static const struct points_case *find_case(const char *name)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (const struct points_case *c = cases[i]; c->name; c++)
			if (strcmp(c->name, name) == 0)
				return c;
	return NULL;
}

static int refuse_usage(void)
{
	fputs("usage: points CASE kill|maim|full|io|readonly|fail|unread [STEP [FIRST]]\ncases:", stderr);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (const struct points_case *c = cases[i]; c->name; c++)
			fprintf(stderr, " %s", c->name);
	fputs("\n", stderr);
	return 64;
}

int main(int argc, char **argv)
{
	/* started anew by the room's keeper */
	if (argc > 2 && strcmp(argv[1], "--role") == 0) {
		log_init(argv[2]);
		return signer_main(argc - 2, argv + 2);
	}
	const struct points_case *c = argc > 2 ? find_case(argv[1]) : NULL;
	enum disk_mode mode = c ? disk_mode_find(argv[2]) : DISK_MODES;
	if (mode == DISK_MODES)
		return refuse_usage();
	room_make(c->script);
	outcome_init();
	c->prepare();
	int rc = sweep(c, mode, argc > 3 ? atol(argv[3]) : 1, argc > 4 ? atol(argv[4]) : 1);
	room_remove();
	return rc;
}
