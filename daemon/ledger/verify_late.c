#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "ledger/intent.h"
#include "ledger/ledger.h"
#include "ledger/verify_impl.h"
#include "ledger/volume.h"

#define WAIT_MS 50
#define WAITS 60        /* how often a record may be looked for before it counts as one without an entry */

void verify_late_add(struct verify *v, const struct verify_late *found)
{
	if ((v->late_count & (v->late_count - 1)) == 0)
		v->late = mem_grow(v->late, v->late_count ? 2 * v->late_count : 1, sizeof *v->late);
	v->late[v->late_count++] = *found;
}

static bool is_explained(const struct verify_late *x, const struct oid *ids, uint64_t first, size_t count)
{
	if (x->n)
		return x->seq >= first && x->seq - first < count;
	return count && bsearch(&x->commit, ids, count, sizeof *ids, oid_compare);
}

/* Drops what belongs to entries that come after the head that was judged, up to this one. */
static void drop_up_to(struct verify *v, const struct oid *head)
{
	struct oid *ids = NULL;
	size_t count = 0, kept = 0;
	if (oid_is_equal(head, &v->head) || !verify_next_since(v, head, &ids, &count))
		return;
	qsort(ids, count, sizeof *ids, oid_compare);
	for (size_t i = 0; i < v->late_count; i++)
		if (!is_explained(&v->late[i], ids, v->count, count))
			v->late[kept++] = v->late[i];
	v->late_count = kept;
	free(ids);
}

static void drop_explained(struct verify *v)
{
	struct oid head;
	bool exists = false;
	if (!repo_ref_read(v->repo, LEDGER_REF, &exists, &head, NULL) && exists)
		drop_up_to(v, &head);
}

/* A mirror whose push was cut off, or goes on: the records are here, and what is lacking are their entries. */
static void drop_announced(struct verify *v)
{
	size_t all = v->late_count;
	if (!v->has_next || !all)
		return;
	drop_up_to(v, &v->next);
	if (v->late_count == all)
		return;
	verify_lower(v, VERDICT_INCOMPLETE);
	verify_remark(v, all - v->late_count == 1
	              ? N_("%zu record is of an entry that is announced to this mirror and not here yet: push again")
	              : N_("%zu records are of entries that are announced to this mirror and not here yet: push again"),
	              all - v->late_count);
}

/* The entries that the store was about to get when its daemon ended. Nobody signs what it notes of that, so they are
 * looked at as those are that a mirror announces. */
static bool read_cut(const struct verify *v, struct oid *out_last)
{
	MEM_CLEANUP char *path = file_path(v->path, "intent");
	struct intent i;
	bool whole = false;
	if (intent_read(path, &whole, &i, NULL) || !whole)
		return false;
	bool is = !i.done && i.commits_count && i.first == v->count && oid_is_equal(&i.head, &v->head);
	if (is)
		*out_last = i.commits[i.commits_count - 1];
	intent_release(&i);
	return is;
}

/* Killed in an append, when its records were in their volumes and its entries not in the ledger yet. */
static void drop_cut(struct verify *v)
{
	size_t all = v->late_count;
	struct oid last;
	if (!v->is_store || !all || !read_cut(v, &last))
		return;
	drop_up_to(v, &last);
	if (v->late_count == all)
		return;
	verify_lower(v, VERDICT_INCOMPLETE);
	verify_remark(v, all - v->late_count == 1
	              ? N_("%zu record or attachment is of an append that was cut off before its entries stood: start "
	                   "daichod, which takes it away")
	              : N_("%zu records and attachments are of an append that was cut off before its entries stood: start "
	                   "daichod, which takes them away"), all - v->late_count);
}

static void report(struct verify *v, const struct verify_late *x)
{
	BUF_CLEANUP struct buf ref = BUF_INIT;
	char hex[OID_HEX_LEN + 1];
	volume_ref_name(&x->volume, &ref);
	oid_print(&x->commit, hex);
	if (x->n)
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s: attachments/%" PRIu64 "/%u: no record names it",
		             buf_str(&ref), x->seq, x->n);
	else
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s: a record of commit %s, which is no entry of the ledger",
		             buf_str(&ref), hex);
}

void verify_late_judge(struct verify *v)
{
	const struct timespec pause = { .tv_nsec = WAIT_MS * 1000000L };
	drop_announced(v);
	for (int i = 0; v->is_store && v->late_count && i < WAITS; i++) {
		if (i)
			nanosleep(&pause, NULL);
		drop_explained(v);
	}
	drop_cut(v);
	for (size_t i = 0; i < v->late_count; i++)
		report(v, &v->late[i]);
}
