#include "model/note.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"

#define VERSION_LINE "Daicho-Record: 1\n"
#define SALT_NAME "Salt: "
#define SALT_HEX (2 * NOTE_SALT_LEN)
#define NO_ROLE "-"

struct reader {
	const char *at, *end;
	unsigned number;                   /* of the line last taken, from 1 */
};

static bool is_login(const char *s, size_t len)
{
	if (len < 1 || len > NOTE_LOGIN_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= '0' && s[i] <= '9') ||
		      (s[i] && strchr("._-", s[i]))))
			return false;
	return true;
}

/* type/subtype of RFC 6838 in lower case, without parameters */
static bool is_media(const char *s, size_t len)
{
	size_t slashes = 0;
	if (len < 3 || len > NOTE_MEDIA_MAX || s[0] == '/' || s[len - 1] == '/')
		return false;
	for (size_t i = 0; i < len; i++) {
		bool is_plain = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9');
		slashes += s[i] == '/';
		if (!is_plain && !(s[i] && strchr("!#$&^_.+-/", s[i])))
			return false;
	}
	return slashes == 1;
}

static bool is_signature(const char *s, size_t len)
{
	size_t decoded;
	if (len < 4 || len > NOTE_SIGNATURE_MAX)
		return false;
	MEM_CLEANUP uint8_t *bytes = mem_alloc(len / 4 * 3 + 1);
	return hash_base64_decode(s, len, bytes, &decoded);
}

static bool is_clause(const char *s, size_t len)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.()-";
	if (len < 1 || len > NOTE_CLAUSE_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!s[i] || !strchr(allowed, s[i]))
			return false;
	return true;
}

bool note_is_reason(const char *s, size_t len)
{
	size_t at;
	if (len < 1 || len > NOTE_REASON_MAX || s[0] == ' ' || s[len - 1] == ' ')
		return false;
	return text_is_clean(s, len, &at) && !memchr(s, '\n', len) && !memchr(s, '\t', len);
}

static bool is_body(const char *s, size_t len)
{
	return len && s[len - 1] == '\n' && !memchr(s, '\0', len) && text_is_utf8(s, len);
}

static int refuse(const struct reader *r, const char *name, const char *expected, struct err *e)
{
	return err_set(e, ERR_SYNTAX, "note: line %u (%s): expected %s", r->number, lang_text(name), lang_text(expected));
}

/* The value of the next line, which must be "<name>: <value>"; NULL if it is another. */
static const char *take_value(struct reader *r, const char *name, size_t *out_len)
{
	size_t name_len = strlen(name), left = (size_t)(r->end - r->at);
	const char *lf = left ? memchr(r->at, '\n', left) : NULL;
	if (!lf || (size_t)(lf - r->at) < name_len + 2 || memcmp(r->at, name, name_len) != 0 ||
	    memcmp(r->at + name_len, ": ", 2) != 0)
		return NULL;
	const char *value = r->at + name_len + 2;
	*out_len = (size_t)(lf - value);
	r->at = lf + 1;
	r->number++;
	return value;
}

