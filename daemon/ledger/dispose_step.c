#include "ledger/dispose_step.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/date.h"
#include "base/file.h"
#include "base/lang.h"
#include "ledger/append.h"
#include "ledger/dispose_traces.h"

#define DAY_S 86400

struct question {
	struct ledger *l;
	const struct dispose_view *v;
	int64_t now;
	struct leaf propose;
	struct hash plan;
	struct dispose_package package;   /* read once, before anything is asked of it */
};

static int advise_abort(struct err *e)
{
	return err_next(e, "abort the proposal and propose again: daicho disposal abort --plan DIGEST --reason TEXT");
}

/* What is lost gets into no archive, and nobody could prove that it went: so it is not disposed of, and what else is
 * due only without it. */
static int refuse_lost(const struct ledger *l, const struct history_dues *dues, bool stands, struct err *e)
{
	uint64_t first = 0, count = 0;
	for (size_t i = 0; i < dues->count; i++)
		for (uint64_t j = 0; j < dues->at[i].due.count; j++) {
			uint64_t seq = dues->at[i].seqs[j];
			if (!ledger_is_lost(l, seq))
				continue;
			first = !count++ || seq < first ? seq : first;
		}
	if (!count)
		return ERR_OK;
	if (count == 1)
		err_set(e, ERR_RULE, "disposal: the record of entry %" PRIu64 " is due, and lost", first);
	else
		err_set(e, ERR_RULE, "disposal: the records of %" PRIu64 " entries are due, and lost, the first is that "
		        "of entry %" PRIu64 " (daicho disposal plan names them)", count, first);
	if (stands)
		return err_next(e, "take what is lost back from a copy (daicho restore BACKUP DIR --ledger REPO --records "
		                "COPY); or hold it (daicho hold place %" PRIu64 " --basis duty --reason TEXT), abort the "
		                "proposal (daicho disposal abort --plan DIGEST --reason TEXT), and propose again", first);
	return err_next(e, "take what is lost back from a copy (daicho restore BACKUP DIR --ledger REPO --records COPY); "
	                "or hold it (daicho hold place %" PRIu64 " --basis duty --reason TEXT), and propose what is due "
	                "then", first);
}

/* While a proposal stands. */

static int check_lost(const struct question *q, struct err *e)
{
	const struct history_proposal *p = &q->v->stands;
	struct history_dues dues = { .count = 0 };
	history_due_of(q->v->history, q->v->year, p->base_year, p->measure, &dues);
	int rc = refuse_lost(q->l, &dues, true, e);
	history_dues_release(&dues);
	return rc;
}

static int check_clock(const struct question *q, struct err *e)
{
	return dispose_view_clock(q->l, q->v, q->v->stands.base_year, q->now, e);
}

static int check_measure(const struct question *q, struct err *e)
{
	return dispose_compare_measure(q->v, &q->propose, e);
}

/* Exactly what was proposed is due now. */
static int check_due(const struct question *q, struct err *e)
{
	const struct history_proposal *p = &q->v->stands;
	struct history_dues dues = { .count = 0 };
	history_due_of(q->v->history, q->v->year, p->base_year, p->measure, &dues);
	struct hash now = dispose_plan_digest(q->l->store->origin, &dues);
	bool same = dues.count && hash_is_equal(&now, &q->plan);
	history_dues_release(&dues);
	if (same)
		return ERR_OK;
	err_set(e, ERR_CONFLICT, "disposal: what is due now is not what entry %" PRIu64 " proposed", p->propose);
	return err_next(e, "daicho hold list shows what is held; abort the proposal and propose again: daicho disposal "
	                "abort --plan DIGEST --reason TEXT");
}

/* Nobody can approve in place of who has approved: their number is full with one person too few. */
static int check_people(const struct question *q, struct err *e)
{
	struct leaf_seqs by = { .count = 0 };
	int rc = dispose_read_persons(q->l, q->v, &by, e);
	if (!rc)
		rc = dispose_compare_persons(q->l, &by, e);
	free(by.at);
	return rc == ERR_RULE ? advise_abort(e) : rc;
}

