/* Inside of tsa: what its files share. */
#ifndef FOREIGN_TSA_IMPL_H
#define FOREIGN_TSA_IMPL_H

#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "foreign/tsa.h"

bool tsa_read_time(const ASN1_TIME *time, int64_t *out);  /* seconds since 1970; false: none, or before */

/* Lists of revoked certificates, and what they say of a chain. Filled while libcrypto verifies it. */
struct tsa_revocation {
	STACK_OF(X509_CRL) *lists;
	STACK_OF(X509) *chain;             /* from who signed up to who is trusted; NULL until it was verified */
	bool is_silent;                    /* no list speaks of a certificate of it at the time that is asked */
};

/* Has the store ask the lists (PEM) of each chain that it verifies. r has to outlive the store; to be released,
 * whatever comes out. ERR_KEY: none is in it, or a damaged one. */
int tsa_revocation_ask(X509_STORE *store, const struct buf *pem, struct tsa_revocation *r, struct err *e);

/* After the chain of a stamp of that time was verified. *out_time: thisUpdate of the newest list of who issued the
 * stamp's certificate. ERR_KEY: a certificate of the chain was revoked, in a way that takes the stamp with it. */
int tsa_revocation_judge(const struct tsa_revocation *r, int64_t stamped, int64_t *out_time, struct err *e);
void tsa_revocation_release(struct tsa_revocation *r);

#endif
