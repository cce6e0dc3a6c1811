/*
 * OpenPGP through GPGME and gpg-agent; Ed25519 checks in bulk through libcrypto. Keys made here have no passphrase, but
 * in a home whose keys have one: the key home's permissions (0700) protect them. Homes are absolute
 * paths short enough for the agent's socket.
 */
#ifndef FOREIGN_PGP_H
#define FOREIGN_PGP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

int pgp_library_init(struct err *e);                 /* gpgme_check_version, engine present; ERR_UNAVAILABLE */

struct pgp_key {
	char primary[41];        /* upper-case fingerprints */
	char subkey[4][41];      /* Ed25519 subkeys that may sign (or the primary if it may), in order of creation */
	int subkeys;
	char uid[129];           /* the only user id; "" when there are several or it is longer */
};

/* From now on this process tells gpg's agent the passphrase that stands in the file, one line, when it asks (pinentry
 * "loopback"). NULL: it does not, and the agent asks with a pinentry of its own. ERR_CONFIG: others may read it. */
int pgp_passphrase_from(const char *path, struct err *e);

/* Makes an Ed25519 primary (certify only) with user id uid and `signers` Ed25519 signing subkeys (1 to 4), never
 * expiring, in home (made when absent). Durable. Starts the home's agent, which stays: pgp_agent_stop. */
int pgp_create(const char *home, const char *uid, int signers, struct pgp_key *out, struct err *e);

/* A signing subkey of the home's key whose user id is uid: one that is not among `known`
 * (fingerprints in one text), else a new one. A home without such a key gets one. ERR_KEY when the secret part of the
 * primary is not there. Durable. */
int pgp_extend(const char *home, const char *uid, const char *known, char out_fpr[41], struct err *e);

/* Finds key by full fingerprint (primary or subkey) with its secret part there. ERR_KEY. */
int pgp_find(const char *home, const char *fpr, struct pgp_key *out, struct err *e);
int pgp_export(const char *home, const char *fpr, struct buf *out_armor, struct err *e); /* public, minimal */
/* The same with no user id but uid, which it has to have. ERR_KEY. home NULL = the user's own. */
int pgp_export_as(const char *home, const char *fpr, const char *uid, struct buf *out_armor, struct err *e);
/* Copies public and secret key with fingerprint fpr from another home (NULL = the user's own) into home, the secret
 * parts as they are kept there, with their passphrase. ERR_KEY. */
int pgp_adopt(const char *home, const char *from_home, const char *fpr, struct err *e);

/* A connection to the home's gpg-agent (started if needed), for many signatures by one subkey: whether gpg holds it for
 * expired or revoked is not asked, since the ledger says when a key counts. */
struct pgp_signer;
struct pgp_signer *pgp_signer_new(const char *home, const char *fpr, struct err *e);
/* Of a person (home NULL = their own), whose agent may ask them for a passphrase or a card; never ended. */
struct pgp_signer *pgp_signer_of_person(const char *home, const char *fpr, struct err *e);
/* EdDSA over a digest of 32 (SHA-256) or 64 (SHA-512) bytes, as OpenPGP wants it. ERR_KEY, ERR_UNAVAILABLE, ERR_BUSY.
 * An agent that has ended or hangs is replaced, once a call (fifteen seconds at most). */
int pgp_signer_sign(struct pgp_signer *s, const uint8_t *digest, size_t len, uint8_t out_r[32], uint8_t out_s[32],
                    struct err *e);
/* Ed25519 over the whole message, no digest before it: the agent's socket for ssh (pgp_allow_raw). The same errors. */
int pgp_signer_sign_raw(struct pgp_signer *s, const void *message, size_t len, uint8_t out_sig[64], struct err *e);
int pgp_signer_public(struct pgp_signer *s, uint8_t out[32], struct err *e);
bool pgp_signer_waits(const struct pgp_signer *s);   /* somebody may have to type, or to insert a card */
void pgp_signer_free(struct pgp_signer *s);
/* The home's agent signs raw messages from now on, and names this one key for it and no other (sshcontrol; GnuPG 2.2
 * goes by it when it lists keys, not when it signs). An agent whose settings change is ended. ERR_KEY, as of a key on a
 * card: the agent signs no raw message with one. */
