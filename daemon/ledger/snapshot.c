#include "ledger/snapshot.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/gitcmd.h"

#define PACK_DEADLINE_S 3600
#define FORMAT "daicho.snapshot.v1"

struct saying {
	struct jdoc *volumes;
	int year;
};

static int say_ref(void *ctx, const char *name, const struct oid *id, struct err *e)
{
	const struct saying *s = ctx;
	char hex[OID_HEX_LEN + 1];
	struct jdoc *d = jdoc_object();
	(void)e;
	oid_print(id, hex);
	jdoc_set_integer(d, "year", s->year);
	jdoc_set_string(d, "ref", name);
	jdoc_set_string(d, "commit", hex);
	jdoc_append(s->volumes, d);
	return ERR_OK;
}

static int say_volumes(struct ledger *l, struct jdoc *volumes, struct err *e)
{
	struct saying s = { .volumes = volumes };
	int *years = NULL;
	size_t count = 0;
	int rc = ledger_years_list(l->store, &years, &count, e);
	for (size_t i = 0; !rc && i < count; i++) {
		struct repo *year;
		s.year = years[i];
		rc = ledger_year(l, years[i], false, &year, e);
		if (!rc)
			rc = repo_ref_walk(year, "refs/notes/", say_ref, &s, e);
	}
	free(years);
	return rc;
}

int snapshot_say(struct ledger *l, struct jdoc **out, struct err *e)
{
	char hex[OID_HEX_LEN + 1], leaf[HASH_TEXT_LEN + 1];
	struct jdoc *d = jdoc_object(), *volumes = jdoc_array();
	oid_print(&l->chain.head, hex);
	hash_print(&l->chain.last, leaf);
	jdoc_set_string(d, "format", FORMAT);
	jdoc_set_integer(d, "seq", (int64_t)l->chain.size - 1);
	jdoc_set_string(d, "commit", hex);
	jdoc_set_string(d, "leaf", leaf);
	jdoc_set(d, "volumes", volumes);
	int rc = say_volumes(l, volumes, e);
	if (rc)
		jdoc_free(d);
	else
		*out = d;
	return rc;
}

/* git names the pack by what is in it. */
static int pack(const char *from, const char *to, const struct snapshot_ref *refs, size_t count, struct err *e)
{
	MEM_CLEANUP char *prefix = file_path(to, "objects/pack/pack");
	BUF_CLEANUP struct buf ids = BUF_INIT;
	const char *const args[] = { "pack-objects", "--revs", "--quiet", prefix, NULL };
	for (size_t i = 0; i < count; i++) {
		char hex[OID_HEX_LEN + 1];
		oid_print(&refs[i].commit, hex);
		buf_printf(&ids, "%s\n", hex);
	}
	int rc = gitcmd_exchange(from, args, buf_str(&ids), PACK_DEADLINE_S, NULL, e);
	return rc ? err_prefix(e, "%s", from) : ERR_OK;
}

int snapshot_copy(const char *from, const char *to, const struct snapshot_ref *refs, size_t count, struct err *e)
{
	MEM_CLEANUP char *hooks = file_path(from, "hooks");
	int rc = store_make_repo(to, hooks, e);
	if (!rc && count)
		rc = pack(from, to, refs, count, e);
	struct repo *r = rc ? NULL : repo_open(to, false, e);
	if (!rc && !r)
		rc = (int)e->code;
	for (size_t i = 0; !rc && i < count; i++)
		rc = repo_ref_move(r, refs[i].name, NULL, &refs[i].commit, e);
	repo_close(r);
	return rc;
}
