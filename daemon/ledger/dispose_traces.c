#include "ledger/dispose_traces.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "foreign/repo.h"
#include "ledger/volume.h"

#define ENDING ".traces"
#define HEAD "daicho-traces 1\n"
#define TAIL "end\n"
#define FILE_MAX ((size_t)1 << 30)
#define BLOB_MAX (NOTE_ATTACHMENT_MAX + 4096)

struct gathering {
	struct ledger *l;
	struct dispose_set *set;
	struct dispose_record *records;   /* by commit: what their entries signed */
	struct repo *repo;
	uint64_t notes;
};

static int compare_records(const void *a, const void *b)
{
	const struct dispose_record *x = a, *y = b;
	return oid_compare(&x->commit, &y->commit);
}

static int read_records(struct gathering *g, struct err *e)
{
	int rc = ERR_OK;
	g->records = mem_array(g->set->count + 1, sizeof *g->records);
	for (size_t i = 0; !rc && i < g->set->count; i++) {
		struct index_entry entry;
		rc = index_entry(g->l->index, g->set->seqs[i], &entry, e);
		if (!rc)
			g->records[i] = (struct dispose_record){ entry.commit, entry.record };
	}
	if (!rc && g->set->count)
		qsort(g->records, g->set->count, sizeof *g->records, compare_records);
	return rc;
}

/* What was changed is evidence, and stays. */
static int check_note(struct gathering *g, const struct volume_blob *b, const struct buf *bytes, struct err *e)
{
	const struct dispose_record wanted = { .commit = b->commit };
	struct hash hash = hash_of(buf_str(bytes), bytes->len);
	const struct dispose_record *found = bsearch(&wanted, g->records, g->set->count, sizeof wanted, compare_records);
	g->notes++;
	return found && hash_is_equal(&hash, &found->record)
		? ERR_OK : err_set(e, ERR_LEDGER, "%s: a record is not the one that its entry signed", repo_path(g->repo));
}

static int take_blob(void *ctx, const struct volume_blob *b, struct err *e)
{
	struct gathering *g = ctx;
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	bool is_note = !oid_is_zero(&b->commit);
	if (is_note ? !dispose_set_has_commit(g->set, &b->commit) : !dispose_set_has_seq(g->set, b->seq))
		return ERR_OK;
	int rc = repo_read(g->repo, &b->blob, OID_BLOB, BLOB_MAX, &bytes, e);
	if (!rc && is_note)
		rc = check_note(g, b, &bytes, e);
	return rc ? rc : archive_traces_add(&g->set->traces, buf_str(&bytes), bytes.len, e);
}

static int take_ref(void *ctx, const char *name, const struct oid *id, struct err *e)
{
	struct gathering *g = ctx;
	struct leaf_volume volume;
	if (!volume_ref_parse(name, &volume))
		return err_set(e, ERR_LEDGER, "%s: %s: stray ref", repo_path(g->repo), name);
	return volume_walk(g->repo, &volume, id, take_blob, g, e);
}

static int gather_year(struct gathering *g, int year, struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	store_volume_path(g->l->store, year, &path);
	g->repo = repo_open(buf_str(&path), false, e);
	int rc = g->repo ? repo_ref_walk(g->repo, "refs/", take_ref, g, e) : (int)e->code;
	repo_close(g->repo);
	return rc;
}

static int gather(struct ledger *l, struct dispose_set *s, struct err *e)
{
	struct gathering g = { .l = l, .set = s };
	int rc = read_records(&g, e);
	for (size_t i = 0; !rc && i < s->years_count; i++)
		rc = gather_year(&g, s->years[i], e);
	free(g.records);
	if (!rc && g.notes != s->count)
		rc = err_set(e, ERR_LEDGER, "disposal: %" PRIu64 " of %zu records are there, and the list of what went is not",
		             g.notes, s->count);
	archive_traces_sort(&s->traces);
	return rc;
}

