#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/file_trim.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/task.h"
#include "ledger/act.h"
#include "ledger/append.h"
#include "ledger/dispose_archives.h"
#include "ledger/dispose_impl.h"
#include "ledger/dispose_step.h"
#include "ledger/dispose_traces.h"
#include "ledger/docket.h"
#include "ledger/member.h"

#define RUN_FORMAT "daicho.run.v1"

struct run {
	struct ledger *l;
	int64_t now;
	struct note *receipt;             /* NULL: none is given */
	struct hash witness;              /* its digest */
	struct dispose_view view;
	struct history_dues dues;         /* what goes: due now, or what the certificate names */
	struct leaf_seqs by;              /* who proposed and who approved */
	struct hash plan;
	int64_t approved_at;
	uint64_t dispose, disposed;       /* disposed 0 = not yet */
	bool destroys;                    /* without an archive */
	int64_t disposed_at;              /* Time of the certificate */
	struct hash named;                /* digest of the archive in the certificate */
	struct archive_result archive;
	struct leaf_digest wrapped;       /* the archive encrypted; method "" = it is not */
	struct dispose_set set;
	enum leaf_level level;            /* what was verified */
	struct err untrimmed;             /* why no trimmed blocks are claimed, where that was asked for */
};

/* The set. */

static int add_to_set(struct run *r, uint64_t seq, struct err *e)
{
	struct dispose_set *s = &r->set;
	struct index_entry entry;
	struct history_entry known;
	int rc = index_entry(r->l->index, seq, &entry, e);
	if (rc)
		return rc;
	history_entry(r->view.history, seq, &known);
	if (!entry.has_volume || !hash_is_equal(&entry.leaf, &known.leaf) ||
	    leaf_volume_compare(&entry.volume, &known.volume) != 0)
		return err_set(e, ERR_LEDGER, "entry %" PRIu64 ": the index says something else of it than the ledger", seq);
	s->seqs[s->count] = seq;
	s->commits[s->count++] = entry.commit;
	dispose_set_add_year(s, entry.volume.year);
	return ERR_OK;
}

static int build_set(struct run *r, struct err *e)
{
	struct dispose_set *s = &r->set;
	uint64_t count = 0;
	int rc = ERR_OK;
	for (size_t i = 0; i < r->dues.count; i++)
		count += r->dues.at[i].due.count;
	s->seqs = mem_array(count + 1, sizeof *s->seqs);
	s->commits = mem_array(count + 1, sizeof *s->commits);
	for (size_t i = 0; !rc && i < r->dues.count; i++)
		for (uint64_t j = 0; !rc && j < r->dues.at[i].due.count; j++)
			rc = add_to_set(r, r->dues.at[i].seqs[j], e);
	dispose_set_sort(s);
	return rc;
}

/* What the leaves say. */

static int read_people(struct run *r, struct err *e)
{
	struct leaf leaf;
	int rc = dispose_read_leaf(r->l, r->view.stands.propose, &leaf, e);
	if (rc)
		return rc;
	r->plan = dispose_leaf_digest(&leaf, r->view.stands.measure);
	leaf_release(&leaf);
	rc = dispose_read_leaf(r->l, r->view.stands.approve, &leaf, e);
	if (rc)
		return rc;
	r->approved_at = leaf.time;
	leaf_release(&leaf);
	return dispose_read_persons(r->l, &r->view, &r->by, e);
}

static void gather_group(struct run *r, struct history_due *g)
{
	struct history_entry entry;
	uint64_t room = g->due.count, found = 0;
	g->seqs = mem_array(room + 1, sizeof *g->seqs);
	for (uint64_t seq = 0; seq < history_size(r->view.history); seq++) {
		history_entry(r->view.history, seq, &entry);
		if (entry.disposed_by != r->dispose || !r->dispose || strcmp(entry.volume.kind, g->due.group.kind) != 0 ||
		    strcmp(entry.volume.unit, g->due.group.unit) != 0)
			continue;
		if (found < room)
			g->seqs[found] = seq;
		found++;
	}
	g->due.count = found;
}