/* Of an approval from a time that a clock entry has taken back nobody knows how old it is. */
static int check_age(const struct question *q, const struct leaf *approval, struct err *e)
{
	int days = q->l->rules->book->approval_days;
	if (approval->time > q->v->time) {
		err_set(e, ERR_RULE, "disposal: the approval of entry %" PRIu64 " has a later Time than an entry made now",
		        approval->seq);
		return advise_abort(e);
	}
	if (q->v->time - approval->time <= (int64_t)days * DAY_S)
		return ERR_OK;
	err_set(e, ERR_RULE, "disposal: the approval of entry %" PRIu64 " is older than %d days", approval->seq, days);
	return advise_abort(e);
}

static int check_ages(const struct question *q, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < q->v->stands.approvals; i++) {
		struct leaf leaf;
		rc = dispose_read_leaf(q->l, history_approval(q->v->history, i), &leaf, e);
		if (rc)
			return rc;
		rc = check_age(q, &leaf, e);
		leaf_release(&leaf);
	}
	return rc;
}

static int check_approvals(const struct question *q, struct err *e)
{
	const struct history_proposal *p = &q->v->stands;
	if (p->approve)
		return ERR_OK;
	err_set(e, ERR_RULE, p->approvals == 1
	        ? N_("disposal: the proposal of entry %" PRIu64 " has %zu approval, and %zu are wanted")
	        : N_("disposal: the proposal of entry %" PRIu64 " has %zu approvals, and %zu are wanted"),
	        p->propose, p->approvals, p->wanted);
	return err_next(e, "another person approves: daicho disposal approve --plan DIGEST --decision NUMBER --sign FPR");
}

/* What a run makes has one digest: an archive that was received with another one is never certified. */
static int check_received(const struct question *q, struct err *e)
{
	struct leaf transfer;
	if (!q->v->stands.transfer || !q->package.has_signed)
		return ERR_OK;
	int rc = dispose_read_leaf(q->l, q->v->stands.transfer, &transfer, e);
	if (rc)
		return rc;
	if (!hash_is_equal(&q->package.signed_hash, &transfer.archive.hash)) {
		err_set(e, ERR_RULE, "disposal: entry %" PRIu64 " says that another archive was received than the one that was "
		        "signed here", transfer.seq);
		rc = advise_abort(e);
	}
	leaf_release(&transfer);
	return rc;
}

static int check_package(const struct question *q, struct err *e)
{
	return dispose_step_package_check(&q->package, e);
}

static bool wants_dated(const struct question *q)
{
	return !q->v->stands.dispose && !dispose_step_hands_over(q->v) && dispose_receipt_is_wanted(q->l, q->v);
}

/* Whatever is given as one would be refused. */
static int check_daters(const struct question *q, struct err *e)
{
	return wants_dated(q) ? dispose_receipt_daters(q->l->store, e) : ERR_OK;
}

/* While a certificate waits for its completion. */

/* The clock by which the certificate was made was wrong: its year comes, and nothing is lost by waiting. */
static int check_early(const struct question *q, struct err *e)
{
	int from = history_early_waits(q->v->history, date_year_of_time(q->now));
	if (!from)
		return ERR_OK;
	err_set(e, ERR_CLOCK, "disposal: what the certificate of entry %" PRIu64 " names is due from %d-01-01 on",
	        q->v->stands.dispose, from);
	return err_next(e, "wait until %d-01-01, then: daicho disposal run --plan DIGEST", from);
}

/* The certificate stands, and its records stay as long as the hold does. */
static int check_held(const struct question *q, struct err *e)
{
	const uint64_t dispose = q->v->stands.dispose;
	uint64_t hold, seq;
	if (!history_holds_late(q->v->history, dispose, q->v->year, &hold, &seq))
		return ERR_OK;
	err_set(e, ERR_RULE, "disposal: entry %" PRIu64 " holds entry %" PRIu64 ", which the certificate of entry %" PRIu64
	        " names", hold, seq, dispose);
	return err_next(e, "two persons release it (daicho hold release %" PRIu64 " ...), then run again", hold);
}

static int check_traces(const struct question *q, struct err *e)
{
	struct dispose_set set = { .count = 0 };
	int rc = dispose_traces_read(q->l, q->v->stands.base_year, &q->plan, &set, e);
	dispose_set_release(&set);
	return rc;
}

/* By its size alone: the run that needs it reads all of it. */
static int check_archive(const struct question *q, const struct leaf_digest *named, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	struct stat st;
	archive_path(q->l->store, q->v->stands.base_year, &q->plan, &path);
	if (lstat(buf_str(&path), &st) < 0)
		err_errno(e, errno, "%s", buf_str(&path));
	else if ((uint64_t)st.st_size == named->bytes)
		return ERR_OK;
	else
		err_set(e, ERR_CONFLICT, "%s: not the archive that the certificate names", buf_str(&path));
	return err_next(e, "put the archive of the certificate back: %s", buf_str(&path));
}

