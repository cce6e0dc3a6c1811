#include <string.h>

#include "base/date.h"
#include "cli/act.h"
#include "cli/cli.h"
#include "cli/days.h"
#include "cli/hold.h"
#include "cli/options.h"
#include "cli/usage.h"
#include "base/text.h"

#define TARGETS_MAX 256

struct hold {
	const char *basis, *reason, *decided, *sign, *motion;
	bool all;
	const char *args[TARGETS_MAX + 1];      /* the step, then its targets */
	size_t count;
};

static int place(struct context *c, const struct hold *h, struct err *e)
{
	if (h->count < 2 || !h->basis || !h->reason)
		return usage_refuse("hold", e, "place: what to hold, --basis and --reason are wanted");
	const struct act_options o = { .sign = h->sign, .motion = h->motion };
	char decided[DATE_LEN + 1];
	int rc = h->decided ? days_read(c, "hold", "decided", h->decided, decided, e) : ERR_OK;
	if (rc)
		return rc;
	struct jdoc *body = jdoc_object();
	act_set_targets(body, h->args + 1, h->count - 1);
	jdoc_set_string(body, "basis", h->basis);
	jdoc_set_string(body, "reason", h->reason);
	if (h->decided)
		jdoc_set_string(body, "decided", decided);
	rc = act_send(c, "hold", LEAF_HOLD, body, &o, e);
	jdoc_free(body);
	return rc;
}

static int release(struct context *c, const struct hold *h, struct err *e)
{
	uint64_t seq;
	if (h->count != 2 || !h->reason || !text_parse_u64(h->args[1], strlen(h->args[1]), LEAF_SEQ_MAX, &seq))
		return usage_refuse("hold", e, "release: the number of the hold's entry and --reason are wanted");
	const struct act_options o = { .sign = h->sign, .motion = h->motion };
	struct jdoc *body = jdoc_object();
	jdoc_set_integer(body, "ends", (int64_t)seq);
	jdoc_set_string(body, "reason", h->reason);
	int rc = act_send(c, "hold", LEAF_RELEASE, body, &o, e);
	jdoc_free(body);
	return rc;
}

static int list(struct context *c, const struct hold *h, struct err *e)
{
	return h->count == 1 ? hold_list(c, h->all, e) : usage_refuse("hold", e, "list: takes no argument");
}

static const struct {
	const char *name;
	int (*run)(struct context *c, const struct hold *h, struct err *e);
} steps[] = { { "place", place }, { "release", release }, { "list", list } };

int cmd_hold(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct hold h = { .count = 0 };
	const struct options_spec specs[] = {
		{ "basis", &h.basis, NULL }, { "reason", &h.reason, NULL }, { "decided", &h.decided, NULL },
		{ "sign", &h.sign, NULL }, { "motion", &h.motion, NULL }, { "all", NULL, &h.all },
	};
	int rc = options_read("hold", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, h.args, TARGETS_MAX + 1,
	                      &h.count, e);
	*out_status = 0;
	for (size_t i = 0; !rc && h.count && i < sizeof steps / sizeof *steps; i++)
		if (strcmp(steps[i].name, h.args[0]) == 0)
			return steps[i].run(c, &h, e);
	return rc ? rc : usage_refuse("hold", e, "place, release or list is wanted");
}
