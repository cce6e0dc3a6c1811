#include "fuzz.h"
#include "model/tlog_checkpoint.h"

/* Signed notes and checkpoints in them; a signature is right when the checker says so, so that both ways are gone. */
static bool check(const uint8_t *public_key, const void *message, size_t len, const uint8_t *sig)
{
	(void)public_key;
	return len && sig[0] == ((const uint8_t *)message)[0];
}

static void look_for(const struct tlog_note *n, const struct tlog_note_sig *s)
{
	struct tlog_note_key k = { .id = s->id, .type = TLOG_NOTE_ED25519 };
	int64_t time = 0;
	memcpy(k.name, s->name, s->name_len);
	tlog_note_find(n, &k, check, &time);
	k.type = TLOG_NOTE_COSIGNATURE;
	tlog_note_find(n, &k, check, &time);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct tlog_note n;
	struct tlog_checkpoint c;
	int rc = tlog_note_parse((const char *)data, size, &n, &e);
	if (rc) {
		fuzz_refused(rc, &e);
		return 0;
	}
	for (size_t i = 0; i < n.sigs_count; i++)
		look_for(&n, &n.sigs[i]);
	rc = tlog_checkpoint_parse(n.text, n.text_len, &c, &e);
	if (rc) {
		fuzz_refused(rc, &e);
	} else if (!c.is_extended) {
		BUF_CLEANUP struct buf out = BUF_INIT;
		tlog_checkpoint_print(&c, &out);
		fuzz_same(&out, (const uint8_t *)n.text, n.text_len);
	}
	return 0;
}
