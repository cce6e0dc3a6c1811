#include "keeper/api_standing.h"

#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "ledger/query.h"

struct asked {
	const char *unit;
	struct date day;
};

static int read_day(const char *text, const struct api_call *c, struct date *out, struct err *e)
{
	if (!date_parse(text, strlen(text), out))
		return err_set(e, ERR_USAGE, "at: a day written YYYY-MM-DD is wanted");
	if (date_day_number(*out) > date_day_number(date_of_time(c->now)))
		return err_set(e, ERR_USAGE, "at: lies in the future");
	return ERR_OK;
}

static int read_query(const struct api_call *c, bool has_day, struct asked *out, struct err *e)
{
	const struct jdoc *query = jdoc_get(c->message, "query");
	const char *day = jdoc_get_text(query, "at");
	size_t known = (jdoc_get(query, "unit") != NULL) + (has_day && day);
	*out = (struct asked){ jdoc_get_text(query, "unit"), date_of_time(c->now) };
	if (jdoc_size(query) > known) {
		err_set(e, ERR_USAGE, "query: unknown parameter");
		return err_next(e, has_day ? N_("known are: at unit") : N_("known is: unit"));
	}
	if (out->unit && !rulebook_unit(c->ledger->rules->book, out->unit)) {
		err_set(e, ERR_KIND, "unit: the rule book has no unit of this name");
		return err_next(e, "GET /v1/kinds (`daicho kinds`) lists kinds and units");
	}
	return has_day && day ? read_day(day, c, &out->day, e) : ERR_OK;
}

int api_due(struct api_call *c, struct jdoc **out, struct err *e)
{
	struct asked asked;
	int rc = read_query(c, false, &asked, e);
	return rc ? rc : query_due(c->ledger, asked.unit, c->now, out, e);
}

int api_standing(struct api_call *c, struct jdoc **out, struct err *e)
{
	struct asked asked;
	int rc = read_query(c, true, &asked, e);
	return rc ? rc : query_standing(c->ledger, asked.unit, asked.day, out, e);
}
