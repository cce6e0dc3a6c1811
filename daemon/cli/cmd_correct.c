#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmd_add.h"
#include "cli/options.h"
#include "cli/usage.h"
#include "model/leaf.h"

struct correcting {
	struct cmd_add add;          /* first: --attach, --set and fields are its own */
	const char **unset; size_t unset_count;
	struct jdoc *entry;          /* the answer about what is corrected */
	char unit[LEAF_NAME_MAX + 1];
};

static int take_other(void *ctx, const char *name, const char *value, struct err *e)
{
	struct correcting *x = ctx;
	if (strcmp(name, "unset") != 0)
		return cmd_add_take(&x->add, name, value, e);
	if (!value)
		return ERR_OK;
	x->unset = mem_grow(x->unset, x->unset_count + 1, sizeof *x->unset);
	x->unset[x->unset_count++] = value;
	return ERR_OK;
}

static const struct jdoc *get_record(const struct correcting *x)
{
	return jdoc_get(x->entry, "record");
}

/* What is corrected, and from it kind, unit and day of the correction. */
static int fetch(struct context *c, struct correcting *x, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	buf_printf(&path, "/v1/records/%" PRIu64, x->add.corrects);
	int rc = client_get(c, buf_str(&path), &x->entry, e);
	if (rc)
		return rc;
	const char *volume = jdoc_get_text(x->entry, "volume"), *slash = volume ? strrchr(volume, '/') : NULL;
	int64_t by = 0;
	if (jdoc_get_integer(x->entry, "disposed_by", &by)) {
		err_set(e, ERR_GONE, "entry %" PRIu64 ": its record was disposed of by entry %" PRId64, x->add.corrects, by);
		return err_next(e, "daicho disposal register tells what became of it");
	}
	if (!slash || jdoc_type(get_record(x)) != JDOC_OBJECT) {
		err_set(e, ERR_RULE, "entry %" PRIu64 ": has no record that could be corrected", x->add.corrects);
		return err_next(e, "daicho list tells the entries that are records");
	}
	snprintf(x->unit, sizeof x->unit, "%s", slash + 1);
	x->add.kind = jdoc_get_text(x->entry, "kind");
	x->add.unit = x->unit;
	x->add.event = jdoc_get_text(get_record(x), "event");
	return ERR_OK;
}

struct merging {
	const struct correcting *correcting;
	struct jdoc *to;
};

static bool is_unset(const struct correcting *x, const char *name)
{
	for (size_t i = 0; i < x->unset_count; i++) {
		const char *a = x->unset[i], *b = name;
		while (*a && (*a == *b || (*a == '-' && *b == '_')))
			a++, b++;
		if (!*a && !*b)
			return true;
	}
	return false;
}

static int copy_kept(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	struct merging *m = ctx;
	(void)e;
	if (!is_unset(m->correcting, name))
		jdoc_set(m->to, name, jdoc_keep(value));
	return ERR_OK;
}

static int copy_given(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	struct merging *m = ctx;
	(void)e;
	jdoc_set(m->to, name, jdoc_keep(value));
	return ERR_OK;
}

/* A field that is a list is replaced whole. */
static int merge(const struct correcting *x, const struct jdoc *schema, struct jdoc **out, struct err *e)
{
	struct jdoc *given;
	int rc = cmd_add_body(&x->add, schema, &given, e);
	if (rc)
		return rc;
	struct merging m = { x, jdoc_object() };
	jdoc_each(jdoc_get(get_record(x), "body"), copy_kept, &m, NULL);
	jdoc_each(given, copy_given, &m, NULL);
	jdoc_free(given);
	*out = m.to;
	return ERR_OK;
}

/* The talk about what changes, on a terminal. */

struct telling {
	struct buf *out;
	const struct jdoc *other;
	bool removed;                /* of what is told: tell only of what the other lacks */
};

static void add_value(struct buf *out, const struct jdoc *value)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	if (jdoc_text(value))
		buf_add(&text, jdoc_text(value), jdoc_text_len(value));
	else if (value)
		jdoc_print(value, &text);
	else
		buf_puts(&text, _("(nothing)"));
	text_add_safe(out, buf_str(&text), text.len, true);
}

