#include <string.h>

#include "base/buf.h"
#include "base/lang.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"

#define NAME_COLUMNS 11

static void list_commands(struct buf *out)
{
	buf_printf(out, "%s daicho COMMAND [--store DIR] [--socket PATH] [--json] ...\n\n", _("usage:"));
	for (unsigned i = 0; i < cli_commands_count; i++)
		buf_printf(out, "  %-*s %s\n", NAME_COLUMNS, cli_commands[i].name, _(cli_commands[i].summary));
	buf_puts(out, _("\nThe store is found by --store, DAICHO_STORE, or ~/.config/daicho/client.ini.\n"
	              "`daicho help COMMAND` shows the options of one; `daicho --version` the version. "
	              "Manual: daicho(1).\n"));
}

int cmd_help(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	const char *name = NULL;
	size_t n = 0;
	(void)c;
	int rc = options_read("help", argc, argv, NULL, 0, NULL, NULL, &name, 1, &n, e);
	if (rc)
		return rc;
	const struct cli_command *command = n ? cli_command(name) : NULL;
	if (n && !command)
		return usage_refuse("help", e, "unknown command");
	if (!command)
		list_commands(&text);
	else
		buf_printf(&text, "%s daicho %s\n\n%s\n%s%s", _("usage:"), command->synopsis, _(command->summary),
		           *command->help ? "\n" : "", _(command->help));
	output_text(&text);
	*out_status = 0;
	return ERR_OK;
}
