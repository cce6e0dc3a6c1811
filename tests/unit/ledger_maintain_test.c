#include "ledger_office.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <sys/wait.h>

#include "ledger/maintain.h"

#define TRIES 20

static struct office *office;

static int make_office(void **state)
{
	(void)state;
	office_library();
	office = office_new();
	return 0;
}

static int drop_office(void **state)
{
	(void)state;
	office_free(office);
	repo_library_exit();
	return 0;
}

/* Stands for a git that left a child behind: the child alone holds the lock, until it is ended. */
static pid_t start_orphan(void)
{
	const char *const argv[] = { "/bin/sh", "-c", "sleep 600 & exit 0", NULL };
	struct err e = ERR_INIT;
	siginfo_t info;
	pid_t pid = 0;
	int fd;
	office_must(store_lock_maintain(&office->store, 0, &fd, &e), &e);
	struct proc p = { .argv = argv, .fds = &fd, .fds_count = 1 };
	office_must(proc_start(&p, &pid, &e), &e);
	close(fd);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	return pid;
}

/* While the caller does something else. */
static pid_t end_orphan_later(pid_t pid)
{
	pid_t ender = fork();
	assert_true(ender >= 0);
	if (!ender) {
		poll(NULL, 0, 500);
		_exit(kill(-pid, SIGKILL) ? 1 : 0);
	}
	return ender;
}

static void end_orphan(pid_t pid)
{
	kill(-pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void refuses_while_a_child_of_git_is_left(void **state)
{
	struct err e = ERR_INIT;
	int fd;
	(void)state;
	pid_t pid = start_orphan();
	assert_int_equal(store_lock_maintain(&office->store, 100, &fd, &e), ERR_BUSY);
	assert_non_null(strstr(e.text, "maintain.lock"));
	assert_non_null(strstr(e.next, "then try again"));
	end_orphan(pid);
	e = (struct err)ERR_INIT;
	office_must(store_wait_maintain(&office->store, &e), &e);
	assert_int_equal(e.code, ERR_OK);
}

/* What would be cleared away stands until the orphan is gone. */
static void waits_at_its_start_for_an_orphan(void **state)
{
	(void)state;
	pid_t pid = start_orphan();
	MEM_CLEANUP char *stale = mem_printf("%s/objects/pack/tmp_pack_orphan", office->store.ledger);
	struct err e = ERR_INIT;
	int fd;
	office_must(file_write_durable(stale, "x", 1, 0600, &e), &e);
	office_close(office);
	pid_t opener = fork();
	if (opener == 0)
		_exit(office_try_open(office, &e));
	poll(NULL, 0, 300);
	assert_true(file_exists(stale));
	end_orphan(pid);
	int status = -1;
	assert_int_equal(waitpid(opener, &status, 0), opener);
	assert_int_equal(status, 0);
	assert_false(file_exists(stale));
	office_open(office);
	office_must(store_lock_maintain(&office->store, 0, &fd, &e), &e);
	close(fd);
}

static void waits_before_a_swap_for_a_child_of_git(void **state)
{
	struct err e = ERR_INIT;
	int fd;
	(void)state;
	pid_t pid = start_orphan();
	assert_int_equal(store_lock_maintain(&office->store, 0, &fd, NULL), ERR_BUSY);
	pid_t ender = end_orphan_later(pid);
	office_must(ledger_year_close(office->ledger, office->year, &e), &e);
	office_must(store_lock_maintain(&office->store, 0, &fd, &e), &e);
	close(fd);
	assert_int_equal(waitpid(ender, NULL, 0), ender);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void make_packs(void)
{
	office_do("cd %s; for i in $(seq %d); do echo $i | git --git-dir=ledger.git hash-object -w --stdin |"
	          " git --git-dir=ledger.git pack-objects -q ledger.git/objects/pack/pack >/dev/null; done",
	          office->dir, MAINTAIN_PACKS_MAX + 8);
	office_close(office);
	office_open(office);
}

static void holds_the_lock_while_git_merges_packs(void **state)
{
	struct maintain m = { .pid = 0 };
	struct err e = ERR_INIT;
	int fd;
	(void)state;
	make_packs();
	pid_t pid = start_orphan();
	maintain_start(&m, office->ledger);
	assert_int_equal(m.pid, 0); /* not beside another */
	end_orphan(pid);
	office_must(store_wait_maintain(&office->store, &e), &e);
	maintain_start(&m, office->ledger);
	assert_int_not_equal(m.pid, 0);
	maintain_wait(&m, office->ledger);
	assert_int_equal(m.pid, 0);
	office_must(store_lock_maintain(&office->store, 0, &fd, &e), &e);
	close(fd);
	assert_true(repo_pack_count(office->ledger->repo) <= MAINTAIN_PACKS_MAX);
}

/* Runs on, as far as the keeper sees. A git that was done before it could be stopped is followed by another. */
static pid_t stop_git_at_work(struct maintain *m)
{
	siginfo_t info = { .si_code = 0 };
	for (int tries = 0; tries < TRIES; tries++) {
		make_packs();
		maintain_start(m, office->ledger);
		assert_int_not_equal(m->pid, 0);
		kill(-m->pid, SIGSTOP);
		assert_int_equal(waitid(P_PID, (id_t)m->pid, &info, WSTOPPED | WEXITED | WNOWAIT), 0);
		if (info.si_code == CLD_STOPPED)
			break;
		maintain_wait(m, office->ledger);
	}
	assert_int_equal(info.si_code, CLD_STOPPED);
	return m->pid;
}

static void names_the_group_in_the_lock_and_ends_it_with_the_keeper(void **state)
{
	struct maintain m = { .pid = 0 };
	struct err e = ERR_INIT;
	int fd;
	(void)state;
	pid_t pid = stop_git_at_work(&m);
	assert_int_equal(store_lock_maintain(&office->store, 0, &fd, &e), ERR_BUSY);
	MEM_CLEANUP char *named = mem_printf("held by process %ld", (long)pid);
	assert_non_null(strstr(e.text, named));
	maintain_stop(&m, office->ledger);
	assert_int_equal(m.pid, 0);
	for (int i = 0; i < 6000 && kill(-pid, 0) == 0; i++) /* killed, and waited for by the system when it comes to it */
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	assert_int_equal(kill(-pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	office_must(store_wait_maintain(&office->store, &e), &e);
	office_close(office);
	office_open(office);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_while_a_child_of_git_is_left),
		cmocka_unit_test(waits_at_its_start_for_an_orphan),
		cmocka_unit_test(waits_before_a_swap_for_a_child_of_git),
		cmocka_unit_test(holds_the_lock_while_git_merges_packs),
		cmocka_unit_test(names_the_group_in_the_lock_and_ends_it_with_the_keeper),
	};
	return cmocka_run_group_tests_name("ledger/maintain", tests, make_office, drop_office);
}
