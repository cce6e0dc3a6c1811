/*
 * Matters, corrections and voids. What is voided goes on to bind, but for one thing each: a voided closing closes no
 * more, and a voided opening no longer waits to be closed. What stays bound can only fall due later.
 */
#include "model/history_data.h"

#include <string.h>

#define SECTION "RETENTION"

static const char *const LINE[] = { "Closes", "Within", "Under" };

/* Position of the entry that this leaf voids, if it may; 0 = none. */
static uint64_t voided_by(const struct history *h, const struct leaf *leaf)
{
	bool may = leaf->has_voids && leaf->voids < h->size && h->at[leaf->voids].shelf &&
	           !h->at[leaf->voids].voided_by;

	return may ? leaf->voids : 0;
}

static bool links_to(const struct history *h, uint64_t seq, uint32_t type, uint32_t matter)
{
	for (uint64_t i = h->at[seq].links; i < history_links_end(h, seq); i++)
		if (h->links[i].type == type && h->links[i].matter == matter)
			return true;
	return false;
}

static int judge_closing(const struct history *h, const struct leaf *leaf, uint64_t named, struct err *e)
{
	uint32_t matter = h->at[named].matter - 1;
	const struct history_matter *m = &h->matters[matter];
	uint64_t voided = voided_by(h, leaf);
	uint32_t closings = m->closings;

	/* One entry may void a wrong closing and close rightly. */
	if (voided && links_to(h, voided, HISTORY_CLOSES, matter))
		closings--;
	if (!closings)
		return ERR_OK;
	if (m->closer)
		return history_fault(e, SECTION, h->size, "Closes %llu: entry %u closed that matter already",
		                     (unsigned long long)named, m->closer);
	return history_fault(e, SECTION, h->size, "Closes %llu: that matter is closed already",
	                     (unsigned long long)named);
}

static int judge_link(const struct history *h, const struct leaf *leaf, uint32_t type, uint64_t named, struct err *e)
{
	const struct history_fact *f;

	if (named >= h->size)
		return history_fault(e, SECTION, h->size, "%s %llu: it names no earlier entry", LINE[type],
		                     (unsigned long long)named);
	f = &h->at[named];
	if (!f->matter)
		return history_fault(e, SECTION, h->size, "%s %llu: entry %llu opened no matter", LINE[type],
		                     (unsigned long long)named, (unsigned long long)named);
	if (f->voided_by || voided_by(h, leaf) == named)
		return history_fault(e, SECTION, h->size, "%s %llu: the opening of that matter is voided by entry %llu",
		                     LINE[type], (unsigned long long)named,
		                     (unsigned long long)(f->voided_by ? f->voided_by : h->size));
	if (type == HISTORY_CLOSES)
		return judge_closing(h, leaf, named, e);
	if (f->disposed_by)
		return history_fault(e, SECTION, h->size, "%s %llu: that record was disposed of by entry %u",
		                     LINE[type], (unsigned long long)named, f->disposed_by);
	return ERR_OK;
}

static int judge_links(const struct history *h, const struct leaf *leaf, struct err *e)
{
	const struct leaf_seqs *lists[] = { &leaf->closes, &leaf->within, &leaf->under };

	for (uint32_t type = HISTORY_CLOSES; type <= HISTORY_UNDER; type++) {
		for (size_t i = 0; i < lists[type]->count; i++) {
			int rc = judge_link(h, leaf, type, lists[type]->at[i], e);

			if (rc)
				return rc;
		}
	}
	if (leaf->under.count && !leaf->opens[0])
		return history_fault(e, SECTION, h->size, "Under %llu: it opens no matter that could stand under it",
		                     (unsigned long long)leaf->under.at[0]);
	for (size_t i = 0; i < leaf->concerns.count; i++)
		if (leaf->concerns.at[i] >= h->size)
			return history_fault(e, SECTION, h->size, "Concerns %llu: it names no earlier entry",
			                     (unsigned long long)leaf->concerns.at[i]);
	return ERR_OK;
}

/* Corrects and Voids name an earlier entry whose record is still kept. */
static int judge_record(const struct history *h, const char *line, uint64_t named, struct err *e)
{
	if (named >= h->size)
		return history_fault(e, SECTION, h->size, "%s %llu: it names no earlier entry", line,
		                     (unsigned long long)named);
	if (!h->at[named].shelf)
		return history_fault(e, SECTION, h->size, "%s %llu: that entry has no record", line,
		                     (unsigned long long)named);
	if (h->at[named].disposed_by)
		return history_fault(e, SECTION, h->size, "%s %llu: that record was disposed of by entry %u", line,
		                     (unsigned long long)named, h->at[named].disposed_by);
	return ERR_OK;
}

