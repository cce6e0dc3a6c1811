#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/apart.h"
#include "cli/cli.h"
#include "cli/cmd_archive.h"
#include "cli/cmd_verify.h"
#include "cli/given.h"
#include "cli/judging.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/source.h"
#include "cli/usage.h"
#include "ledger/evidence.h"
#include "ledger/verify.h"

#define EVIDENCE_DEADLINE_S 60

struct asked {
	const char *source, *policy, *origin, *genesis, *key, *deadline, *overdue, *evidence, *proof;
	const char *checkpoints[POLICY_KNOWN_MAX];
	size_t checkpoints_count;
	const char *stamps[POLICY_KNOWN_MAX];
	size_t stamps_count;
	bool ledger_only, by_gpg;
	uint64_t overdue_days;
	unsigned deadline_s;
};

static int read_pins(const struct asked *a, struct store_pins *out, struct err *e)
{
	if (!a->origin || !a->genesis || !a->key) {
		err_set(e, ERR_USAGE, "verify: what is pinned?");
		return err_next(e, "give --policy FILE with what `daicho init` printed, or --origin, --genesis and --key; "
		                   "never take them from the repository that is verified");
	}
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

/* To be released after success. */
static int read_policy(const struct asked *a, struct policy *out, struct err *e)
{
	struct policy p = { .max_age_days = 0 };
	int rc = ERR_OK;
	if (a->policy && (a->origin || a->genesis || a->key))
		return usage_refuse("verify", e, "--policy stands for --origin, --genesis and --key: give one or the other");
	rc = !a->policy ? read_pins(a, &p.pins, e)
	                : given_tell(policy_read(a->policy, &p, e),
	                            N_("a policy is what daicho init printed, with the files that it names "
	                               "(daicho-policy(5))"), e);
	for (size_t i = 0; !rc && i < a->checkpoints_count; i++)
		rc = given_tell(policy_add_checkpoint(&p, a->checkpoints[i], false, e),
		               N_("--checkpoint names a file that daicho checkpoint --out FILE, daicho witness push --out FILE "
		                  "or daicho consistency has made"), e);
	for (size_t i = 0; !rc && i < a->stamps_count; i++)
		rc = given_tell(policy_add_stamp(&p, a->stamps[i], e),
		               N_("--time-stamp names the reply of an authority to daicho timestamp query FILE"), e);
	if (rc)
		policy_release(&p);
	else
		*out = p;
	return rc;
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
	if (line.len)
		output_row(out, _("entries"), buf_str(&line));
}

static void print_stamps(struct buf *out, const struct jdoc *checkpoints)
{
	for (size_t i = 0; i < jdoc_size(checkpoints); i++) {
		BUF_CLEANUP struct buf line = BUF_INIT;
		const struct jdoc *c = jdoc_at(checkpoints, i), *stamp = jdoc_get(c, "time_stamp");
		const char *time = jdoc_get_text(stamp, "time"), *tsa = jdoc_get_text(stamp, "tsa");
		int64_t size = 0;
		if (!time || !tsa || !jdoc_get_integer(c, "size", &size))
			continue;
		buf_printf(&line, size == 1 ? _("%" PRId64 " entry was there no later than %s, says %s")
		                            : _("%" PRId64 " entries were there no later than %s, says %s"), size, time, tsa);
		output_row(out, _("time stamp"), buf_str(&line));
	}
}

/* Of the certificates that carry a dated receipt. */
static void print_receipts(struct buf *out, const struct jdoc *disposals)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	size_t trusted = 0, carried = 0;
	for (size_t i = 0; i < jdoc_size(disposals); i++) {
		const struct jdoc *r = jdoc_get(jdoc_at(disposals, i), "receipt");
		carried += jdoc_type(r) == JDOC_OBJECT;
		trusted += jdoc_is_true(jdoc_get(jdoc_get(r, "judged"), "in_time"));
	}
	buf_printf(&line, _("carried by %zu of %s; in time, by whom the policy believes: %zu"), carried,
	           output_disposals((int64_t)jdoc_size(disposals)).text, trusted);
	if (carried)
		output_row(out, _("receipts"), buf_str(&line));
}

