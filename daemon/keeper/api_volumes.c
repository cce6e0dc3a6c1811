#include "keeper/api_volumes.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/lang.h"
#include "base/text.h"
#include "ledger/query.h"

struct asked {
	const struct api_call *call;
	bool lists;                            /* takes filters */
	struct query_volumes_filter filter;
	struct date at;
};

static int read_year(const char *text, int *out, struct err *e)
{
	uint64_t year;
	if (!text_parse_u64(text, strlen(text), DATE_YEAR_MAX, &year) || year < DATE_YEAR_MIN)
		return err_set(e, ERR_USAGE, "year: a year from %d to %d is wanted", DATE_YEAR_MIN, DATE_YEAR_MAX);
	*out = (int)year;
	return ERR_OK;
}

static int take_parameter(void *ctx, const char *name, struct jdoc *value, struct err *e)
{
	struct asked *a = ctx;
	const char *text = jdoc_text(value);
	if (strcmp(name, "at") == 0)
		return date_parse(text, strlen(text), &a->at)
			? ERR_OK : err_set(e, ERR_USAGE, "at: a day written YYYY-MM-DD is wanted");
	if (a->lists && strcmp(name, "year") == 0)
		return read_year(text, &a->filter.year, e);
	if (a->lists && strcmp(name, "kind") == 0) {
		a->filter.kind = text;
		return ERR_OK;
	}
	if (a->lists && strcmp(name, "unit") == 0) {
		a->filter.unit = text;
		return ERR_OK;
	}
	err_set(e, ERR_USAGE, "query: unknown parameter");
	return err_next(e, a->lists ? N_("known are: at kind unit year") : N_("known is: at"));
}

static int check_names(const struct asked *a, struct err *e)
{
	const struct rulebook *book = a->call->ledger->rules->book;
	const char *kind = a->filter.kind, *unit = a->filter.unit;
	if (kind && !rulebook_kind(book, kind) && leaf_kind_of(kind) == LEAF_RECORD)
		err_set(e, ERR_KIND, "kind: the rule book has no kind of this name");
	else if (unit && !rulebook_unit(book, unit))
		err_set(e, ERR_KIND, "unit: the rule book has no unit of this name");
	else
		return ERR_OK;
	return err_next(e, "GET /v1/kinds (`daicho kinds`) lists kinds and units");
}

static int read_query(const struct api_call *c, bool lists, struct asked *out, struct err *e)
{
	*out = (struct asked){ .call = c, .lists = lists, .at = date_of_time(c->now) };
	int rc = jdoc_each(jdoc_get(c->message, "query"), take_parameter, out, e);
	return rc ? rc : check_names(out, e);
}

int api_volumes(struct api_call *c, struct jdoc **out, struct err *e)
{
	struct asked a;
	int rc = read_query(c, true, &a, e);
	return rc ? rc : query_volumes(c->ledger, &a.filter, a.at, c->now, out, e);
}

int api_volume(struct api_call *c, struct jdoc **out, struct err *e)
{
	struct asked a;
	struct leaf_volume v;
	char name[sizeof c->arg];
	int rc = read_query(c, false, &a, e);
	if (rc)
		return rc;
	snprintf(name, sizeof name, "%s/%s/%s", c->arg[0], c->arg[1], c->arg[2]);
	if (!leaf_volume_parse(name, strlen(name), &v)) {
		err_set(e, ERR_USAGE, "volume: YEAR/KIND/UNIT is wanted");
		return err_next(e, "daicho volume list tells which volumes there are");
	}
	return query_volume(c->ledger, &v, a.at, c->now, out, e);
}
