#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/task.h"
#include "ledger/dispose_impl.h"
#include "ledger/gitcmd.h"
#include "ledger/volume.h"

#define FSCK_DEADLINE_S 3600
#define BLOB_MAX (NOTE_ATTACHMENT_MAX + 4096)
#define SHARE_MIN 512                     /* blobs, for which another pack is worth it */

/* What stays of one volume. */
struct kept_volume {
	struct leaf_volume volume;
	struct volume_blob *blobs;
	size_t count;
};

struct kept {
	const struct dispose_set *set;
	struct repo *old;                 /* read; closed before the swap */
	struct kept_volume *volumes;
	size_t count;
	size_t blobs;                     /* notes and attachments in all of them */
	size_t notes;
	size_t gone;                      /* notes and attachments that go */
};

struct records {                      /* what the ledger says of the notes of the year, by commit */
	const struct ledger *ledger;
	const struct dispose_set *set;
	struct dispose_record *at;
	size_t count;
};

static void release_kept(struct kept *k)
{
	for (size_t i = 0; i < k->count; i++)
		free(k->volumes[i].blobs);
	free(k->volumes);
	repo_close(k->old);
	*k = (struct kept){ .count = 0 };
}

static bool goes(const struct dispose_set *s, const struct volume_blob *b)
{
	return oid_is_zero(&b->commit) ? dispose_set_has_seq(s, b->seq) : dispose_set_has_commit(s, &b->commit);
}

static int take_blob(void *ctx, const struct volume_blob *b, struct err *e)
{
	struct kept *k = ctx;
	struct kept_volume *v = &k->volumes[k->count - 1];
	if (goes(k->set, b)) {
		k->gone++;
		return ERR_OK;
	}
	/* Salted as they are, no two bodies can be the same; if they were, one could not go without the other. */
	if (dispose_set_has_blob(k->set, &b->blob))
		return err_set(e, ERR_LEDGER, "%s: a record that stays has the bytes of one that goes", repo_path(k->old));
	if ((v->count & (v->count - 1)) == 0)
		v->blobs = mem_grow(v->blobs, v->count ? 2 * v->count : 1, sizeof *v->blobs);
	v->blobs[v->count++] = *b;
	k->blobs++;
	k->notes += !oid_is_zero(&b->commit);
	return ERR_OK;
}

static int take_ref(void *ctx, const char *name, const struct oid *id, struct err *e)
{
	struct kept *k = ctx;
	struct leaf_volume volume;
	if (!volume_ref_parse(name, &volume))
		return err_set(e, ERR_LEDGER, "%s: %s: stray ref", repo_path(k->old), name);
	k->volumes = mem_grow(k->volumes, k->count + 1, sizeof *k->volumes);
	k->volumes[k->count++] = (struct kept_volume){ .volume = volume };
	return volume_walk(k->old, &volume, id, take_blob, k, e);
}

static int read_kept(const char *path, const struct dispose_set *s, struct kept *out, struct err *e)
{
	*out = (struct kept){ .set = s, .old = repo_open(path, false, e) };
	if (!out->old)
		return e->code;
	int rc = repo_ref_walk(out->old, "refs/", take_ref, out, e);
	if (rc)
		release_kept(out);
	return rc;
}

static int take_record(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct records *r = ctx;
	(void)e;
	if (!entry->has_volume || entry->disposed_by || dispose_set_has_seq(r->set, entry->seq) ||
	    ledger_is_lost(r->ledger, entry->seq))
		return ERR_OK;
	if ((r->count & (r->count - 1)) == 0)
		r->at = mem_grow(r->at, r->count ? 2 * r->count : 1, sizeof *r->at);
	r->at[r->count++] = (struct dispose_record){ entry->commit, entry->record };
	return ERR_OK;
}

static int compare_records(const void *a, const void *b)
{
	const struct dispose_record *x = a, *y = b;
	return oid_compare(&x->commit, &y->commit);
}

struct share {                        /* blobs that are copied in one task, into one pack */
	const char *from, *to;
	const struct oid *blobs;
	size_t count;
};

/* Each is read from the old repository, where its bytes are checked against its id. */
static int copy_between(struct repo *from, struct repo *to, const struct share *s, struct err *e)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	struct repo_batch *batch = repo_batch_new(to);
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < s->count; i++) {
		rc = repo_read(from, &s->blobs[i], OID_BLOB, BLOB_MAX, &bytes, e);
		if (!rc)
			repo_batch_add(batch, OID_BLOB, buf_str(&bytes), bytes.len);
	}
	if (!rc)
		rc = repo_batch_write(batch, e);
	repo_batch_free(batch);
	return rc;
}

