#include "ledger/dispose_replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "base/mem.h"
#include "ledger/dispose_impl.h"
#include "ledger/volume.h"

#define BLOB_MAX (NOTE_ATTACHMENT_MAX + 4096)

struct fact {                       /* of an entry that has or had a record */
	struct oid commit;
	struct hash record;
	uint64_t seq;
	int16_t year;
	bool is_disposed, is_unfinished, is_here;
};

struct replay {
	const char *folder;
	struct repo *repo;
	struct history *history;
	struct fact *facts; size_t count, cap;     /* by commit, once all are there */
	char origin[LEAF_ORIGIN_MAX + 1];
	int64_t time;                              /* of the last certificate */
	struct dispose_set set;
	struct oid *completed; size_t completed_count;     /* `disposed` entries */
	struct dispose_replayed result;
};

static void take_leaf(void *ctx, const struct oid *commit, const struct leaf *leaf)
{
	struct replay *r = ctx;
	memcpy(r->origin, leaf->origin, sizeof r->origin);
	r->result.seq = leaf->seq;
	keyring_take(&r->result.keys, leaf, leaf->seq);
	if (leaf->kind == LEAF_DISPOSE) {
		r->result.disposals++;
		r->time = leaf->time;
	}
	if (leaf->kind == LEAF_DISPOSED) {
		r->completed = mem_grow(r->completed, r->completed_count + 1, sizeof *r->completed);
		r->completed[r->completed_count++] = *commit;
	}
	if (!leaf->has_volume)
		return;
	if (r->count == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 256;
		r->facts = mem_grow(r->facts, r->cap, sizeof *r->facts);
	}
	r->facts[r->count++] = (struct fact){ .commit = *commit, .record = leaf->record, .seq = leaf->seq,
		                              .year = (int16_t)leaf->volume.year };
}

static int compare_facts(const void *a, const void *b)
{
	const struct fact *x = a, *y = b;
	return oid_compare(&x->commit, &y->commit);
}

static struct fact *find_fact(const struct replay *r, const struct oid *commit)
{
	const struct fact wanted = { .commit = *commit };
	return r->count ? bsearch(&wanted, r->facts, r->count, sizeof wanted, compare_facts) : NULL;
}

static void fill_set(struct replay *r)
{
	struct dispose_set *s = &r->set;
	s->seqs = mem_array(r->count + 1, sizeof *s->seqs);
	s->commits = mem_array(r->count + 1, sizeof *s->commits);
	for (size_t i = 0; i < r->count; i++) {
		struct fact *f = &r->facts[i];
		struct history_entry known;
		history_entry(r->history, f->seq, &known);
		f->is_disposed = known.disposed_by != 0;
		f->is_unfinished = f->is_disposed && known.disposed_by == r->result.unfinished;
		if (!f->is_disposed || f->is_unfinished)
			continue;
		s->seqs[s->count] = f->seq;
		s->commits[s->count++] = f->commit;
	}
	dispose_set_sort(s);
	if (r->count)
		qsort(r->facts, r->count, sizeof *r->facts, compare_facts);
}

/* As of the last entry: a clock that is wrong here lets no hold end. */
static void find_unfinished(struct replay *r)
{
	struct dispose_replayed *d = &r->result;
	struct history_proposal stands;
	struct history_entry last;
	history_proposal(r->history, &stands);
	d->unfinished = stands.dispose;
	d->stopped = history_stopped(r->history, date_year_of_time(history_time(r->history)));
	d->done = d->unfinished ? d->unfinished - 1 : d->seq;
	history_entry(r->history, d->done, &last);
	d->head = last.leaf;
}

static int read_ledger(struct replay *r, struct err *e)
{
	MEM_CLEANUP char *path = file_path(r->folder, "ledger.git");
	struct oid head;
	bool exists = false;
	r->repo = repo_open(path, false, e);
	int rc = r->repo ? repo_ref_read(r->repo, LEDGER_REF, &exists, &head, e) : (int)e->code;
	if (!rc && !exists)
		rc = err_set(e, ERR_NOTFOUND, "%s: holds no entry yet", path);
	if (!rc)
		rc = ledger_history_read(r->repo, &head, UINT64_MAX, take_leaf, r, &r->history, e);
	if (!rc)
		find_unfinished(r);
	return rc;
}

/* One year. */

struct year {
	struct replay *replay;
	struct repo *repo;
	struct dispose_record *records; size_t count;
	uint64_t gone;
};

/* A record that came before its entry stays as it is. */
static void keep(struct year *y, const struct volume_blob *b, struct fact *f, const struct buf *bytes)
{
	if ((y->count & (y->count - 1)) == 0)
		y->records = mem_grow(y->records, y->count ? 2 * y->count : 1, sizeof *y->records);
	y->records[y->count++] = (struct dispose_record){ b->commit,
		f ? f->record : hash_of(buf_str(bytes), bytes->len) };
	if (f)
		f->is_here = true;
}

static int take_blob(void *ctx, const struct volume_blob *b, struct err *e)
{
	struct year *y = ctx;
	struct replay *r = y->replay;
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	bool is_note = !oid_is_zero(&b->commit);
	bool goes = is_note ? dispose_set_has_commit(&r->set, &b->commit) : dispose_set_has_seq(&r->set, b->seq);
	struct fact *f = is_note ? find_fact(r, &b->commit) : NULL;
	if (!goes && is_note && f) {
		keep(y, b, f, &bytes);
		return ERR_OK;
	}
	if (!goes && !is_note)
		return ERR_OK;
	int rc = repo_read(y->repo, &b->blob, OID_BLOB, BLOB_MAX, &bytes, e);
	if (rc)
		return rc;
	if (!goes) {
		keep(y, b, f, &bytes);
		return ERR_OK;
	}
	y->gone += is_note;
	return archive_traces_add(&r->set.traces, buf_str(&bytes), bytes.len, e);
}

