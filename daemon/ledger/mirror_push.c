/* Between a store and its mirror. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"
#include "ledger/dispose_replay.h"
#include "ledger/gitcmd.h"
#include "ledger/ledger.h"
#include "ledger/mirror.h"
#include "ledger/mirror_impl.h"
#include "ledger/volume.h"

#define VOLUMES "refs/notes/volumes/"
#define REFS_MAX ((size_t)64 << 20)
#define TRIES 10
#define PAUSE_MS 100

struct held {                       /* a volume of the store as it is pushed */
	char *ref;
	struct oid commit;
	bool is_there;                  /* the mirror has just that */
};

struct year {
	const struct store *store;
	const struct store_mirror *mirror;
	const struct mirror_entries *entries;  /* of the store */
	int number;
	bool is_here;                          /* the store has its repository */
	bool is_kept;                          /* the mirror has a record that the store lacks, and no disposal took it */
	struct held *at; size_t count;
	char **specs; size_t specs_count;      /* what is pushed */
};

static int take_ref(void *ctx, const char *name, const struct oid *id, struct err *e)
{
	struct year *y = ctx;
	(void)e;
	y->at = mem_grow(y->at, y->count + 1, sizeof *y->at);
	y->at[y->count++] = (struct held){ .ref = mem_strdup(name), .commit = *id };
	return ERR_OK;
}

static int read_year(struct year *y, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	store_volume_path(y->store, y->number, &path);
	struct repo *r = repo_open(buf_str(&path), false, e);
	int rc = r ? repo_ref_walk(r, VOLUMES, take_ref, y, e) : (int)e->code;
	repo_close(r);
	return rc;
}

static void release_years(struct year *years, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < years[i].count; j++)
			free(years[i].at[j].ref);
		for (size_t j = 0; j < years[i].specs_count; j++)
			free(years[i].specs[j]);
		free(years[i].at);
		free(years[i].specs);
	}
	free(years);
}

static int read_years(const struct store *s, const struct store_mirror *m, const struct mirror_entries *entries,
                      struct year **out, size_t *out_count, struct err *e)
{
	int *numbers = NULL;
	size_t here = 0, count = 0;
	int rc = mirror_years_list(s, entries, &numbers, &here, &count, e);
	if (rc)
		return rc;
	struct year *years = mem_array(count + 1, sizeof *years);
	for (size_t i = 0; i < count; i++)
		years[i] = (struct year){ .store = s, .mirror = m, .entries = entries, .number = numbers[i],
			                  .is_here = i < here };
	for (size_t i = 0; !rc && i < here; i++)
		rc = read_year(&years[i], e);
	free(numbers);
	if (rc) {
		release_years(years, count);
		return rc;
	}
	*out = years;
	*out_count = count;
	return ERR_OK;
}

static int push(const char *from, const char *to, char *const *specs, size_t count, struct err *e)
{
	static const char *const first[] = { "push", "--quiet", "--no-signed", "--no-recurse-submodules" };
	const size_t options = sizeof first / sizeof *first;
	MEM_CLEANUP const char **args = mem_array(options + count + 2, sizeof *args);
	memcpy(args, first, sizeof first);
	args[options] = to;
	for (size_t i = 0; i < count; i++)
		args[options + 1 + i] = specs[i];
	args[options + 1 + count] = NULL;
	return gitcmd_exchange(from, args, NULL, MIRROR_DEADLINE_S, NULL, e);
}

static void add_spec(struct year *y, char *spec)
{
	y->specs = mem_grow(y->specs, y->specs_count + 1, sizeof *y->specs);
	y->specs[y->specs_count++] = spec;
}

/* Does an entry say that the volume has a record, which no disposal took? Then it is lost here, and its last copy may
 * be the mirror's: no store asks for it to go. */
static bool is_wanted(const struct year *y, const char *ref)
{
	struct leaf_volume volume;
	bool found = false;
	if (!volume_ref_parse(ref, &volume))
		return false;
	for (size_t i = 0; !found && i < y->entries->count; i++)
		found = !y->entries->at[i].is_disposed && leaf_volume_compare(&y->entries->at[i].volume, &volume) == 0;
	return found;
}

/* "<id>\t<ref>": what the mirror has and is not here is asked to go, so that it says when it has a disposal to carry
 * out. */
