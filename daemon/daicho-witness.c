/*
 * daicho-witness: run by another person, on another machine or account, it remembers the last checkpoint of a log that
 * it has seen, and cosigns only what continues it.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/program.h"
#include "cli/usage.h"
#include "foreign/jdoc.h"
#include "witness/serve.h"
#include "witness/state.h"
#include "witness/submit.h"

#define PROGRAM "daicho-witness"
#define STATUS_FORMAT "daicho.witness.v1"
#define COLUMNS 16

struct asked {
	char *state;
	const char *socket;
	const char *args[2]; size_t count;
};

struct command {
	const char *name;
	int (*run)(struct context *c, const struct asked *a, int *out_status, struct err *e);
	const char *synopsis, *summary;
};

static int init(struct context *c, const struct asked *a, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf vkey = BUF_INIT;
	struct tlog_note_key key;
	if (a->count != 1)
		return usage_refuse(PROGRAM, e, "init: the name of the witness is wanted");
	int rc = state_make(a->state, a->args[0], &key, e);
	if (rc)
		return rc;
	tlog_note_key_print(&key, &vkey);
	if (c->json) {
		struct jdoc *d = jdoc_object();
		jdoc_set_string(d, "format", STATUS_FORMAT);
		jdoc_set_string(d, "name", key.name);
		jdoc_set_string(d, "vkey", buf_str(&vkey));
		jdoc_set(d, "logs", jdoc_array());
		output_json(d);
		jdoc_free(d);
	} else {
		buf_putc(&vkey, '\n');
		output_text(&vkey);
		fprintf(stderr, _("daicho-witness: this is its verifier key: whoever relies on it pins it in a policy; next: "
		                  "daicho-witness log add VKEY\n"));
	}
	*out_status = 0;
	return ERR_OK;
}

/* log add, log drop, log list and status */

static int change_log(const struct asked *a, struct err *e)
{
	bool adds = strcmp(a->args[0], "add") == 0;
	struct tlog_note_key key;
	struct state s;
	int rc = state_open(a->state, &s, e);
	if (rc)
		return rc;
	rc = tlog_note_key_parse(a->args[1], strlen(a->args[1]), &key, e);
	if (!rc)
		rc = adds ? state_add_log(&s, &key, e) : state_drop_key(&s, &key, e);
	state_release(&s);
	return rc;
}

struct told {
	struct jdoc *logs;
	struct buf text;
	bool contradicted;
};

static void set_keys(struct jdoc *d, const struct state_log *l)
{
	struct jdoc *keys = jdoc_array();
	for (size_t i = 0; i < l->keys_count; i++) {
		BUF_CLEANUP struct buf vkey = BUF_INIT;
		tlog_note_key_print(&l->keys[i], &vkey);
		jdoc_append(keys, jdoc_string(buf_str(&vkey)));
	}
	jdoc_set(d, "keys", keys);
}

static void set_last(struct jdoc *d, const struct state_log *l)
{
	char root[HASH_TEXT_LEN + 1], time[DATE_TIME_LEN + 1];
	jdoc_set_integer(d, "size", (int64_t)l->point.size);
	if (!l->last.len)
		return;
	hash_print(&l->point.root, root);
	date_time_print(l->time, time);
	jdoc_set_string(d, "root", root);
	jdoc_set_string(d, "time", time);
}

static void print_log(const struct state_log *l, const unsigned kept[STATE_KEPT_COUNT], struct buf *out)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	char time[DATE_TIME_LEN + 1];
	date_time_print(l->time, time);
	output_wide_row(out, _("log"), COLUMNS, l->keys[0].name);
	if (l->last.len)
		buf_printf(&line, _("%s, cosigned at %s"), output_entries((int64_t)l->point.size).text, time);
	else
		buf_puts(&line, _("nothing was cosigned yet"));
	output_wide_row(out, _("checkpoint"), COLUMNS, buf_str(&line));
	buf_clear(&line);
	buf_printf(&line, "%u", kept[STATE_CONTRADICTION]);
	if (kept[STATE_CONTRADICTION])
		output_wide_row(out, _("CONTRADICTIONS"), COLUMNS, buf_str(&line));
	buf_clear(&line);
	buf_printf(&line, "%u", kept[STATE_UNPROVEN]);
	if (kept[STATE_UNPROVEN])
		output_wide_row(out, _("UNPROVEN"), COLUMNS, buf_str(&line));
	if (kept[STATE_CONTRADICTION] || kept[STATE_UNPROVEN])
		output_wide_row(out, _("kept in"), COLUMNS, l->dir);
}

