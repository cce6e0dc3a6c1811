/*
 * A ledger of leaves made by hand, for the tests of model/history*. Records are of unit "hq" unless a line says else.
 */
#ifndef TESTS_MODEL_HISTORY_BOOK_H
#define TESTS_MODEL_HISTORY_BOOK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"
#include "base/hash.h"
#include "model/history.h"
#include "model/leaf.h"

#define BOOK_LINKS 4

struct line {                         /* what one leaf says */
	const char *day;              /* of its Time, at noon */
	int64_t time;                 /* instead of day */
	const char *kind, *unit;      /* of a record */
	enum leaf_kind admin;         /* of an administrative entry */
	bool note;                    /* an administrative entry with a record */
	int year;                     /* of the Volume; 0 = that of the Time */
	int years;                    /* class */
	bool closing;
	const char *opens;
	uint64_t closes[BOOK_LINKS], within[BOOK_LINKS], under[BOOK_LINKS], concerns[BOOK_LINKS], by[BOOK_LINKS];
	uint64_t corrects, voids, ends;
	struct leaf_target on[BOOK_LINKS];
	const char *until;
	struct leaf_due *due;         size_t due_count;
	struct leaf_range *except;    size_t except_count;
	struct leaf_target *volumes;  size_t volumes_count;    /* instead of on: more than a line has room for */
	struct leaf_due *carried;     size_t carried_count;
	struct leaf_class class;
	struct leaf_key keys[BOOK_LINKS];
	size_t keys_count;
	int counts;
	bool no_archive;              /* of a disposal, which has one else */
	bool witness;
	uint64_t bytes;               /* of an archive */
};

#define ENTRY(n) { .type = LEAF_ON_ENTRY, .first = (n), .last = (n) }
#define ENTRIES(a, b) { .type = LEAF_ON_ENTRIES, .first = (a), .last = (b) }
#define MATTER(n) { .type = LEAF_ON_MATTER, .first = (n), .last = (n) }
#define VOLUME(y, k, u) { .type = LEAF_ON_VOLUME, .volume = { y, k, u } }

static inline struct leaf_seqs book_seqs(const uint64_t at[BOOK_LINKS])
{
	struct leaf_seqs s = { .at = (uint64_t *)(uintptr_t)at };

	while (s.count < BOOK_LINKS && at[s.count])
		s.count++;
	return s;
}

/* The leaf borrows everything from the line and is not to be released. */
static inline struct leaf book_leaf(const struct line *l, uint64_t seq)
{
	struct leaf leaf = { .kind = l->admin, .seq = seq, .time = l->time };
	struct date d;

	if (l->day) {
		assert_true(date_parse(l->day, strlen(l->day), &d));
		leaf.time = date_to_time(d) + 12 * 3600;
	}
	snprintf(leaf.kind_name, sizeof(leaf.kind_name), "%s", l->kind ? l->kind : leaf_kind_name(l->admin));
	leaf.has_volume = l->kind || l->note;
	if (leaf.has_volume) {
		leaf.volume.year = l->year ? l->year : date_year_of_time(leaf.time);
		snprintf(leaf.volume.kind, sizeof(leaf.volume.kind), "%s", leaf.kind_name);
		snprintf(leaf.volume.unit, sizeof(leaf.volume.unit), "%s", l->unit ? l->unit : "hq");
	}
	snprintf(leaf.opens, sizeof(leaf.opens), "%s", l->opens ? l->opens : "");
	leaf.closes = book_seqs(l->closes);
	leaf.within = book_seqs(l->within);
	leaf.under = book_seqs(l->under);
	leaf.concerns = book_seqs(l->concerns);
	leaf.by = book_seqs(l->by);
	leaf.has_corrects = l->corrects;
	leaf.corrects = l->corrects;
	leaf.has_voids = l->voids;
	leaf.voids = l->voids;
	leaf.has_ends = l->ends;
	leaf.ends = l->ends;
	leaf.on = (struct leaf_target *)(uintptr_t)l->on;
	while (leaf.on_count < BOOK_LINKS && (l->on[leaf.on_count].first || l->on[leaf.on_count].volume.year))
		leaf.on_count++;
	if (l->volumes) {
		leaf.on = l->volumes;
		leaf.on_count = l->volumes_count;
	}
	leaf.carried = l->carried;
	leaf.carried_count = l->carried_count;
	leaf.has_until = l->until && date_parse(l->until, strlen(l->until), &leaf.until);
	leaf.due = l->due;
	leaf.due_count = l->due_count;
	leaf.except = l->except;
	leaf.except_count = l->except_count;
	leaf.has_class = l->class.years;
	leaf.class = l->class;
	leaf.keys = (struct leaf_key *)(uintptr_t)l->keys;
	leaf.keys_count = l->keys_count;
	leaf.has_witness = l->witness;
	leaf.has_archive = (l->admin == LEAF_DISPOSE || l->admin == LEAF_TRANSFER) && !l->no_archive;
	leaf.archive.bytes = l->bytes;
	leaf.has_counts = l->counts;
	leaf.counts = l->counts;
	return leaf;
}