static bool copy_text(char *out, const char *s, size_t len)
{
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

static bool parse_version(const char *s, size_t len, struct note *n)
{
	(void)n;
	return len == 1 && *s == '1';
}

static bool parse_salt(const char *s, size_t len, struct note *n)
{
	return hash_hex_decode(s, len, n->salt, sizeof n->salt);
}

static bool parse_request(const char *s, size_t len, struct note *n)
{
	return hash_hex_decode(s, len, n->request, sizeof n->request);
}

static bool parse_kind(const char *s, size_t len, struct note *n)
{
	return text_is_name(s, len) && copy_text(n->kind, s, len);
}

static bool parse_unit(const char *s, size_t len, struct note *n)
{
	return text_is_name(s, len) && copy_text(n->unit, s, len);
}

static bool parse_submitter(const char *s, size_t len, struct note *n)
{
	uint64_t uid;
	const char *space = len ? memchr(s, ' ', len) : NULL;
	if (!space || !text_parse_u64(s, (size_t)(space - s), UINT32_MAX, &uid))
		return false;
	size_t login_len = len - (size_t)(space + 1 - s);
	n->uid = (uint32_t)uid;
	return is_login(space + 1, login_len) && copy_text(n->login, space + 1, login_len);
}

static bool parse_role(const char *s, size_t len, struct note *n)
{
	if (len == 1 && *s == '-')
		return true;
	return text_is_name(s, len) && copy_text(n->role, s, len);
}

static bool parse_event(const char *s, size_t len, struct note *n)
{
	return date_parse(s, len, &n->event);
}

static const struct {
	const char *name;
	bool (*parse)(const char *s, size_t len, struct note *n);
	const char *expected;
} headers[] = {
	{ "Daicho-Record", parse_version, "1" },
	{ "Salt", parse_salt, N_("64 lower-case hex digits") },
	{ "Request", parse_request, N_("32 lower-case hex digits") },
	{ "Kind", parse_kind, N_("a name of [a-z0-9-]") },
	{ "Unit", parse_unit, N_("a name of [a-z0-9-]") },
	{ "Submitter", parse_submitter, N_("a user id and a login") },
	{ "Role", parse_role, N_("a name of [a-z0-9-], or -") },
	{ "Event", parse_event, "YYYY-MM-DD" },
};

/* "<n> <bytes> sha256:<raw> sha256:<stored> <media type>", n one more than that of the attachment before */
static bool parse_attachment(const char *s, size_t len, struct note *n)
{
	struct note_attachment a = { .size = 0 };
	const char *word[5];
	size_t word_len[5];
	for (int i = 0; i < 5; i++) {
		const char *space = i < 4 && len ? memchr(s, ' ', len) : NULL;
		if (i < 4 && !space)
			return false;
		word[i] = s;
		word_len[i] = space ? (size_t)(space - s) : len;
		s += word_len[i] + 1;
		len -= space ? word_len[i] + 1 : 0;
	}
	uint64_t number;
	if (!text_parse_u64(word[0], word_len[0], NOTE_ATTACHMENTS_MAX, &number) || number != n->attachments + 1 ||
	    !text_parse_u64(word[1], word_len[1], NOTE_ATTACHMENT_MAX, &a.size) ||
	    !hash_parse(word[2], word_len[2], &a.raw) || !hash_parse(word[3], word_len[3], &a.stored) ||
	    !is_media(word[4], word_len[4]))
		return false;
	copy_text(a.media, word[4], word_len[4]);
	n->attachment[n->attachments++] = a;
	return true;
}

/* A clause above the one before it. */
static bool parse_passed(const char *s, size_t len, struct note *n)
{
	if (!n->reason[0] || n->passed_count == NOTE_PASSED_MAX || !is_clause(s, len))
		return false;
	copy_text(n->passed[n->passed_count++], s, len);
	return n->passed_count < 2 || strcmp(n->passed[n->passed_count - 2], n->passed[n->passed_count - 1]) < 0;
}

static int read_reason(struct reader *r, struct note *out, struct err *e)
{
	size_t len;
	const char *value = take_value(r, "Reason", &len);
	if (value && !note_is_reason(value, len))
		return refuse(r, "Reason", "one line of clean text, at most 1000 bytes", e);
	if (value)
		copy_text(out->reason, value, len);
	while ((value = take_value(r, "Passed", &len)))
		if (!parse_passed(value, len, out))
			return refuse(r, "Passed", "the next clause, at most 16 of them, and a reason before them", e);
	return ERR_OK;
}

static int read_headers(struct reader *r, struct note *out, struct err *e)
{
	const char *value;
	size_t len;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		value = take_value(r, headers[i].name, &len);
		if (!value) {
			r->number++;
			return refuse(r, headers[i].name, "this line here", e);
		}
		if (!headers[i].parse(value, len, out))
			return refuse(r, headers[i].name, headers[i].expected, e);
	}
	int rc = read_reason(r, out, e);
	if (rc)
		return rc;
	while ((value = take_value(r, "Attachment", &len)))
		if (!parse_attachment(value, len, out))
			return refuse(r, "Attachment", "the next number, bytes, two digests and a media type", e);
	value = take_value(r, "Signature", &len);
	if (value && len > NOTE_SIGNATURE_MAX)
		return err_set(e, ERR_TOOBIG, "note: line %u (Signature): over %d characters", r->number, NOTE_SIGNATURE_MAX);
	if (value && !is_signature(value, len))
		return refuse(r, "Signature", "base64", e);
	if (value)
		out->signature = mem_strndup(value, len);
	r->number++;
	if (r->at == r->end || *r->at != '\n')
		return refuse(r, N_("after the header"), "an empty line", e);
	r->at++;
	return ERR_OK;
}

