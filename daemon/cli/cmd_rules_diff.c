#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "ledger/rules_sections.h"
#include "ledger/store.h"

#define FORMAT "daicho.rules-diff.v1"
#define CHANGE_COLUMNS 8

/* In form of GET /v1/rules. */
static int read_folder(const char *folder, const char *schemas, struct jdoc **out, struct err *e)
{
	struct jdoc *sections, *files = jdoc_array();
	struct rules *r;
	int rc = rules_read_folder(folder, schemas, &r, e);
	if (!rc) {
		for (size_t i = 0; i < r->count; i++) {
			struct hash h = hash_of(r->files[i].bytes, r->files[i].len);
			char text[HASH_TEXT_LEN + 1];
			struct jdoc *d = jdoc_object();
			hash_print(&h, text);
			jdoc_set_string(d, "path", r->files[i].path);
			jdoc_set_string(d, "hash", text);
			jdoc_append(files, d);
		}
		rc = rules_sections(r, &sections, e);
		rules_free(r);
	}
	if (rc) {
		jdoc_free(files);
		return rc;
	}
	*out = jdoc_object();
	jdoc_set(*out, "sections", sections);
	jdoc_set(*out, "files", files);
	return ERR_OK;
}

static struct jdoc *find(const struct jdoc *list, const char *member, const char *value)
{
	for (size_t i = 0; i < jdoc_size(list); i++)
		if (strcmp(jdoc_text_of(jdoc_at(list, i), member), value) == 0)
			return jdoc_at(list, i);
	return NULL;
}

/* Changes are rows {"change": added|removed|changed, "section" or "file", "key"?, "old"?, "new"?}. */

static void add_row(struct jdoc *rows, const char *of, const char *name, const char *key, const char *old,
                    const char *new)
{
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "change", !old ? N_("added") : !new ? N_("removed") : N_("changed"));
	jdoc_set_string(d, of, name);
	if (key)
		jdoc_set_string(d, "key", key);
	if (old)
		jdoc_set_string(d, "old", old);
	if (new)
		jdoc_set_string(d, "new", new);
	jdoc_append(rows, d);
}

struct comparing {
	struct jdoc *rows;
	const char *section;
	const struct jdoc *other;
	bool is_new;               /* the keys given are the new ones: what the others have is told already */
};

static int compare_key(void *ctx, const char *key, struct jdoc *value, struct err *e)
{
	const struct comparing *c = ctx;
	const char *own = jdoc_text(value), *other = jdoc_get_text(c->other, key);
	(void)e;
	if (c->is_new && !other)
		add_row(c->rows, "section", c->section, key, NULL, own);
	else if (!c->is_new && (!other || strcmp(own, other) != 0))
		add_row(c->rows, "section", c->section, key, own, other);
	return ERR_OK;
}

static void compare_sections(const struct jdoc *old, const struct jdoc *new, struct jdoc *rows)
{
	for (size_t i = 0; i < jdoc_size(old); i++) {
		const char *name = jdoc_text_of(jdoc_at(old, i), "section");
		const struct jdoc *keys = jdoc_get(jdoc_at(old, i), "keys"), *found = find(new, "section", name);
		struct comparing c = { rows, name, jdoc_get(found, "keys"), false };
		if (!found)
			add_row(rows, "section", name, NULL, "", NULL);
		jdoc_each(keys, compare_key, &c, NULL);
		c.other = keys;
		c.is_new = true;
		if (found)
			jdoc_each(jdoc_get(found, "keys"), compare_key, &c, NULL);
	}
	for (size_t i = 0; i < jdoc_size(new); i++) {
		const char *name = jdoc_text_of(jdoc_at(new, i), "section");
		struct comparing c = { rows, name, NULL, true };
		if (find(old, "section", name))
			continue;
		add_row(rows, "section", name, NULL, NULL, "");
		jdoc_each(jdoc_get(jdoc_at(new, i), "keys"), compare_key, &c, NULL);
	}
}

