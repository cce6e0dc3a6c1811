/*
 * Act: an administrative entry that a person makes, with a note of its own: what that person stated, signed or by their
 * login. Shared by disposals and changes of the rule book.
 */
#ifndef LEDGER_ACT_H
#define LEDGER_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/append.h"
#include "ledger/index.h"
#include "ledger/ledger.h"
#include "model/leaf.h"
#include "model/note.h"

/* The note but for salt, submitter and signature, with `body` in canonical form. The same function builds what the
 * person signs (note_statement) in the CLI and what the keeper checks. ERR_UTF8, ERR_KIND. To be released. */
int act_note(enum leaf_kind kind, const struct jdoc *body, const char *office, const uint8_t request[NOTE_REQUEST_LEN],
             struct date event, struct note *out, struct err *e);

/* Was this very request answered before, and by which entry? ERR_CONFLICT when its id was used for something else. */
int act_find_repeat(struct ledger *l, enum leaf_kind kind, const struct note *note, bool *out_found, uint64_t *out_seq,
                    struct err *e);

/* The leaf of an entry made now: kind, volume, By; the rest is append's. The note gets the person's role. To be
 * released. */
void act_leaf(const struct ledger *l, enum leaf_kind kind, struct note *note, const struct index_person *person,
              int64_t now, struct leaf *out);

/* A role in which the person does this by the rule book in force: of an appointment that is open and counts on `day`.
 * Without a section for the act their role at hand, "" if none. ERR_PERM. */
int act_role(struct ledger *l, enum leaf_kind kind, const struct index_person *person, struct date day,
             char out_role[LEAF_NAME_MAX + 1], struct err *e);

/* The item of such an entry. rules: as for act_append. */
struct append_item act_item(const struct ledger *l, struct leaf *leaf, struct note *note, struct rules *rules);

/* Appends it alone. rules: of kind `rules`, the rule book that it brings into force, which the ledger takes over on
 * success; else NULL. */
int act_append(struct ledger *l, struct leaf *leaf, struct note *note, struct rules *rules, int64_t now,
               uint64_t *out_seq, struct err *e);

/* {"format","act","seq","commit","by"}, to be freed. */
int act_say(struct ledger *l, enum leaf_kind kind, uint64_t seq, const struct index_person *person, struct jdoc **out,
            struct err *e);

#endif
