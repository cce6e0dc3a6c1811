#include "cli/statement.h"

#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/mem.h"
#include "cli/client.h"
#include "foreign/pgp.h"

static int build(struct context *c, const struct note *note, struct buf *out, struct err *e)
{
	struct jdoc *status = NULL;
	int rc = client_get(c, "/v1/status", &status, e);
	if (rc)
		return rc;
	const char *origin = jdoc_get_text(status, "origin");
	if (origin)
		note_statement(note, origin, out);
	else
		rc = err_set(e, ERR_SYNTAX, "answer of the daemon: no origin");
	jdoc_free(status);
	return rc;
}

int statement_sign(struct context *c, const char *fpr, const struct note *note, struct jdoc *request, struct err *e)
{
	char id[2 * NOTE_REQUEST_LEN + 1], event[DATE_LEN + 1];
	BUF_CLEANUP struct buf statement = BUF_INIT, sig = BUF_INIT;
	int rc = build(c, note, &statement, e);
	if (!rc)
		rc = pgp_library_init(e);
	if (!rc)
		rc = pgp_sign_detached(NULL, fpr, statement.ptr, statement.len, &sig, e);
	if (rc)
		return rc;
	MEM_CLEANUP char *text = mem_alloc(hash_base64_encoded_len(sig.len) + 1);
	hash_base64_encode(sig.ptr, sig.len, text);
	hash_hex_encode(note->request, sizeof note->request, id);
	date_print(note->event, event);
	jdoc_set_string(request, "request", id);
	jdoc_set_string(request, "event", event);
	jdoc_set_string(request, "key", fpr);
	jdoc_set_string(request, "signature", text);
	return ERR_OK;
}
