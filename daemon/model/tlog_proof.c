#include "model/tlog_proof.h"

#include <inttypes.h>

#include "base/lang.h"
#include "model/tlog_line.h"

#define FIRST "c2sp.org/tlog-proof@v1"
#define EXTRA "extra "
#define INDEX "index "

static int refuse(size_t line, const char *expected, struct err *e)
{
	return err_set(e, ERR_SYNTAX, "proof: line %zu: expected %s", line, expected);
}

static int parse_path(struct tlog_line_reader *r, struct tlog_proof *p, struct err *e)
{
	struct tlog_line line;
	for (;;) {
		if (!tlog_line_next(r, &line))
			return refuse(r->number + 1, _("an empty line after the proof"), e);
		if (!line.len)
			return ERR_OK;
		if (p->path_count == MERKLE_DEPTH_MAX)
			return err_set(e, ERR_TOOBIG, "proof: more than %d hashes", MERKLE_DEPTH_MAX);
		if (!tlog_line_hash(line, &p->path[p->path_count++]))
			return refuse(r->number, _("32 bytes in base64"), e);
	}
}

static int parse(struct tlog_line_reader *r, struct tlog_proof *p, struct err *e)
{
	struct tlog_line line, rest;
	if (!tlog_line_next(r, &line) || !tlog_line_begins(line, FIRST, &rest) || rest.len)
		return refuse(1, _("the first line of a C2SP tlog-proof, version 1"), e);
	if (!tlog_line_next(r, &line))
		return refuse(2, _("\"index\" and a number"), e);
	p->has_extra = tlog_line_begins(line, EXTRA, &rest);
	if (p->has_extra && (!tlog_line_decode(rest, &p->extra) || !tlog_line_next(r, &line)))
		return refuse(2, _("\"extra\" and base64, and another line"), e);
	if (!tlog_line_begins(line, INDEX, &rest) || !tlog_line_number(rest, &p->index))
		return refuse(r->number, _("\"index\" and a number"), e);
	int rc = parse_path(r, p, e);
	p->note = r->at;
	p->note_len = (size_t)(r->end - r->at);
	return rc;
}

int tlog_proof_parse(const char *s, size_t len, struct tlog_proof *out, struct err *e)
{
	struct tlog_proof p = { .extra = { .max = TLOG_PROOF_MAX } };
	struct tlog_line_reader r = { .at = s, .end = s + len };
	int rc = len > TLOG_PROOF_MAX ? err_set(e, ERR_TOOBIG, "proof: over %zu bytes", TLOG_PROOF_MAX) : parse(&r, &p, e);
	if (rc)
		tlog_proof_release(&p);
	else
		*out = p;
	return rc;
}

void tlog_proof_print(const struct tlog_proof *p, struct buf *out)
{
	buf_puts(out, FIRST "\n");
	if (p->has_extra) {
		buf_puts(out, EXTRA);
		tlog_line_print_base64(buf_str(&p->extra), p->extra.len, out);
		buf_putc(out, '\n');
	}
	buf_printf(out, INDEX "%" PRIu64 "\n", p->index);
	tlog_line_print_hashes(p->path, p->path_count, out);
	buf_putc(out, '\n');
	buf_add(out, p->note, p->note_len);
}

void tlog_proof_release(struct tlog_proof *p)
{
	buf_release(&p->extra);
	*p = (struct tlog_proof){ .index = 0 };
}
