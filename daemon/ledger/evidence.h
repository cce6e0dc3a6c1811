/*
 * Evidence of equivocation: two statements of one ledger that can't both be true, each signed by it. Whoever has the
 * file and knows the ledger's keys is convinced, with neither ledger at hand.
 *
 * JSON, daicho.evidence.v1: "origin", "keys" (armored public keys), "statements" (two), "links" (raw commits of entry 0
 * and of the entries that changed the ledger's keys, oldest first: they say which key counts where). A statement by a
 * key that they do not let count at its place convicts nobody; of a key's end that they leave out nothing is known. A
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
/* Once each. */
void evidence_add_key(struct jdoc *d, const char *armored, size_t len);
void evidence_add_checkpoint(struct jdoc *d, const char *note, size_t len, const char *vkey);
/* before may be NULL. */
void evidence_add_entry(struct jdoc *d, const struct buf *raw, const struct merkle *before);

void evidence_add_link(struct jdoc *d, const char *raw, size_t len);

/* Does it convict? policy: by whose pins the links have to begin, and nothing else of it; NULL: they begin with
 * themselves, and where there are none every key counts that it holds; *out then lists the keys for comparison. *out:
 * {"format","origin","contradiction":"one sentence","signed_by":[fpr or vkey, two]}, to be freed. ERR_SYNTAX; ERR_KEY:
 * a signature is wrong, or of a key that does not count at its place by the links from the one that was pinned;
 * ERR_LEDGER: the statements do not contradict each other. */
int evidence_check(const struct jdoc *d, const struct policy *policy, struct jdoc **out, struct err *e);

#endif
