#include "cli/cmd_archive.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/lang.h"
#include "base/text.h"
#include "cli/act.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/days.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "ledger/archive.h"
#include "model/verdict.h"

#define ARGS_MAX 1024

/* list */

/* Where this user can read the file, its digest is compared too; the daemon has only looked at its size. */
static void check_file(struct jdoc *file)
{
	const char *said = jdoc_text_of(file, "hash");
	char digest[HASH_TEXT_LEN + 1];
	struct hash hash;
	uint64_t bytes;
	if (strcmp(jdoc_text_of(file, "state"), "present") != 0 ||
	    archive_hash(jdoc_text_of(file, "path"), &hash, &bytes, NULL))
		return;
	hash_print(&hash, digest);
	jdoc_set_string(file, "state", strcmp(digest, said) == 0 ? N_("right") : "ALTERED");
}

/* What a state makes of the whole; those in small letters are fine. */
static enum verdict verdict_of(const struct jdoc *file)
{
	static const struct {
		const char *state;
		enum verdict verdict;
	} bad[] = {
		{ "missing", VERDICT_INCOMPLETE }, { "ALTERED", VERDICT_INVALID }, { "REMAINS", VERDICT_INVALID },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (strcmp(jdoc_text_of(file, "state"), bad[i].state) == 0)
			return bad[i].verdict;
	return VERDICT_VALID;
}

static void add_file(struct buf *out, const struct jdoc *file)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	if (jdoc_type(file) != JDOC_OBJECT)
		return;
	buf_printf(&line, _("%s  %" PRId64 " bytes  %s"), _(jdoc_text_of(file, "state")), jdoc_number_of(file, "bytes"),
	           jdoc_text_of(file, "path"));
	output_row(out, "", buf_str(&line));
	output_row(out, "", jdoc_text_of(file, "hash"));
}

static void add_end(struct buf *out, const struct days *days, const struct jdoc *a)
{
	BUF_CLEANUP struct buf line = BUF_INIT, day = BUF_INIT;
	if (jdoc_number_of(a, "destroyed"))
		buf_printf(&line, _("destroyed, certificate in entry %" PRId64), jdoc_number_of(a, "destroyed"));
	else if (jdoc_get_text(a, "until")) {
		days_add(days, jdoc_text_of(a, "until"), &day);
		buf_printf(&line, _("kept until %s"), buf_str(&day));
	} else {
		buf_puts(&line, _("kept until two persons decide"));
	}
	output_row(out, "", buf_str(&line));
}

static void print_archive(struct buf *out, const struct days *days, const struct jdoc *a)
{
	BUF_CLEANUP struct buf line = BUF_INIT;
	output_row(out, _("archive"), jdoc_text_of(a, "name"));
	buf_printf(&line, _("base year %" PRId64 ", %s, certificate in entry %" PRId64), jdoc_number_of(a, "base_year"),
	           output_records(jdoc_number_of(a, "count")).text, jdoc_number_of(a, "dispose"));
	output_row(out, "", buf_str(&line));
	add_file(out, jdoc_get(a, "plain"));
	add_file(out, jdoc_get(a, "wrapped"));
	add_end(out, days, a);
}

static void add_names(struct buf *out, const char *title, const struct jdoc *names)
{
	for (size_t i = 0; i < jdoc_size(names); i++)
		output_row(out, i ? "" : title, jdoc_text(jdoc_at(names, i)));
}

static void print_archives(const struct days *days, const struct jdoc *d)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	const struct jdoc *archives = jdoc_get(d, "archives");
	output_row(&out, _("folder"), jdoc_text_of(d, "folder"));
	for (size_t i = 0; i < jdoc_size(archives); i++)
		print_archive(&out, days, jdoc_at(archives, i));
	add_names(&out, _("of the proposal"), jdoc_get(d, "proposed"));
	add_names(&out, _("of no disposal"), jdoc_get(d, "stray"));
	output_text(&out);
}

