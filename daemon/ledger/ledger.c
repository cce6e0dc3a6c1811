#include "ledger/ledger.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "ledger/docket.h"
#include "ledger/ledger_impl.h"
#include "ledger/volume.h"
#include "model/commit.h"

#define NEXT_PREFIX ".next-"
#define OLD_PREFIX ".old-"

/* "2026.git" -> 2026; 0 for any other name. */
static int parse_year(const char *name)
{
	int year = 0;
	for (int i = 0; i < 4; i++) {
		if (name[i] < '0' || name[i] > '9')
			return 0;
		year = year * 10 + name[i] - '0';
	}
	return strcmp(name + 4, ".git") == 0 && year >= DATE_YEAR_MIN ? year : 0;
}

static int compare_years(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Calls fn with each name in volumes/. */
static int list_volumes(const struct store *s, int (*fn)(void *ctx, const char *name, struct err *e), void *ctx,
                        struct err *e)
{
	DIR *d = opendir(s->volumes);
	struct dirent *entry;
	int rc = ERR_OK;
	if (!d)
		return err_errno(e, errno, "%s", s->volumes);
	while (!rc && (errno = 0, entry = readdir(d)))
		rc = fn(ctx, entry->d_name, e);
	if (!rc && errno)
		rc = err_errno(e, errno, "%s", s->volumes);
	closedir(d);
	return rc;
}

struct years {
	int *at;
	size_t count;
};

static int add_year(void *ctx, const char *name, struct err *e)
{
	struct years *y = ctx;
	int year = parse_year(name);
	(void)e;
	if (!year)
		return ERR_OK;
	y->at = mem_grow(y->at, y->count + 1, sizeof *y->at);
	y->at[y->count++] = year;
	return ERR_OK;
}

int ledger_years_list(const struct store *s, int **out, size_t *out_count, struct err *e)
{
	struct years y = { .count = 0 };
	int rc = list_volumes(s, add_year, &y, e);
	if (rc) {
		free(y.at);
		return rc;
	}
	if (y.count)
		qsort(y.at, y.count, sizeof *y.at, compare_years);
	*out = y.at;
	*out_count = y.count;
	return ERR_OK;
}

/* What a killed disposal or a killed making of a year's repository left. */
static int clear_leftover(void *ctx, const char *name, struct err *e)
{
	const struct store *s = ctx;
	if (strncmp(name, NEXT_PREFIX, strlen(NEXT_PREFIX)) != 0 && strncmp(name, OLD_PREFIX, strlen(OLD_PREFIX)) != 0)
		return ERR_OK;
	MEM_CLEANUP char *path = file_path(s->volumes, name);
	return file_remove_tree(path, e);
}

static int clear_stale(struct store *s, struct err *e)
{
	int *years = NULL;
	size_t count = 0;
	int rc = list_volumes(s, clear_leftover, s, e);
	if (!rc)
		rc = repo_clear_stale(s->ledger, e);
	if (!rc)
		rc = ledger_years_list(s, &years, &count, e);
	for (size_t i = 0; !rc && i < count; i++) {
		BUF_CLEANUP struct buf path = BUF_INIT;
		store_volume_path(s, years[i], &path);
		rc = repo_clear_stale(buf_str(&path), e);
	}
	free(years);
	return rc;
}

/* Years. */

/* git would go on by the path, in what has been swapped in. */
int ledger_year_close(struct ledger *l, int year, struct err *e)
{
	if (l->maintain)
		l->maintain_wait(l->maintain, l);
	for (size_t i = 0; i < LEDGER_YEARS_MAX; i++)
		if (l->years[i].repo && l->years[i].year == year) {
			repo_close(l->years[i].repo);
			l->years[i] = (struct ledger_year){ .year = 0 };
		}
	return store_wait_maintain(l->store, e);
}

/* Made aside and renamed, so that a half made one never stands in its place. */
static int make_year(const struct ledger *l, const char *path, int year, struct err *e)
{
	MEM_CLEANUP char *next = mem_printf("%s/" NEXT_PREFIX "%04d.git", l->store->volumes, year);
	MEM_CLEANUP char *hooks = file_path(l->store->ledger, "hooks");
	int rc = file_remove_tree(next, e);
	if (!rc)
		rc = store_make_repo(next, hooks, e);
	if (!rc && rename(next, path) < 0)
		rc = err_errno(e, errno, "%s", path);
	return rc ? rc : file_sync_dir(l->store->volumes, e);
}

static struct ledger_year *find_slot(struct ledger *l, int year, uint64_t *out_latest)
{
	struct ledger_year *oldest = &l->years[0], *found = NULL;
	*out_latest = 0;
	for (size_t i = 0; i < LEDGER_YEARS_MAX; i++) {
		struct ledger_year *y = &l->years[i];
		if (y->used > *out_latest)
			*out_latest = y->used;
		if (y->used < oldest->used)
			oldest = y;
		if (y->repo && y->year == year)
			found = y;
	}
	return found ? found : oldest;
}

int ledger_year(struct ledger *l, int year, bool create, struct repo **out, struct err *e)
{
	uint64_t latest;
	struct ledger_year *slot = find_slot(l, year, &latest);
	BUF_CLEANUP struct buf path = BUF_INIT;
	if (!slot->repo || slot->year != year) {
		store_volume_path(l->store, year, &path);
		if (!file_exists(buf_str(&path))) {
			int rc = create ? make_year(l, buf_str(&path), year, e)
			                : err_set(e, ERR_NOTFOUND, "volumes of %d: are not there", year);
			if (rc)
				return rc;
		}
		struct err why = ERR_INIT;
		struct repo *r = repo_open(buf_str(&path), false, &why);
		if (!r) {
			if (e)
				*e = why;
			return (int)why.code;
		}
		repo_close(slot->repo);
		*slot = (struct ledger_year){ .year = year, .repo = r };
	}
	slot->used = latest + 1;
	*out = slot->repo;
	return ERR_OK;
}

void ledger_prepare(struct ledger *l)
{
	struct ledger_year *latest = &l->years[0];
	for (size_t i = 1; i < LEDGER_YEARS_MAX; i++)
		if (l->years[i].used > latest->used)
			latest = &l->years[i];
	repo_batch_prepare(l->repo);
	if (latest->repo)
		repo_batch_prepare(latest->repo);
}

/* Reading. */

int ledger_read_leaf(struct repo *repo, const struct oid *commit, struct buf *out_raw, struct leaf *out_leaf,
                     struct hash *out_hash, struct err *e)
{
	BUF_CLEANUP struct buf payload = BUF_INIT, armor = BUF_INIT;
	struct commit parsed;
	buf_clear(out_raw);
	int rc = repo_read(repo, commit, OID_COMMIT, COMMIT_MAX, out_raw, e);
	if (!rc)
		rc = commit_parse(buf_str(out_raw), out_raw->len, &parsed, &payload, &armor, e);
	if (!rc)
		rc = leaf_parse(parsed.message, parsed.message_len, out_leaf, e);
	if (!rc)
		*out_hash = leaf_hash(parsed.message, parsed.message_len);
	return rc;
}

bool ledger_is_damage(int rc)
{
	return rc == ERR_LEDGER || rc == ERR_NOTFOUND || rc == ERR_FORMAT || rc == ERR_TOOBIG;
}

int ledger_next_restore(const struct ledger *l, struct err *e)
{
	return err_next(e, "daicho verify tells more; stop daichod, then: daicho restore BACKUP NEW --ledger %s --records "
	                   "MIRROR --keys %s (where entries are damaged: --ledger MIRROR); serve NEW; for records that no "
	                   "copy has: daichod --accept-loss", l->store->dir, l->store->keys);
}

void ledger_tell_damage(const struct ledger *l, struct err *e)
{
	if (e->code == ERR_LEDGER && !*e->next)
		ledger_next_restore(l, e);
}

int ledger_refuse_missing(const struct ledger *l, uint64_t seq, struct err *e)
{
	err_set(e, ERR_LEDGER, "entry %llu: its record is not in its volume, and no disposal explains it",
	        (unsigned long long)seq);
	return ledger_next_restore(l, e);
}

int ledger_read_note(struct ledger *l, const struct index_entry *entry, struct buf *out_text, struct note *out,
                     struct err *e)
{
	unsigned long long seq = entry->seq;
	struct repo *year;
	if (!entry->has_volume)
		return err_set(e, ERR_NOTFOUND, "entry %llu: has no record", seq);
	if (entry->disposed_by) {
		err_set(e, ERR_GONE, "entry %llu: its record was disposed of", seq);
		return err_next(e, "daicho show %llu shows the certificate", (unsigned long long)entry->disposed_by);
	}
	if (ledger_is_lost(l, seq)) {
		err_set(e, ERR_GONE, "entry %llu: its record is lost", seq);
		return err_next(e, leaf_kind_of(entry->volume.kind) == LEAF_RECORD
			? N_("daicho loss list shows the reports; who has it on paper records it anew")
			: N_("daicho loss list shows the reports; what it decided stands, as its entry tells it"));
	}
	buf_clear(out_text);
	int rc = ledger_year(l, entry->volume.year, false, &year, e);
	if (!rc)
		rc = volume_read(year, &entry->volume, &entry->commit, out_text, e);
	if (rc == ERR_NOTFOUND)
		return ledger_refuse_missing(l, seq, e);
	if (rc)
		return rc == ERR_LEDGER ? err_prefix(e, "entry %llu", seq), ledger_next_restore(l, e) : rc;
	struct hash is = hash_of(buf_str(out_text), out_text->len);
	if (!hash_is_equal(&is, &entry->record)) {
		err_set(e, ERR_LEDGER, "entry %llu: its record is not the one that its leaf vouches for", seq);
		return ledger_next_restore(l, e);
	}
	return note_parse(buf_str(out_text), out_text->len, out, e);
}

/* The parent that the raw bytes name, without judging them otherwise. */
static bool find_parent(const struct buf *raw, struct oid *out)
{
	const size_t at = strlen("tree ") + OID_HEX_LEN + 1, word = strlen("parent ");
	return raw->len > at + word + OID_HEX_LEN && memcmp(raw->ptr + at, "parent ", word) == 0 &&
	       oid_parse(raw->ptr + at + word, OID_HEX_LEN, out);
}

int ledger_ancestors(struct repo *repo, const struct oid *head, const struct oid *stop, struct oid **out,
                     size_t *out_count, bool *out_stopped, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct oid id = *head, *ids = NULL;
	size_t count = 0, cap = 0;
	bool more = true, met = false;
	int rc = ERR_OK;
	while (!rc && more && !(met = stop && oid_is_equal(&id, stop))) {
		if (count == cap) {
			cap = cap ? cap * 2 : 64;
			ids = mem_grow(ids, cap, sizeof *ids);
		}
		ids[count++] = id;
		buf_clear(&raw);
		rc = repo_read(repo, &id, OID_COMMIT, COMMIT_MAX, &raw, e);
		more = !rc && find_parent(&raw, &id);
	}
	if (rc) {
		free(ids);
		return rc == ERR_NOTFOUND && e ? (int)(e->code = ERR_LEDGER) : rc;
	}
	*out = ids;
	*out_count = count;
	*out_stopped = met;
	return ERR_OK;
}

int ledger_walk(struct repo *repo, const struct oid *head, ledger_fn *fn, void *ctx, struct err *e)
{
	BUF_CLEANUP struct buf raw = BUF_INIT;
	struct oid *ids = NULL;
	size_t count = 0;
	bool stopped;
	int rc = ledger_ancestors(repo, head, NULL, &ids, &count, &stopped, e);
	for (size_t i = count; !rc && i-- > 0;) {
		buf_clear(&raw);
		rc = repo_read(repo, &ids[i], OID_COMMIT, COMMIT_MAX, &raw, e);
		if (!rc)
			rc = fn(ctx, &ids[i], buf_str(&raw), raw.len, e);
	}
	free(ids);
	return rc;
}

/* Opening. */

static int open_index(struct ledger *l, struct err *e)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
	struct err why = ERR_INIT;
	l->index = index_open(l->store->index, &why);
	if (!l->index && why.code == ERR_SYNTAX) {
		for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
			MEM_CLEANUP char *path = mem_printf("%s%s", l->store->index, suffixes[i]);
			unlink(path);
		}
		l->index = index_open(l->store->index, &why);
	}
	if (!l->index && e)
		*e = why;
	return l->index ? ERR_OK : (int)why.code;
}

