/* Inside of mirror. */
#ifndef LEDGER_MIRROR_IMPL_H
#define LEDGER_MIRROR_IMPL_H

#include "base/err.h"

int mirror_make_year(const char *folder, int year, struct err *e);   /* its hooks anew when it is there */

#endif