static void take_theirs(struct year *y, const char *line, size_t len)
{
	const char *tab = memchr(line, '\t', len);
	struct oid id;
	if (!tab || !oid_parse(line, (size_t)(tab - line), &id))
		return;
	MEM_CLEANUP char *ref = mem_strndup(tab + 1, len - (size_t)(tab + 1 - line));
	for (size_t i = 0; i < y->count; i++)
		if (strcmp(y->at[i].ref, ref) == 0) {
			y->at[i].is_there = oid_is_equal(&y->at[i].commit, &id);
			return;
		}
	y->is_kept = y->is_kept || is_wanted(y, ref);
	add_spec(y, mem_printf(":%s", ref));
}

static int compare(struct year *y, const char *from, const char *to, struct err *e)
{
	const char *const args[] = { "ls-remote", "--quiet", "--refs", to, VOLUMES "*", NULL };
	BUF_CLEANUP struct buf theirs = { .max = REFS_MAX };
	int rc = gitcmd_exchange(from, args, NULL, MIRROR_DEADLINE_S, &theirs, e);
	for (const char *at = buf_str(&theirs); !rc && *at;) {
		size_t len = strcspn(at, "\n");
		take_theirs(y, at, len);
		at += len + (at[len] == '\n');
	}
	for (size_t i = 0; !rc && i < y->count; i++) {
		char hex[OID_HEX_LEN + 1];
		oid_print(&y->at[i].commit, hex);
		if (!y->at[i].is_there)
			add_spec(y, mem_printf("+%s:%s", hex, y->at[i].ref));
	}
	return rc;
}

/* Records that are known to be lost here, while the mirror has them. By ssh its hook alone sees that. */
static int look_for_lost(struct year *y, const char *folder, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	MEM_CLEANUP char *theirs = mem_printf("%s/volumes/%04d.git", folder, y->number);
	MEM_CLEANUP struct leaf_range *lost = NULL;
	size_t count = 0;
	int rc = ledger_lost_read(y->store->lost, &lost, &count, e);
	if (rc || !count)
		return rc;
	store_volume_path(y->store, y->number, &path);
	struct repo *here = mirror_year_open(buf_str(&path)), *there = mirror_year_open(theirs);
	for (size_t i = 0; !y->is_kept && i < y->entries->count; i++) {
		const struct mirror_entry *x = &y->entries->at[i];
		y->is_kept = x->volume.year == y->number && !x->is_disposed && leaf_ranges_hold(lost, count, x->seq) &&
		             !mirror_entry_is_in(here, x) && mirror_entry_is_in(there, x);
	}
	repo_close(here);
	repo_close(there);
	return ERR_OK;
}

/* Of a year that the store has nothing of. There may be nothing to ask. */
static void ask_year(struct year *y, const char *to)
{
	const char *folder = mirror_folder_of(y->mirror->url);
	MEM_CLEANUP char *theirs = mem_printf("%s/volumes/%04d.git", folder ? folder : "", y->number);
	struct err none = ERR_INIT;
	if (!folder || file_exists(theirs))
		compare(y, y->store->ledger, to, &none);
}

static int push_year(struct year *y, struct err *e)
{
	BUF_CLEANUP struct buf from = BUF_INIT;
	MEM_CLEANUP char *to = mem_printf("%s/volumes/%04d.git", y->mirror->url, y->number);
	const char *folder = mirror_folder_of(y->mirror->url);
	if (!y->is_here)
		return ask_year(y, to), ERR_OK;
	store_volume_path(y->store, y->number, &from);
	int rc = folder ? mirror_make_year(folder, y->number, e) : ERR_OK;
	if (!rc && folder)
		rc = look_for_lost(y, folder, e);
	if (!rc)
		rc = compare(y, buf_str(&from), to, e);
	return rc || y->is_kept || !y->specs_count ? rc : push(buf_str(&from), to, y->specs, y->specs_count, e);
}

static int tell_year(const struct year *y, struct err *e)
{
	int rc = err_prefix(e, "mirror %s: volumes of %d", y->mirror->name, y->number);
	if (mirror_folder_of(y->mirror->url))
		return *e->next ? rc : err_next(e, "daicho mirror verify %s tells more", y->mirror->name);
	return *e->next ? rc
		: err_next(e, "on its machine: daicho mirror prepare FOLDER --name %s --pin FILE --volumes --years %d-%d",
		           y->mirror->name, y->number, y->number);
}

