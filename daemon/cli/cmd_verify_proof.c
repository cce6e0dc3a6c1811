#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/text.h"
#include "cli/apart.h"
#include "cli/cmd_verify.h"
#include "cli/given.h"
#include "cli/output.h"
#include "ledger/proof_check.h"
#include "model/tlog_proof.h"

#define DAY_S ((int64_t)24 * 60 * 60)
#define FUTURE_S ((int64_t)5 * 60)       /* by which clocks differ */

struct task {
	const struct buf *bytes;
	const struct policy *policy;
	struct proof_check_options options;
	struct tlog_note_key log;
};

static int check_apart(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct task *t = ctx;
	enum verdict v;
	int rc = proof_check(buf_str(t->bytes), t->bytes->len, &t->options, out, &v, e);
	if (!rc)
		*out_status = (int)v;
	return rc;
}

/* Among those that the policy knows, which come first, or that came with it: one that contradicts what is known is
 * judged in its place. NULL: none is of that size. */
static const struct policy_checkpoint *find_old(const struct policy *p, uint64_t size)
{
	const struct policy_checkpoint *old = NULL;
	for (size_t i = 0; i < p->checkpoints_count; i++) {
		const struct policy_checkpoint *c = &p->checkpoints[i];
		if (c->text.size == size && (!old || !hash_is_equal(&c->text.root, &old->text.root)))
			old = c;
	}
	return old;
}

static int check_step_apart(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct task *t = ctx;
	struct tlog_checkpoint_request q;
	enum verdict v;
	int rc = tlog_checkpoint_request_parse(buf_str(t->bytes), t->bytes->len, &q, e);
	if (rc)
		return rc;
	const struct policy_checkpoint *old = find_old(t->policy, q.old);
	if (!old) {
		err_set(e, ERR_USAGE, q.old == 1 ? N_("verify: the older checkpoint, of %" PRIu64 " entry, is wanted")
		                                 : N_("verify: the older checkpoint, of %" PRIu64 " entries, is wanted"),
		        q.old);
		return err_next(e, "give it with --checkpoint, or as one that the policy knows");
	}
	const struct tlog_note *note = old->is_known ? NULL : &old->note;
	rc = proof_check_consistency(&old->text, note, buf_str(t->bytes), t->bytes->len, &t->options, out, &v, e);
	if (!rc)
		*out_status = (int)v;
	return rc;
}

static int read_options(const struct policy *p, struct task *t, struct err *e)
{
	int64_t now = date_now();
	t->options = (struct proof_check_options){ .policy = p->witnesses, .origin = p->pins.origin,
		.genesis = &p->pins.genesis,
		.fpr = p->pins.fpr, .seen = p->checkpoints, .seen_count = p->checkpoints_count, .until = now + FUTURE_S,
		.since = p->max_age_days ? now - (int64_t)p->max_age_days * DAY_S : 0 };
	if (!*p->pins.checkpoint)
		return ERR_OK;
	int rc = tlog_note_key_parse(p->pins.checkpoint, strlen(p->pins.checkpoint), &t->log, e);
	t->options.log = &t->log;
	return rc;
}

/* A key that came with the proof says who signed, not whether that one counts. */
static void add_signer(struct buf *out, const struct jdoc *commit)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	const char *fpr = jdoc_text_of(commit, "fpr");
	if (strcmp(jdoc_text_of(commit, "state"), "unchecked") == 0)
		output_row(out, _("signed by"), _("not checked: the proof brings no key"));
	if (!*fpr)
		return;
	if (jdoc_is_true(jdoc_get(commit, "pinned")))
		buf_puts(&line, fpr);
	else
		buf_printf(&line, _("%s, which is not pinned"), fpr);
	output_row(out, _("signed by"), buf_str(&line));
}

