/*
 * Random ledgers against the rules of retention written down once more, as plainly and slowly as they are said; and
 * whether anything that is added later can make a record due earlier. A failure names the seed of its ledger.
 */
#include "model_history_book.h"

#include <stdlib.h>

#include "model/merkle.h"

#define ENTRIES_MAX 90
#define LEDGERS 150
#define START INT64_C(1704078000)       /* 2024-01-01T12:00:00+09:00 */
#define DAY_S 86400
#define FAR_YEAR 2045

struct ledger {
	uint64_t seed, rng;
	struct line at[ENTRIES_MAX];
	uint64_t size;
	uint64_t disposed[ENTRIES_MAX]; /* by which entry */
};

static const struct { const char *name; int years; bool closing; } KINDS[] = {
	{ "paper", 1, true }, { "loan", 3, true }, { "form", 2, false }, { "incident", 0, false }, { "note", 0, true },
};
#define KINDS_COUNT (sizeof(KINDS) / sizeof(KINDS[0]))

static uint64_t pick(struct ledger *l, uint64_t below)
{
	l->rng = l->rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (l->rng >> 33) % below;
}

static bool lists(const uint64_t at[BOOK_LINKS], uint64_t seq)
{
	for (size_t i = 0; i < BOOK_LINKS; i++)
		if (at[i] && at[i] == seq)
			return true;
	return false;
}

/* The rules, plainly. */

static int year_of(const struct ledger *l, uint64_t seq)
{
	return l->at[seq].year ? l->at[seq].year : date_year_of_time(l->at[seq].time);
}

static uint64_t voider(const struct ledger *l, uint64_t seq, uint64_t before)
{
	for (uint64_t v = seq + 1; v < before; v++)
		if (l->at[v].voids == seq)
			return v;
	return 0;
}

static bool has_closing(const struct ledger *l, uint64_t matter, uint64_t before, uint64_t voids_before)
{
	for (uint64_t c = matter + 1; c < before; c++)
		if (lists(l->at[c].closes, matter) && !voider(l, c, voids_before))
			return true;
	return false;
}

/* Year in which the voiding of its opening closed a matter; 0 = it did not. */
static int ended(const struct ledger *l, uint64_t matter)
{
	for (uint64_t v = matter + 1; v < l->size; v++)
		if (l->at[v].voids && voider(l, matter, v + 1) && !has_closing(l, matter, v, v + 1))
			return year_of(l, v);
	return 0;
}

static bool is_closed(const struct ledger *l, uint64_t matter, bool children_alone)
{
	if (!children_alone && !has_closing(l, matter, l->size, l->size) && !ended(l, matter))
		return false;
	for (uint64_t c = matter + 1; c < l->size; c++)
		if (lists(l->at[c].under, matter) && !is_closed(l, c, false))
			return false;
	return true;
}

static int closing_year(const struct ledger *l, uint64_t matter)
{
	int year = ended(l, matter);

	for (uint64_t c = matter + 1; c < l->size; c++) {
		int y = lists(l->at[c].closes, matter) ? year_of(l, c) : 0;

		if (lists(l->at[c].under, matter) && y < closing_year(l, c))
			y = closing_year(l, c);
		if (year < y)
			year = y;
	}
	return year;
}

struct term {
	int base, years;
	bool open;
};

static struct term term_alone(const struct ledger *l, uint64_t seq)
{
	const struct line *x = &l->at[seq];
	uint64_t by = voider(l, seq, l->size);
	struct term t = { .base = year_of(l, seq), .years = x->years };
	bool closing = x->closing;