static int check_identity(const struct ledger *l, struct err *e)
{
	if (hash_is_equal(&l->chain.genesis, &l->store->genesis) && strcmp(l->chain.origin, l->store->origin) == 0)
		return ERR_OK;
	return err_set(e, ERR_LEDGER, "%s: is not the ledger that daicho.ini names", l->store->ledger);
}

static int open_parts(struct ledger *l, struct err *e)
{
	/* git of a killed keeper may still be at work on what is looked at and cleared away here */
	int rc = store_wait_maintain(l->store, e);
	if (!rc)
		rc = clear_stale(l->store, e);
	if (!rc && !(l->repo = repo_open(l->store->ledger, false, e)))
		rc = e->code;
	if (!rc)
		rc = ledger_recover(l, e);
	if (!rc)
		rc = ledger_lost_read(l->store->lost, &l->lost, &l->lost_count, e);
	if (!rc)
		ledger_lost_merge(l);
	if (!rc)
		rc = open_index(l, e);
	if (!rc)
		rc = ledger_index_update(l, e);
	if (!rc)
		rc = check_identity(l, e);
	if (!rc)
		rc = rules_read_tree(l->repo, &l->chain.tree, 1, &l->rules, e);
	if (!rc)
		rc = ledger_lost_check(l, e);
	if (!rc)
		rc = ledger_check(l, e);
	if (!rc)
		rc = ledger_lost_drop(l, e);
	if (!rc)
		rc = ledger_start_check(l, e);
	return rc || !l->store->accepts_count ? rc : ledger_lost_write(l->store->lost, l->lost, l->lost_count, e);
}

