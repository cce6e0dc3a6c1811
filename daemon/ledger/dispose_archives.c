#include "ledger/dispose_archives.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "ledger/archive.h"
#include "ledger/dispose_impl.h"
#include "ledger/dispose_traces.h"
#include "ledger/index.h"
#include "ledger/member.h"

#define FORMAT "daicho.archives.v1"

/* What belongs to NAME.tar, without that ending. */
static const char *const endings[] = {
	".tar", ".sha256", ".sha256.asc", ".tar.gpg", ".tar.gpg.sha256", ".tar.gpg.sha256.asc", ".tar.partial",
	".tar.gpg.partial",
};
#define ENDINGS (sizeof endings / sizeof *endings)

/* Reading. */

struct reading {
	struct ledger *l;
	struct dispose_archives *out;
	struct leaf_seqs received;       /* approvals of what was transferred */
};

/* What has an archive is kept so, or was handed over. */
static enum rulebook_measure find_measure(const struct reading *r, const struct leaf *dispose)
{
	for (size_t i = 0; dispose->on_count && i < r->received.count; i++)
		if (r->received.at[i] == dispose->on[0].first)
			return RULEBOOK_MEASURE_TRANSFER;
	return RULEBOOK_MEASURE_ARCHIVE;
}

static void add(struct reading *r, const struct leaf *leaf)
{
	struct dispose_archives *all = r->out;
	struct dispose_archive a = { .dispose = leaf->seq, .plain = leaf->archive,
	                             .has_until = leaf->has_until, .until = leaf->until };
	BUF_CLEANUP struct buf path = BUF_INIT;
	a.plan = dispose_leaf_digest(leaf, find_measure(r, leaf));
	a.base_year = leaf->due_count ? leaf->due[0].group.year : 0;
	for (size_t i = 0; i < leaf->due_count; i++)
		a.count += leaf->due[i].count;
	if (leaf->wrapped_count)
		a.wrapped = leaf->wrapped[0];
	archive_path(r->l->store, a.base_year, &a.plan, &path);
	a.path = buf_steal(&path, NULL);
	all->at = mem_grow(all->at, all->count + 1, sizeof *all->at);
	all->at[all->count++] = a;
}

static int take_dispose(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct reading *r = ctx;
	struct leaf leaf;
	int rc = dispose_read_leaf(r->l, entry->seq, &leaf, e);
	if (rc)
		return rc;
	if (leaf.has_archive)
		add(r, &leaf);
	leaf_release(&leaf);
	return ERR_OK;
}

static int take_transfer(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct reading *r = ctx;
	struct leaf leaf;
	int rc = dispose_read_leaf(r->l, entry->seq, &leaf, e);
	if (rc)
		return rc;
	if (leaf.on_count)
		leaf_seqs_add(&r->received, leaf.on[0].first);
	leaf_release(&leaf);
	return ERR_OK;
}

static int take_end(void *ctx, const struct index_entry *entry, struct err *e)
{
	struct reading *r = ctx;
	struct leaf leaf;
	int rc = dispose_read_leaf(r->l, entry->seq, &leaf, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < r->out->count; i++) {
		struct dispose_archive *a = &r->out->at[i];
		if (leaf.on_count && leaf.on[0].first == a->dispose)
			*(leaf.kind == LEAF_DISPOSED ? &a->disposed : &a->destroyed) = leaf.seq;
	}
	leaf_release(&leaf);
	return ERR_OK;
}

int dispose_archives_read(struct ledger *l, struct dispose_archives *out, struct err *e)
{
	const struct index_filter disposes = { .kind = leaf_kind_name(LEAF_DISPOSE) };
	const struct index_filter transfers = { .kind = leaf_kind_name(LEAF_TRANSFER) };
	const struct index_filter ends[] = { { .kind = leaf_kind_name(LEAF_DISPOSED) },
		                             { .kind = leaf_kind_name(LEAF_DESTROYED) } };
	struct dispose_archives all = { .count = 0 };
	struct reading r = { .l = l, .out = &all };
	int rc = index_list(l->index, &transfers, take_transfer, &r, e);
	if (!rc)
		rc = index_list(l->index, &disposes, take_dispose, &r, e);
	for (size_t i = 0; !rc && i < sizeof ends / sizeof *ends; i++)
		rc = index_list(l->index, &ends[i], take_end, &r, e);
	free(r.received.at);
	if (rc)
		dispose_archives_release(&all);
	else
		*out = all;
	return rc;
}

