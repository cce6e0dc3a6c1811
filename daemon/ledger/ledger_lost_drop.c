/* Damaged records that the operator says are lost are taken out of their volumes. */
#include <stdlib.h>

#include "base/mem.h"
#include "ledger/ledger_impl.h"
#include "ledger/volume.h"

struct dropping {                   /* from one volume */
	struct ledger *ledger;
	struct index_entry *lost; size_t lost_count;     /* in all volumes */
	struct volume_blob *kept; size_t kept_count;
	bool drops;
};

static bool is_lost_note(const struct dropping *d, const struct oid *commit)
{
	bool found = false;
	for (size_t i = 0; !found && i < d->lost_count; i++)
		found = oid_is_equal(&d->lost[i].commit, commit);
	return found;
}

static int take_blob(void *ctx, const struct volume_blob *b, struct err *e)
{
	struct dropping *d = ctx;
	const struct store *s = d->ledger->store;
	(void)e;
	if (b->n ? leaf_ranges_hold(s->accepts, s->accepts_count, b->seq) : is_lost_note(d, &b->commit)) {
		d->drops = true;
		return ERR_OK;
	}
	if ((d->kept_count & (d->kept_count - 1)) == 0)
		d->kept = mem_grow(d->kept, d->kept_count ? 2 * d->kept_count : 1, sizeof *d->kept);
	d->kept[d->kept_count++] = *b;
	return ERR_OK;
}

static int write_volume(struct dropping *d, struct repo *year, const struct leaf_volume *v, const struct oid *was,
                        struct err *e)
{
	const struct ledger *l = d->ledger;
	BUF_CLEANUP struct buf name = BUF_INIT;
	struct oid commit;
	volume_ref_name(v, &name);
	if (!d->kept_count)
		return repo_ref_delete(year, buf_str(&name), was, e);
	struct repo_batch *batch = repo_batch_new(year);
	int rc = volume_build(year, batch, d->kept, d->kept_count, l->store->origin, l->chain.time, &commit, e);
	if (!rc)
		rc = repo_batch_write(batch, e);
	if (!rc)
		rc = repo_ref_move(year, buf_str(&name), was, &commit, e);
	repo_batch_free(batch);
	return rc;
}

/* Nothing of it can be read: then it goes whole, or stays. */
static int drop_unread(struct dropping *d, const struct leaf_volume *v, struct err *e)
{
	struct err why = *e;
	bool is_lost = false;
	int rc = ledger_volume_is_lost(d->ledger, v, &is_lost, e);
	if (rc)
		return rc;
	d->kept_count = 0;
	d->drops = is_lost;
	if (is_lost)
		return ERR_OK;
	*e = why;
	return ledger_next_restore(d->ledger, e);
}

static int drop_from(struct dropping *d, const struct leaf_volume *v, struct err *e)
{
	BUF_CLEANUP struct buf name = BUF_INIT;
	struct repo *year;
	struct oid was;
	bool exists = false;
	volume_ref_name(v, &name);
	d->kept_count = 0;
	d->drops = false;
	int rc = ledger_year(d->ledger, v->year, false, &year, e);
	if (rc)
		return rc == ERR_NOTFOUND ? ERR_OK : rc;
	rc = repo_ref_read(year, buf_str(&name), &exists, &was, e);
	if (rc || !exists)
		return rc;
	rc = volume_walk(year, v, &was, take_blob, d, e);
	if (ledger_is_damage(rc))
		rc = drop_unread(d, v, e);
	return rc || !d->drops ? rc : write_volume(d, year, v, &was, e);
}

static int compare_volumes(const void *a, const void *b)
{
	const struct index_entry *x = a, *y = b;
	return leaf_volume_compare(&x->volume, &y->volume);
}

static int read_lost(struct dropping *d, struct err *e)
{
	const struct store *s = d->ledger->store;
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < s->accepts_count; i++)
		for (uint64_t seq = s->accepts[i].first; !rc && seq <= s->accepts[i].last; seq++) {
			if ((d->lost_count & (d->lost_count - 1)) == 0)
				d->lost = mem_grow(d->lost, d->lost_count ? 2 * d->lost_count : 1, sizeof *d->lost);
			rc = index_entry(d->ledger->index, seq, &d->lost[d->lost_count], e);
			d->lost_count += !rc;
		}
	return rc;
}

int ledger_lost_drop(struct ledger *l, struct err *e)
{
	struct dropping d = { .ledger = l };
	int rc = read_lost(&d, e);
	if (!rc && d.lost_count)
		qsort(d.lost, d.lost_count, sizeof *d.lost, compare_volumes);
	for (size_t i = 0; !rc && i < d.lost_count; i++)
		if (!i || compare_volumes(&d.lost[i - 1], &d.lost[i]) != 0)
			rc = drop_from(&d, &d.lost[i].volume, e);
	free(d.lost);
	free(d.kept);
	return rc;
}