int pgp_allow_raw(const char *home, const char *fpr, struct err *e);
/* Ends the agent that serves this home, even one that hangs; returns when it is gone. */
int pgp_agent_stop(const char *home, struct err *e);

/* Ed25519 by libcrypto: is (r,s) a signature of digest under the public key? No allocation that fails, thread-safe. */
bool pgp_ed25519_is_valid(const uint8_t public_key[32], const uint8_t *digest, size_t len, const uint8_t r[32],
                          const uint8_t s[32]);

/* Many of them, on all cores that this process may use. */
struct pgp_check {
	uint8_t public_key[32], digest[64], r[32], s[32];
	size_t len;              /* of the digest */
};
size_t pgp_ed25519_find_invalid(const struct pgp_check *checks, size_t count);   /* the first one; count = none */

/* The same while other work goes on: what is handed over is checked by threads of their own, and by who hands over when
 * they can't follow. */
struct pgp_checker;
struct pgp_checker *pgp_checker_new(void);
void pgp_checker_add(struct pgp_checker *c, const struct pgp_check *check, uint64_t tag);
/* Waits for all. False: some are invalid, and *out_tag is that of the first of them which was handed over. More may be
 * handed over afterwards. */
bool pgp_checker_wait(struct pgp_checker *c, uint64_t *out_tag);
void pgp_checker_free(struct pgp_checker *c);

/* A verifying context of GPGME in a private temporary home, holding only the keys given. */
struct pgp_verifier;
struct pgp_verifier *pgp_verifier_new(struct err *e);
int pgp_verifier_add(struct pgp_verifier *v, const char *key, size_t len, struct err *e); /* armored or binary */
/* Detached signature over data. Succeeds only for exactly one signature, cryptographically right (status valid or only
 * "expired": whether it counts is the caller's judgement), over the bytes (class 0x00) and a digest of the SHA-2
 * family; gives the fingerprint of the (sub)key that made it and its creation time. ERR_KEY otherwise. */
int pgp_verifier_check(struct pgp_verifier *v, const void *data, size_t len, const void *sig, size_t sig_len,
                       char out_fpr[41], int64_t *out_time, struct err *e);
/* From now on a signature by a revoked key is taken, too: by him who judges by other means whether it counts. */
void pgp_verifier_take_revoked(struct pgp_verifier *v);
void pgp_verifier_free(struct pgp_verifier *v);      /* removes the temporary home and ends its agent, if any */

/* Encrypts to public keys of others, in a private temporary home that holds nothing else: always to all of them, each
 * known by its full fingerprint alone. */
#define PGP_SEALER_MAX 16
struct pgp_sealer;
struct pgp_sealer *pgp_sealer_new(struct err *e);
/* Adds the key whose primary has this fingerprint. ERR_KEY: another one, or nothing can be encrypted to it (expired,
 * revoked, without an encryption key). */
int pgp_sealer_add(struct pgp_sealer *s, const char *key, size_t len, const char *fpr, struct err *e);
/* Binary, not compressed: what is encrypted is never shorter than what was. From and to the offsets of the files. */
int pgp_sealer_encrypt(struct pgp_sealer *s, int in_fd, int out_fd, struct err *e);
/* Whose encryption key has this id (16 upper-case hex digits): number of the addition, from 0; -1 nobody's. */
int pgp_sealer_find(const struct pgp_sealer *s, const char *key_id);
void pgp_sealer_free(struct pgp_sealer *s);

/* Decrypts with a secret key of home (NULL = the user's own, whose agent may ask for a passphrase). ERR_KEY: there is
 * none for it; ERR_TOOBIG: more than max bytes come out. */
int pgp_decrypt(const char *home, int in_fd, int out_fd, uint64_t max, struct err *e);

/* A person's detached signature (binary packet, class 0x00) over text with a key of their own home (NULL = the user's).
 * For the CLI: their own agent may ask them for a passphrase. */
int pgp_sign_detached(const char *home, const char *fpr, const void *data, size_t len, struct buf *out_sig,
                      struct err *e);
/* Armored public key -> primary fingerprint; ERR_KEY unless it is exactly one public key. */
int pgp_fingerprint_of(const char *key, size_t len, char out_fpr[41], struct err *e);

#endif
