/* Inside of cmd_mirror: its subcommands, one row of a table each. */
#ifndef CLI_CMD_MIRROR_H
#define CLI_CMD_MIRROR_H

#include <stdbool.h>

#include "cli/context.h"
#include "ledger/ack.h"
#include "ledger/dispose_replay.h"
#include "ledger/store.h"

struct cmd_mirror {
	const char *name, *url;             /* what stands behind the subcommand; a folder or file may be in the first */
	const char *pin, *years, *key, *sign, *out;
	bool volumes, apply;
};

/* The store that --store names, opened; to be released with store_release. ERR_USAGE. */
int cmd_mirror_store(const struct context *c, struct store *out, struct err *e);
/* The mirror of that name in its daicho.ini. ERR_NOTFOUND. */
int cmd_mirror_find(const struct store *s, const char *name, const struct store_mirror **out, struct err *e);

/* Carries out in the folder what its ledger certifies, once that is verified by the pins; nobody else may be at work
 * there. *out is to be released. */
int cmd_mirror_replay(const char *folder, const struct store_pins *pins, struct dispose_replayed *out, struct err *e);
/* The same of a store in the making, where a disposal may be unfinished: its daemon is to go on with it. */
int cmd_mirror_replay_restored(const char *folder, const struct store_pins *pins, struct dispose_replayed *out,
                               struct err *e);
/* Refuses a name that is a mirror's, or that the ledger knows as another copy's. ERR_CONFLICT. */
int cmd_mirror_check_name(const struct store *s, const char *name, struct err *e);
/* Records that there is a copy of that name, which has carried out nothing yet; and that there was one until
 * yesterday. until, sign: as below. quiet: no answer is printed. */
int cmd_mirror_announce(struct context *c, const struct store *s, const char *name, const char *until,
                        const char *sign, bool quiet, struct err *e);
int cmd_mirror_withdraw(struct context *c, const struct store *s, const char *name, const char *sign, bool quiet,
                        struct err *e);
/* Records an acknowledgement as an entry, by login or by the user's own key `sign`. until: last day, YYYY-MM-DD, or
 * NULL. */
int cmd_mirror_record(struct context *c, const struct ack *a, const char *until, const char *sign, struct err *e);

int cmd_mirror_push(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e);
int cmd_mirror_verify(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e);
int cmd_mirror_prepare(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e);
int cmd_mirror_apply(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e);
int cmd_mirror_ack(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e);

#endif