static int tell_log(void *ctx, const struct state_log *l, struct err *e)
{
	struct told *t = ctx;
	unsigned kept[STATE_KEPT_COUNT];
	for (int k = 0; k < STATE_KEPT_COUNT; k++)
		if (state_count_kept(l, (enum state_kept)k, &kept[k], e))
			return (int)e->code;
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "origin", l->keys[0].name);
	set_keys(d, l);
	set_last(d, l);
	jdoc_set_integer(d, "contradictions", kept[STATE_CONTRADICTION]);
	jdoc_set_integer(d, "unproven", kept[STATE_UNPROVEN]);
	jdoc_append(t->logs, d);
	t->contradicted = t->contradicted || kept[STATE_CONTRADICTION];
	print_log(l, kept, &t->text);
	return ERR_OK;
}

/* Its exit status is an alarm, for who asks by a timer. */
static int status(struct context *c, const struct asked *a, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf vkey = BUF_INIT;
	struct told t = { .logs = jdoc_array() };
	struct jdoc *d = jdoc_object();
	struct state s = { .dir = NULL };
	int rc = a->count ? usage_refuse(PROGRAM, e, "status: takes no arguments") : state_open(a->state, &s, e);
	jdoc_set(d, "logs", t.logs);
	if (!rc) {
		tlog_note_key_print(&s.key, &vkey);
		output_wide_row(&t.text, _("witness"), COLUMNS, buf_str(&vkey));
		rc = state_each_log(&s, tell_log, &t, e);
	}
	jdoc_set_string(d, "format", STATUS_FORMAT);
	jdoc_set_string(d, "name", s.key.name);
	jdoc_set_string(d, "vkey", buf_str(&vkey));
	if (!rc && c->json)
		output_json(d);
	else if (!rc)
		output_text(&t.text);
	jdoc_free(d);
	buf_release(&t.text);
	state_release(&s);
	*out_status = t.contradicted ? err_exit(ERR_LEDGER) : 0;
	return rc;
}

static int print_keys(void *ctx, const struct state_log *l, struct err *e)
{
	struct buf *out = ctx;
	(void)e;
	for (size_t i = 0; i < l->keys_count; i++) {
		tlog_note_key_print(&l->keys[i], out);
		buf_putc(out, '\n');
	}
	return ERR_OK;
}

static int log_command(struct context *c, const struct asked *a, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct state s;
	*out_status = 0;
	if (a->count == 2 && (strcmp(a->args[0], "add") == 0 || strcmp(a->args[0], "drop") == 0))
		return change_log(a, e);
	if (a->count != 1 || strcmp(a->args[0], "list") != 0)
		return usage_refuse(PROGRAM, e, "log: add VKEY, drop VKEY or list is wanted");
	if (c->json)
		return status(c, &(struct asked){ .state = a->state }, out_status, e);
	int rc = state_open(a->state, &s, e);
	if (rc)
		return rc;
	rc = state_each_log(&s, print_keys, &text, e);
	if (!rc)
		output_text(&text);
	state_release(&s);
	return rc;
}

/* Standard output is the answer of the protocol and nothing else; what was refused is told on standard error. */
static int add_checkpoint(struct context *c, const struct asked *a, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf request = { .max = SUBMIT_MAX + 1 };
	struct submit_answer answer;
	struct state s;
	c->json = false;
	if (a->count)
		return usage_refuse(PROGRAM, e, "add-checkpoint: reads the request from standard input");
	int rc = state_open(a->state, &s, e);
	if (rc)
		return rc;
	rc = file_read_fd(STDIN_FILENO, SUBMIT_MAX, &request, e);
	if (!rc) {
		submit_checkpoint(&s, buf_str(&request), request.len, date_now(), &answer);
		rc = (int)answer.why.code;
		*e = answer.why;
		if (!rc || answer.status == 409)
			output_text(&answer.body);
		submit_release(&answer);
	}
	state_release(&s);
	*out_status = 0;
	return rc;
}

