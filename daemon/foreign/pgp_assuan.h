/*
 * A connection to gpg-agent over its socket, in the Assuan protocol: a command, then lines of data and status, then OK
 * or ERR. Spoken here and not through GPGME, which has no deadline, and crashes when an agent dies while it answers.
 */
#ifndef FOREIGN_PGP_ASSUAN_H
#define FOREIGN_PGP_ASSUAN_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define PGP_ASSUAN_LINE_MAX 1002        /* with its LF */
#define PGP_ASSUAN_DATA_MAX 1024

struct pgp_assuan_answer {
	char data[PGP_ASSUAN_DATA_MAX];
	size_t len;
	char status[PGP_ASSUAN_LINE_MAX];       /* the last status line, without "S " */
};

struct pgp_assuan;

/* ERR_UNAVAILABLE if nobody listens, ERR_BUSY if there is no answer in time. */
struct pgp_assuan *pgp_assuan_open(const char *socket, struct err *e);
/* The same, and ERR_KEY when the agent refuses. Only after ERR_KEY may the connection be used again. */
int pgp_assuan_ask(struct pgp_assuan *a, const char *command, struct pgp_assuan_answer *out, struct err *e);
/* Several commands at one go; the answer of the last one. After any error the connection has to be closed. */
int pgp_assuan_ask_all(struct pgp_assuan *a, const char *const *commands, size_t count, struct pgp_assuan_answer *out,
                       struct err *e);
/* How long an answer may take from now on; 5 s at first. An agent that asks a person needs more. */
void pgp_assuan_wait(struct pgp_assuan *a, int deadline_ms);
/* Who answers "INQUIRE PASSPHRASE"; what is filled in is wiped. Without one the agent is told that nobody does.
 * refused: who is told that a card takes it for a wrong PIN. */
typedef int pgp_assuan_secret_fn(struct buf *out, struct err *e);
typedef void pgp_assuan_refused_fn(void);
void pgp_assuan_answer_with(struct pgp_assuan *a, pgp_assuan_secret_fn *fn, pgp_assuan_refused_fn *refused);
void pgp_assuan_close(struct pgp_assuan *a);

#endif
