#include "ledger/dispose_holds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "ledger/member.h"
#include "model/rulebook.h"

#define LIST_FORMAT "daicho.holds.v1"
#define EXTENSION_FORMAT "daicho.extension.v1"
#define TARGETS_MAX 256

/* One entry that holds or extends. */
struct hold {
	struct leaf leaf;
	struct history_standing standing;
	bool *reached;
};

struct seqs {
	uint64_t *at;
	size_t count;
};

static int add_seq(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct seqs *s = ctx;
	(void)e;
	s->at = mem_grow(s->at, s->count + 1, sizeof *s->at);
	s->at[s->count++] = entry->seq;
	return ERR_OK;
}

static int compare_seqs(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static int find_holds(struct ledger *l, struct seqs *out, struct err *e)
{
	static const enum leaf_kind kinds[] = { LEAF_HOLD, LEAF_EXTEND };
	int rc = ERR_OK;
	*out = (struct seqs){ NULL, 0 };
	for (size_t i = 0; !rc && i < sizeof kinds / sizeof *kinds; i++) {
		const struct index_filter filter = { .kind = leaf_kind_name(kinds[i]) };
		rc = index_list(l->index, &filter, add_seq, out, e);
	}
	if (out->count)
		qsort(out->at, out->count, sizeof *out->at, compare_seqs);
	return rc;
}

static int open_hold(struct ledger *l, const struct dispose_view *v, uint64_t seq, struct hold *out, struct err *e)
{
	*out = (struct hold){ .reached = NULL };
	int rc = dispose_read_leaf(l, seq, &out->leaf, e);
	if (rc)
		return rc;
	history_holds_state(v->history, seq, v->year, &out->standing);
	out->reached = history_reach(v->history, out->leaf.on, out->leaf.on_count);
	return ERR_OK;
}

static void release_hold(struct hold *h)
{
	leaf_release(&h->leaf);
	free(h->reached);
}

static bool is_record(const struct history_entry *h)
{
	return h->state != HISTORY_NO_RECORD && leaf_kind_of(h->volume.kind) == LEAF_RECORD;
}

/* Documents. */

static void set_basis(struct jdoc *d, enum leaf_basis basis)
{
	static const struct { const char *name; struct rulebook_title title; } all[] = {
		[LEAF_BASIS_AUDIT] = { "audit", { (char *)"監査・検査", (char *)"audit or inspection" } },
		[LEAF_BASIS_SUIT] = { "suit", { (char *)"訴訟", (char *)"lawsuit" } },
		[LEAF_BASIS_APPEAL] = { "appeal", { (char *)"不服申立て", (char *)"appeal" } },
		[LEAF_BASIS_DISCLOSURE] = { "disclosure", { (char *)"開示請求", (char *)"request for disclosure" } },
		[LEAF_BASIS_DUTY] = { "duty", { (char *)"職務上必要", (char *)"needed for duty" } },
	};
	jdoc_set(d, "basis", basis ? jdoc_string(all[basis].name) : jdoc_null());
	jdoc_set_string(d, "ja", basis ? all[basis].title.ja : "");
	jdoc_set_string(d, "en", basis ? all[basis].title.en : "");
}

static struct jdoc *say_targets(const struct leaf_target *on, size_t count)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < count; i++) {
		BUF_CLEANUP struct buf text = BUF_INIT;
		leaf_target_print(&on[i], &text);
		jdoc_append(list, jdoc_string(buf_str(&text)));
	}
	return list;
}

static uint64_t count_kept(const struct dispose_view *v, const struct hold *h)
{
	uint64_t count = 0;
	for (uint64_t seq = 0; seq < history_size(v->history); seq++) {
		struct history_entry entry;
		if (!h->reached[seq])
			continue;
		history_entry(v->history, seq, &entry);
		count += is_record(&entry) && !entry.disposed_by;
	}
	return count;
}