	for (uint64_t c = 0; c < l->size; c++) {
		if (l->at[c].admin != LEAF_CLASSIFY || strcmp(l->at[c].class.kind, x->kind) != 0)
			continue;
		closing |= l->at[c].class.from_closing;
		t.years = t.years > l->at[c].class.years ? t.years : l->at[c].class.years;
	}
	if (by && t.base < year_of(l, by))
		t.base = year_of(l, by);
	for (uint64_t m = 1; closing && m <= seq; m++) {
		bool closes = lists(x->closes, m);

		if (!(m == seq && x->opens) && !closes && !lists(x->within, m))
			continue;
		if (!is_closed(l, m, by && closes && !lists(x->within, m)))
			t.open = true;
		else if (t.base < closing_year(l, m))
			t.base = closing_year(l, m);
	}
	return t;
}

static uint64_t root_of(const struct ledger *l, uint64_t seq)
{
	while (l->at[seq].corrects)
		seq = l->at[seq].corrects;
	return seq;
}

static struct term term_of(const struct ledger *l, uint64_t seq)
{
	struct term all = { .years = -1 };

	for (uint64_t x = 0; x < l->size; x++) {
		struct term t;

		if (!l->at[x].kind || root_of(l, x) != root_of(l, seq))
			continue;
		t = term_alone(l, x);
		all.open |= t.open;
		all.base = all.base > t.base ? all.base : t.base;
		if (!t.years || !all.years)
			all.years = 0;
		else if (all.years < t.years)
			all.years = t.years;
	}
	return all;
}

static bool belongs(const struct ledger *l, uint64_t seq, uint64_t matter)
{
	const struct line *x = &l->at[seq];

	if ((seq == matter && x->opens) || lists(x->closes, matter) || lists(x->within, matter))
		return true;
	for (uint64_t c = matter + 1; c < l->size; c++)
		if (lists(l->at[c].under, matter) && belongs(l, seq, c))
			return true;
	return false;
}

static bool is_named(const struct ledger *l, const struct leaf_target *t, uint64_t seq)
{
	const struct line *x = &l->at[seq];

	if (t->type == LEAF_ON_MATTER)
		return belongs(l, seq, t->first);
	if (t->type == LEAF_ON_VOLUME)
		return x->kind && t->volume.year == year_of(l, seq) && strcmp(t->volume.kind, x->kind) == 0 &&
		       strcmp(t->volume.unit, x->unit ? x->unit : "hq") == 0;
	return t->first <= seq && seq <= t->last;
}

static bool is_target(const struct ledger *l, const struct leaf_target *t, uint64_t seq)
{
	for (uint64_t x = 1; x < l->size; x++)
		if (root_of(l, x) == root_of(l, seq) && is_named(l, t, x))
			return true;
	return false;
}

static bool is_held(const struct ledger *l, uint64_t seq, int year)
{
	for (uint64_t n = 0; n < l->size; n++) {
		const struct line *x = &l->at[n];
		bool holds = x->admin == LEAF_HOLD || x->admin == LEAF_EXTEND;
		bool stands = holds && (!x->until || atoi(x->until) >= year);

		for (uint64_t r = n; r < l->size; r++)
			if (l->at[r].ends && l->at[r].ends == n)
				stands = false;
		if (stands && is_target(l, &x->on[0], seq))
			return true;
	}
	return false;
}

/* Random ledgers. */

static int64_t time_next(struct ledger *l)
{
	int64_t last = l->size ? l->at[l->size - 1].time : START;

	return last + (int64_t)pick(l, 50) * DAY_S;
}

static uint64_t pick_entry(struct ledger *l, bool (*fits)(const struct ledger *l, uint64_t seq))
{
	for (int i = 0; l->size > 1 && i < 20; i++) {
		uint64_t seq = 1 + pick(l, l->size - 1);

		if (fits(l, seq))
			return seq;
	}
	return 0;
}

static bool is_matter(const struct ledger *l, uint64_t seq)
{
	return l->at[seq].opens && !voider(l, seq, l->size) && !l->disposed[seq];
}

static bool is_unclosed(const struct ledger *l, uint64_t seq)
{
	return is_matter(l, seq) && !has_closing(l, seq, l->size, l->size);
}

