#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/repo_impl.h"

/*
 * Packs that were merged into another go away in an order in which a power failure leaves every object readable: the
 * other's name is on the medium before theirs change, and theirs have changed before their bytes do.
 */

struct names {
	char **list;
	size_t n;
};

static bool has_all_of(const struct repo_index *large, const struct repo_index *small)
{
	for (uint32_t i = 0; i < small->count; i++) {
		struct oid id = repo_index_at(small, i);
		if (!repo_index_has(large, &id))
			return false;
	}
	return true;
}

static bool is_kept(const struct repo *r, const char *stem)
{
	MEM_CLEANUP char *keep = mem_printf("%s/%s.keep", r->packs_path, stem);
	return file_exists(keep);
}

/* In a larger one, so that of two that are alike neither goes by reason of the other. */
static bool is_merged(const struct repo *r, size_t at)
{
	const struct repo_index *small = &r->packs[at].index;
	for (size_t i = r->count; i-- > 0;)
		if (r->packs[i].index.count > small->count && has_all_of(&r->packs[i].index, small))
			return !is_kept(r, r->packs[at].stem);
	return false;
}

/* Aside under a name that is no pack's; the index first, since without it a pack is none for git. */
static void set_aside(const struct repo *r, const char *stem, struct names *out)
{
	static const char *const suffixes[] = { "idx", "pack" }, *const others[] = { "rev", "bitmap" };
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		MEM_CLEANUP char *path = mem_printf("%s/%s.%s", r->packs_path, stem, suffixes[i]);
		char *aside = mem_printf("%s/tmp_%s_%s", r->packs_path, suffixes[i], stem);
		if (rename(path, aside) == 0)
			out->list[out->n++] = aside;
		else
			free(aside);
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		MEM_CLEANUP char *path = mem_printf("%s/%s.%s", r->packs_path, stem, others[i]);
		unlink(path);
	}
}

static void take_out(struct repo *r, size_t at, struct names *out)
{
	struct repo_pack gone = r->packs[at];
	memmove(r->packs + at, r->packs + at + 1, (r->count - at - 1) * sizeof *r->packs);
	r->count--;
	r->last = 0;
	set_aside(r, gone.stem, out);
	repo_pack_close(&gone);
}

static bool mark_merged(const struct repo *r, bool *marks)
{
	bool any = false;
	for (size_t i = 0; i < r->count; i++)
		any |= marks[i] = is_merged(r, i);
	for (size_t i = 0; i < r->count; i++) /* what was looked up here need not stay in memory */
		madvise((void *)r->packs[i].index.map, r->packs[i].index.size, MADV_DONTNEED);
	return any;
}

int repo_drop_merged(struct repo *r, struct err *e)
{
	MEM_CLEANUP bool *marks = mem_array(r->count + 1, sizeof *marks);
	if (r->walking || !mark_merged(r, marks))
		return ERR_OK;
	int rc = file_sync_dir(r->packs_path, e);
	if (rc)
		return rc;
	struct names names = { .list = mem_array(r->count * 2 + 1, sizeof *names.list) };
	for (size_t i = r->count; i-- > 0;)
		if (marks[i])
			take_out(r, i, &names);
	rc = file_sync_dir(r->packs_path, e);
	for (size_t i = 0; i < names.n; i++)
		if (rc)
			free(names.list[i]); /* left as they are, to be cleared away at the next start */
		else
			repo_spare_keep(r, names.list[i]);
	free(names.list);
	return rc;
}
