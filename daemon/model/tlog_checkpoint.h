/*
 * Checkpoint (C2SP tlog-checkpoint): the text of a signed note that states origin, size and root of a log. Checkpoints
 * that daicho makes have no extension lines.
 */
#ifndef MODEL_TLOG_CHECKPOINT_H
#define MODEL_TLOG_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "model/tlog_note.h"

struct tlog_checkpoint {
	char origin[TLOG_NOTE_NAME_MAX + 1];
	uint64_t size;
	struct hash root;          /* RFC 6962 tree head over leaves 0 ... size - 1 */
	bool is_extended;          /* extension lines follow; they are not read */
};

void tlog_checkpoint_print(const struct tlog_checkpoint *c, struct buf *out);  /* text, without extension lines */
int tlog_checkpoint_parse(const char *text, size_t len, struct tlog_checkpoint *out, struct err *e);   /* ERR_SYNTAX */

/* Note and checkpoint at one go. */
int tlog_checkpoint_read(const char *s, size_t len, struct tlog_note *out_note, struct tlog_checkpoint *out,
                         struct err *e);

/* A request of C2SP tlog-witness `add-checkpoint`: "old <size>", proof lines, an empty line, a checkpoint. */
#define TLOG_CHECKPOINT_PROOF_MAX 63
struct tlog_checkpoint_request {
	uint64_t old;
	struct hash proof[TLOG_CHECKPOINT_PROOF_MAX];
	size_t proof_count;
	const char *note; size_t note_len;
};
int tlog_checkpoint_request_parse(const char *s, size_t len, struct tlog_checkpoint_request *out, struct err *e);
void tlog_checkpoint_request_print(const struct tlog_checkpoint_request *r, struct buf *out);

#endif