static bool is_kept(const struct ledger *l, uint64_t seq)
{
	return l->at[seq].kind && !l->disposed[seq];
}

static bool is_unvoided(const struct ledger *l, uint64_t seq)
{
	return is_kept(l, seq) && !voider(l, seq, l->size);
}

static bool is_standing_hold(const struct ledger *l, uint64_t seq)
{
	for (uint64_t r = seq; r < l->size; r++)
		if (l->at[r].ends == seq)
			return false;
	return l->at[seq].admin == LEAF_HOLD;
}

static void add_links(struct ledger *l, struct line *x)
{
	if (!pick(l, 3))
		x->opens = "matter";
	if (!pick(l, 3))
		x->closes[0] = pick_entry(l, is_unclosed);
	if (!pick(l, 3))
		x->within[0] = pick_entry(l, is_matter);
	if (x->opens && !pick(l, 2))
		x->under[0] = pick_entry(l, is_matter);
	if (!pick(l, 6))
		x->voids = pick_entry(l, is_unvoided);
	if (x->voids && (x->voids == x->closes[0] || x->voids == x->within[0] || x->voids == x->under[0]))
		x->voids = 0;
	if (!pick(l, 5))
		x->corrects = pick_entry(l, is_kept);
}

static struct line random_record(struct ledger *l)
{
	size_t k = pick(l, KINDS_COUNT);
	struct line x = { .kind = KINDS[k].name, .years = KINDS[k].years, .closing = KINDS[k].closing };

	add_links(l, &x);
	if (!pick(l, 4))
		x.unit = "chuo";
	if (x.corrects) {                   /* of the same kind and unit, but perhaps of another rule book */
		x = (struct line){ .kind = l->at[x.corrects].kind, .unit = l->at[x.corrects].unit,
			.years = x.years ? x.years : l->at[x.corrects].years, .closing = x.closing, .voids = x.voids,
			.corrects = x.corrects };
	}
	return x;
}

/* Something that expires is extended, and nothing shortened. */
static bool may_extend(const struct ledger *l, const struct line *x)
{
	int until = atoi(x->until);
	bool longer = false;

	for (uint64_t seq = 0; seq < l->size; seq++) {
		struct term t;

		if (!l->at[seq].kind || l->disposed[seq] || !is_target(l, &x->on[0], seq))
			continue;
		t = term_of(l, seq);
		if (t.years && (t.open || t.base + t.years > until))
			return false;
		longer |= t.years && t.base + t.years < until;
	}
	return longer;
}

static struct line random_hold(struct ledger *l)
{
	static const char *const days[] = { "2027-12-31", "2038-12-31", "2030-06-01", NULL };
	struct line x = { .admin = pick(l, 2) ? LEAF_HOLD : LEAF_EXTEND };
	uint64_t seq = pick_entry(l, is_kept), matter = pick_entry(l, is_matter), type = pick(l, 3);

	if (!seq)
		return (struct line){ .admin = LEAF_HEARTBEAT };
	if (type == 0) {
		x.on[0] = (struct leaf_target)VOLUME(year_of(l, seq), "", "hq");
		snprintf(x.on[0].volume.kind, sizeof(x.on[0].volume.kind), "%s", l->at[seq].kind);
	} else if (type == 1 && matter) {
		x.on[0] = (struct leaf_target)MATTER(matter);
	} else {
		x.on[0] = (struct leaf_target)ENTRIES(seq, seq + pick(l, l->size - seq));
	}
	x.until = days[pick(l, x.admin == LEAF_EXTEND ? 2 : 4)];
	if (x.admin == LEAF_EXTEND && !may_extend(l, &x))
		x.admin = LEAF_HOLD;
	return x;
}

static struct line random_line(struct ledger *l)
{
	uint64_t what = pick(l, 20), hold = pick_entry(l, is_standing_hold);