static int list(struct context *c, const struct cmd_archive_asked *a, int *out_status, struct err *e)
{
	DAYS_CLEANUP struct days days = DAYS_INIT;
	struct jdoc *d = NULL;
	enum verdict worst = VERDICT_VALID;
	if (a->count)
		return usage_refuse("archive", e, "list: takes no name");
	int rc = client_get(c, "/v1/archives", &d, e);
	if (rc)
		return rc;
	const struct jdoc *archives = jdoc_get(d, "archives");
	for (size_t i = 0; i < jdoc_size(archives); i++) {
		const struct jdoc *one = jdoc_at(archives, i);
		struct jdoc *plain = jdoc_get(one, "plain"), *wrapped = jdoc_get(one, "wrapped");
		check_file(plain);
		check_file(wrapped);
		worst = verdict_worse(worst, verdict_worse(verdict_of(plain), verdict_of(wrapped)));
	}
	if (jdoc_size(jdoc_get(d, "stray")))
		worst = verdict_worse(worst, VERDICT_INCOMPLETE);
	days_open(c, &days);
	if (c->json)
		output_json(d);
	else
		print_archives(&days, d);
	jdoc_free(d);
	*out_status = (int)worst;
	return ERR_OK;
}

/* destroy */

static int find_dispose(struct context *c, const char *name, int64_t *out, struct err *e)
{
	struct jdoc *d = NULL;
	int rc = client_get(c, "/v1/archives", &d, e);
	if (rc)
		return rc;
	const struct jdoc *archives = jdoc_get(d, "archives");
	rc = err_set(e, ERR_NOTFOUND, "archive: no disposal of this ledger has made one of this name");
	err_next(e, "daicho archive list");
	for (size_t i = 0; rc && i < jdoc_size(archives); i++)
		if (strcmp(jdoc_text_of(jdoc_at(archives, i), "name"), name) == 0) {
			*out = jdoc_number_of(jdoc_at(archives, i), "dispose");
			rc = ERR_OK;
		}
	jdoc_free(d);
	return rc;
}

static int destroy(struct context *c, const struct cmd_archive_asked *a, int *out_status, struct err *e)
{
	const struct act_options o = { .sign = a->sign, .motion = a->motion };
	int64_t dispose = 0;
	*out_status = 0;
	if (a->count != 1)
		return usage_refuse("archive", e, "destroy: the name of one archive is wanted");
	if (!a->decision)
		return usage_refuse("archive", e, "--decision: the decision to destroy it is wanted");
	int rc = find_dispose(c, a->args[0], &dispose, e);
	if (rc)
		return rc;
	struct jdoc *body = jdoc_object();
	jdoc_set_integer(body, "dispose", dispose);
	jdoc_set_string(body, "level", "ids-absent");
	jdoc_set_string(body, "decision", a->decision);
	rc = act_send(c, "archive", LEAF_DESTROYED, body, &o, e);
	jdoc_free(body);
	return rc;
}

static const struct {
	const char *name;
	cmd_archive_fn *run;
} steps[] = {
	{ "list", list }, { "verify", cmd_archive_verify }, { "show", cmd_archive_show },
	{ "extract", cmd_archive_extract }, { "destroy", destroy },
};

int cmd_archive(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct cmd_archive_asked a = { .pin = NULL };
	const char *args[ARGS_MAX];
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "pin", &a.pin, NULL }, { "out", &a.out, NULL }, { "deadline", &a.deadline, NULL },
		{ "decision", &a.decision, NULL }, { "sign", &a.sign, NULL }, { "motion", &a.motion, NULL },
	};
	int rc = options_read("archive", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, args, ARGS_MAX, &n,
	                      e);
	if (rc)
		return rc;
	a.args = args + 1;
	a.count = n ? n - 1 : 0;
	for (size_t i = 0; n && i < sizeof steps / sizeof *steps; i++)
		if (strcmp(steps[i].name, args[0]) == 0)
			return steps[i].run(c, &a, out_status, e);
	return usage_refuse("archive", e, "list, verify, show, extract or destroy is wanted");
}
