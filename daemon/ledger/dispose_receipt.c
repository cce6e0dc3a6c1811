/* The dated receipt of an outsider that a certificate carries: is it by whom daicho.ini names, of this ledger, and
 * dated neither too early nor against the clock? Whom to believe is the verifier's business. */
#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/lang.h"
#include "foreign/ed25519.h"
#include "foreign/tsa.h"
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
	err_set(e, ERR_RULE, "dated receipt: its checkpoint is not one of this ledger");
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
		err_set(e, ERR_RULE, "dated receipt: of %" PRIu64 " entries, and the proposal is entry %" PRIu64, c->size,
		        v->stands.propose);
		return err_next(e, "get one that was made since: daicho checkpoint --out FILE");
	}
	int rc = read_root(l, c->size, &root, e);
	return rc || hash_is_equal(&root, &c->root) ? rc : refuse_other(e);
}

/* Who dated it. */

struct dated {
	int64_t first, last;              /* of several cosignatures that count */
	const char *first_by, *last_by;   /* witnesses of daicho.ini; NULL: an authority */
	bool is_checked;                  /* by a key or an authority of daicho.ini; else it is what the reply states */
};

static int refuse_uncosigned(const struct store *s, struct err *e)
{
	if (s->witnesses_count) {
		err_set(e, ERR_KEY, "dated receipt: none of the witnesses in daicho.ini has cosigned this checkpoint");
		return err_next(e, "daicho witness push --out FILE, and run with --checkpoint FILE");
	}
	err_set(e, ERR_CONFIG, "dated receipt: daicho.ini names no witness by whose key a cosignature could be checked");
	return err_next(e, "name the witness there ([witness NAME], daicho.ini(5)) and start daichod again; or let an "
	                "authority stamp the checkpoint: daicho timestamp query FILE");
}

static void take_cosignature(struct dated *d, const struct store_witness *w, int64_t time)
{
	if (!d->is_checked || time < d->first) {
		d->first = time;
		d->first_by = w->name;
	}
	if (!d->is_checked || time > d->last) {
		d->last = time;
		d->last_by = w->name;
	}
	d->is_checked = true;
}

/* Cosignatures by others are passed over. Nobody whom daicho.ini names: then it is not checked. */
static int read_cosigned(const struct store *s, const struct receipt *r, struct dated *out, struct err *e)
{
	struct dated d = { .is_checked = false };
	struct tlog_checkpoint c;
	struct tlog_note n;
	const bool is_signed = receipt_is_signed(r);
	int rc = is_signed ? tlog_checkpoint_read(buf_str(&r->checkpoint), r->checkpoint.len, &n, &c, e) : ERR_OK;
	for (size_t i = 0; !rc && is_signed && i < s->witnesses_count; i++) {
		int64_t time;
		enum tlog_note_finding found = tlog_note_find(&n, &s->witnesses[i].key, ed25519_is_valid, &time);
		if (found == TLOG_NOTE_BAD) {
			err_set(e, ERR_KEY, "dated receipt: the cosignature of witness %s is not right", s->witnesses[i].name);
			return err_next(e, "daicho witness push --out FILE gets another one");
		}
		if (found == TLOG_NOTE_GOOD)
			take_cosignature(&d, &s->witnesses[i], time);
	}
	if (!rc)
		*out = d;
	return rc;
}

static int read_ca(const struct store *s, struct buf *out, struct err *e)
{
	int rc = file_read(s->stamp_ca, RECEIPT_CA_MAX, out, e);
	if (!rc) {
		rc = tsa_check_ca(out, e);
		if (rc)
			err_prefix(e, "%s", s->stamp_ca);
	}
	return rc ? err_next(e, "time_stamp_ca in daicho.ini names a file of certificates (PEM)") : ERR_OK;
}

int dispose_receipt_check_ca(const struct store *s, struct err *e)
{
	BUF_CLEANUP struct buf ca = BUF_INIT;
	return s->stamp_ca ? read_ca(s, &ca, e) : ERR_OK;
}

