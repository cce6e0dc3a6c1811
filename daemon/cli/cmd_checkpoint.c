#include "cli/cli.h"
#include "cli/client.h"
#include "cli/options.h"
#include "cli/point.h"

int cmd_checkpoint(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	const char *out = NULL;
	struct jdoc *d = NULL;
	size_t n = 0;
	const struct options_spec specs[] = { { "out", &out, NULL } };
	int rc = options_read("checkpoint", argc, argv, specs, 1, NULL, NULL, NULL, 0, &n, e);
	if (!rc)
		rc = point_check_out(out, e);
	if (!rc)
		rc = client_get(c, "/v1/checkpoint", &d, e);
	*out_status = 0;
	if (rc)
		return rc;
	const char *note = jdoc_get_text(d, "checkpoint");
	buf_puts(&text, note ? note : "");
	if (out)
		jdoc_set(d, "checkpoint", jdoc_null());
	return point_put(c, "checkpoint", &text, out, d, e);
}