	if (what == 0)
		return random_hold(l);
	if (what == 1 && hold)
		return (struct line){ .admin = LEAF_RELEASE, .ends = hold };
	if (what == 2)
		return (struct line){ .admin = LEAF_CLASSIFY, .by = { 1, 2 },
			.class = { "incident", 4, l->seed % 2 } };
	if (what <= 4)
		return (struct line){ .admin = LEAF_HEARTBEAT };
	return random_record(l);
}

static void put(struct ledger *l, struct history *h, struct line x)
{
	struct err e = ERR_INIT;

	if (!x.time)
		x.time = time_next(l);
	if (x.kind && !x.year)
		x.year = date_year_of_time(x.time) + (pick(l, 8) == 0);
	if (book_feed(h, &x, &e))
		fail_msg("seed %llu: %s", (unsigned long long)l->seed, e.text);
	l->at[l->size++] = x;
}

/* The checks. */

/* What is disposed of keeps what was so before its certificate. */
static struct term term_told(struct ledger *l, uint64_t seq)
{
	uint64_t size = l->size;
	struct term t;

	if (l->disposed[seq])
		l->size = l->disposed[seq];
	t = term_of(l, seq);
	l->size = size;
	return t;
}

static void compare_entry(struct ledger *l, struct history *h, uint64_t seq)
{
	int now = date_year_of_time(l->at[l->size - 1].time), from;
	struct history_entry x = book_entry(h, seq);
	struct term t = term_told(l, seq);
	enum history_state state = HISTORY_CLOSED;

	from = t.years > 0 && !t.open ? t.base + t.years + 1 : 0;
	if (!l->at[seq].kind)
		state = HISTORY_NO_RECORD;
	else if (l->disposed[seq])
		state = HISTORY_DISPOSED;
	else if (t.open)
		state = HISTORY_OPEN;
	else if (from && from <= now)
		state = is_held(l, seq, now) ? HISTORY_HELD : HISTORY_DUE;
	if (x.state != state || (state != HISTORY_NO_RECORD && (x.base_year != (t.open ? 0 : t.base) ||
	    x.disposable_year != from || x.disposed_by != l->disposed[seq])))
		fail_msg("seed %llu, entry %llu of %llu: state %d, base %d, from %d instead of state %d, base %d, from %d",
		         (unsigned long long)l->seed, (unsigned long long)seq, (unsigned long long)l->size, x.state,
		         x.base_year, x.disposable_year, state, t.base, from);
}

/* Base year of an entry that may go as of this year; 0 = it may not. */
static int base_if_due(const struct ledger *l, uint64_t seq, int year)
{
	struct term t;

	if (!l->at[seq].kind || l->disposed[seq])
		return 0;
	t = term_of(l, seq);
	return !t.open && t.years && t.base + t.years + 1 <= year && !is_held(l, seq, year) ? t.base : 0;
}

static void compare_dues(struct ledger *l, struct history *h, int year)
{
	int bases[ENTRIES_MAX], oldest = 0;
	bool due[ENTRIES_MAX] = { false };
	struct history_dues dues;

	for (uint64_t seq = 0; seq < l->size; seq++) {
		bases[seq] = base_if_due(l, seq, year);
		if (bases[seq] && (!oldest || bases[seq] < oldest))
			oldest = bases[seq];
	}
	history_due(h, year, 0, &dues);
	for (size_t i = 0; i < dues.count; i++)
		for (uint64_t j = 0; j < dues.at[i].due.count; j++)
			due[dues.at[i].seqs[j]] = true;
	history_dues_release(&dues);
	for (uint64_t seq = 0; seq < l->size; seq++)
		if (due[seq] != (oldest && bases[seq] == oldest))
			fail_msg("seed %llu, entry %llu: in %d the due set is wrong about it", (unsigned long long)l->seed,
			         (unsigned long long)seq, year);
}

