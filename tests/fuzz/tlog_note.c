#include "base/hash.h"
#include "fuzz.h"
#include "model/tlog_note.h"

/* A note is its text, an empty line and its signature lines, each of one form; so are its signatures alone. */
static void print_note(const struct tlog_note *n, struct buf *out)
{
	if (n->text_len) {
		buf_add(out, n->text, n->text_len);
		buf_putc(out, '\n');
	}
	for (size_t i = 0; i < n->sigs_count; i++) {
		const struct tlog_note_sig *s = &n->sigs[i];
		buf_printf(out, "\xe2\x80\x94 %.*s %.*s\n", (int)s->name_len, s->name, (int)s->base64_len, s->base64);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	BUF_CLEANUP struct buf out = BUF_INIT, key = BUF_INIT;
	struct err e = ERR_INIT;
	struct tlog_note note = { .text = NULL };
	struct tlog_note_key k;
	int rc = tlog_note_parse((const char *)data, size, &note, &e);
	if (rc)
		fuzz_refused(rc, &e);
	else
		print_note(&note, &out);
	if (!rc)
		fuzz_same(&out, data, size);
	note = (struct tlog_note){ .text = NULL };
	buf_clear(&out);
	e = (struct err)ERR_INIT;
	if (!tlog_note_parse_sigs((const char *)data, size, &note, &e)) {
		print_note(&note, &out);
		fuzz_same(&out, data, size);
	}
	e = (struct err)ERR_INIT;
	if (!tlog_note_key_parse((const char *)data, size, &k, &e)) {
		tlog_note_key_print(&k, &key);
		fuzz_same(&key, data, size);
	}
	return 0;
}
