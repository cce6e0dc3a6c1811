#include "cli/point.h"

#include "base/file.h"
#include "cli/client.h"
#include "cli/given.h"
#include "cli/output.h"
#include "model/tlog_note.h"

int point_tell(int rc, struct err *e)
{
	return rc == ERR_SYNTAX || rc == ERR_UTF8 || rc == ERR_TOOBIG ? given_tell(rc, POINT_NEXT, e) : rc;
}

int point_get(struct context *c, const char *file, struct buf *out, struct err *e)
{
	struct jdoc *d = NULL;
	if (file)
		return given_read(file, TLOG_NOTE_MAX, POINT_NEXT, out, e);
	int rc = client_get(c, "/v1/checkpoint", &d, e);
	if (rc)
		return rc;
	const char *text = jdoc_get_text(d, "checkpoint");
	if (text)
		buf_puts(out, text);
	else
		rc = err_set(e, ERR_SYNTAX, "answer of the daemon: no checkpoint");
	jdoc_free(d);
	return rc;
}

int point_check_out(const char *out, struct err *e)
{
	if (!out || !file_exists(out))
		return ERR_OK;
	err_set(e, ERR_USAGE, "--out: the file exists");
	return err_next(e, "name a new file");
}

int point_put(struct context *c, const char *member, const struct buf *text, const char *out, struct jdoc *doc,
              struct err *e)
{
	int rc = out ? given_write(out, buf_str(text), text->len, 0600, e) : ERR_OK;
	if (!rc && c->json) {
		jdoc_set(doc, out ? "out" : member, out ? jdoc_string(out) : jdoc_string_n(buf_str(text), text->len));
		output_json(doc);
	} else if (!rc && !out) {
		output_text(text);
	}
	jdoc_free(doc);
	return rc;
}
