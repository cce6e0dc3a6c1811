/*
 * Fault sweep over every point: what writes is run once for each of its system calls that change a file, with the fault
 * at that call, whoever makes it: the keeper, the signer, git, gpg or gpg-agent. Then it is started again on a sound
 * disk, and has to come to the same end as if nothing had happened.
 *   points CASE MODE [STEP [FIRST [LAST]]]           every STEP-th call (1) from FIRST (1) to LAST (where they end)
 * Cases: removal.c, entering.c, ending.c, copying.c. Modes: disk.h. A call that is not made again, since runs differ,
 * is told as MISSED. A whole sweep goes for the kinds of calls that it has not met, then; what it does not find is told
 * as NOT MET. Ends with "N passed, N failed": of points
 * with a fault.
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
#define TRIES 2

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
	const struct disk d = { DISK_KILL, at, room, NULL };
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

/* What a sweep has come to. */
struct swept {
	long passed, failed;
	long points, missed;          /* calls with the fault; calls that were not made again in any of TRIES */
	struct tally by;
};

/* Calls of undisturbed runs: they vary where several threads or processes are at work. */
static void count_calls(const struct points_case *c, enum disk_mode mode, long *out_least, long *out_most)
{
	const struct disk d = { mode, 0, room, NULL };
	struct disk_state seen;
	*out_least = CALLS_MAX;
	*out_most = 0;
	for (int i = 0; i < TRIES; i++) {
		c->put_back();
		disk_run(&d, c->act, (void *)&d, &seen);
		*out_least = seen.calls < *out_least ? seen.calls : *out_least;
		*out_most = seen.calls > *out_most ? seen.calls : *out_most;
	}
}

/* False: no such call was made. */
static bool sweep_point(const struct points_case *c, const struct disk *d, struct swept *s)
{
	struct disk_state seen = { .who = "" };
	for (int i = 0; i < TRIES && !*seen.who; i++) {
		bool right = try_point(c, d, &seen);
		bool is_met = *seen.who != '\0';
		s->passed += right && is_met;
		s->failed += !right;
		if (!right)
			printf("FAIL %s: %s at call %ld, of %s%s%s\n", c->name, disk_mode_name(d->mode), seen.met_at,
			       is_met ? seen.who : "nobody", d->kind ? ": " : "", d->kind ? d->kind : "");
		fflush(stdout);
	}
	if (!*seen.who)
		return false;
	s->points++;
	count_point(&s->by, seen.who);
	return true;
}

/* To the first call that is made no more. */
static void sweep_calls(const struct points_case *c, enum disk_mode mode, const long range[3], long most,
                        struct swept *s)
{
	for (long at = range[0]; at <= range[1]; at += range[2]) {
		const struct disk d = { mode, at, room, NULL };
		if (sweep_point(c, &d, s))
			continue;
		if (at > most)
			break;
		s->missed++;
		printf("MISSED %s: %s: call %ld was not made in %d runs\n", c->name, disk_mode_name(mode), at, TRIES);
		fflush(stdout);
	}
}

/* What threads and processes that run at the same time have made at another place each time. */
static size_t sweep_kinds(const struct points_case *c, enum disk_mode mode, struct swept *s)
{
	size_t unmet = 0, i = 0;
	const char *kind;
	while ((kind = disk_next_unmet(&i))) {
		const struct disk d = { mode, 0, room, kind };
		if (sweep_point(c, &d, s))
			continue;
		unmet++;
		printf("NOT MET %s: %s: %s\n", c->name, disk_mode_name(mode), kind);
		fflush(stdout);
	}
	return unmet;
}

static size_t count_unmet(void)
{
	size_t unmet = 0, i = 0;
	while (disk_next_unmet(&i))
		unmet++;
	return unmet;
}

/* range: first, last, step. Where it is whole, kinds of calls that it has not met are gone for, too. */
static int sweep(const struct points_case *c, enum disk_mode mode, const long range[3])
{
	struct swept s = { .passed = 0 };
	long least, most;
	time_t begin = time(NULL);
	count_calls(c, mode, &least, &most);
	sweep_calls(c, mode, range, most, &s);
	bool is_whole = range[0] == 1 && range[1] == CALLS_MAX && range[2] == 1;
	size_t known = disk_count_known(), unmet = is_whole ? sweep_kinds(c, mode, &s) : count_unmet();
	printf("%s: %s at %ld of %ld-%ld calls, %ld missed, %zu of %zu kinds in %ld s:", c->name, disk_mode_name(mode),
	       s.points, least, most, s.missed, known - unmet, known, (long)(time(NULL) - begin));
	for (size_t i = 0; i < s.by.count; i++)
		printf(" %s %ld", s.by.at[i].who, s.by.at[i].points);
	printf("\n%ld passed, %ld failed\n", s.passed, s.failed);
	return s.failed || !s.passed ? 1 : 0;
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
	fputs("usage: points CASE kill|maim|full|io|readonly|fail|unread [STEP [FIRST [LAST]]]\ncases:", stderr);
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
	room_make(c->script, c->on_disk);
	outcome_init();
	c->prepare();
	const long range[] = { argc > 4 ? atol(argv[4]) : 1, argc > 5 ? atol(argv[5]) : CALLS_MAX,
		               argc > 3 ? atol(argv[3]) : 1 };
	int rc = sweep(c, mode, range);
	room_remove();
	return rc;
}
