/*
 * Docket: the matters that are open, and the records behind them, at hand for the rules. Derived, in memory: loaded
 * from the index when first asked for, brought on with each entry that a batch accepts, dropped when a batch fails. A
 * record is shown as its latest correction has it.
 *
 * "Open" is here: its own closing has not come.
 */
#ifndef LEDGER_DOCKET_H
#define LEDGER_DOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"
#include "base/err.h"
#include "foreign/jdoc.h"
#include "ledger/index.h"
#include "model/leaf.h"
#include "model/note.h"
#include "model/rulebook.h"

struct docket;

/* The ledger whose docket it is. */
struct docket_port {
	void *ctx;
	struct index *(*index)(void *ctx);
	int (*read_note)(void *ctx, const struct index_entry *entry, struct buf *out_text, struct note *out, struct err *e);
	const struct rulebook *(*book)(void *ctx);     /* in force */
};

struct docket_record {
	uint64_t seq;                        /* as it was asked for */
	uint64_t latest;                     /* of the correction that is shown; seq without one */
	char kind[LEAF_NAME_MAX + 1], unit[LEAF_NAME_MAX + 1], role[LEAF_NAME_MAX + 1];
	char submitter[NOTE_LOGIN_MAX + 1];
	struct date event;
	struct jdoc *body;
};

struct docket *docket_new(const struct docket_port *port);
void docket_free(struct docket *d);
void docket_forget(struct docket *d);          /* loaded anew when asked next */

/* An entry that a batch has accepted, not yet written. note may be NULL. */
void docket_accept(struct docket *d, const struct leaf *leaf, const struct note *note);
void docket_settle(struct docket *d);          /* the batch is written and indexed */

/* The record of an entry; *out lives until the next call. ERR_NOTFOUND when the entry is not there or has none,
 * ERR_GONE when it was disposed of, voided or lost. */
int docket_record(struct docket *d, uint64_t seq, const struct docket_record **out, struct err *e);

/* Each open matter of this name, in order of opening; name NULL = all. fn may ask for records. */
typedef int docket_fn(void *ctx, uint64_t opening, const char *matter, struct err *e);
int docket_each(struct docket *d, const char *matter, docket_fn *fn, void *ctx, struct err *e);

/* Did this entry open such a matter, and does it stand: on that day, by the events of opening and closing, or now
 * (day NULL)? false as well where it opened none. */
int docket_is_open(struct docket *d, uint64_t opening, const char *matter, const struct date *day, bool *out,
                   struct err *e);

/* The same at the end of that day: what was closed on it stands no longer. */
int docket_stood(struct docket *d, uint64_t opening, const char *matter, struct date day, bool *out, struct err *e);

/* The rule book in force. */
const struct rulebook *docket_book(const struct docket *d);

/* What names this entry, in order, entries of the running batch too. */
int docket_linked(struct docket *d, uint64_t target, index_link_fn *fn, void *ctx, struct err *e);

#endif
