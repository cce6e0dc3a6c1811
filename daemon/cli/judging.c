#include "cli/judging.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "foreign/pgp.h"
#include "foreign/repo.h"
#include "ledger/verify.h"

#define MEMORY_MAX ((rlim_t)8 << 30)
#define REPORT_MAX ((size_t)64 << 20)
#define PROGRESS_EVERY 4096

static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	if (done % PROGRESS_EVERY != 0 && done != total)
		return;
	fputc('\r', stderr);
	fprintf(stderr, _("daicho: %" PRIu64 " of %" PRIu64 " entries"), done, total);
	if (done == total)
		fputc('\n', stderr);
}

/* In the child: the report, or the error document, as JSON into fd. */
static int judge(const struct judging *j, int fd)
{
	struct verify_options o = { .pins = j->pins, .ledger_only = j->ledger_only,
	                            .asks_overdue = j->asks_overdue, .overdue_days = j->overdue_days };
	struct verify_result result;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct rlimit memory = { MEMORY_MAX, MEMORY_MAX };
#if !defined(__SANITIZE_ADDRESS__)
	setrlimit(RLIMIT_AS, &memory);
#else
	(void)memory;
#endif
	if (isatty(STDERR_FILENO))
		o.progress = show_progress;
	int rc = repo_library_init(&e);
	if (!rc)
		rc = pgp_library_init(&e);
	if (!rc)
		rc = verify_repository(j->repository, &o, &result, &e);
	struct jdoc *doc = rc ? jdoc_error(&e, NULL) : result.doc;
	jdoc_print(doc, &text);
	jdoc_free(doc);
	if (file_write_all(fd, text.ptr, text.len, "report", &e))
		return err_exit(ERR_IO);
	return rc ? err_exit(rc) : (int)result.verdict;
}

static int refuse_death(int status, int *out_verdict, struct err *e)
{
	*out_verdict = VERDICT_INCOMPLETE;
	err_set(e, ERR_LEDGER, "verify: the reading process was ended by signal %d", WTERMSIG(status));
	return err_next(e, "a file in the repository is damaged (git fsck --full names it), or --deadline is too short");
}

static int read_report(const struct buf *text, struct jdoc **out, struct err *e)
{
	struct jdoc *d = jdoc_parse(buf_str(text), text->len, REPORT_MAX, 0, e);
	if (!d)
		return err_prefix(e, "verify: report");
	const struct jdoc *error = jdoc_get(d, "error");
	if (!error) {
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

int judging_run(const struct judging *j, struct jdoc **out_doc, int *out_verdict, struct err *e)
{
	int ends[2], status = 0;
	BUF_CLEANUP struct buf text = BUF_INIT;
	if (pipe(ends) < 0)
		return err_errno(e, errno, "pipe");
	fflush(stdout);
	pid_t pid = fork();
	if (pid < 0)
		return err_errno(e, errno, "fork");
	if (!pid) {
		close(ends[0]);
		signal(SIGALRM, SIG_DFL);
		alarm(j->deadline_s);
		_exit(judge(j, ends[1]));
	}
	close(ends[1]);
	int rc = file_read_fd(ends[0], REPORT_MAX, &text, e);
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!rc && WIFSIGNALED(status))
		return refuse_death(status, out_verdict, e);
	if (!rc)
		rc = read_report(&text, out_doc, e);
	if (!rc)
		*out_verdict = WEXITSTATUS(status);
	return rc;
}

int judging_demand(const struct judging *j, struct jdoc **out_doc, struct err *e)
{
	struct jdoc *d = NULL;
	int verdict = VERDICT_INCOMPLETE;
	int rc = judging_run(j, &d, &verdict, e);
	if (rc)
		return rc;
	if (verdict != VERDICT_VALID) {
		const char *reason = jdoc_get_text(jdoc_get(d, "first"), "reason");
		const char *remark = jdoc_text(jdoc_at(jdoc_get(d, "remarks"), 0));
		rc = err_set(e, ERR_LEDGER, "%s: %s: %s", j->repository, verdict_word((enum verdict)verdict),
		             reason ? reason : remark ? remark : verdict_meaning((enum verdict)verdict));
		err_next(e, "daicho verify %s --pin FILE tells everything", j->repository);
	} else if (out_doc) {
		*out_doc = jdoc_keep(d);
	}
	jdoc_free(d);
	return rc;
}
