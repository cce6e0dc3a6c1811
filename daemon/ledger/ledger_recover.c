/* What a batch that failed or was killed had put into the volumes is taken away, unless its entries are in the
 * ledger. */
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/file.h"
#include "base/mem.h"
#include "ledger/gitcmd.h"
#include "ledger/intent.h"
#include "ledger/ledger_impl.h"
#include "ledger/volume.h"

#define PRUNE_DEADLINE_S 3600

static int refuse(const struct ledger *l, const char *what, struct err *e)
{
	err_set(e, ERR_LEDGER, "%s: %s", l->store->dir, lang_text(what));
	return err_next(e,
	                "nothing was changed; daicho verify, then restore ledger.git, volumes and intent from one backup");
}

static int restore_ref(struct ledger *l, struct repo *year, const char *name, const struct volume_ref *r, struct err *e)
{
	bool exists;
	struct oid is;
	int rc = repo_ref_read(year, name, &exists, &is, e);
	if (rc)
		return rc;
	if (exists == r->had && (!exists || oid_is_equal(&is, &r->old)))
		return ERR_OK;
	if (!exists || !oid_is_equal(&is, &r->new))
		return refuse(l, "a volume stands neither before nor after the batch that was in flight", e);
	return r->had ? repo_ref_move(year, name, &r->new, &r->old, e) : repo_ref_delete(year, name, &r->new, e);
}

static int restore_refs(struct ledger *l, const struct intent *i, struct err *e)
{
	int rc = ERR_OK;
	for (size_t n = 0; !rc && n < i->refs_count; n++) {
		BUF_CLEANUP struct buf name = BUF_INIT;
		struct repo *year;
		volume_ref_name(&i->refs[n].volume, &name);
		rc = ledger_year(l, i->refs[n].volume.year, false, &year, e);
		if (rc == ERR_NOTFOUND)
			rc = i->refs[n].had ? refuse(l, "the volumes of the batch that was in flight are missing", e) : ERR_OK;
		else if (!rc)
			rc = restore_ref(l, year, buf_str(&name), &i->refs[n], e);
	}
	return rc;
}

/* Nothing refers to the swept objects any more; now they go. That they can't go now does not make them a record: it is
 * tried again at the next start, and no disposal copies them. */
static void prune(struct repo *r)
{
	static const char *const repack[] = { "repack", "-a", "-q", NULL };
	static const char *const drop[] = { "repack", "-a", "-d", "-q", NULL };
	static const char *const loose[] = { "prune", "--expire=now", NULL };
	struct err ignored = ERR_INIT;
	MEM_CLEANUP char *packs = file_path(repo_path(r), "objects/pack");
	/* git does not wait for the new name before it removes the old ones, so that it is on the medium first */
	if (!gitcmd_run(repo_path(r), repack, PRUNE_DEADLINE_S, &ignored) && !file_sync_dir(packs, &ignored) &&
	    !gitcmd_run(repo_path(r), drop, PRUNE_DEADLINE_S, &ignored))
		gitcmd_run(repo_path(r), loose, PRUNE_DEADLINE_S, &ignored);
	repo_refresh(r, &ignored);
}

static void prune_years(struct ledger *l, const struct intent *i)
{
	struct err ignored = ERR_INIT;
	int done = 0;
	for (size_t n = 0; n < i->blobs_count; n++) {
		struct repo *year;
		if (i->blobs[n].year == done || ledger_year(l, i->blobs[n].year, false, &year, &ignored) ||
		    !repo_has(year, &i->blobs[n].id))
			continue;
		prune(year);
		done = i->blobs[n].year;
	}
}

static void prune_entries(struct ledger *l, const struct intent *i)
{
	for (size_t n = 0; n < i->commits_count; n++)
		if (repo_has(l->repo, &i->commits[n])) {
			prune(l->repo);
			return;
		}
}

static int settle(struct ledger *l, const struct intent *i, struct err *e)
{
	bool exists;
	struct oid head;
	int rc = repo_ref_read(l->repo, LEDGER_REF, &exists, &head, e);
	if (!rc && !exists)
		rc = refuse(l, "the ref of the ledger is missing", e);
	if (rc)
		return rc;
	if (i->commits_count && oid_is_equal(&head, &i->commits[i->commits_count - 1]))
		return ERR_OK;
	if (i->done)
		return refuse(l, "the ledger lacks entries that were acknowledged", e);
	if (!oid_is_equal(&head, &i->head))
		return refuse(l, "the ledger stands neither before nor after the batch that was in flight", e);
	rc = restore_refs(l, i, e);
	if (rc)
		return rc;
	if (l->maintain)
		l->maintain_wait(l->maintain, l);
	prune_years(l, i);
	prune_entries(l, i);
	return ERR_OK;
}

int ledger_recover(struct ledger *l, struct err *e)
{
	struct intent i;
	bool whole;
	int rc = intent_read(l->store->intent, &whole, &i, e);
	if (!rc && whole) {
		rc = settle(l, &i, e);
		intent_release(&i);
	}
	if (!rc)
		l->unsettled = false;
	return rc;
}
