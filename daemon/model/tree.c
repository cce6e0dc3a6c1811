#include "model/tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

#define FILE_MODE "100644 "
#define DIR_MODE "40000 "

/* git's order: bytes, a folder's name as if a '/' stood after it. */
static int compare_names(const char *a, bool a_is_dir, const char *b, bool b_is_dir)
{
	size_t a_len = strlen(a), b_len = strlen(b), both = a_len < b_len ? a_len : b_len;
	int order = memcmp(a, b, both);
	if (order)
		return order;
	unsigned char a_next = (unsigned char)(a_len > both ? a[both] : a_is_dir ? '/' : '\0');
	unsigned char b_next = (unsigned char)(b_len > both ? b[both] : b_is_dir ? '/' : '\0');
	return (a_next > b_next) - (a_next < b_next);
}

/* Where it stands, or where it would. */
static size_t find_place(const struct tree *t, const char *name, bool is_dir, bool *out_found)
{
	size_t low = 0, high = t->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_names(t->at[middle].name, t->at[middle].is_dir, name, is_dir) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*out_found = low < t->count && compare_names(t->at[low].name, t->at[low].is_dir, name, is_dir) == 0;
	return low;
}

static struct tree_entry *find_entry(const struct tree *t, const char *name)
{
	bool found;
	size_t at = find_place(t, name, false, &found);
	if (!found)
		at = find_place(t, name, true, &found);
	return found ? &t->at[at] : NULL;
}

const struct tree_entry *tree_find(const struct tree *t, const char *name)
{
	return find_entry(t, name);
}

static void insert(struct tree *t, size_t at, const char *name, size_t len, bool is_dir, const struct oid *oid)
{
	if (t->count == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 8;
		t->at = mem_grow(t->at, t->cap, sizeof *t->at);
	}
	memmove(t->at + at + 1, t->at + at, (t->count - at) * sizeof *t->at);
	t->at[at] = (struct tree_entry){ .is_dir = is_dir, .oid = *oid };
	memcpy(t->at[at].name, name, len);
	t->count++;
}

void tree_set(struct tree *t, const char *name, bool is_dir, const struct oid *oid)
{
	bool found;
	struct tree_entry *old = find_entry(t, name);
	if (old && old->is_dir == is_dir) {
		old->oid = *oid;
		return;
	}
	if (old) {
		size_t at = (size_t)(old - t->at);
		memmove(old, old + 1, (t->count - at - 1) * sizeof *old);
		t->count--;
	}
	size_t len = strlen(name);
	insert(t, find_place(t, name, is_dir, &found), name, len < TREE_NAME_MAX ? len : TREE_NAME_MAX, is_dir, oid);
}

/* What git itself refuses in a tree, and what a terminal would obey. */
static bool is_name(const char *name, size_t len)
{
	static const char *const refused[] = { ".", "..", ".git", "git~1" };
	if (!len || len > TREE_NAME_MAX || memchr(name, '/', len) || !text_is_clean(name, len, NULL) ||
	    memchr(name, '\n', len) || memchr(name, '\t', len))
		return false;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (strlen(refused[i]) == len && strncasecmp(refused[i], name, len) == 0)
			return false;
	return true;
}

static int read_entry(struct tree *t, const char **at, const char *end, struct err *e)
{
	size_t left = (size_t)(end - *at);
	bool is_dir = left >= strlen(DIR_MODE) && memcmp(*at, DIR_MODE, strlen(DIR_MODE)) == 0;
	const char *mode = is_dir ? DIR_MODE : FILE_MODE;
	if (left < strlen(mode) || memcmp(*at, mode, strlen(mode)) != 0)
		return err_set(e, ERR_SYNTAX, "tree: entry %zu: expected mode 100644 or 40000", t->count);
	const char *name = *at + strlen(mode);
	const char *nul = memchr(name, '\0', (size_t)(end - name));
	if (!nul || (size_t)(end - nul - 1) < OID_LEN)
		return err_set(e, ERR_SYNTAX, "tree: entry %zu: cut short", t->count);
	if (!is_name(name, (size_t)(nul - name)))
		return err_set(e, ERR_SYNTAX, "tree: entry %zu: a name that must not stand in a tree", t->count);
	struct oid oid;
	memcpy(oid.b, nul + 1, OID_LEN);
	if (oid_is_zero(&oid))
		return err_set(e, ERR_SYNTAX, "tree: entry %zu: an object id of zeros", t->count);
	const struct tree_entry *last = t->count ? &t->at[t->count - 1] : NULL;
	if ((last && compare_names(last->name, last->is_dir, name, is_dir) >= 0) || (is_dir && find_entry(t, name)))
		return err_set(e, ERR_SYNTAX, "tree: entry %zu: expected ascending order without repeats", t->count);
	insert(t, t->count, name, (size_t)(nul - name), is_dir, &oid);
	*at = nul + 1 + OID_LEN;
	return ERR_OK;
}

int tree_parse(const void *bytes, size_t len, struct tree *out, struct err *e)
{
	const char *at = bytes, *end = at + len;
	int rc = ERR_OK;
	*out = (struct tree){ .at = NULL };
	while (!rc && at < end)
		rc = read_entry(out, &at, end, e);
	if (rc)
		tree_release(out);
	return rc;
}

void tree_print(const struct tree *t, struct buf *out)
{
	for (size_t i = 0; i < t->count; i++) {
		buf_puts(out, t->at[i].is_dir ? DIR_MODE : FILE_MODE);
		buf_add(out, t->at[i].name, strlen(t->at[i].name) + 1);
		buf_add(out, t->at[i].oid.b, OID_LEN);
	}
}

void tree_release(struct tree *t)
{
	free(t->at);
	*t = (struct tree){ .at = NULL };
}