static int copy_share(void *ctx, struct err *e)
{
	const struct share *s = ctx;
	struct repo *from = repo_open(s->from, false, e), *to = from ? repo_open(s->to, false, e) : NULL;
	int rc = to ? copy_between(from, to, s, e) : (int)e->code;
	repo_close(to);
	repo_close(from);
	return rc;
}

static struct oid *list_blobs(const struct kept *k)
{
	struct oid *all = mem_array(k->blobs + 1, sizeof *all);
	size_t count = 0;
	for (size_t i = 0; i < k->count; i++)
		for (size_t j = 0; j < k->volumes[i].count; j++)
			all[count++] = k->volumes[i].blobs[j].blob;
	return all;
}

static int copy_blobs(const struct kept *k, const char *path, struct err *e)
{
	MEM_CLEANUP struct oid *all = list_blobs(k);
	struct share shares[TASK_MAX];
	struct task tasks[TASK_MAX];
	size_t n = task_shares(k->blobs, SHARE_MIN);
	for (size_t i = 0; i < n; i++) {
		size_t first = k->blobs * i / n, end = k->blobs * (i + 1) / n;
		shares[i] = (struct share){ repo_path(k->old), path, all + first, end - first };
		tasks[i] = (struct task){ copy_share, &shares[i] };
	}
	return task_run_all(tasks, n, e);
}

static int build_volumes(const struct dispose_place *p, struct kept *k, struct repo *next, struct err *e)
{
	struct repo_batch *batch = repo_batch_new(next);
	struct oid *commits = mem_array(k->count + 1, sizeof *commits);
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < k->count; i++)
		if (k->volumes[i].count)
			rc = volume_build(next, batch, k->volumes[i].blobs, k->volumes[i].count, p->origin, p->time,
			                  &commits[i], e);
	if (!rc)
		rc = repo_batch_write(batch, e);
	for (size_t i = 0; !rc && i < k->count; i++) {
		BUF_CLEANUP struct buf name = BUF_INIT;
		volume_ref_name(&k->volumes[i].volume, &name);
		if (k->volumes[i].count)
			rc = repo_ref_move(next, buf_str(&name), NULL, &commits[i], e);
	}
	repo_batch_free(batch);
	free(commits);
	return rc;
}

static int build_next(const struct dispose_place *p, struct kept *k, const char *path, struct err *e)
{
	int rc = store_make_repo_unsynced(path, p->hooks, e);
	if (!rc && repo_has_fan(k->old)) /* a mirror's */
		rc = repo_make_fan(path, e);
	if (!rc)
		rc = copy_blobs(k, path, e);
	struct repo *next = rc ? NULL : repo_open(path, false, e);
	if (!rc)
		rc = next ? build_volumes(p, k, next, e) : (int)e->code;
	repo_close(next);
	return rc;
}

static int compare_blobs(const void *a, const void *b)
{
	const struct volume_blob *x = a, *y = b;
	int order = oid_compare(&x->commit, &y->commit);
	if (order)
		return order;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return x->n < y->n ? -1 : x->n > y->n;
}

static void sort_kept(struct kept *k)
{
	for (size_t i = 0; i < k->count; i++)
		if (k->volumes[i].count)
			qsort(k->volumes[i].blobs, k->volumes[i].count, sizeof *k->volumes[i].blobs, compare_blobs);
}

