/*
 * Store: the folder of one ledger.
 *
 *   daicho.ini      configuration (daicho.ini(5))            ledger.git      entries, leaves, rule books
 *   keys/           key home of the ledger, 0700             volumes/Y.git   records of calendar year Y
 *   intent          what the batch in flight will write      index.db        derived, may be deleted
 *   lock            flock of the writer                      run/daicho.sock the socket
 *   hooks.d/        programs that are told what falls due; made by the office
 *   told            what they were told already: derived, may be deleted (then they are told again)
 *   lost            entries whose record is lost, one number or range a line: no copy had it when the store was
 *                   restored, or the operator said so (daichod --accept-loss)
 *   checkpoints/    checkpoints as witnesses have cosigned them (ledger/cosign.h)
 *   maintain.lock   flock of git in the background, held until it and all its children have ended
 * Archives stand outside of it, in `archive` of daicho.ini (default: DIR-archive, beside the store).
 */
#ifndef LEDGER_STORE_H
#define LEDGER_STORE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "model/leaf.h"
#include "model/tlog_note.h"

#define STORE_FORMAT 1
#define STORE_LOCK_WAIT_MS 1000
#define STORE_MAINTAIN_WAIT_MS 10000
#define STORE_CUSTODIANS_MAX 16
#define STORE_VKEY_MAX (LEAF_ORIGIN_MAX + 1 + 8 + 1 + 44)    /* <origin>+<8 hex>+<base64 of 33 bytes> */

struct store_custodian {                            /* to whose key archives are encrypted */
	char name[LEAF_NAME_MAX + 1];
	char *key;                                  /* path of the file with the public key */
	char fpr[LEAF_FPR_LEN + 1];                 /* of its primary key */
};

struct store_mirror {                               /* [mirror NAME]: a copy to which the ledger is pushed */
	char name[LEAF_NAME_MAX + 1];
	char *url;
	char key[LEAF_FPR_LEN + 1];                 /* by which its acknowledgements are signed; "" = none */
	bool volumes;                               /* it holds records too */
};

struct store_witness {                              /* [witness NAME]: who cosigns checkpoints */
	char name[LEAF_NAME_MAX + 1];
	struct tlog_note_key key;
	char *socket, *command;                     /* how it is asked: one of the two */
};

struct store {
	char *dir;                                  /* absolute */
	char *ledger, *volumes, *keys, *intent, *index, *lock, *maintain, *socket, *archive, *hooks, *told, *lost;
	char *checkpoints;                          /* cosigned ones */
	char origin[LEAF_ORIGIN_MAX + 1];
	char entry_fpr[LEAF_FPR_LEN + 1], archive_fpr[LEAF_FPR_LEN + 1];
	bool trims;                                         /* a disposal has the file system trimmed */
	char *stamp_ca;                                     /* file of authorities that date disposals; NULL: none */
	char *passphrase;                                   /* file with that of the keys; NULL: the agent asks */
	struct hash genesis;
	unsigned connections, per_user;             /* front */
	struct store_custodian *custodians; size_t custodians_count; /* none: archives stay as they are */
	struct store_mirror *mirrors; size_t mirrors_count;
	struct store_witness *witnesses; size_t witnesses_count;
	int lock_fd;                                /* -1 unless locked */
	const struct leaf_range *accepts; size_t accepts_count;   /* records that the operator says are lost, for
	                                             * ledger_open; ascending; borrowed */
};

struct rules;

/* What else makes the store: `read` before anything is there, `write` once the store can be opened. What they refuse is
 * refused, and undone. */
struct store_part {
	void *ctx;
	int (*read)(void *ctx, const struct rules *rules, struct err *e);
	int (*write)(void *ctx, const char *dir, struct err *e);
};

struct store_options {                              /* of `daicho init` */
	const char *origin;                         /* NULL: the folder's name */
	const char *rulebook;                       /* folder of a rule book; NULL: the installed default */
	const char *schemas;                        /* folder of schemas; NULL: the installed default */
	const char *key;                            /* existing fingerprint in the user's own key ring; NULL: make one */
	const char *passphrase;                     /* file with that of the key; NULL: the agent asks, if at all */
	const char *recovery_key;                   /* file with an armored public key; NULL: none */
	const char *archive;                        /* folder; NULL: beside the store */
	const struct store_part *part;              /* NULL: none */
};


