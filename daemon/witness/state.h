/*
 * State of a witness: a folder of its own.
 *
 *   key.pem              its secret key (PKCS#8), 0600          vkey      its verifier key
 *   lock                 held while a checkpoint is judged and stored       serve.lock   flock of who serves
 *   logs/<hex>/          a log that it watches, by the SHA-256 of its origin:
 *     vkeys              verifier keys of the log, one a line
 *     last               the checkpoint that it cosigned last, with its cosignature; "none" before the first
 *     contradiction-<hex>.cosigned, .other    what was cosigned, and what the log has signed against it
 *     unproven-<hex>.cosigned, .other         the same, of what the proof did not show to continue it
 *
 * All of it is written durably. What is missing or damaged is refused: it never stands for "nothing cosigned yet".
 */
#ifndef WITNESS_STATE_H
#define WITNESS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "foreign/ed25519.h"
#include "model/tlog_checkpoint.h"

#define STATE_KEYS_MAX 8               /* of one log */
#define STATE_LOCK_WAIT_MS 10000

struct state {
	char *dir;                     /* absolute */
	struct tlog_note_key key;
	struct ed25519_key *secret;
};

/* Makes folder and key. ERR_CONFLICT: a witness is there; ERR_SYNTAX: not a name of a key. */
int state_make(const char *dir, const char *name, struct tlog_note_key *out_key, struct err *e);

/* ERR_NOTFOUND: no witness is there; ERR_KEY, ERR_CONFIG: damaged. To be released. */
int state_open(const char *dir, struct state *out, struct err *e);
void state_release(struct state *s);

/* Excludes threads and processes; the descriptor is closed to end it. ERR_BUSY after STATE_LOCK_WAIT_MS. */
int state_lock(const struct state *s, int *out_fd, struct err *e);

struct state_log {
	char *dir;
	struct tlog_note_key keys[STATE_KEYS_MAX]; size_t keys_count;
	struct buf last;               /* the note; empty: none was cosigned yet */
	struct tlog_checkpoint point;  /* of last; size 0 when there is none */
	int64_t time;                  /* of its cosignature; 0 when there is none */
};

/* Watches a log, or one more key of it; the origin is the key's name. ERR_CONFLICT: it is watched with that key. */
int state_add_log(const struct state *s, const struct tlog_note_key *key, struct err *e);

/* One key of a log counts no more. ERR_NOTFOUND; ERR_CONFLICT: it is the only one. */
int state_drop_key(const struct state *s, const struct tlog_note_key *key, struct err *e);

/* ERR_NOTFOUND: not watched; ERR_CONFIG: what was stored is missing or damaged. To be released. Under the lock where
 * something follows from it. */
int state_read_log(const struct state *s, const char *origin, struct state_log *out, struct err *e);
void state_release_log(struct state_log *l);

/* fn for every log that is watched, in no order; returns non-zero to end. */
typedef int state_log_fn(void *ctx, const struct state_log *l, struct err *e);
int state_each_log(const struct state *s, state_log_fn *fn, void *ctx, struct err *e);

/* The note with its cosignature becomes what was cosigned last. */
int state_store_last(const struct state_log *l, const struct buf *note, struct err *e);

/* Keeps what the log has signed beside what was cosigned last, once for each text, whose digest is given. */
enum state_kept { STATE_CONTRADICTION, STATE_UNPROVEN, STATE_KEPT_COUNT };
int state_keep(const struct state_log *l, enum state_kept kind, const struct hash *text, const struct buf *note,
               struct err *e);
int state_count_kept(const struct state_log *l, enum state_kept kind, unsigned *out, struct err *e);

#endif
