#include "keeper/person.h"

#include <string.h>

#include "base/lang.h"
#include "foreign/jdoc.h"
#include "keeper/asking.h"
#include "ledger/append.h"
#include "ledger/intake.h"

static int refuse(struct err *e, const char *what)
{
	err_set(e, ERR_PERM, "person: %s", lang_text(what));
	return err_next(e, "record the appointment first (daicho add appointment), or sign with the key that it names");
}

int person_by_login(struct ledger *l, const char *login, struct index_person *out, struct err *e)
{
	int rc = index_person_by_login(l->index, login, NULL, out, e);
	return rc == ERR_NOTFOUND ? refuse(e, "no appointment in force names this login") : rc;
}

int person_is_caller(struct ledger *l, const char *login, const struct index_person *person, struct err *e)
{
	struct index_person caller;
	int rc = index_person_by_login(l->index, login, NULL, &caller, e);
	if (rc && rc != ERR_NOTFOUND)
		return rc;
	if (!rc && caller.first == person->first)
		return ERR_OK;
	err_set(e, ERR_PERM, "signature: made by another person than the one whose login calls");
	return err_next(e, "sign with the key that your own appointment names");
}

static int read_key(struct ledger *l, uint64_t appointment, struct jdoc **out_body, const char **out_key, struct err *e)
{
	struct index_entry entry;
	struct note note;
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = index_entry(l->index, appointment, &entry, e);
	if (!rc)
		rc = ledger_read_note(l, &entry, &text, &note, e);
	if (rc)
		return rc;
	*out_body = jdoc_parse(note.body, note.body_len, NOTE_BODY_MAX, 0, e);
	note_release(&note);
	if (!*out_body)
		return e->code;
	*out_key = jdoc_get_text(*out_body, INTAKE_KEY_FIELD);
	return *out_key ? ERR_OK : refuse(e, "the appointment holds no public key");
}

/* What a verifier would fault later is not taken. With a wrong clock no time is right. */
static int check_time(const struct ledger *l, int64_t signed_at, int64_t now, struct err *e)
{
	int rc = intake_is_timely(signed_at, now, false) ? ERR_OK : append_clock_check(l, now, e);
	if (rc || intake_is_timely(signed_at, now, false))
		return rc;
	if (signed_at > now) {
		err_set(e, ERR_RULE, "signature: made more than a day later than it is by the clock of this machine");
		return err_next(e, "compare the clocks of this machine and of the one that signed, and sign it anew");
	}
	err_set(e, ERR_RULE, "signature: made more than %d days ago", INTAKE_SIGNED_DAYS_MAX);
	return err_next(e, "look whether it is in the ledger already (daicho list); if it is not, sign it anew");
}

int person_by_signature(struct ledger *l, const char *fpr, const struct note *note, int64_t now,
                        struct index_person *out, struct err *e)
{
	struct jdoc *body = NULL, *answer = NULL;
	int64_t signed_at = 0;
	const char *key, *primary = NULL;
	BUF_CLEANUP struct buf statement = BUF_INIT;
	if (keyring_knows(&l->keys, fpr))
		return refuse(e, "the keys of the ledger are no person's");
	int rc = index_person_by_key(l->index, fpr, out, e);
	if (rc)
		return rc == ERR_NOTFOUND ? refuse(e, "no appointment in force names this key") : rc;
	rc = read_key(l, out->seq, &body, &key, e);
	if (!rc) {
		note_statement(note, l->store->origin, &statement);
		struct jdoc *question = jdoc_object();
		jdoc_set_string(question, "key", key);
		jdoc_set_string(question, "statement", buf_str(&statement));
		jdoc_set_string(question, "signature", note->signature);
		rc = asking_verifier(WIRE_CHECK_PERSON, question, &answer, e);
		jdoc_free(question);
	}
	if (!rc && (!(primary = jdoc_get_text(answer, "primary")) || strcmp(primary, fpr) != 0))
		rc = refuse(e, "the public key of the appointment is not the key that it names");
	if (!rc)
		rc = jdoc_get_integer(answer, "time", &signed_at) ? check_time(l, signed_at, now, e)
		                                                  : err_set(e, ERR_BUG, "verifier: no time in its answer");
	jdoc_free(answer);
	jdoc_free(body);
	return rc;
}
