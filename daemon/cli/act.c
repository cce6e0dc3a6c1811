#include "cli/act.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/lang.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/output.h"
#include "cli/statement.h"
#include "cli/usage.h"
#include "ledger/act.h"
#include "ledger/act_body.h"

#define DEADLINE_S 900

static int get_office(struct context *c, struct jdoc **out_kinds, const char **out, struct err *e)
{
	int rc = client_get(c, "/v1/kinds", out_kinds, e);
	if (rc)
		return rc;
	*out = jdoc_get_text(*out_kinds, "office");
	return *out ? ERR_OK : err_set(e, ERR_SYNTAX, "answer of the daemon: no office");
}

/* Signs the note of the body; sets request, event, key and signature in `request`. */
static int sign(struct context *c, enum leaf_kind kind, const struct jdoc *body, const char *fpr,
                const uint8_t id[NOTE_REQUEST_LEN], struct date event, struct jdoc *request, struct err *e)
{
	struct jdoc *kinds = NULL;
	const char *office;
	struct note note;
	int rc = get_office(c, &kinds, &office, e);
	if (!rc && !(rc = act_note(kind, body, office, id, event, &note, e))) {
		rc = statement_sign(c, fpr, &note, request, e);
		note_release(&note);
	}
	jdoc_free(kinds);
	return rc;
}

void act_print(const struct context *c, const struct jdoc *d)
{
	const char *act = jdoc_get_text(d, "act"), *commit = jdoc_get_text(d, "commit");
	const char *vkey = jdoc_get_text(d, "vkey");
	int64_t seq = 0;
	if (c->json) {
		output_json(d);
		return;
	}
	jdoc_get_integer(d, "seq", &seq);
	printf(_("%s: entry %" PRId64 " %s\n"), act ? act : "", seq, commit ? commit : "");
	if (vkey)
		printf(_("checkpoints: %s\n"
		         "next: witnesses (daicho-witness log add VKEY) and auditors' policies (log VKEY) get this key\n"),
		       vkey);
}

static int post(struct context *c, enum leaf_kind kind, struct jdoc *request, bool quiet, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	struct jdoc *d = NULL;
	buf_printf(&path, "/v1/acts/%s", leaf_kind_name(kind));
	int rc = client_call(c, buf_str(&path), request, DEADLINE_S, &d, e);
	if (!rc && !quiet)
		act_print(c, d);
	jdoc_free(d);
	return rc;
}

static int write_new(const char *path, const struct buf *text, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST) {
		err_set(e, ERR_USAGE, "--motion: the file exists");
		return err_next(e, "name a new file");
	}
	if (fd < 0)
		return err_errno(e, errno, "%s", path);
	int rc = file_write_all(fd, text->ptr, text->len, path, e);
	if (close(fd) && !rc)
		rc = err_errno(e, errno, "%s", path);
	return rc;
}

/* The keeper judges it when it is seconded; who moves it learns at once what it would be refused for. */
static int check_motion(struct context *c, enum leaf_kind kind, const struct jdoc *motion, struct err *e)
{
	static const char *const members[] = { "body", "request", "event", "key", "signature" };
	BUF_CLEANUP struct buf path = BUF_INIT;
	struct jdoc *asked = jdoc_object(), *d = NULL;
	buf_printf(&path, "/v1/motions/%s", leaf_kind_name(kind));
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		jdoc_set(asked, members[i], jdoc_keep(jdoc_get(motion, members[i])));
	int rc = client_call(c, buf_str(&path), asked, DEADLINE_S, &d, e);
	jdoc_free(d);
	jdoc_free(asked);
	return rc;
}

static int move(struct context *c, enum leaf_kind kind, struct jdoc *body, const struct act_options *o, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct jdoc *motion = jdoc_object();
	uint8_t id[NOTE_REQUEST_LEN];
	random_bytes(id, sizeof id);
	jdoc_set_string(motion, "format", ACT_MOTION_FORMAT);
	jdoc_set_string(motion, "act", leaf_kind_name(kind));
	jdoc_set(motion, "body", jdoc_keep(body));
	int rc = sign(c, kind, body, o->sign, id, date_of_time(date_now()), motion, e);
	if (!rc)
		rc = check_motion(c, kind, motion, e);
	if (!rc) {
		jdoc_print_canonical(motion, &text);
		rc = write_new(o->motion, &text, e);
	}
	if (!rc && c->json)
		output_json(motion);
	else if (!rc)
		printf(_("moved, and nothing done yet: another person seconds it\n"
		         "next: daicho second %s --sign FINGERPRINT\n"), o->motion);
	jdoc_free(motion);
	return rc;
}

