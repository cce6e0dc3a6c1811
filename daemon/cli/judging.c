#include "cli/judging.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/lang.h"
#include "base/mem.h"
#include "cli/apart.h"
#include "cli/output.h"
#include "cli/scratch.h"
#include "foreign/pgp.h"
#include "foreign/repo.h"
#include "ledger/ledger.h"
#include "ledger/verify.h"

#define PROGRESS_EVERY 4096

struct work {
	const struct judging *judging;
	const char *tmp;
};

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

static int judge(void *ctx, struct jdoc **out, int *out_verdict, struct err *e)
{
	const struct work *w = ctx;
	const struct judging *j = w->judging;
	MEM_CLEANUP struct leaf_range *lost = NULL;
	size_t lost_count = 0;
	struct verify_options o = { .pins = j->pins, .policy = j->policy, .ledger_only = j->ledger_only,
	                            .by_gpg = j->by_gpg, .takes_unfinished = j->takes_unfinished,
	                            .asks_overdue = j->asks_overdue, .overdue_days = j->overdue_days };
	struct verify_result result;
	setenv("TMPDIR", w->tmp, 1);
	if (isatty(STDERR_FILENO))
		o.progress = show_progress;
	int rc = j->lost ? ledger_lost_read(j->lost, &lost, &lost_count, e) : ERR_OK;
	o.lost = lost;
	o.lost_count = lost_count;
	if (!rc)
		rc = repo_library_init(e);
	if (!rc)
		rc = pgp_library_init(e);
	if (!rc)
		rc = verify_repository(j->repository, &o, &result, e);
	if (rc)
		return rc;
	*out = result.doc;
	*out_verdict = (int)result.verdict;
	return ERR_OK;
}

/* The key homes of gpg go with this process, however it and the one that judges end. */
int judging_run(const struct judging *j, struct jdoc **out_doc, int *out_verdict, struct err *e)
{
	struct scratch homes;
	int rc = scratch_make("daicho-gpg", &homes, e);
	if (rc)
		return rc;
	struct work w = { j, homes.path };
	rc = apart_run("verify", j->deadline_s, judge, &w, out_doc, out_verdict, e);
	scratch_remove(&homes);
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

void judging_print_fault(struct buf *out, const char *label, const struct jdoc *fault)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	int64_t seq = 0;
	if (jdoc_get_integer(fault, "seq", &seq))
		buf_printf(&line, _("entry %" PRId64 ": "), seq);
	const char *state = jdoc_get_text(fault, "state"), *reason = jdoc_get_text(fault, "reason");
	buf_printf(&line, "%s: %s", state ? _(state) : "", reason ? reason : "");
	output_row(out, label, buf_str(&line));
}
