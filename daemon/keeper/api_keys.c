#include "keeper/api_keys.h"

#include <string.h>

#include "base/date.h"
#include "keeper/api_act.h"
#include "keeper/person.h"
#include "ledger/act.h"
#include "ledger/acts_keys.h"
#include "ledger/query.h"

#define HTTP_CREATED 201

int api_keys(struct api_call *c, struct jdoc **out, struct err *e)
{
	if (jdoc_size(jdoc_get(c->message, "query")))
		return err_set(e, ERR_USAGE, "query: unknown parameter");
	*out = query_keys(c->ledger);
	return ERR_OK;
}

/* Who may make the entry may have the key made. */
static int check_caller(const struct api_call *c, struct err *e)
{
	struct index_person person;
	char role[LEAF_NAME_MAX + 1];
	int rc = person_by_login(c->ledger, c->login, &person, e);
	return rc ? rc : act_role(c->ledger, LEAF_KEY, &person, date_of_time(c->now), role, e);
}

int api_keys_make(struct api_call *c, struct jdoc **out, struct err *e)
{
	const struct jdoc *body = jdoc_get(c->message, "body");
	const char *word = jdoc_get_text(body, "use");
	const struct ledger_signer *signer = &c->ledger->signer;
	char fpr[LEAF_FPR_LEN + 1];
	enum leaf_key_use use;
	if (!word || jdoc_size(body) != 1 || !keyring_use_of(word, &use) || use == LEAF_USE_RECOVERY)
		return err_set(e, ERR_SYNTAX, "use: entry, archive or checkpoint is wanted, and nothing else");
	int rc = check_caller(c, e);
	if (!rc)
		rc = signer->make_key(signer->ctx, use, fpr, e);
	if (rc)
		return rc;
	*out = jdoc_object();
	jdoc_set_string(*out, "format", "daicho.key.v1");
	jdoc_set_string(*out, "use", word);
	jdoc_set_string(*out, "fpr", fpr);
	c->status = HTTP_CREATED;
	return ERR_OK;
}

static const struct api_act_member members[] = {
	{ "body", JDOC_OBJECT }, { "recovery", JDOC_STRING }, { "recovery_key", JDOC_STRING }, { NULL, JDOC_NULL },
};

static int ask(struct api_call *c, struct note *note, const char *fpr, const char *armor, struct jdoc **out,
               struct err *e)
{
	BUF_CLEANUP struct buf payload = BUF_INIT;
	struct index_person person;
	int rc = api_act_person(c, note, &person, e);
	if (!rc)
		rc = acts_keys_ask(c->ledger, note, &person, fpr, armor, c->now, &payload, e);
	if (rc)
		return rc;
	*out = jdoc_object();
	jdoc_set_string(*out, "format", "daicho.payload.v1");
	jdoc_set_string(*out, "payload", buf_str(&payload));
	return ERR_OK;
}

int api_keys_recovery(struct api_call *c, struct jdoc **out, struct err *e)
{
	const struct jdoc *sent = jdoc_get(c->message, "body");
	const char *fpr = jdoc_get_text(sent, "recovery"), *armor = jdoc_get_text(sent, "recovery_key");
	struct note note;
	int rc = api_act_note(c, LEAF_KEY, members, &note, e);
	if (rc)
		return rc;
	rc = fpr && armor && leaf_is_fpr(fpr, strlen(fpr)) ? ask(c, &note, fpr, armor, out, e)
		: err_set(e, ERR_SYNTAX, "recovery: its fingerprint, and its public key as recovery_key, are wanted");
	note_release(&note);
	return rc;
}

int api_keys_signed(struct api_call *c, struct jdoc **out, struct err *e)
{
	const struct jdoc *body = jdoc_get(c->message, "body");
	const char *armor = jdoc_get_text(body, "signature");
	if (!armor || jdoc_size(body) != 1)
		return err_set(e, ERR_SYNTAX, "signature: an armored one is wanted, and nothing else");
	int rc = acts_keys_finish(c->ledger, armor, out, e);
	c->status = HTTP_CREATED;
	return rc;
}
