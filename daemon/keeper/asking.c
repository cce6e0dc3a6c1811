#include "keeper/asking.h"

#include <string.h>

#include "base/frame.h"
#include "base/hash.h"
#include "base/lang.h"
#include "base/mem.h"
#include "keeper/child.h"

static int ask(int fd, enum wire_verb verb, const struct jdoc *question, struct jdoc **out, struct err *e)
{
	struct frame f;
	BUF_CLEANUP struct buf text = BUF_INIT;
	jdoc_print(question, &text);
	int rc = frame_send(fd, verb, 0, 1, text.ptr, text.len, e);
	if (!rc)
		rc = frame_recv(fd, WIRE_VERIFIER_DEADLINE_MS, &f, e);
	if (rc)
		return err_prefix(e, "verifier");
	if (f.code)
		rc = err_set(e, f.code, "%s", lang_text(buf_str(&f.payload)));
	else if (!(*out = jdoc_parse(f.payload.ptr, f.payload.len, FRAME_MAX, 0, e)))
		rc = e->code;
	frame_release(&f);
	return rc;
}

int asking_verifier(enum wire_verb verb, const struct jdoc *question, struct jdoc **out, struct err *e)
{
	static const char *const args[] = { "verifier", NULL };
	struct child child;
	child_init(&child);
	int rc = child_start(&child, args, -1, e);
	if (rc)
		return rc;
	rc = ask(child.fd, verb, question, out, e);
	child_stop(&child);
	return rc;
}

static void set_bytes(struct jdoc *d, const char *name, const struct buf *bytes)
{
	MEM_CLEANUP char *text = mem_alloc(hash_base64_encoded_len(bytes->len) + 1);
	hash_base64_encode(buf_str(bytes), bytes->len, text);
	jdoc_set_string(d, name, text);
}

int asking_stamp(const struct buf *reply, const struct buf *ca, struct tsa_stamp *out, struct err *e)
{
	struct jdoc *question = jdoc_object(), *answer = NULL;
	struct tsa_stamp stamp = { .time = 0 };
	set_bytes(question, "reply", reply);
	if (ca)
		set_bytes(question, "ca", ca);
	int rc = asking_verifier(WIRE_READ_STAMP, question, &answer, e);
	jdoc_free(question);
	if (rc)
		return rc;
	const char *digest = jdoc_get_text(answer, "digest");
	if (!jdoc_get_integer(answer, "time", &stamp.time) || !digest || !hash_parse(digest, strlen(digest), &stamp.digest))
		rc = err_set(e, ERR_BUG, "verifier: its answer tells nothing of a time stamp");
	else
		*out = stamp;
	jdoc_free(answer);
	return rc;
}