static int serve(struct context *c, const struct asked *a, int *out_status, struct err *e)
{
	struct state s;
	(void)c;
	*out_status = 0;
	if (a->count || !a->socket)
		return usage_refuse(PROGRAM, e, "serve: --socket PATH is wanted");
	int rc = state_open(a->state, &s, e);
	if (rc)
		return rc;
	log_set_program(PROGRAM);
	log_init("serve");
	rc = serve_run(&s, a->socket, e);
	state_release(&s);
	return rc;
}

static const struct command commands[] = {
	{ "init", init, "init NAME", N_("make a witness: a folder, and a key that signs for it alone") },
	{ "log", log_command, "log add|drop VKEY | list",
	  N_("watch the log whose verifier key this is, or take the key back; list those watched") },
	{ "status", status, "status", N_("what it cosigned last of each log, and what contradicts that") },
	{ "add-checkpoint", add_checkpoint, "add-checkpoint",
	  N_("judge and cosign the checkpoint on standard input (C2SP tlog-witness)") },
	{ "serve", serve, "serve --socket PATH", N_("answer POST /add-checkpoint on a Unix socket, until SIGTERM") },
};

static int show_help(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	(void)c, (void)argc, (void)argv, (void)e;
	buf_printf(&text, "%s daicho-witness COMMAND [--state DIR] [--json] ...\n\n", _("usage:"));
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		buf_printf(&text, "  %-26s %s\n", commands[i].synopsis, _(commands[i].summary));
	buf_puts(&text, _("\n  --state DIR                its folder (default: DAICHO_WITNESS, or ~/.daicho-witness)\n"
	                  "  --json                     the answer as JSON\n\n"
	                  "`daicho-witness --version` shows the version. Manual: daicho-witness(1).\n"));
	output_text(&text);
	*out_status = 0;
	return ERR_OK;
}

static int find_state(const char *given, char **out, struct err *e)
{
	const char *named = getenv("DAICHO_WITNESS"), *home = getenv("HOME");
	if (!given && named && *named)
		given = named;
	if (!given && (!home || *home != '/'))
		return usage_refuse(PROGRAM, e, "--state DIR is wanted");
	*out = given ? mem_strdup(given) : file_path(home, ".daicho-witness");
	return ERR_OK;
}

static int run_command(struct context *c, const char *name, struct asked *a, int *out_status, struct err *e)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].run(c, a, out_status, e);
	return usage_refuse(PROGRAM, e, "unknown command");
}

/* The command may stand before and behind its options. */
static int run(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct asked a = { .state = NULL };
	const char *given = NULL, *words[3] = { NULL };
	const struct options_spec specs[] = { { "state", &given, NULL }, { "socket", &a.socket, NULL } };
	char **all = mem_array((size_t)argc + 2, sizeof *all);
	size_t count = 0;
	all[0] = (char *)PROGRAM;
	for (int i = 0; i < argc; i++)
		all[i + 1] = argv[i];
	int rc = options_read(PROGRAM, argc + 1, all, specs, sizeof specs / sizeof *specs, NULL, NULL, words, 3, &count, e);
	free(all);
	if (!rc && !count)
		rc = usage_refuse(PROGRAM, e, "which command?");
	if (!rc)
		rc = find_state(given, &a.state, e);
	if (rc)
		return rc;
	a.count = count - 1;
	memcpy(a.args, words + 1, sizeof a.args);
	rc = run_command(c, words[0], &a, out_status, e);
	free(a.state);
	return rc;
}

/* A core would hold the key. */
static void forbid_cores(void)
{
	struct rlimit none = { 0, 0 };
	setrlimit(RLIMIT_CORE, &none);
}

int main(int argc, char **argv)
{
	const struct program p = { PROGRAM, false, run, show_help, NULL };
	forbid_cores();
	return program_main(&p, argc, argv);
}
