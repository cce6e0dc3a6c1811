#include "ledger/gitcmd.h"

#include <stddef.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/proc.h"

#define ARGS_MAX 32

static const char *const environment[] = {
	"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_NO_REPLACE_OBJECTS=1", "GIT_TERMINAL_PROMPT=0", NULL,
};

static const char *const options[] = {
	"-c", "core.hooksPath=/dev/null", "-c", "core.fsync=all", "-c", "core.fsyncMethod=fsync", "-c", "gc.auto=0",
	"-c", "repack.writeBitmaps=false", "-c", "core.multiPackIndex=false", "-c", "core.commitGraph=false", "-c",
	"pack.threads=1",
};

static void fill(const char **argv, const char *git_dir, const char *const *args)
{
	size_t n = 0;
	argv[n++] = "git";
	argv[n++] = git_dir;
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		argv[n++] = options[i];
	for (size_t i = 0; args[i] && n < ARGS_MAX - 1; i++)
		argv[n++] = args[i];
	argv[n] = NULL;
}

int gitcmd_run(const char *git_dir, const char *const *args, int deadline_s, struct err *e)
{
	const char *argv[ARGS_MAX];
	MEM_CLEANUP char *dir = mem_printf("--git-dir=%s", git_dir);
	BUF_CLEANUP struct buf said = { .max = 4096 };
	struct proc p = { .argv = argv, .env = environment, .deadline_s = deadline_s };
	int status = 0;
	fill(argv, dir, args);
	int rc = proc_run(&p, NULL, &said, &status, e);
	if (!rc && status)
		rc = err_set(e, ERR_IO, "%s: git %s ended with status %d", git_dir, args[0], status);
	return rc;
}

int gitcmd_start(const char *git_dir, const char *const *args, int held, pid_t *out_pid, struct err *e)
{
	const char *argv[ARGS_MAX];
	MEM_CLEANUP char *dir = mem_printf("--git-dir=%s", git_dir);
	struct proc p = { .argv = argv, .env = environment, .fds = &held, .fds_count = 1 };
	fill(argv, dir, args);
	return proc_start(&p, out_pid, e);
}