static int tell_member(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	struct telling *t = ctx;
	const struct jdoc *other = jdoc_get(t->other, name);
	(void)e;
	if (t->removed ? other != NULL : other && jdoc_is_equal(other, value))
		return ERR_OK;
	buf_puts(t->out, "daicho: ");
	text_add_safe(t->out, name, strlen(name), true);
	buf_puts(t->out, ": ");
	add_value(t->out, t->removed ? value : other);
	buf_puts(t->out, " → ");
	add_value(t->out, t->removed ? NULL : value);
	buf_putc(t->out, '\n');
	return ERR_OK;
}

static void tell_changes(const struct jdoc *old, const struct jdoc *new)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct telling added = { &out, old, false }, removed = { &out, new, true };
	jdoc_each(new, tell_member, &added, NULL);
	jdoc_each(old, tell_member, &removed, NULL);
	if (isatty(STDERR_FILENO))
		fwrite(buf_str(&out), 1, out.len, stderr);
}

/* The correction repeats the whole record: its attachments, too. */
static int fetch_attachments(struct context *c, const struct correcting *x, struct jdoc *list, struct err *e)
{
	size_t count = jdoc_size(jdoc_get(get_record(x), "attachments"));
	int rc = ERR_OK;
	for (size_t i = 1; !rc && i <= count; i++) {
		BUF_CLEANUP struct buf path = BUF_INIT;
		struct jdoc *got = NULL;
		buf_printf(&path, "/v1/records/%" PRIu64 "/attachments/%zu", x->add.corrects, i);
		rc = client_get(c, buf_str(&path), &got, e);
		const char *media = jdoc_get_text(got, "media");
		if (!rc && (!media || !jdoc_get_text(got, "data")))
			rc = err_set(e, ERR_SYNTAX, "answer of the daemon: no attachment");
		if (!rc) {
			struct jdoc *one = jdoc_object();
			jdoc_set_string(one, "media", media);
			jdoc_set(one, "data", jdoc_keep(jdoc_get(got, "data")));
			jdoc_append(list, one);
		}
		jdoc_free(got);
	}
	return rc;
}

static int send_changed(struct context *c, struct correcting *x, const struct jdoc *kind, struct jdoc *body,
                        struct err *e)
{
	const struct jdoc *old = jdoc_get(get_record(x), "body");
	if (jdoc_is_equal(old, body) && !x->add.attach_count) {
		err_set(e, ERR_USAGE, "entry %" PRIu64 ": nothing changes", x->add.corrects);
		return err_next(e, "give the fields that are wrong as they should have been: daicho show %" PRIu64,
		                x->add.corrects);
	}
	struct jdoc *attachments = jdoc_array();
	int rc = fetch_attachments(c, x, attachments, e);
	if (rc) {
		jdoc_free(attachments);
		return rc;
	}
	tell_changes(old, body);
	return cmd_add_send(c, &x->add, kind, body, attachments, e);
}

static int correct(struct context *c, struct correcting *x, struct err *e)
{
	struct jdoc *kind = NULL, *body = NULL;
	int rc = fetch(c, x, e);
	if (!rc)
		rc = cmd_add_kind(c, x->add.kind, &kind, e);
	if (!rc)
		rc = merge(x, jdoc_get(kind, "schema"), &body, e);
	if (!rc)
		rc = send_changed(c, x, kind, body, e);
	jdoc_free(body);
	jdoc_free(kind);
	return rc;
}

int cmd_correct(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct correcting x = { .add = { .command = "correct", .has_corrects = true } };
	const char *number = NULL;
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "reason", &x.add.reason, NULL }, { "file", &x.add.file, NULL }, { "as", &x.add.role, NULL },
		{ "sign", &x.add.sign, NULL }, { "request", &x.add.request, NULL },
	};
	int rc = options_read("correct", argc, argv, specs, sizeof specs / sizeof *specs, take_other, &x, &number, 1, &n,
	                      e);
	if (!rc && (!n || !text_parse_u64(number, strlen(number), LEAF_SEQ_MAX, &x.add.corrects)))
		rc = usage_refuse("correct", e, "the number of a record is wanted");
	else if (!rc && !x.add.reason)
		rc = usage_refuse("correct", e, "--reason is wanted: why the record is corrected");
	if (!rc)
		rc = correct(c, &x, e);
	cmd_add_release(&x.add);
	free(x.unset);
	jdoc_free(x.entry);
	*out_status = 0;
	return rc;
}
