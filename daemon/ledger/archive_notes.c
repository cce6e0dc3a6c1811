#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ledger/archive_impl.h"
#include "ledger/volume.h"

struct body {                             /* a note: by its commit; an attachment: by the entry's number and its own */
	struct oid commit, blob;
	uint64_t seq;
	unsigned n;
};

struct archive_shelf {
	struct leaf_volume volume;
	struct body *bodies;              /* sorted */
	size_t count;
};

static int compare_bodies(const void *a, const void *b)
{
	const struct body *x = a, *y = b;
	int order = oid_compare(&x->commit, &y->commit);
	if (order)
		return order;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return x->n < y->n ? -1 : x->n > y->n;
}

static int take_blob(void *ctx, const struct volume_blob *b, struct err *e)
{
	struct archive_shelf *s = ctx;
	(void)e;
	if ((s->count & (s->count - 1)) == 0)
		s->bodies = mem_grow(s->bodies, s->count ? 2 * s->count : 1, sizeof *s->bodies);
	s->bodies[s->count++] = (struct body){ b->commit, b->blob, b->seq, b->n };
	return ERR_OK;
}

static int fill_shelf(struct archive_notes *n, struct archive_shelf *s, struct err *e)
{
	BUF_CLEANUP struct buf name = BUF_INIT;
	struct repo *year;
	struct oid notes;
	bool exists = false;
	volume_ref_name(&s->volume, &name);
	int rc = ledger_year(n->ledger, s->volume.year, false, &year, e);
	if (!rc)
		rc = repo_ref_read(year, buf_str(&name), &exists, &notes, e);
	if (!rc && exists)
		rc = volume_walk(year, &s->volume, &notes, take_blob, s, e);
	if (!rc && s->count)
		qsort(s->bodies, s->count, sizeof *s->bodies, compare_bodies);
	return rc;
}

static int find_shelf(struct archive_notes *n, const struct leaf_volume *v, struct archive_shelf **out, struct err *e)
{
	for (size_t i = 0; i < n->count; i++)
		if (leaf_volume_compare(&n->shelves[i].volume, v) == 0) {
			*out = &n->shelves[i];
			return ERR_OK;
		}
	n->shelves = mem_grow(n->shelves, n->count + 1, sizeof *n->shelves);
	*out = &n->shelves[n->count++];
	**out = (struct archive_shelf){ .volume = *v };
	return fill_shelf(n, *out, e);
}

static int read_body(struct archive_notes *n, const struct leaf_volume *v, const struct body *wanted, size_t max,
                     struct buf *out, struct err *e)
{
	BUF_CLEANUP struct buf name = BUF_INIT;
	struct archive_shelf *s;
	struct repo *year;
	int rc = find_shelf(n, v, &s, e);
	if (rc)
		return rc;
	const struct body *found = s->count ? bsearch(wanted, s->bodies, s->count, sizeof *wanted, compare_bodies) : NULL;
	if (!found) {
		leaf_volume_print(v, &name);
		return err_set(e, ERR_NOTFOUND, "volume %s: a record or an attachment of it is not there", buf_str(&name));
	}
	rc = ledger_year(n->ledger, v->year, false, &year, e);
	return rc ? rc : repo_read(year, &found->blob, OID_BLOB, max, out, e);
}

int archive_notes_read(struct archive_notes *n, const struct leaf_volume *v, const struct oid *commit, struct buf *out,
                       struct err *e)
{
	const struct body wanted = { .commit = *commit };
	return read_body(n, v, &wanted, NOTE_MAX, out, e);
}

int archive_notes_attachment(struct archive_notes *n, const struct leaf_volume *v, uint64_t seq, unsigned number,
                             struct buf *out, struct err *e)
{
	const struct body wanted = { .seq = seq, .n = number };
	return read_body(n, v, &wanted, NOTE_ATTACHMENT_MAX + 256, out, e);
}

void archive_notes_release(struct archive_notes *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->shelves[i].bodies);
	free(n->shelves);
	n->shelves = NULL;
	n->count = 0;
}
