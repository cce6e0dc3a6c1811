#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "ledger/ledger.h"
#include "ledger/mirror.h"
#include "ledger/verify_impl.h"
#include "ledger/volume.h"

#define NOTES "refs/notes/volumes/"

struct reader {
	struct verify *v;
	bool has_head;
};

static void add_volume(struct verify_ref **refs, size_t *count, const struct leaf_volume *volume, const struct oid *id)
{
	if ((*count & (*count - 1)) == 0)
		*refs = mem_grow(*refs, *count ? *count * 2 : 1, sizeof **refs);
	(*refs)[(*count)++] = (struct verify_ref){ .volume = *volume, .commit = *id };
}

static int read_ref(void *ctx, const char *name, const struct oid *id, struct err *e)
{
	struct reader *r = ctx;
	struct verify *v = r->v;
	struct leaf_volume volume;
	(void)e;
	if (strcmp(name, LEDGER_REF) == 0) {
		r->has_head = true;
		v->head = *id;
	} else if (strcmp(name, MIRROR_NEXT) == 0) {
		v->has_next = true;
		v->next = *id;
	} else if (!v->is_store && strcmp(name, VERIFY_REMOTE) == 0) {
		v->has_remote = true;
		v->remote = *id;
	} else if (!v->is_store && volume_ref_parse(name, &volume)) {
		add_volume(&v->refs, &v->refs_count, &volume, id);
		v->years[volume.year] = true;
	} else if (v->is_store) {
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN,
		             "%s: stray ref: only %s may be here: take it away (git update-ref -d %s)", name, LEDGER_REF, name);
	} else {
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN,
		             "%s: stray ref: only %s and %s* may be here: take it away (git update-ref -d %s), or clone anew",
		             name, LEDGER_REF, NOTES, name);
	}
	return ERR_OK;
}

int verify_refs_read(struct verify *v, bool *out_has_head, struct err *e)
{
	struct reader r = { .v = v };
	struct err why = ERR_INIT;
	int rc = repo_ref_walk(v->repo, "refs/", read_ref, &r, &why);
	*out_has_head = r.has_head;
	if (rc && !verify_is_finding(rc)) {
		*e = why;
		return rc;
	}
	if (rc)
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s", why.text);
	if (!r.has_head && v->has_remote) {
		v->head = v->remote;
		*out_has_head = true;
	}
	if (!*out_has_head && !rc)
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s: not there: no entry to judge", LEDGER_REF);
	return ERR_OK;
}

/* A finding is a fault; all else is an error. */
static int report(struct verify *v, const char *name, int rc, const struct err *why, struct err *e)
{
	if (rc && !verify_is_finding(rc)) {
		*e = *why;
		return rc;
	}
	if (rc)
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s: %s", name, why->text);
	return ERR_OK;
}

/* An entry, or one that follows the last of them. */
static bool is_of_ledger(struct verify *v, const struct oid *commit)
{
	struct oid *later = NULL;
	uint64_t seq;
	size_t count;
	if (verify_chain_find(v, commit, &seq) || (v->has_remote && oid_is_equal(commit, &v->remote)))
		return true;
	bool is = verify_next_since(v, commit, &later, &count);
	free(later);
	return is;
}

/* Who clones a repository, or asks git for the log of it, sees what HEAD is on. */
int verify_refs_head(struct verify *v, const char *name, struct repo *repo, struct err *e)
{
	struct err why = ERR_INIT;
	bool is_detached = false;
	struct oid id;
	char hex[OID_HEX_LEN + 1];
	int rc = repo_head_read(repo, &is_detached, &id, &why);
	if (rc || !is_detached)
		return report(v, name, rc, &why, e);
	if (repo == v->repo && is_of_ledger(v, &id))
		return ERR_OK;
	oid_print(&id, hex);
	verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN,
	             "%s: HEAD is on commit %s, which is no entry of the ledger: git symbolic-ref HEAD refs/heads/ledger",
	             name, hex);
	return ERR_OK;
}

int verify_refs_copies(struct verify *v, const char *name, struct repo *repo, struct err *e)
{
	struct err why = ERR_INIT;
	int rc = repo_copies_check(repo, &why);
	if (repo_has_commit_graph(repo))
		verify_remark(v, "%s: a commit-graph lies there, which git believes and nobody judged: look without it (git -c "
		                 "core.commitGraph=false), or remove it, since it is derived", name);
	if (repo_has_multi_pack_index(repo))
		verify_remark(v, "%s: a multi-pack-index lies there, which git believes and nobody judged: look without it "
		                 "(git -c core.multiPackIndex=false), or remove it, since it is derived", name);
	return report(v, name, rc, &why, e);
}

struct lister {
	struct verify *v;
	int year;
	struct verify_ref *refs;
	size_t count;
};

static int list_ref(void *ctx, const char *name, const struct oid *id, struct err *e)
{
	struct lister *l = ctx;
	struct leaf_volume volume;
	(void)e;
	if (volume_ref_parse(name, &volume) && volume.year == l->year)
		add_volume(&l->refs, &l->count, &volume, id);
	else
		verify_fault(l->v, VERIFY_NO_SEQ, VERDICT_BROKEN,
		             "volumes/%d.git: %s: stray ref: only %s%d/* may be here: take it away (git update-ref -d %s)",
		             l->year, name, NOTES, l->year, name);
	return ERR_OK;
}

int verify_refs_volumes(struct verify *v, struct repo *repo, int year, struct verify_ref **out, size_t *out_count,
                        struct err *e)
{
	struct lister l = { .v = v, .year = year };
	int rc = repo_ref_walk(repo, "refs/", list_ref, &l, e);
	*out = l.refs;
	*out_count = l.count;
	return rc;
}