static bool is_whole(const struct run *r, const struct history_due *g, const struct leaf_due *said)
{
	if (g->due.count != said->count)
		return false;
	MEM_CLEANUP struct hash *leaves = mem_array(g->due.count + 1, sizeof *leaves);
	for (uint64_t i = 0; i < g->due.count; i++) {
		struct history_entry entry;
		history_entry(r->view.history, g->seqs[i], &entry);
		leaves[i] = entry.leaf;
	}
	struct hash root = merkle_root_of(leaves, g->due.count);
	return hash_is_equal(&root, &said->root);
}

/* With a certificate: exactly what it names. */
static int read_certificate(struct run *r, struct err *e)
{
	struct leaf leaf;
	int rc = dispose_read_leaf(r->l, r->dispose, &leaf, e);
	if (rc)
		return rc;
	rc = dispose_receipt_compare(r->l, r->receipt, &leaf, e);
	r->named = leaf.archive.hash;
	if (leaf.wrapped_count)
		r->wrapped = leaf.wrapped[0];
	r->archive.bytes = leaf.archive.bytes;
	r->disposed_at = leaf.time;
	r->destroys = !leaf.has_archive;
	r->dues.at = mem_array(leaf.due_count + 1, sizeof *r->dues.at);
	for (size_t i = 0; !rc && i < leaf.due_count; i++) {
		struct history_due *g = &r->dues.at[r->dues.count++];
		g->due = leaf.due[i];
		gather_group(r, g);
		if (!is_whole(r, g, &leaf.due[i]))
			rc = err_set(e, ERR_LEDGER, "entry %" PRIu64 ": its Due lines are not what the ledger says was due",
			             r->dispose);
	}
	leaf_release(&leaf);
	return rc;
}

/* A receipt is of the certificate; what is handed over has none yet. */
static int check_receipt(struct run *r, struct err *e)
{
	if (!dispose_step_hands_over(&r->view))
		return dispose_receipt_check(r->l, &r->view, &r->dues, r->receipt, &r->witness, e);
	if (!r->receipt)
		return ERR_OK;
	err_set(e, ERR_RULE, "dated receipt: it stands in the certificate, which is made once these records were received");
	return err_next(e, "run without it, and give one when they were received: daicho disposal receipt --plan DIGEST "
	                "--receipt NUMBER --sign FPR");
}

/* Without one: all that is due, which is what was approved. */
static int read_due(struct run *r, struct err *e)
{
	history_due_of(r->view.history, r->view.year, r->view.stands.base_year, r->view.stands.measure, &r->dues);
	return check_receipt(r, e);
}

static int prepare(struct run *r, struct err *e)
{
	const struct history_proposal *p = &r->view.stands;
	int rc = dispose_view_read(r->l, r->now, &r->view, e);
	if (!rc && !p->dispose)
		rc = dispose_traces_remove(r->l, e);        /* of a run that was stopped, and completed or aborted since */
	if (!rc)
		rc = dispose_step_run(r->l, &r->view, r->now, e);
	if (rc)
		return rc;
	r->dispose = p->dispose;
	r->destroys = p->measure == RULEBOOK_MEASURE_DESTROY;
	rc = read_people(r, e);
	if (!rc)
		rc = r->dispose ? read_certificate(r, e) : read_due(r, e);
	return rc ? rc : build_set(r, e);
}

/* The archive. */

static int write_archive(struct run *r, struct err *e)
{
	const struct archive_basis basis = { .history = r->view.history, .size = r->view.stands.approve + 1,
		.time = r->approved_at, .named = r->dispose ? &r->named : NULL };
	return archive_write(r->l, &basis, &r->dues, &r->plan, &r->archive, &r->set.traces, e);
}

/* With a certificate the archive is what it was, or nothing is deleted. Only while all records are still there it can
 * be made anew. */
