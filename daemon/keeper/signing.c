#include "keeper/signing.h"

#include <string.h>
#include <sys/stat.h>

#include "base/frame.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/wire.h"

static int start_child(struct signing *s, struct err *e)
{
	const struct store *t = s->store;
	const char *args[] = { "signer", t->keys, t->entry_fpr, t->archive_fpr, s->ref_file, s->hung ? "fresh" : NULL,
		                   NULL };
	int rc = child_start(&s->child, args, -1, e);
	if (!rc)
		s->hung = false;
	return rc;
}

/* The answer must be to this very question: a late answer to an earlier one would sign the wrong entry. */
static int exchange(struct signing *s, enum wire_verb verb, const void *payload, size_t len, struct frame *out,
                    struct err *e)
{
	uint64_t id = ++s->last_id;
	int rc = frame_send(s->child.fd, (uint16_t)verb, 0, id, payload, len, e);
	if (!rc)
		rc = frame_recv(s->child.fd, WIRE_SIGNER_DEADLINE_MS, out, e);
	if (rc)
		return rc;
	if (out->id == id && out->verb == verb)
		return ERR_OK;
	frame_release(out);
	return err_set(e, ERR_BUG, "signer: answered another question");
}

static int call(struct signing *s, enum wire_verb verb, const void *payload, size_t len, struct buf *out, struct err *e)
{
	struct frame f;
	struct err why = ERR_INIT;
	if (child_has_ended(&s->child)) {
		child_kill(&s->child);
		int rc = start_child(s, e);
		if (rc)
			return rc;
	}
	int rc = exchange(s, verb, payload, len, &f, &why);
	if (rc) {
		s->hung = rc == ERR_BUSY;
		child_kill(&s->child);
		log_warn("signer: ended after: %s", err_log_text(&why));
		err_set(e, ERR_UNAVAILABLE, "signer: %s", rc == ERR_BUSY ? _("no answer in time") : _("gone"));
		return err_next(e, "nothing was stored; try again, the signer is started anew");
	}
	if (f.code)
		rc = err_set(e, f.code, "%s", lang_text(buf_str(&f.payload)));
	else if (out)
		buf_add(out, f.payload.ptr, f.payload.len);
	frame_release(&f);
	return rc;
}

static int prime(void *ctx, const struct merkle *before, const char *raw, size_t len, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	merkle_print(before, &text);
	buf_putc(&text, '\0');
	buf_add(&text, raw, len);
	return call(ctx, WIRE_PRIME, text.ptr, text.len, NULL, e);
}

static int sign(void *ctx, const char *payload, size_t len, struct buf *out_armor, struct err *e)
{
	return call(ctx, WIRE_SIGN, payload, len, out_armor, e);
}

static int sign_archive(void *ctx, const char *line, size_t len, struct buf *out_armor, struct err *e)
{
	return call(ctx, WIRE_SIGN_ARCHIVE, line, len, out_armor, e);
}

struct ledger_signer signing_port(struct signing *s)
{
	return (struct ledger_signer){ s, prime, sign, sign_archive };
}

/* Its permissions are all that guards a key without passphrase. */
static int check_private(const char *keys, struct err *e)
{
	struct stat st;
	if (stat(keys, &st) < 0 || !(st.st_mode & 077))
		return ERR_OK; /* that it is missing is told by who looks for the key */
	err_set(e, ERR_PERM, "%s: others may look into it", keys);
	return err_next(e, "chmod 700 %s; if others have looked, the key is no secret any more", keys);
}

int signing_start(struct signing *s, const struct store *store, struct err *e)
{
	*s = (struct signing){ .store = store, .ref_file = mem_printf("%s/%s", store->ledger, LEDGER_REF) };
	child_init(&s->child);
	int rc = check_private(store->keys, e);
	if (!rc)
		rc = start_child(s, e);
	return rc ? rc : call(s, WIRE_PING, "", 0, NULL, e);
}

void signing_stop(struct signing *s)
{
	child_stop(&s->child);
	mem_free_ptr(&s->ref_file);
}
