#include "cli/cmd_archive.h"

#include <string.h>

#include "cli/cli.h"
#include "cli/options.h"
#include "cli/usage.h"

#define ARGS_MAX 4096

static const struct {
	const char *name;
	cmd_archive_fn *run;
} steps[] = {
	{ "verify", cmd_archive_verify }, { "show", cmd_archive_show }, { "extract", cmd_archive_extract },
};

int cmd_archive(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct cmd_archive_asked a = { .pin = NULL };
	const char *args[ARGS_MAX];
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "pin", &a.pin, NULL }, { "out", &a.out, NULL }, { "deadline", &a.deadline, NULL },
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
	return usage_refuse("archive", e, "list, verify, show or extract is wanted");
}