static int take_ref(void *ctx, const char *name, const struct oid *id, struct err *e)
{
	struct year *y = ctx;
	struct leaf_volume volume;
	if (!volume_ref_parse(name, &volume))
		return err_set(e, ERR_LEDGER, "%s: %s: stray ref", repo_path(y->repo), name);
	return volume_walk(y->repo, &volume, id, take_blob, y, e);
}

static int read_year(struct year *y, const char *path, struct err *e)
{
	y->repo = repo_open(path, false, e);
	int rc = y->repo ? repo_ref_walk(y->repo, "refs/", take_ref, y, e) : (int)e->code;
	repo_close(y->repo);
	archive_traces_sort(&y->replay->set.traces);
	return rc;
}

static int replay_year(struct replay *r, int number, struct err *e)
{
	MEM_CLEANUP char *volumes = file_path(r->folder, "volumes");
	MEM_CLEANUP char *path = mem_printf("%s/%04d.git", volumes, number);
	MEM_CLEANUP char *hooks = file_path(path, "hooks");
	struct year y = { .replay = r };
	struct dispose_swap swap;
	int rc = file_exists(path) ? repo_clear_stale(path, e) : ERR_OK;
	if (!file_exists(path))
		return ERR_OK;
	if (!rc)
		rc = read_year(&y, path, e);
	const struct dispose_place place = { .volumes = volumes, .hooks = hooks, .origin = r->origin,
		                             .records = y.records, .count = y.count, .time = r->time };
	dispose_swap_init(&swap, &place, number, &r->set);
	if (!rc)
		rc = dispose_swap_make(&swap, e);
	if (!rc)
		rc = dispose_swap_put(&swap, e);
	if (!rc)
		r->result.went += y.gone;
	dispose_swap_release(&swap);
	return rc;
}

static int compare_years(const void *a, const void *b)
{
	return *(const int16_t *)a - *(const int16_t *)b;
}

/* Every year that the ledger names, also one of which nothing was disposed of: what is missing is found there. */
static int replay_years(struct replay *r, struct err *e)
{
	int16_t *years = mem_array(r->count + 1, sizeof *years), last = 0;
	int rc = ERR_OK;
	for (size_t i = 0; i < r->count; i++)
		years[i] = r->facts[i].year;
	if (r->count)
		qsort(years, r->count, sizeof *years, compare_years);
	for (size_t i = 0; !rc && i < r->count; i++)
		if (years[i] != last)
			rc = replay_year(r, last = years[i], e);
	free(years);
	return rc;
}

static int compare_seqs(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static void list_missing(struct replay *r)
{
	struct dispose_replayed *d = &r->result;
	uint64_t *seqs = mem_array(r->count + 1, sizeof *seqs);
	size_t count = 0;
	for (size_t i = 0; i < r->count; i++) {
		const struct fact *f = &r->facts[i];
		d->lacking += f->is_unfinished && !f->is_here;
		if (!f->is_disposed && !f->is_here)
			seqs[count++] = f->seq;
	}
	if (count)
		qsort(seqs, count, sizeof *seqs, compare_seqs);
	d->missing = mem_array(count + 1, sizeof *d->missing);
	for (size_t i = 0; i < count; i++)
		if (d->missing_count && d->missing[d->missing_count - 1].last + 1 == seqs[i])
			d->missing[d->missing_count - 1].last = seqs[i];
		else
			d->missing[d->missing_count++] = (struct leaf_range){ seqs[i], seqs[i] };
	free(seqs);
}

static void list_gone(struct replay *r)
{
	struct dispose_replayed *d = &r->result;
	d->gone = mem_array(r->set.count + r->completed_count + 1, sizeof *d->gone);
	for (size_t i = 0; i < r->set.count; i++)
		d->gone[d->gone_count++] = r->set.commits[i];
	for (size_t i = 0; i < r->completed_count; i++)
		d->gone[d->gone_count++] = r->completed[i];
}

static int prove_absence(const struct replay *r, struct err *e)
{
	MEM_CLEANUP char *ledger = file_path(r->folder, "ledger.git");
	MEM_CLEANUP char *volumes = file_path(r->folder, "volumes");
	return dispose_absence_search(r->folder, ledger, volumes, &r->set, e);
}

void dispose_replayed_release(struct dispose_replayed *d)
{
	free(d->missing);
	free(d->gone);
	keyring_release(&d->keys);
}

static void release(struct replay *r)
{
	repo_close(r->repo);
	history_free(r->history);
	dispose_set_release(&r->set);
	free(r->facts);
	free(r->completed);
}

int dispose_replay(const char *folder, struct dispose_replayed *out, struct err *e)
{
	struct replay r = { .folder = folder };
	int rc = read_ledger(&r, e);
	if (!rc) {
		fill_set(&r);
		rc = replay_years(&r, e);
	}
	if (!rc)
		rc = prove_absence(&r, e);
	if (!rc) {
		list_missing(&r);
		list_gone(&r);
		*out = r.result;
	} else {
		keyring_release(&r.result.keys);
	}
	release(&r);
	return rc;
}

int dispose_replay_state(const char *folder, struct dispose_replayed *out, struct err *e)
{
	struct replay r = { .folder = folder };
	int rc = read_ledger(&r, e);
	if (!rc) {
		fill_set(&r);
		list_gone(&r);
		*out = r.result;
	} else {
		keyring_release(&r.result.keys);
	}
	release(&r);
	return rc;
}
