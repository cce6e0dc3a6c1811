#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/apart.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "foreign/pgp.h"
#include "foreign/repo.h"
#include "ledger/verify.h"

#define DEADLINE_DEFAULT_S 3600
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

struct judging {
	const struct asked *asked;
	const struct store_pins *pins;
};

static int judge(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct judging *j = ctx;
	struct verify_options o = { .pins = j->pins, .ledger_only = j->asked->ledger_only };
	struct verify_result result;
	if (isatty(STDERR_FILENO))
		o.progress = show_progress;
	int rc = repo_library_init(e);
	if (!rc)
		rc = pgp_library_init(e);
	if (!rc)
		rc = verify_repository(j->asked->repo, &o, &result, e);
	if (rc)
		return rc;
	*out = result.doc;
	*out_status = (int)result.verdict;
	return ERR_OK;
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

static int verify(struct context *c, const struct asked *a, const struct store_pins *pins, unsigned deadline_s,
                  int *out_status, struct err *e)
{
	struct judging j = { a, pins };
	struct jdoc *d;
	int rc = apart_run(c, "verify", deadline_s, judge, &j, &d, out_status, e);
	if (rc || !d)
		return rc;
	if (c->json)
		output_json(d);
	else
		print_report(d, (enum verdict)*out_status);
	jdoc_free(d);
	return ERR_OK;
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