void dispose_archives_release(struct dispose_archives *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->at[i].path);
	free(a->at);
	*a = (struct dispose_archives){ .count = 0 };
}

/* Listing. */

static const char *look_at(const char *path, uint64_t bytes)
{
	struct stat st;
	if (lstat(path, &st) < 0)
		return errno == ENOENT ? N_("missing") : N_("unread");
	return S_ISREG(st.st_mode) && (uint64_t)st.st_size == bytes ? "present" : "ALTERED";
}

/* Of an archive that was destroyed nothing may stand there; of one that is encrypted the plain file need not. */
static struct jdoc *say_file(const struct dispose_archive *a, const char *path, const struct leaf_digest *named)
{
	char digest[HASH_TEXT_LEN + 1];
	struct jdoc *d = jdoc_object();
	const char *state = look_at(path, named->bytes);
	bool is_there = strcmp(state, "missing") != 0;
	if (a->destroyed)
		state = is_there ? "REMAINS" : N_("destroyed");
	else if (!is_there && named == &a->plain && *a->wrapped.method)
		state = "encrypted";
	hash_print(&named->hash, digest);
	jdoc_set_string(d, "path", path);
	jdoc_set_string(d, "hash", digest);
	jdoc_set_integer(d, "bytes", (int64_t)named->bytes);
	jdoc_set_string(d, "state", state);
	return d;
}

static char *get_stem(const char *path)
{
	return mem_strndup(path, strlen(path) - strlen(".tar"));
}

static struct jdoc *say_archive(const struct dispose_archive *a)
{
	MEM_CLEANUP char *stem = get_stem(a->path);
	MEM_CLEANUP char *wrapped = mem_printf("%s.gpg", a->path);
	char text[HASH_TEXT_LEN + 1];
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "name", strrchr(stem, '/') + 1);
	member_seq(d, "dispose", a->dispose);
	member_seq(d, "disposed", a->disposed);
	member_seq(d, "destroyed", a->destroyed);
	jdoc_set_integer(d, "base_year", a->base_year);
	jdoc_set_integer(d, "count", (int64_t)a->count);
	hash_print(&a->plan, text);
	jdoc_set_string(d, "plan", text);
	if (a->has_until)
		date_print(a->until, text);
	jdoc_set(d, "until", a->has_until ? jdoc_string(text) : jdoc_null());
	jdoc_set(d, "plain", say_file(a, a->path, &a->plain));
	jdoc_set(d, "wrapped", *a->wrapped.method ? say_file(a, wrapped, &a->wrapped) : jdoc_null());
	return d;
}

static bool is_known(const struct dispose_archives *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++) {
		MEM_CLEANUP char *stem = get_stem(all->at[i].path);
		const char *base = strrchr(stem, '/') + 1;
		if (strncmp(name, base, strlen(base)) != 0)
			continue;
		for (size_t j = 0; j < ENDINGS; j++)
			if (strcmp(name + strlen(base), endings[j]) == 0)
				return true;
	}
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct strays {                   /* what no certificate names */
	char **names;
	size_t count;
};

static void release_strays(struct strays *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->names[i]);
	free(s->names);
}

static int read_strays(const char *folder, const struct dispose_archives *all, struct strays *out, struct err *e)
{
	DIR *d = opendir(folder);
	if (!d)
		return errno == ENOENT ? ERR_OK : err_errno(e, errno, "%s", folder);
	for (const struct dirent *x; (x = readdir(d));)
		if (strcmp(x->d_name, ".") != 0 && strcmp(x->d_name, "..") != 0 && !is_known(all, x->d_name)) {
			out->names = mem_grow(out->names, out->count + 1, sizeof *out->names);
			out->names[out->count++] = mem_strdup(x->d_name);
		}
	closedir(d);
	if (out->count)
		qsort(out->names, out->count, sizeof *out->names, compare_names);
	return ERR_OK;
}

