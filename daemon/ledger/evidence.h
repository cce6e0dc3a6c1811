/*
 * Evidence of equivocation: two statements of one ledger that can't both be true, each signed by it. Whoever has the
 * file and knows the ledger's keys is convinced, with neither ledger at hand.
 *
 * JSON, daicho.evidence.v1: "origin", "keys" (armored public keys), "statements" (two), "links" (raw commits of the
 * entries that changed the ledger's keys, oldest first: by them a later key follows from the one that is pinned). A
 * statement is a signed checkpoint {"checkpoint": note, "key": vkey}, or a signed entry {"commit": raw commit,
 * "before": frontier}, where the frontier over the leaves before it (model/merkle.h) is there if the tree head after
 * the entry is what matters.
 */
#ifndef LEDGER_EVIDENCE_H
#define LEDGER_EVIDENCE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "foreign/jdoc.h"
#include "ledger/policy.h"
#include "model/merkle.h"

#define EVIDENCE_MAX ((size_t)16 << 20)   /* bytes of a file */

struct jdoc *evidence_new(const char *origin);
void evidence_add_key(struct jdoc *d, const char *armored, size_t len);
void evidence_add_checkpoint(struct jdoc *d, const char *note, size_t len, const char *vkey);
/* before may be NULL. */
void evidence_add_entry(struct jdoc *d, const struct buf *raw, const struct merkle *before);

void evidence_add_link(struct jdoc *d, const char *raw, size_t len);

/* Does it convict? policy: whose keys count, those included that its links add to them; NULL: those it names itself,
 * which *out then lists for comparison. *out: {"format","origin","contradiction":"one sentence","signed_by":[fpr or
 * vkey, two]}, to be freed. ERR_SYNTAX; ERR_KEY: a signature is wrong, or not of a key that was pinned; ERR_LEDGER: the
 * statements do not contradict each other. */
int evidence_check(const struct jdoc *d, const struct policy *policy, struct jdoc **out, struct err *e);

#endif
