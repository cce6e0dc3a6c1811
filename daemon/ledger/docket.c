#include "ledger/docket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SLOTS 1024                     /* records kept; a power of two */
#define KEPT_MAX ((size_t)16 << 10)     /* a longer body has one place for all of its like */

struct matter {
	uint64_t opening;
	char name[LEAF_NAME_MAX + 1];
};

struct fresh {                         /* an entry of the running batch */
	struct leaf leaf;              /* its links alone */
	struct docket_record record;   /* body NULL without a note */
};

struct docket {
	struct docket_port port;
	bool loaded;
	struct matter *open; size_t open_count, open_cap;     /* by opening */
	struct fresh *fresh; size_t fresh_count, fresh_cap;
	struct docket_record slots[SLOTS], large;             /* body NULL = free */
};

static void clear_record(struct docket_record *r)
{
	jdoc_free(r->body);
	*r = (struct docket_record){ .body = NULL };
}

static void clear_fresh(struct docket *d)
{
	for (size_t i = 0; i < d->fresh_count; i++) {
		clear_record(&d->fresh[i].record);
		leaf_release(&d->fresh[i].leaf);
	}
	d->fresh_count = 0;
}

struct docket *docket_new(const struct docket_port *port)
{
	struct docket *d = mem_alloc(sizeof *d);
	d->port = *port;
	return d;
}

static struct index *get_index(const struct docket *d)
{
	return d->port.index(d->port.ctx);
}

void docket_forget(struct docket *d)
{
	clear_fresh(d);
	for (size_t i = 0; i < SLOTS; i++)
		clear_record(&d->slots[i]);
	clear_record(&d->large);
	d->open_count = 0;
	d->loaded = false;
}

void docket_free(struct docket *d)
{
	if (!d)
		return;
	docket_forget(d);
	free(d->open);
	free(d->fresh);
	free(d);
}

/* Matters. */

static void add_matter(struct docket *d, uint64_t opening, const char *name)
{
	if (d->open_count == d->open_cap) {
		d->open_cap = d->open_cap ? d->open_cap * 2 : 64;
		d->open = mem_grow(d->open, d->open_cap, sizeof *d->open);
	}
	struct matter *m = &d->open[d->open_count++];
	m->opening = opening;
	snprintf(m->name, sizeof m->name, "%s", name);
}

static struct matter *find_matter(const struct docket *d, uint64_t opening)
{
	size_t low = 0, high = d->open_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (d->open[middle].opening < opening)
			low = middle + 1;
		else
			high = middle;
	}
	return low < d->open_count && d->open[low].opening == opening ? &d->open[low] : NULL;
}

static void close_matter(struct docket *d, uint64_t opening)
{
	struct matter *m = find_matter(d, opening);
	if (!m)
		return;
	memmove(m, m + 1, (size_t)(d->open + d->open_count - (m + 1)) * sizeof *m);
	d->open_count--;
}

static int take_matter(void *ctx, uint64_t opening, const char *name, struct err *e)
{
	(void)e;
	add_matter(ctx, opening, name);
	return ERR_OK;
}

static void take_leaf(struct docket *d, const struct leaf *leaf)
{
	for (size_t i = 0; i < leaf->closes.count; i++)
		close_matter(d, leaf->closes.at[i]);
	if (leaf->opens[0])
		add_matter(d, leaf->seq, leaf->opens);
}

/* The index does not know yet what the running batch has accepted. */
static int load(struct docket *d, struct err *e)
{
	if (d->loaded)
		return ERR_OK;
	d->open_count = 0;
	int rc = index_open_matters(get_index(d), take_matter, d, e);
	for (size_t i = 0; !rc && i < d->fresh_count; i++)
		take_leaf(d, &d->fresh[i].leaf);
	d->loaded = rc == ERR_OK;
	return rc;
}

int docket_each(struct docket *d, const char *matter, docket_fn *fn, void *ctx, struct err *e)
{
	int rc = load(d, e);
	for (size_t i = 0; !rc && i < d->open_count; i++)
		if (!matter || strcmp(d->open[i].name, matter) == 0)
			rc = fn(ctx, d->open[i].opening, d->open[i].name, e);
	return rc;
}

/* Records. */

static bool fill_record(struct docket_record *out, uint64_t seq, uint64_t latest, const struct note *note)
{
	*out = (struct docket_record){ .seq = seq, .latest = latest, .event = note->event };
	memcpy(out->kind, note->kind, sizeof out->kind);
	memcpy(out->unit, note->unit, sizeof out->unit);
	memcpy(out->role, note->role, sizeof out->role);
	memcpy(out->submitter, note->login, sizeof out->submitter);
	out->body = jdoc_parse(note->body, note->body_len, NOTE_BODY_MAX, 0, NULL);
	return out->body != NULL;
}

