#include <string.h>

#include "base/text.h"
#include "cli/act.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/usage.h"

int cmd_void(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	const char *number = NULL, *reason = NULL;
	struct act_options o = { .sign = NULL };
	const struct options_spec specs[] = { { "reason", &reason, NULL }, { "sign", &o.sign, NULL } };
	uint64_t seq;
	size_t n = 0;
	int rc = options_read("void", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, &number, 1, &n, e);
	*out_status = 0;
	if (rc)
		return rc;
	if (!n || !reason || !text_parse_u64(number, strlen(number), LEAF_SEQ_MAX, &seq))
		return usage_refuse("void", e, "the number of a record and --reason are wanted");
	struct jdoc *body = jdoc_object();
	jdoc_set_integer(body, "entry", (int64_t)seq);
	jdoc_set_string(body, "reason", reason);
	rc = act_send(c, "void", LEAF_VOID, body, &o, e);
	jdoc_free(body);
	return rc;
}
