#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "foreign/pgp.h"
#include "foreign/repo.h"
#include "ledger/verify.h"

#define DEADLINE_DEFAULT_S 3600
#define MEMORY_MAX ((rlim_t)8 << 30)
#define REPORT_MAX ((size_t)64 << 20)
#define PROGRESS_EVERY 4096

struct asked {
	const char *repo, *pin, *origin, *genesis, *key, *deadline;
	bool ledger_only;
};

static int read_pins(const struct asked *a, struct store_pins *out, struct err *e)
{
	if (a->pin)
		return a->origin || a->genesis || a->key
			? usage_refuse("verify", e, "--pin stands for --origin, --genesis and --key: give one or the other")
			: store_pins_read(a->pin, out, e);
	if (!a->origin || !a->genesis || !a->key) {
		err_set(e, ERR_USAGE, "verify: what is pinned?");
		return err_next(e, "give --pin FILE with what `daicho init` printed, or --origin, --genesis and --key; "
		                   "never take them from the repository that is verified");
	}
	*out = (struct store_pins){ .recovery_fpr = "" };
	if (!leaf_is_origin(a->origin, strlen(a->origin)))
		return usage_refuse("verify", e, "--origin: not a name of a ledger");
	if (!hash_parse(a->genesis, strlen(a->genesis), &out->genesis))
		return usage_refuse("verify", e, "--genesis: sha256:<64 hex digits> is wanted");
	if (!leaf_is_fpr(a->key, strlen(a->key)))
		return usage_refuse("verify", e, "--key: the full fingerprint, 40 upper-case hex digits, is wanted");
	strcpy(out->origin, a->origin);
	strcpy(out->fpr, a->key);
	return ERR_OK;
}

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
static int judge(const struct asked *a, const struct store_pins *pins, int fd)
{
	struct verify_options o = { .pins = pins, .ledger_only = a->ledger_only };
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
		rc = verify_repository(a->repo, &o, &result, &e);
	struct jdoc *doc = rc ? jdoc_error(&e, NULL) : result.doc;
	jdoc_print(doc, &text);
	jdoc_free(doc);
	if (file_write_all(fd, text.ptr, text.len, "report", &e))
		return err_exit(ERR_IO);
	return rc ? err_exit(rc) : (int)result.verdict;
}

static void print_counts(struct buf *out, const struct jdoc *states)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	for (int s = 0; s < VERDICT_STATE_COUNT; s++) {
		int64_t n = 0;
		const char *word = verdict_state_word((enum verdict_state)s);
		if (jdoc_get_integer(states, word, &n) && n)
			buf_printf(&line, "%s%" PRId64 " %s", line.len ? ", " : "", n, _(word));
	}
	output_row(out, _("entries"), buf_str(&line));
}

static void print_fault(struct buf *out, const char *label, const struct jdoc *f)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	int64_t seq = 0;
	if (jdoc_get_integer(f, "seq", &seq))
		buf_printf(&line, _("entry %" PRId64 ": "), seq);
	const char *state = jdoc_get_text(f, "state"), *reason = jdoc_get_text(f, "reason");
	buf_printf(&line, "%s: %s", state ? _(state) : "", reason ? reason : "");
	output_row(out, label, buf_str(&line));
}

static void print_report(const struct jdoc *d, enum verdict verdict)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	const struct jdoc *faults = jdoc_get(d, "faults"), *remarks = jdoc_get(d, "remarks");
	const struct jdoc *point = jdoc_get(d, "checkpoint");
	buf_printf(&out, "%s: %s\n", verdict_word(verdict), verdict_meaning(verdict));
	for (size_t i = 0; i < jdoc_size(faults); i++)
		print_fault(&out, i ? "" : _("first fault"), jdoc_at(faults, i));
	print_counts(&out, jdoc_get(d, "states"));
	const char *origin = jdoc_get_text(d, "origin");
	const char *root = jdoc_get_text(point, "root"), *head = jdoc_get_text(point, "head");
	output_row(&out, _("origin"), origin ? origin : "-");
	output_row(&out, _("head"), head ? head : "-");
	output_row(&out, _("tree head"), root ? root : "-");
	for (size_t i = 0; i < jdoc_size(remarks); i++) {
		const char *r = jdoc_text(jdoc_at(remarks, i));
		output_row(&out, _("remark"), r ? r : "");
	}
	output_text(&out);
}

/* A reader that died has judged nothing: that is no pass. */
static int report_death(struct context *c, int status, int *out_status)
{
	struct err e = ERR_INIT;
	err_set(&e, ERR_LEDGER, "verify: the reading process was ended by signal %d", WTERMSIG(status));
	err_next(&e, "a file in the repository is damaged (git fsck --full names it), or --deadline is too short");
	output_error(c, &e);
	*out_status = VERDICT_INCOMPLETE;
	return ERR_OK;
}

static int report(struct context *c, const struct buf *text, int status, int *out_status, struct err *e)
{
	if (WIFSIGNALED(status))
		return report_death(c, status, out_status);
	struct jdoc *d = jdoc_parse(buf_str(text), text->len, REPORT_MAX, 0, e);
	if (!d)
		return err_prefix(e, "verify: report");
	const struct jdoc *error = jdoc_get(d, "error");
	if (error) {
		const char *word = jdoc_get_text(error, "code"), *why = jdoc_get_text(error, "text");
		const char *next = jdoc_get_text(error, "next");
		int rc = err_set(e, err_from_word(word ? word : ""), "%s", why ? why : "");
		if (next && *next)
			err_next(e, "%s", next);
		jdoc_free(d);
		return rc;
	}
	*out_status = WEXITSTATUS(status);
	if (c->json)
		output_json(d);
	else
		print_report(d, (enum verdict)*out_status);
	jdoc_free(d);
	return ERR_OK;
}

static int verify(struct context *c, const struct asked *a, const struct store_pins *pins, unsigned deadline_s,
                  int *out_status, struct err *e)
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
		alarm(deadline_s);
		_exit(judge(a, pins, ends[1]));
	}
	close(ends[1]);
	int rc = file_read_fd(ends[0], REPORT_MAX, &text, e);
	close(ends[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return rc ? rc : report(c, &text, status, out_status, e);
}

int cmd_verify(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct asked a = { .repo = NULL };
	struct store_pins pins;
	uint64_t deadline_s = DEADLINE_DEFAULT_S;
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "pin", &a.pin, NULL }, { "origin", &a.origin, NULL }, { "genesis", &a.genesis, NULL },
		{ "key", &a.key, NULL }, { "deadline", &a.deadline, NULL }, { "ledger-only", NULL, &a.ledger_only },
	};
	int rc = options_read("verify", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, &a.repo, 1, &n, e);
	if (rc)
		return rc;
	if (!a.repo)
		a.repo = c->store;
	if (!a.repo)
		return usage_refuse("verify", e, "the repository or store is wanted");
	if (a.deadline && !text_parse_u64(a.deadline, strlen(a.deadline), 1000000, &deadline_s))
		return usage_refuse("verify", e, "--deadline: seconds are wanted");
	rc = read_pins(&a, &pins, e);
	return rc ? rc : verify(c, &a, &pins, (unsigned)deadline_s, out_status, e);
}