/* Why, in the words of who did it; null for what the note has not, and where it is lost. */
static int set_words(struct ledger *l, uint64_t seq, struct jdoc *d, struct err *e)
{
	static const char *const members[] = { "reason", "decision", "decided" };
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct index_entry entry;
	struct jdoc *body = NULL;
	struct note note;
	int rc = index_entry(l->index, seq, &entry, e);
	bool lost = !rc && entry.has_volume && ledger_is_lost(l, seq);
	if (!rc && entry.has_volume && !lost && !(rc = ledger_read_note(l, &entry, &text, &note, e))) {
		body = jdoc_parse(note.body, note.body_len, NOTE_BODY_MAX, 0, NULL);
		note_release(&note);
	}
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const char *word = body ? jdoc_get_text(body, members[i]) : NULL;
		jdoc_set(d, members[i], word ? jdoc_string(word) : jdoc_null());
	}
	jdoc_set_bool(d, "lost", lost);
	jdoc_free(body);
	return rc;
}

static struct jdoc *say_hold(const struct dispose_view *v, const struct hold *h)
{
	struct jdoc *d = jdoc_object(), *by = jdoc_array();
	const struct leaf *leaf = &h->leaf;
	for (size_t i = 0; i < leaf->by.count; i++)
		jdoc_append(by, jdoc_integer((int64_t)leaf->by.at[i]));
	jdoc_set_integer(d, "entry", (int64_t)leaf->seq);
	jdoc_set_string(d, "act", leaf_kind_name(leaf->kind));
	set_basis(d, leaf->basis);
	jdoc_set(d, "on", say_targets(leaf->on, leaf->on_count));
	jdoc_set_integer(d, "records", h->standing.stands ? (int64_t)count_kept(v, h) : 0);
	member_day_or_null(d, "since", true, date_of_time(leaf->time));
	member_day_or_null(d, "until", leaf->has_until, leaf->until);
	jdoc_set(d, "by", by);
	jdoc_set(d, "released_by",
	         h->standing.released_by ? jdoc_integer((int64_t)h->standing.released_by) : jdoc_null());
	jdoc_set_bool(d, "stands", h->standing.stands);
	return d;
}

static int add_to_list(struct ledger *l, const struct dispose_view *v, uint64_t seq, bool all, struct jdoc *list,
                       struct err *e)
{
	struct hold h;
	int rc = open_hold(l, v, seq, &h, e);
	if (!rc && (all || h.standing.stands)) {
		struct jdoc *d = say_hold(v, &h);
		jdoc_append(list, d);
		rc = set_words(l, seq, d, e);
	}
	release_hold(&h);
	return rc;
}

int dispose_holds_list(struct ledger *l, bool all, int64_t now, struct jdoc **out, struct err *e)
{
	struct jdoc *list = jdoc_array();
	struct seqs seqs = { NULL, 0 };
	struct dispose_view v;
	int rc = dispose_view_read(l, now, &v, e);
	if (!rc) {
		rc = find_holds(l, &seqs, e);
		for (size_t i = 0; !rc && i < seqs.count; i++)
			rc = add_to_list(l, &v, seqs.at[i], all, list, e);
	}
	free(seqs.at);
	if (rc) {
		jdoc_free(list);
		return rc;
	}
	*out = jdoc_object();
	jdoc_set_string(*out, "format", LIST_FORMAT);
	jdoc_set(*out, "holds", list);
	return ERR_OK;
}

/* Of a plan. */

static struct jdoc *say_held(const struct dispose_view *v, const struct hold *h)
{
	struct jdoc *list = jdoc_array();
	for (uint64_t seq = 0; seq < history_size(v->history); seq++) {
		struct history_entry entry;
		if (!h->reached[seq])
			continue;
		history_entry(v->history, seq, &entry);
		if (entry.disposable_year && entry.disposable_year <= v->year && !entry.disposed_by)
			jdoc_append(list, jdoc_integer((int64_t)seq));
	}
	return list;
}

static int add_to_plan(struct ledger *l, const struct dispose_view *v, uint64_t seq, struct jdoc *list, struct err *e)
{
	struct hold h;
	int rc = open_hold(l, v, seq, &h, e);
	if (!rc && h.standing.stands) {
		struct jdoc *entries = say_held(v, &h), *d = jdoc_object();
		jdoc_set_integer(d, "entry", (int64_t)seq);
		jdoc_set_string(d, "act", leaf_kind_name(h.leaf.kind));
		set_basis(d, h.leaf.basis);
		member_day_or_null(d, "until", h.leaf.has_until, h.leaf.until);
		jdoc_set(d, "entries", entries);
		if (jdoc_size(entries))
			jdoc_append(list, jdoc_keep(d));
		jdoc_free(d);
	}
	release_hold(&h);
	return rc;
}

