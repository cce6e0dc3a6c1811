/* Checkpoints to witnesses, and what they have cosigned. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/apart.h"
#include "cli/cli.h"
#include "cli/cmd_mirror.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/point.h"
#include "cli/usage.h"
#include "foreign/repo.h"
#include "ledger/cosign.h"

#define PUSH_FORMAT "daicho.witness-push.v1"
#define LIST_FORMAT "daicho.witnesses.v1"
#define DEADLINE_S 3600

struct asked {
	const char *subcommand, *name, *checkpoint, *out;
};

/* In a process that may die over the entries: asks every witness; what one answers keeps no other from its turn. */
struct task {
	const struct store *store;
	const char *name;                  /* NULL: all */
	const struct buf *note;
};

static void say_failure(struct jdoc *d, const struct err *why)
{
	jdoc_set_string(d, "code", err_word(why->code));
	jdoc_set_string(d, "text", why->text);
	jdoc_set_string(d, "next", why->next);
}

static struct jdoc *ask_one(const struct task *t, const struct proof_log *l, const struct store_witness *w)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	struct jdoc *d = jdoc_object();
	struct err why = ERR_INIT;
	uint64_t from = 0;
	int64_t time = 0;
	int rc = cosign_newest(t->store, &w->key, &from, &time, &why);
	if (!rc)
		rc = cosign_ask(l, buf_str(t->note), t->note->len, w, from, &line, &time, &why);
	jdoc_set_string(d, "name", w->name);
	jdoc_set_bool(d, "cosigned", !rc);
	if (rc) {
		say_failure(d, &why);
		return d;
	}
	char text[DATE_TIME_LEN + 1];
	date_time_print(time, text);
	jdoc_set_string(d, "time", text);
	jdoc_set(d, "line", jdoc_string_n(line.ptr, line.len));
	return d;
}

static int ask_apart(void *ctx, struct jdoc **out, int *out_status, struct err *e)
{
	const struct task *t = ctx;
	struct jdoc *d = jdoc_object(), *all = jdoc_array();
	struct tlog_checkpoint point;
	struct proof_log *l = NULL;
	int rc = repo_library_init(e);
	if (!rc)
		rc = proof_log_read(t->store->dir, &l, e);
	if (!rc)
		rc = proof_log_fits(l, buf_str(t->note), t->note->len, &point, e);
	for (size_t i = 0; !rc && i < t->store->witnesses_count; i++)
		if (!t->name || strcmp(t->name, t->store->witnesses[i].name) == 0)
			jdoc_append(all, ask_one(t, l, &t->store->witnesses[i]));
	if (!rc)
		jdoc_set_integer(d, "size", (int64_t)point.size);
	proof_log_free(l);
	jdoc_set_string(d, "format", PUSH_FORMAT);
	jdoc_set(d, "witnesses", all);
	*out = d;
	*out_status = 0;
	if (rc)
		jdoc_free(d);
	return rc;
}

/* The alarm before what is merely out of reach; else the first. NULL: none failed. */
static const struct jdoc *find_worst(const struct jdoc *answers)
{
	const struct jdoc *worst = NULL;
	for (size_t i = 0; i < jdoc_size(answers); i++) {
		const struct jdoc *d = jdoc_at(answers, i);
		const char *code = jdoc_get_text(d, "code");
		bool is_alarm = code && strcmp(code, err_word(ERR_LEDGER)) == 0;
		if (is_alarm)
			return d;
		if (code && !worst)
			worst = d;
	}
	return worst;
}

static int take_failure(const struct jdoc *d, struct err *e)
{
	const char *word = jdoc_get_text(d, "code"), *text = jdoc_get_text(d, "text"), *next = jdoc_get_text(d, "next");
	err_set(e, word ? err_from_word(word) : ERR_BUG, "%s", text ? text : "");
	return err_next(e, "%s", next ? next : "");
}

static void print_one(const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	const char *name = jdoc_get_text(d, "name"), *time = jdoc_get_text(d, "time"), *text = jdoc_get_text(d, "text");
	buf_puts(&out, "daicho: ");
	if (time)
		buf_printf(&out, _("witness %s: cosigned at %s"), name, time);
	else
		text_add_safe(&out, text ? text : "", text ? strlen(text) : 0, true);
	fprintf(stderr, "%s\n", buf_str(&out));
}

