/*
 * daicho-verify: what an auditor runs: `daicho verify` in a program of its own, which knows no daemon and no store's
 * configuration, opens no socket, and writes nothing but the evidence that it is asked to keep.
 */
#include <stdlib.h>

#include "base/lang.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/verify_help.h"

static int show_help(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	(void)c, (void)argc, (void)argv, (void)e;
	buf_printf(&text, "%s daicho-verify %s [--json]\n\n%s\n\n%s", _("usage:"), VERIFY_HELP_SYNOPSIS,
	           _(VERIFY_HELP_SUMMARY), _(VERIFY_HELP_OPTIONS));
	output_text(&text);
	*out_status = 0;
	return ERR_OK;
}

/* The command's words are behind its name. */
static int run(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	char **words = mem_array((size_t)argc + 2, sizeof *words);
	words[0] = (char *)"verify";
	for (int i = 0; i < argc; i++)
		words[i + 1] = argv[i];
	words[argc + 1] = NULL;
	int rc = cmd_verify(c, argc + 1, words, out_status, e);
	free(words);
	return rc;
}

static bool is_judging(int argc, char **argv)
{
	(void)argc, (void)argv;
	return true;
}

int main(int argc, char **argv)
{
	const struct program p = { "daicho-verify", false, run, show_help, is_judging };
	return program_main(&p, argc, argv);
}
