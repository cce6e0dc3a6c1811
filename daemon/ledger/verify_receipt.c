/* Receipts of certificates: each is what its Witness names, over a checkpoint of this history, and of those that the
 * policy believes it tells that the disposal came no earlier than was lawful, whatever the ledger's clock said. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "ledger/receipt.h"
#include "ledger/verify_impl.h"

struct verify_receipt {
	int64_t time;                    /* that it states */
	int64_t made, last;              /* Time of the certificate, and of the last entry that its checkpoint covers */
	const char *way;
	uint64_t size;
	int from;                        /* year on whose 1 January all that the certificate names was due; 0: not known */
	struct receipt_finding found;
};

static struct verify_disposal *find_disposal(struct verify *v, uint64_t dispose)
{
	for (size_t i = 0; i < v->disposals_count; i++)
		if (v->disposals[i].dispose == dispose)
			return &v->disposals[i];
	return NULL;
}

/* Its tree head is what the entry after its last one signs. */
static bool is_of_history(struct verify *v, const struct leaf *leaf, const struct tlog_checkpoint *c, int64_t *out_last)
{
	struct leaf last, after;
	if (strcmp(c->origin, leaf->origin) != 0 || !c->size || c->size > leaf->seq ||
	    verify_note_leaf(v, c->size - 1, &last, NULL))
		return false;
	*out_last = last.time;
	leaf_release(&last);
	if (c->size == leaf->seq)
		return hash_is_equal(&c->root, &leaf->root);
	if (verify_note_leaf(v, c->size, &after, NULL))
		return false;
	bool is = hash_is_equal(&c->root, &after.root);
	leaf_release(&after);
	return is;
}

static void take(struct verify *v, const struct leaf *leaf, const struct receipt *r)
{
	struct verify_disposal *d = find_disposal(v, leaf->seq);
	struct hash digest = receipt_digest(r);
	int64_t last;
	if (!hash_is_equal(&digest, &leaf->witness)) {
		verify_fault(v, leaf->seq, VERDICT_BROKEN, "Witness: not the digest of the receipt in its record");
	} else if (!is_of_history(v, leaf, &r->text, &last)) {
		verify_fault(v, leaf->seq, VERDICT_BROKEN, "Witness: its receipt is over no checkpoint of this history");
	} else if (d && !d->receipt) {
		struct verify_receipt *x = d->receipt = mem_alloc(sizeof *x);
		*x = (struct verify_receipt){ .time = r->time, .made = leaf->time, .last = last,
			                      .way = receipt_way(r), .size = r->text.size,
			                      .from = history_disposal_from(v->history, leaf->seq) };
		receipt_judge(r, v->o->policy, receipt_since(x->from), verify_outside_now(v), &x->found);
	}
}

void verify_receipt_take(struct verify *v, const struct leaf *leaf, const struct note *note)
{
	struct err why = ERR_INIT;
	struct receipt r;
	if (leaf->kind != LEAF_DISPOSE || !leaf->has_witness)
		return;
	if (receipt_of_note(note, NULL, &r, &why)) {
		verify_fault(v, leaf->seq, VERDICT_BROKEN, "%s", why.text);
		return;
	}
	take(v, leaf, &r);
	receipt_release(&r);
}

/* Trusted, and yet from before the day: whoever made the certificate had nothing that says it had come. */
static void judge_early(struct verify *v, const struct verify_disposal *d)
{
	char day[DATE_LEN + 1];
	if (!d->receipt || d->receipt->found.trust != RECEIPT_EARLY)
		return;
	date_print(date_of_time(d->receipt->found.time), day);
	verify_fault(v, d->dispose, VERDICT_PREMATURE, "its receipt is dated %s by %s, and what it disposes of is due from "
	             "%d-01-01 on", day, d->receipt->found.by, d->receipt->from);
}

/* Trusted, it was there before the certificate and after the entries of its checkpoint, by a clock that is not the
 * ledger's. A slow witness is no proof that the ledger was ahead. */
static void judge_clock(struct verify *v, const struct verify_disposal *d)
{
	const struct verify_receipt *r = d->receipt;
	char day[DATE_LEN + 1];
	if (!r || r->found.trust < RECEIPT_EARLY)
		return;
	date_print(date_of_time(r->found.time), day);
	if (r->found.time > r->made + RECEIPT_APART_S)
		verify_fault(v, d->dispose, VERDICT_BROKEN, "Time: its receipt, which was there before it, is dated %s by %s: "
		             "the clock of the ledger was behind, or was put back", day, r->found.by);
	if (r->found.is_stamp && r->last > r->found.time + RECEIPT_APART_S)
		verify_fault(v, d->dispose, VERDICT_BROKEN, "its receipt is dated %s by %s, and entry %" PRIu64 ", which was "
		             "there before that, bears a later Time: the clock of the ledger was ahead", day, r->found.by,
		             r->size - 1);
}