static void print(const struct archive_traces *t, struct buf *out)
{
	char blob[OID_HEX_LEN + 1], salt[2 * NOTE_SALT_LEN + 1];
	buf_puts(out, HEAD);
	for (size_t i = 0; i < t->blobs_count; i++) {
		oid_print(&t->blobs[i], blob);
		buf_printf(out, "blob %s\n", blob);
	}
	for (size_t i = 0; i < t->salts_count; i++) {
		hash_hex_encode(t->salts[i], NOTE_SALT_LEN, salt);
		buf_printf(out, "salt %s\n", salt);
	}
	buf_puts(out, TAIL);
}

static bool take_line(const char *line, size_t len, struct archive_traces *t)
{
	if (len == 5 + OID_HEX_LEN && memcmp(line, "blob ", 5) == 0) {
		t->blobs = mem_grow(t->blobs, t->blobs_count + 1, sizeof *t->blobs);
		return oid_parse(line + 5, OID_HEX_LEN, &t->blobs[t->blobs_count++]);
	}
	if (len != 5 + 2 * NOTE_SALT_LEN || memcmp(line, "salt ", 5) != 0)
		return false;
	t->salts = mem_grow(t->salts, t->salts_count + 1, sizeof *t->salts);
	return hash_hex_decode(line + 5, len - 5, t->salts[t->salts_count++], NOTE_SALT_LEN);
}

static int parse(const char *path, const struct buf *text, struct archive_traces *out, struct err *e)
{
	size_t head = strlen(HEAD), tail = strlen(TAIL);
	const char *s = buf_str(text), *end = s + text->len - tail;
	bool good = text->len >= head + tail && memcmp(s, HEAD, head) == 0 && memcmp(end, TAIL, tail) == 0;
	for (const char *at = s + head; good && at < end;) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		good = stop && take_line(at, (size_t)(stop - at), out);
		at = stop ? stop + 1 : end;
	}
	archive_traces_sort(out);
	return good ? ERR_OK : err_set(e, ERR_LEDGER, "%s: not a list of what goes", path);
}

static char *get_path(const struct store *s, int base_year, const struct hash *plan)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	archive_path(s, base_year, plan, &path);
	return mem_printf("%.*s%s", (int)(path.len - strlen(".tar")), buf_str(&path), ENDING);
}

int dispose_traces_make(struct ledger *l, int base_year, const struct hash *plan, struct dispose_set *s, struct err *e)
{
	MEM_CLEANUP char *path = get_path(l->store, base_year, plan);
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = gather(l, s, e);
	if (!rc)
		rc = file_mkdirs(l->store->archive, 0700, e);
	if (rc)
		return rc;
	print(&s->traces, &text);
	return file_write_durable(path, buf_str(&text), text.len, 0600, e);
}

int dispose_traces_read(struct ledger *l, int base_year, const struct hash *plan, struct dispose_set *s, struct err *e)
{
	MEM_CLEANUP char *path = get_path(l->store, base_year, plan);
	BUF_CLEANUP struct buf text = BUF_INIT;
	int rc = file_read(path, FILE_MAX, &text, e);
	if (!rc)
		rc = parse(path, &text, &s->traces, e);
	return rc ? err_next(e, "put it back: without it nothing proves that the records are gone") : ERR_OK;
}

/* Also what a killed process had begun to write: it has salts in it as well. */
static bool is_traces(const char *name)
{
	size_t len = strlen(name), ending = strlen(ENDING);
	return (len > ending && strcmp(name + len - ending, ENDING) == 0) || strstr(name, ENDING ".tmp-");
}

int dispose_traces_remove(struct ledger *l, struct err *e)
{
	DIR *d = opendir(l->store->archive);
	const struct dirent *entry;
	bool removed = false;
	int rc = ERR_OK;
	if (!d)
		return errno == ENOENT ? ERR_OK : err_errno(e, errno, "%s", l->store->archive);
	while (!rc && (entry = readdir(d)))
		if (is_traces(entry->d_name)) {
			removed = true;
			if (unlinkat(dirfd(d), entry->d_name, 0) < 0)
				rc = err_errno(e, errno, "%s/%s", l->store->archive, entry->d_name);
		}
	closedir(d);
	return rc || !removed ? rc : file_sync_dir(l->store->archive, e);
}
