/* Who may void which record: another person than the one who submitted it, and nothing that others rest on. */
#include <inttypes.h>

#include "base/lang.h"
#include "foreign/sqldb.h"
#include "ledger/acts_impl.h"

#define FIRST_APPOINTMENT 1

static int refuse(uint64_t seq, const char *why, struct err *e)
{
	return err_set(e, ERR_RULE, "entry %" PRIu64 ": %s", seq, lang_text(why));
}

static int check_kind(const struct index_entry *entry, struct err *e)
{
	if (leaf_kind_of(entry->kind) != LEAF_RECORD || !entry->has_volume)
		return refuse(entry->seq, N_("holds no record of the rule book, and nothing else is voided"), e);
	if (entry->seq == FIRST_APPOINTMENT)
		return refuse(entry->seq, N_("is the first appointment, on which all others rest"), e);
	if (entry->first == entry->seq)
		return ERR_OK;
	refuse(entry->seq, N_("is a correction, which goes with the record that it corrects"), e);
	return err_next(e, "correct it again, or void the first of them: daicho void %" PRIu64 " --reason TEXT",
	                entry->first);
}

/* By all appointments that are known, ended ones too. */
static int check_submitter(const struct acts_subject *s, const struct index_entry *entry, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct note note;
	bool same = false;
	int rc = ledger_read_note(s->ledger, entry, &text, &note, e);
	if (rc)
		return rc;
	rc = index_person_is(s->ledger->index, s->person->first, note.login, &same, e);
	note_release(&note);
	if (rc || !same)
		return rc;
	refuse(entry->seq, N_("was submitted by the person who would void it"), e);
	return err_next(e, "another person voids it: daicho void %" PRIu64 " --reason TEXT --sign FPR", entry->seq);
}

/* Is this an appointment of who acts? */
static int ask_own(const struct acts_subject *s, uint64_t appointment, bool *out, struct err *e)
{
	uint64_t first = 0;
	int rc = index_person_first(s->ledger->index, appointment, &first, e);
	*out = !rc && first == s->person->first;
	return rc == ERR_NOTFOUND ? ERR_OK : rc; /* it appoints nobody */
}

/* Nobody takes back what gave them a role, or what ended one. */
static int check_own(const struct acts_subject *s, const struct index_entry *entry, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct leaf leaf;
	struct hash hash;
	bool own = false;
	int rc = ask_own(s, entry->seq, &own, e);
	if (!rc && own)
		return refuse(entry->seq, N_("is an appointment of the person who would void it"), e);
	if (!rc)
		rc = ledger_read_leaf(s->ledger->repo, &entry->commit, &raw, &leaf, &hash, e);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && !own && i < leaf.closes.count; i++)
		rc = ask_own(s, leaf.closes.at[i], &own, e);
	leaf_release(&leaf);
	return rc || !own ? rc : refuse(entry->seq, N_("ended an appointment of the person who would void it"), e);
}

struct resting {
	struct ledger *ledger;
	uint64_t found;          /* 0 = nothing */
};

static int take_link(void *ctx, uint64_t seq, enum index_link link, struct err *e)
{
	struct resting *r = ctx;
	struct index_entry entry;
	if (link != INDEX_UNDER && link != INDEX_WITHIN && link != INDEX_CLOSES)
		return ERR_OK;
	int rc = index_entry(r->ledger->index, seq, &entry, e);
	if (!rc && !entry.voided_by)
		r->found = seq;
	return !rc && r->found ? SQLDB_STOP : rc;
}

/* A matter is taken back from its end: what closes it, belongs to it or stands under it goes before its opening. */
static int check_resting(const struct acts_subject *s, uint64_t seq, struct err *e)
{
	struct resting r = { .ledger = s->ledger };
	int rc = index_linked(s->ledger->index, seq, take_link, &r, e);
	if (rc || !r.found)
		return rc;
	err_set(e, ERR_RULE, "entry %" PRIu64 ": entry %" PRIu64 " belongs to the matter that it opened", seq, r.found);
	return err_next(e, "void that one first: daicho void %" PRIu64 " --reason TEXT", r.found);
}

int acts_void_judge(const struct acts_subject *s, struct err *e)
{
	struct index_entry entry;
	int rc = index_entry(s->ledger->index, s->leaf->voids, &entry, e);
	if (!rc)
		rc = check_kind(&entry, e);
	if (!rc)
		rc = check_submitter(s, &entry, e);
	if (!rc)
		rc = check_own(s, &entry, e);
	return rc ? rc : check_resting(s, entry.seq, e);
}
