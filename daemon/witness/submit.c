#include "witness/submit.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/lang.h"
#include "witness/judge.h"

#define DASH "\xe2\x80\x94 "
#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_SIZE "text/x.tlog.size"

struct submitted {
	struct tlog_checkpoint_request request;
	struct tlog_note note;
	struct tlog_checkpoint point;
};

void submit_refuse(const struct err *why, unsigned status, struct submit_answer *out)
{
	out->status = status;
	out->type = TYPE_TEXT;
	out->why = *why;
	buf_printf(&out->body, "%s: %s\n", err_word(why->code), why->text);
	if (*why->next)
		buf_printf(&out->body, "%s %s\n", _("next:"), why->next);
}

void submit_release(struct submit_answer *a)
{
	buf_release(&a->body);
}

/* Of our own: neither the request's fault nor a word of the protocol. */
static void fail(const struct err *why, struct submit_answer *out)
{
	submit_refuse(why, why->code == ERR_BUSY ? 503 : 500, out);
}

static int read_request(const char *s, size_t len, struct submitted *out, struct err *e)
{
	int rc = len > SUBMIT_MAX ? err_set(e, ERR_TOOBIG, "request: over %zu bytes", SUBMIT_MAX) : ERR_OK;
	if (!rc)
		rc = tlog_checkpoint_request_parse(s, len, &out->request, e);
	return rc ? rc : tlog_checkpoint_read(out->request.note, out->request.note_len, &out->note, &out->point, e);
}

static void explain(enum judge_finding f, const struct submitted *q, const struct state_log *l, struct err *e)
{
	enum err_code code = judge_code(f);
	switch (f) {
	case JUDGE_MALFORMED:
		err_set(e, code, "request: its old size is above the %" PRIu64 " entries of the checkpoint", q->point.size);
		return;
	case JUDGE_UNSIGNED:
		err_set(e, code, "checkpoint: not signed by the log's key, or a signature of that key is wrong");
		return;
	case JUDGE_STALE:
		err_set(e, code, "checkpoint: %" PRIu64 " entries were cosigned last, and the request begins at %" PRIu64,
		        l->point.size, q->request.old);
		err_next(e, "send a proof from that size");
		return;
	case JUDGE_SUPERFLUOUS:
		err_set(e, code, "request: a proof where none is to be, from nothing or from the same size");
		err_next(e, "send it without the proof");
		return;
	case JUDGE_CONTRADICTION:
		err_set(e, code, "CONTRADICTION: the log has signed two histories of %" PRIu64 " entries: both checkpoints "
		        "are kept in %s", l->point.size, l->dir);
		err_next(e, "show both to the auditors of this log; it stays refused");
		return;
	default:
		err_set(e, code, "checkpoint: the proof does not show that %" PRIu64 " entries continue the %" PRIu64
		        " that were cosigned last; both checkpoints are kept in %s", q->point.size, l->point.size, l->dir);
		err_next(e, "if the ledger has no proof from there, it has rewritten its history: show both to its auditors");
	}
}

static void add_line(const struct tlog_note *n, const struct tlog_note_key *k, struct buf *out)
{
	size_t len = strlen(k->name);
	for (size_t i = 0; i < n->sigs_count; i++) {
		const struct tlog_note_sig *s = &n->sigs[i];
		if (s->id != k->id || s->name_len != len || memcmp(s->name, k->name, len) != 0)
			continue;
		const char *end = s->base64 + s->base64_len;
		buf_puts(out, DASH);
		buf_add(out, s->name, (size_t)(end - s->name));
		buf_putc(out, '\n');
		return;
	}
}

/* The text with the log's own signatures, which are right: whatever lines others have put there is not kept. */
static void condense(const struct state_log *l, const struct submitted *q, struct buf *out)
{
	buf_add(out, q->note.text, q->note.text_len);
	buf_putc(out, '\n');
	for (size_t i = 0; i < l->keys_count; i++)
		add_line(&q->note, &l->keys[i], out);
}

static void cosign(const struct state *s, const struct state_log *l, const struct submitted *q, int64_t now,
                   struct submit_answer *out)
{
	BUF_CLEANUP struct buf message = BUF_INIT, note = BUF_INIT, line = BUF_INIT;
	struct err e = ERR_INIT;
	uint8_t sig[TLOG_NOTE_SIG_LEN];
	int rc = now < l->time ? err_set(&e, ERR_CLOCK, "clock of the witness: earlier than its last cosignature") : ERR_OK;
	tlog_note_message(TLOG_NOTE_COSIGNATURE, now, q->note.text, q->note.text_len, &message);
	if (!rc)
		rc = ed25519_sign(s->secret, message.ptr, message.len, sig, &e);
	if (rc)
		return fail(&e, out);
	tlog_note_print_sig(&s->key, now, sig, &line);
	condense(l, q, &note);
	buf_add(&note, line.ptr, line.len);
	if (state_store_last(l, &note, &e))
		return fail(&e, out);
	out->status = judge_http(JUDGE_COSIGN);
	out->type = TYPE_TEXT;
	buf_add(&out->body, line.ptr, line.len);
}

static void refuse(const struct state_log *l, enum judge_finding f, const struct submitted *q,
                   struct submit_answer *out)
{
	struct err e = ERR_INIT;
	if (f == JUDGE_CONTRADICTION || f == JUDGE_UNPROVEN) {
		BUF_CLEANUP struct buf note = BUF_INIT;
		struct hash text = hash_of(q->note.text, q->note.text_len);
		condense(l, q, &note);
		if (state_keep(l, f == JUDGE_CONTRADICTION ? STATE_CONTRADICTION : STATE_UNPROVEN, &text, &note, &e))
			return fail(&e, out);
	}
	explain(f, q, l, &e);
	submit_refuse(&e, judge_http(f), out);
	if (out->status != judge_http(JUDGE_STALE))
		return;
	buf_clear(&out->body);
	buf_printf(&out->body, "%" PRIu64 "\n", l->point.size);
	out->type = TYPE_SIZE;
}

void submit_checkpoint(const struct state *s, const char *request, size_t len, int64_t now, struct submit_answer *out)
{
	struct err e = ERR_INIT;
	struct submitted q;
	struct state_log l;
	int fd;
	*out = (struct submit_answer){ .status = 0 };
	if (read_request(request, len, &q, &e))
		return submit_refuse(&e, judge_http(JUDGE_MALFORMED), out);
	if (state_lock(s, &fd, &e))
		return fail(&e, out);
	int rc = state_read_log(s, q.point.origin, &l, &e);
	if (rc == ERR_NOTFOUND)
		submit_refuse(&e, judge_http(JUDGE_UNKNOWN), out);
	else if (rc)
		fail(&e, out);
	else {
		const struct judge_log known = { l.keys, l.keys_count, l.point.size, l.point.root };
		enum judge_finding f = judge_checkpoint(&known, &q.request, &q.note, &q.point);
		if (f == JUDGE_COSIGN)
			cosign(s, &l, &q, now, out);
		else
			refuse(&l, f, &q, out);
		state_release_log(&l);
	}
	close(fd);
}