static void copy_links(struct leaf *to, const struct leaf *from)
{
	const struct leaf_seqs *lists[] = { &from->closes, &from->within, &from->under, &from->concerns };
	struct leaf_seqs *copies[] = { &to->closes, &to->within, &to->under, &to->concerns };
	*to = (struct leaf){ .kind = from->kind, .seq = from->seq, .has_corrects = from->has_corrects,
		             .corrects = from->corrects };
	memcpy(to->kind_name, from->kind_name, sizeof to->kind_name);
	memcpy(to->opens, from->opens, sizeof to->opens);
	for (size_t l = 0; l < sizeof lists / sizeof *lists; l++)
		for (size_t i = 0; i < lists[l]->count; i++)
			leaf_seqs_add(copies[l], lists[l]->at[i]);
}

/* What is kept of the group of a corrected record is no longer the latest. */
static void forget_latest(struct docket *d, uint64_t corrected)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (d->slots[i].latest == corrected)
			clear_record(&d->slots[i]);
	clear_record(&d->large);
}

void docket_accept(struct docket *d, const struct leaf *leaf, const struct note *note)
{
	if (d->fresh_count == d->fresh_cap) {
		d->fresh_cap = d->fresh_cap ? d->fresh_cap * 2 : 16;
		d->fresh = mem_grow(d->fresh, d->fresh_cap, sizeof *d->fresh);
	}
	struct fresh *f = &d->fresh[d->fresh_count++];
	copy_links(&f->leaf, leaf);
	f->record = (struct docket_record){ .body = NULL };
	if (note && leaf->kind == LEAF_RECORD)
		fill_record(&f->record, leaf->seq, leaf->seq, note);
	if (leaf->has_corrects)
		forget_latest(d, leaf->corrects);
	if (d->loaded)
		take_leaf(d, leaf);
}

void docket_settle(struct docket *d)
{
	clear_fresh(d);
}

static struct fresh *find_fresh(const struct docket *d, uint64_t seq)
{
	for (size_t i = 0; i < d->fresh_count; i++)
		if (d->fresh[i].leaf.seq == seq)
			return &d->fresh[i];
	return NULL;
}

static int note_correction(void *ctx, uint64_t seq, enum index_link link, struct err *e)
{
	(void)e;
	if (link == INDEX_CORRECTS)
		*(uint64_t *)ctx = seq;
	return ERR_OK;
}

/* The end of the chain of corrections that begins with seq. */
static int find_latest(struct docket *d, uint64_t seq, uint64_t *out, struct err *e)
{
	int rc = ERR_OK;
	for (uint64_t next = seq; !rc && next;) {
		*out = next;
		next = 0;
		rc = docket_linked(d, *out, note_correction, &next, e);
	}
	return rc;
}

static int read_record(struct docket *d, uint64_t seq, uint64_t latest, struct docket_record *out, size_t *out_len,
                       struct err *e)
{
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct index_entry entry;
	struct note note;
	int rc = index_entry(get_index(d), latest, &entry, e);
	if (!rc && entry.voided_by)
		rc = err_set(e, ERR_GONE, "entry %llu: was voided by entry %llu", (unsigned long long)seq,
		             (unsigned long long)entry.voided_by);
	if (!rc)
		rc = d->port.read_note(d->port.ctx, &entry, &text, &note, e);
	if (rc)
		return rc;
	bool whole = fill_record(out, seq, latest, &note);
	*out_len = note.body_len;
	note_release(&note);
	return whole ? ERR_OK : err_set(e, ERR_LEDGER, "entry %llu: its body is not JSON", (unsigned long long)latest);
}

int docket_record(struct docket *d, uint64_t seq, const struct docket_record **out, struct err *e)
{
	struct docket_record *slot = &d->slots[seq & (SLOTS - 1)], read;
	uint64_t latest = seq;
	size_t len;
	if (d->large.body && d->large.seq == seq)
		slot = &d->large;
	if (slot->body && slot->seq == seq) {
		*out = slot;
		return ERR_OK;
	}
	int rc = find_latest(d, seq, &latest, e);
	struct fresh *fresh = find_fresh(d, latest);
	if (!rc && fresh && !fresh->record.body)
		rc = err_set(e, ERR_NOTFOUND, "entry %llu: has no record", (unsigned long long)seq);
	if (!rc && fresh) {
		fresh->record.seq = seq;
		*out = &fresh->record;
		return ERR_OK;
	}
	if (!rc)
		rc = read_record(d, seq, latest, &read, &len, e);
	if (rc)
		return rc;
	if (len > KEPT_MAX)
		slot = &d->large;
	clear_record(slot);
	*slot = read;
	*out = slot;
	return ERR_OK;
}

/* Links. */

static bool holds(const struct leaf_seqs *list, uint64_t seq)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->at[i] == seq)
			return true;
	return false;
}