static int find_archive(struct run *r, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	archive_path(r->l->store, r->view.stands.base_year, &r->plan, &path);
	if (!r->dispose || !file_exists(buf_str(&path))) {
		int rc = write_archive(r, e);
		if (rc && r->dispose)
			err_next(e, "put the archive of the certificate back: %s", buf_str(&path));
		return rc;
	}
	int rc = archive_check(buf_str(&path), &r->named, &r->set.traces, e);
	if (rc)
		return err_next(e, "put the archive of the certificate back in its place, then run again");
	r->archive.hash = r->named;
	r->archive.path = buf_steal(&path, NULL);
	return ERR_OK;
}

/* What is destroyed has none: by what is gone then is learned before the certificate, while all of it is there. After
 * it the list is made anew only where all of it is there again, in a store that was restored. */
static int find_traces(struct run *r, struct err *e)
{
	const int year = r->view.stands.base_year;
	struct err why = ERR_INIT;
	if (!r->dispose)
		return dispose_traces_make(r->l, year, &r->plan, &r->set, e);
	int rc = dispose_traces_read(r->l, year, &r->plan, &r->set, &why);
	if (rc == ERR_NOTFOUND && !dispose_traces_make(r->l, year, &r->plan, &r->set, NULL))
		return ERR_OK;
	if (rc)
		*e = why;
	return rc;
}

static int find_copy(struct run *r, struct err *e)
{
	return r->destroys ? find_traces(r, e) : find_archive(r, e);
}

/* What the certificate names stands; a run without one makes it, for the custodians of now. */
static int wrap_archive(struct run *r, struct err *e)
{
	if (r->destroys)
		return ERR_OK;
	if (!r->dispose)
		return archive_wrap(r->l, r->archive.path, NULL, &r->wrapped, e);
	return *r->wrapped.method ? archive_wrap(r->l, r->archive.path, &r->wrapped, &r->wrapped, e) : ERR_OK;
}

/* Only now: until the records are proved to be gone, what was in them is read from the plain archive or the list of
 * traces, also by a run that goes on where another one was stopped. */
static int tidy_up(struct run *r, struct err *e)
{
	if (r->destroys)
		return dispose_traces_remove(r->l, e);
	return *r->wrapped.method ? archive_unwrapped_remove(r->archive.path, &r->wrapped, e) : ERR_OK;
}

/* The entries. */

static int append_leaf(struct run *r, struct leaf *leaf, uint64_t *out_seq, struct err *e)
{
	struct append_item item = { .leaf = leaf };
	if (leaf->has_witness)
		item = act_item(r->l, leaf, r->receipt, NULL);
	strcpy(leaf->kind_name, leaf_kind_name(leaf->kind));
	leaf->seq = r->l->chain.size;
	leaf->time = r->view.time;
	int rc = append_one(r->l, &item, r->now, e);
	if (!rc && item.err.code) {
		*e = item.err;
		rc = (int)item.err.code;
	}
	*out_seq = item.seq;
	return rc;
}

static void set_on(struct leaf *leaf, uint64_t seq)
{
	leaf->on = mem_array(1, sizeof *leaf->on);
	leaf->on[0] = (struct leaf_target){ .type = LEAF_ON_ENTRY, .first = seq, .last = seq };
	leaf->on_count = 1;
}

static void set_lists(const struct run *r, struct leaf *leaf)
{
	leaf->due = mem_array(r->dues.count + 1, sizeof *leaf->due);
	leaf->due_count = r->dues.count;
	for (size_t i = 0; i < r->dues.count; i++)
		leaf->due[i] = r->dues.at[i].due;
	leaf->except = mem_array(r->dues.except_count + 1, sizeof *leaf->except);
	leaf->except_count = r->dues.except_count;
	if (r->dues.except_count)
		memcpy(leaf->except, r->dues.except, r->dues.except_count * sizeof *leaf->except);
	for (size_t i = 0; i < r->by.count; i++)
		leaf_seqs_add(&leaf->by, r->by.at[i]);
}

static void set_wrapped(const struct run *r, struct leaf *leaf)
{
	if (!*r->wrapped.method)
		return;
	leaf->wrapped = mem_array(1, sizeof *leaf->wrapped);
	leaf->wrapped[0] = r->wrapped;
	leaf->wrapped_count = 1;
}

