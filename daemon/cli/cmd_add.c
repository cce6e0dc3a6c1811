#include "cli/cmd_add.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/days.h"
#include "cli/fields.h"
#include "cli/given.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/statement.h"
#include "cli/usage.h"

#define DEADLINE_S 120

static const struct {
	const char *suffix, *media;
} medias[] = {
	{ ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" }, { ".png", "image/png" }, { ".pdf", "application/pdf" },
	{ ".txt", "text/plain" },
};

static int add_pair(struct cmd_add *a, char *name, const char *value)
{
	a->fields = mem_grow(a->fields, a->field_count + 1, sizeof *a->fields);
	a->fields[a->field_count++] = (struct cmd_add_field){ name, value };
	return ERR_OK;
}

int cmd_add_take(void *ctx, const char *name, const char *value, struct err *e)
{
	struct cmd_add *a = ctx;
	if (!value)
		return ERR_OK;
	if (strcmp(name, "attach") == 0) {
		a->attach = mem_grow(a->attach, a->attach_count + 1, sizeof *a->attach);
		a->attach[a->attach_count++] = value;
		return ERR_OK;
	}
	if (strcmp(name, "set") != 0)
		return add_pair(a, mem_strdup(name), value);
	const char *equals = strchr(value, '=');
	if (!equals || equals == value)
		return usage_refuse(a->command, e, "--set: FIELD=VALUE is wanted");
	return add_pair(a, mem_strndup(value, (size_t)(equals - value)), equals + 1);
}

/* What the user names may be a link or a pipe. */
static int read_named(const char *name, size_t max, struct buf *out, struct err *e)
{
	struct stat st;
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "%s", name);
	bool is_folder = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
	int rc = is_folder ? err_errno(e, EISDIR, "input") : file_read_fd(fd, max, out, e);
	close(fd);
	return rc ? err_prefix(e, "%s", name) : ERR_OK;
}

static int read_body_file(const char *file, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = strcmp(file, "-") == 0 ? file_read_fd(STDIN_FILENO, NOTE_BODY_MAX, &text, e)
	                                : read_named(file, NOTE_BODY_MAX, &text, e);
	if (!rc && !(*out = jdoc_parse(buf_str(&text), text.len, NOTE_BODY_MAX, 0, e)))
		rc = err_prefix(e, "record");
	return given_tell(rc, "give a file with the fields as a JSON object, or - for standard input", e);
}

int cmd_add_body(const struct cmd_add *a, const struct jdoc *schema, struct jdoc **out, struct err *e)
{
	int rc = ERR_OK;
	*out = NULL;
	if (a->file)
		rc = read_body_file(a->file, out, e);
	else
		*out = jdoc_object();
	for (size_t i = 0; !rc && i < a->field_count; i++)
		rc = fields_set(*out, schema, a->kind, a->fields[i].name, a->fields[i].value, e);
	if (!rc)
		fields_fill(*out, schema);
	if (rc) {
		jdoc_free(*out);
		*out = NULL;
	}
	return rc;
}

static int add_attachment(struct jdoc *list, const char *file, struct err *e)
{
	const char *dot = strrchr(file, '.'), *media = NULL;
	BUF_CLEANUP struct buf raw = BUF_INIT;
	for (size_t i = 0; dot && i < sizeof medias / sizeof *medias; i++)
		if (strcasecmp(dot, medias[i].suffix) == 0)
			media = medias[i].media;
	if (!media) {
		err_set(e, ERR_USAGE, "--attach: the file's name must end with .jpg, .png, .pdf or .txt");
		return err_next(e, "give a scan, photo or text in one of these forms, under such a name");
	}
	int rc = read_named(file, NOTE_ATTACHMENT_MAX, &raw, e);
	if (!rc && !raw.len)
		rc = err_set(e, ERR_USAGE, "%s: is empty", file);
	if (rc) {
		err_prefix(e, "--attach");
		return given_tell(rc, "give a scan, photo or text that is there", e);
	}
	MEM_CLEANUP char *data = mem_alloc(hash_base64_encoded_len(raw.len) + 1);
	hash_base64_encode(raw.ptr, raw.len, data);
	struct jdoc *one = jdoc_object();
	jdoc_set_string(one, "media", media);
	jdoc_set_string(one, "data", data);
	jdoc_append(list, one);
	return ERR_OK;
}

