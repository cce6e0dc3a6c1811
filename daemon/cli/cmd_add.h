/* Inside of add and correct: a record from options, and how it is sent. */
#ifndef CLI_CMD_ADD_H
#define CLI_CMD_ADD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/context.h"
#include "foreign/jdoc.h"

struct cmd_add_field {
	char *name;                  /* owned */
	const char *value;
};

struct cmd_add {                     /* what the command line says; borrowed but for the two lists */
	const char *command;         /* whose help a wrong option names */
	const char *kind, *unit, *file, *role, *sign, *request, *reason;
	const char *event;           /* day of a record whose body states none; NULL = today */
	bool has_corrects; uint64_t corrects;
	struct cmd_add_field *fields; size_t field_count;
	const char **attach;          size_t attach_count;
};

/* Takes an option that may come several times (--attach, --set), or a field: an options_fn, ctx a struct cmd_add. */
int cmd_add_take(void *ctx, const char *name, const char *value, struct err *e);

/* The object in a->file (NULL: an empty one) with the fields of the command line, typed by the schema. To be freed. */
int cmd_add_body(const struct cmd_add *a, const struct jdoc *schema, struct jdoc **out, struct err *e);

/* Signs if asked, sends the record, prints the answer. kind: answer of GET /v1/kinds/KIND. attachments: those to send
 * before the ones of the command line, or NULL; taken over. */
int cmd_add_send(struct context *c, const struct cmd_add *a, const struct jdoc *kind, struct jdoc *body,
                 struct jdoc *attachments, struct err *e);

/* The answer of GET /v1/kinds/KIND. To be freed. */
int cmd_add_kind(struct context *c, const char *kind, struct jdoc **out, struct err *e);

void cmd_add_release(struct cmd_add *a);

#endif
