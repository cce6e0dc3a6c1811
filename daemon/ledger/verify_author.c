/* Signatures of authors: each by a key that an appointment of the person who submitted the record held at that entry.
 * Records are read volume by volume, so what was signed is kept until all appointments are known. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/lang.h"
#include "base/mem.h"
#include "ledger/act_body.h"
#include "ledger/intake.h"
#include "ledger/verify_impl.h"
#include "model/pgpsig.h"

/* One that waits until all appointments were read. */
struct verify_author {
	uint64_t seq;
	int64_t time, signed_at;         /* of the entry; of the signature, by itself */
	uint64_t by[2];                  /* appointments that an act names; VERIFY_NO_SEQ: the login says who */
	const struct verify_person *signer;      /* an appointment that names the key that signed; NULL: none is known */
	char login[NOTE_LOGIN_MAX + 1];
	bool is_plain;                   /* in the form that is checked here; else gpg gets the bytes */
	struct pgpsig sig;
	uint8_t digest[PGPSIG_DIGEST_MAX];
	size_t digest_len;
	struct buf statement, bytes;     /* for gpg: of a plain one too, which a subkey may have made */
};

struct absent {                          /* an appointment whose record is not here */
	uint64_t seq, ended;
};

struct judging {
	struct verify *v;
	struct absent *absent;   size_t absent_count;
	const struct verify_person *loaded;  /* whose key gpg has */
	struct pgp_verifier *gpg;
	uint64_t unchecked;
};

/* Reading. */

static void take_bytes(struct verify_author *a, const struct leaf *leaf, const struct note *note)
{
	size_t len = strlen(note->signature), bytes = 0;
	MEM_CLEANUP uint8_t *raw = mem_alloc(len / 4 * 3 + 1);
	BUF_CLEANUP struct buf statement = BUF_INIT;
	struct err why = ERR_INIT;
	if (!hash_base64_decode(note->signature, len, raw, &bytes))
		bytes = 0;                /* gpg will say that it is none */
	note_statement(note, leaf->origin, &statement);
	a->is_plain = pgpsig_parse_packet(raw, bytes, &a->sig, &why) == ERR_OK;
	a->signed_at = a->sig.time;
	if (a->is_plain)
		a->digest_len = pgpsig_digest(&a->sig, statement.ptr, statement.len, a->digest);
	buf_add(&a->bytes, raw, bytes);
	buf_add(&a->statement, statement.ptr, statement.len);
}

static void add_signature(struct verify *v, const struct leaf *leaf, const struct note *note)
{
	if ((v->authors_count & (v->authors_count - 1)) == 0)
		v->authors = mem_grow(v->authors, v->authors_count ? 2 * v->authors_count : 1, sizeof *v->authors);
	struct verify_author *a = &v->authors[v->authors_count++];
	*a = (struct verify_author){ .seq = leaf->seq, .time = leaf->time, .by = { VERIFY_NO_SEQ, VERIFY_NO_SEQ } };
	for (size_t i = 0; i < leaf->by.count && i < 2; i++)
		a->by[i] = leaf->by.at[i];
	memcpy(a->login, note->login, sizeof a->login);
	take_bytes(a, leaf, note);
}

/* Of who moved an act that another person seconded: over the same note with the body without `first`. */
static void add_first(struct verify *v, const struct leaf *leaf, const struct note *note)
{
	struct jdoc *body = jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, NULL);
	const char *signature = jdoc_get_text(jdoc_get(body, "first"), "signature");
	if (!signature || !note->signature) {
		verify_fault(v, leaf->seq, VERDICT_UNSIGNED, "two persons do this, and it lacks the signature of one");
	} else {
		BUF_CLEANUP struct buf text = BUF_INIT;
		struct jdoc *what = act_body_moved(body);
		struct note moved = *note;
		jdoc_print_canonical(what, &text);
		jdoc_free(what);
		moved.signature = (char *)signature;
		moved.body = (char *)buf_str(&text);
		moved.body_len = text.len;
		add_signature(v, leaf, &moved);
	}
	jdoc_free(body);
}