struct store_pins {                                 /* what an auditor must pin */
	char origin[LEAF_ORIGIN_MAX + 1];
	struct hash genesis;
	char fpr[LEAF_FPR_LEN + 1];                 /* entry key */
	char archive_fpr[LEAF_FPR_LEN + 1];
	char recovery_fpr[LEAF_FPR_LEN + 1];        /* "" = none */
	char checkpoint[STORE_VKEY_MAX + 1];        /* verifier key of checkpoints (model/tlog_note.h); "" = none */
};

/* Makes the store in dir, which must be absent or empty; on failure removes what it made. Durable when it returns. */
int store_init(const char *dir, const struct store_options *o, struct store_pins *out, struct err *e);

/* Reads daicho.ini and checks the layout. ERR_NOTFOUND, ERR_CONFIG, ERR_FORMAT (newer). Does not lock. */
int store_open(const char *dir, struct store *out, struct err *e);
/* The one writer; ERR_BUSY names the holder's process id. One that was killed may have left a child between its fork
 * and its exec, which holds the lock for as long: it is waited for, at most STORE_LOCK_WAIT_MS. */
int store_lock(struct store *s, struct err *e);
/* The lock of git in the background. ERR_BUSY if it is not free within wait_ms. */
int store_lock_maintain(const struct store *s, int wait_ms, int *out_fd, struct err *e);
/* Until no git works in the background, an orphan of a killed keeper included: at most STORE_MAINTAIN_WAIT_MS. */
int store_wait_maintain(const struct store *s, struct err *e);
void store_release(struct store *s);
void store_volume_path(const struct store *s, int year, struct buf *out);
/* An absolute path, file:///..., ssh://... or HOST:PATH. */
bool store_url_is_known(const char *url);
/* Adds [mirror NAME] to daicho.ini, or takes it out with the comments that stand in it; all else stays as it is.
 * ERR_CONFLICT, ERR_NOTFOUND; ERR_CONFIG when the file could not be read with it. Durable. */
int store_mirror_add(const struct store *s, const struct store_mirror *m, struct err *e);
int store_mirror_remove(const struct store *s, const char *name, struct err *e);
const struct store_mirror *store_mirror(const struct store *s, const char *name);   /* NULL if unknown */
const struct store_witness *store_witness(const struct store *s, const char *name); /* the same */

/* May a copy stand in `folder`, which may not be there yet? ERR_CONFLICT when it lies within one of the sources (NULLs
 * are passed over), or below a store, a backup or a mirror; by real paths. ERR_NOTFOUND: it goes
 * back (..) from what is not there. */
int store_apart(const char *folder, const char *const *sources, size_t count, struct err *e);

/* A file or folder that comes with the programs, found beside the running one: <its folder>/../share/daicho/<name>;
 * links resolved. To be freed. */
char *store_share_path(const char *name);

/* Makes a bare repository as the store has them; durable. hooks: folder whose regular files become its hooks (that of
 * the installation for init, <ledger.git>/hooks for later ones); absent is fine. On failure nothing is left. */
int store_make_repo(const char *path, const char *hooks, struct err *e);
int store_make_repo_unsynced(const char *path, const char *hooks, struct err *e);    /* see repo_create_unsynced */

/* The pin file (INI: [pin] origin, genesis, key, archive_key, checkpoint, recovery), as printed by init and read by
 * verify. The last three may be absent when it is read. What else a policy has (ledger/policy.h) is passed over. */
void store_pins_print(const struct store_pins *p, struct buf *out);
int store_pins_read(const char *path, struct store_pins *out, struct err *e);
/* One key of it; ERR_CONFIG. And whether all that must be there is. */
int store_pins_take(struct store_pins *p, const char *section, const char *key, const char *value, struct err *e);
int store_pins_check(const struct store_pins *p, const char *path, struct err *e);

#endif
