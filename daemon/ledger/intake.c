#include "ledger/intake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "foreign/schema.h"
#include "foreign/schema_dates.h"

#define EVENT_YEAR_MIN 2000
#define DAY_S 86400

struct taking {
	const struct rules *rules;
	const struct jdoc *request;
	const struct rulebook_kind *kind;
	struct era *eras;            /* owned */
	size_t eras_count;
	struct jdoc *body;           /* owned: the request's, its days written YYYY-MM-DD */
	int64_t now;
	struct intake *out;
	struct jdoc **out_faults;
};

static const struct {
	const char *name;
	enum jdoc_type type;
} members[] = {
	{ "kind", JDOC_STRING },     { "unit", JDOC_STRING },      { "body", JDOC_OBJECT },   { "request", JDOC_STRING },
	{ "role", JDOC_STRING },     { "event", JDOC_STRING },     { "attachments", JDOC_ARRAY }, { "key", JDOC_STRING },
	{ "signature", JDOC_STRING }, { "corrects", JDOC_INTEGER }, { "voids", JDOC_INTEGER }, { "reason", JDOC_STRING },
};

static int check_member(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	static const char *const words[] = { [JDOC_STRING] = N_("a string"), [JDOC_OBJECT] = N_("an object"),
		                             [JDOC_ARRAY] = N_("an array"), [JDOC_INTEGER] = N_("a whole number") };
	(void)ctx;
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (strcmp(members[i].name, name) == 0)
			return jdoc_type(value) == members[i].type ? ERR_OK
				: err_set(e, ERR_SYNTAX, "request: %s: %s is wanted", members[i].name, _(words[members[i].type]));
	err_set(e, ERR_SYNTAX, "request: has a member that is not known");
	return err_next(e, "known are: kind unit body request role event attachments key signature corrects voids reason");
}

static int check_members(const struct jdoc *request, struct err *e)
{
	static const char *const required[] = { "kind", "unit", "body" };
	if (!request || jdoc_type(request) != JDOC_OBJECT)
		return err_set(e, ERR_SYNTAX, "request: a JSON object is wanted");
	int rc = jdoc_each(request, check_member, NULL, e);
	for (size_t i = 0; !rc && i < sizeof required / sizeof *required; i++)
		if (!jdoc_get(request, required[i]))
			rc = err_set(e, ERR_SYNTAX, "request: %s: is wanted", required[i]);
	return rc;
}

static int take_kind(struct taking *t, struct err *e)
{
	t->kind = rulebook_kind(t->rules->book, jdoc_get_text(t->request, "kind"));
	if (!t->kind) {
		err_set(e, ERR_KIND, "kind: the rule book has no such kind of record");
		return err_next(e, "daicho kinds");
	}
	strcpy(t->out->note.kind, t->kind->name);
	return ERR_OK;
}

static int take_unit(struct taking *t, struct err *e)
{
	const char *unit = jdoc_get_text(t->request, "unit");
	if (!rulebook_unit(t->rules->book, unit)) {
		err_set(e, ERR_KIND, "unit: the rule book has no such unit");
		return err_next(e, "daicho kinds");
	}
	if (!rulebook_kind_has_unit(t->kind, unit)) {
		err_set(e, ERR_RULE, "unit: kind %s is not kept by it (%s)", t->kind->name, t->kind->clause);
		return err_next(e, "daicho kinds %s", t->kind->name);
	}
	strcpy(t->out->note.unit, unit);
	return ERR_OK;
}

/* The role that the sender chose; which roles the sender has is judged in append. */
static int take_role(struct taking *t, struct err *e)
{
	const struct rulebook_kind *k = t->kind;
	const char *role = jdoc_get_text(t->request, "role");
	if (role && !rulebook_role(t->rules->book, role)) {
		err_set(e, ERR_KIND, "role: the rule book has no such role");
		return err_next(e, "daicho kinds");
	}
	if (role && !intake_role_fits(k, role)) {
		err_set(e, ERR_PERM, "role: kind %s (%s) is not submitted in role %s", k->name, k->clause, role);
		return err_next(e, "daicho kinds %s shows the roles that submit it", k->name);
	}
	if (role)
		strcpy(t->out->note.role, role);
	return ERR_OK;
}

