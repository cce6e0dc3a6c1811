/* Between a store and its mirror. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/gitcmd.h"
#include "ledger/ledger.h"
#include "ledger/mirror.h"
#include "ledger/mirror_impl.h"

#define VOLUMES "+refs/notes/volumes/*:refs/notes/volumes/*"

/* What is no longer here is asked to go, too: so the mirror says when it has a disposal to carry out. */
static int push_one(const char *from, const char *url, const char *part, const char *refspec, struct err *e)
{
	MEM_CLEANUP char *to = mem_printf("%s/%s", url, part);
	const char *const args[] = { "push", "--quiet", "--prune", "--no-signed", "--no-recurse-submodules", to, refspec,
		                     NULL };
	return gitcmd_exchange(from, args, NULL, MIRROR_DEADLINE_S, NULL, e);
}

static int push_year(const struct store *s, const struct store_mirror *m, int year, struct err *e)
{
	BUF_CLEANUP struct buf from = BUF_INIT;
	MEM_CLEANUP char *part = mem_printf("volumes/%04d.git", year);
	const char *folder = mirror_folder_of(m->url);
	store_volume_path(s, year, &from);
	int rc = folder ? mirror_make_year(folder, year, e) : ERR_OK;
	return rc ? rc : push_one(buf_str(&from), m->url, part, VOLUMES, e);
}

static int push_years(const struct store *s, const struct store_mirror *m, struct mirror_pushed *out, struct err *e)
{
	int *years = NULL;
	size_t count = 0;
	int rc = ledger_years_list(s, &years, &count, e);
	for (size_t i = 0; !rc && i < count; i++) {
		struct err why = ERR_INIT;
		rc = push_year(s, m, years[i], &why);
		if (rc == ERR_RULE) {
			out->waiting = years[i];
			rc = ERR_OK;
		} else if (rc) {
			*e = why;
			err_prefix(e, "mirror %s: volumes of %d", m->name, years[i]);
			if (!mirror_folder_of(m->url) && !*e->next)
				err_next(e, "on its machine: daicho mirror prepare FOLDER --name %s --pin FILE --volumes --years %d-%d",
				         m->name, years[i], years[i]);
		} else {
			out->years++;
		}
	}
	free(years);
	return rc;
}

int mirror_push(const struct store *s, const struct store_mirror *m, struct mirror_pushed *out, struct err *e)
{
	const char *folder = mirror_folder_of(m->url);
	struct mirror_folder made = { .volumes = m->volumes, .pins = mirror_pins(s) };
	struct mirror_pushed p = { .years = 0 };
	char hex[OID_HEX_LEN + 1];
	strcpy(made.name, m->name);
	int rc = folder ? mirror_prepare(folder, &made, 0, 0, e) : ERR_OK;
	if (!rc)
		rc = mirror_head_read(s->ledger, &p.head, e);
	if (!rc && m->volumes)
		rc = push_years(s, m, &p, e);
	if (rc)
		return rc;
	oid_print(&p.head.commit, hex);
	MEM_CLEANUP char *refspec = mem_printf("%s:" LEDGER_REF, hex);
	rc = push_one(s->ledger, m->url, "ledger.git", refspec, e);
	if (rc) {
		err_prefix(e, "mirror %s", m->name);
		return *e->next ? rc : err_next(e, "on its machine: daicho mirror prepare FOLDER --name %s --pin FILE",
		                                m->name);
	}
	*out = p;
	return ERR_OK;
}

/* Fetching. */

static int fetch_one(const char *url, const char *part, const char *to, const char *refspec, struct err *e)
{
	MEM_CLEANUP char *from = mem_printf("%s/%s", url, part);
	MEM_CLEANUP char *into = file_path(to, part);
	const char *const args[] = { "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", from, refspec,
		                     NULL };
	int rc = repo_create(into, LEDGER_REF, e);
	return rc ? rc : gitcmd_exchange(into, args, NULL, MIRROR_DEADLINE_S, NULL, e);
}

int mirror_fetch(const struct store *s, const struct store_mirror *m, const char *to, struct err *e)
{
	MEM_CLEANUP char *volumes = file_path(to, "volumes");
	int *years = NULL;
	size_t count = 0;
	int rc = file_mkdirs(volumes, 0700, e);
	if (!rc)
		rc = fetch_one(m->url, "ledger.git", to, "+" LEDGER_REF ":" LEDGER_REF, e);
	if (!rc && m->volumes)
		rc = ledger_years_list(s, &years, &count, e);
	for (size_t i = 0; !rc && i < count; i++) {
		MEM_CLEANUP char *part = mem_printf("volumes/%04d.git", years[i]);
		rc = fetch_one(m->url, part, to, VOLUMES, e);
	}
	free(years);
	return rc ? err_prefix(e, "mirror %s", m->name) : ERR_OK;
}
