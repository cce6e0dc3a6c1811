#include "ledger/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "foreign/inifile.h"
#include "ledger/rules_impl.h"
#include "model/tree.h"

#define FILE_BYTES_MAX ((size_t)4 << 20)
#define FILES_MAX 2048
#define PATH_LEN_MAX 512
#define TREE_BYTES_MAX ((size_t)1 << 20)
#define TREE_DEPTH_MAX 8
#define SCHEMAS_DIR "schemas/"
#define KEYS_DIR "keys/"

static int compare_files(const void *a, const void *b)
{
	const struct rules_file *x = a, *y = b;
	return strcmp(x->path, y->path);
}

const struct rules_file *rules_file(const struct rules *r, const char *path)
{
	const struct rules_file wanted = { .path = (char *)path };
	return r->count ? bsearch(&wanted, r->files, r->count, sizeof *r->files, compare_files) : NULL;
}

/* Names that git and every file system keep as they are. */
static bool is_path(const char *path)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	if (strlen(path) > PATH_LEN_MAX)
		return false;
	unsigned depth = 0;
	for (const char *at = path;; at++) {
		size_t len = strspn(at, allowed);
		if (!len || len > TREE_NAME_MAX || *at == '.' || depth++ > TREE_DEPTH_MAX)
			return false;
		at += len;
		if (*at != '/')
			return !*at;
	}
}

/* Takes bytes over. */
static int add_file(struct rules *r, const char *path, char *bytes, size_t len, struct err *e)
{
	if (!is_path(path) || r->count == FILES_MAX) {
		free(bytes);
		return err_set(e, ERR_CONFIG, "rule book: %s", r->count == FILES_MAX
			? _("more files than a rule book may have")
			: _("a file's name may hold A-Z a-z 0-9 . _ - and not begin with a dot, at most 8 folders deep"));
	}
	r->files = mem_grow(r->files, r->count + 1, sizeof *r->files);
	r->files[r->count++] = (struct rules_file){ mem_strdup(path), bytes, len };
	return ERR_OK;
}

static bool is_below(const char *path, const char *dir)
{
	return strncmp(path, dir, strlen(dir)) == 0;
}

static void sort_files(struct rules *r)
{
	if (r->count)
		qsort(r->files, r->count, sizeof *r->files, compare_files);
}

/* SHA-256 of the sorted listing, as `sha256sum` prints it. without: a folder that is left out, "" = none. */
static struct hash digest_of(const struct rules *r, const char *without)
{
	BUF_CLEANUP struct buf listing = BUF_INIT;
	for (size_t i = 0; i < r->count; i++) {
		struct hash h = hash_of(r->files[i].bytes, r->files[i].len);
		char hex[65];
		if (*without && is_below(r->files[i].path, without))
			continue;
		hash_print_hex(&h, hex);
		buf_printf(&listing, "%s  %s\n", hex, r->files[i].path);
	}
	return hash_of(buf_str(&listing), listing.len);
}

void rules_set_digest(struct rules *r)
{
	sort_files(r);
	r->digest = digest_of(r, "");
}

struct hash rules_book_digest(const struct rules *r)
{
	return digest_of(r, KEYS_DIR);
}

static int take_triple(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	return rulebook_set(ctx, section, key, value, e);
}

static int read_book(struct rules *r, const char *name, struct err *e)
{
	const struct rules_file *f = rules_file(r, RULES_BOOK);
	if (!f)
		return err_set(e, ERR_CONFIG, "%s: missing", name);
	r->book = rulebook_new();
	int rc = inifile_parse(f->bytes, f->len, name, take_triple, r->book, e);
	if (rc)
		return rc;
	rc = rulebook_finish(r->book, e);
	return rc ? err_prefix(e, "%s", name) : ERR_OK;
}

static int compile_one(const struct rules_file *f, const char *path, struct schema **out, struct err *e)
{
	if (!f)
		return err_set(e, ERR_CONFIG, "%s: missing: every kind has a schema", path);
	struct err why = ERR_INIT;
	struct jdoc *doc = jdoc_parse(f->bytes, f->len, FILE_BYTES_MAX, 0, &why);
	if (!doc)
		return err_set(e, ERR_CONFIG, "%s: %s", path, why.text);
	*out = schema_new(doc, e);
	jdoc_free(doc);
	return *out ? ERR_OK : err_prefix(e, "%s", path);
}

int rules_compile(struct rules *r, size_t kind, struct err *e)
{
	MEM_CLEANUP char *path = mem_printf(SCHEMAS_DIR "%s.schema.json", r->book->kinds[kind].name);
	return compile_one(rules_file(r, path), path, &r->schemas[kind], e);
}

