#include <string.h>

#include "cli/act.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/usage.h"
#include "base/text.h"

#define TARGETS_MAX 256

struct hold {
	const char *basis, *reason, *decided, *sign, *motion;
	const char *args[TARGETS_MAX + 1];      /* the step, then its targets */
	size_t count;
};

/* A bare number is an entry. */
static void add_targets(const struct hold *h, struct jdoc *body)
{
	struct jdoc *on = jdoc_array();
	for (size_t i = 1; i < h->count; i++) {
		BUF_CLEANUP struct buf text = BUF_INIT;
		bool is_number = h->args[i][strspn(h->args[i], "0123456789")] == '\0';
		buf_printf(&text, "%s%s", is_number ? "entry " : "", h->args[i]);
		jdoc_append(on, jdoc_string(buf_str(&text)));
	}
	jdoc_set(body, "on", on);
}

static int place(struct context *c, const struct hold *h, struct err *e)
{
	if (h->count < 2 || !h->basis || !h->reason)
		return usage_refuse("hold", e, "place: what to hold, --basis and --reason are wanted");
	const struct act_options o = { .sign = h->sign };
	struct jdoc *body = jdoc_object();
	add_targets(h, body);
	jdoc_set_string(body, "basis", h->basis);
	jdoc_set_string(body, "reason", h->reason);
	if (h->decided)
		jdoc_set_string(body, "decided", h->decided);
	int rc = act_send(c, "hold", LEAF_HOLD, body, &o, e);
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

static const struct {
	const char *name;
	int (*run)(struct context *c, const struct hold *h, struct err *e);
} steps[] = { { "place", place }, { "release", release } };

int cmd_hold(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct hold h = { .count = 0 };
	const struct options_spec specs[] = {
		{ "basis", &h.basis, NULL }, { "reason", &h.reason, NULL }, { "decided", &h.decided, NULL },
		{ "sign", &h.sign, NULL }, { "motion", &h.motion, NULL },
	};
	int rc = options_read("hold", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, h.args, TARGETS_MAX + 1,
	                      &h.count, e);
	*out_status = 0;
	for (size_t i = 0; !rc && h.count && i < sizeof steps / sizeof *steps; i++)
		if (strcmp(steps[i].name, h.args[0]) == 0)
			return steps[i].run(c, &h, e);
	return rc ? rc : usage_refuse("hold", e, "place or release is wanted");
}
