#include <string.h>

#include "base/text.h"
#include "cli/act.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/usage.h"

int cmd_classify(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	const char *kind = NULL, *years_text = NULL, *from = NULL, *clause = NULL;
	struct act_options o = { .sign = NULL };
	uint64_t years = 0;
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "years", &years_text, NULL }, { "from", &from, NULL }, { "clause", &clause, NULL },
		{ "sign", &o.sign, NULL }, { "motion", &o.motion, NULL },
	};
	int rc = options_read("classify", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, &kind, 1, &n, e);
	*out_status = 0;
	if (rc)
		return rc;
	if (!n || !years_text || !from || !clause)
		return usage_refuse("classify", e, "a kind, --years, --from and --clause are wanted");
	if (!text_parse_u64(years_text, strlen(years_text), 100, &years) || !years)
		return usage_refuse("classify", e, "--years: from 1 to 100 calendar years are wanted");
	struct jdoc *body = jdoc_object();
	jdoc_set_string(body, "kind", kind);
	jdoc_set_integer(body, "years", (int64_t)years);
	jdoc_set_string(body, "from", from);
	jdoc_set_string(body, "clause", clause);
	rc = act_send(c, "classify", LEAF_CLASSIFY, body, &o, e);
	jdoc_free(body);
	return rc;
}
