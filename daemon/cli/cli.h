/* The daicho command: one table of subcommands, one file each. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/err.h"
#include "cli/context.h"
#include "cli/program.h"

struct cli_command {
	const char *name;
	/* argv[0] is the name. Returns an exit status by *out_status, or an error. */
	int (*run)(struct context *c, int argc, char **argv, int *out_status, struct err *e);
	const char *synopsis;       /* after "daicho " */
	const char *summary;        /* marked N_(), as help */
	const char *help;           /* options, one a line */
};

extern const struct program cli_program;
extern const struct cli_command cli_commands[];
extern const unsigned cli_commands_count;
const struct cli_command *cli_command(const char *name);   /* NULL if unknown */

int cmd_add(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_archive(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_backup(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_checkpoint(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_consistency(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_correct(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_classify(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_export(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_extend(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_disposal(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_hold(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_loss(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_void(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_help(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_init(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_key(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_kinds(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_list(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_log(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_mirror(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_prove(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_restore(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_rules(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_rules_diff(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_rules_show(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_rules_update(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_clock(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_second(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_show(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_due(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_status(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_verify(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_timestamp(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_witness(struct context *c, int argc, char **argv, int *out_status, struct err *e);
int cmd_volume(struct context *c, int argc, char **argv, int *out_status, struct err *e);

#endif