static struct index *get_index(void *ctx)
{
	return ((struct ledger *)ctx)->index;
}

static int read_note(void *ctx, const struct index_entry *entry, struct buf *out_text, struct note *out, struct err *e)
{
	return ledger_read_note(ctx, entry, out_text, out, e);
}

static const struct rulebook *get_book(void *ctx)
{
	return ((struct ledger *)ctx)->rules->book;
}

int ledger_open(struct store *s, const struct ledger_signer *signer, struct ledger **out, struct err *e)
{
	struct ledger *l = mem_alloc(sizeof *l);
	l->store = s;
	l->docket = docket_new(&(struct docket_port){ l, get_index, read_note, get_book });
	l->signer = *signer;
	int rc = s->lock_fd < 0 ? err_set(e, ERR_BUG, "%s: opened without its lock", s->dir) : open_parts(l, e);
	if (rc && e)
		ledger_tell_damage(l, e);
	if (rc)
		ledger_close(l);
	else
		*out = l;
	return rc;
}

void ledger_close(struct ledger *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < LEDGER_YEARS_MAX; i++)
		repo_close(l->years[i].repo);
	docket_free(l->docket);
	if (l->disposals)
		l->disposals_forget(l);
	if (l->waiting)
		l->waiting_forget(l);
	free(l->lost);
	keyring_release(&l->keys);
	rules_free(l->rules);
	index_close(l->index);
	repo_close(l->repo);
	free(l);
}