static struct leaf_volume volume_of(const struct ledger *l, uint64_t seq)
{
	struct leaf_volume v = { .year = year_of(l, seq) };

	snprintf(v.kind, sizeof(v.kind), "%s", l->at[seq].kind);
	snprintf(v.unit, sizeof(v.unit), "%s", l->at[seq].unit ? l->at[seq].unit : "hq");
	return v;
}

/* What the volume of this entry carries over, its open records looked up one by one; count 0 = nothing. */
static struct leaf_due carried_of(const struct ledger *l, const bool open[ENTRIES_MAX], uint64_t seq)
{
	struct leaf_due d = { .group = volume_of(l, seq) };
	struct hash leaves[ENTRIES_MAX];

	for (uint64_t n = 0; n < l->size; n++) {
		struct leaf_volume v;

		if (!open[n])
			continue;
		v = volume_of(l, n);
		if (leaf_volume_compare(&v, &d.group) == 0)
			leaves[d.count++] = book_hash(n);
	}
	d.root = merkle_root_of(leaves, d.count);
	return d;
}

static bool says_carried(const struct history_carry *c, const struct leaf_due *d)
{
	for (size_t i = 0; i < c->carried_count; i++)
		if (leaf_volume_compare(&c->carried[i].group, &d->group) == 0)
			return c->carried[i].count == d->count && hash_is_equal(&c->carried[i].root, &d->root);
	return d->count == 0;
}

static size_t count_on(const struct history_carry *c, const struct leaf_volume *v)
{
	size_t count = 0;

	for (size_t i = 0; i < c->on_count; i++)
		count += leaf_volume_compare(&c->on[i], v) == 0;
	return count;
}

static void compare_carry(struct ledger *l, struct history *h, int year)
{
	struct history_carries all;
	struct history_carry nothing = { .on_count = 0 };
	bool open[ENTRIES_MAX];

	for (uint64_t seq = 0; seq < l->size; seq++)
		open[seq] = l->at[seq].kind && !l->disposed[seq] && term_of(l, seq).open;
	history_carry(h, year, &all);
	for (uint64_t seq = 0; seq < l->size; seq++) {
		const struct history_carry *c = all.count ? &all.at[0] : &nothing;
		bool ends = l->at[seq].kind && year_of(l, seq) < year;
		struct leaf_due d;

		if (!l->at[seq].kind)
			continue;
		d = carried_of(l, open, seq);
		if (!ends)
			d.count = 0;
		if (count_on(c, &d.group) != ends || !says_carried(c, &d))
			fail_msg("seed %llu, entry %llu: what is carried into %d is wrong about its volume",
			         (unsigned long long)l->seed, (unsigned long long)seq, year);
	}
	history_carries_release(&all);
}

static void dispose(struct ledger *l, struct history *h)
{
	int64_t time = l->at[l->size - 1].time;
	struct leaf_due due[ENTRIES_MAX];
	struct history_dues dues;
	struct line run = { .due = due, .time = time };

	history_due(h, date_year_of_time(time), 0, &dues);
	if (!dues.count || l->size + 5 >= ENTRIES_MAX) {
		history_dues_release(&dues);
		return;
	}
	for (; run.due_count < dues.count; run.due_count++)
		due[run.due_count] = dues.at[run.due_count].due;
	run.except = dues.except;
	run.except_count = dues.except_count;
	run.by[0] = 1;
	run.admin = LEAF_PROPOSE;
	put(l, h, run);
	put(l, h, (struct line){ .time = time, .admin = LEAF_APPROVE, .by = { 2 }, .on = { ENTRY(l->size - 1) } });
	put(l, h, (struct line){ .time = time, .admin = LEAF_APPROVE, .by = { 3 }, .on = { ENTRY(l->size - 2) } });
	run.by[1] = 2;
	run.by[2] = 3;
	run.on[0] = (struct leaf_target)ENTRY(l->size - 1);
	run.admin = LEAF_DISPOSE;
	put(l, h, run);
	for (size_t i = 0; i < dues.count; i++)
		for (uint64_t j = 0; j < dues.at[i].due.count; j++)
			l->disposed[dues.at[i].seqs[j]] = l->size - 1;
	put(l, h, (struct line){ .time = time, .admin = LEAF_DISPOSED, .on = { ENTRY(l->size - 1) } });
	for (uint64_t n = l->size - 5; n < l->size; n++) {     /* they borrowed from here */
		l->at[n].due = NULL;
		l->at[n].except = NULL;
	}
	history_dues_release(&dues);
}

