/* Rule books: a table of subcommands, and the check of one, offline. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "ledger/rules.h"
#include "ledger/store.h"

struct line {
	int number;
	size_t order;               /* of lines with one number: as they were told */
	char *text;
	struct jdoc *fault;
};

struct lines {
	struct line *at;
	size_t count;
};

static int keep_fault(void *ctx, const struct rules_fault *f)
{
	struct lines *l = ctx;
	struct buf text = BUF_INIT;
	struct jdoc *d = jdoc_object();
	rules_fault_print(f, &text);
	jdoc_set_string(d, "file", f->file);
	jdoc_set_integer(d, "line", f->line);
	jdoc_set_string(d, "section", f->section ? f->section : "");
	jdoc_set_string(d, "key", f->key ? f->key : "");
	jdoc_set_string(d, "reason", f->reason);
	l->at = mem_grow(l->at, l->count + 1, sizeof *l->at);
	l->at[l->count] = (struct line){ f->line, l->count, buf_steal(&text, NULL), d };
	l->count++;
	return 0;
}

static int compare_lines(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void print_lines(const struct lines *l)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	for (size_t i = 0; i < l->count; i++)
		buf_printf(&out, "%s\n", l->at[i].text);
	output_text(&out);
}

/* With --json they stand in the error document. */
static void print_faults(struct context *c, struct lines *l)
{
	struct jdoc *faults = jdoc_array();
	if (l->count)
		qsort(l->at, l->count, sizeof *l->at, compare_lines);
	for (size_t i = 0; i < l->count; i++)
		jdoc_append(faults, jdoc_keep(l->at[i].fault));
	if (!c->json) {
		print_lines(l);
		jdoc_free(faults);
	} else if (l->count) {
		c->faults = faults;
	} else {
		struct jdoc *d = jdoc_object();
		jdoc_set_string(d, "format", "daicho.rules-check.v1");
		jdoc_set(d, "faults", faults);
		output_json(d);
		jdoc_free(d);
	}
}

static void release_lines(struct lines *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->at[i].text);
		jdoc_free(l->at[i].fault);
	}
	free(l->at);
}

/* Of a rule book that is named by its file. */
static char *get_folder(const char *path)
{
	static const char name[] = "directive.ini";
	size_t len = strlen(path), tail = strlen(name);
	if (len < tail || strcmp(path + len - tail, name) != 0 || (len > tail && path[len - tail - 1] != '/'))
		return mem_strdup(path);
	return len == tail ? mem_strdup(".") : mem_strndup(path, len - tail - 1);
}

static int check_rules(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	const char *folder = NULL, *schemas = NULL;
	size_t n = 0;
	const struct options_spec specs[] = { { "schemas", &schemas, NULL } };
	int rc = options_read("rules", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, &folder, 1, &n, e);
	if (!rc && !n)
		rc = usage_refuse("rules", e, "the folder of a rule book is wanted");
	if (rc)
		return rc;
	MEM_CLEANUP char *shared = schemas ? mem_strdup(schemas) : store_share_path("schemas");
	struct lines l = { .at = NULL };
	MEM_CLEANUP char *dir = get_folder(folder);
	rc = rules_check_folder(dir, shared, keep_fault, &l, e);
	if (!rc)
		print_faults(c, &l);
	if (!rc && l.count) {
		err_set(e, ERR_CONFIG, l.count == 1 ? N_("%s: %zu fault") : N_("%s: %zu faults"), folder, l.count);
		rc = err_next(e, "mend each line that is named above; daicho.ini(5) describes the keys");
	}
	release_lines(&l);
	if (!rc)
		*out_status = 0;
	return rc;
}

static const struct {
	const char *name;
	int (*run)(struct context *c, int argc, char **argv, int *out_status, struct err *e);
} subcommands[] = {
	{ "check", check_rules },
	{ "show", cmd_rules_show },
	{ "diff", cmd_rules_diff },
	{ "update", cmd_rules_update },
};

int cmd_rules(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	if (argc < 2)
		return usage_refuse("rules", e, "what to do with them is wanted: check, show, diff or update");
	for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
		if (strcmp(subcommands[i].name, argv[1]) == 0)
			return subcommands[i].run(c, argc - 1, argv + 1, out_status, e);
	return usage_refuse("rules", e, "unknown subcommand");
}