static int push_years(struct year *years, size_t count, struct mirror_pushed *out, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct err why = ERR_INIT;
		int rc = push_year(&years[i], &why);
		if (rc && rc != ERR_RULE) {
			*e = why;
			return tell_year(&years[i], e);
		}
		if (!rc && !years[i].is_kept)
			out->years += years[i].is_here;
		else if (!out->waiting || years[i].number < out->waiting)
			out->waiting = years[i].number;
	}
	return ERR_OK;
}

static int next_new(struct err *e)
{
	return err_next(e, "a new mirror in its place: move its folder aside, then push; keep what was moved until daicho "
	                   "verify calls the store VALID, it may hold the last copy of a record");
}

/* Where git there can't go on before it comes to the hook, it tells nothing of why. */
static int tell_failed(const struct store_mirror *m, const char *folder, struct err *e)
{
	MEM_CLEANUP char *theirs = file_path(folder, "ledger.git");
	struct mirror_head head;
	struct err why = ERR_INIT;
	int rc = mirror_head_read(theirs, &head, &why);
	if (!rc || rc == ERR_NOTFOUND)
		return err_next(e, "daicho mirror verify %s tells more", m->name);
	err_set(e, ERR_LEDGER, "mirror %s: its ledger.git is damaged", m->name);
	return next_new(e);
}

static int push_entries(const struct store *s, const struct store_mirror *m, const char *ref,
                        const struct mirror_head *head, struct err *e)
{
	MEM_CLEANUP char *to = mem_printf("%s/ledger.git", m->url);
	char hex[OID_HEX_LEN + 1];
	oid_print(&head->commit, hex);
	MEM_CLEANUP char *spec = mem_printf("%s%s:%s", strcmp(ref, LEDGER_REF) == 0 ? "" : "+", hex, ref);
	int rc = push(s->ledger, to, &spec, 1, e);
	if (!rc)
		return ERR_OK;
	err_prefix(e, "mirror %s", m->name);
	if (*e->next)
		return rc;
	const char *folder = mirror_folder_of(m->url);
	return folder ? tell_failed(m, folder, e)
		: err_next(e, "on its machine: daicho mirror prepare FOLDER --name %s --pin FILE%s", m->name,
		           m->volumes ? " --volumes" : "");
}

/* Volumes are read before the head, so that it has the entries of all that is in them. */
static int push_records(const struct store *s, const struct store_mirror *m, const struct mirror_entries *entries,
                        struct mirror_pushed *out, bool *out_announced, struct err *e)
{
	struct year *years = NULL;
	size_t count = 0;
	int rc = read_years(s, m, entries, &years, &count, e);
	if (rc)
		return rc;
	rc = mirror_head_read(s->ledger, &out->head, e);
	if (!rc)
		rc = push_entries(s, m, MIRROR_NEXT, &out->head, e);
	*out_announced = !rc;
	if (!rc)
		rc = push_years(years, count, out, e);
	release_years(years, count);
	return rc;
}

/* A batch that is being written has its records in their volumes a moment before its entries: then once more. */
static int push_settled(const struct store *s, const struct store_mirror *m, struct mirror_pushed *out, struct err *e)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	struct mirror_entries entries = { .count = 0 };
	struct err why = ERR_INIT;
	if (mirror_entries_read(s, &entries, e))
		return (int)e->code;
	bool announced = true;
	int rc = ERR_LEDGER;
	for (int i = 0; rc == ERR_LEDGER && announced && i < TRIES; i++) {
		if (i)
			nanosleep(&pause, NULL);
		*out = (struct mirror_pushed){ .years = 0 };
		why = (struct err)ERR_INIT;
		rc = push_records(s, m, &entries, out, &announced, &why);
	}
	mirror_entries_release(&entries);
	if (rc)
		*e = why;
	return rc;
}

/* What was disposed of before a record of it came there comes there no more. */
static int write_gone(const struct store *s, const char *folder, struct err *e)
{
	struct dispose_replayed state = { .gone = NULL };
	int rc = dispose_replay_state(s->dir, &state, e);
	if (!rc)
		rc = mirror_gone_write(folder, state.gone, state.gone_count, e);
	dispose_replayed_release(&state);
	return rc;
}

