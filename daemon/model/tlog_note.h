/*
 * Signed note (C2SP signed-note) and its verifier keys: the form in which a log's statements travel between programs.
 * A note is text that ends in a newline, an empty line, and signature lines: em dash, space, key name, space, base64 of
 * a 32-bit key id and the signature. Types known here: Ed25519 (0x01) over the text, and the timestamped Ed25519
 * cosignature of a witness (0x04, C2SP tlog-cosignature), which is over two lines and the text.
 *
 * Each thing has one form and no other is read, so that what is printed from it has the same bytes. Spans point into
 * the bytes that were parsed.
 */
#ifndef MODEL_TLOG_NOTE_H
#define MODEL_TLOG_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define TLOG_NOTE_MAX ((size_t)256 << 10)  /* bytes of a whole note; 16 signatures of 5 kB each must fit */
#define TLOG_NOTE_NAME_MAX 255             /* bytes of a key name: no spaces (of Unicode), no plus, no control */
#define TLOG_NOTE_SIGS_MAX 64              /* C2SP asks for at least 16 */
#define TLOG_NOTE_KEY_LEN 32
#define TLOG_NOTE_SIG_LEN 64
#define TLOG_NOTE_TIME_MAX INT64_MAX       /* of a cosignature */

enum tlog_note_type { TLOG_NOTE_ED25519 = 0x01, TLOG_NOTE_COSIGNATURE = 0x04 };

struct tlog_note_key {             /* vkey: <name>+<8 hex of the key id>+<base64 of type || public key> */
	char name[TLOG_NOTE_NAME_MAX + 1];
	uint32_t id;               /* SHA-256(name || 0x0A || type || public key)[:4] */
	enum tlog_note_type type;
	uint8_t public_key[TLOG_NOTE_KEY_LEN];
};

struct tlog_note_sig {
	const char *name; size_t name_len;
	uint32_t id;
	const char *base64; size_t base64_len;   /* of id and signature together, as it stands */
};

struct tlog_note {
	const char *text; size_t text_len;       /* with its last newline */
	struct tlog_note_sig sigs[TLOG_NOTE_SIGS_MAX];
	size_t sigs_count;                       /* at least one */
};

bool tlog_note_is_name(const char *s, size_t len);

/* ERR_SYNTAX: not a name, or it is too long. Fills the id. */
int tlog_note_key_make(const char *name, enum tlog_note_type type, const uint8_t public_key[TLOG_NOTE_KEY_LEN],
                       struct tlog_note_key *out, struct err *e);
/* ERR_SYNTAX: malformed, another type, or an id that is not the one of its name and key. */
int tlog_note_key_parse(const char *vkey, size_t len, struct tlog_note_key *out, struct err *e);
void tlog_note_key_print(const struct tlog_note_key *k, struct buf *out);    /* without a newline */

/* ERR_SYNTAX, ERR_TOOBIG, ERR_UTF8. Tells nothing of whether a signature is right. */
int tlog_note_parse(const char *s, size_t len, struct tlog_note *out, struct err *e);

/* Signature lines alone, as a witness answers: fills sigs of `out`, whose text is untouched. */
int tlog_note_parse_sigs(const char *s, size_t len, struct tlog_note *out, struct err *e);

/* One signature line. For a cosignature with its time, seconds since 1970. */
void tlog_note_print_sig(const struct tlog_note_key *k, int64_t time, const uint8_t sig[TLOG_NOTE_SIG_LEN],
                         struct buf *out);

/* What a key of this type signs: the text itself, or "cosignature/v1\ntime <time>\n" and the text. */
void tlog_note_message(enum tlog_note_type type, int64_t time, const char *text, size_t len, struct buf *out);

/* The signatures of one key. `check` says whether an Ed25519 signature over a message is right (foreign/ed25519.h). */
typedef bool tlog_note_check_fn(const uint8_t public_key[TLOG_NOTE_KEY_LEN], const void *message, size_t len,
                                const uint8_t sig[TLOG_NOTE_SIG_LEN]);
enum tlog_note_finding { TLOG_NOTE_ABSENT, TLOG_NOTE_GOOD, TLOG_NOTE_BAD };
/* BAD as soon as one line that names this key and its id is wrong; GOOD with the time of the latest cosignature in
 * *out_time (0 for the other type; may be NULL). */
enum tlog_note_finding tlog_note_find(const struct tlog_note *n, const struct tlog_note_key *k,
                                      tlog_note_check_fn *check, int64_t *out_time);

/* The latest time that a line of the length of a cosignature states, whoever made it. False: none does. */
bool tlog_note_time(const struct tlog_note *n, int64_t *out);

#endif