/* How far somebody else than the ledger vouches for it. */
static void print_vouched(struct buf *out, const struct jdoc *d)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	int64_t witnessed = 0, vouched = 0;
	jdoc_get_integer(d, "witnessed", &witnessed);
	jdoc_get_integer(d, "vouched_for", &vouched);
	if (witnessed)
		buf_printf(&line, _("%s, by the quorum of witnesses"), output_entries(witnessed).text);
	else if (vouched)
		buf_printf(&line, _("%s, by a checkpoint that was kept"), output_entries(vouched).text);
	if (line.len)
		output_row(out, _("vouched for"), buf_str(&line));
}

/* What is said of a good ledger says no more than was asked. */
static const char *get_meaning(const struct asked *a, enum verdict verdict)
{
	return verdict == VERDICT_VALID && a->ledger_only
		? _("Every entry is signed and in its place. No record was looked at.") : verdict_meaning(verdict);
}

static void print_report(const struct asked *a, const struct jdoc *d, enum verdict verdict)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	const struct jdoc *faults = jdoc_get(d, "faults"), *remarks = jdoc_get(d, "remarks");
	const struct jdoc *point = jdoc_get(d, "checkpoint");
	buf_printf(&out, "%s: %s\n", verdict_word(verdict), get_meaning(a, verdict));
	for (size_t i = 0; i < jdoc_size(faults); i++)
		judging_print_fault(&out, i ? "" : _("first fault"), jdoc_at(faults, i));
	print_counts(&out, jdoc_get(d, "states"));
	const char *origin = jdoc_get_text(d, "origin");
	const char *root = jdoc_get_text(point, "root"), *head = jdoc_get_text(point, "head");
	output_row(&out, _("origin"), origin ? origin : "-");
	output_row(&out, _("head"), head ? head : "-");
	output_row(&out, _("tree head"), root ? root : "-");
	print_vouched(&out, d);
	print_stamps(&out, jdoc_get(d, "checkpoints"));
	print_receipts(&out, jdoc_get(d, "disposals"));
	for (size_t i = 0; i < jdoc_size(remarks); i++) {
		const char *r = jdoc_text(jdoc_at(remarks, i));
		output_row(&out, _("remark"), r ? r : "");
	}
	output_text(&out);
}

static void show_report(const struct context *c, const struct asked *a, const struct jdoc *d, enum verdict verdict)
{
	if (c->json)
		output_json(d);
	else
		print_report(a, d, verdict);
}