static int read_note(const char *text, size_t len, struct note *out, struct err *e)
{
	struct reader r = { text, text + len, 0 };
	int rc = read_headers(&r, out, e);
	if (rc)
		return rc;
	out->body_len = (size_t)(r.end - r.at);
	if (out->body_len > NOTE_BODY_MAX)
		return err_set(e, ERR_TOOBIG, "note: body: over %zu bytes", NOTE_BODY_MAX);
	if (!is_body(r.at, out->body_len))
		return err_set(e, ERR_SYNTAX, "note: body: expected UTF-8 text without NUL that ends with a line end");
	out->body = mem_strndup(r.at, out->body_len);
	return ERR_OK;
}

static void print_note(const struct note *n, struct buf *out)
{
	char event[DATE_LEN + 1], raw[HASH_TEXT_LEN + 1], stored[HASH_TEXT_LEN + 1];
	date_print(n->event, event);
	buf_puts(out, VERSION_LINE SALT_NAME);
	buf_add_hex(out, n->salt, sizeof n->salt);
	buf_puts(out, "\nRequest: ");
	buf_add_hex(out, n->request, sizeof n->request);
	buf_printf(out, "\nKind: %s\nUnit: %s\nSubmitter: %" PRIu32 " %s\nRole: %s\nEvent: %s\n", n->kind, n->unit, n->uid,
	           n->login, n->role[0] ? n->role : NO_ROLE, event);
	if (n->reason[0])
		buf_printf(out, "Reason: %s\n", n->reason);
	for (unsigned i = 0; i < n->passed_count; i++)
		buf_printf(out, "Passed: %s\n", n->passed[i]);
	for (unsigned i = 0; i < n->attachments; i++) {
		const struct note_attachment *a = &n->attachment[i];
		hash_print(&a->raw, raw);
		hash_print(&a->stored, stored);
		buf_printf(out, "Attachment: %u %" PRIu64 " %s %s %s\n", i + 1, a->size, raw, stored, a->media);
	}
	if (n->signature)
		buf_printf(out, "Signature: %s\n", n->signature);
	buf_putc(out, '\n');
	buf_add(out, n->body, n->body_len);
}

int note_parse(const char *text, size_t len, struct note *out, struct err *e)
{
	BUF_CLEANUP struct buf again = BUF_INIT;
	*out = (struct note){ .body = NULL };
	int rc = len > NOTE_MAX ? err_set(e, ERR_TOOBIG, "note: over %zu bytes", NOTE_MAX) : read_note(text, len, out, e);
	if (!rc) {
		print_note(out, &again);
		if (again.len != len || memcmp(again.ptr, text, len) != 0)
			rc = err_set(e, ERR_SYNTAX, "note: header: expected another spelling");
	}
	if (rc)
		note_release(out);
	return rc;
}

static bool is_passed_sayable(const struct note *n)
{
	if (n->passed_count > NOTE_PASSED_MAX || (n->passed_count && !n->reason[0]))
		return false;
	for (unsigned i = 0; i < n->passed_count; i++)
		if (!is_clause(n->passed[i], strlen(n->passed[i])) || (i && strcmp(n->passed[i - 1], n->passed[i]) >= 0))
			return false;
	return true;
}

