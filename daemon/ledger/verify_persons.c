#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/intake.h"
#include "ledger/verify_impl.h"

struct classes {
	const struct verify *v;
	size_t *parent;                       /* of each of v->persons */
	const struct verify_person **order;
	size_t count;                         /* of those made before the entry that is judged */
};

static void note_submitter(struct verify *v, uint64_t seq, const struct note *note)
{
	for (size_t i = 0; v->entries[seq].is_voided && i < v->voids_count; i++)
		if (v->voids[i].voided == seq) {
			v->voids[i].is_known = true;
			memcpy(v->voids[i].login, note->login, sizeof v->voids[i].login);
		}
}

void verify_persons_add(struct verify *v, const struct leaf *leaf, const struct note *note)
{
	note_submitter(v, leaf->seq, note);
	const struct rules *rules = v->books[v->entries[leaf->seq].book].rules;
	const struct rulebook_kind *k = rules ? rulebook_kind(rules->book, leaf->kind_name) : NULL;
	struct index_person named;
	if (!k || !intake_person(k, note, &named))
		return;
	if ((v->persons_count & (v->persons_count - 1)) == 0)
		v->persons = mem_grow(v->persons, v->persons_count ? 2 * v->persons_count : 1, sizeof *v->persons);
	struct verify_person *p = &v->persons[v->persons_count++];
	*p = (struct verify_person){ .seq = leaf->seq, .corrects = leaf->has_corrects ? leaf->corrects : VERIFY_NO_SEQ,
		                     .key = intake_person_key(note) };
	memcpy(p->login, named.login, sizeof p->login);
	memcpy(p->fpr, named.fpr, sizeof p->fpr);
	memcpy(p->role, named.role, sizeof p->role);
}

static void add_end(struct verify *v, uint64_t appointment, uint64_t by, bool is_correction)
{
	if (appointment >= by || !v->entries[appointment].appoints)
		return;
	v->ends = mem_grow(v->ends, v->ends_count + 1, sizeof *v->ends);
	v->ends[v->ends_count++] = (struct verify_end){ appointment, by, VERIFY_NO_SEQ, is_correction };
}

/* What a voided entry had ended is in force again. */
static void add_void(struct verify *v, const struct leaf *leaf)
{
	for (size_t i = 0; i < v->ends_count; i++)
		if (v->ends[i].by == leaf->voids && !v->ends[i].is_correction && v->ends[i].until == VERIFY_NO_SEQ)
			v->ends[i].until = leaf->seq;
	add_end(v, leaf->voids, leaf->seq, false);
	if ((v->voids_count & (v->voids_count - 1)) == 0)
		v->voids = mem_grow(v->voids, v->voids_count ? 2 * v->voids_count : 1, sizeof *v->voids);
	v->voids[v->voids_count++] = (struct verify_void){ .seq = leaf->seq, .voided = leaf->voids,
		                                           .by = leaf->by.count ? leaf->by.at[0] : VERIFY_NO_SEQ };
	v->entries[leaf->voids].is_voided = true;
}

void verify_persons_add_end(struct verify *v, const struct leaf *leaf)
{
	if (leaf->has_voids && leaf->voids < leaf->seq)
		add_void(v, leaf);
	for (size_t i = 0; i < leaf->closes.count; i++)
		add_end(v, leaf->closes.at[i], leaf->seq, false);
	if (leaf->has_corrects)
		add_end(v, leaf->corrects, leaf->seq, true);
}

uint64_t verify_persons_end(const struct verify *v, uint64_t appointment)
{
	for (size_t i = 0; i < v->ends_count; i++)
		if (v->ends[i].appointment == appointment && v->ends[i].until == VERIFY_NO_SEQ)
			return v->ends[i].by;
	return VERIFY_NO_SEQ;
}

static int compare_seqs(const void *a, const void *b)
{
	const struct verify_person *x = a, *y = b;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int compare_logins(const void *a, const void *b)
{
	const struct verify_person *const *x = a, *const *y = b;
	return strcmp((*x)->login, (*y)->login);
}

static int compare_fprs(const void *a, const void *b)
{
	const struct verify_person *const *x = a, *const *y = b;
	return strcmp((*x)->fpr, (*y)->fpr);
}

/* NULL: made later, or its record is not here. */
static const struct verify_person *find_person(const struct classes *c, uint64_t seq)
{
	const struct verify_person key = { .seq = seq };
	return c->count ? bsearch(&key, c->v->persons, c->count, sizeof key, compare_seqs) : NULL;
}

static size_t find_class(struct classes *c, const struct verify_person *p)
{
	size_t at = (size_t)(p - c->v->persons);
	while (c->parent[at] != at)
		at = c->parent[at] = c->parent[c->parent[at]];
	return at;
}

static void join(struct classes *c, const struct verify_person *a, const struct verify_person *b)
{
	c->parent[find_class(c, a)] = find_class(c, b);
}

static void join_by_login(struct classes *c)
{
	qsort(c->order, c->count, sizeof *c->order, compare_logins);
	for (size_t i = 1; i < c->count; i++)
		if (strcmp(c->order[i - 1]->login, c->order[i]->login) == 0)
			join(c, c->order[i - 1], c->order[i]);
}

static void join_by_key(struct classes *c)
{
	qsort(c->order, c->count, sizeof *c->order, compare_fprs);
	for (size_t i = 1; i < c->count; i++)
		if (c->order[i]->fpr[0] && strcmp(c->order[i - 1]->fpr, c->order[i]->fpr) == 0)
			join(c, c->order[i - 1], c->order[i]);
}

static void join_corrected(struct classes *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct verify_person *corrected = find_person(c, c->v->persons[i].corrects);
		if (corrected)
			join(c, &c->v->persons[i], corrected);
	}
}

