#include "ledger/gitcmd.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/text.h"

#define SAID_MAX ((size_t)64 << 10)

static const char *const environment[] = {
	"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_NO_REPLACE_OBJECTS=1", "GIT_TERMINAL_PROMPT=0", NULL,
};

static const char *const options[] = {
	"-c", "core.hooksPath=/dev/null", "-c", "core.fsync=all", "-c", "core.fsyncMethod=fsync", "-c", "gc.auto=0",
	"-c", "repack.writeBitmaps=false", "-c", "core.multiPackIndex=false", "-c", "core.commitGraph=false", "-c",
	"pack.threads=1", "-c", "protocol.allow=never", "-c", "protocol.file.allow=always", "-c",
	"protocol.ssh.allow=always",
};

/* To be freed; it borrows what it is made of. */
static const char **fill(const char *git_dir, const char *const *args)
{
	size_t n = 0, count = 0;
	while (args[count])
		count++;
	const char **argv = mem_array(sizeof options / sizeof *options + count + 3, sizeof *argv);
	argv[n++] = "git";
	argv[n++] = git_dir;
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		argv[n++] = options[i];
	for (size_t i = 0; i < count; i++)
		argv[n++] = args[i];
	argv[n] = NULL;
	return argv;
}

int gitcmd_run(const char *git_dir, const char *const *args, int deadline_s, struct err *e)
{
	MEM_CLEANUP char *dir = mem_printf("--git-dir=%s", git_dir);
	MEM_CLEANUP const char **argv = fill(dir, args);
	BUF_CLEANUP struct buf said = { .max = 4096 };
	struct proc p = { .argv = argv, .env = environment, .deadline_s = deadline_s };
	int status = 0;
	int rc = proc_run(&p, NULL, &said, &status, e);
	if (!rc && status)
		rc = err_set(e, ERR_IO, "%s: git %s ended with status %d", git_dir, args[0], status);
	return rc;
}

/* The next line of what was said, without "remote: " and what git adds behind it. */
static const char *next_line(const char *at, struct buf *out)
{
	size_t len = strcspn(at, "\n");
	const char *from = strncmp(at, "remote: ", 8) == 0 ? at + 8 : at;
	buf_clear(out);
	buf_add(out, from, (size_t)(at + len - from));
	while (out->len && out->ptr[out->len - 1] == ' ')
		out->ptr[--out->len] = '\0';
	return at + len + (at[len] == '\n');
}

/* A hook of ours refuses by "CODE: object: reason" and "next: step". */
static bool take_refusal(const struct buf *said, struct err *e)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	enum err_code code = ERR_OK;
	for (const char *at = buf_str(said); *at;) {
		bool is_remote = strncmp(at, "remote: ", 8) == 0;
		at = next_line(at, &line);
		size_t len = strcspn(buf_str(&line), ":");
		if (code && strncmp(buf_str(&line), "next: ", 6) == 0) {
			err_next(e, "%s", buf_str(&line) + 6);
			return true;
		}
		if (code || !is_remote || !len || buf_str(&line)[len] != ':' || buf_str(&line)[len + 1] != ' ')
			continue;
		MEM_CLEANUP char *word = mem_strndup(buf_str(&line), len);
		code = err_from_word(word);
		if (code == ERR_BUG)
			code = ERR_OK;
		else
			err_set(e, code, "%s", buf_str(&line) + len + 2);
	}
	return code != ERR_OK;
}

/* What says less than the line before it. */
static bool is_chatter(const char *line)
{
	static const char *const lines[] = { "error: failed to push", "hint: ", "Please make sure you have the correct",
		                             "and the repository exists.", "fatal: Could not read from remote" };
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (strncmp(line, lines[i], strlen(lines[i])) == 0)
			return true;
	return false;
}

static void take_last_line(const char *command, const struct buf *said, struct err *e)
{
	BUF_CLEANUP struct buf line = BUF_INIT, last = BUF_INIT;
	for (const char *at = buf_str(said); *at;) {
		at = next_line(at, &line);
		if (!line.len || is_chatter(buf_str(&line)))
			continue;
		buf_clear(&last);
		text_add_safe(&last, buf_str(&line), line.len, true);
	}
	err_set(e, ERR_IO, "git %s: %s", command, buf_str(&last));
}

int gitcmd_exchange(const char *git_dir, const char *const *args, const char *input, int deadline_s, struct buf *out,
                    struct err *e)
{
	const char *env[sizeof environment / sizeof *environment + 3];
	const char *agent = getenv("SSH_AUTH_SOCK"), *ssh = getenv("GIT_SSH_COMMAND");
	MEM_CLEANUP char *dir = mem_printf("--git-dir=%s", git_dir);
	MEM_CLEANUP const char **argv = fill(dir, args);
	MEM_CLEANUP char *command = mem_printf("GIT_SSH_COMMAND=%s -o BatchMode=yes", ssh && *ssh ? ssh : "ssh");
	MEM_CLEANUP char *socket = mem_printf("SSH_AUTH_SOCK=%s", agent ? agent : "");
	BUF_CLEANUP struct buf said = { .max = SAID_MAX }, dropped = { .max = SAID_MAX };
	struct proc p = { .argv = argv, .env = env, .deadline_s = deadline_s, .is_bound = true, .input = input,
		          .input_len = input ? strlen(input) : 0 };
	int status = 0;
	size_t n = 0;
	for (; environment[n]; n++)
		env[n] = environment[n];
	env[n++] = command;
	if (agent)
		env[n++] = socket;
	env[n] = NULL;
	int rc = proc_run(&p, out ? out : &dropped, &said, &status, e);
	if (rc || !status)
		return rc;
	if (!take_refusal(&said, e))
		take_last_line(args[0], &said, e);
	return (int)e->code;
}

int gitcmd_start(const char *git_dir, const char *const *args, int held, pid_t *out_pid, struct err *e)
{
	MEM_CLEANUP char *dir = mem_printf("--git-dir=%s", git_dir);
	MEM_CLEANUP const char **argv = fill(dir, args);
	struct proc p = { .argv = argv, .env = environment, .fds = &held, .fds_count = 1 };
	return proc_start(&p, out_pid, e);
}