static int compile_schemas(struct rules *r, struct err *e)
{
	int rc = ERR_OK;
	r->schemas = mem_array(r->book->kinds_count, sizeof *r->schemas);
	for (size_t i = 0; !rc && i < r->book->kinds_count; i++)
		rc = rules_compile(r, i, e);
	return rc;
}

/* From folders. */

static bool is_made_by_store(const char *rel)
{
	size_t len = strcspn(rel, "/");
	return (len == strlen("schemas") && memcmp(rel, "schemas", len) == 0) ||
	       (len == strlen("keys") && memcmp(rel, "keys", len) == 0);
}

static int take_file(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	struct rules *r = ctx;
	struct buf bytes = BUF_INIT;
	if (is_dir)
		return ERR_OK;
	if (is_made_by_store(rel))
		return err_set(e, ERR_CONFIG, "%s: the folders schemas and keys of a rule book are made by the store", full);
	int rc = file_read(full, FILE_BYTES_MAX, &bytes, e);
	if (rc) {
		buf_release(&bytes);
		return rc;
	}
	size_t len;
	char *ptr = buf_steal(&bytes, &len);
	return add_file(r, rel, ptr, len, e);
}

int rules_take_files(struct rules *r, const char *rulebook, struct err *e)
{
	int rc = file_walk(rulebook, take_file, r, e);
	sort_files(r);
	return rc;
}

int rules_take_schema(struct rules *r, const char *schemas, const char *kind, struct err *e)
{
	struct buf bytes = BUF_INIT;
	size_t len;
	MEM_CLEANUP char *full = mem_printf("%s/%s.schema.json", schemas, kind);
	MEM_CLEANUP char *path = mem_printf(SCHEMAS_DIR "%s.schema.json", kind);
	int rc = file_read(full, FILE_BYTES_MAX, &bytes, e);
	if (rc) {
		buf_release(&bytes);
		return rc == ERR_NOTFOUND ? err_set(e, ERR_CONFIG, "%s: missing: every kind has a schema", full) : rc;
	}
	char *ptr = buf_steal(&bytes, &len);
	rc = add_file(r, path, ptr, len, e);
	sort_files(r);
	return rc;
}

/* From files. */

struct rules *rules_new(void)
{
	return mem_alloc(sizeof(struct rules));
}

int rules_add_file(struct rules *r, const char *path, const void *bytes, size_t len, struct err *e)
{
	if (len > FILE_BYTES_MAX)
		return err_set(e, ERR_TOOBIG, "rule book: a file over %zu bytes", FILE_BYTES_MAX);
	if (is_below(path, KEYS_DIR))
		return err_set(e, ERR_CONFIG, "rule book: the folder keys is made by the store");
	return add_file(r, path, mem_strndup(bytes, len), len, e);
}

/* No path twice, and none that is a folder of another. */
static int check_paths(const struct rules *r, struct err *e)
{
	for (size_t i = 0; i < r->count; i++) {
		const char *path = r->files[i].path;
		if (i && strcmp(path, r->files[i - 1].path) == 0)
			return err_set(e, ERR_CONFIG, "%s: given twice", path);
		for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
			MEM_CLEANUP char *above = mem_strndup(path, (size_t)(slash - path));
			if (rules_file(r, above))
				return err_set(e, ERR_CONFIG, "%s: a file and a folder", above);
		}
	}
	return ERR_OK;
}

/* What no kind needs is no part of it. */
static int check_schemas(const struct rules *r, struct err *e)
{
	size_t found = 0;
	for (size_t i = 0; i < r->count; i++)
		found += is_below(r->files[i].path, SCHEMAS_DIR);
	return found == r->book->kinds_count
		? ERR_OK : err_set(e, ERR_CONFIG, "schemas: a file that is the schema of no kind");
}

int rules_finish(struct rules *r, struct err *e)
{
	rules_set_digest(r);
	int rc = check_paths(r, e);
	if (!rc)
		rc = read_book(r, RULES_BOOK, e);
	if (!rc)
		rc = compile_schemas(r, e);
	if (!rc)
		rc = check_schemas(r, e);
	return rc ? rc : rules_refuse_fields(r, e);
}

/* Keys. */

int rules_keep_keys(struct rules *r, const struct rules *from, struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < from->count; i++)
		if (is_below(from->files[i].path, KEYS_DIR))
			rc = add_file(r, from->files[i].path, mem_strndup(from->files[i].bytes, from->files[i].len),
			              from->files[i].len, e);
	rules_set_digest(r);
	return rc;
}

int rules_add_key(struct rules *r, const char *fpr, const char *armor, size_t len, struct err *e)
{
	MEM_CLEANUP char *path = mem_printf(KEYS_DIR "%s.asc", fpr);
	if (!leaf_is_fpr(fpr, strlen(fpr)) || rules_file(r, path))
		return err_set(e, ERR_KEY, "key: a full fingerprint that is not there yet is wanted");
	int rc = add_file(r, path, mem_strndup(armor, len), len, e);
	rules_set_digest(r);
	return rc;
}