/* By it their absence is proved, and only while all of them are here it can be made anew. */
static int check_copy(const struct question *q, struct err *e)
{
	struct err why = ERR_INIT;
	struct leaf leaf;
	int rc = dispose_read_leaf(q->l, q->v->stands.dispose, &leaf, e);
	if (rc)
		return rc;
	rc = leaf.has_archive ? check_archive(q, &leaf.archive, &why) : check_traces(q, &why);
	leaf_release(&leaf);
	if (!rc || (rc == ERR_NOTFOUND && dispose_all_are_there(q->l, q->v)))
		return ERR_OK;
	*e = why;
	return rc;
}

/* In the order in which they are told. A step is taken where it was a rule that refused. */
struct check {
	int (*refuses)(const struct question *q, struct err *e);
	enum dispose_step step;
};

static const struct check before_certificate[] = {
	{ check_clock, DISPOSE_STEP_NONE }, { check_measure, DISPOSE_STEP_ABORT }, { check_due, DISPOSE_STEP_ABORT },
	{ check_lost, DISPOSE_STEP_ABORT }, { check_people, DISPOSE_STEP_ABORT }, { check_ages, DISPOSE_STEP_ABORT },
	{ check_approvals, DISPOSE_STEP_APPROVE }, { check_received, DISPOSE_STEP_ABORT },
	{ check_package, DISPOSE_STEP_NONE }, { check_daters, DISPOSE_STEP_NONE }, { NULL, DISPOSE_STEP_RUN },
};

/* It is completed, whatever is learned since of who acted, and whatever else is due by now. */
static const struct check after_certificate[] = {
	{ check_clock, DISPOSE_STEP_NONE }, { check_early, DISPOSE_STEP_NONE }, { check_held, DISPOSE_STEP_NONE },
	{ check_copy, DISPOSE_STEP_NONE },
	{ NULL, DISPOSE_STEP_RUN },
};

static enum dispose_step ask(const struct question *q, struct err *e)
{
	const struct check *c = q->v->stands.dispose ? after_certificate : before_certificate;
	int rc = ERR_OK;
	while (c->refuses && !(rc = c->refuses(q, e)))
		c++;
	return !rc || rc == ERR_RULE || rc == ERR_CONFLICT ? c->step : DISPOSE_STEP_NONE;
}

static void judge_proposed(struct question *q, struct dispose_next *out)
{
	const struct history_proposal *p = &q->v->stands;
	if (dispose_read_leaf(q->l, p->propose ? p->propose : p->dispose, &q->propose, &out->why))
		return;
	q->plan = dispose_leaf_digest(&q->propose, p->measure);
	if (p->dispose || !dispose_step_package(q->l, q->v, &q->plan, &q->package, &out->why))
		out->step = ask(q, &out->why);
	const bool stands = dispose_step_package_stands(&q->package);
	dispose_step_package_release(&q->package);
	leaf_release(&q->propose);
	if (out->step != DISPOSE_STEP_RUN)
		return;
	out->dated = wants_dated(q);
	if (dispose_step_hands_over(q->v) && stands)
		out->step = DISPOSE_STEP_RECEIPT;
}

/* While none does. */

int dispose_step_propose(struct ledger *l, const struct dispose_view *v, int64_t now, struct history_dues *out,
                         struct err *e)
{
	struct history_dues dues = { .count = 0 };
	int rc = append_check(l, now, e);
	*out = dues;
	if (rc)
		return rc;
	history_due(v->history, v->year, 0, &dues);
	rc = dues.count ? dispose_view_clock(l, v, dues.at[0].due.group.year, now, e)
	                : err_set(e, ERR_RULE, "disposal: nothing is due");
	if (!rc)
		rc = refuse_lost(l, &dues, false, e);
	if (rc)
		history_dues_release(&dues);
	else
		*out = dues;
	return rc;
}

static void judge_none(struct ledger *l, const struct dispose_view *v, int64_t now, struct dispose_next *out)
{
	struct history_dues dues;
	if (dispose_step_propose(l, v, now, &dues, &out->why))
		return;
	history_dues_release(&dues);
	out->step = DISPOSE_STEP_PROPOSE;
	dispose_refuse_unproposed(v, &out->why);
}

