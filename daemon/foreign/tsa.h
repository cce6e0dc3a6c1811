/*
 * Time stamps of RFC 3161 by libcrypto: a query for an authority (TSA) of whoever's choice, and what its reply says.
 * Both travel as files (application/timestamp-query, -reply); nothing here opens a connection.
 */
#ifndef FOREIGN_TSA_H
#define FOREIGN_TSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

#define TSA_FILE_MAX ((size_t)1 << 20)     /* bytes of a query or a reply */
#define TSA_CA_MAX ((size_t)4 << 20)       /* bytes of a file of certificates */
#define TSA_CRL_MAX ((size_t)16 << 20)     /* bytes of a file of revocation lists */
#define TSA_NAME_MAX 512
#define TSA_SERIAL_MAX 64

/* DER: version 1, SHA-256, a nonce of 64 bits, the certificate asked for. */
int tsa_query(const struct hash *digest, struct buf *out, struct err *e);

struct tsa_stamp {
	int64_t time;                      /* seconds since 1970; fractions cut off */
	struct hash digest;                /* what was stamped */
	char serial[TSA_SERIAL_MAX + 1];   /* hex digits */
	char name[TSA_NAME_MAX + 1];       /* subject of the certificate that signed (RFC 2253) */
	char policy[TSA_SERIAL_MAX + 1];   /* object identifier of the TSA's policy */
	int64_t crl_time;                  /* of the newest list of who issued that certificate; 0: none was asked */
};

struct tsa_trust {                         /* whole files in PEM */
	const struct buf *ca;              /* certificates, one or more */
	const struct buf *crl;             /* lists of revoked certificates, one or more; NULL: it is not asked */
	int64_t now;                       /* lists of a time to come are refused */
};

/* ERR_CONFIG: holds none in PEM, or a damaged one; of lists also one that is signed over less than SHA-256. */
int tsa_check_ca(const struct buf *pem, struct err *e);
int tsa_check_crl(const struct buf *pem, struct err *e);

/* A granted reply, signed by a certificate for time stamping alone that leads to one in trust->ca at the stamped time.
 * With lists of revoked certificates each certificate of the chain below the trusted one has to be spoken of by a list
 * whose nextUpdate is not before the stamp, and none may be revoked: at the stamped time or before, or, unless the list
 * says one of unspecified, affiliationChanged, superseded or cessationOfOperation as its reason, ever (RFC 3161, 4).
 * One that was on hold was so from then until the first list in which it no longer is.
 * Digests are SHA-256 or stronger: the signer's, and that of ESSCertIDv2; the chain is of 112 bits or more.
 * query: the query that it answers, for its nonce and digest, or NULL.
 * ERR_SYNTAX: no reply in DER; ERR_RULE: not granted, or not by SHA-256; ERR_KEY: not signed as said or weakly, no
 * certificate in ca, no list in crl or one to come, or revoked; ERR_CONFLICT: it answers another query. */
int tsa_check(const void *reply, size_t len, const struct tsa_trust *trust, const struct buf *query,
              struct tsa_stamp *out, struct err *e);

/* What a granted reply says, whoever made it: its signature is not looked at, and the name is "". ERR_SYNTAX,
 * ERR_RULE. */
int tsa_read(const void *reply, size_t len, struct tsa_stamp *out, struct err *e);

#endif
