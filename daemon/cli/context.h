/* Context: what the command line and the configuration say to every subcommand. */
#ifndef CLI_CONTEXT_H
#define CLI_CONTEXT_H

#include <stdbool.h>

#include "foreign/jdoc.h"

struct context {
	bool json;
	bool judges;                /* exit statuses below 64 are verdicts: see output_exit */
	const char *store;          /* --store, DAICHO_STORE or client.ini; NULL if none */
	const char *socket;         /* --socket or client.ini; NULL if none */
	struct jdoc *faults;        /* of the last refused request; for the report */
};

#endif