static void add_doing(struct verify *v, const struct leaf *leaf, char **submit, size_t submit_count, const char *role)
{
	if ((v->doings_count & (v->doings_count - 1)) == 0)
		v->doings = mem_grow(v->doings, v->doings_count ? 2 * v->doings_count : 1, sizeof *v->doings);
	struct verify_doing *d = &v->doings[v->doings_count++];
	*d = (struct verify_doing){ .seq = leaf->seq, .by = { VERIFY_NO_SEQ, VERIFY_NO_SEQ }, .submit = submit,
		                    .submit_count = submit_count };
	for (size_t i = 0; i < leaf->by.count && i < 2; i++)
		d->by[i] = leaf->by.at[i];
	snprintf(d->role, sizeof d->role, "%s", role);
}

/* Without a role of its own whoever is appointed does it. */
static void add_act(struct verify *v, const struct leaf *leaf, const struct note *note, const struct rulebook *book)
{
	const struct rulebook_act *act = rulebook_act(book, leaf->kind_name);
	if (!act)
		add_doing(v, leaf, NULL, 0, "");
	else if (rulebook_act_is_of(act, note->role))
		add_doing(v, leaf, act->submit, act->submit_count, note->role);
	else
		verify_fault(v, leaf->seq, VERDICT_BROKEN, "its act was done in no role that does it");
}

/* A rule book comes into force by those whom the one before it names, who need not have acted in that role. */
static void add_amendment(struct verify *v, const struct leaf *leaf, const struct note *note)
{
	const struct rules *before = leaf->seq ? v->books[v->entries[leaf->seq - 1].book].rules : NULL;
	if (!before)
		return;
	add_doing(v, leaf, before->book->amend, before->book->amend_count, "");
	if (before->book->amend_count && !note->signature)
		verify_fault(v, leaf->seq, VERDICT_UNSIGNED,
		             "a new rule book, and it lacks the signature of its person's own key");
}

void verify_author_add(struct verify *v, const struct leaf *leaf, const struct note *note)
{
	const struct rules *rules = v->books[v->entries[leaf->seq].book].rules;
	const struct rulebook_kind *k = rules ? rulebook_kind(rules->book, leaf->kind_name) : NULL;
	bool is_first = leaf->seq == 1 && v->entries[leaf->seq].appoints;    /* made by init */
	if (k && !is_first && !intake_role_fits(k, note->role))
		verify_fault(v, leaf->seq, VERDICT_BROKEN, "its record was submitted in no role that its kind is submitted in");
	if (leaf->kind == LEAF_RULES)
		add_amendment(v, leaf, note);
	else if (rules && leaf->kind != LEAF_RECORD && leaf->kind != LEAF_DISPOSE)
		add_act(v, leaf, note, rules->book);
	if (k && !is_first && !note->signature && intake_wants_signature(k, note->role))
		verify_fault(v, leaf->seq, VERDICT_UNSIGNED, "its record lacks the signature of its author's own key");
	if (leaf->kind == LEAF_APPROVE && !note->signature)
		verify_fault(v, leaf->seq, VERDICT_UNSIGNED, "an approval, and it lacks the signature of its person's own key");
	if (leaf->kind == LEAF_TRANSFER && !note->signature)
		verify_fault(v, leaf->seq, VERDICT_UNSIGNED, "a receipt, and it lacks the signature of its person's own key");
	if (note->signature)
		add_signature(v, leaf, note);
	if (act_body_persons(leaf->kind) == 2)
		add_first(v, leaf, note);
}

/* Judging. */

static void find_absent(struct judging *j)
{
	struct verify *v = j->v;
	for (uint64_t seq = 0; seq < v->judged; seq++) {
		if (!v->entries[seq].appoints || v->entries[seq].has_note)
			continue;
		j->absent = mem_grow(j->absent, j->absent_count + 1, sizeof *j->absent);
		j->absent[j->absent_count++] = (struct absent){ seq, verify_persons_end(v, seq) };
	}
}

/* What is not here might say otherwise. */
static bool may_be_absent(const struct judging *j, uint64_t seq)
{
	for (size_t i = 0; i < j->absent_count; i++)
		if (j->absent[i].seq < seq && j->absent[i].ended >= seq)
			return true;
	return false;
}

static void miss(struct judging *j, const struct verify_author *a, const char *what)
{
	if (may_be_absent(j, a->seq))
		j->unchecked++;
	else
		verify_fault(j->v, a->seq, VERDICT_WRONG_KEY, "its author's signature: %s", what);
}

/* Any appointment of a person who acted, the n-th that By names; NULL: none is known. */
static const struct verify_person *find_actor(const struct judging *j, const struct verify_author *a, size_t n)
{
	const struct verify *v = j->v;
	bool by_login = n == 0 && a->by[0] == VERIFY_NO_SEQ;
	for (size_t i = 0; i < v->persons_count; i++) {
		const struct verify_person *p = &v->persons[i];
		if (by_login ? verify_persons_in_force(v, p, a->seq) && strcmp(p->login, a->login) == 0 : p->seq == a->by[n])
			return p;
	}
	return NULL;
}

