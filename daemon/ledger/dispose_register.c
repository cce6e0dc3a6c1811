/* The register of disposals 廃棄簿, from the leaves alone, but for the numbers of decisions and receipts, which stand in
 * records of administrative kinds: those never expire. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "ledger/dispose_impl.h"
#include "ledger/member.h"

#define FORMAT "daicho.register.v1"

/* A copy that the certificate names, or the entry that completes it, and what later entries say of it. */
struct copy_told {
	struct leaf_remains named;
	uint64_t acknowledged;            /* the first entry that says that the copy has carried out this disposal */
	uint64_t changed;                 /* the last one that gives it another end than it had */
	bool has_until;                   /* as of now */
	struct date until;
};

struct registering {
	struct ledger *l;
	struct dispose_view *v;
	int year;
	struct jdoc *list;
	const struct leaf *leaf;          /* certificate that is told */
	uint64_t propose;                 /* of that one */
	struct jdoc *acts;
	struct jdoc *told;
	struct copy_told *copies; size_t copies_count, copies_cap;
	uint64_t destroyed;               /* the entry that destroyed its archive */
};

static struct jdoc *say_group(const struct registering *r, const struct leaf_due *due)
{
	const struct rulebook_kind *kind = rulebook_kind(r->l->rules->book, due->group.kind);
	const struct rulebook_named *unit = rulebook_unit(r->l->rules->book, due->group.unit);
	struct jdoc *d = jdoc_object(), *titles = jdoc_object();
	int years = 0;
	jdoc_set_string(titles, "ja", unit ? unit->title.ja : due->group.unit);
	jdoc_set_string(titles, "en", unit ? unit->title.en : due->group.unit);
	for (uint64_t seq = 0; !years && seq < history_size(r->v->history); seq++) {
		struct history_entry entry;
		history_entry(r->v->history, seq, &entry);
		if (entry.disposed_by == r->leaf->seq && strcmp(entry.volume.kind, due->group.kind) == 0 &&
		    strcmp(entry.volume.unit, due->group.unit) == 0)
			years = entry.years;
	}
	jdoc_set_string(d, "kind", due->group.kind);
	jdoc_set_string(d, "ja", kind ? kind->title.ja : due->group.kind);
	jdoc_set_string(d, "en", kind ? kind->title.en : due->group.kind);
	jdoc_set_string(d, "unit", due->group.unit);
	jdoc_set(d, "unit_title", titles);
	jdoc_set_integer(d, "base_year", due->group.year);
	jdoc_set_integer(d, "count", (int64_t)due->count);
	jdoc_set_integer(d, "years", years);
	member_day(d, "from", (struct date){ due->group.year + 1, 1, 1 });
	member_day(d, "expires", (struct date){ due->group.year + years, 12, 31 });
	return d;
}

static struct jdoc *entry_or_null(uint64_t seq)
{
	return seq ? jdoc_integer((int64_t)seq) : jdoc_null();
}

static struct jdoc *day_or_null(bool is, struct date day)
{
	char text[DATE_LEN + 1];
	date_print(day, text);
	return is ? jdoc_string(text) : jdoc_null();
}

static struct jdoc *say_archive(const struct registering *r, const struct leaf *leaf)
{
	char hash[HASH_TEXT_LEN + 1];
	struct history_early early;
	bool is_early = history_early_archive(r->v->history, leaf->seq, &early);
	if (!leaf->has_archive)
		return jdoc_null();
	struct jdoc *d = jdoc_object();
	hash_print(&leaf->archive.hash, hash);
	jdoc_set_string(d, "hash", hash);
	jdoc_set_integer(d, "bytes", (int64_t)leaf->archive.bytes);
	jdoc_set(d, "until", day_or_null(leaf->has_until, leaf->until));
	jdoc_set(d, "destroyed", entry_or_null(r->destroyed));
	jdoc_set(d, "early", dispose_say_early(is_early ? &early : NULL));
	return d;
}

static struct jdoc *say_change(const struct copy_told *c)
{
	if (!c->changed)
		return jdoc_null();
	struct jdoc *d = jdoc_object();
	jdoc_set_integer(d, "entry", (int64_t)c->changed);
	jdoc_set(d, "until", day_or_null(c->has_until, c->until));
	return d;
}

