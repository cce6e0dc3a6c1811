/* Classes of kinds: the clause that a class rests on, which `classify` may have given. */
#ifndef LEDGER_CLASSES_H
#define LEDGER_CLASSES_H

#include "foreign/jdoc.h"
#include "ledger/ledger.h"

/* The clause of a class of so many years of the kind: that of the rule book in force, else that of the latest
 * `classify` which gave them; null when neither says so. To be freed. */
struct jdoc *classes_clause(struct ledger *l, const char *kind, int years);

#endif
