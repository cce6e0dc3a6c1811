#include <inttypes.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/judging.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "ledger/verify.h"

struct asked {
	const char *repo, *pin, *origin, *genesis, *key, *deadline, *overdue;
	bool ledger_only;
	uint64_t overdue_days;
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
static int verify(struct context *c, const struct asked *a, const struct store_pins *pins, unsigned deadline_s,
                  int *out_status, struct err *e)
{
	const struct judging j = { .repository = a->repo, .pins = pins, .ledger_only = a->ledger_only,
		                          .deadline_s = deadline_s, .asks_overdue = a->overdue != NULL,
		                          .overdue_days = (unsigned)a->overdue_days };
	struct jdoc *d = NULL;
	int rc = judging_run(&j, &d, out_status, e);
	if (rc == ERR_LEDGER && *out_status == VERDICT_INCOMPLETE) {
		output_error(c, e);
		return ERR_OK;
	}
	if (rc)
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
	uint64_t deadline_s = JUDGING_DEADLINE_S;
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "pin", &a.pin, NULL }, { "origin", &a.origin, NULL }, { "genesis", &a.genesis, NULL },
		{ "key", &a.key, NULL }, { "deadline", &a.deadline, NULL }, { "ledger-only", NULL, &a.ledger_only },
		{ "overdue", &a.overdue, NULL },
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
	if (a.overdue && !text_parse_u64(a.overdue, strlen(a.overdue), 100000, &a.overdue_days))
		return usage_refuse("verify", e, "--overdue: days are wanted");
	rc = read_pins(&a, &pins, e);
	return rc ? rc : verify(c, &a, &pins, (unsigned)deadline_s, out_status, e);
}