static int add_attachments(const struct cmd_add *a, struct jdoc *list, struct jdoc *request, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < a->attach_count; i++)
		rc = add_attachment(list, a->attach[i], e);
	if (!rc && jdoc_size(list))
		jdoc_set(request, "attachments", jdoc_keep(list));
	return rc;
}

/* The day of the event that the record names; NULL where it names none. */
static const char *get_event(const struct jdoc *kind, const struct jdoc *body)
{
	const char *field = jdoc_get_text(jdoc_get(kind, "kind"), "event");
	return field ? jdoc_get_text(body, field) : NULL;
}

/* The statement is dated with the day of the event, else with today. */
static struct date find_event(const struct cmd_add *a, const struct jdoc *kind, const struct jdoc *body)
{
	const char *text = get_event(kind, body);
	struct date d;
	if (!text)
		text = a->event;
	return text && date_parse(text, strlen(text), &d) ? d : date_of_time(date_now());
}

static int add_signature(struct context *c, const struct cmd_add *a, const struct jdoc *kind, const struct jdoc *body,
                         struct jdoc *request, struct err *e)
{
	struct note note = { .event = find_event(a, kind, body) };
	BUF_CLEANUP struct buf text = BUF_INIT;
	if (!a->sign)
		return ERR_OK;
	random_bytes(note.request, sizeof note.request);
	if (a->request && !hash_hex_decode(a->request, strlen(a->request), note.request, sizeof note.request))
		return usage_refuse(a->command, e, "--request: 32 lower-case hex digits are wanted");
	snprintf(note.kind, sizeof note.kind, "%s", a->kind);
	snprintf(note.unit, sizeof note.unit, "%s", a->unit);
	snprintf(note.reason, sizeof note.reason, "%s", a->reason ? a->reason : "");
	jdoc_print_canonical(body, &text);
	note.body = text.ptr;
	note.body_len = text.len;
	return statement_sign(c, a->sign, &note, request, e);
}

static int build_request(struct context *c, const struct cmd_add *a, const struct jdoc *kind, struct jdoc *body,
                         struct jdoc *attachments, struct jdoc *request, struct err *e)
{
	jdoc_set_string(request, "kind", a->kind);
	jdoc_set_string(request, "unit", a->unit);
	if (a->request)
		jdoc_set_string(request, "request", a->request);
	if (a->role)
		jdoc_set_string(request, "role", a->role);
	if (a->event && !get_event(kind, body))
		jdoc_set_string(request, "event", a->event);
	if (a->reason)
		jdoc_set_string(request, "reason", a->reason);
	if (a->has_corrects)
		jdoc_set_integer(request, "corrects", (int64_t)a->corrects);
	int rc = add_attachments(a, attachments, request, e);
	if (!rc)
		rc = add_signature(c, a, kind, body, request, e);
	jdoc_set(request, "body", jdoc_keep(body));
	return rc;
}

static void print_added(const struct context *c, const struct jdoc *d)
{
	int64_t seq = 0;
	const char *volume = jdoc_get_text(d, "volume"), *commit = jdoc_get_text(d, "commit");
	if (c->json) {
		output_json(d);
		return;
	}
	jdoc_get_integer(d, "seq", &seq);
	printf("%" PRId64 " %s %s%s\n", seq, volume ? volume : "", commit ? commit : "",
	       jdoc_is_true(jdoc_get(d, "repeated")) ? _(" (recorded before)") : "");
}

