/* Inside of tsa: what its files share. */
#ifndef FOREIGN_TSA_IMPL_H
#define FOREIGN_TSA_IMPL_H

#include <openssl/asn1.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "foreign/tsa.h"

bool tsa_read_time(const ASN1_TIME *time, int64_t *out);  /* seconds since 1970; false: none, or before */

bool tsa_is_end_of_pem(void);              /* the last error of libcrypto: there is no block more */

/* ERR_KEY: the signer's digest, or that by which the signature binds its certificate, is weaker than SHA-256. */
int tsa_strength_check(PKCS7 *token, struct err *e);
bool tsa_strength_of_list(const X509_CRL *list);          /* it is signed over SHA-256 or stronger */

/* A chain, and lists of revoked certificates and what they say of it. Filled while libcrypto verifies it. */
struct tsa_revocation {
	STACK_OF(X509_CRL) *lists;
	STACK_OF(X509) *chain;             /* from who signed up to who is trusted; NULL until it was verified */
	bool is_silent;                    /* no list speaks of a certificate of it at the time that is asked */
	bool is_weak;                      /* a key or a signature of it is of less than 112 bits */
};

/* Has what comes out of the store's chains come into r, which has to outlive it. To be released. ERR_BUG. */
int tsa_revocation_follow(X509_STORE *store, struct tsa_revocation *r, struct err *e);

/* Has the store ask the lists (PEM) of each chain that it verifies. ERR_KEY: none is in it, a damaged or weak one, or
 * one that was made after `now`. */
int tsa_revocation_ask(X509_STORE *store, const struct buf *pem, int64_t now, struct tsa_revocation *r, struct err *e);

/* After the chain of a stamp of that time was verified. *out_time: thisUpdate of the newest list of who issued the
 * stamp's certificate. ERR_KEY: a certificate of the chain was revoked, in a way that takes the stamp with it. */
int tsa_revocation_judge(const struct tsa_revocation *r, int64_t stamped, int64_t *out_time, struct err *e);
void tsa_revocation_release(struct tsa_revocation *r);

#endif