/* Does the store go on from where the mirror is? One that was put back to an older state does not, knows less of what
 * went, and is about to be refused. */
static int goes_on(const struct store *s, const char *folder, bool *out, struct err *e)
{
	MEM_CLEANUP char *path = file_path(folder, "ledger.git");
	struct oid head;
	bool exists = false;
	struct repo *theirs = repo_open(path, true, e);
	int rc = theirs ? repo_ref_read(theirs, LEDGER_REF, &exists, &head, e) : (int)e->code;
	repo_close(theirs);
	if (rc)
		return next_new(e);
	*out = true;
	struct repo *ours = exists ? repo_open(s->ledger, false, e) : NULL;
	if (exists && !ours)
		return e->code;
	*out = !exists || repo_has(ours, &head);
	repo_close(ours);
	return ERR_OK;
}

static int tell_gone(const struct store *s, const char *folder, struct err *e)
{
	bool knows = true;
	int rc = goes_on(s, folder, &knows, e);
	return rc || !knows ? rc : write_gone(s, folder, e);
}

int mirror_push(const struct store *s, const struct store_mirror *m, struct mirror_pushed *out, struct err *e)
{
	const char *folder = mirror_folder_of(m->url);
	struct mirror_folder made = { .volumes = m->volumes, .pins = mirror_pins(s) };
	struct mirror_pushed p = { .years = 0 };
	strcpy(made.name, m->name);
	int rc = folder ? mirror_prepare(folder, &made, 0, 0, e) : ERR_OK;
	if (!rc && folder && m->volumes)
		rc = tell_gone(s, folder, e);
	if (!rc)
		rc = m->volumes ? push_settled(s, m, &p, e) : mirror_head_read(s->ledger, &p.head, e);
	if (!rc)
		rc = push_entries(s, m, LEDGER_REF, &p.head, e);
	if (!rc)
		*out = p;
	return rc;
}

/* Fetching. */

static int fetch_one(const char *url, const char *part, const char *to, const char *refspec, const char *more,
                     struct err *e)
{
	MEM_CLEANUP char *from = mem_printf("%s/%s", url, part);
	MEM_CLEANUP char *into = file_path(to, part);
	const char *const args[] = { "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", from, refspec,
		                     more, NULL };
	int rc = repo_create(into, LEDGER_REF, e);
	return rc ? rc : gitcmd_exchange(into, args, NULL, MIRROR_DEADLINE_S, NULL, e);
}

/* A year that the store has nothing of may be none of the mirror either. */
static int fetch_year(const struct store_mirror *m, const char *to, int year, bool is_here, struct err *e)
{
	MEM_CLEANUP char *part = mem_printf("volumes/%04d.git", year);
	MEM_CLEANUP char *into = file_path(to, part);
	struct err none = ERR_INIT;
	int rc = fetch_one(m->url, part, to, "+" VOLUMES "*:" VOLUMES "*", NULL, is_here ? e : &none);
	return rc && !is_here ? file_remove_tree(into, e) : rc;
}

int mirror_fetch(const struct store *s, const struct store_mirror *m, const char *to, struct err *e)
{
	MEM_CLEANUP char *volumes = file_path(to, "volumes");
	struct mirror_entries entries = { .count = 0 };     /* a mirror is looked at when the store can't be read as well */
	struct err none = ERR_INIT;
	int *years = NULL;
	size_t here = 0, count = 0;
	int rc = file_mkdirs(volumes, 0700, e);
	if (!rc)
		rc = fetch_one(m->url, "ledger.git", to, "+" LEDGER_REF ":" LEDGER_REF, "+refs/daicho/*:refs/daicho/*", e);
	if (!rc && m->volumes) {
		mirror_entries_read(s, &entries, &none);
		rc = mirror_years_list(s, &entries, &years, &here, &count, e);
	}
	for (size_t i = 0; !rc && i < count; i++)
		rc = fetch_year(m, to, years[i], i < here, e);
	mirror_entries_release(&entries);
	free(years);
	return rc ? err_prefix(e, "mirror %s", m->name) : ERR_OK;
}