/* Before anything is judged: a verdict is not lost over where its evidence goes. */
static int check_evidence_path(const struct asked *a, struct err *e)
{
	if (!a->evidence)
		return ERR_OK;
	if (file_exists(a->evidence)) {
		err_set(e, ERR_CONFLICT, "%s: is there already", a->evidence);
		return err_next(e, "name a new file");
	}
	int fd = open(a->evidence, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return given_tell(err_errno(e, errno, "%s", a->evidence), GIVEN_OUT, e);
	close(fd);
	unlink(a->evidence);
	return ERR_OK;
}

static int write_evidence(const char *path, const struct jdoc *d, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	jdoc_print_canonical(d, &text);
	return given_write(path, text.ptr, text.len, 0644, e);
}

/* Two histories were found: what convicts goes into the file, and the report says where it is. */
static int keep_evidence(const struct asked *a, struct jdoc *report, struct err *e)
{
	const struct jdoc *evidence = jdoc_get(report, "evidence");
	if (!evidence)
		return ERR_OK;
	if (a->evidence) {
		int rc = write_evidence(a->evidence, evidence, e);
		if (rc)
			return rc;
	}
	BUF_CLEANUP struct buf text = BUF_INIT;
	if (a->evidence)
		buf_printf(&text, _("%s holds two statements that the ledger signed and that contradict each other"),
		           a->evidence);
	else
		buf_puts(&text, _("the ledger has signed two statements that contradict each other: --evidence FILE keeps "
		                  "them"));
	jdoc_append(jdoc_get(report, "remarks"), jdoc_string(buf_str(&text)));
	return ERR_OK;
}

/* A reader that died has judged nothing: that is no pass. */
static int verify_folder(struct context *c, const struct asked *a, const char *folder, const struct policy *policy,
                         int *out_status, struct err *e)
{
	const struct judging j = { .repository = folder, .pins = &policy->pins, .policy = policy,
	                           .ledger_only = a->ledger_only, .by_gpg = a->by_gpg, .deadline_s = a->deadline_s,
	                           .asks_overdue = a->overdue != NULL, .overdue_days = (unsigned)a->overdue_days };
	struct jdoc *d = NULL;
	int rc = judging_run(&j, &d, out_status, e);
	if (apart_is_death(rc, *out_status)) {
		output_error_as(c, e, *out_status);
		return ERR_OK;
	}
	if (rc == ERR_NOTFOUND)
		given_tell(rc, SOURCE_FORMS, e);
	if (rc)
		return rc;
	rc = keep_evidence(a, d, e);
	if (rc) /* the verdict is the exit status all the same */
		output_error(&(struct context){ .json = false }, e);
	show_report(c, a, d, (enum verdict)*out_status);
	jdoc_free(d);
	return ERR_OK;
}

static int verify_bundle(struct context *c, const struct asked *a, const struct policy *policy, int *out_status,
                         struct err *e)
{
	struct scratch folder;
	int rc = source_unbundle(a->source, &folder, e);
	if (rc)
		return rc;
	rc = verify_folder(c, a, folder.path, policy, out_status, e);
	scratch_remove(&folder);
	return rc;
}

/* Of a bundle that goes on from entries which it does not hold. */
static int verify_part_of(struct context *c, const struct asked *a, const struct policy *policy, int *out_status)
{
	const struct verify_options o = { .pins = &policy->pins, .policy = policy };
	struct verify_result result;
	verify_part(&o, _("the bundle goes on from entries that it does not hold: fetch it into a clone that has them, by "
	                  "git fetch FILE 'refs/*:refs/*', and have that judged"), &result);
	*out_status = (int)result.verdict;
	show_report(c, a, result.doc, result.verdict);
	jdoc_free(result.doc);
	return ERR_OK;
}

static int verify_archive(struct context *c, const struct asked *a, int *out_status, struct err *e)
{
	struct policy policy = { .max_age_days = 0 };
	if (a->origin || (!a->policy && a->checkpoints_count))
		return usage_refuse("verify", e, "of an archive: --policy FILE is wanted, with archive_key");
	if (a->stamps_count || a->evidence)
		return usage_refuse("verify", e, "of an archive: time stamps and evidence are of the ledger");
	int rc = a->policy ? read_policy(a, &policy, e) : ERR_OK;
	const struct cmd_archive_asked archive = { .policy = a->policy ? &policy : NULL, .deadline = a->deadline,
	                                           .args = (const char **)&a->source, .count = 1 };
	if (!rc)
		rc = cmd_archive_verify(c, &archive, out_status, e);
	policy_release(&policy);
	return rc;
}

struct evidence_task {
	const struct jdoc *evidence;
	const struct policy *policy;
};

static int check_evidence(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct evidence_task *t = ctx;
	*out_status = VERDICT_DIVERGED;
	return evidence_check(t->evidence, t->policy, out, e);
}

static void print_evidence(const struct jdoc *d, bool is_pinned)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	const struct jdoc *signers = jdoc_get(d, "signed_by");
	buf_printf(&out, "%s: %s\n", verdict_word(VERDICT_DIVERGED), _("The ledger has two histories."));
	output_row(&out, _("origin"), jdoc_get_text(d, "origin"));
	output_row(&out, _("proof"), jdoc_get_text(d, "contradiction"));
	for (size_t i = 0; i < jdoc_size(signers); i++)
		output_row(&out, i ? "" : _("signed by"), jdoc_text(jdoc_at(signers, i)));
	if (!is_pinned)
		output_row(&out, _("remark"), _("nothing was pinned: compare the keys with those that you trust"));
	output_text(&out);
}

/* Without a policy it convicts whoever has those keys. */
static int verify_evidence(struct context *c, const struct asked *a, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct policy policy = { .max_age_days = 0 };
	struct jdoc *evidence = NULL, *d = NULL;
	const bool is_pinned = a->policy || a->origin;
	int rc = is_pinned ? read_policy(a, &policy, e) : ERR_OK;
	if (!rc)
		rc = file_read(a->source, EVIDENCE_MAX, &text, e);
	if (!rc && !(evidence = jdoc_parse(buf_str(&text), text.len, EVIDENCE_MAX, 0, e)))
		rc = err_prefix(e, "%s", a->source);
	struct evidence_task t = { evidence, is_pinned ? &policy : NULL };
	if (!rc)
		rc = apart_run("verify", EVIDENCE_DEADLINE_S, check_evidence, &t, &d, out_status, e);
	if (apart_is_death(rc, *out_status)) {
		output_error_as(c, e, *out_status);
		rc = ERR_OK;
	} else if (!rc && c->json) {
		output_json(d);
	} else if (!rc) {
		print_evidence(d, is_pinned);
	}
	given_tell(rc, rc == ERR_KEY ? N_("give the policy of the ledger that it is about: it convicts nobody else")
	                             : N_("take another copy of it, as daicho-verify --evidence has written it"), e);
	jdoc_free(evidence);
	jdoc_free(d);
	policy_release(&policy);
	return rc;
}