static int read_proposed(struct ledger *l, uint64_t seq, enum rulebook_measure measure, char **out_stem,
                         struct err *e)
{
	BUF_CLEANUP struct buf path = BUF_INIT;
	struct leaf leaf;
	int rc = dispose_read_leaf(l, seq, &leaf, e);
	if (rc)
		return rc;
	struct hash plan = dispose_leaf_digest(&leaf, measure);
	archive_path(l->store, leaf.due_count ? leaf.due[0].group.year : 0, &plan, &path);
	*out_stem = get_stem(buf_str(&path));
	leaf_release(&leaf);
	return ERR_OK;
}

/* Those that the proposal that stands has made are listed by themselves: they wait for their certificate. */
static int say_strays(struct ledger *l, int64_t now, const struct strays *s, struct jdoc *proposed, struct jdoc *stray,
                      struct err *e)
{
	MEM_CLEANUP char *stem = NULL;
	struct dispose_view v;
	int rc = s->count ? dispose_view_read(l, now, &v, e) : ERR_OK;
	if (!rc && s->count && v.stands.propose)
		rc = read_proposed(l, v.stands.propose, v.stands.measure, &stem, e);
	const char *name = stem ? strrchr(stem, '/') + 1 : NULL;
	for (size_t i = 0; !rc && i < s->count; i++) {
		size_t len = name ? strlen(name) : 0;
		bool waits = len && strncmp(s->names[i], name, len) == 0 && s->names[i][len] == '.';
		jdoc_append(waits ? proposed : stray, jdoc_string(s->names[i]));
	}
	return rc;
}

int dispose_archives_list(struct ledger *l, int64_t now, struct jdoc **out, struct err *e)
{
	struct dispose_archives all;
	struct strays strays = { .count = 0 };
	int rc = dispose_archives_read(l, &all, e);
	if (rc)
		return rc;
	struct jdoc *d = jdoc_object(), *list = jdoc_array(), *proposed = jdoc_array(), *stray = jdoc_array();
	jdoc_set_string(d, "format", FORMAT);
	jdoc_set_string(d, "folder", l->store->archive);
	for (size_t i = 0; i < all.count; i++)
		jdoc_append(list, say_archive(&all.at[i]));
	rc = read_strays(l->store->archive, &all, &strays, e);
	if (!rc)
		rc = say_strays(l, now, &strays, proposed, stray, e);
	jdoc_set(d, "archives", list);
	jdoc_set(d, "proposed", proposed);
	jdoc_set(d, "stray", stray);
	release_strays(&strays);
	dispose_archives_release(&all);
	if (rc)
		jdoc_free(d);
	else
		*out = d;
	return rc;
}

/* Tidying. */

struct tidying {
	struct ledger *l;
	const struct dispose_archives *all;
};

static bool is_certified(const struct dispose_archives *all, const char *stem)
{
	bool found = false;
	for (size_t i = 0; !found && i < all->count; i++) {
		MEM_CLEANUP char *other = get_stem(all->at[i].path);
		found = strcmp(stem, other) == 0;
	}
	return found;
}

static int drop_partial(const char *path, struct err *e)
{
	MEM_CLEANUP char *partial = mem_printf("%s.partial", path);
	return unlink(partial) < 0 && errno != ENOENT ? err_errno(e, errno, "%s", partial) : ERR_OK;
}

static int drop_archive(struct ledger *l, const char *path, struct err *e)
{
	int rc = drop_partial(path, e);
	return rc ? rc : archive_discard(l, path, e);
}

static int drop_of(const struct tidying *t, uint64_t seq, enum rulebook_measure measure, struct err *e)
{
	MEM_CLEANUP char *stem = NULL;
	int rc = read_proposed(t->l, seq, measure, &stem, e);
	if (rc || is_certified(t->all, stem))
		return rc;
	MEM_CLEANUP char *plain = mem_printf("%s.tar", stem);
	MEM_CLEANUP char *wrapped = mem_printf("%s.gpg", plain);
	rc = drop_archive(t->l, plain, e);
	return rc ? rc : drop_archive(t->l, wrapped, e);
}