static struct jdoc *say_copies(const struct registering *r)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < r->copies_count; i++) {
		const struct copy_told *c = &r->copies[i];
		struct jdoc *d = jdoc_object();
		jdoc_set_string(d, "name", c->named.name);
		jdoc_set(d, "until", day_or_null(c->named.known, c->named.until));
		jdoc_set(d, "acknowledged", entry_or_null(c->acknowledged));
		jdoc_set(d, "changed", say_change(c));
		jdoc_append(list, d);
	}
	return list;
}

static void add_copies(struct registering *r, const struct leaf *leaf)
{
	for (size_t i = 0; i < leaf->remains_count; i++) {
		const struct leaf_remains *named = &leaf->remains[i];
		size_t at = 0;
		while (at < r->copies_count && strcmp(r->copies[at].named.name, named->name) != 0)
			at++;
		if (at < r->copies_count)
			continue;
		if (r->copies_count == r->copies_cap) {
			r->copies_cap = r->copies_cap ? r->copies_cap * 2 : 4;
			r->copies = mem_grow(r->copies, r->copies_cap, sizeof *r->copies);
		}
		r->copies[r->copies_count++] = (struct copy_told){ .named = *named, .has_until = named->known,
		                                                   .until = named->until };
	}
}

/* Once its last day is over, the name is free for another copy. */
static void take_end(struct copy_told *c, const struct leaf *ack, uint64_t dispose)
{
	bool is_same = c->has_until == ack->has_until &&
	               (!c->has_until || date_day_number(c->until) == date_day_number(ack->until));
	if (c->has_until && date_day_number(c->until) < date_day_number(date_of_time(ack->time)))
		return;
	if (!c->acknowledged && ack->copy_seq >= dispose)
		c->acknowledged = ack->seq;
	if (is_same)
		return;
	c->changed = ack->seq;
	c->has_until = ack->has_until;
	c->until = ack->until;
}

static int take_ack(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct registering *r = ctx;
	struct leaf leaf;
	if (entry->seq < r->leaf->seq || !r->copies_count)
		return ERR_OK;
	int rc = dispose_read_leaf(r->l, entry->seq, &leaf, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < r->copies_count; i++)
		if (strcmp(r->copies[i].named.name, leaf.copy) == 0)
			take_end(&r->copies[i], &leaf, r->leaf->seq);
	leaf_release(&leaf);
	return ERR_OK;
}

static int take_destroyed(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct registering *r = ctx;
	struct leaf leaf;
	int rc = dispose_read_leaf(r->l, entry->seq, &leaf, e);
	if (rc)
		return rc;
	if (!r->destroyed && leaf.on_count == 1 && leaf.on[0].first == r->leaf->seq)
		r->destroyed = leaf.seq;
	leaf_release(&leaf);
	return ERR_OK;
}

static int add_act(struct registering *r, uint64_t seq, struct err *e)
{
	struct jdoc *d;
	int rc = dispose_say_act(r->l, seq, r->v->time, &d, e);
	if (!rc)
		jdoc_append(r->acts, d);
	return rc;
}

static int take_approve(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct registering *r = ctx;
	struct leaf leaf;
	int rc = dispose_read_leaf(r->l, entry->seq, &leaf, e);
	if (rc)
		return rc;
	if (leaf.on_count && leaf.on[0].first == r->propose && leaf.seq < r->leaf->seq)
		rc = add_act(r, leaf.seq, e);
	leaf_release(&leaf);
	return rc;
}

/* Received what the last approval let go. */
static int take_transfer(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct registering *r = ctx;
	struct leaf leaf;
	int rc = dispose_read_leaf(r->l, entry->seq, &leaf, e);
	if (rc)
		return rc;
	if (leaf.on_count && leaf.on[0].first == r->leaf->on[0].first) {
		jdoc_set_string(r->told, "measure", rulebook_measure_word(RULEBOOK_MEASURE_TRANSFER));
		rc = add_act(r, leaf.seq, e);
	}
	leaf_release(&leaf);
	return rc;
}

static int take_disposed(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct registering *r = ctx;
	struct leaf leaf;
	int rc = dispose_read_leaf(r->l, entry->seq, &leaf, e);
	if (rc)
		return rc;
	if (leaf.on_count && leaf.on[0].first == r->leaf->seq) {
		jdoc_set_integer(r->told, "disposed", (int64_t)leaf.seq);
		member_day(r->told, "day", date_of_time(leaf.time));
		jdoc_set_string(r->told, "level", dispose_level_word(leaf.level));
		add_copies(r, &leaf);
	}
	leaf_release(&leaf);
	return ERR_OK;
}