int dispose_holds_of_plan(struct ledger *l, const struct dispose_view *v, struct jdoc **out, struct err *e)
{
	struct jdoc *list = jdoc_array();
	struct seqs seqs;
	int rc = find_holds(l, &seqs, e);
	for (size_t i = 0; !rc && i < seqs.count; i++)
		rc = add_to_plan(l, v, seqs.at[i], list, e);
	free(seqs.at);
	if (rc)
		jdoc_free(list);
	else
		*out = list;
	return rc;
}

/* What may be held. */

static bool is_completed(const struct dispose_view *v, uint64_t dispose)
{
	for (size_t i = 0; i < v->done_count; i++)
		if (v->done[i].dispose == dispose)
			return v->done[i].disposed != 0;
	return false;
}

static int refuse_gone(const struct dispose_view *v, enum leaf_kind kind, uint64_t seq, uint64_t dispose, struct err *e)
{
	if (is_completed(v, dispose)) {
		err_set(e, ERR_GONE, "entry %" PRIu64 ": its record was disposed of by entry %" PRIu64, seq, dispose);
		return err_next(e, "daicho disposal register tells what became of it");
	}
	if (kind == LEAF_HOLD)
		return ERR_OK;
	err_set(e, ERR_RULE, "entry %" PRIu64 ": the certificate of entry %" PRIu64 " names it, and it can't be extended",
	        seq, dispose);
	return err_next(e, "a hold stops its disposal: daicho hold place %" PRIu64, seq);
}

/* At least one record is there: what is On entries or a matter is not to come. */
static int check_reach(const struct dispose_view *v, enum leaf_kind kind, const struct leaf_target *t, struct err *e)
{
	MEM_CLEANUP bool *reached = history_reach(v->history, t, 1);
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct history_entry entry, gone = { .disposed_by = 0 };
	uint64_t gone_seq = 0;
	for (uint64_t seq = 0; seq < history_size(v->history); seq++) {
		if (!reached[seq])
			continue;
		history_entry(v->history, seq, &entry);
		if (entry.state == HISTORY_NO_RECORD)
			continue;
		if (!entry.disposed_by)
			return ERR_OK;
		gone = entry;
		gone_seq = seq;
	}
	if (gone.disposed_by)
		return refuse_gone(v, kind, gone_seq, gone.disposed_by, e);
	leaf_target_print(t, &text);
	err_set(e, ERR_RULE, "%s: no record is there", buf_str(&text));
	return err_next(e, "daicho list tells the entries that are records");
}

static int check_volume(const struct ledger *l, const struct leaf_volume *volume, struct err *e)
{
	const struct rulebook_kind *kind = rulebook_kind(l->rules->book, volume->kind);
	BUF_CLEANUP struct buf text = BUF_INIT;
	if (kind && rulebook_unit(l->rules->book, volume->unit) && rulebook_kind_has_unit(kind, volume->unit))
		return ERR_OK;
	leaf_volume_print(volume, &text);
	err_set(e, ERR_KIND, "volume %s: the rule book has no such kind or unit", buf_str(&text));
	return err_next(e, "daicho kinds lists kinds and units");
}

static int refuse_unknown(uint64_t seq, uint64_t size, struct err *e)
{
	err_set(e, ERR_RULE, "entry %" PRIu64 ": is not in the ledger", seq);
	return err_next(e, "the last one is %" PRIu64 "; daicho list tells the entries that are records", size - 1);
}

static int check_target(const struct ledger *l, const struct dispose_view *v, enum leaf_kind kind,
                        const struct leaf_target *t, struct err *e)
{
	struct history_entry entry;
	if (t->type == LEAF_ON_VOLUME)
		return check_volume(l, &t->volume, e);
	if (t->last >= history_size(v->history))
		return refuse_unknown(t->last, history_size(v->history), e);
	history_entry(v->history, t->first, &entry);
	if (t->type != LEAF_ON_MATTER || entry.disposed_by || history_opens(v->history, t->first))
		return check_reach(v, kind, t, e);
	err_set(e, ERR_RULE, "matter %" PRIu64 ": that entry opened no matter", t->first);
	return err_next(e, "of the record alone: daicho hold place %" PRIu64, t->first);
}