/* By each measure that has an archive: which one it was is not told any more. */
static int drop_uncertified(void *ctx, const struct index_entry *entry, struct err *e)
{
	int rc = drop_of(ctx, entry->seq, RULEBOOK_MEASURE_ARCHIVE, e);
	return rc ? rc : drop_of(ctx, entry->seq, RULEBOOK_MEASURE_TRANSFER, e);
}

/* What a proposal that stands has made is still wanted. */
static int tidy_strays(struct ledger *l, int64_t now, const struct dispose_archives *all, struct err *e)
{
	const struct index_filter proposes = { .kind = leaf_kind_name(LEAF_PROPOSE) };
	struct tidying t = { l, all };
	struct strays strays = { .count = 0 };
	struct dispose_view v;
	int rc = read_strays(l->store->archive, all, &strays, e);
	bool asked = !rc && strays.count;
	release_strays(&strays);
	if (asked)
		rc = dispose_view_read(l, now, &v, e);
	if (rc || !asked || v.stands.propose)
		return rc;
	rc = dispose_traces_remove(l, e);
	if (!rc)
		rc = index_list(l->index, &proposes, drop_uncertified, &t, e);
	return rc ? rc : file_sync_dir(l->store->archive, e);
}

int dispose_archives_tidy(struct ledger *l, int64_t now, struct err *e)
{
	struct dispose_archives all;
	int rc = dispose_archives_read(l, &all, e);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < all.count; i++) {
		const struct dispose_archive *a = &all.at[i];
		if (a->disposed && !a->destroyed && *a->wrapped.method && file_exists(a->path))
			rc = archive_unwrapped_remove(a->path, &a->wrapped, e);
	}
	if (!rc)
		rc = tidy_strays(l, now, &all, e);
	dispose_archives_release(&all);
	return rc;
}

/* Destroying. */

/* What has the name and other bytes may be what another copy of this ledger has certified. */
static int check_same(const char *path, const struct leaf_digest *named, struct err *e)
{
	struct hash hash;
	uint64_t bytes;
	if (!file_exists(path))
		return ERR_OK;
	int rc = archive_hash(path, &hash, &bytes, e);
	if (rc || hash_is_equal(&hash, &named->hash))
		return rc;
	err_set(e, ERR_CONFLICT, "%s: not the archive that the certificate names", path);
	return err_next(e, "move it away and find out whose it is; then second the motion again");
}

static int remove_files(const char *stem, const char *folder, struct err *e)
{
	if (!file_exists(folder))
		return ERR_OK;
	for (size_t i = 0; i < ENDINGS; i++) {
		MEM_CLEANUP char *path = mem_printf("%s%s", stem, endings[i]);
		int rc = file_drop_temporary(path, e);
		if (rc)
			return rc;
		if (unlink(path) < 0 && errno != ENOENT)
			return err_errno(e, errno, "%s", path);
	}
	return file_sync_dir(folder, e);
}

/* By looking for each name: nothing else says that it is gone. */
static int prove_gone(const char *stem, struct err *e)
{
	struct stat st;
	for (size_t i = 0; i < ENDINGS; i++) {
		MEM_CLEANUP char *path = mem_printf("%s%s", stem, endings[i]);
		if (lstat(path, &st) == 0)
			return err_set(e, ERR_IO, "%s: is still there", path);
		if (errno != ENOENT)
			return err_errno(e, errno, "%s", path);
	}
	return ERR_OK;
}

int dispose_archives_destroy(struct ledger *l, const struct dispose_archive *a, struct err *e)
{
	MEM_CLEANUP char *stem = get_stem(a->path);
	MEM_CLEANUP char *wrapped = mem_printf("%s.gpg", a->path);
	int rc = check_same(a->path, &a->plain, e);
	if (!rc && *a->wrapped.method)
		rc = check_same(wrapped, &a->wrapped, e);
	if (!rc)
		rc = remove_files(stem, l->store->archive, e);
	return rc ? rc : prove_gone(stem, e);
}
