#include "verifier/verifier.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/frame.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "foreign/jail.h"
#include "foreign/jdoc.h"
#include "foreign/pgp.h"
#include "foreign/tsa.h"
#include "model/note.h"
#include "model/wire.h"

#define KEEPER_FD 3
#define QUESTION_MAX ((size_t)4 << 20)
#define MEMORY_MAX ((uint64_t)1 << 30)
#define CPU_MAX_S 60

struct question {
	const char *key, *statement, *signature;
};

static int read_question(const struct jdoc *d, struct question *q, struct err *e)
{
	q->key = jdoc_get_text(d, "key");
	q->statement = jdoc_get_text(d, "statement");
	q->signature = jdoc_get_text(d, "signature");
	if (!q->key || !q->statement || !q->signature || strlen(q->signature) > NOTE_SIGNATURE_MAX)
		return err_set(e, ERR_SYNTAX, "verifier: key, statement and signature are needed");
	return ERR_OK;
}

static int check_signature(const struct question *q, char fpr[41], int64_t *time, struct err *e)
{
	size_t text_len = strlen(q->signature), len = 0;
	MEM_CLEANUP uint8_t *sig = mem_alloc(text_len / 4 * 3 + 1);
	if (!hash_base64_decode(q->signature, text_len, sig, &len))
		return err_set(e, ERR_KEY, "signature: not base64 of a detached OpenPGP signature");
	struct pgp_verifier *v = pgp_verifier_new(e);
	int rc = v ? pgp_verifier_add(v, q->key, strlen(q->key), e) : (int)e->code;
	if (!rc)
		rc = pgp_verifier_check(v, q->statement, strlen(q->statement), sig, len, fpr, time, e);
	pgp_verifier_free(v);
	return rc;
}

static int check_person(const struct jdoc *d, struct jdoc *out, struct err *e)
{
	struct question q;
	char primary[41], fpr[41];
	int64_t time = 0;
	int rc = read_question(d, &q, e);
	if (!rc)
		rc = pgp_fingerprint_of(q.key, strlen(q.key), primary, e);
	if (!rc)
		rc = check_signature(&q, fpr, &time, e);
	if (rc)
		return rc;
	jdoc_set_string(out, "primary", primary);
	jdoc_set_string(out, "fpr", fpr);
	jdoc_set_integer(out, "time", time);
	return ERR_OK;
}

static bool get_bytes(const struct jdoc *d, const char *name, struct buf *out)
{
	const char *text = jdoc_get_text(d, name);
	size_t text_len = text ? strlen(text) : 0, len = 0;
	MEM_CLEANUP uint8_t *raw = mem_alloc(text_len / 4 * 3 + 1);
	if (!text || !hash_base64_decode(text, text_len, raw, &len))
		return false;
	buf_add(out, raw, len);
	return true;
}

static int read_stamp(const struct jdoc *d, struct jdoc *out, struct err *e)
{
	BUF_CLEANUP struct buf reply = BUF_INIT, ca = BUF_INIT;
	const struct tsa_trust trust = { .ca = &ca };
	const bool is_checked = jdoc_get(d, "ca") != NULL;
	char digest[HASH_TEXT_LEN + 1];
	struct tsa_stamp stamp;
	if (!get_bytes(d, "reply", &reply) || (is_checked && !get_bytes(d, "ca", &ca)))
		return err_set(e, ERR_SYNTAX, "verifier: a reply in base64 is needed");
	int rc = is_checked ? tsa_check(buf_str(&reply), reply.len, &trust, NULL, &stamp, e)
	                    : tsa_read(buf_str(&reply), reply.len, &stamp, e);
	if (rc)
		return rc;
	hash_print(&stamp.digest, digest);
	jdoc_set_integer(out, "time", stamp.time);
	jdoc_set_string(out, "digest", digest);
	return ERR_OK;
}

static const struct {
	enum wire_verb verb;
	int (*answer)(const struct jdoc *d, struct jdoc *out, struct err *e);
} questions[] = { { WIRE_CHECK_PERSON, check_person }, { WIRE_READ_STAMP, read_stamp } };

static int answer(const struct frame *f, struct buf *out, struct err *e)
{
	struct jdoc *d = jdoc_parse(f->payload.ptr, f->payload.len, QUESTION_MAX, 0, e);
	if (!d)
		return e->code;
	struct jdoc *a = jdoc_object();
	int rc = err_set(e, ERR_BUG, "verifier: unknown message");
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
		if (questions[i].verb == f->verb)
			rc = questions[i].answer(d, a, e);
	if (!rc)
		jdoc_print(a, out);
	jdoc_free(a);
	jdoc_free(d);
	return rc;
}

int verifier_main(int argc, char **argv)
{
	static const char *const read_roots[] = { "/", NULL };
	static const char *const write_roots[] = { "/tmp", "/dev", NULL };
	struct jail jail = { JAIL_VERIFIER, read_roots, write_roots, MEMORY_MAX, CPU_MAX_S };
	struct err e = ERR_INIT, fault = ERR_INIT;
	struct frame f;
	BUF_CLEANUP struct buf out = BUF_INIT;
	(void)argc, (void)argv;
	int rc = pgp_library_init(&e);
	if (!rc)
		rc = jail_enter(&jail, NULL, &e);
	if (!rc)
		rc = frame_recv(KEEPER_FD, WIRE_VERIFIER_DEADLINE_MS, &f, &e);
	if (rc) {
		log_err(&e);
		return err_exit(rc);
	}
	int code = answer(&f, &out, &fault);
	const char *payload = code ? fault.text : buf_str(&out);
	rc = frame_send(KEEPER_FD, f.verb, (uint16_t)code, f.id, payload, code ? strlen(fault.text) : out.len, &e);
	frame_release(&f);
	return rc ? err_exit(rc) : 0;
}