static int verify_source(struct context *c, const struct asked *a, int *out_status, struct err *e)
{
	enum source_kind kind = SOURCE_PROOF;
	struct policy policy;
	int rc = source_find(a->source, &kind, e);
	if (!rc && kind == SOURCE_EVIDENCE)
		return verify_evidence(c, a, out_status, e);
	if (!rc && kind == SOURCE_ARCHIVE)
		return verify_archive(c, a, out_status, e);
	if (!rc)
		rc = read_policy(a, &policy, e);
	if (rc)
		return rc;
	if ((kind == SOURCE_PROOF || kind == SOURCE_STEP) && (a->stamps_count || a->evidence))
		rc = usage_refuse("verify", e, "of a proof: time stamps and evidence are of the ledger");
	else if (kind == SOURCE_PROOF)
		rc = cmd_verify_proof(c, a->source, &policy, a->deadline_s, out_status, e);
	else if (kind == SOURCE_STEP)
		rc = cmd_verify_step(c, a->source, &policy, a->deadline_s, out_status, e);
	else if (kind == SOURCE_BUNDLE_ON)
		rc = verify_part_of(c, a, &policy, out_status);
	else if (kind == SOURCE_BUNDLE)
		rc = verify_bundle(c, a, &policy, out_status, e);
	else
		rc = verify_folder(c, a, a->source, &policy, out_status, e);
	policy_release(&policy);
	return rc;
}

/* What may be given more than once. */
static int take_more(void *ctx, const char *name, const char *value, struct err *e)
{
	struct asked *a = ctx;
	bool is_stamp = strcmp(name, "time-stamp") == 0;
	const char **list = is_stamp ? a->stamps : a->checkpoints;
	size_t *count = is_stamp ? &a->stamps_count : &a->checkpoints_count;
	if (!is_stamp && strcmp(name, "checkpoint") != 0)
		return usage_refuse("verify", e, "--%s: unknown option", name);
	if (!value)
		return ERR_OK;
	if (*count == POLICY_KNOWN_MAX)
		return usage_refuse("verify", e, "--%s: at most %d", name, POLICY_KNOWN_MAX);
	list[(*count)++] = value;
	return ERR_OK;
}

static int read_numbers(struct asked *a, struct err *e)
{
	uint64_t deadline_s = JUDGING_DEADLINE_S;
	if (a->deadline && (!text_parse_u64(a->deadline, strlen(a->deadline), 1000000, &deadline_s) || !deadline_s))
		return usage_refuse("verify", e, "--deadline: seconds are wanted");
	if (a->overdue && !text_parse_u64(a->overdue, strlen(a->overdue), 100000, &a->overdue_days))
		return usage_refuse("verify", e, "--overdue: days are wanted");
	a->deadline_s = (unsigned)deadline_s;
	return ERR_OK;
}

int cmd_verify(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct asked a = { .source = NULL };
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "policy", &a.policy, NULL }, { "pin", &a.policy, NULL }, { "origin", &a.origin, NULL },
		{ "genesis", &a.genesis, NULL }, { "key", &a.key, NULL }, { "deadline", &a.deadline, NULL },
		{ "ledger-only", NULL, &a.ledger_only }, { "by-gpg", NULL, &a.by_gpg }, { "overdue", &a.overdue, NULL },
		{ "evidence", &a.evidence, NULL }, { "proof", &a.proof, NULL },
	};
	int rc = options_read("verify", argc, argv, specs, sizeof specs / sizeof *specs, take_more, &a, &a.source, 1, &n,
	                      e);
	if (!rc)
		rc = read_numbers(&a, e);
	if (!rc)
		rc = check_evidence_path(&a, e);
	if (rc)
		return rc;
	if (a.proof && a.source)
		return usage_refuse("verify", e, "--proof FILE stands for what is verified: give nothing else");
	if (a.proof)
		a.source = a.proof;
	if (!a.source)
		a.source = c->store;
	if (!a.source)
		return usage_refuse("verify", e, "the repository or store is wanted");
	return verify_source(c, &a, out_status, e);
}
