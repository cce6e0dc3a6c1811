/*
 * Acknowledgement: what the keeper of a copy writes when it has carried out the disposals that its ledger certifies,
 * for the administrator to record as an `ack` entry:
 *
 *   {"format":"daicho.ack.v1","origin","genesis","copy","seq","head"[,"key","signature"]}
 *
 * The signature (base64, binary OpenPGP, detached) is over the document without key and signature, in canonical form.
 */
#ifndef LEDGER_ACK_H
#define LEDGER_ACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "foreign/jdoc.h"
#include "ledger/ledger.h"
#include "ledger/store.h"
#include "model/history.h"

struct ack {
	const char *copy;
	uint64_t seq;
	struct hash head;
};

/* The document; signed with the user's own key fpr, unless that is NULL. To be freed. */
int ack_make(const struct store_pins *pins, const struct ack *a, const char *fpr, struct jdoc **out, struct err *e);

/* Checks form, origin and genesis; out->copy lives as long as doc. ERR_SYNTAX, ERR_CONFLICT of another ledger. */
int ack_read(const struct jdoc *doc, const struct store *s, struct ack *out, struct err *e);

/* Is it signed by this key, whose public part is in the user's own key ring? ERR_KEY. */
int ack_check_signature(const struct jdoc *doc, const char *fpr, struct err *e);

/* All that the ledger's leaves tell, read anew; to be freed with history_free. */
int ack_history(const struct store *s, struct history **out, struct err *e);

/* The copies known today: [{"name","seq" (disposals up to there are carried out),"entry" (which says so),"until" or
 * null}]; to be freed. The second: of the last 1000 acknowledgements alone, newest first, by the index; null when it
 * can't be read. */
struct jdoc *ack_say_copies(const struct history *h);
struct jdoc *ack_say_recent(struct ledger *l);

/* Does the ledger know a copy of that name today, whose last day is not over? Reads all entries. */
int ack_is_known(const struct store *s, const char *copy, bool *out, struct err *e);

/* Body of the entry: copy, seq, head, and until (YYYY-MM-DD) unless NULL. To be freed. */
struct jdoc *ack_body(const struct ack *a, const char *until);

#endif
