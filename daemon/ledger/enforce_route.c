#include "ledger/enforce_route.h"

#include <string.h>

struct walking {
	const struct enforce_subject *subject;
	const struct rulebook_route *route;
	size_t done;                    /* steps that were taken */
	struct date last;               /* day of the last one */
};

static bool is_step(const struct rulebook_step *step, const char *kind, const struct jdoc *body)
{
	const char *value = step->field[0] ? jdoc_get_text(body, step->field) : NULL;
	return strcmp(step->kind, kind) == 0 && (!step->field[0] || (value && strcmp(value, step->value) == 0));
}

static int take_step(struct walking *w, uint64_t seq, struct err *e)
{
	const struct docket_record *r;
	int rc = docket_record(w->subject->docket, seq, &r, e);
	if (rc)
		return rc == ERR_GONE || rc == ERR_NOTFOUND ? ERR_OK : rc;
	if (w->done < w->route->steps_count && is_step(&w->route->steps[w->done], r->kind, r->body)) {
		w->done++;
		w->last = r->event;
	}
	return ERR_OK;
}

static int take_linked(void *ctx, uint64_t seq, enum index_link link, struct err *e)
{
	return link == INDEX_WITHIN || link == INDEX_CLOSES ? take_step(ctx, seq, e) : ERR_OK;
}

static bool has_kind(const struct rulebook_route *route, const char *kind)
{
	for (size_t i = 0; i < route->steps_count; i++)
		if (strcmp(route->steps[i].kind, kind) == 0)
			return true;
	return false;
}

static int judge_matter(const struct enforce_subject *s, const struct rulebook_route *route, uint64_t opening,
                        bool *out_broken, struct err *e)
{
	struct walking w = { .subject = s, .route = route };
	bool is_of = false;
	int rc = docket_is_open(s->docket, opening, route->matter, NULL, &is_of, e);
	if (rc || !is_of)
		return rc;
	rc = take_step(&w, opening, e);
	if (!rc)
		rc = docket_linked(s->docket, opening, take_linked, &w, e);
	if (!rc)
		*out_broken = w.done == route->steps_count || !is_step(&route->steps[w.done], s->note->kind, s->body) ||
		              (w.done && date_day_number(s->note->event) < date_day_number(w.last));
	return rc;
}

int enforce_route_judge(const struct enforce_subject *s, const struct rulebook_route *route, bool *out_broken,
                        uint64_t *out_entry, struct err *e)
{
	const struct leaf_seqs *lists[] = { &s->leaf->within, &s->leaf->closes };
	int rc = ERR_OK;
	*out_broken = false;
	if (!has_kind(route, s->note->kind))
		return ERR_OK;
	for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
		for (size_t i = 0; !rc && !*out_broken && i < lists[l]->count; i++) {
			*out_entry = lists[l]->at[i];
			rc = judge_matter(s, route, lists[l]->at[i], out_broken, e);
		}
	return rc;
}
