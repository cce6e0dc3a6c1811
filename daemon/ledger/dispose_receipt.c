/* The dated receipt of an outsider that a certificate carries: is it of this ledger, and not too early? Whom to believe
 * is the verifier's business. */
#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "ledger/act.h"
#include "ledger/dispose_impl.h"
#include "ledger/member.h"
#include "ledger/receipt.h"
#include "model/merkle.h"

int dispose_receipt_note(struct ledger *l, const struct jdoc *body, const uint8_t request[NOTE_REQUEST_LEN],
                         struct date event, struct note *out, struct err *e)
{
	return act_note(LEAF_DISPOSE, body, l->rules->book->office, request, event, out, e);
}

static int refuse_other(struct err *e)
{
	err_set(e, ERR_RULE, "receipt: its checkpoint is not one of this ledger");
	return err_next(e, "daicho checkpoint --out FILE makes one; let it be stamped or cosigned, and run again");
}

/* The tree head over the first `size` leaves, as the entry after them signs it. */
static int read_root(struct ledger *l, uint64_t size, struct hash *out, struct err *e)
{
	struct leaf leaf;
	if (size == l->chain.size) {
		*out = merkle_root(&l->chain.frontier);
		return ERR_OK;
	}
	int rc = dispose_read_leaf(l, size, &leaf, e);
	if (rc)
		return rc;
	*out = leaf.root;
	leaf_release(&leaf);
	return ERR_OK;
}

static int check_tree(struct ledger *l, const struct dispose_view *v, const struct tlog_checkpoint *c, struct err *e)
{
	struct hash root;
	if (strcmp(c->origin, l->store->origin) != 0 || c->size > l->chain.size)
		return refuse_other(e);
	if (c->size <= v->stands.propose) {
		err_set(e, ERR_RULE, "receipt: of %" PRIu64 " entries, and the proposal is entry %" PRIu64, c->size,
		        v->stands.propose);
		return err_next(e, "get one that was made since: daicho checkpoint --out FILE");
	}
	int rc = read_root(l, c->size, &root, e);
	return rc || hash_is_equal(&root, &c->root) ? rc : refuse_other(e);
}

static int due_from(const struct dispose_view *v, const struct history_dues *dues)
{
	int from = 0;
	for (size_t i = 0; i < dues->count; i++) {
		int own = history_due_from(v->history, dues->at[i].seqs, dues->at[i].due.count);
		from = own > from ? own : from;
	}
	return from;
}

static int check_day(const struct receipt *r, int from, struct err *e)
{
	char day[DATE_LEN + 1];
	if (r->time >= receipt_since(from))
		return ERR_OK;
	date_print(date_of_time(r->time), day);
	err_set(e, ERR_RULE, "receipt: dated %s, and what is to go is due from %d-01-01 on", day, from);
	return err_next(e, "get one that is dated on that day or later; if that day has come, one of the two clocks is "
	                "wrong, and it may be the one of this machine");
}

static int refuse_none(struct err *e)
{
	err_set(e, ERR_RULE, "disposal: the rule book wants a dated receipt from outside (receipts)");
	return err_next(e, "daicho checkpoint --out FILE, let an authority stamp it (daicho timestamp query FILE), and run "
	                "with --checkpoint FILE --time-stamp REPLY; or daicho witness push --out FILE, and run with "
	                "--checkpoint FILE");
}

int dispose_receipt_check(struct ledger *l, const struct dispose_view *v, const struct history_dues *dues,
                          const struct note *note, struct hash *out_digest, struct err *e)
{
	struct receipt r;
	if (!note)
		return v->stands.receipt || l->rules->book->receipts ? refuse_none(e) : ERR_OK;
	int rc = receipt_of_note(note, l->read_stamp, &r, e);
	if (rc)
		return rc;
	rc = check_tree(l, v, &r.text, e);
	if (!rc)
		rc = check_day(&r, due_from(v, dues), e);
	if (!rc)
		*out_digest = receipt_digest(&r);
	receipt_release(&r);
	return rc;
}

int dispose_receipt_compare(const struct ledger *l, const struct note *note, const struct leaf *certificate,
                            struct err *e)
{
	struct receipt r;
	if (!note)
		return ERR_OK;
	int rc = receipt_of_note(note, l->read_stamp, &r, e);
	if (rc)
		return rc;
	struct hash digest = receipt_digest(&r);
	receipt_release(&r);
	if (certificate->has_witness && hash_is_equal(&digest, &certificate->witness))
		return ERR_OK;
	err_set(e, ERR_CONFLICT, certificate->has_witness
		? N_("receipt: the certificate of entry %" PRIu64 " carries another one")
		: N_("receipt: the certificate of entry %" PRIu64 " was made without one"), certificate->seq);
	return err_next(e, "run again without it");
}

/* r: NULL = its note is lost, and only what the leaf says of it is known. */
static struct jdoc *say(const struct leaf *certificate, const struct receipt *r, int from)
{
	char time[DATE_TIME_LEN + 1] = "";
	struct jdoc *d = jdoc_object();
	if (r)
		date_time_print(r->time, time);
	member_hash(d, "digest", &certificate->witness);
	jdoc_set(d, "time", r ? jdoc_string(time) : jdoc_null());
	jdoc_set(d, "way", r ? jdoc_string(receipt_way(r)) : jdoc_null());
	jdoc_set(d, "size", r ? jdoc_integer((int64_t)r->text.size) : jdoc_null());
	member_day(d, "due", (struct date){ from, 1, 1 });
	jdoc_set_bool(d, "lost", !r);
	return d;
}

int dispose_receipt_say(struct ledger *l, const struct dispose_view *v, const struct leaf *certificate,
                        struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct index_entry entry;
	struct receipt r;
	struct note note;
	int from = history_disposal_from(v->history, certificate->seq);
	*out = NULL;
	if (!certificate->has_witness) {
		*out = jdoc_null();
		return ERR_OK;
	}
	if (ledger_is_lost(l, certificate->seq)) {
		*out = say(certificate, NULL, from);
		return ERR_OK;
	}
	int rc = index_entry(l->index, certificate->seq, &entry, e);
	if (!rc)
		rc = ledger_read_note(l, &entry, &text, &note, e);
	if (rc)
		return rc;
	rc = receipt_of_note(&note, l->read_stamp, &r, e);
	note_release(&note);
	if (rc)
		return rc;
	*out = say(certificate, &r, from);
	receipt_release(&r);
	return ERR_OK;
}