/* The receipt is the record of the certificate. */
static void set_witness(const struct run *r, struct leaf *leaf)
{
	int year = date_year_of_time(leaf->time);
	if (!r->receipt)
		return;
	leaf->has_witness = leaf->has_volume = true;
	leaf->witness = r->witness;
	leaf->volume.year = r->receipt->event.year > year ? r->receipt->event.year : year;
	strcpy(leaf->volume.kind, r->receipt->kind);
	strcpy(leaf->volume.unit, r->receipt->unit);
}

/* The certificate comes first: nothing is deleted that is not named by a durable entry. */
static int certify(struct run *r, struct err *e)
{
	struct leaf leaf = { .kind = LEAF_DISPOSE, .has_archive = !r->destroys };
	if (r->dispose)
		return ERR_OK;
	leaf.archive.hash = r->archive.hash;
	leaf.archive.bytes = r->archive.bytes;
	set_wrapped(r, &leaf);
	set_on(&leaf, r->view.stands.approve);
	set_lists(r, &leaf);
	leaf.seq = r->l->chain.size;
	leaf.time = r->view.time;
	set_witness(r, &leaf);
	leaf.has_until = leaf.has_archive && history_archive_end(r->view.history, leaf.time, &leaf.until);
	history_remains(r->view.history, leaf.seq, leaf.time, &leaf.remains, &leaf.remains_count);
	int rc = history_judge(r->view.history, &leaf, (struct history_class){ 0, false }, e);
	if (rc == ERR_RULE && r->view.stands.transfer)
		err_next(e, "abort the proposal and propose again: daicho disposal abort --plan DIGEST --reason TEXT");
	if (!rc)
		rc = append_leaf(r, &leaf, &r->dispose, e);
	r->disposed_at = leaf.time;
	leaf_release(&leaf);
	return rc;
}

/* On the medium before the first record goes: a start after power loss must not take them for lost. */
static int mark_index(void *ctx, struct err *e)
{
	struct run *r = ctx;
	int rc = index_begin(r->l->index, e);
	docket_forget(r->l->docket); /* it may hold them in memory */
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < r->set.count; i++)
		rc = index_dispose(r->l->index, r->set.seqs[i], r->dispose, e);
	if (!rc)
		rc = index_commit(r->l->index, e);
	if (rc)
		index_rollback(r->l->index);
	return rc ? rc : index_checkpoint(r->l->index, e);
}

static int make_swap(void *ctx, struct err *e)
{
	return dispose_swap_make(ctx, e);
}

/* The index is marked while the first year is built, which asks nothing of it. */
static int delete_year(struct run *r, size_t i, struct err *e)
{
	struct dispose_swap swap;
	const struct task tasks[] = { { make_swap, &swap }, { mark_index, r } };
	int rc = dispose_swap_begin(&swap, r->l, r->set.years[i], &r->set, r->disposed_at, e);
	if (!rc)
		rc = task_run_all(tasks, i ? 1 : 2, e);
	if (!rc)
		rc = dispose_swap_put(&swap, e);
	dispose_swap_release(&swap);
	return rc;
}

static int delete_records(struct run *r, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < r->set.years_count; i++)
		rc = delete_year(r, i, e);
	return rc ? rc : dispose_absence_prove(r->l, &r->set, e);
}

/* What was in the records still stands somewhere until tidy_up, after the entry that tells the level. */
static bool removes_after(const struct run *r)
{
	return r->destroys || *r->wrapped.method;
}

/* No more is claimed than was done: who can't trim says so, and the disposal is complete all the same. */
static void erase_blocks(struct run *r)
{
	bool asked = r->l->store->trims && !removes_after(r);
	r->level = asked && !file_trim(r->l->store->volumes, &r->untrimmed) ? LEAF_LEVEL_BLOCKS_TRIMMED
	                                                                   : LEAF_LEVEL_IDS_ABSENT;
}

