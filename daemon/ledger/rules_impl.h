/* Reading a rule book step by step: shared by rules*.c alone. */
#ifndef LEDGER_RULES_IMPL_H
#define LEDGER_RULES_IMPL_H

#include "ledger/rules.h"

#define RULES_BOOK "directive.ini"

void rules_set_digest(struct rules *r);                          /* sorts the files, too */
/* Files are sorted then; the digest is still to be set. */
int rules_take_files(struct rules *r, const char *rulebook, struct err *e);
int rules_take_schema(struct rules *r, const char *schemas, const char *kind, struct err *e);
int rules_compile(struct rules *r, size_t kind, struct err *e);   /* r->schemas holds one for each kind */

/* Where faults are told: by section and key, for which it finds the line. */
struct rules_teller {
	const struct rules_file *book;
	const char *file;
	rules_fault_fn *fn;
	void *ctx;
	int rc;                     /* of fn; nothing is told after it */
	size_t told;
};
void rules_tell(struct rules_teller *t, const char *section, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Each field that the book names stands in the schemas of the kinds concerned. */
void rules_check_fields(const struct rules *r, struct rules_teller *t);
int rules_refuse_fields(const struct rules *r, struct err *e);   /* ERR_CONFIG for the first one that does not */

#endif