/* Where daicho.ini names no authority, nobody has checked it, and its date is what the reply states. */
static int read_stamped(const struct ledger *l, const struct receipt *r, struct dated *out, struct err *e)
{
	BUF_CLEANUP struct buf ca = BUF_INIT;
	const struct tsa_trust trust = { .ca = &ca };
	struct tsa_stamp stamp;
	*out = (struct dated){ .first = r->time, .last = r->time };
	if (!l->store->stamp_ca)
		return ERR_OK;
	int rc = read_ca(l->store, &ca, e);
	if (rc)
		return rc;
	rc = l->read_stamp ? l->read_stamp(&r->stamp, &ca, &stamp, e)
	                   : tsa_check(buf_str(&r->stamp), r->stamp.len, &trust, NULL, &stamp, e);
	out->is_checked = !rc;
	return rc != ERR_KEY ? rc : err_next(e, "time_stamp_ca in daicho.ini names who is believed: let one of them stamp "
	                                        "the checkpoint (daicho timestamp query FILE)");
}

static int read_dated(const struct ledger *l, const struct receipt *r, struct dated *out, struct err *e)
{
	if (r->stamp.len)
		return read_stamped(l, r, out, e);
	int rc = read_cosigned(l->store, r, out, e);
	return rc || out->is_checked ? rc : refuse_uncosigned(l->store, e);
}

/* When. */

static int due_from(const struct dispose_view *v, const struct history_dues *dues)
{
	int from = 0;
	for (size_t i = 0; i < dues->count; i++) {
		int own = history_due_from(v->history, dues->at[i].seqs, dues->at[i].due.count);
		from = own > from ? own : from;
	}
	return from;
}

/* by: the witness whose date it is; NULL: the authority's. */
static int name_dated(const char *by, struct err *e)
{
	return by ? err_prefix(e, "dated receipt: cosignature of witness %s", by) : err_prefix(e, "dated receipt");
}

static int check_day(const struct dated *d, int from, struct err *e)
{
	char day[DATE_LEN + 1];
	if (d->first >= receipt_since(from))
		return ERR_OK;
	date_print(date_of_time(d->first), day);
	err_set(e, ERR_RULE, "of %s, and what is to go is due from %d-01-01 on", day, from);
	name_dated(d->first_by, e);
	return err_next(e, "get one that is dated on that day or later; if that day has come, one of the two clocks is "
	                "wrong, and it may be the one of this machine");
}

/* Its date is after the last entry that its checkpoint covers, and before the certificate. */
static int check_clock(struct ledger *l, const struct dispose_view *v, const struct tlog_checkpoint *c,
                       const struct dated *d, struct err *e)
{
	char day[DATE_TIME_LEN + 1];
	struct leaf last;
	date_time_print(d->last, day);
	if (d->last > v->time + RECEIPT_AHEAD_S) {
		err_set(e, ERR_CLOCK, "of %s, which is to come by the clock of this machine", day);
		name_dated(d->last_by, e);
		return err_next(e, "one of the two clocks is wrong: set the one of this machine right, or get another receipt");
	}
	int rc = dispose_read_leaf(l, c->size - 1, &last, e);
	if (rc)
		return rc;
	const int64_t time = last.time;
	leaf_release(&last);
	date_time_print(d->first, day);
	if (time <= d->first + RECEIPT_APART_S)
		return ERR_OK;
	err_set(e, ERR_CLOCK, "of %s, and entry %" PRIu64 ", which was there before, bears a later Time", day,
	        c->size - 1);
	name_dated(d->first_by, e);
	return err_next(e, "one of the two clocks is wrong: if it was the one of this machine, set it right, and two "
	                "persons say what day it is (daicho clock). Either way this receipt stays refused: make a new "
	                "checkpoint then (daicho checkpoint --out FILE), and get a receipt for that one");
}

static int check_dated(struct ledger *l, const struct dispose_view *v, const struct history_dues *dues,
                       const struct receipt *r, const struct dated *d, struct err *e)
{
	int rc = check_day(d, due_from(v, dues), e);
	return rc ? rc : check_clock(l, v, &r->text, d, e);
}

/* An auditor may believe the witnesses alone, and who stamped it not: what they have cosigned has to be in time too. */
static int check_beside(struct ledger *l, const struct dispose_view *v, const struct history_dues *dues,
                        const struct receipt *r, struct err *e)
{
	struct dated d;
	if (!r->stamp.len)
		return ERR_OK;
	int rc = read_cosigned(l->store, r, &d, e);
	if (!rc && d.is_checked)
		rc = check_dated(l, v, dues, r, &d, e);
	return rc != ERR_RULE ? rc : err_next(e, "a time stamp does not mend that: let the witness cosign it again on the "
	                                         "day or later (daicho witness push --out FILE), or have a new checkpoint "
	                                         "stamped, without cosignatures (daicho checkpoint --out FILE)");
}