/* What a person signed is stored as it was signed, so that nothing but YYYY-MM-DD is taken in it. */
static bool is_signed(const struct taking *t)
{
	return jdoc_get(t->request, "signature") != NULL;
}

static int read_days(struct taking *t, const struct schema *schema, struct err *e)
{
	const struct schema_dates_table table = { .eras = t->eras, .count = t->eras_count };
	struct jdoc *given = jdoc_get(t->request, "body");
	if (!is_signed(t))
		return schema_dates_read(&table, schema_doc(schema), given, &t->body, t->out_faults, e);
	t->body = jdoc_keep(given);
	return ERR_OK;
}

static int take_body(struct taking *t, struct err *e)
{
	struct buf text = { .max = NOTE_BODY_MAX };
	struct note *note = &t->out->note;
	const struct schema *schema = rules_schema(t->rules, t->kind->name);
	int rc = jdoc_check_clean(jdoc_get(t->request, "body"), e);
	if (!rc)
		rc = read_days(t, schema, e);
	if (!rc)
		rc = schema_check(schema, t->body, t->out_faults, e);
	if (rc)
		return rc == ERR_SCHEMA ? err_next(e, "daicho kinds %s shows its fields", t->kind->name) : rc;
	jdoc_print_canonical(t->body, &text);
	if (buf_is_over(&text)) {
		buf_release(&text);
		return err_set(e, ERR_TOOBIG, "body: over %zu bytes", NOTE_BODY_MAX);
	}
	note->body = buf_steal(&text, &note->body_len);
	return ERR_OK;
}

static int take_request_id(struct taking *t, struct err *e)
{
	const char *id = jdoc_get_text(t->request, "request");
	random_bytes(t->out->note.salt, NOTE_SALT_LEN);
	random_bytes(t->out->note.request, NOTE_REQUEST_LEN);
	if (!id || hash_hex_decode(id, strlen(id), t->out->note.request, NOTE_REQUEST_LEN))
		return ERR_OK;
	return err_set(e, ERR_SYNTAX, "request: 32 lower-case hex digits are wanted");
}

static int check_event(const struct taking *t, struct date event, struct err *e)
{
	int ahead = t->rules->book->event_ahead_days;
	struct date last = date_of_time(t->now + (int64_t)ahead * DAY_S);
	if (event.year < EVENT_YEAR_MIN)
		return err_set(e, ERR_RULE, "event: lies before the year %d", EVENT_YEAR_MIN);
	if (date_day_number(event) <= date_day_number(last))
		return ERR_OK;
	if (ahead)
		return err_set(e, ERR_RULE, "event: lies more than %d days ahead", ahead);
	return err_set(e, ERR_RULE, "event: lies in the future");
}

static int read_event(const struct taking *t, const char *text, struct date *out, struct err *e)
{
	bool notice;
	int rc = ERR_SYNTAX;
	if (date_parse(text, strlen(text), out))
		return ERR_OK;
	if (!is_signed(t))
		rc = era_parse(t->eras, t->eras_count, text, strlen(text), out, &notice, e);
	if (rc == ERR_SYNTAX)
		return err_set(e, rc, is_signed(t) ? N_("event: a day written YYYY-MM-DD is wanted")
		                                   : N_("event: a day written YYYY-MM-DD is wanted, or one of an era"));
	return rc ? err_prefix(e, "event") : ERR_OK;
}

static int take_event(struct taking *t, struct err *e)
{
	struct date stated, given, event = date_of_time(t->now);
	const char *text = jdoc_get_text(t->request, "event");
	bool is_stated = intake_event(t->kind, t->body, &stated);
	int rc = text ? read_event(t, text, &given, e) : ERR_OK;
	if (rc)
		return rc;
	if (text && is_stated && date_day_number(given) != date_day_number(stated))
		return err_set(e, ERR_RULE, "event: field %s states another day", t->kind->event);
	if (is_stated)
		event = stated;
	else if (text)
		event = given;
	t->out->note.event = event;
	return check_event(t, event, e);
}

