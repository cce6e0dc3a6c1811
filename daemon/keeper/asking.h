/* Asking: one question to a verifier process, which is thrown away; what is asked about may be hostile. */
#ifndef KEEPER_ASKING_H
#define KEEPER_ASKING_H

#include "base/buf.h"
#include "base/err.h"
#include "foreign/jdoc.h"
#include "foreign/tsa.h"
#include "model/wire.h"

/* *out is to be freed. The errors of the answer; "verifier: ..." where there is none. */
int asking_verifier(enum wire_verb verb, const struct jdoc *question, struct jdoc **out, struct err *e);

/* A receipt_stamp_fn: tsa_check there by the certificates in ca, tsa_read where that is NULL; of *out time and digest
 * alone are told. */
int asking_stamp(const struct buf *reply, const struct buf *ca, struct tsa_stamp *out, struct err *e);

#endif
