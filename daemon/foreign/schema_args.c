#include <string.h>

#include "base/mem.h"
#include "foreign/schema_impl.h"

#define DIALECT "https://json-schema.org/draft/2020-12/schema"
#define LOCAL_REF "#/$defs/"

static const char *const types[] = { "null", "boolean", "integer", "number", "string", "array", "object" };

int schema_args_any(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	(void)l, (void)r, (void)at, (void)e;
	return ERR_OK;
}

int schema_args_text(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	(void)l;
	return json_is_string(r->arg) ? ERR_OK : schema_load_refuse(at, e, "a text is wanted");
}

int schema_args_bool(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	(void)l;
	return json_is_boolean(r->arg) ? ERR_OK : schema_load_refuse(at, e, "true or false is wanted");
}

int schema_args_true(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	(void)l;
	return json_is_true(r->arg) ? ERR_OK : schema_load_refuse(at, e, "true is wanted");
}

int schema_args_list(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	(void)l;
	return json_is_array(r->arg) ? ERR_OK : schema_load_refuse(at, e, "a list is wanted");
}

int schema_args_count(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	(void)l;
	bool is_count = schema_number_is_integer(r->arg) && json_number_value(r->arg) >= 0;
	return is_count ? ERR_OK : schema_load_refuse(at, e, "a whole number, 0 or more, is wanted");
}

int schema_args_number(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	(void)l;
	return json_is_number(r->arg) ? ERR_OK : schema_load_refuse(at, e, "a number is wanted");
}

int schema_args_positive(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	(void)l;
	bool is_positive = json_is_number(r->arg) && json_number_value(r->arg) > 0;
	return is_positive ? ERR_OK : schema_load_refuse(at, e, "a number over 0 is wanted");
}

static int add_pattern(struct schema_rule *r, const char *text, size_t len, const struct jdoc_place *at, struct err *e)
{
	struct err why = ERR_INIT;
	struct schema_pattern *p = schema_pattern_new(text, len, &why);
	if (!p)
		return schema_load_refuse(at, e, "%s", why.text);
	r->patterns = mem_grow(r->patterns, r->n_patterns + 1, sizeof *r->patterns);
	r->patterns[r->n_patterns++] = p;
	return ERR_OK;
}

int schema_args_pattern(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	int rc = schema_args_text(l, r, at, e);
	return rc ? rc : add_pattern(r, json_string_value(r->arg), json_string_length(r->arg), at, e);
}

static bool is_type(json_t *name)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (json_is_string(name) && strcmp(json_string_value(name), types[i]) == 0)
			return true;
	return false;
}

int schema_args_type(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	(void)l;
	bool are_types = json_array_size(r->arg) > 0 || is_type(r->arg);
	for (size_t i = 0; i < json_array_size(r->arg); i++)
		are_types = are_types && is_type(json_array_get(r->arg, i));
	return are_types ? ERR_OK : schema_load_refuse(at, e, "a type or a list of types is wanted");
}

static bool is_names(json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!json_is_string(json_array_get(list, i)))
			return false;
	return json_is_array(list);
}

int schema_args_names(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	(void)l;
	return is_names(r->arg) ? ERR_OK : schema_load_refuse(at, e, "a list of names is wanted");
}

int schema_args_name_lists(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	(void)l;
	const char *key;
	json_t *list;
	bool are_lists = json_is_object(r->arg);
	json_object_foreach(r->arg, key, list)
		are_lists = are_lists && is_names(list);
	return are_lists ? ERR_OK : schema_load_refuse(at, e, "lists of names, each with a name, are wanted");
}

int schema_args_dialect(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	(void)l;
	bool is_known = json_is_string(r->arg) && strcmp(json_string_value(r->arg), DIALECT) == 0;
	return is_known ? ERR_OK : schema_load_refuse(at, e, "only %s is taken", DIALECT);
}

/* Room for all, so that a node is in the tree before it is whole. */
static void make_room(struct schema_rule *r, size_t n)
{
	r->nodes = mem_array(n, sizeof(struct schema_node *));
}

static int add_node(struct schema_loading *l, struct schema_rule *r, json_t *doc, const struct jdoc_place *at,
                    struct err *e)
{
	return schema_load_node(l, doc, at, &r->nodes[r->n_nodes++], e);
}

int schema_args_schema(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	make_room(r, 1);
	return add_node(l, r, r->arg, at, e);
}

int schema_args_schemas(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	struct jdoc_place inner = { .up = at };
	int rc = json_array_size(r->arg) ? ERR_OK : schema_load_refuse(at, e, "a list of schemas is wanted");
	make_room(r, json_array_size(r->arg));
	for (; !rc && inner.index < json_array_size(r->arg); inner.index++)
		rc = add_node(l, r, json_array_get(r->arg, inner.index), &inner, e);
	return rc;
}

/* nodes stand in the order in which the object is walked: that of `arg`, which never changes. */
int schema_args_members(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	struct jdoc_place inner = { .up = at };
	json_t *doc;
	int rc = json_is_object(r->arg) ? ERR_OK : schema_load_refuse(at, e, "schemas, each with a name, are wanted");
	make_room(r, json_object_size(r->arg));
	json_object_foreach(r->arg, inner.name, doc) {
		if (!rc)
			rc = add_node(l, r, doc, &inner, e);
	}
	return rc;
}

int schema_args_pattern_members(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at,
                                struct err *e)
{
	struct jdoc_place inner = { .up = at };
	json_t *doc;
	int rc = schema_args_members(l, r, at, e);
	json_object_foreach(r->arg, inner.name, doc) {
		if (!rc)
			rc = add_pattern(r, inner.name, strlen(inner.name), &inner, e);
	}
	return rc;
}

/* $defs comes first in the table, and stands in the root alone. While it is being loaded, a $ref in it may name a later
 * one: so what it leads to is looked up when all is loaded (schema.c). */
int schema_args_ref(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e)
{
	const char *ref = json_string_value(r->arg);
	if (!ref || strncmp(ref, LOCAL_REF, strlen(LOCAL_REF)) != 0 || strpbrk(ref + strlen(LOCAL_REF), "/~%"))
		return schema_load_refuse(at, e, "only " LOCAL_REF "NAME is taken");
	if (!json_object_get(json_object_get(l->root, "$defs"), ref + strlen(LOCAL_REF)))
		return schema_load_refuse(at, e, "$defs of the schema has no such name");
	make_room(r, 1);
	return ERR_OK;
}
