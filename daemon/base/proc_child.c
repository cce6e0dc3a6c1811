#include "base/proc_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

#define FIRST_FD 3

static const char *const fixed_env[] = { "PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=/nonexistent" };

/* Where a pinentry can ask, a moved clock and the options of the sanitizers hold for a whole family of processes; not
 * FAKETIME_SHARED, a lock that one of them may hold when it is killed. */
static const char *const inherited[] = {
	"FAKETIME", "FAKETIME_TIMESTAMP_FILE", "FAKETIME_NO_CACHE", "FAKETIME_DONT_FAKE_MONOTONIC", "LD_PRELOAD",
	"GPG_TTY", "TERM", "DISPLAY", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
};

/* Replaces the variable of the same name, so that what is named by the caller wins. */
static void set_variable(char **env, size_t *n, const char *variable)
{
	size_t name_len = strcspn(variable, "=") + 1, i = 0;
	while (i < *n && strncmp(env[i], variable, name_len) != 0)
		i++;
	if (i == *n)
		(*n)++;
	free(env[i]);
	env[i] = mem_strdup(variable);
}

static bool is_inherited(const char *variable)
{
	size_t len = strcspn(variable, "=");
	for (size_t i = 0; variable[len] && i < sizeof inherited / sizeof *inherited; i++)
		if (strlen(inherited[i]) == len && strncmp(variable, inherited[i], len) == 0)
			return true;
	return false;
}

char **proc_child_env(const char *const *further)
{
	size_t n = 0, cap = sizeof fixed_env / sizeof *fixed_env + 1;
	for (size_t i = 0; environ && environ[i]; i++)
		cap++;
	for (size_t i = 0; further && further[i]; i++)
		cap++;
	char **env = mem_array(cap, sizeof *env);
	for (size_t i = 0; i < sizeof fixed_env / sizeof *fixed_env; i++)
		set_variable(env, &n, fixed_env[i]);
	for (size_t i = 0; environ && environ[i]; i++)
		if (is_inherited(environ[i]))
			set_variable(env, &n, environ[i]);
	for (size_t i = 0; further && further[i]; i++)
		set_variable(env, &n, further[i]);
	return env;
}

void proc_child_env_free(char **env)
{
	for (size_t i = 0; env && env[i]; i++)
		free(env[i]);
	free(env);
}

char *proc_child_find(const char *name)
{
	static const char *const folders[] = { "/usr/bin", "/bin" };
	if (strchr(name, '/'))
		return access(name, X_OK) == 0 ? mem_strdup(name) : NULL;
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		char *path = mem_printf("%s/%s", folders[i], name);
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

/* From here on nothing but async-signal-safe calls: other threads may have held locks at the fork. */

static void reset_signals(void)
{
	sigset_t none;
	struct sigaction plain = { .sa_handler = SIG_DFL };
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &plain, NULL); /* fails for SIGKILL, SIGSTOP and the C library's own */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* All are moved out of the way first, then each to its place, *report behind the last: it can always be written to. */
static int place_descriptors(const struct proc_child *c, int *report)
{
	int high[FIRST_FD + PROC_CHILD_FDS_MAX + 1];
	int n = FIRST_FD + (int)c->n + 1;
	for (int i = 0; i < n; i++) {
		int from = i < FIRST_FD ? c->standard[i] : i < n - 1 ? c->fds[i - FIRST_FD] : *report;
		high[i] = fcntl(from, F_DUPFD, n);
		if (high[i] < 0)
			return -1;
	}
	*report = high[n - 1];
	for (int i = 0; i < n; i++)
		if (dup2(high[i], i) < 0)
			return -1;
	if (fcntl(n - 1, F_SETFD, FD_CLOEXEC) < 0 || close_range((unsigned)n, ~0U, 0) < 0)
		return -1;
	*report = n - 1;
	return 0;
}

__attribute__((noreturn)) static void become(const struct proc_child *c, pid_t parent, int report)
{
	int failure = 0;
	reset_signals();
	setpgid(0, 0);
	if (c->is_bound && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		failure = errno;
	if (c->is_bound && getppid() != parent)
		_exit(127); /* the parent died before the call above */
	if (!failure && (chdir(c->dir) < 0 || place_descriptors(c, &report) < 0))
		failure = errno;
	if (!failure) {
		execve(c->path, (char *const *)(void *)c->argv, c->env);
		failure = errno;
	}
	if (write(report, &failure, sizeof failure) < 0)
		_exit(126);
	_exit(127);
}

/* End of file without a word says that it was executed. */
static int read_report(int fd)
{
	int failure = 0;
	ssize_t n;
	do
		n = read(fd, &failure, sizeof failure);
	while (n < 0 && errno == EINTR);
	return n == sizeof failure ? failure : 0;
}

int proc_child_start(const struct proc_child *c, pid_t *out_pid, struct err *e)
{
	int report[2], failure;
	if (c->n > PROC_CHILD_FDS_MAX)
		return err_set(e, ERR_BUG, "%s: too many descriptors", c->path);
	if (pipe2(report, O_CLOEXEC) < 0)
		return err_errno(e, errno, "%s", c->path);
	pid_t parent = getpid(), pid = fork();
	if (pid == 0)
		become(c, parent, report[1]);
	failure = pid < 0 ? errno : 0;
	close(report[1]);
	if (pid > 0)
		failure = read_report(report[0]);
	close(report[0]);
	if (!failure) {
		*out_pid = pid;
		return ERR_OK;
	}
	if (pid > 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	return err_errno(e, failure, "%s: can't be started", c->path);
}
