/*
 * Ed25519 (RFC 8032) over messages of any length, by libcrypto: what signed notes are made of. Secret keys stand in a
 * file, PKCS#8 PEM, readable by nobody else; the ledger's own are gpg-agent's (foreign/pgp.h).
 */
#ifndef FOREIGN_ED25519_H
#define FOREIGN_ED25519_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

bool ed25519_is_valid(const uint8_t public_key[32], const void *message, size_t len, const uint8_t sig[64]);

struct ed25519_key;
/* Makes a key in a new file with mode 0600, durable. ERR_CONFLICT: the file exists. */
int ed25519_create(const char *path, struct ed25519_key **out, struct err *e);
/* ERR_NOTFOUND, ERR_KEY (not one unencrypted Ed25519 key, or others may read it). To be freed. */
int ed25519_open(const char *path, struct ed25519_key **out, struct err *e);
void ed25519_public(const struct ed25519_key *k, uint8_t out[32]);
int ed25519_sign(const struct ed25519_key *k, const void *message, size_t len, uint8_t out_sig[64], struct err *e);
void ed25519_free(struct ed25519_key *k);      /* cleared first */

#endif
