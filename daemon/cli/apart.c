#include "cli/apart.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "model/verdict.h"

#define MEMORY_MAX ((rlim_t)8 << 30)
#define REPORT_MAX ((size_t)64 << 20)

static void limit_memory(void)
{
#if !defined(__SANITIZE_ADDRESS__)
	const struct rlimit memory = { MEMORY_MAX, MEMORY_MAX };
	setrlimit(RLIMIT_AS, &memory);
#endif
}

/* In the child: the report, or the error document, as JSON into fd. */
static int work(apart_fn *fn, void *ctx, int fd)
{
	struct err e = ERR_INIT;
	struct jdoc *doc = NULL;
	BUF_CLEANUP struct buf text = BUF_INIT;
	int status = 0;
	limit_memory();
	int rc = fn(ctx, &doc, &status, &e);
	if (rc)
		doc = jdoc_error(&e, NULL);
	jdoc_print(doc, &text);
	jdoc_free(doc);
	if (file_write_all(fd, text.ptr, text.len, "report", &e))
		return err_exit(ERR_IO);
	return rc ? err_exit(rc) : status;
}

static int refuse_death(const char *command, int status, int *out_status, struct err *e)
{
	*out_status = VERDICT_INCOMPLETE;
	err_set(e, ERR_LEDGER, "%s: the reading process was ended by signal %d", command, WTERMSIG(status));
	return err_next(e, "what it read is damaged (in a repository git fsck --full names the file), or --deadline is too "
	                   "short");
}

bool apart_is_death(int rc, int status)
{
	return rc == ERR_LEDGER && status == VERDICT_INCOMPLETE;
}

static int read_report(const char *command, const struct buf *text, int status, struct jdoc **out, int *out_status,
                       struct err *e)
{
	struct jdoc *d = jdoc_parse(buf_str(text), text->len, REPORT_MAX, 0, e);
	if (!d)
		return err_prefix(e, "%s: report", command);
	const struct jdoc *error = jdoc_get(d, "error");
	if (!error) {
		*out_status = WEXITSTATUS(status);
		*out = d;
		return ERR_OK;
	}
	const char *word = jdoc_get_text(error, "code"), *why = jdoc_get_text(error, "text");
	const char *next = jdoc_get_text(error, "next");
	int rc = err_set(e, err_from_word(word ? word : ""), "%s", why ? why : "");
	if (next && *next)
		err_next(e, "%s", next);
	jdoc_free(d);
	return rc;
}

int apart_run(const char *command, unsigned deadline_s, apart_fn *fn, void *ctx, struct jdoc **out_doc,
              int *out_status, struct err *e)
{
	int ends[2], status = 0;
	BUF_CLEANUP struct buf text = BUF_INIT;
	*out_doc = NULL;
	*out_status = 0;
	if (pipe(ends) < 0)
		return err_errno(e, errno, "pipe");
	fflush(stdout);
	pid_t pid = fork();
	if (pid < 0)
		return err_errno(e, errno, "fork");
	if (!pid) {
		close(ends[0]);
		signal(SIGALRM, SIG_DFL);
		alarm(deadline_s);
		_exit(work(fn, ctx, ends[1]));
	}
	close(ends[1]);
	int rc = file_read_fd(ends[0], REPORT_MAX, &text, e);
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc)
		return rc;
	return WIFSIGNALED(status) ? refuse_death(command, status, out_status, e)
	                           : read_report(command, &text, status, out_doc, out_status, e);
}
