#include "keeper/signing.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/frame.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/mem.h"
#include "foreign/jdoc.h"
#include "model/wire.h"

static const enum leaf_key_use uses[] = { LEAF_USE_ENTRY, LEAF_USE_ARCHIVE, LEAF_USE_CHECKPOINT };

/* Which keys count for the next entry. */
static char *list_keys(const struct ledger *l, enum leaf_key_use use)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	const struct keyring_key *k = NULL;
	while ((k = keyring_newest(&l->keys, use, l->chain.size, k)))
		buf_printf(&text, "%s%s", text.len ? "," : "", k->fpr);
	return mem_strdup(text.len ? buf_str(&text) : "-");
}

static bool take_keys(struct signing *s)
{
	bool changed = false;
	for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
		char *now = list_keys(s->ledger, uses[i]);
		changed = changed || !s->keys[i] || strcmp(s->keys[i], now) != 0;
		free(s->keys[i]);
		s->keys[i] = now;
	}
	return changed;
}

static int start_child(struct signing *s, struct err *e)
{
	const char *args[] = { "signer", s->store->keys, s->ref_file, s->keys[0], s->keys[1], s->keys[2],
		                   s->store->passphrase ? s->store->passphrase : "-", s->hung ? "fresh" : NULL, NULL };
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
		rc = frame_recv(s->child.fd, s->waits ? WIRE_SIGNER_WAITS_MS : WIRE_SIGNER_DEADLINE_MS, out, e);
	if (rc)
		return rc;
	if (out->id == id && out->verb == verb)
		return ERR_OK;
	frame_release(out);
	return err_set(e, ERR_BUG, "signer: answered another question");
}

/* Text, and behind a NUL what to do about it. */
static int take_fault(const struct frame *f, struct err *e)
{
	const char *text = buf_str(&f->payload);
	size_t len = strlen(text);
	int rc = err_set(e, f->code, "%s", lang_text(text));
	return len < f->payload.len ? err_next(e, "%s", lang_text(text + len + 1)) : rc;
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
		rc = take_fault(&f, e);
	else if (out)
		buf_add(out, f.payload.ptr, f.payload.len);
	frame_release(&f);
	return rc;
}

/* Whether somebody may have to type a passphrase is told by the signer. */
static int ping(struct signing *s, struct err *e)
{
	BUF_CLEANUP struct buf answer = BUF_INIT;
	int rc = call(s, WIRE_PING, "", 0, &answer, e);
	s->waits = !rc && answer.len;
	return rc;
}

static int prime(void *ctx, const struct merkle *before, const char *raw, size_t len, struct err *e)
{
	struct signing *s = ctx;
	BUF_CLEANUP struct buf text = BUF_INIT;
	if (take_keys(s)) {
		child_stop(&s->child);
		ping(s, NULL);
	}
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

static int sign_checkpoint(void *ctx, const char *text, size_t len, uint8_t out_sig[64], struct err *e)
{
	BUF_CLEANUP struct buf sig = BUF_INIT;
	int rc = call(ctx, WIRE_SIGN_CHECKPOINT, text, len, &sig, e);
	if (!rc && sig.len != 64)
		rc = err_set(e, ERR_BUG, "signer: gave a signature that is not right");
	if (!rc)
		memcpy(out_sig, sig.ptr, sig.len);
	return rc;
}

/* The signer knows what the leaves know when it is asked. */
static int ask_key(struct signing *s, enum wire_verb verb, struct jdoc *question, struct buf *out, struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	jdoc_print(question, &text);
	jdoc_free(question);
	return call(s, verb, text.ptr, text.len, out, e);
}

static int make_key(void *ctx, enum leaf_key_use use, char out_fpr[LEAF_FPR_LEN + 1], struct err *e)
{
	struct signing *s = ctx;
	BUF_CLEANUP struct buf known = BUF_INIT, answer = BUF_INIT;
	struct jdoc *question = jdoc_object();
	for (size_t i = 0; i < s->ledger->keys.count; i++)
		buf_printf(&known, "%s%s", i ? "," : "", s->ledger->keys.at[i].fpr);
	jdoc_set_string(question, "use", keyring_use_word(use));
	jdoc_set_string(question, "uid", s->store->origin);
	jdoc_set_string(question, "known", buf_str(&known));
	int rc = ask_key(s, WIRE_MAKE_KEY, question, &answer, e);
	if (!rc && !leaf_is_fpr(buf_str(&answer), answer.len))
		rc = err_set(e, ERR_BUG, "signer: a fingerprint is malformed");
	if (!rc)
		memcpy(out_fpr, buf_str(&answer), LEAF_FPR_LEN + 1);
	return rc;
}

static int show_key(void *ctx, enum leaf_key_use use, const char *fpr, struct buf *out_armor, struct err *e)
{
	struct jdoc *question = jdoc_object();
	jdoc_set_string(question, "use", keyring_use_word(use));
	jdoc_set_string(question, "fpr", fpr);
	return ask_key(ctx, WIRE_SHOW_KEY, question, out_armor, e);
}

struct ledger_signer signing_port(struct signing *s)
{
	return (struct ledger_signer){ s, prime, sign, sign_archive, sign_checkpoint, make_key, show_key };
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

int signing_start(struct signing *s, const struct store *store, const struct ledger *ledger, struct err *e)
{
	*s = (struct signing){ .store = store, .ledger = ledger,
		               .ref_file = mem_printf("%s/%s", store->ledger, LEDGER_REF) };
	child_init(&s->child);
	take_keys(s);
	int rc = check_private(store->keys, e);
	if (!rc)
		rc = start_child(s, e);
	return rc ? rc : ping(s, e);
}

void signing_stop(struct signing *s)
{
	child_stop(&s->child);
	mem_free_ptr(&s->ref_file);
	for (size_t i = 0; i < sizeof s->keys / sizeof *s->keys; i++)
		mem_free_ptr(&s->keys[i]);
}
