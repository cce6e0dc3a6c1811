/*
 * Act: what a person does with records that stand, built as the keeper will build it and signed over the same bytes.
 * What two persons do is moved by the one, who writes a motion file, and seconded by the other (cmd_second.c).
 *
 * Motion: {"format":"daicho.motion.v1","act","body","request","event","key","signature"}
 */
#ifndef CLI_ACT_H
#define CLI_ACT_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/context.h"
#include "foreign/jdoc.h"
#include "model/leaf.h"

#define ACT_MOTION_FORMAT "daicho.motion.v1"

struct act_options {
	const char *sign;        /* fingerprint of the user's own key; NULL: by login, for what one person does alone */
	const char *motion;      /* new file, for what two persons do */
	bool quiet;              /* the answer is not printed: of one person's acts */
};

/* Does it, or writes the motion, and prints the answer. body: members of ledger/act_body.h, to which `act` is added;
 * borrowed. command: for usage errors. */
int act_send(struct context *c, const char *command, enum leaf_kind kind, struct jdoc *body,
             const struct act_options *o, struct err *e);

/* Fills the request of an act that one person does, but does not send it: body, to which `act` is added, and where
 * sign is not NULL who signs and how. */
int act_request(struct context *c, enum leaf_kind kind, struct jdoc *body, const char *sign, struct jdoc *request,
                struct err *e);
void act_print(const struct context *c, const struct jdoc *answer);

/* Member `on` of a body: targets as they are typed, where a bare number is an entry. */
void act_set_targets(struct jdoc *body, const char *const *targets, size_t count);

/* As the second person of a motion that was read. */
int act_second(struct context *c, const struct jdoc *motion, const char *sign, struct err *e);

#endif
