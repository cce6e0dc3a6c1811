#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/act.h"
#include "cli/cli.h"
#include "cli/days.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "base/lang.h"
#include "cli/given.h"

#define MOTION_MAX ((size_t)1 << 20)

struct printing {
	struct buf *out;
	const struct days *days;
};

static int add_row(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	const struct printing *p = ctx;
	BUF_CLEANUP struct buf text = BUF_INIT;
	const char *day = jdoc_text(value);
	struct date d;
	(void)e;
	if (day && date_parse(day, strlen(day), &d))
		days_add(p->days, day, &text);
	else if (day)
		buf_puts(&text, day);
	else
		jdoc_print(value, &text);
	output_row(p->out, name, buf_str(&text));
	return ERR_OK;
}

/* What the second person is about to sign. */
static void print_motion(struct context *c, const struct jdoc *motion)
{
	DAYS_CLEANUP struct days days = DAYS_INIT;
	BUF_CLEANUP struct buf out = BUF_INIT, moved = BUF_INIT;
	struct printing p = { &out, &days };
	const char *event = jdoc_get_text(motion, "event"), *key = jdoc_get_text(motion, "key");
	days_open(c, &days);
	jdoc_each(jdoc_get(motion, "body"), add_row, &p, NULL);
	days_add(&days, event ? event : "", &moved);
	output_row(&out, _("moved on"), buf_str(&moved));
	output_row(&out, _("by key"), key ? key : "");
	output_text(&out);
}

static int read_file(const char *path, struct jdoc **out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = file_read(path, MOTION_MAX, &text, e);
	if (!rc && !(*out = jdoc_parse(buf_str(&text), text.len, MOTION_MAX, 0, e)))
		rc = err_prefix(e, "%s: motion", path);
	return given_tell(rc, "give the file that the other person's command wrote: --motion FILE", e);
}

int cmd_second(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	const char *path = NULL, *sign = NULL;
	const struct options_spec specs[] = { { "sign", &sign, NULL } };
	struct jdoc *motion = NULL;
	size_t n = 0;
	int rc = options_read("second", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, &path, 1, &n, e);
	if (!rc && !n)
		rc = usage_refuse("second", e, "the file of the motion is wanted");
	if (!rc)
		rc = read_file(path, &motion, e);
	if (rc)
		return rc;
	if (sign)
		rc = act_second(c, motion, sign, e);
	else if (c->json)
		output_json(motion);
	else
		print_motion(c, motion);
	jdoc_free(motion);
	*out_status = 0;
	return rc;
}