static int link_fresh(const struct leaf *leaf, uint64_t target, index_link_fn *fn, void *ctx, struct err *e)
{
	const struct {
		enum index_link type;
		bool is;
	} links[] = {
		{ INDEX_UNDER, holds(&leaf->under, target) },       { INDEX_WITHIN, holds(&leaf->within, target) },
		{ INDEX_CLOSES, holds(&leaf->closes, target) },     { INDEX_CONCERNS, holds(&leaf->concerns, target) },
		{ INDEX_CORRECTS, leaf->has_corrects && leaf->corrects == target },
	};
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < sizeof links / sizeof *links; i++)
		if (links[i].is)
			rc = fn(ctx, leaf->seq, links[i].type, e);
	return rc;
}

struct linked {
	struct link {
		uint64_t seq;
		enum index_link type;
	} *at;
	size_t count;
};

static int collect_link(void *ctx, uint64_t seq, enum index_link type, struct err *e)
{
	struct linked *l = ctx;
	(void)e;
	if ((l->count & (l->count - 1)) == 0)
		l->at = mem_grow(l->at, l->count ? l->count * 2 : 1, sizeof *l->at);
	l->at[l->count++] = (struct link){ seq, type };
	return ERR_OK;
}

/* Collected first: fn may ask the index, too. */
int docket_linked(struct docket *d, uint64_t target, index_link_fn *fn, void *ctx, struct err *e)
{
	struct linked links = { .count = 0 };
	int rc = index_linked(get_index(d), target, collect_link, &links, e);
	for (size_t i = 0; !rc && i < d->fresh_count; i++)
		rc = link_fresh(&d->fresh[i].leaf, target, collect_link, &links, e);
	for (size_t i = 0; !rc && i < links.count; i++)
		rc = fn(ctx, links.at[i].seq, links.at[i].type, e);
	free(links.at);
	return rc;
}

const struct rulebook *docket_book(const struct docket *d)
{
	return d->port.book(d->port.ctx);
}

/* Standing on a day. */

static int find_event(struct docket *d, uint64_t seq, struct date *out, struct err *e)
{
	const struct docket_record *r;
	int rc = docket_record(d, seq, &r, e);
	if (!rc)
		*out = r->event;
	return rc;
}

static int find_closing(struct docket *d, uint64_t opening, uint64_t *out, struct err *e)
{
	for (size_t i = 0; i < d->fresh_count; i++)
		if (holds(&d->fresh[i].leaf.closes, opening)) {
			*out = d->fresh[i].leaf.seq;
			return ERR_OK;
		}
	return index_closing(get_index(d), opening, out, e);
}

static int was_open(struct docket *d, uint64_t opening, const struct date *day, bool *out, struct err *e)
{
	struct date opened, ended;
	uint64_t closing = 0;
	int rc = find_event(d, opening, &opened, e);
	if (!rc)
		rc = find_closing(d, opening, &closing, e);
	if (!rc && closing)
		rc = find_event(d, closing, &ended, e);
	if (!rc)
		*out = date_day_number(opened) <= date_day_number(*day) &&
		       (!closing || date_day_number(*day) <= date_day_number(ended));
	return rc;
}

static int opened_such(struct docket *d, uint64_t opening, const char *matter, bool *out, struct err *e)
{
	struct index_matter m;
	const struct fresh *fresh = find_fresh(d, opening);
	*out = fresh && strcmp(fresh->leaf.opens, matter) == 0;
	if (fresh)
		return ERR_OK;
	int rc = index_matter(get_index(d), opening, &m, e);
	*out = !rc && !m.voided && strcmp(m.name, matter) == 0;
	return rc == ERR_NOTFOUND ? ERR_OK : rc;
}

int docket_stood(struct docket *d, uint64_t opening, const char *matter, struct date day, bool *out, struct err *e)
{
	struct date ended;
	uint64_t closing = 0;
	int rc = docket_is_open(d, opening, matter, &day, out, e);
	if (!rc && *out)
		rc = find_closing(d, opening, &closing, e);
	if (!rc && closing)
		rc = find_event(d, closing, &ended, e);
	if (!rc && closing && date_day_number(ended) <= date_day_number(day))
		*out = false;
	return rc;
}

int docket_is_open(struct docket *d, uint64_t opening, const char *matter, const struct date *day, bool *out,
                   struct err *e)
{
	bool such = false;
	int rc = load(d, e);
	*out = false;
	if (!rc)
		rc = opened_such(d, opening, matter, &such, e);
	if (rc || !such)
		return rc;
	if (!day) {
		*out = find_matter(d, opening) != NULL;
		return ERR_OK;
	}
	rc = was_open(d, opening, day, out, e);
	return rc == ERR_GONE || rc == ERR_NOTFOUND ? ERR_OK : rc;
}