bool dispose_receipt_is_wanted(const struct ledger *l, const struct dispose_view *v)
{
	return v->stands.receipt || l->rules->book->receipts;
}

int dispose_receipt_daters(const struct store *s, struct err *e)
{
	if (s->witnesses_count || s->stamp_ca)
		return ERR_OK;
	err_set(e, ERR_CONFIG, "disposal: the rule book wants a dated receipt from outside (receipts), and daicho.ini "
	        "names nobody by whom one could be checked");
	return err_next(e, "name a witness there ([witness NAME]) or write the file of an authority's certificates "
	                "(time_stamp_ca, daicho.ini(5)), and start daichod again");
}

static int refuse_none(struct err *e)
{
	err_set(e, ERR_RULE, "disposal: the rule book wants a dated receipt from outside (receipts)");
	return err_next(e, "daicho checkpoint --out FILE, let an authority stamp it (daicho timestamp query FILE), and run "
	                "with --checkpoint FILE --time-stamp REPLY; or daicho witness push --out FILE, and run with "
	                "--checkpoint FILE");
}

static int refuse_unnamed(struct err *e)
{
	err_set(e, ERR_CONFIG, "dated receipt: daicho.ini names no authority by which a time stamp could be checked");
	return err_next(e, "write the file of its certificates there (time_stamp_ca, daicho.ini(5)) and start daichod "
	                "again");
}

int dispose_receipt_check(struct ledger *l, const struct dispose_view *v, const struct history_dues *dues,
                          const struct note *note, struct hash *out_digest, struct err *e)
{
	struct dated dated;
	struct receipt r;
	if (!note)
		return dispose_receipt_is_wanted(l, v) ? refuse_none(e) : ERR_OK;
	int rc = receipt_of_note(note, l->read_stamp, &r, e);
	if (rc)
		return rc;
	rc = check_tree(l, v, &r.text, e);
	if (!rc)
		rc = read_dated(l, &r, &dated, e);
	if (!rc && !dated.is_checked)
		rc = refuse_unnamed(e);
	if (!rc)
		rc = check_dated(l, v, dues, &r, &dated, e);
	if (!rc)
		rc = check_beside(l, v, dues, &r, e);
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
		? N_("dated receipt: the certificate of entry %" PRIu64 " carries another one")
		: N_("dated receipt: the certificate of entry %" PRIu64 " was made without one"), certificate->seq);
	return err_next(e, "run again without it");
}

/* r: NULL = its note is lost, and only what the leaf says of it is known. Checked again, by daicho.ini as it is now. */
static struct jdoc *say(const struct ledger *l, const struct leaf *certificate, const struct receipt *r, int from)
{
	char time[DATE_TIME_LEN + 1] = "";
	struct dated dated = { .is_checked = false };
	struct jdoc *d = jdoc_object();
	if (r && read_dated(l, r, &dated, NULL))
		dated = (struct dated){ .first = r->time, .last = r->time };
	date_time_print(dated.first, time);
	member_hash(d, "digest", &certificate->witness);
	jdoc_set(d, "time", r ? jdoc_string(time) : jdoc_null());
	jdoc_set(d, "way", r ? jdoc_string(receipt_way(r)) : jdoc_null());
	jdoc_set_bool(d, "checked", dated.is_checked);
	jdoc_set(d, "size", r ? jdoc_integer((int64_t)r->text.size) : jdoc_null());
	member_day_or_null(d, "due", from != 0, (struct date){ from, 1, 1 });
	jdoc_set_bool(d, "lost", !r);
	return d;
}

int dispose_receipt_say(struct ledger *l, const struct leaf *certificate, int from, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct index_entry entry;
	struct receipt r;
	struct note note;
	*out = NULL;
	if (!certificate->has_witness) {
		*out = jdoc_null();
		return ERR_OK;
	}
	if (ledger_is_lost(l, certificate->seq)) {
		*out = say(l, certificate, NULL, from);
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
	*out = say(l, certificate, &r, from);
	receipt_release(&r);
	return ERR_OK;
}