static void build(struct classes *c, uint64_t before)
{
	c->count = 0;
	while (c->count < c->v->persons_count && c->v->persons[c->count].seq < before) {
		c->parent[c->count] = c->count;
		c->order[c->count] = &c->v->persons[c->count];
		c->count++;
	}
	join_by_login(c);
	join_by_key(c);
	join_corrected(c);
}

/* Its By lines name who proposed and who approved, which the history has judged. */
static bool names_one_twice(struct classes *c, const struct leaf_seqs *by)
{
	for (size_t i = 0; i < by->count; i++) {
		const struct verify_person *a = find_person(c, by->at[i]);
		for (size_t j = i + 1; a && j < by->count; j++) {
			const struct verify_person *b = find_person(c, by->at[j]);
			if (b && find_class(c, a) == find_class(c, b))
				return true;
		}
	}
	return false;
}

static const struct verify_person *find_any(const struct verify *v, uint64_t seq)
{
	const struct verify_person key = { .seq = seq };
	return v->persons_count ? bsearch(&key, v->persons, v->persons_count, sizeof key, compare_seqs) : NULL;
}

static bool is_ended_at(const struct verify *v, uint64_t appointment, uint64_t seq, bool by_corrections_too)
{
	for (size_t i = 0; i < v->ends_count; i++) {
		const struct verify_end *x = &v->ends[i];
		bool counts = by_corrections_too || !x->is_correction;
		if (counts && x->appointment == appointment && x->by < seq && x->until >= seq)
			return true;
	}
	return false;
}

/* What ends the first of a group of corrections ends all of it. */
bool verify_persons_in_force(const struct verify *v, const struct verify_person *p, uint64_t seq)
{
	if (p->seq >= seq || (p->is_ended && is_ended_at(v, p->seq, seq, true)))
		return false;
	for (p = find_any(v, p->corrects); p; p = find_any(v, p->corrects))
		if (is_ended_at(v, p->seq, seq, false))
			return false;
	return true;
}

void verify_persons_sort(struct verify *v)
{
	MEM_CLEANUP size_t *parent = mem_array(v->persons_count + 1, sizeof *parent);
	MEM_CLEANUP const struct verify_person **order = mem_array(v->persons_count + 1, sizeof *order);
	struct classes c = { .v = v, .parent = parent, .order = order };
	if (v->persons_count)
		qsort(v->persons, v->persons_count, sizeof *v->persons, compare_seqs);
	build(&c, VERIFY_NO_SEQ);
	for (size_t i = 0; i < v->persons_count; i++) {
		v->persons[i].person = find_class(&c, &v->persons[i]);
		v->persons[i].is_ended = false;
	}
	for (size_t i = 0; i < v->ends_count; i++) {
		struct verify_person *p = (struct verify_person *)find_any(v, v->ends[i].appointment);
		if (p)
			p->is_ended = true;
	}
}

bool verify_persons_are_one(const struct verify *v, const struct verify_person *a, const struct verify_person *b,
                            uint64_t before)
{
	if (a->person != b->person)        /* nor were they ever */
		return false;
	MEM_CLEANUP size_t *parent = mem_array(v->persons_count + 1, sizeof *parent);
	MEM_CLEANUP const struct verify_person **order = mem_array(v->persons_count + 1, sizeof *order);
	struct classes c = { .v = v, .parent = parent, .order = order };
	build(&c, before);
	return find_class(&c, a) == find_class(&c, b);
}

static bool submitted(struct classes *c, const struct verify_void *x)
{
	const struct verify_person *actor = find_person(c, x->by);
	for (size_t i = 0; actor && i < c->count; i++)
		if (strcmp(c->v->persons[i].login, x->login) == 0 && find_class(c, &c->v->persons[i]) == find_class(c, actor))
			return true;
	return false;
}

static void judge_voids(struct verify *v, struct classes *c)
{
	for (size_t i = 0; i < v->voids_count; i++) {
		if (!v->voids[i].is_known)
			continue;
		build(c, v->voids[i].seq);
		if (submitted(c, &v->voids[i]))
			verify_fault(v, v->voids[i].seq, VERDICT_BROKEN, "voided by the person who submitted entry %" PRIu64,
			             v->voids[i].voided);
	}
}

int verify_persons_judge(struct verify *v, struct err *e)
{
	MEM_CLEANUP size_t *parent = mem_array(v->persons_count + 1, sizeof *parent);
	MEM_CLEANUP const struct verify_person **order = mem_array(v->persons_count + 1, sizeof *order);
	struct classes c = { .v = v, .parent = parent, .order = order };
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < v->disposals_count; i++) {
		struct leaf leaf;
		rc = verify_note_leaf(v, v->disposals[i].dispose, &leaf, e);
		if (rc)
			break;
		build(&c, leaf.seq);
		if (names_one_twice(&c, &leaf.by))
			verify_fault(v, leaf.seq, VERDICT_BROKEN, "proposed or approved twice by one person");
		leaf_release(&leaf);
	}
	judge_voids(v, &c);
	return rc;
}

void verify_persons_release(struct verify *v)
{
	for (size_t i = 0; i < v->persons_count; i++)
		free(v->persons[i].key);
	free(v->persons);
	free(v->ends);
	free(v->voids);
}