static inline struct hash book_hash(uint64_t seq)
{
	return hash_of(&seq, sizeof(seq));
}

/* Feeds one line. What is judged beforehand is judged the same when it is taken. */
static inline int book_feed(struct history *h, const struct line *l, struct err *e)
{
	uint64_t seq = history_size(h);
	struct leaf leaf = book_leaf(l, seq);
	struct hash hash = book_hash(seq);
	struct history_class class = { l->years, l->closing };
	struct err before = ERR_INIT;
	int judged = history_judge(h, &leaf, class, &before), added = history_add(h, &leaf, &hash, class, e);

	assert_int_equal(judged, added);
	assert_string_equal(judged ? before.text : "", judged ? e->text : "");
	assert_int_equal(history_size(h), seq + 1);
	return added;
}

static inline uint64_t book_add(struct history *h, struct line l)
{
	struct err e = ERR_INIT;

	if (book_feed(h, &l, &e))
		fail_msg("entry %llu: %s", (unsigned long long)history_size(h) - 1, e.text);
	return history_size(h) - 1;
}

static inline void book_refuse(struct history *h, const char *text, struct line l)
{
	struct err e = ERR_INIT;

	assert_int_equal(book_feed(h, &l, &e), ERR_RULE);
	if (!strstr(e.text, text))
		fail_msg("\"%s\" does not say \"%s\"", e.text, text);
}

#define ADD(...) book_add(h, (struct line){ __VA_ARGS__ })
#define REFUSE(text, ...) book_refuse(h, text, (struct line){ __VA_ARGS__ })

/* The history of a ledger that begins with its genesis on this day. */
static inline struct history *book_new(const char *day)
{
	struct history *h = history_new();

	book_add(h, (struct line){ .day = day, .admin = LEAF_GENESIS });
	return h;
}

#define BOOK_CLEANUP __attribute__((cleanup(book_release)))

static inline void book_release(struct history **h)
{
	history_free(*h);
}

static inline struct history_entry book_entry(struct history *h, uint64_t seq)
{
	struct history_entry out;

	history_entry(h, seq, &out);
	return out;
}

/* Is it in the due set of its base year, as of 1 January of this year? */
static inline bool book_is_due(struct history *h, uint64_t seq, int year)
{
	struct history_entry entry = book_entry(h, seq);
	struct history_dues dues;
	bool found = false;

	if (!entry.base_year)
		return false;
	history_due(h, year, entry.base_year, &dues);
	for (size_t i = 0; i < dues.count; i++)
		for (uint64_t j = 0; j < dues.at[i].due.count; j++)
			found |= dues.at[i].seqs[j] == seq;
	history_dues_release(&dues);
	return found;
}

#endif