static struct ledger ledger_new(uint64_t seed)
{
	return (struct ledger){ .seed = seed, .rng = seed * 7919 };
}

static void agrees_with_the_rules_said_plainly(void **s)
{
	(void)s;
	for (uint64_t seed = 1; seed <= LEDGERS; seed++) {
		struct history *h BOOK_CLEANUP = history_new();
		struct ledger l = ledger_new(seed);

		put(&l, h, (struct line){ .admin = LEAF_GENESIS });
		while (l.size < ENTRIES_MAX) {
			put(&l, h, random_line(&l));
			if (pick(&l, 10) == 0)
				dispose(&l, h);
			for (uint64_t seq = pick(&l, 8); seq < l.size; seq += 8)
				compare_entry(&l, h, seq);
		}
		for (uint64_t seq = 0; seq < l.size; seq++)
			compare_entry(&l, h, seq);
		for (int year = 2024; year < 2040; year += 3)
			compare_dues(&l, h, year);
		for (int year = 2025; year < 2040; year += 7)
			compare_carry(&l, h, year);
	}
}

/* Which entries are due as of this year, whatever the base year. */
static void find_due(struct history *h, int year, bool out[ENTRIES_MAX])
{
	memset(out, 0, ENTRIES_MAX * sizeof(*out));
	for (int base = 2024; base < FAR_YEAR; base++) {
		struct history_dues dues;

		history_due(h, year, base, &dues);
		for (size_t i = 0; i < dues.count; i++)
			for (uint64_t j = 0; j < dues.at[i].due.count; j++)
				out[dues.at[i].seqs[j]] = true;
		history_dues_release(&dues);
	}
}

/* The ledger with entry `at` replaced. What the change turns into a fault later is taken all the same. */
static struct history *replay(const struct ledger *l, uint64_t at, struct line instead)
{
	struct history *h = history_new();

	instead.time = l->at[at].time;
	for (uint64_t seq = 0; seq < l->size; seq++) {
		struct line x = seq == at ? instead : l->at[seq];
		struct err e = ERR_INIT;

		book_feed(h, &x, &e);
	}
	return h;
}

static struct ledger random_ledger(uint64_t seed, uint64_t *out_at)
{
	struct history *h BOOK_CLEANUP = history_new();
	struct ledger l = ledger_new(seed);

	put(&l, h, (struct line){ .admin = LEAF_GENESIS });
	*out_at = ENTRIES_MAX / 4 + pick(&l, ENTRIES_MAX / 2);
	while (l.size < ENTRIES_MAX)
		put(&l, h, l.size == *out_at ? (struct line){ .admin = LEAF_HEARTBEAT } : random_line(&l));
	return l;
}

/* Whatever is due in the ledger with `added` is due without it, or (where there is one) in the other variant. */
static void assert_never_earlier(const struct ledger *l, uint64_t at, struct line added, struct line without,
                                 const struct line *other)
{
	struct history *a BOOK_CLEANUP = replay(l, at, added), *b BOOK_CLEANUP = replay(l, at, without);
	struct history *c BOOK_CLEANUP = replay(l, at, other ? *other : without);
	bool due_a[ENTRIES_MAX], due_b[ENTRIES_MAX], due_c[ENTRIES_MAX];

	for (int year = 2025; year < FAR_YEAR; year++) {
		find_due(a, year, due_a);
		find_due(b, year, due_b);
		find_due(c, year, due_c);
		for (uint64_t seq = 0; seq < l->size; seq++)
			if (due_a[seq] && !due_b[seq] && !due_c[seq])
				fail_msg("seed %llu: entry %llu at %llu makes entry %llu due in %d", (unsigned long long)l->seed,
				         (unsigned long long)added.voids, (unsigned long long)at, (unsigned long long)seq, year);
	}
}

