/* Inside of store: what init and opening share. */
#ifndef LEDGER_STORE_INI_H
#define LEDGER_STORE_INI_H

#include "base/buf.h"
#include "ledger/store.h"

#define STORE_INI_NAME "daicho.ini"
#define STORE_RESTORING "restore.lock"          /* in a folder that a restore makes a store of, until it is one */
#define STORE_INI_MIRROR "mirror "              /* a section: "mirror NAME" */
#define STORE_INI_WITNESS "witness "

void store_set_paths(struct store *s);                          /* all of them from s->dir */
void store_ini_print(const struct store *s, struct buf *out);   /* daicho.ini with the defaults of [daemon] */

int store_witness_take(struct store *s, const char *name, const char *key, const char *value, struct err *e);
int store_witness_check(const struct store *s, struct err *e);  /* when all is read */
void store_witness_release(struct store *s);

#endif
