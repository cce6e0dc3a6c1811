#include "ledger/receipt.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "foreign/ed25519.h"
#include "foreign/tsa.h"
#include "ledger/timestamp.h"

#define CHECKPOINT "checkpoint"
#define STAMP "time_stamp"

/* Reading. */

static bool is_signed(const struct buf *checkpoint)
{
	return strstr(buf_str(checkpoint), "\n\n") != NULL;
}

static int read_cosigned(const struct buf *checkpoint, struct receipt *out, struct err *e)
{
	struct tlog_note n;
	int rc = tlog_checkpoint_read(buf_str(checkpoint), checkpoint->len, &n, &out->text, e);
	if (rc || tlog_note_time(&n, &out->time))
		return rc;
	err_set(e, ERR_KEY, "dated receipt: no cosignature of a witness under the checkpoint, and no time stamp with it");
	return err_next(e, "daicho witness push --out FILE, or let an authority stamp it: daicho timestamp query FILE");
}

static int read_stamped(const struct buf *checkpoint, const struct buf *reply, receipt_stamp_fn *fn,
                        struct receipt *out, struct err *e)
{
	struct tsa_stamp stamp;
	struct timestamp t;
	struct tlog_note n;
	int rc = fn ? fn(reply, NULL, &stamp, e) : tsa_read(buf_str(reply), reply->len, &stamp, e);
	if (!rc)
		rc = timestamp_compare(checkpoint, &stamp, &t, e);
	if (rc)
		return rc;
	out->time = t.stamp.time;
	return is_signed(checkpoint) ? tlog_checkpoint_read(buf_str(checkpoint), checkpoint->len, &n, &out->text, e)
	                             : tlog_checkpoint_parse(buf_str(checkpoint), checkpoint->len, &out->text, e);
}

/* Where no step of its own fits what is wrong. */
static int tell_form(int rc, struct err *e)
{
	if (e && !*e->next)
		err_next(e, "daicho checkpoint --out FILE, and the reply of an authority to daicho timestamp query FILE; "
		            "daicho disposal run --checkpoint FILE --time-stamp REPLY sends both as they are wanted");
	return rc;
}

static int read_both(const struct buf *checkpoint, const struct buf *reply, receipt_stamp_fn *fn, struct receipt *out,
                     struct err *e)
{
	struct receipt r = { .time = 0 };
	if (checkpoint->len > RECEIPT_CHECKPOINT_MAX)
		return err_set(e, ERR_TOOBIG, "dated receipt: a checkpoint over %zu bytes", RECEIPT_CHECKPOINT_MAX);
	if (reply && reply->len > RECEIPT_STAMP_MAX)
		return err_set(e, ERR_TOOBIG, "dated receipt: a time stamp over %zu bytes", RECEIPT_STAMP_MAX);
	int rc = reply ? read_stamped(checkpoint, reply, fn, &r, e) : read_cosigned(checkpoint, &r, e);
	if (rc)
		return rc;
	buf_add(&r.checkpoint, checkpoint->ptr, checkpoint->len);
	if (reply)
		buf_add(&r.stamp, reply->ptr, reply->len);
	*out = r;
	return ERR_OK;
}

int receipt_read(const struct buf *checkpoint, const struct buf *reply, receipt_stamp_fn *fn, struct receipt *out,
                 struct err *e)
{
	int rc = read_both(checkpoint, reply, fn, out, e);
	return rc ? tell_form(rc, e) : ERR_OK;
}

void receipt_release(struct receipt *r)
{
	buf_release(&r->checkpoint);
	buf_release(&r->stamp);
	*r = (struct receipt){ .time = 0 };
}

/* Body. */

struct jdoc *receipt_body(const struct buf *checkpoint, const struct buf *reply)
{
	struct jdoc *d = jdoc_object();
	jdoc_set(d, CHECKPOINT, jdoc_string_n(buf_str(checkpoint), checkpoint->len));
	if (reply) {
		MEM_CLEANUP char *text = mem_alloc(hash_base64_encoded_len(reply->len) + 1);
		hash_base64_encode((const uint8_t *)buf_str(reply), reply->len, text);
		jdoc_set_string(d, STAMP, text);
	}
	return d;
}

static int check_member(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	(void)ctx;
	if ((strcmp(name, CHECKPOINT) != 0 && strcmp(name, STAMP) != 0) || !jdoc_text(value))
		return err_set(e, ERR_SYNTAX, "dated receipt: texts checkpoint and, perhaps, time_stamp are wanted");
	return ERR_OK;
}

static int parse(const struct jdoc *body, receipt_stamp_fn *fn, struct receipt *out, struct err *e)
{
	BUF_CLEANUP struct buf checkpoint = BUF_INIT, reply = BUF_INIT;
	const struct jdoc *text = jdoc_get(body, CHECKPOINT), *stamp = jdoc_get(body, STAMP);
	int rc = jdoc_type(body) == JDOC_OBJECT ? jdoc_each(body, check_member, NULL, e) : ERR_SYNTAX;
	if (rc || !text)
		return rc && jdoc_type(body) == JDOC_OBJECT
			? rc : err_set(e, ERR_SYNTAX, "dated receipt: it has no checkpoint");
	buf_add(&checkpoint, jdoc_text(text), jdoc_text_len(text));
	if (stamp) {
		size_t len = jdoc_text_len(stamp), bytes = 0;
		MEM_CLEANUP uint8_t *raw = mem_alloc(len / 4 * 3 + 1);
		if (!hash_base64_decode(jdoc_text(stamp), len, raw, &bytes))
			return err_set(e, ERR_SYNTAX, "dated receipt: time_stamp: not base64");
		buf_add(&reply, raw, bytes);
	}
	return receipt_read(&checkpoint, stamp ? &reply : NULL, fn, out, e);
}