static void add_entry(struct buf *out, const struct jdoc *d)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	const struct jdoc *leaf = jdoc_get(d, "leaf");
	buf_printf(&line, _("%" PRId64 " of %" PRId64), jdoc_number_of(d, "index"), jdoc_number_of(d, "size"));
	output_row(out, _("entry"), buf_str(&line));
	if (jdoc_type(leaf) != JDOC_OBJECT)
		return;
	output_row(out, _("kind"), jdoc_text_of(leaf, "kind"));
	output_row(out, _("time"), jdoc_text_of(leaf, "time"));
	output_row(out, _("record"), _(jdoc_text_of(jdoc_get(d, "record"), "state")));
	add_signer(out, jdoc_get(d, "commit"));
}

static void add_witnesses(struct buf *out, const struct jdoc *d)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	if (jdoc_type(d) != JDOC_OBJECT)
		return;
	buf_printf(&line, _("%" PRId64 " of %" PRId64), jdoc_number_of(d, "good"), jdoc_number_of(d, "wanted"));
	if (*jdoc_text_of(d, "newest"))
		buf_printf(&line, ", %s", jdoc_text_of(d, "newest"));
	output_row(out, _("witnesses"), buf_str(&line));
}

static void add_head(struct buf *out, const struct jdoc *d, const char *file)
{
	const struct jdoc *findings = jdoc_get(d, "findings");
	buf_printf(out, "%s: ", jdoc_text_of(d, "verdict"));
	text_add_safe(out, file, strlen(file), true);
	buf_putc(out, '\n');
	for (size_t i = 0; i < jdoc_size(findings); i++)
		output_row(out, i ? "" : _("found"), jdoc_text(jdoc_at(findings, i)));
	output_row(out, _("origin"), jdoc_text_of(d, "origin"));
}

/* A record is here only when nothing is wrong. */
static void print_proof(const struct jdoc *d, const char *file)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	add_head(&out, d, file);
	add_entry(&out, d);
	add_witnesses(&out, jdoc_get(d, "witnesses"));
	const char *record = jdoc_get_text(jdoc_get(d, "record"), "text");
	if (record) {
		buf_putc(&out, '\n');
		output_wide_row(&out, "", 0, record);
	}
	output_text(&out);
}

static void print_step(const struct jdoc *d, const char *file)
{
	BUF_CLEANUP struct buf out = BUF_INIT, line = BUF_INIT;
	add_head(&out, d, file);
	buf_printf(&line, _("%" PRId64 ", after %" PRId64), jdoc_number_of(jdoc_get(d, "new"), "size"),
	           jdoc_number_of(jdoc_get(d, "old"), "size"));
	output_row(&out, _("entries"), buf_str(&line));
	output_row(&out, _("tree head"), jdoc_text_of(jdoc_get(d, "new"), "root"));
	add_witnesses(&out, jdoc_get(d, "witnesses"));
	output_text(&out);
}

typedef void print_fn(const struct jdoc *d, const char *file);

static int run(struct context *c, const char *file, const struct policy *policy, unsigned deadline_s, apart_fn *check,
               print_fn *print, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	struct task t = { .bytes = &bytes, .policy = policy };
	struct jdoc *d = NULL;
	int rc = read_options(policy, &t, e);
	if (!rc)
		rc = given_read(file, TLOG_PROOF_MAX, "give a file that daicho prove or daicho consistency has made",
		                &bytes, e);
	if (!rc)
		rc = given_tell(apart_run("verify", deadline_s, check, &t, &d, out_status, e),
		                N_("take another copy of it, as daicho prove or daicho consistency has made it"), e);
	if (apart_is_death(rc, *out_status)) {
		output_error_as(c, e, *out_status);
		return ERR_OK;
	}
	if (!rc && c->json)
		output_json(d);
	else if (!rc)
		print(d, file);
	jdoc_free(d);
	return rc;
}

int cmd_verify_proof(struct context *c, const char *file, const struct policy *policy, unsigned deadline_s,
                     int *out_status, struct err *e)
{
	return run(c, file, policy, deadline_s, check_apart, print_proof, out_status, e);
}

int cmd_verify_step(struct context *c, const char *file, const struct policy *policy, unsigned deadline_s,
                    int *out_status, struct err *e)
{
	return run(c, file, policy, deadline_s, check_step_apart, print_step, out_status, e);
}
