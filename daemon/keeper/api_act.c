#include "keeper/api_act.h"

#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "base/random.h"
#include "keeper/person.h"
#include "ledger/act.h"
#include "ledger/act_body.h"

static const struct api_act_member common[] = {
	{ "request", JDOC_STRING }, { "event", JDOC_STRING }, { "key", JDOC_STRING }, { "signature", JDOC_STRING },
	{ NULL, JDOC_NULL },
};

static const struct api_act_member *find_member(const struct api_act_member *list, const char *name)
{
	while (list->name && strcmp(list->name, name) != 0)
		list++;
	return list->name ? list : NULL;
}

static int refuse_type(const struct api_act_member *m, struct err *e)
{
	if (m->type == JDOC_STRING)
		return err_set(e, ERR_SYNTAX, "%s: a string is wanted", m->name);
	if (m->type == JDOC_ARRAY)
		return err_set(e, ERR_SYNTAX, "%s: an array is wanted", m->name);
	return err_set(e, ERR_SYNTAX, "%s: an object is wanted", m->name);
}

static int refuse_unknown(const struct api_act_member *members, struct err *e)
{
	BUF_CLEANUP struct buf names = BUF_INIT;
	for (const struct api_act_member *m = members; m->name; m++)
		buf_printf(&names, "%s, ", m->name);
	for (const struct api_act_member *m = common; m->name; m++)
		buf_printf(&names, "%s%s", m->name, m[1].name ? ", " : "");
	return err_set(e, ERR_SYNTAX, "request: unknown member; known are %s", buf_str(&names));
}

static int check_member(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	const struct api_act_member *members = ctx, *m = find_member(members, name);
	if (!m)
		m = find_member(common, name);
	if (!m)
		return refuse_unknown(members, e);
	return jdoc_type(value) == m->type ? ERR_OK : refuse_type(m, e);
}

int api_act_check(const struct jdoc *sent, const struct api_act_member *members, struct err *e)
{
	return jdoc_each(sent, check_member, (void *)(uintptr_t)members, e);
}

/* Judged by the Time that the entry gets, as a verifier will. */
static int read_event(const struct api_call *c, const struct jdoc *body, enum leaf_kind kind, struct date *out,
                      struct err *e)
{
	const char *event = jdoc_get_text(body, "event");
	*out = date_of_time(c->now);
	if (!event)
		return ERR_OK;
	if (!date_parse(event, strlen(event), out))
		return err_set(e, ERR_SYNTAX, "event: a day written YYYY-MM-DD is wanted");
	if (act_body_is_timely(kind, *out, append_time(c->ledger, kind, c->now)))
		return ERR_OK;
	int rc = append_clock_check(c->ledger, c->now, e); /* with a wrong clock no day is right */
	if (rc)
		return rc;
	if (act_body_persons(kind) == 2)
		return err_set(e, ERR_RULE, "event: the motion is older than %d days, or of a later day",
		               ACT_BODY_MOVED_DAYS_MAX);
	return err_set(e, ERR_RULE, "event: the statement is dated neither today nor yesterday");
}

static int read_request(const struct jdoc *body, uint8_t out[NOTE_REQUEST_LEN], struct err *e)
{
	const char *request = jdoc_get_text(body, "request");
	random_bytes(out, NOTE_REQUEST_LEN);
	return !request || hash_hex_decode(request, strlen(request), out, NOTE_REQUEST_LEN)
		? ERR_OK : err_set(e, ERR_SYNTAX, "request: 32 lower-case hex digits are wanted");
}

int api_act_read(const struct api_call *c, enum leaf_kind kind, uint8_t out_request[NOTE_REQUEST_LEN],
                 struct date *out_event, struct err *e)
{
	const struct jdoc *body = jdoc_get(c->message, "body");
	int rc = read_request(body, out_request, e);
	return rc ? rc : read_event(c, body, kind, out_event, e);
}

int api_act_person(struct api_call *c, struct note *note, struct index_person *out, struct err *e)
{
	const struct jdoc *body = jdoc_get(c->message, "body");
	const char *key = jdoc_get_text(body, "key");
	random_bytes(note->salt, sizeof note->salt);
	note->uid = (uint32_t)c->uid;
	memcpy(note->login, c->login, sizeof note->login);
	note->signature = mem_strdup(jdoc_get_text(body, "signature"));
	if (!key != !note->signature)
		return err_set(e, ERR_SYNTAX, "request: key and signature are given together or not at all");
	return key ? person_by_signature(c->ledger, key, note, c->now, out, e)
	           : person_by_login(c->ledger, c->login, out, e);
}

int api_act_note(struct api_call *c, enum leaf_kind kind, const struct api_act_member *members, struct note *out,
                 struct err *e)
{
	const struct jdoc *sent = jdoc_get(c->message, "body"), *body = jdoc_get(sent, "body");
	uint8_t request[NOTE_REQUEST_LEN];
	struct date event;
	int rc = api_act_check(sent, members, e);
	if (!rc)
		rc = act_body_check(kind, body, e);
	if (!rc)
		rc = api_act_read(c, kind, request, &event, e);
	return rc ? rc : act_note(kind, body, c->ledger->rules->book->office, request, event, out, e);
}
