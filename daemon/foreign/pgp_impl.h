/* Inside of pgp: contexts, errors, homes and agents that its files share. */
#ifndef FOREIGN_PGP_IMPL_H
#define FOREIGN_PGP_IMPL_H

#include <gpgme.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "foreign/pgp.h"

#define PGP_FPR_LEN 40
#define PGP_GRIP_LEN 40

/* An OpenPGP context on home (NULL: the user's own), offline. */
int pgp_context(const char *home, gpgme_ctx_t *out, struct err *e);
/* ERR_UNAVAILABLE where gpg or its agent can't be reached, ERR_FULL, ERR_READONLY or ERR_IO where it says so, else
 * `code`. */
int pgp_fail(struct err *e, gpgme_error_t error, enum err_code code, const char *what);
void pgp_add_data(gpgme_data_t data, struct buf *out);                  /* from its start */

bool pgp_is_fingerprint(const char *fpr);
/* The key with this full fingerprint, of it or of one of its subkeys; to be unreferenced. ERR_KEY. */
int pgp_get_key(gpgme_ctx_t ctx, const char *home, const char *fpr, bool secret, gpgme_key_t *out, struct err *e);
bool pgp_is_ed25519(const struct _gpgme_subkey *sub);                   /* and may sign, or might once */
bool pgp_is_signer(const struct _gpgme_subkey *sub);                    /* Ed25519, may sign, in force */

/* pgp_verifier.c: its context, on its own home. */
gpgme_ctx_t pgp_verifier_context(struct pgp_verifier *v);
/* Why is a key not there that was imported? What gpg can't write it leaves out, and does not say so: it is tried once
 * more, in a home of its own. ERR_IO: it is taken there (with this fingerprint, unless NULL), so that the disk is at
 * fault; ERR_OK: the key is. */
int pgp_verifier_blame(const char *key, size_t len, const char *fpr, struct err *e);

struct pgp_signer {
	char *home;
	char grip[PGP_GRIP_LEN + 1];
	struct pgp_assuan *agent;     /* NULL after a failure */
	bool is_persons;              /* their own home and agent */
	bool waits;                   /* the key has a passphrase, or is a card's */
};

/* pgp_agent.c. Socket of the home's agent, to be freed; ERR_CONFIG if its path is too long. */
int pgp_agent_socket(const char *home, char **out, struct err *e);
int pgp_agent_home(const char *home, char **out, struct err *e);         /* home NULL: where the user's own is */
int pgp_agent_ssh_socket(const char *home, char **out, struct err *e);  /* the one for raw messages */
/* Calls fn with a connected agent; one that has ended is started anew, one that hangs is ended first; once. */
typedef int pgp_agent_fn(struct pgp_signer *s, void *ctx, struct err *e);
int pgp_agent_try(struct pgp_signer *s, pgp_agent_fn *fn, void *ctx, struct err *e);
/* The name under which the agent holds the signing key with this fingerprint, and (may be NULL) whether it is a card's.
 * ERR_KEY. */
int pgp_agent_grip(const char *home, const char *fpr, char out_grip[PGP_GRIP_LEN + 1], bool *out_on_card,
                   struct err *e);
/* ERR_KEY unless the agent has every secret part of the key that gpg says it has. waits (may be NULL): one of them has
 * a passphrase, or is a card's. */
int pgp_agent_check_key(const char *home, gpgme_key_t key, bool *out_waits, struct err *e);
/* Who tells a passphrase: nobody; whoever sits at the machine; the file, through us; the person who runs this. */
enum pgp_agent_mode { PGP_AGENT_ERROR, PGP_AGENT_ASK, PGP_AGENT_LOOPBACK, PGP_AGENT_PERSON };

/* pgp_passphrase.c */
bool pgp_passphrase_is_known(void);
/* To be wiped. ERR_KEY: the card refused it since the file was written. */
int pgp_passphrase_read(struct buf *out, struct err *e);
void pgp_passphrase_refuse(void);                             /* the card did, what was read last */
void pgp_passphrase_offer(gpgme_ctx_t ctx);                   /* gpg asks us, where it is known */

#endif
