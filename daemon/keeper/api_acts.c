#include "keeper/api_acts.h"

#include <string.h>

#include "base/mem.h"
#include "keeper/api_act.h"
#include "keeper/person.h"
#include "ledger/act.h"
#include "ledger/act_body.h"
#include "ledger/acts.h"

#define HTTP_CREATED 201

static const struct api_act_member members[] = { { "body", JDOC_OBJECT }, { NULL, JDOC_NULL } };

/* Who moved it: the signature over the same note with the body without `first`. */
static int find_first(struct api_call *c, enum leaf_kind kind, const struct jdoc *body, const struct note *note,
                      struct index_person *out, struct err *e)
{
	const struct jdoc *first = jdoc_get(body, "first");
	const char *key = jdoc_get_text(first, "key"), *signature = jdoc_get_text(first, "signature");
	struct note moved;
	if (!key || !signature || jdoc_size(first) != 2)
		return err_set(e, ERR_SYNTAX, "first: an object of key and signature is wanted");
	struct jdoc *what = act_body_moved(body);
	int rc = act_note(kind, what, note->unit, note->request, note->event, &moved, e);
	jdoc_free(what);
	if (rc)
		return rc;
	moved.signature = mem_strdup(signature);
	rc = person_by_signature(c->ledger, key, &moved, c->now, out, e);
	note_release(&moved);
	return rc ? err_prefix(e, "first") : ERR_OK;
}

static int make(struct api_call *c, enum leaf_kind kind, const struct jdoc *body, struct note *note, struct jdoc **out,
                struct err *e)
{
	struct index_person person, first;
	bool has_first = act_body_persons(kind) == 2 && jdoc_get(body, "first");
	int rc = api_act_person(c, note, &person, e);
	if (!rc && has_first && !note->signature)
		rc = err_set(e, ERR_PERM, "signature: who seconds an act signs it with their own key");
	if (!rc && has_first)
		rc = find_first(c, kind, body, note, &first, e);
	return rc ? rc : acts_make(c->ledger, kind, note, &person, has_first ? &first : NULL, c->now, out, e);
}

int api_acts(struct api_call *c, struct jdoc **out, struct err *e)
{
	enum leaf_kind kind = leaf_kind_of(c->arg[0]);
	struct note note;
	int rc = api_act_note(c, kind, members, &note, e);
	if (rc)
		return rc;
	rc = make(c, kind, jdoc_get(jdoc_get(c->message, "body"), "body"), &note, out, e);
	note_release(&note);
	c->status = HTTP_CREATED;
	return rc;
}

int api_motions(struct api_call *c, struct jdoc **out, struct err *e)
{
	enum leaf_kind kind = leaf_kind_of(c->arg[0]);
	struct index_person person;
	struct note note;
	int rc = api_act_note(c, kind, members, &note, e);
	if (rc)
		return rc;
	rc = api_act_person(c, &note, &person, e);
	if (!rc)
		rc = acts_move(c->ledger, kind, &note, &person, c->now, e);
	note_release(&note);
	if (rc)
		return rc;
	*out = jdoc_object();
	jdoc_set_string(*out, "act", leaf_kind_name(kind));
	jdoc_set_integer(*out, "by", (int64_t)person.first);
	return ERR_OK;
}
