/* Inside of query: members that several answers share. */
#ifndef LEDGER_QUERY_FORMS_H
#define LEDGER_QUERY_FORMS_H

#include "ledger/query.h"
#include "model/rulebook.h"

void query_set_title(struct jdoc *d, const struct rulebook_title *title);                       /* ja, en */
void query_set_kind(struct jdoc *d, const struct rulebook *book, const char *kind);             /* kind, ja, en */
void query_set_volume(struct jdoc *d, const struct index_entry *entry);                         /* text or null */
void query_set_corrections(struct jdoc *d, const struct index_entry *entry);   /* corrects, corrected_by: or null */
const char *query_state(struct ledger *l, const struct index_entry *entry);

#endif
