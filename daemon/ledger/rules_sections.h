/* A rule book as its file has it, for those who show and compare it. */
#ifndef LEDGER_RULES_SECTIONS_H
#define LEDGER_RULES_SECTIONS_H

#include "foreign/jdoc.h"
#include "ledger/rules.h"

/* [{"section": "kind loan", "keys": {"ja": "...", ...}}, ...] in the order of directive.ini; to be freed. */
int rules_sections(const struct rules *r, struct jdoc **out, struct err *e);

#endif