/* All of it. */

void dispose_step_find(struct ledger *l, const struct dispose_view *v, int64_t now, struct dispose_next *out)
{
	struct question q = { .l = l, .v = v, .now = now };
	*out = (struct dispose_next){ .step = DISPOSE_STEP_NONE };
	if (append_check(l, now, &out->why))
		return;
	if (v->stands.propose || v->stands.dispose)
		judge_proposed(&q, out);
	else
		judge_none(l, v, now, out);
}

int dispose_step_approve(struct ledger *l, const struct dispose_view *v, int64_t now, struct err *e)
{
	struct dispose_next next;
	dispose_step_find(l, v, now, &next);
	if (next.step == DISPOSE_STEP_APPROVE || !next.why.code)
		return ERR_OK;
	if (e)
		*e = next.why;
	return (int)next.why.code;
}

int dispose_step_run(struct ledger *l, const struct dispose_view *v, int64_t now, struct err *e)
{
	struct dispose_next next;
	int rc = append_check(l, now, e);
	if (rc || !(v->stands.propose || v->stands.dispose))
		return rc ? rc : dispose_refuse_unproposed(v, e);
	dispose_step_find(l, v, now, &next);
	if (next.why.code && e)
		*e = next.why;
	return (int)next.why.code;
}

bool dispose_step_hands_over(const struct dispose_view *v)
{
	const struct history_proposal *p = &v->stands;
	return p->approve && !p->dispose && !p->transfer && p->measure == RULEBOOK_MEASURE_TRANSFER;
}

int dispose_step_package(struct ledger *l, const struct dispose_view *v, const struct hash *plan,
                         struct dispose_package *out, struct err *e)
{
	const struct history_proposal *p = &v->stands;
	BUF_CLEANUP struct buf path = BUF_INIT;
	*out = (struct dispose_package){ .path = NULL };
	if (!p->approve || p->measure != RULEBOOK_MEASURE_TRANSFER)
		return ERR_OK;
	archive_path(l->store, p->base_year, plan, &path);
	out->is_there = file_exists(buf_str(&path));
	int rc = out->is_there ? archive_hash(buf_str(&path), &out->hash, &out->bytes, e) : ERR_OK;
	if (rc)
		return rc;
	out->has_signed = archive_signed(l, buf_str(&path), &out->signed_hash, NULL) == ERR_OK;
	out->path = buf_steal(&path, NULL);
	return ERR_OK;
}

bool dispose_step_package_stands(const struct dispose_package *p)
{
	return p->is_there && p->has_signed && hash_is_equal(&p->hash, &p->signed_hash);
}

int dispose_step_package_check(const struct dispose_package *p, struct err *e)
{
	if (!p->is_there || !p->has_signed || dispose_step_package_stands(p))
		return ERR_OK;
	err_set(e, ERR_CONFLICT, "%s: not the archive that its signed checksum names", p->path);
	return err_next(e, "move it away, with its .sha256 and .sha256.asc, and find out who changed it; the same archive "
	                "is written again by: daicho disposal run --plan DIGEST");
}

void dispose_step_package_release(struct dispose_package *p)
{
	free(p->path);
	*p = (struct dispose_package){ .path = NULL };
}

struct jdoc *dispose_step_say(const struct dispose_next *n)
{
	static const char *const words[] = {
		[DISPOSE_STEP_NONE] = NULL, [DISPOSE_STEP_PROPOSE] = "propose", [DISPOSE_STEP_APPROVE] = "approve",
		[DISPOSE_STEP_RUN] = "run", [DISPOSE_STEP_RECEIPT] = "receipt", [DISPOSE_STEP_ABORT] = "abort",
	};
	struct jdoc *d = jdoc_object(), *refused = n->why.code ? jdoc_object() : jdoc_null();
	jdoc_set(d, "step", words[n->step] ? jdoc_string(words[n->step]) : jdoc_null());
	jdoc_set_bool(d, "dated", n->dated);
	if (n->why.code) {
		jdoc_set_string(refused, "code", err_word(n->why.code));
		jdoc_set_string(refused, "text", n->why.text);
		jdoc_set_string(refused, "next", n->why.next);
	}
	jdoc_set(d, "refused", refused);
	return d;
}