/* Done as far as it can be, and claimed by no entry. The archives may be on another file system. */
static void erase_after(struct run *r)
{
	const struct store *s = r->l->store;
	if (!s->trims || !removes_after(r))
		return;
	const char *why = r->destroys ? _("the list of traces goes after the certificate; its blocks are not claimed")
	                              : _("the plain archive goes after the certificate; its blocks are not claimed");
	if (file_trim(s->volumes, &r->untrimmed) || file_trim(s->archive, &r->untrimmed))
		err_prefix(&r->untrimmed, "%s", why);
	else
		err_set(&r->untrimmed, ERR_IO, "%s", why);
}

static int complete(struct run *r, struct err *e)
{
	struct leaf leaf = { .kind = LEAF_DISPOSED, .level = r->level };
	set_on(&leaf, r->dispose);
	history_remains(r->view.history, r->dispose, r->view.time, &leaf.remains, &leaf.remains_count);
	int rc = append_leaf(r, &leaf, &r->disposed, e);
	leaf_release(&leaf);
	return rc;
}

static struct jdoc *say_archive(const struct run *r)
{
	char digest[HASH_TEXT_LEN + 1];
	if (r->destroys)
		return jdoc_null();
	struct jdoc *archive = jdoc_object();
	hash_print(&r->archive.hash, digest);
	jdoc_set_string(archive, "path", r->archive.path);
	jdoc_set_string(archive, "hash", digest);
	jdoc_set_integer(archive, "bytes", (int64_t)r->archive.bytes);
	if (*r->wrapped.method) {
		MEM_CLEANUP char *sealed = mem_printf("%s.gpg", r->archive.path);
		struct jdoc *wrapped = jdoc_object();
		hash_print(&r->wrapped.hash, digest);
		jdoc_set_string(wrapped, "path", sealed);
		jdoc_set_string(wrapped, "hash", digest);
		jdoc_set_integer(wrapped, "bytes", (int64_t)r->wrapped.bytes);
		jdoc_set(archive, "wrapped", wrapped);
	}
	return archive;
}

static struct jdoc *say_run(const struct run *r)
{
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", RUN_FORMAT);
	jdoc_set_string(d, "measure", rulebook_measure_word(r->view.stands.measure));
	member_seq(d, "dispose", r->dispose);
	member_seq(d, "disposed", r->disposed);
	jdoc_set_integer(d, "base_year", r->view.stands.base_year);
	jdoc_set_integer(d, "count", (int64_t)r->set.count);
	jdoc_set(d, "archive", say_archive(r));
	jdoc_set_bool(d, "absent", r->disposed != 0);
	jdoc_set(d, "level", r->disposed ? jdoc_string(dispose_level_word(r->level)) : jdoc_null());
	jdoc_set(d, "untrimmed", r->untrimmed.code ? jdoc_string(r->untrimmed.text) : jdoc_null());
	return d;
}

static void release_run(struct run *r)
{
	history_dues_release(&r->dues);
	dispose_set_release(&r->set);
	free(r->by.at);
	free(r->archive.path);
}

static int dispose(struct run *r, struct err *e)
{
	int rc = wrap_archive(r, e);
	if (!rc)
		rc = certify(r, e);
	if (!rc)
		rc = delete_records(r, e);
	if (!rc)
		erase_blocks(r);
	if (!rc)
		rc = complete(r, e);
	if (!rc)
		rc = tidy_up(r, e);
	if (!rc)
		erase_after(r);
	return rc;
}

int dispose_run(struct ledger *l, struct note *receipt, int64_t now, struct jdoc **out, struct err *e)
{
	struct run r = { .l = l, .now = now, .receipt = receipt };
	int rc = dispose_archives_tidy(l, now, e);
	if (!rc)
		rc = prepare(&r, e);
	if (!rc)
		rc = find_copy(&r, e);
	if (!rc && !dispose_step_hands_over(&r.view))
		rc = dispose(&r, e);
	if (!rc)
		*out = say_run(&r);
	release_run(&r);
	return rc;
}
