/* A log of the test: leaves by name, checkpoints over them signed by a key of its own, requests for a witness. */
#ifndef TESTS_WITNESS_LOG_H
#define TESTS_WITNESS_LOG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/ed25519.h"
#include "model/merkle.h"
#include "model/tlog_checkpoint.h"

#define WITNESS_LOG_MAX 64
#define WITNESS_LOG_ORIGIN "log.example/register"

struct witness_log {
	struct hash leaves[WITNESS_LOG_MAX];
	struct ed25519_key *secret;
	struct tlog_note_key key;
};

/* Two logs with the same key and the same first `common` leaves are two histories of one. */
static void witness_log_fill(struct witness_log *l, const char *name, size_t common)
{
	for (size_t i = 0; i < WITNESS_LOG_MAX; i++) {
		char text[64];
		snprintf(text, sizeof text, "%s %zu", i < common ? "shared" : name, i);
		l->leaves[i] = hash_of2(0, text, strlen(text));
	}
}

static void witness_log_make(struct witness_log *l, const char *folder, const char *origin)
{
	struct err e = ERR_INIT;
	MEM_CLEANUP char *path = mem_printf("%s/log-%zu.pem", folder, strlen(origin));
	uint8_t public_key[TLOG_NOTE_KEY_LEN];
	remove(path);
	assert_int_equal(ed25519_create(path, &l->secret, &e), ERR_OK);
	ed25519_public(l->secret, public_key);
	assert_int_equal(tlog_note_key_make(origin, TLOG_NOTE_ED25519, public_key, &l->key, &e), ERR_OK);
	witness_log_fill(l, "a", WITNESS_LOG_MAX);
}

static void witness_log_text(const struct witness_log *l, size_t size, struct buf *out)
{
	struct tlog_checkpoint c = { .size = size, .root = merkle_root_of(l->leaves, size) };
	strcpy(c.origin, l->key.name);
	tlog_checkpoint_print(&c, out);
}

static void witness_log_sign(const struct witness_log *l, struct buf *note)
{
	struct err e = ERR_INIT;
	uint8_t sig[TLOG_NOTE_SIG_LEN];
	assert_int_equal(ed25519_sign(l->secret, note->ptr, note->len, sig, &e), ERR_OK);
	buf_putc(note, '\n');
	tlog_note_print_sig(&l->key, 0, sig, note);
}

static void witness_log_checkpoint(const struct witness_log *l, size_t size, struct buf *out)
{
	witness_log_text(l, size, out);
	witness_log_sign(l, out);
}

/* What the log sends to a witness that has cosigned `old` of it, when its checkpoint is `note`. */
static void witness_log_wrap(const struct witness_log *l, size_t old, size_t size, const struct buf *note,
                             struct buf *out)
{
	struct tlog_checkpoint_request q = { .old = old, .note = buf_str(note), .note_len = note->len };
	struct hash proof[MERKLE_DEPTH_MAX];
	if (old <= size)
		q.proof_count = merkle_prove_consistency(l->leaves, old, size, proof);
	memcpy(q.proof, proof, q.proof_count * sizeof *proof);
	tlog_checkpoint_request_print(&q, out);
}

static void witness_log_request(const struct witness_log *l, size_t old, size_t size, struct buf *out)
{
	BUF_CLEANUP struct buf note = BUF_INIT;
	witness_log_checkpoint(l, size, &note);
	witness_log_wrap(l, old, size, &note, out);
}

#endif