int dispose_holds_check(const struct ledger *l, const struct dispose_view *v, enum leaf_kind kind,
                        const struct leaf_target *on, size_t count, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < count; i++)
		rc = check_target(l, v, kind, &on[i], e);
	return rc;
}

/* Extensions. */

static void measure(const struct dispose_view *v, const bool *reached, struct dispose_holds_end *out)
{
	for (uint64_t seq = 0; seq < history_size(v->history); seq++) {
		struct history_entry entry;
		if (!reached[seq])
			continue;
		history_entry(v->history, seq, &entry);
		if (entry.disposed_by || !entry.disposable_year)
			continue;
		out->records++;
		if (out->base_year < entry.base_year)
			out->base_year = entry.base_year;
		if (out->class_year < entry.disposable_year - 1)
			out->class_year = entry.disposable_year - 1;
	}
}

int dispose_holds_end(const struct dispose_view *v, const struct leaf_target *on, size_t count, uint64_t years,
                      struct dispose_holds_end *out, struct err *e)
{
	struct leaf leaf = { .kind = LEAF_EXTEND, .on = (struct leaf_target *)on, .on_count = count, .has_until = true };
	struct dispose_holds_end end = { .records = 0 };
	bool *reached = history_reach(v->history, on, count);
	if (years < 1 || years > 100) {
		free(reached);
		return err_set(e, ERR_USAGE, "years: from 1 to 100 calendar years in all are wanted");
	}
	measure(v, reached, &end);
	free(reached);
	end.until = (struct date){ end.base_year + (int)years, 12, 31 };
	leaf.until = end.until;
	int rc = history_judge(v->history, &leaf, (struct history_class){ 0, false }, e);
	if (rc == ERR_RULE)
		err_next(e, "daicho volume list tells until when records are kept; a hold keeps them without end: daicho hold "
		            "place TARGET");
	if (!rc)
		*out = end;
	return rc;
}

/* "entry 5,matter 7" */
static int read_targets(const char *text, struct leaf_target *out, size_t *out_count, struct err *e)
{
	*out_count = 0;
	for (const char *s = text;; s += strcspn(s, ",") + 1) {
		size_t len = strcspn(s, ",");
		if (*out_count == TARGETS_MAX)
			return err_set(e, ERR_USAGE, "on: at most %d targets", TARGETS_MAX);
		if (!leaf_target_parse(s, len, &out[(*out_count)++]))
			return err_set(e, ERR_USAGE, "on: \"entry N\", \"entries N-M\", \"matter N\" or \"volume Y/KIND/UNIT\" is "
			                             "wanted, separated by commas");
		if (!s[len])
			return ERR_OK;
	}
}

static struct jdoc *say_extension(const struct leaf_target *on, size_t count, uint64_t years,
                                  const struct dispose_holds_end *end)
{
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", EXTENSION_FORMAT);
	jdoc_set(d, "on", say_targets(on, count));
	jdoc_set_integer(d, "records", (int64_t)end->records);
	jdoc_set_integer(d, "base_year", end->base_year);
	jdoc_set_integer(d, "years", (int64_t)years);
	member_day_or_null(d, "expires", true, (struct date){ end->class_year, 12, 31 });
	member_day_or_null(d, "until", true, end->until);
	return d;
}

int dispose_holds_extension(struct ledger *l, const char *on, uint64_t years, int64_t now, struct jdoc **out,
                            struct err *e)
{
	MEM_CLEANUP struct leaf_target *targets = mem_array(TARGETS_MAX, sizeof *targets);
	struct dispose_view v;
	struct dispose_holds_end end;
	size_t count;
	int rc = read_targets(on, targets, &count, e);
	if (!rc)
		rc = dispose_view_read(l, now, &v, e);
	if (rc)
		return rc;
	rc = dispose_holds_check(l, &v, LEAF_EXTEND, targets, count, e);
	if (!rc)
		rc = dispose_holds_end(&v, targets, count, years, &end, e);
	if (!rc)
		*out = say_extension(targets, count, years, &end);
	return rc;
}