static int take_reason(struct taking *t, struct err *e)
{
	const struct jdoc *given = jdoc_get(t->request, "reason");
	if (!given)
		return ERR_OK;
	if (jdoc_text_len(given) > NOTE_REASON_MAX)
		return err_set(e, ERR_TOOBIG, "reason: over %d bytes", NOTE_REASON_MAX);
	if (!note_is_reason(jdoc_text(given), jdoc_text_len(given)))
		return err_set(e, ERR_SYNTAX, "reason: one line of text is wanted, without a space at its ends");
	strcpy(t->out->note.reason, jdoc_text(given));
	return ERR_OK;
}

static bool is_media(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.+-";
	size_t type = strspn(s, allowed);
	if (!type || s[type] != '/')
		return false;
	size_t sub = strspn(s + type + 1, allowed);
	return sub && !s[type + 1 + sub] && type + 1 + sub <= NOTE_MEDIA_MAX;
}

static int take_attachment(struct taking *t, const struct jdoc *given, struct err *e)
{
	struct note *note = &t->out->note;
	struct note_attachment *a = &note->attachment[note->attachments];
	struct buf *stored = &t->out->attachments[note->attachments];
	const char *media = jdoc_get_text(given, "media"), *data = jdoc_get_text(given, "data");
	uint8_t salt[NOTE_SALT_LEN];
	if (!media || !data || jdoc_size(given) != 2)
		return err_set(e, ERR_SYNTAX, "attachment: media and data are wanted, and nothing else");
	if (!is_media(media))
		return err_set(e, ERR_MEDIA, "attachment: media: a type like image/jpeg is wanted");
	size_t len = strlen(data), raw_len = 0;
	if (len > hash_base64_encoded_len(NOTE_ATTACHMENT_MAX))
		return err_set(e, ERR_TOOBIG, "attachment: over %zu bytes", NOTE_ATTACHMENT_MAX);
	MEM_CLEANUP uint8_t *raw = mem_alloc(len / 4 * 3 + 1);
	if (!hash_base64_decode(data, len, raw, &raw_len))
		return err_set(e, ERR_SYNTAX, "attachment: data: base64 is wanted");
	if (raw_len > NOTE_ATTACHMENT_MAX)
		return err_set(e, ERR_TOOBIG, "attachment: over %zu bytes", NOTE_ATTACHMENT_MAX);
	random_bytes(salt, sizeof salt);
	note_wrap(salt, raw, raw_len, stored);
	*a = (struct note_attachment){ .size = raw_len, .raw = hash_of(raw, raw_len),
		                       .stored = hash_of(buf_str(stored), stored->len) };
	strcpy(a->media, media);
	note->attachments++;
	return ERR_OK;
}

static int take_attachments(struct taking *t, struct err *e)
{
	const struct jdoc *list = jdoc_get(t->request, "attachments");
	size_t count = jdoc_size(list);
	int rc = ERR_OK;
	if (count > NOTE_ATTACHMENTS_MAX)
		return err_set(e, ERR_TOOBIG, "attachments: at most %d", NOTE_ATTACHMENTS_MAX);
	for (size_t i = 0; !rc && i < count; i++)
		rc = take_attachment(t, jdoc_at(list, i), e);
	return rc;
}

static int take_signature(struct taking *t, struct err *e)
{
	const char *text = jdoc_get_text(t->request, "signature");
	size_t len, bytes;
	if (!text)
		return ERR_OK;
	len = strlen(text);
	if (len > NOTE_SIGNATURE_MAX)
		return err_set(e, ERR_TOOBIG, "signature: over %d characters", NOTE_SIGNATURE_MAX);
	MEM_CLEANUP uint8_t *raw = mem_alloc(len / 4 * 3 + 1);
	if (!len || !hash_base64_decode(text, len, raw, &bytes))
		return err_set(e, ERR_SYNTAX, "signature: base64 of a detached OpenPGP signature is wanted");
	t->out->note.signature = mem_strdup(text);
	return ERR_OK;
}

static int take_number(const struct taking *t, const char *name, bool *has, uint64_t *out, struct err *e)
{
	int64_t n;
	if (!jdoc_get_integer(t->request, name, &n))
		return ERR_OK;
	if (n < 0 || (uint64_t)n > LEAF_SEQ_MAX)
		return err_set(e, ERR_RULE, "%s: the number of an entry is wanted", name);
	*has = true;
	*out = (uint64_t)n;
	return ERR_OK;
}

