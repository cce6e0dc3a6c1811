#include "ledger/maintain.h"

#include <errno.h>
#include <sys/wait.h>

#include "ledger/gitcmd.h"

static const char *const merge[] = { "repack", "--geometric=2", "-d", "-q", NULL };

static struct repo *find_repo(const struct maintain *m, struct ledger *l)
{
	if (!m->year)
		return l->repo;
	for (size_t i = 0; i < LEDGER_YEARS_MAX; i++)
		if (l->years[i].repo && l->years[i].year == m->year)
			return l->years[i].repo;
	return NULL;
}

static bool start_one(struct maintain *m, struct ledger *l, struct repo *r, int year)
{
	struct err ignored = ERR_INIT;
	if (!r || repo_pack_count(r) <= MAINTAIN_PACKS_MAX)
		return false;
	if (gitcmd_start(repo_path(r), merge, &m->pid, &ignored)) {
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

static void finish(struct maintain *m, struct ledger *l)
{
	struct repo *r = find_repo(m, l);
	struct err ignored = ERR_INIT;
	if (r)
		repo_refresh(r, &ignored);
	m->pid = 0;
	l->maintain = NULL;
}

static void collect(struct maintain *m, struct ledger *l, int flags)
{
	pid_t pid;
	if (!m->pid)
		return;
	do
		pid = waitpid(m->pid, NULL, flags);
	while (pid < 0 && errno == EINTR);
	if (pid)
		finish(m, l);
}

void maintain_collect(struct maintain *m, struct ledger *l)
{
	collect(m, l, WNOHANG);
}

void maintain_wait(struct maintain *m, struct ledger *l)
{
	collect(m, l, 0);
}