static int judge_corrects(const struct history *h, const struct leaf *leaf, struct err *e)
{
	int rc = judge_record(h, "Corrects", leaf->corrects, e);
	const struct leaf_volume *corrected;

	if (rc)
		return rc;
	corrected = &h->shelves[h->at[leaf->corrects].shelf - 1].volume;
	if (!leaf->has_volume)
		return history_fault(e, SECTION, h->size, "Corrects %llu: it has no record itself",
		                     (unsigned long long)leaf->corrects);
	if (strcmp(corrected->kind, leaf->volume.kind) != 0)
		return history_fault(e, SECTION, h->size, "Corrects %llu: that record is of another kind",
		                     (unsigned long long)leaf->corrects);
	if (strcmp(corrected->unit, leaf->volume.unit) != 0)
		return history_fault(e, SECTION, h->size, "Corrects %llu: that record is of another unit",
		                     (unsigned long long)leaf->corrects);
	if (leaf->opens[0] || leaf->closes.count || leaf->within.count || leaf->under.count)
		return history_fault(e, SECTION, h->size, "Corrects %llu: it shares the matters of that record and "
		                     "names none itself", (unsigned long long)leaf->corrects);
	return ERR_OK;
}

static int judge_voids(const struct history *h, const struct leaf *leaf, struct err *e)
{
	int rc = judge_record(h, "Voids", leaf->voids, e);

	if (!rc && h->at[leaf->voids].voided_by)
		rc = history_fault(e, SECTION, h->size, "Voids %llu: entry %u voided it already",
		                   (unsigned long long)leaf->voids, h->at[leaf->voids].voided_by);
	return rc;
}

int history_matters_judge(const struct history *h, const struct leaf *leaf, struct err *e)
{
	int rc = judge_links(h, leaf, e);

	if (!rc && leaf->has_corrects)
		rc = judge_corrects(h, leaf, e);
	if (!rc && leaf->has_voids)
		rc = judge_voids(h, leaf, e);
	return rc;
}

static void raise_year(struct history_matter *m, int16_t year)
{
	if (m->year < year)
		m->year = year;
}

/* A voided opening that nothing closes counts as closed by the entry that took the last of them away. */
static void end_if_void(struct history *h, uint32_t matter, int16_t year)
{
	struct history_matter *m = &h->matters[matter];

	if (!h->at[m->opening].voided_by || m->closings || m->ended)
		return;
	m->ended = true;
	raise_year(m, year);
}

static void take_void(struct history *h, uint64_t voided)
{
	int16_t year = h->at[h->size].year;
	struct history_fact *f = &h->at[voided];

	f->voided_by = (uint32_t)h->size;
	for (uint64_t i = f->links; i < history_links_end(h, voided); i++) {
		struct history_matter *m = &h->matters[h->links[i].matter];

		if (h->links[i].type != HISTORY_CLOSES)
			continue;
		m->closings--;
		if (m->closer == voided)
			m->closer = 0;
		end_if_void(h, h->links[i].matter, year);
	}
	if (f->matter)
		end_if_void(h, f->matter - 1, year);
}

int16_t history_year_of(const struct history *h, uint64_t seq)
{
	const struct history_fact *f = &h->at[seq];

	return f->year < f->counts ? f->counts : f->year;
}

/* What the voiding entry may have ended: later than it is needed is not too early. */
static void raise_ended(struct history *h, uint64_t voided, int16_t year)
{
	const struct history_fact *f = &h->at[voided];

	if (f->matter && h->matters[f->matter - 1].ended)
		raise_year(&h->matters[f->matter - 1], year);
	for (uint64_t i = f->links; i < history_links_end(h, voided); i++)
		if (h->links[i].type == HISTORY_CLOSES && h->matters[h->links[i].matter].ended)
			raise_year(&h->matters[h->links[i].matter], year);
}

void history_matters_raise(struct history *h, uint64_t seq)
{
	int16_t year = history_year_of(h, seq);

	for (uint64_t i = h->at[seq].links; i < history_links_end(h, seq); i++)
		if (h->links[i].type == HISTORY_CLOSES)
			raise_year(&h->matters[h->links[i].matter], year);
	for (uint64_t voided = 0; voided < seq; voided++)
		if (h->at[voided].voided_by == seq)
			raise_ended(h, voided, year);
}

static void take_links(struct history *h, const struct leaf_seqs *named, uint32_t type)
{
	for (size_t i = 0; i < named->count; i++) {
		uint32_t matter = named->at[i] < h->size ? h->at[named->at[i]].matter : 0;

		if (!matter)
			continue;
		history_reserve(&h->links, &h->links_cap, h->links_count + 1, sizeof(*h->links));
		h->links[h->links_count++] = (struct history_link){ matter - 1, type };
		if (type == HISTORY_CLOSES) {
			struct history_matter *m = &h->matters[matter - 1];

			m->closings++;
			m->closer = (uint32_t)h->size;
			raise_year(m, h->at[h->size].year);
		}
	}
}

