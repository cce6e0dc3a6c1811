#include "cli/proof_report.h"

#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/lang.h"
#include "cli/apart.h"
#include "cli/output.h"
#include "ledger/proof_check.h"
#include "model/tlog_proof.h"

#define DEADLINE_S 60
#define DAY_S ((int64_t)24 * 60 * 60)
#define FUTURE_S ((int64_t)5 * 60)

struct task {
	const struct buf *proof;
	const struct proof_check_options *options;
};

static int check(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct task *t = ctx;
	enum verdict v;
	int rc = proof_check(t->proof->ptr, t->proof->len, t->options, out, &v, e);
	if (!rc)
		*out_status = (int)v;
	return rc;
}

static const char *text_of(const struct jdoc *d, const char *member)
{
	const char *text = jdoc_get_text(d, member);
	return text ? text : "-";
}

static void add_state(struct buf *out, const char *label, const struct jdoc *d, const char *who)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	const char *name = jdoc_get_text(d, who);
	buf_printf(&line, "%s%s%s", _(text_of(d, "state")), name ? ": " : "", name ? name : "");
	output_row(out, label, buf_str(&line));
}

static void add_witnesses(struct buf *out, const struct jdoc *d)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	int64_t good = 0, wanted = 0;
	if (!jdoc_get_integer(d, "good", &good) || !jdoc_get_integer(d, "wanted", &wanted))
		return;
	buf_printf(&line, _("%" PRId64 " of %" PRId64), good, wanted);
	output_row(out, _("witnesses"), buf_str(&line));
}

static void print_report(const struct jdoc *d, enum verdict verdict)
{
	BUF_CLEANUP struct buf out = BUF_INIT, line = BUF_INIT;
	const struct jdoc *findings = jdoc_get(d, "findings"), *leaf = jdoc_get(d, "leaf");
	int64_t index = 0, size = 0;
	jdoc_get_integer(d, "index", &index);
	jdoc_get_integer(d, "size", &size);
	buf_printf(&out, "%s: %s\n", verdict_word(verdict), verdict_meaning(verdict));
	for (size_t i = 0; i < jdoc_size(findings); i++)
		output_row(&out, i ? "" : _("finding"), jdoc_text(jdoc_at(findings, i)));
	output_row(&out, _("origin"), text_of(d, "origin"));
	buf_printf(&line, _("%" PRId64 " of %" PRId64), index, size);
	output_row(&out, _("entry"), buf_str(&line));
	add_state(&out, _("checkpoint"), jdoc_get(d, "checkpoint"), "key");
	add_witnesses(&out, jdoc_get(d, "witnesses"));
	add_state(&out, _("signature"), jdoc_get(d, "commit"), "fpr");
	add_state(&out, _("record"), jdoc_get(d, "record"), "");
	if (jdoc_type(leaf) == JDOC_OBJECT)
		output_row(&out, _("leaf"), text_of(leaf, "text"));
	output_text(&out);
}

static int judge(struct context *c, const struct buf *proof, const struct proof_check_options *o, int *out_status,
                 struct err *e)
{
	struct task t = { proof, o };
	struct jdoc *d = NULL;
	int rc = apart_run("verify", DEADLINE_S, check, &t, &d, out_status, e);
	if (apart_is_death(rc, *out_status)) {
		output_error(c, e);
		return ERR_OK;
	}
	if (!rc && c->json)
		output_json(d);
	else if (!rc)
		print_report(d, (enum verdict)*out_status);
	jdoc_free(d);
	return rc;
}

int proof_report(struct context *c, const char *path, const struct policy *policy, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf proof = BUF_INIT;
	const struct store_pins *pins = &policy->pins;
	struct tlog_note_key log;
	const bool has_log = *pins->checkpoint &&
	                     !tlog_note_key_parse(pins->checkpoint, strlen(pins->checkpoint), &log, NULL);
	const int64_t now = date_now();
	const struct proof_check_options o = {
		.log = has_log ? &log : NULL, .policy = policy->witnesses, .genesis = &pins->genesis, .fpr = pins->fpr,
		.since = policy->max_age_days ? now - (int64_t)policy->max_age_days * DAY_S : 0, .until = now + FUTURE_S,
	};
	int rc = file_read(path, TLOG_PROOF_MAX, &proof, e);
	return rc ? rc : judge(c, &proof, &o, out_status, e);
}
