#include "model/tlog_checkpoint.h"

#include <inttypes.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "model/tlog_line.h"

#define OLD "old "

static int refuse(size_t line, const char *expected, struct err *e)
{
	return err_set(e, ERR_SYNTAX, "checkpoint: line %zu: expected %s", line, expected);
}

void tlog_checkpoint_print(const struct tlog_checkpoint *c, struct buf *out)
{
	buf_printf(out, "%s\n%" PRIu64 "\n", c->origin, c->size);
	tlog_line_print_hashes(&c->root, 1, out);
}

static bool is_origin(struct tlog_line l)
{
	if (!l.len || l.len > TLOG_NOTE_NAME_MAX || !text_is_utf8(l.at, l.len))
		return false;
	for (size_t i = 0; i < l.len; i++)
		if ((unsigned char)l.at[i] < 0x20)
			return false;
	return true;
}

int tlog_checkpoint_parse(const char *text, size_t len, struct tlog_checkpoint *out, struct err *e)
{
	struct tlog_checkpoint c = { .size = 0 };
	struct tlog_line_reader r = { .at = text, .end = text + len };
	struct tlog_line line;
	if (!tlog_line_next(&r, &line) || !is_origin(line))
		return refuse(1, _("the origin of a log"), e);
	memcpy(c.origin, line.at, line.len);
	if (!tlog_line_next(&r, &line) || !tlog_line_number(line, &c.size))
		return refuse(2, _("a number of entries"), e);
	if (!tlog_line_next(&r, &line) || !tlog_line_hash(line, &c.root))
		return refuse(3, _("32 bytes in base64"), e);
	while (r.at < r.end) {
		if (!tlog_line_next(&r, &line) || !line.len)
			return refuse(r.number, _("a line that is not empty, and its end"), e);
		c.is_extended = true;
	}
	*out = c;
	return ERR_OK;
}

int tlog_checkpoint_read(const char *s, size_t len, struct tlog_note *out_note, struct tlog_checkpoint *out,
                         struct err *e)
{
	struct tlog_note n;
	int rc = tlog_note_parse(s, len, &n, e);
	if (!rc)
		rc = tlog_checkpoint_parse(n.text, n.text_len, out, e);
	if (!rc)
		*out_note = n;
	return rc;
}

int tlog_checkpoint_request_parse(const char *s, size_t len, struct tlog_checkpoint_request *out, struct err *e)
{
	struct tlog_checkpoint_request q = { .old = 0 };
	struct tlog_line_reader r = { .at = s, .end = s + len };
	struct tlog_line line;
	if (!tlog_line_next(&r, &line) || !tlog_line_begins(line, OLD, &line) || !tlog_line_number(line, &q.old))
		return refuse(1, _("\"old\" and a number of entries"), e);
	for (;;) {
		if (!tlog_line_next(&r, &line))
			return refuse(r.number + 1, _("an empty line after the proof"), e);
		if (!line.len)
			break;
		if (q.proof_count == TLOG_CHECKPOINT_PROOF_MAX)
			return err_set(e, ERR_TOOBIG, "checkpoint: a proof of more than %d lines", TLOG_CHECKPOINT_PROOF_MAX);
		if (!tlog_line_hash(line, &q.proof[q.proof_count++]))
			return refuse(r.number, _("32 bytes in base64"), e);
	}
	q.note = r.at;
	q.note_len = (size_t)(r.end - r.at);
	*out = q;
	return ERR_OK;
}

void tlog_checkpoint_request_print(const struct tlog_checkpoint_request *q, struct buf *out)
{
	buf_printf(out, OLD "%" PRIu64 "\n", q->old);
	tlog_line_print_hashes(q->proof, q->proof_count, out);
	buf_putc(out, '\n');
	buf_add(out, q->note, q->note_len);
}