/* The directive is compared key by key already; keys are the ledger's own. */
static bool is_told(const char *path)
{
	return strcmp(path, "directive.ini") == 0 || strncmp(path, "keys/", 5) == 0;
}

static void compare_files(const struct jdoc *old, const struct jdoc *new, struct jdoc *rows)
{
	for (size_t i = 0; i < jdoc_size(old); i++) {
		const char *path = jdoc_text_of(jdoc_at(old, i), "path"), *hash = jdoc_text_of(jdoc_at(old, i), "hash");
		const struct jdoc *found = find(new, "path", path);
		if (!is_told(path) && (!found || strcmp(jdoc_text_of(found, "hash"), hash) != 0))
			add_row(rows, "file", path, NULL, hash, found ? jdoc_text_of(found, "hash") : NULL);
	}
	for (size_t i = 0; i < jdoc_size(new); i++) {
		const char *path = jdoc_text_of(jdoc_at(new, i), "path");
		if (!is_told(path) && !find(old, "path", path))
			add_row(rows, "file", path, NULL, NULL, jdoc_text_of(jdoc_at(new, i), "hash"));
	}
}

static void add_value(struct buf *out, char sign, const struct jdoc *row, const char *member)
{
	if (!jdoc_get_text(row, member))
		return;
	buf_printf(out, "    %c ", sign);
	text_add_safe(out, jdoc_text_of(row, member), strlen(jdoc_text_of(row, member)), true);
	buf_putc(out, '\n');
}

static void print_rows(const struct jdoc *rows)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	for (size_t i = 0; i < jdoc_size(rows); i++) {
		const struct jdoc *row = jdoc_at(rows, i);
		const char *section = jdoc_get_text(row, "section"), *key = jdoc_get_text(row, "key");
		const char *name = section ? section : jdoc_text_of(row, "file");
		text_add_cell(&out, _(jdoc_text_of(row, "change")), CHANGE_COLUMNS);
		buf_putc(&out, ' ');
		buf_puts(&out, section ? "[" : "");
		text_add_safe(&out, name, strlen(name), true);
		buf_puts(&out, section ? "]" : "");
		if (key) {
			buf_putc(&out, ' ');
			text_add_safe(&out, key, strlen(key), true);
		}
		buf_putc(&out, '\n');
		if (!key)
			continue;
		add_value(&out, '-', row, "old");
		add_value(&out, '+', row, "new");
	}
	output_text(&out);
}

static void show(const struct context *c, const struct jdoc *old, const struct jdoc *new)
{
	struct jdoc *d = jdoc_object(), *rows = jdoc_array();
	compare_sections(jdoc_get(old, "sections"), jdoc_get(new, "sections"), rows);
	compare_files(jdoc_get(old, "files"), jdoc_get(new, "files"), rows);
	if (!c->json)
		print_rows(rows);
	jdoc_set_string(d, "format", FORMAT);
	jdoc_set(d, "changes", rows);
	if (c->json)
		output_json(d);
	jdoc_free(d);
}

int cmd_rules_diff(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	const char *folders[2] = { NULL }, *schemas = NULL;
	struct jdoc *old = NULL, *new = NULL;
	size_t n = 0;
	const struct options_spec specs[] = { { "schemas", &schemas, NULL } };
	int rc = options_read("rules", argc, argv, specs, 1, NULL, NULL, folders, 2, &n, e);
	if (!rc && !n)
		rc = usage_refuse("rules", e, "diff: the folder of a rule book is wanted");
	if (rc)
		return rc;
	MEM_CLEANUP char *shared = schemas ? mem_strdup(schemas) : store_share_path("schemas");
	rc = n == 2 ? read_folder(folders[0], shared, &old, e) : client_get(c, "/v1/rules", &old, e);
	if (!rc)
		rc = read_folder(folders[n - 1], shared, &new, e);
	if (!rc)
		show(c, old, new);
	jdoc_free(old);
	jdoc_free(new);
	*out_status = 0;
	return rc;
}
