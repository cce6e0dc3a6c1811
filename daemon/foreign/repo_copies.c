#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "foreign/repo_impl.h"

/*
 * Of an object that lies in several places git shows the copy that it comes upon first, and believes the index of a
 * pack: one that names other bytes by this id would be shown in its place. A pack may go, or be half written, while
 * others work in the repository: so what was found wrong is looked at again at the end.
 */

static bool is_of(const struct repo_doubt *d, const char *stem)
{
	return stem && d->stem ? strcmp(stem, d->stem) == 0 : stem == d->stem;
}

static void doubt(struct repo *r, const struct oid *id, const char *stem, size_t max)
{
	for (size_t i = 0; i < r->doubts_count; i++)
		if (is_of(&r->doubts[i], stem))
			return;
	r->doubts = mem_grow(r->doubts, r->doubts_count + 1, sizeof *r->doubts);
	r->doubts[r->doubts_count++] = (struct repo_doubt){ .id = *id, .stem = stem ? mem_strdup(stem) : NULL,
		                                            .max = max };
}

static int read_loose(const struct repo *r, const struct oid *id, size_t max)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	enum oid_type type;
	return repo_loose_read(r, id, max, &type, &bytes, NULL);
}

static int note_loose(void *ctx, const struct oid *id, struct err *e)
{
	struct repo *r = ctx;
	(void)e;
	r->loose[id->b[0]] = true;
	return ERR_OK;
}

/* Most repositories have none: to ask for each object would cost more than all else here. What can't be listed is asked
 * for one by one. */
static bool may_be_loose(struct repo *r, const struct oid *id)
{
	if (!r->loose_is_known && repo_loose_walk(r, note_loose, r, NULL))
		memset(r->loose, true, sizeof r->loose);
	r->loose_is_known = true;
	return r->loose[id->b[0]];
}

void repo_copies_look_loose(struct repo *r, const struct oid *id, size_t max)
{
	if (!may_be_loose(r, id) || !repo_loose_has(r, id))
		return;
	int rc = read_loose(r, id, max);
	if (rc && rc != ERR_NOTFOUND)
		doubt(r, id, NULL, max);
}

void repo_copies_look_packed(struct repo *r, const struct oid *id, size_t max, const struct repo_pack *found)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	enum oid_type type;
	for (size_t i = 0; i < r->count; i++)
		if (&r->packs[i] != found && repo_index_has(&r->packs[i].index, id) &&
		    repo_pack_read_one(&r->packs[i], id, max, &type, &bytes, NULL))
			doubt(r, id, r->packs[i].stem, max);
}

static int read_packed(const struct repo *r, const struct repo_doubt *d)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	enum oid_type type;
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->packs[i].stem, d->stem) == 0 && repo_index_has(&r->packs[i].index, &d->id))
			return repo_pack_read_one(&r->packs[i], &d->id, d->max, &type, &bytes, NULL);
	return ERR_NOTFOUND;
}

int repo_copies_check(struct repo *r, struct err *e)
{
	int rc = r->doubts_count ? repo_pack_scan(r, e) : ERR_OK;
	for (size_t i = 0; !rc && i < r->doubts_count; i++) {
		const struct repo_doubt *d = &r->doubts[i];
		char hex[OID_HEX_LEN + 1];
		int got = d->stem ? read_packed(r, d) : read_loose(r, &d->id, d->max);
		if (got != ERR_LEDGER && got != ERR_TOOBIG) /* it went, or git can't read it either */
			continue;
		oid_print(&d->id, hex);
		rc = d->stem ? err_set(e, ERR_LEDGER, "object %s: the copy in %s.pack is not it, and git may show that one",
		                       hex, d->stem)
		             : err_set(e, ERR_LEDGER, "object %s: the loose copy is not it, and git may show that one", hex);
	}
	return rc;
}

void repo_copies_release(struct repo *r)
{
	for (size_t i = 0; i < r->doubts_count; i++)
		free(r->doubts[i].stem);
	free(r->doubts);
}