/* What was cosigned is kept and given out, whatever the others have answered. */
static int finish(struct context *c, const struct asked *a, const struct store *s, const struct buf *note,
                  struct jdoc *report, struct err *e)
{
	const struct jdoc *answers = jdoc_get(report, "witnesses"), *worst = find_worst(answers);
	BUF_CLEANUP struct buf lines = BUF_INIT, cosigned = BUF_INIT;
	int rc = ERR_OK;
	for (size_t i = 0; i < jdoc_size(answers); i++) {
		const struct jdoc *d = jdoc_at(answers, i);
		const char *line = jdoc_get_text(d, "line");
		buf_puts(&lines, line ? line : "");
		if (!c->json && d != worst)
			print_one(d);
	}
	if (lines.len)
		rc = cosign_keep(s, note, &lines, &cosigned, e);
	if (!rc && lines.len)
		rc = point_put(c, "checkpoint", &cosigned, a->out, jdoc_keep(report), e);
	return rc || !worst ? rc : take_failure(worst, e);
}

static int push(struct context *c, const struct asked *a, const struct store *s, struct err *e)
{
	BUF_CLEANUP struct buf note = BUF_INIT;
	const struct task t = { s, a->name, &note };
	struct jdoc *report = NULL;
	int status = 0;
	if (a->name && !store_witness(s, a->name))
		return err_set(e, ERR_NOTFOUND, "witness %s: daicho.ini has none of this name", a->name);
	if (!s->witnesses_count) {
		err_set(e, ERR_NOTFOUND, "witnesses: daicho.ini names none");
		return err_next(e, "add a section [witness NAME] with vkey and socket or command: daicho.ini(5)");
	}
	int rc = point_check_out(a->out, e);
	if (!rc)
		rc = point_get(c, a->checkpoint, &note, e);
	if (!rc)
		rc = apart_run("witness", DEADLINE_S, ask_apart, (void *)(uintptr_t)&t, &report, &status, e);
	if (!rc)
		rc = finish(c, a, s, &note, report, e);
	jdoc_free(report);
	return rc;
}

static int list_one(const struct store *s, const struct store_witness *w, struct jdoc *all, struct buf *out,
                    struct err *e)
{
	BUF_CLEANUP struct buf line = BUF_INIT, vkey = BUF_INIT;
	char text[DATE_TIME_LEN + 1];
	uint64_t size;
	int64_t time;
	int rc = cosign_newest(s, &w->key, &size, &time, e);
	if (rc)
		return rc;
	tlog_note_key_print(&w->key, &vkey);
	date_time_print(time, text);
	buf_printf(&line, "%s  ", w->key.name);
	if (size)
		buf_printf(&line, _("%s, cosigned at %s"), output_entries((int64_t)size).text, text);
	else
		buf_puts(&line, _("nothing was cosigned yet"));
	output_row(out, w->name, buf_str(&line));
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "name", w->name);
	jdoc_set_string(d, "vkey", buf_str(&vkey));
	jdoc_set_string(d, w->socket ? "socket" : "command", w->socket ? w->socket : w->command);
	jdoc_set_integer(d, "size", (int64_t)size);
	jdoc_set(d, "time", size ? jdoc_string(text) : jdoc_null());
	jdoc_append(all, d);
	return ERR_OK;
}

static int list(struct context *c, const struct asked *a, const struct store *s, struct err *e)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	struct jdoc *d = jdoc_object(), *all = jdoc_array();
	int rc = a->name ? usage_refuse("witness", e, "list: takes no name") : ERR_OK;
	for (size_t i = 0; !rc && i < s->witnesses_count; i++)
		rc = list_one(s, &s->witnesses[i], all, &out, e);
	jdoc_set_string(d, "format", LIST_FORMAT);
	jdoc_set(d, "witnesses", all);
	if (!rc && c->json)
		output_json(d);
	else if (!rc)
		output_text(&out);
	jdoc_free(d);
	return rc;
}

static const struct {
	const char *name;
	int (*run)(struct context *c, const struct asked *a, const struct store *s, struct err *e);
} subcommands[] = { { "list", list }, { "push", push } };

int cmd_witness(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct asked a = { .name = NULL };
	const char *args[2] = { NULL };
	struct store s = { .lock_fd = -1 };
	size_t n = 0, at = 0;
	const struct options_spec specs[] = { { "checkpoint", &a.checkpoint, NULL }, { "out", &a.out, NULL } };
	int rc = options_read("witness", argc, argv, specs, 2, NULL, NULL, args, 2, &n, e);
	a.name = args[1];
	while (!rc && args[0] && at < sizeof subcommands / sizeof *subcommands &&
	       strcmp(subcommands[at].name, args[0]) != 0)
		at++;
	if (!rc && (!args[0] || at == sizeof subcommands / sizeof *subcommands))
		rc = usage_refuse("witness", e, "list or push is wanted");
	if (!rc)
		rc = cmd_mirror_store(c, &s, e);
	if (!rc)
		rc = subcommands[at].run(c, &a, &s, e);
	store_release(&s);
	*out_status = 0;
	return rc;
}
