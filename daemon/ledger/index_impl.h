/* Inside of index: its handle. */
#ifndef LEDGER_INDEX_IMPL_H
#define LEDGER_INDEX_IMPL_H

#include "foreign/sqldb.h"
#include "ledger/index.h"

struct index {
	struct sqldb *db;
};

#endif