/* As git trees. */

/* All files whose path begins with the same `prefix` bytes, one folder. */
static struct oid write_tree(const struct rules_file *files, size_t count, size_t prefix, struct repo_batch *b)
{
	struct tree t = { .count = 0 };
	BUF_CLEANUP struct buf text = BUF_INIT;
	for (size_t i = 0, n; i < count; i += n) {
		const char *name = files[i].path + prefix, *slash = strchr(name, '/');
		size_t len = slash ? (size_t)(slash - name) : strlen(name);
		for (n = 1; slash && i + n < count && strncmp(files[i + n].path, files[i].path, prefix + len + 1) == 0;)
			n++;
		MEM_CLEANUP char *copy = mem_strndup(name, len);
		struct oid id = slash ? write_tree(files + i, n, prefix + len + 1, b)
		                      : repo_batch_add(b, OID_BLOB, files[i].bytes, files[i].len);
		tree_set(&t, copy, slash != NULL, &id);
	}
	tree_print(&t, &text);
	tree_release(&t);
	return repo_batch_add(b, OID_TREE, buf_str(&text), text.len);
}

int rules_write(struct rules *r, struct repo_batch *b, struct err *e)
{
	if (!r->count)
		return err_set(e, ERR_CONFIG, "rule book: no files");
	rules_set_digest(r);
	r->tree = write_tree(r->files, r->count, 0, b);
	return ERR_OK;
}

static int read_tree(struct repo *repo, const struct oid *id, const char *dir, unsigned depth, struct rules *r,
                     struct err *e);

static int read_entry(struct repo *repo, const struct tree_entry *t, const char *dir, unsigned depth, struct rules *r,
                      struct err *e)
{
	struct buf bytes = BUF_INIT;
	size_t len;
	MEM_CLEANUP char *path = mem_printf("%s%s", dir, t->name);
	if (t->is_dir) {
		MEM_CLEANUP char *below = mem_printf("%s/", path);
		return read_tree(repo, &t->oid, below, depth + 1, r, e);
	}
	int rc = repo_read(repo, &t->oid, OID_BLOB, FILE_BYTES_MAX, &bytes, e);
	if (rc) {
		buf_release(&bytes);
		return err_prefix(e, "rule book: %s", path);
	}
	char *ptr = buf_steal(&bytes, &len);
	return add_file(r, path, ptr, len, e);
}

static int read_tree(struct repo *repo, const struct oid *id, const char *dir, unsigned depth, struct rules *r,
                     struct err *e)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	struct tree t = { .count = 0 };
	if (depth > TREE_DEPTH_MAX)
		return err_set(e, ERR_CONFIG, "rule book: folders nested too deep");
	int rc = repo_read(repo, id, OID_TREE, TREE_BYTES_MAX, &bytes, e);
	if (!rc)
		rc = tree_parse(buf_str(&bytes), bytes.len, &t, e);
	if (rc)
		return err_prefix(e, "rule book");
	for (size_t i = 0; !rc && i < t.count; i++)
		rc = read_entry(repo, &t.at[i], dir, depth, r, e);
	tree_release(&t);
	return rc;
}

int rules_read_tree(struct repo *repo, const struct oid *tree, int with_schemas, struct rules **out, struct err *e)
{
	struct rules *r = mem_alloc(sizeof *r);
	r->tree = *tree;
	int rc = read_tree(repo, tree, "", 0, r, e);
	rules_set_digest(r);
	if (!rc)
		rc = read_book(r, RULES_BOOK, e);
	if (!rc && with_schemas)
		rc = compile_schemas(r, e);
	if (rc)
		rules_free(r);
	else
		*out = r;
	return rc;
}

const struct schema *rules_schema(const struct rules *r, const char *kind)
{
	const struct rulebook_kind *k = rulebook_kind(r->book, kind);
	return k && r->schemas ? r->schemas[k - r->book->kinds] : NULL;
}

void rules_free(struct rules *r)
{
	if (!r)
		return;
	for (size_t i = 0; r->schemas && i < r->book->kinds_count; i++)
		schema_free(r->schemas[i]);
	for (size_t i = 0; i < r->count; i++) {
		free(r->files[i].path);
		free(r->files[i].bytes);
	}
	rulebook_free(r->book);
	free(r->schemas);
	free(r->files);
	free(r);
}

struct history_class rules_class(const struct rules *rules, const struct leaf *leaf)
{
	const struct rulebook_kind *kind = NULL;
	if (rules && leaf->kind == LEAF_RECORD)
		kind = rulebook_kind(rules->book, leaf->kind_name);
	return (struct history_class){ kind ? kind->retain : 0, kind && kind->retain_from_closing };
}