static bool is_same_volume(const struct kept_volume *a, const struct kept_volume *b)
{
	if (leaf_volume_compare(&a->volume, &b->volume) != 0 || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (compare_blobs(&a->blobs[i], &b->blobs[i]) != 0 || !oid_is_equal(&a->blobs[i].blob, &b->blobs[i].blob))
			return false;
	return true;
}

/* Both were read in the order of their refs; a volume of which nothing stays has no ref any more. */
static int compare_kept(struct kept *was, struct kept *is, struct err *e)
{
	size_t at = 0;
	sort_kept(was);
	sort_kept(is);
	for (size_t i = 0; i < was->count; i++) {
		if (!was->volumes[i].count)
			continue;
		if (at == is->count || !is_same_volume(&was->volumes[i], &is->volumes[at]))
			return err_set(e, ERR_LEDGER, "%s: does not hold exactly what stays", repo_path(is->old));
		at++;
	}
	return at == is->count && !is->gone
		? ERR_OK : err_set(e, ERR_LEDGER, "%s: holds more than what stays", repo_path(is->old));
}

/* Every record that must stay is there, with the digest that its entry signed. */
static int check_records(struct kept *is, const struct dispose_place *p, struct err *e)
{
	if (is->notes != p->count)
		return err_set(e, ERR_LEDGER, "%s: holds %zu records, %zu must stay", repo_path(is->old), is->notes, p->count);
	for (size_t i = 0; i < is->count; i++)
		for (size_t j = 0; j < is->volumes[i].count; j++) {
			const struct volume_blob *b = &is->volumes[i].blobs[j];
			const struct dispose_record wanted = { .commit = b->commit };
			BUF_CLEANUP struct buf bytes = BUF_INIT;
			int rc = repo_read(is->old, &b->blob, OID_BLOB, BLOB_MAX, &bytes, e);
			if (rc)
				return rc;
			if (oid_is_zero(&b->commit))
				continue;
			const struct dispose_record *found = bsearch(&wanted, p->records, p->count, sizeof wanted,
			                                             compare_records);
			struct hash hash = hash_of(buf_str(&bytes), bytes.len);
			if (!found || !hash_is_equal(&hash, &found->record))
				return err_set(e, ERR_LEDGER, "%s: a record is not the one that its entry signed", repo_path(is->old));
		}
	return ERR_OK;
}

static int refuse_gone(void *ctx, const struct oid *id, struct err *e)
{
	const struct kept *k = ctx;
	return dispose_set_has_blob(k->set, id)
		? err_set(e, ERR_LEDGER, "%s: holds a record that was to go", repo_path(k->old)) : ERR_OK;
}

struct checking {
	struct kept *was;
	const struct dispose_place *place;
	const char *path;
};

static int run_fsck(void *ctx, struct err *e)
{
	static const char *const fsck[] = { "fsck", "--full", "--strict", "--no-progress", NULL };
	const struct checking *c = ctx;
	return gitcmd_run(c->path, fsck, FSCK_DEADLINE_S, e);
}

static int check_next(void *ctx, struct err *e)
{
	const struct checking *c = ctx;
	struct kept is;
	int rc = read_kept(c->path, c->was->set, &is, e);
	if (rc)
		return rc;
	rc = compare_kept(c->was, &is, e);
	if (!rc)
		rc = check_records(&is, c->place, e);
	if (!rc)
		rc = repo_object_walk(is.old, refuse_gone, &is, e);
	release_kept(&is);
	return rc ? rc : file_sync_tree(c->path, e);
}

static int make_next(const struct dispose_place *p, struct kept *was, const char *next, struct err *e)
{
	struct checking c = { was, p, next };
	const struct task checks[] = { { run_fsck, &c }, { check_next, &c } };
	if (p->count != was->notes)
		return err_set(e, ERR_LEDGER, "%s: holds %zu records that stay, the ledger has %zu", repo_path(was->old),
		               was->notes, p->count);
	if (p->count)
		qsort(p->records, p->count, sizeof *p->records, compare_records);
	int rc = build_next(p, was, next, e);
	return rc ? rc : task_run_all(checks, sizeof checks / sizeof *checks, e);
}

/* Whatever a killed run left under `next` is of no use: a repository that was not finished, or the old one after the
 * swap. */
int dispose_swap_make(struct dispose_swap *w, struct err *e)
{
	struct kept was;
	int rc = file_remove_tree(w->next, e);
	if (!rc)
		rc = read_kept(w->path, w->set, &was, e);
	if (rc)
		return rc;
	if (was.gone)
		rc = make_next(&w->place, &was, w->next, e);
	w->changes = !rc && was.gone;
	release_kept(&was);
	return rc;
}

int dispose_swap_put(const struct dispose_swap *w, struct err *e)
{
	int rc = w->changes ? file_exchange(w->next, w->path, e) : ERR_OK;
	return rc || !w->changes ? rc : file_remove_tree(w->next, e);
}

void dispose_swap_init(struct dispose_swap *w, const struct dispose_place *p, int year, const struct dispose_set *s)
{
	*w = (struct dispose_swap){ .place = *p, .set = s, .hooks = mem_strdup(p->hooks) };
	w->place.hooks = w->hooks;
	w->path = mem_printf("%s/%04d.git", p->volumes, year);
	w->next = mem_printf("%s/.next-%04d.git", p->volumes, year);
}

int dispose_swap_begin(struct dispose_swap *w, struct ledger *l, int year, const struct dispose_set *s, int64_t time,
                       struct err *e)
{
	const struct index_filter filter = { .year = year, .only_records = true };
	MEM_CLEANUP char *hooks = file_path(l->store->ledger, "hooks");
	struct records records = { .ledger = l, .set = s };
	int rc = ledger_year_close(l, year, e);
	if (!rc)
		rc = index_list(l->index, &filter, take_record, &records, e);
	const struct dispose_place place = { .volumes = l->store->volumes, .hooks = hooks, .origin = l->store->origin,
		                             .records = records.at, .count = records.count, .time = time };
	dispose_swap_init(w, &place, year, s);
	return rc;
}

void dispose_swap_release(struct dispose_swap *w)
{
	free(w->place.records);
	free(w->path);
	free(w->next);
	free(w->hooks);
	*w = (struct dispose_swap){ .changes = false };
}