static const char *find_unsayable(const struct note *n)
{
	if (!text_is_name(n->kind, strlen(n->kind)))
		return "Kind";
	if (!text_is_name(n->unit, strlen(n->unit)))
		return "Unit";
	if (!is_login(n->login, strlen(n->login)))
		return "Submitter";
	if (n->role[0] && !text_is_name(n->role, strlen(n->role)))
		return "Role";
	if (!date_is_valid(n->event))
		return "Event";
	if (n->reason[0] && !note_is_reason(n->reason, strlen(n->reason)))
		return "Reason";
	if (!is_passed_sayable(n))
		return "Passed";
	if (n->attachments > NOTE_ATTACHMENTS_MAX)
		return "Attachment";
	for (const struct note_attachment *a = n->attachment; a < n->attachment + n->attachments; a++)
		if (a->size > NOTE_ATTACHMENT_MAX || !is_media(a->media, strlen(a->media)))
			return "Attachment";
	if (n->signature && !is_signature(n->signature, strlen(n->signature)))
		return "Signature";
	return n->body && is_body(n->body, n->body_len) ? NULL : "body";
}

int note_print(const struct note *n, struct buf *out, struct err *e)
{
	if (n->body_len > NOTE_BODY_MAX)
		return err_set(e, ERR_TOOBIG, "note: body: over %zu bytes", NOTE_BODY_MAX);
	const char *what = find_unsayable(n);
	if (what)
		return err_set(e, ERR_SYNTAX, "note: %s: can't be said in a note", what);
	print_note(n, out);
	return ERR_OK;
}

bool note_pass(struct note *n, const char *clause)
{
	unsigned at = 0;
	if (!is_clause(clause, strlen(clause)))
		return false;
	while (at < n->passed_count && strcmp(n->passed[at], clause) < 0)
		at++;
	if (at < n->passed_count && strcmp(n->passed[at], clause) == 0)
		return true;
	if (n->passed_count == NOTE_PASSED_MAX)
		return false;
	memmove(n->passed[at + 1], n->passed[at], (n->passed_count - at) * sizeof n->passed[0]);
	n->passed_count++;
	return copy_text(n->passed[at], clause, strlen(clause));
}

void note_release(struct note *n)
{
	free(n->signature);
	free(n->body);
	*n = (struct note){ .body = NULL };
}

void note_wrap(const uint8_t salt[NOTE_SALT_LEN], const void *raw, size_t len, struct buf *out)
{
	buf_puts(out, SALT_NAME);
	buf_add_hex(out, salt, NOTE_SALT_LEN);
	buf_putc(out, '\n');
	buf_add(out, raw, len);
}

int note_unwrap(const char *stored, size_t len, const char **out_raw, size_t *out_len, struct err *e)
{
	uint8_t salt[NOTE_SALT_LEN];
	size_t name = strlen(SALT_NAME), first = name + SALT_HEX + 1;
	if (len < first || memcmp(stored, SALT_NAME, name) != 0 ||
	    !hash_hex_decode(stored + name, SALT_HEX, salt, sizeof salt) || stored[first - 1] != '\n')
		return err_set(e, ERR_SYNTAX, "attachment: line 1 (Salt): expected 64 lower-case hex digits");
	*out_raw = stored + first;
	*out_len = len - first;
	return ERR_OK;
}

void note_statement(const struct note *n, const char *origin, struct buf *out)
{
	char event[DATE_LEN + 1];
	date_print(n->event, event);
	buf_printf(out, "daicho-statement 1\nOrigin: %s\nKind: %s\nUnit: %s\nRequest: ", origin, n->kind, n->unit);
	buf_add_hex(out, n->request, sizeof n->request);
	buf_printf(out, "\nEvent: %s\n", event);
	if (n->reason[0])
		buf_printf(out, "Reason: %s\n", n->reason);
	buf_putc(out, '\n');
	buf_add(out, n->body, n->body_len);
}
