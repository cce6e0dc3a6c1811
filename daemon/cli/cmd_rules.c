/* Rule books: a table of subcommands. */
#include <string.h>

#include "cli/cli.h"
#include "cli/usage.h"

static const struct {
	const char *name;
	int (*run)(struct context *c, int argc, char **argv, int *out_status, struct err *e);
} subcommands[] = {
	{ "show", cmd_rules_show },
	{ "diff", cmd_rules_diff },
	{ "update", cmd_rules_update },
};

int cmd_rules(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	if (argc < 2)
		return usage_refuse("rules", e, "what to do with them is wanted: show, diff or update");
	for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++)
		if (strcmp(subcommands[i].name, argv[1]) == 0)
			return subcommands[i].run(c, argc - 1, argv + 1, out_status, e);
	return usage_refuse("rules", e, "unknown subcommand");
}