static bool is_right_here(const struct verify_author *a, const uint8_t public_key[32])
{
	return memcmp(a->digest, a->sig.left, sizeof a->sig.left) == 0 &&
	       pgp_ed25519_is_valid(public_key, a->digest, a->digest_len, a->sig.r, a->sig.s);
}

static int load(struct judging *j, const struct verify_person *p, struct err *e)
{
	char primary[LEAF_FPR_LEN + 1];
	if (j->loaded == p)
		return ERR_OK;
	pgp_verifier_free(j->gpg);
	j->loaded = NULL;
	j->gpg = pgp_verifier_new(e);
	int rc = j->gpg ? pgp_fingerprint_of(p->key, strlen(p->key), primary, e) : (int)e->code;
	if (!rc && strcmp(primary, p->fpr) != 0)
		rc = err_set(e, ERR_KEY, "the public key of the appointment is not the key that it names");
	if (!rc)
		rc = pgp_verifier_add(j->gpg, p->key, strlen(p->key), e);
	if (!rc)
		j->loaded = p;
	return rc;
}

static int ask_gpg(struct judging *j, struct verify_author *a, const struct verify_person *p, struct err *e)
{
	char fpr[LEAF_FPR_LEN + 1];
	int rc = load(j, p, e);
	return rc ? rc : pgp_verifier_check(j->gpg, buf_str(&a->statement), a->statement.len, buf_str(&a->bytes),
	                                    a->bytes.len, fpr, &a->signed_at, e);
}

/* ERR_OK: right, or a fault was told. *out_is_theirs: this appointment's key made it, or might have. */
static int try_key(struct judging *j, struct verify_author *a, const struct verify_person *p,
                   bool *out_is_theirs, struct err *out_why, struct err *e)
{
	uint8_t public_key[32];
	struct err why = ERR_INIT;
	*out_is_theirs = false;
	if (a->is_plain && pgpsig_find_key(p->key, strlen(p->key), a->sig.fpr, public_key, &why))
		return ERR_OK;
	*out_is_theirs = a->is_plain;
	if (a->is_plain && !is_right_here(a, public_key)) {
		verify_fault(j->v, a->seq, VERDICT_ALTERED, "its author's signature is not over this record");
		return ERR_OK;
	}
	if (a->is_plain && strcmp(a->sig.fpr, p->fpr) == 0)
		return ERR_OK;
	int rc = ask_gpg(j, a, p, out_why);        /* a subkey counts when its primary key vouches for it */
	if (rc && !verify_is_finding(rc)) {
		*e = *out_why;
		return rc;
	}
	*out_is_theirs = rc == ERR_OK;
	return ERR_OK;
}

/* What the ledger signs with is nobody's own key. */
static bool is_of_ledger(const struct verify *v, const char *fpr)
{
	return keyring_knows(history_keys(v->history), fpr);
}

static int try_person(struct judging *j, struct verify_author *a, const struct verify_person *actor,
                      struct err *out_why, struct err *e)
{
	const struct verify *v = j->v;
	int rc = ERR_OK;
	for (size_t i = 0; !rc && !a->signer && i < v->persons_count; i++) {
		const struct verify_person *p = &v->persons[i];
		bool is_theirs = false;
		if (p->key && p->fpr[0] && p->person == actor->person && verify_persons_in_force(v, p, a->seq) &&
		    !is_of_ledger(v, p->fpr))
			rc = try_key(j, a, p, &is_theirs, out_why, e);
		if (is_theirs)
			a->signer = p;
	}
	return rc;
}

/* A signature stays right for ever, and so does what it states: who has the ledger's key can put in again what a person
 * stated once, also where the record of that is gone. */
static void judge_time(struct verify *v, const struct verify_author *a)
{
	if (intake_is_timely(a->signed_at, a->time, true))
		return;
	if (a->signed_at > a->time)
		verify_fault(v, a->seq, VERDICT_BROKEN, "its author's signature was made after its Time");
	else
		verify_fault(v, a->seq, VERDICT_BROKEN, "its author's signature was made more than %d days before its Time: "
		             "what was stated then may have been put in again", INTAKE_SIGNED_DAYS_MAX + 1);
}