int receipt_parse(const struct jdoc *body, receipt_stamp_fn *fn, struct receipt *out, struct err *e)
{
	int rc = parse(body, fn, out, e);
	return rc ? tell_form(rc, e) : ERR_OK;
}

int receipt_of_note(const struct note *n, receipt_stamp_fn *fn, struct receipt *out, struct err *e)
{
	struct jdoc *body = jdoc_parse(n->body, n->body_len, NOTE_BODY_MAX, 0, e);
	int rc = body ? receipt_parse(body, fn, out, e) : (int)e->code;
	jdoc_free(body);
	return rc;
}

struct hash receipt_digest(const struct receipt *r)
{
	const struct buf *dated = r->stamp.len ? &r->stamp : &r->checkpoint;
	return hash_of(buf_str(dated), dated->len);
}

bool receipt_is_signed(const struct receipt *r)
{
	return is_signed(&r->checkpoint);
}

const char *receipt_way(const struct receipt *r)
{
	return r->stamp.len ? "time-stamp" : "cosignatures";
}

int64_t receipt_since(int due_year)
{
	return date_to_time((struct date){ due_year, 1, 1 });
}

/* Trust. */

static void take(struct receipt_finding *f, enum receipt_trust trust, int64_t time, bool is_stamp, const char *by)
{
	if (trust <= f->trust)
		return;
	f->trust = trust;
	f->time = time;
	f->is_stamp = is_stamp;
	snprintf(f->by, sizeof f->by, "%s", by);
	f->why[0] = '\0';
}

/* Of several reasons the first stays. */
static void refuse(struct receipt_finding *f, const char *why)
{
	if (f->trust > RECEIPT_UNTRUSTED || *f->why)
		return;
	f->trust = RECEIPT_UNTRUSTED;
	snprintf(f->why, sizeof f->why, "%s", why);
}

static void judge_stamp(const struct receipt *r, const struct policy *p, int64_t since, int64_t until,
                        struct receipt_finding *f)
{
	const struct tsa_trust trust = policy_stamp_trust(p, until);
	struct err why = ERR_INIT;
	struct timestamp t;
	if (timestamp_check(&r->checkpoint, &r->stamp, &trust, NULL, &t, &why))
		refuse(f, why.text);
	else if (t.stamp.time > until)
		refuse(f, _("its time stamp is of a day to come"));
	else
		take(f, t.stamp.time < since ? RECEIPT_EARLY : RECEIPT_GOOD, t.stamp.time, true, t.stamp.name);
}

/* Why no quorum has dated it. */
static const char *explain(const struct policy *p, const struct tlog_note *n, int64_t until)
{
	struct tlog_policy_finding any, ever;
	tlog_policy_judge(p->witnesses, n, 0, until, ed25519_is_valid, &any);
	tlog_policy_judge(p->witnesses, n, 0, TLOG_NOTE_TIME_MAX, ed25519_is_valid, &ever);
	if (ever.bad)
		return _("a cosignature under the name of a witness is wrong");
	if (any.is_met)
		return _("some witnesses have cosigned it before the first day and some since, and neither are a quorum");
	return ever.is_met ? _("cosignatures of it are of a day to come")
	                   : _("too few of the witnesses have cosigned it for a quorum");
}

static void judge_cosigned(const struct receipt *r, const struct policy *p, int64_t since, int64_t until,
                           struct receipt_finding *f)
{
	struct tlog_policy_finding met, early;
	struct tlog_checkpoint c;
	struct tlog_note n;
	if (!is_signed(&r->checkpoint) || tlog_checkpoint_read(buf_str(&r->checkpoint), r->checkpoint.len, &n, &c, NULL)) {
		refuse(f, _("no cosignature is under its checkpoint"));
		return;
	}
	tlog_policy_judge(p->witnesses, &n, since, until, ed25519_is_valid, &met);
	tlog_policy_judge(p->witnesses, &n, 0, since - 1 < until ? since - 1 : until, ed25519_is_valid, &early);
	if (met.is_met)
		take(f, RECEIPT_GOOD, met.oldest, false, _("the quorum of witnesses"));
	else if (early.is_met && r->stamp.len)
		refuse(f, _("the quorum of witnesses has cosigned it before the first day, and the policy names no authority "
		            "that could have stamped it since"));
	else if (early.is_met)
		take(f, RECEIPT_EARLY, early.oldest, false, _("the quorum of witnesses"));
	else
		refuse(f, explain(p, &n, until));
}

void receipt_judge(const struct receipt *r, const struct policy *p, int64_t since, int64_t now,
                   struct receipt_finding *out)
{
	const bool asks_witnesses = p && p->witnesses && tlog_policy_wants_witnesses(p->witnesses);
	*out = (struct receipt_finding){ .trust = RECEIPT_UNJUDGED };
	if (p && p->stamp_ca.len && r->stamp.len)
		judge_stamp(r, p, since, now + RECEIPT_AHEAD_S, out);
	if (asks_witnesses)
		judge_cosigned(r, p, since, now + RECEIPT_AHEAD_S, out);
	if (p && p->stamp_ca.len && !r->stamp.len)
		refuse(out, _("it carries no time stamp, and the policy names no witnesses"));
}