void history_matters_take(struct history *h, const struct leaf *leaf)
{
	struct history_fact *f = &h->at[h->size];
	uint64_t voided = voided_by(h, leaf);

	if (voided)
		take_void(h, voided);
	take_links(h, &leaf->closes, HISTORY_CLOSES);
	take_links(h, &leaf->within, HISTORY_WITHIN);
	if (leaf->opens[0]) {
		take_links(h, &leaf->under, HISTORY_UNDER);
		history_reserve(&h->matters, &h->matters_cap, h->matters_count + 1, sizeof(*h->matters));
		h->matters[h->matters_count] = (struct history_matter){ .opening = (uint32_t)h->size,
			.name = history_name(&h->matter_names, leaf->opens) };
		f->matter = (uint32_t)++h->matters_count;
	}
	if (leaf->has_corrects && leaf->corrects < h->size && f->shelf && h->at[leaf->corrects].shelf)
		f->kin = h->at[leaf->corrects].kin;
}

/* A child is opened after its parent, so one walk backwards meets every matter after all of its children. */
static void answer_matters(const struct history *h, struct history_answers *a)
{
	for (uint64_t i = 0; i < h->matters_count; i++)
		a->matters[i] = (struct history_outcome){ .year = h->matters[i].year };
	for (uint64_t i = h->matters_count; i-- > 0;) {
		const struct history_matter *m = &h->matters[i];
		struct history_outcome *child = &a->matters[i];

		child->open = child->child_open || (!m->closings && !m->ended);
		for (uint64_t l = h->at[m->opening].links; l < history_links_end(h, m->opening); l++) {
			struct history_outcome *parent = &a->matters[h->links[l].matter];

			if (h->links[l].type != HISTORY_UNDER)
				continue;
			parent->child_open |= child->open;
			if (parent->year < child->year)
				parent->year = child->year;
		}
	}
}

static void await(const struct history *h, struct history_answer *x, const struct history_answers *a, uint32_t matter,
                  bool open)
{
	const struct history_outcome *m = &a->matters[matter];
	uint32_t opening = h->matters[matter].opening + 1;

	if (open && (!x->open || opening < x->open))
		x->open = opening;
	if (!open && x->base < m->year)
		x->base = m->year;
}

static void answer_alone(const struct history *h, const struct history_answers *a, uint64_t seq,
                         struct history_answer *x)
{
	const struct history_fact *f = &h->at[seq];
	const struct history_kind *k = &h->kinds[h->shelves[f->shelf - 1].kind];
	bool from_closing = (f->flags & HISTORY_FROM_CLOSING) || (k->years && k->from_closing);

	x->base = history_year_of(h, seq);
	x->years = f->years > k->years ? f->years : k->years;
	if (f->voided_by && x->base < history_year_of(h, f->voided_by))
		x->base = history_year_of(h, f->voided_by);
	if (!from_closing)
		return;
	if (f->matter)
		await(h, x, a, f->matter - 1, a->matters[f->matter - 1].open);
	for (uint64_t i = f->links; i < history_links_end(h, seq); i++) {
		const struct history_outcome *m = &a->matters[h->links[i].matter];

		/* A voided closing waits for what it would have waited for had it counted: the children. */
		if (h->links[i].type == HISTORY_CLOSES && f->voided_by)
			await(h, x, a, h->links[i].matter, m->child_open);
		else if (h->links[i].type != HISTORY_UNDER)
			await(h, x, a, h->links[i].matter, m->open);
	}
}

static void join(struct history_answer *kin, const struct history_answer *x)
{
	if (kin->base < x->base)
		kin->base = x->base;
	if (x->open && (!kin->open || x->open < kin->open))
		kin->open = x->open;
	if (!kin->years || !x->years)
		kin->years = 0;
	else if (kin->years < x->years)
		kin->years = x->years;
}

void history_matters_answer(const struct history *h, struct history_answers *a)
{
	answer_matters(h, a);
	for (uint64_t seq = 0; seq < h->size; seq++) {
		const struct history_fact *f = &h->at[seq];

		a->at[seq] = (struct history_answer){ .base = f->year };
		if (!f->shelf)
			continue;
		answer_alone(h, a, seq, &a->at[seq]);
		if (f->kin != seq)
			join(&a->at[f->kin], &a->at[seq]);
	}
	for (uint64_t seq = 0; seq < h->size; seq++)
		if (h->at[seq].kin != seq)
			a->at[seq] = a->at[h->at[seq].kin];
}