static void never_makes_anything_due_earlier_by_a_void(void **s)
{
	(void)s;
	for (uint64_t seed = 1; seed <= LEDGERS; seed++) {
		uint64_t at, voided;
		struct ledger l = random_ledger(seed, &at);
		struct line nothing = { .kind = "incident" }, closing = nothing, added = nothing;

		for (voided = 1 + pick(&l, at - 1); !l.at[voided].kind || voider(&l, voided, l.size); voided++)
			;
		if (voided >= at)
			continue;
		added.voids = voided;
		/* A voided opening closes its matter as a closing in that year would. */
		closing.closes[0] = voided;
		assert_never_earlier(&l, at, added, nothing, l.at[voided].opens ? &closing : NULL);
		/* The same as an act. */
		added = (struct line){ .admin = LEAF_VOID, .note = true, .voids = voided, .by = { 1 } };
		assert_never_earlier(&l, at, added, nothing, l.at[voided].opens ? &closing : NULL);
	}
}

static void never_makes_anything_due_earlier_by_a_clock_entry(void **s)
{
	(void)s;
	for (uint64_t seed = 1; seed <= LEDGERS; seed++) {
		uint64_t at;
		struct ledger l = random_ledger(seed, &at);
		struct line nothing = { .admin = LEAF_HEARTBEAT }, added = { .admin = LEAF_CLOCK, .by = { 1, 2 } };
		uint64_t first = 1 + pick(&l, at - 2), last = first + 1 + pick(&l, at - first - 1);
		int years = date_year_of_time(l.at[at].time) - 2024;

		added.on[0] = (struct leaf_target)ENTRIES(first, last);
		added.counts = 2024 + (int)pick(&l, (uint64_t)years + 1);
		assert_never_earlier(&l, at, added, nothing, NULL);
	}
}

static void never_makes_anything_due_earlier_by_a_correction(void **s)
{
	(void)s;
	for (uint64_t seed = 1; seed <= LEDGERS; seed++) {
		uint64_t at;
		struct ledger l = random_ledger(seed, &at);
		uint64_t corrected = 1 + pick(&l, at - 1);
		struct line nothing, added;

		if (!l.at[corrected].kind)
			continue;
		nothing = (struct line){ .kind = l.at[corrected].kind, .unit = l.at[corrected].unit, .years = 1 };
		added = nothing;
		added.corrects = corrected;
		assert_never_earlier(&l, at, added, nothing, NULL);
	}
}

static void never_makes_anything_due_earlier_by_a_hold(void **s)
{
	(void)s;
	for (uint64_t seed = 1; seed <= LEDGERS; seed++) {
		uint64_t at;
		struct ledger l = random_ledger(seed, &at), before = l;
		struct line nothing = { .admin = LEAF_HEARTBEAT }, added;

		before.size = at;
		added = random_hold(&before);
		assert_never_earlier(&l, at, added, nothing, NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_rules_said_plainly),
		cmocka_unit_test(never_makes_anything_due_earlier_by_a_void),
		cmocka_unit_test(never_makes_anything_due_earlier_by_a_clock_entry),
		cmocka_unit_test(never_makes_anything_due_earlier_by_a_correction),
		cmocka_unit_test(never_makes_anything_due_earlier_by_a_hold),
	};

	return cmocka_run_group_tests_name("model/history_random", tests, NULL, NULL);
}