int cmd_add_send(struct context *c, const struct cmd_add *a, const struct jdoc *kind, struct jdoc *body,
                 struct jdoc *attachments, struct err *e)
{
	struct jdoc *added = NULL, *request = jdoc_object(), *list = attachments ? attachments : jdoc_array();
	struct jdoc *sent = jdoc_keep(body);
	int rc = a->reason && !note_is_reason(a->reason, strlen(a->reason))
		? usage_refuse(a->command, e, "--reason: one line of 1 to %d bytes is wanted, without a space at its ends",
		               NOTE_REASON_MAX)
		: days_read_body(c, kind, &sent, e);
	if (!rc)
		rc = build_request(c, a, kind, sent, list, request, e);
	if (!rc)
		rc = client_call(c, "/v1/records", request, DEADLINE_S, &added, e);
	if (!rc)
		print_added(c, added);
	jdoc_free(added);
	jdoc_free(request);
	jdoc_free(sent);
	jdoc_free(list);
	return rc;
}

int cmd_add_kind(struct context *c, const char *kind, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	buf_printf(&path, "/v1/kinds/%s", kind);
	return client_get(c, buf_str(&path), out, e);
}

/* What was meant for the field of this name must not end beside the record. */
static int check_reason(const struct cmd_add *a, const struct jdoc *schema, const struct jdoc *body, struct err *e)
{
	if (!a->reason || a->has_corrects || !jdoc_get(jdoc_get(schema, "properties"), "reason") ||
	    jdoc_get(body, "reason"))
		return ERR_OK;
	err_set(e, ERR_USAGE, "--reason: says why the record is made, and kind %s has a field of this name, too", a->kind);
	return err_next(e, "give the field with --set reason=TEXT");
}

static int add(struct context *c, struct cmd_add *a, struct err *e)
{
	struct jdoc *kind = NULL, *body = NULL;
	if (!a->file && !a->field_count && !isatty(STDIN_FILENO))
		a->file = "-";
	int rc = cmd_add_kind(c, a->kind, &kind, e);
	if (!rc)
		rc = cmd_add_body(a, jdoc_get(kind, "schema"), &body, e);
	if (!rc)
		rc = check_reason(a, jdoc_get(kind, "schema"), body, e);
	if (!rc)
		rc = cmd_add_send(c, a, kind, body, NULL, e);
	jdoc_free(body);
	jdoc_free(kind);
	return rc;
}

void cmd_add_release(struct cmd_add *a)
{
	for (size_t i = 0; i < a->field_count; i++)
		free(a->fields[i].name);
	free(a->fields);
	free(a->attach);
}

int cmd_add(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct cmd_add a = { .command = "add" };
	const char *corrects = NULL;
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "unit", &a.unit, NULL }, { "file", &a.file, NULL }, { "as", &a.role, NULL }, { "sign", &a.sign, NULL },
		{ "corrects", &corrects, NULL }, { "request", &a.request, NULL }, { "reason", &a.reason, NULL },
	};
	int rc = options_read("add", argc, argv, specs, sizeof specs / sizeof *specs, cmd_add_take, &a, &a.kind, 1, &n, e);
	a.has_corrects = corrects != NULL;
	if (!rc && !n)
		rc = usage_refuse("add", e, "the kind of record is wanted (daicho kinds)");
	else if (!rc && !text_is_name(a.kind, strlen(a.kind)))
		rc = err_set(e, ERR_KIND, "kind: not a name of a kind"), err_next(e, "daicho kinds");
	else if (!rc && !a.unit)
		rc = usage_refuse("add", e, "--unit is wanted (daicho kinds lists the units)");
	else if (!rc && corrects && !text_parse_u64(corrects, strlen(corrects), LEAF_SEQ_MAX, &a.corrects))
		rc = usage_refuse("add", e, "--corrects: the number of a record is wanted");
	if (!rc)
		rc = add(c, &a, e);
	cmd_add_release(&a);
	*out_status = 0;
	return rc;
}