static bool is_wanted(const struct verify *v, const struct verify_disposal *d)
{
	const struct policy *p = v->o->policy;
	return p && p->wants_receipts && d->dispose >= p->receipts_from;
}

static void judge_wanted(struct verify *v, const struct verify_disposal *d)
{
	if (d->receipt && d->receipt->found.trust >= RECEIPT_EARLY)
		return;
	verify_lower(v, VERDICT_UNWITNESSED);
	if (!d->has_witness)
		verify_remark(v, "the disposal of entry %" PRIu64 " carries no dated receipt: that it was not early only the "
		                 "ledger's own clock says", d->dispose);
	else if (!d->receipt && v->o->ledger_only)
		verify_remark(v, "the dated receipt of the disposal of entry %" PRIu64 " is a record, and none was read",
		              d->dispose);
	else if (!d->receipt)
		verify_remark(v, "the disposal of entry %" PRIu64 " carries a dated receipt that is not here, or is not right",
		              d->dispose);
}

bool verify_receipt_is_good(const struct verify_disposal *d)
{
	return d->receipt && d->receipt->found.trust == RECEIPT_GOOD;
}

void verify_receipt_judge(struct verify *v)
{
	size_t unjudged = 0;
	for (size_t i = 0; i < v->disposals_count; i++) {
		const struct verify_disposal *d = &v->disposals[i];
		judge_early(v, d);
		judge_clock(v, d);
		if (is_wanted(v, d))
			judge_wanted(v, d);
		if (!d->receipt)
			continue;
		unjudged += d->receipt->found.trust == RECEIPT_UNJUDGED;
		v->is_unasked |= d->receipt->found.is_stamp && !v->o->policy->stamp_crl.len;
		if (d->receipt->found.trust == RECEIPT_UNTRUSTED)
			verify_remark(v, "the dated receipt of the disposal of entry %" PRIu64 " is of nobody whom the policy "
			                 "believes: %s", d->dispose, d->receipt->found.why);
	}
	if (unjudged)
		verify_remark(v, unjudged == 1
		              ? N_("the dated receipt of %zu disposal was not judged: the policy names nobody who could have "
		                   "made it and is believed")
		              : N_("dated receipts of %zu disposals were not judged: the policy names nobody who could have "
		                   "made them and is believed"), unjudged);
}

static struct jdoc *say_trusted(const struct verify_receipt *r)
{
	if (r->found.trust == RECEIPT_UNJUDGED)
		return jdoc_null();
	struct jdoc *d = jdoc_object();
	bool is = r->found.trust != RECEIPT_UNTRUSTED;
	char time[DATE_TIME_LEN + 1];
	date_time_print(r->found.time, time);
	jdoc_set_bool(d, "trusted", is);
	jdoc_set(d, "by", is ? jdoc_string(r->found.by) : jdoc_null());
	jdoc_set(d, "time", is ? jdoc_string(time) : jdoc_null());
	jdoc_set_bool(d, "in_time", r->found.trust == RECEIPT_GOOD);
	return d;
}

struct jdoc *verify_receipt_say(const struct verify_disposal *x)
{
	char digest[HASH_TEXT_LEN + 1], time[DATE_TIME_LEN + 1], day[DATE_LEN + 1];
	const struct verify_receipt *r = x->receipt;
	if (!x->has_witness)
		return jdoc_null();
	struct jdoc *d = jdoc_object();
	hash_print(&x->witness, digest);
	jdoc_set_string(d, "digest", digest);
	jdoc_set_bool(d, "here", r != NULL);
	if (!r)
		return d;
	date_time_print(r->time, time);
	date_print((struct date){ r->from, 1, 1 }, day);
	jdoc_set_string(d, "time", time);
	jdoc_set_string(d, "way", r->way);
	jdoc_set_integer(d, "size", (int64_t)r->size);
	jdoc_set(d, "due", r->from ? jdoc_string(day) : jdoc_null());
	jdoc_set(d, "judged", say_trusted(r));
	return d;
}

void verify_receipt_release(struct verify *v)
{
	for (size_t i = 0; i < v->disposals_count; i++)
		free(v->disposals[i].receipt);
}
