/* Raw git tree objects: strict parse, sorted print. Pure bytes; used for notes trees and for the rule book's tree. */
#ifndef MODEL_TREE_H
#define MODEL_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/oid.h"

#define TREE_NAME_MAX 255

struct tree_entry {
	bool is_dir;                     /* mode 40000, else 100644; other modes are refused */
	char name[TREE_NAME_MAX + 1];
	struct oid oid;
};

struct tree {
	struct tree_entry *at;           /* in git's order */
	size_t count, cap;
};

int tree_parse(const void *bytes, size_t len, struct tree *out, struct err *e);
void tree_print(const struct tree *t, struct buf *out);
void tree_set(struct tree *t, const char *name, bool is_dir, const struct oid *oid); /* adds or replaces, keeps order */
const struct tree_entry *tree_find(const struct tree *t, const char *name);         /* NULL if absent */
void tree_release(struct tree *t);

#endif
