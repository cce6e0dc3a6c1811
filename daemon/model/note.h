/*
 * Note: one record as it is stored, a git note on the entry's commit (daicho-ledger(5), "NOTE"). Header lines, an empty
 * line, the body: JSON with sorted keys, one member a line (printed by foreign/jdoc; here it is bytes).
 *
 *   Daicho-Record: 1
 *   Salt: <64 hex>
 *   Request: <32 hex>
 *   Kind: <name>
 *   Unit: <name>
 *   Submitter: <uid> <login>
 *   Role: <name>|-
 *   Event: <YYYY-MM-DD>
 *   Reason: <text>                                                           optional
 *   Passed: <clause>                      *, ascending, only with a reason: soft rules that the reason overrules
 *   Attachment: <n> <bytes> sha256:<raw> sha256:<stored> <media type>      *, n = 1, 2, ...
 *   Signature: <base64 of a detached binary OpenPGP signature>               optional
 */
#ifndef MODEL_NOTE_H
#define MODEL_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/hash.h"
#include "model/leaf.h"

#define NOTE_SALT_LEN 32
#define NOTE_REQUEST_LEN 16
#define NOTE_LOGIN_MAX 32
#define NOTE_MEDIA_MAX 64
#define NOTE_BODY_MAX ((size_t)1 << 20)
#define NOTE_ATTACHMENT_MAX ((size_t)20 << 20)   /* raw bytes of one */
#define NOTE_ATTACHMENTS_MAX 16
#define NOTE_SIGNATURE_MAX 16384                 /* base64 characters */
#define NOTE_REASON_MAX 1000                     /* bytes */
#define NOTE_PASSED_MAX 16
#define NOTE_CLAUSE_MAX 64

struct note_attachment {
	uint64_t size;            /* raw bytes */
	struct hash raw;          /* SHA-256 of the raw bytes */
	struct hash stored;       /* SHA-256 of what is stored: "Salt: <64 hex>\n" then the raw bytes */
	char media[NOTE_MEDIA_MAX + 1];
};

struct note {
	uint8_t salt[NOTE_SALT_LEN];
	uint8_t request[NOTE_REQUEST_LEN];
	char kind[LEAF_NAME_MAX + 1];
	char unit[LEAF_NAME_MAX + 1];
	uint32_t uid;
	char login[NOTE_LOGIN_MAX + 1];   /* [A-Za-z0-9._-]+ */
	char role[LEAF_NAME_MAX + 1];     /* "" = "-" */
	struct date event;
	char reason[NOTE_REASON_MAX + 1]; /* "" = none; see note_is_reason */
	char passed[NOTE_PASSED_MAX][NOTE_CLAUSE_MAX + 1];   /* clauses, ascending by bytes, each once */
	unsigned passed_count;            /* 0 unless there is a reason */
	struct note_attachment attachment[NOTE_ATTACHMENTS_MAX];
	unsigned attachments;
	char *signature;                  /* base64 or NULL */
	char *body;                       /* body_len bytes, then a NUL; ends with LF */
	size_t body_len;
};

#define NOTE_MAX (NOTE_BODY_MAX + NOTE_SIGNATURE_MAX + 8192)

int note_parse(const char *text, size_t len, struct note *out, struct err *e);  /* strict; ERR_SYNTAX, ERR_TOOBIG */
int note_print(const struct note *n, struct buf *out, struct err *e);
void note_release(struct note *n);

/* One line of 1 to NOTE_REASON_MAX bytes of clean text (base/text.h) without tab, no space at its ends. */
bool note_is_reason(const char *s, size_t len);

/* Adds the clause (1 to NOTE_CLAUSE_MAX of letters, digits and .()-) in its place, once. False: it is none, or no room
 * is left. */
bool note_pass(struct note *n, const char *clause);

void note_wrap(const uint8_t salt[NOTE_SALT_LEN], const void *raw, size_t len, struct buf *out); /* stored attachment */
int note_unwrap(const char *stored, size_t len, const char **out_raw, size_t *out_len, struct err *e);

/* The text that a person signs: "daicho-statement 1\n", then Origin, Kind, Unit, Request, Event, where given Reason
 * lines, an empty line, the body. Stands under the note's Signature. */
void note_statement(const struct note *n, const char *origin, struct buf *out);

#endif