static int judge_one(struct judging *j, struct verify_author *a, struct err *e)
{
	struct err why = ERR_INIT;
	bool has_actor = false;
	int rc = ERR_OK;
	for (size_t n = 0; !rc && !a->signer && n < 2; n++) {
		const struct verify_person *actor = find_actor(j, a, n);
		has_actor = has_actor || actor;
		if (actor)
			rc = try_person(j, a, actor, &why, e);
	}
	if (!rc && a->signer)
		judge_time(j->v, a);
	if (!rc && !has_actor)
		miss(j, a, _("no appointment in force names who submitted it"));
	else if (!rc && !a->signer)
		miss(j, a, why.text[0] ? why.text : _("made by no key that an appointment in force of its author names"));
	return rc;
}

/* The two signatures of an act of two persons stand one after the other. What is appointed later tells nothing of who
 * they were then. */
static void judge_two(struct verify *v)
{
	for (size_t i = 1; i < v->authors_count; i++) {
		const struct verify_author *a = &v->authors[i - 1], *b = &v->authors[i];
		if (a->seq == b->seq && a->signer && b->signer && verify_persons_are_one(v, a->signer, b->signer, a->seq))
			verify_fault(v, a->seq, VERDICT_BROKEN, "one person signed what two persons do");
	}
}

static bool is_submitter(const struct verify_doing *d, const char *role)
{
	for (size_t i = 0; i < d->submit_count; i++)
		if (strcmp(d->submit[i], role) == 0)
			return true;
	return !d->submit_count;
}

/* Does an appointment in force of that actor give this role; "": one of those that do the act? Whose appointment is not
 * here may hold any. */
static bool holds(const struct judging *j, const struct verify_doing *d, size_t n, const char *role)
{
	const struct verify *v = j->v;
	const struct verify_person *actor = NULL;
	for (size_t i = 0; !actor && i < v->persons_count; i++)
		if (v->persons[i].seq == d->by[n])
			actor = &v->persons[i];
	for (size_t i = 0; actor && i < v->persons_count; i++) {
		const struct verify_person *p = &v->persons[i];
		bool fits = *role ? strcmp(p->role, role) == 0 : is_submitter(d, p->role);
		if (fits && p->person == actor->person && verify_persons_in_force(v, p, d->seq))
			return true;
	}
	return !actor;
}

/* Each of two holds a role that does the act; the note says that of the one who seconded. */
static void judge_doing(struct judging *j, const struct verify_doing *d)
{
	bool has_two = d->by[1] != VERIFY_NO_SEQ;
	if (d->by[0] == VERIFY_NO_SEQ || may_be_absent(j, d->seq))
		return;
	if (!d->submit_count && !(holds(j, d, 0, "") && (!has_two || holds(j, d, 1, ""))))
		verify_fault(j->v, d->seq, VERDICT_BROKEN, "no appointment in force names its author");
	else if (!holds(j, d, 0, d->role) && !(has_two && holds(j, d, 1, d->role)))
		verify_fault(j->v, d->seq, VERDICT_BROKEN, "no appointment in force gives its author the role of its act");
	else if (has_two && !(holds(j, d, 0, "") && holds(j, d, 1, "")))
		verify_fault(j->v, d->seq, VERDICT_BROKEN, "no appointment in force gives one of its two persons a role that "
		             "does it");
}

int verify_author_judge(struct verify *v, struct err *e)
{
	struct judging j = { .v = v };
	int rc = ERR_OK;
	find_absent(&j);
	for (size_t i = 0; !rc && i < v->authors_count; i++)
		rc = judge_one(&j, &v->authors[i], e);
	judge_two(v);
	for (size_t i = 0; i < v->doings_count; i++)
		judge_doing(&j, &v->doings[i]);
	pgp_verifier_free(j.gpg);
	free(j.absent);
	if (!rc && j.unchecked)
		verify_remark(v, j.unchecked == 1
		              ? N_("%" PRIu64 " signature of an author is not checked: appointments that may hold its key are "
		                   "not here")
		              : N_("%" PRIu64 " signatures of authors are not checked: appointments that may hold their keys "
		                   "are not here"), j.unchecked);
	return rc;
}

void verify_author_release(struct verify *v)
{
	for (size_t i = 0; i < v->authors_count; i++) {
		buf_release(&v->authors[i].statement);
		buf_release(&v->authors[i].bytes);
	}
	free(v->authors);
	free(v->doings);
}