static int fill_leaf(struct taking *t, struct err *e)
{
	struct leaf *leaf = &t->out->leaf;
	leaf->kind = LEAF_RECORD;
	strcpy(leaf->kind_name, t->kind->name);
	leaf->has_volume = true;
	strcpy(leaf->volume.kind, t->kind->name);
	strcpy(leaf->volume.unit, t->out->note.unit);
	int rc = take_number(t, "corrects", &leaf->has_corrects, &leaf->corrects, e);
	if (!rc)
		rc = take_number(t, "voids", &leaf->has_voids, &leaf->voids, e);
	if (!rc && leaf->has_corrects && !t->out->note.reason[0]) {
		err_set(e, ERR_RULE, "corrects: a correction without a reason (daicho-ledger(5), CORRECTIONS AND VOIDS)");
		return err_next(e, "say why: give --reason (member reason)");
	}
	if (!rc)
		rc = intake_links(t->kind, t->body, leaf, e);
	if (!rc)
		t->out->digest = intake_digest(&t->out->note, leaf);
	return rc;
}

int intake_parse(const struct rules *rules, const struct jdoc *request, uid_t uid, const char *login, int64_t now,
                 struct intake *out, struct jdoc **out_faults, struct err *e)
{
	static int (*const steps[])(struct taking *t, struct err *e) = {
		take_kind, take_unit, take_role, take_body, take_request_id, take_event, take_reason, take_attachments,
		take_signature, fill_leaf,
	};
	struct taking t = { .rules = rules, .request = request, .now = now, .out = out, .out_faults = out_faults };
	t.eras = rulebook_eras(rules->book, &t.eras_count);
	*out = (struct intake){ .note.uid = (uint32_t)uid };
	*out_faults = NULL;
	snprintf(out->note.login, sizeof out->note.login, "%s", login);
	int rc = check_members(request, e);
	for (size_t i = 0; !rc && i < sizeof steps / sizeof *steps; i++)
		rc = steps[i](&t, e);
	jdoc_free(t.body);
	free(t.eras);
	if (rc)
		intake_release(out);
	return rc;
}

/* An administrative act is what its person states, whether signed or not. */
static struct hash digest_act(const struct note *note, const struct leaf *leaf)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	note_statement(note, leaf->origin, &text);
	if (note->signature)
		buf_puts(&text, note->signature);
	return hash_of(buf_str(&text), text.len);
}

struct hash intake_digest(const struct note *note, const struct leaf *leaf)
{
	if (leaf->kind != LEAF_RECORD)
		return digest_act(note, leaf);
	BUF_CLEANUP struct buf text = BUF_INIT;
	char day[DATE_LEN + 1], raw[HASH_TEXT_LEN + 1];
	date_print(note->event, day);
	buf_printf(&text, "daicho-request 1\nKind: %s\nUnit: %s\nEvent: %s\n", note->kind, note->unit, day);
	if (note->reason[0])
		buf_printf(&text, "Reason: %s\n", note->reason);
	for (unsigned i = 0; i < note->attachments; i++) {
		hash_print(&note->attachment[i].raw, raw);
		buf_printf(&text, "Attachment: %s %s\n", raw, note->attachment[i].media);
	}
	if (note->signature)
		buf_printf(&text, "Signature: %s\n", note->signature);
	if (leaf->has_corrects)
		buf_printf(&text, "Corrects: %" PRIu64 "\n", leaf->corrects);
	if (leaf->has_voids)
		buf_printf(&text, "Voids: %" PRIu64 "\n", leaf->voids);
	buf_putc(&text, '\n');
	buf_add(&text, note->body, note->body_len);
	return hash_of(text.ptr, text.len);
}

void intake_release(struct intake *i)
{
	for (size_t n = 0; n < NOTE_ATTACHMENTS_MAX; n++)
		buf_release(&i->attachments[n]);
	note_release(&i->note);
	leaf_release(&i->leaf);
	*i = (struct intake){ .leaf.kind = LEAF_RECORD };
}
