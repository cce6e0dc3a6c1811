#include "ledger/maintain.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/gitcmd.h"

#define STOP_MS 5000
#define TICK_MS 20
#define NICE 10

/* Not -d: packs that were merged are removed here, in an order that survives a power failure. */
static const char *const merge[] = { "repack", "--geometric=2", "-q", NULL };

static struct repo *find_repo(const struct maintain *m, struct ledger *l)
{
	if (!m->year)
		return l->repo;
	for (size_t i = 0; i < LEDGER_YEARS_MAX; i++)
		if (l->years[i].repo && l->years[i].year == m->year)
			return l->years[i].repo;
	return NULL;
}

/* For the one who finds the lock held by what outlived this keeper. */
static void tell_group(int fd, pid_t pid)
{
	if (ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0)
		dprintf(fd, "%ld\n", (long)pid);
}

static bool start_one(struct maintain *m, struct ledger *l, struct repo *r, int year)
{
	struct err ignored = ERR_INIT;
	int fd;
	if (!r || repo_pack_count(r) <= MAINTAIN_PACKS_MAX || store_lock_maintain(l->store, 0, &fd, &ignored))
		return false;
	int rc = gitcmd_start(repo_path(r), merge, fd, &m->pid, &ignored);
	if (!rc) {
		tell_group(fd, m->pid);
		setpriority(PRIO_PGRP, (id_t)m->pid, NICE); /* appends do not wait for it */
	}
	close(fd); /* from here on the lock is theirs alone */
	if (rc) {
		m->pid = 0;
		return false;
	}
	m->year = year;
	l->maintain = m;
	l->maintain_wait = maintain_wait;
	return true;
}

void maintain_start(struct maintain *m, struct ledger *l)
{
	if (m->pid || l->stopped)
		return;
	if (start_one(m, l, l->repo, 0))
		return;
	for (size_t i = 0; i < LEDGER_YEARS_MAX; i++)
		if (start_one(m, l, l->years[i].repo, l->years[i].year))
			return;
}

/* Not reaped, so that the number of its group stays taken. */
static bool has_ended(const struct maintain *m, int flags)
{
	siginfo_t info = { .si_pid = 0 };
	int rc;
	do
		rc = waitid(P_PID, (id_t)m->pid, &info, WEXITED | WNOWAIT | flags);
	while (rc < 0 && errno == EINTR);
	return rc < 0 || info.si_pid == m->pid;
}

/* With whatever of its group is left: children of a git that was killed. */
static void finish(struct maintain *m, struct ledger *l)
{
	struct repo *r = find_repo(m, l);
	struct err ignored = ERR_INIT;
	int status = -1;
	kill(-m->pid, SIGKILL);
	while (waitpid(m->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r && repo_refresh(r, &ignored) == ERR_OK && status == 0)
		repo_drop_merged(r, &ignored);
	m->pid = 0;
	l->maintain = NULL;
}

void maintain_collect(struct maintain *m, struct ledger *l)
{
	if (m->pid && has_ended(m, WNOHANG))
		finish(m, l);
}

void maintain_wait(struct maintain *m, struct ledger *l)
{
	if (m->pid && has_ended(m, 0))
		finish(m, l);
}

void maintain_stop(struct maintain *m, struct ledger *l)
{
	for (int waited = 0; m->pid && waited < STOP_MS && !has_ended(m, WNOHANG); waited += TICK_MS)
		poll(NULL, 0, TICK_MS);
	if (m->pid)
		finish(m, l);
}