static int list_kind(struct registering *r, enum leaf_kind kind, index_fn *fn, struct err *e)
{
	const struct index_filter filter = { .kind = leaf_kind_name(kind) };
	return index_list(r->l->index, &filter, fn, r, e);
}

static int add_acts(struct registering *r, struct err *e)
{
	struct leaf approve;
	int rc = dispose_read_leaf(r->l, r->leaf->on[0].first, &approve, e);
	if (rc)
		return rc;
	r->propose = approve.on_count ? approve.on[0].first : 0;
	leaf_release(&approve);
	rc = add_act(r, r->propose, e);
	if (!rc)
		rc = list_kind(r, LEAF_APPROVE, take_approve, e);
	if (!rc)
		rc = list_kind(r, LEAF_TRANSFER, take_transfer, e);
	if (!rc)
		rc = list_kind(r, LEAF_DISPOSED, take_disposed, e);
	if (!rc)
		rc = list_kind(r, LEAF_ACK, take_ack, e);
	return rc ? rc : list_kind(r, LEAF_DESTROYED, take_destroyed, e);
}

static int tell(struct registering *r, struct err *e)
{
	const struct leaf *leaf = r->leaf;
	struct jdoc *d = r->told = jdoc_object(), *groups = jdoc_array(), *receipt;
	struct history_early early;
	bool is_early;
	r->acts = jdoc_array();
	r->copies_count = 0;
	r->destroyed = 0;
	add_copies(r, leaf);
	jdoc_set_integer(d, "dispose", (int64_t)leaf->seq);
	jdoc_set(d, "disposed", jdoc_null());
	jdoc_set_integer(d, "base_year", leaf->due_count ? leaf->due[0].group.year : 0);
	jdoc_set_string(d, "measure", rulebook_measure_word(leaf->has_archive ? RULEBOOK_MEASURE_ARCHIVE
	                                                                       : RULEBOOK_MEASURE_DESTROY));
	member_day(d, "day", date_of_time(leaf->time));
	is_early = history_early_disposal(r->v->history, leaf->seq, &early);
	jdoc_set(d, "early", dispose_say_early(is_early ? &early : NULL));
	jdoc_set(d, "level", jdoc_null());
	for (size_t i = 0; i < leaf->due_count; i++)
		jdoc_append(groups, say_group(r, &leaf->due[i]));
	jdoc_set(d, "groups", groups);
	int rc = add_acts(r, e);
	jdoc_set(d, "acts", r->acts);
	jdoc_set(d, "archive", say_archive(r, leaf));
	if (!rc)
		rc = dispose_receipt_say(r->l, leaf, history_disposal_from(r->v->history, leaf->seq), &receipt, e);
	jdoc_set(d, "receipt", rc ? jdoc_null() : receipt);
	jdoc_set(d, "remains", say_copies(r));
	jdoc_append(r->list, d);
	return rc;
}

static int take_dispose(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct registering *r = ctx;
	struct leaf leaf;
	int rc = dispose_read_leaf(r->l, entry->seq, &leaf, e);
	if (rc)
		return rc;
	r->leaf = &leaf;
	if (!r->year || date_year_of_time(leaf.time) == r->year)
		rc = tell(r, e);
	leaf_release(&leaf);
	return rc;
}

int dispose_register(struct ledger *l, int64_t now, int year, struct jdoc **out, struct err *e)
{
	struct dispose_view v;
	int rc = dispose_view_read(l, now, &v, e);
	if (rc)
		return rc;
	struct registering r = { .l = l, .v = &v, .year = year, .list = jdoc_array() };
	rc = list_kind(&r, LEAF_DISPOSE, take_dispose, e);
	free(r.copies);
	if (rc) {
		jdoc_free(r.list);
	} else {
		*out = jdoc_object();
		jdoc_set_string(*out, "format", FORMAT);
		jdoc_set_string(*out, "origin", l->store->origin);
		member_day(*out, "as_of", date_of_time(v.time));
		jdoc_set(*out, "disposals", r.list);
	}
	return rc;
}
