#include "keeper/api_holds.h"

#include <string.h>

#include "base/text.h"
#include "ledger/dispose_holds.h"

#define YEARS_MAX 100

int api_holds(struct api_call *c, struct jdoc **out, struct err *e)
{
	const struct jdoc *query = jdoc_get(c->message, "query");
	const char *all = jdoc_get_text(query, "all");
	if (jdoc_size(query) > (all != NULL)) {
		err_set(e, ERR_USAGE, "query: unknown parameter");
		return err_next(e, "known is: all");
	}
	if (all && strcmp(all, "yes") != 0 && strcmp(all, "no") != 0)
		return err_set(e, ERR_USAGE, "all: yes or no is wanted");
	return dispose_holds_list(c->ledger, all && strcmp(all, "yes") == 0, c->now, out, e);
}

int api_extension(struct api_call *c, struct jdoc **out, struct err *e)
{
	const struct jdoc *query = jdoc_get(c->message, "query");
	const char *on = jdoc_get_text(query, "on"), *years = jdoc_get_text(query, "years");
	uint64_t n;
	if (!on || !years || jdoc_size(query) != 2) {
		err_set(e, ERR_USAGE, "query: on and years are wanted");
		return err_next(e, "known are: on years");
	}
	if (!text_parse_u64(years, strlen(years), YEARS_MAX, &n))
		return err_set(e, ERR_USAGE, "years: from 1 to 100 calendar years in all are wanted");
	return dispose_holds_extension(c->ledger, on, n, c->now, out, e);
}