static int do_alone(struct context *c, enum leaf_kind kind, struct jdoc *body, const struct act_options *o,
                    struct err *e)
{
	struct jdoc *request = jdoc_object();
	uint8_t id[NOTE_REQUEST_LEN];
	random_bytes(id, sizeof id);
	jdoc_set(request, "body", jdoc_keep(body));
	int rc = o->sign ? sign(c, kind, body, o->sign, id, date_of_time(date_now()), request, e) : ERR_OK;
	if (!rc)
		rc = post(c, kind, request, o->quiet, e);
	jdoc_free(request);
	return rc;
}

/* Nobody signs what no leaf could say. What a rule says of the moment in which the entry is made is the keeper's. */
static int check_body(enum leaf_kind kind, const struct jdoc *body, struct err *e)
{
	struct leaf leaf = { .kind = kind };
	struct err why = ERR_INIT;
	int rc = act_body_fill(kind, body, &leaf, &why);
	leaf_release(&leaf);
	if (!rc || rc == ERR_RULE)
		return ERR_OK;
	*e = why;
	return rc;
}

int act_send(struct context *c, const char *command, enum leaf_kind kind, struct jdoc *body,
             const struct act_options *o, struct err *e)
{
	jdoc_set_string(body, "act", leaf_kind_name(kind));
	int rc = check_body(kind, body, e);
	if (rc)
		return rc;
	if (act_body_persons(kind) == 1)
		return o->motion ? usage_refuse(command, e, "--motion: one person does this alone")
		                 : do_alone(c, kind, body, o, e);
	if (!o->sign || !o->motion)
		return usage_refuse(command, e, "two persons do this: --sign FINGERPRINT and --motion FILE (a new one) are "
		                                "wanted");
	return move(c, kind, body, o, e);
}

int act_request(struct context *c, enum leaf_kind kind, struct jdoc *body, const char *sign_by, struct jdoc *request,
                struct err *e)
{
	uint8_t id[NOTE_REQUEST_LEN];
	random_bytes(id, sizeof id);
	jdoc_set_string(body, "act", leaf_kind_name(kind));
	int rc = check_body(kind, body, e);
	jdoc_set(request, "body", jdoc_keep(body));
	return rc || !sign_by ? rc : sign(c, kind, body, sign_by, id, date_of_time(date_now()), request, e);
}

void act_set_targets(struct jdoc *body, const char *const *targets, size_t count)
{
	struct jdoc *on = jdoc_array();
	for (size_t i = 0; i < count; i++) {
		BUF_CLEANUP struct buf text = BUF_INIT;
		bool is_number = targets[i][strspn(targets[i], "0123456789")] == '\0';
		buf_printf(&text, "%s%s", is_number ? "entry " : "", targets[i]);
		jdoc_append(on, jdoc_string(buf_str(&text)));
	}
	jdoc_set(body, "on", on);
}

static int read_motion(const struct jdoc *motion, enum leaf_kind *out_kind, uint8_t out_id[NOTE_REQUEST_LEN],
                       struct date *out_event, struct err *e)
{
	const char *format = jdoc_get_text(motion, "format"), *act = jdoc_get_text(motion, "act");
	const char *id = jdoc_get_text(motion, "request"), *event = jdoc_get_text(motion, "event");
	*out_kind = act ? leaf_kind_of(act) : LEAF_RECORD;
	if (!format || strcmp(format, ACT_MOTION_FORMAT) != 0 || act_body_persons(*out_kind) != 2 || !id ||
	    !hash_hex_decode(id, strlen(id), out_id, NOTE_REQUEST_LEN) || !event ||
	    !date_parse(event, strlen(event), out_event) || !jdoc_get_text(motion, "key") ||
	    !jdoc_get_text(motion, "signature"))
		return err_set(e, ERR_SYNTAX, "motion: not a motion in the form %s", ACT_MOTION_FORMAT);
	return ERR_OK;
}

int act_second(struct context *c, const struct jdoc *motion, const char *sign_by, struct err *e)
{
	enum leaf_kind kind;
	uint8_t id[NOTE_REQUEST_LEN];
	struct date event;
	int rc = read_motion(motion, &kind, id, &event, e);
	if (rc)
		return rc;
	struct jdoc *request = jdoc_object(), *first = jdoc_object();
	struct jdoc *body = act_body_moved(jdoc_get(motion, "body"));
	jdoc_set_string(first, "key", jdoc_get_text(motion, "key"));
	jdoc_set_string(first, "signature", jdoc_get_text(motion, "signature"));
	jdoc_set(body, "first", first);
	jdoc_set(request, "body", jdoc_keep(body));
	rc = act_body_check(kind, body, e);
	if (!rc)
		rc = sign(c, kind, body, sign_by, id, event, request, e);
	if (!rc)
		rc = post(c, kind, request, false, e);
	jdoc_free(body);
	jdoc_free(request);
	return rc;
}
