#include "foreign/schema_impl.h"

bool schema_logic_ref(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                      const struct jdoc_place *at)
{
	return schema_check_node(c, r->nodes[0], value, at);
}

bool schema_logic_all_of(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                         const struct jdoc_place *at)
{
	bool fits = true;
	for (size_t i = 0; i < r->n_nodes; i++)
		if (!schema_check_node(c, r->nodes[i], value, at))
			fits = false;
	return fits;
}

static size_t count_fitting(struct schema_checking *c, const struct schema_rule *r, json_t *value)
{
	size_t n = 0;
	for (size_t i = 0; i < r->n_nodes; i++)
		n += schema_check_quietly(c, r->nodes[i], value);
	return n;
}

static bool refuse_choice(struct schema_checking *c, const struct schema_rule *r, const struct jdoc_place *at,
                          const char *words)
{
	BUF_CLEANUP struct buf choice = BUF_INIT;
	for (size_t i = 0; i < r->n_nodes; i++) {
		buf_puts(&choice, i ? "; or " : ": ");
		size_t begun = choice.len;
		schema_words_node(&choice, r->nodes[i]);
		if (choice.len == begun) { /* a choice that is told by halves misleads */
			buf_clear(&choice);
			break;
		}
	}
	return schema_check_fault(c, r->keyword->name, at, "%s of %zu alternatives%s", words, r->n_nodes, buf_str(&choice));
}

bool schema_logic_any_of(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                         const struct jdoc_place *at)
{
	return count_fitting(c, r, value) > 0 || refuse_choice(c, r, at, "at least one");
}

bool schema_logic_one_of(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                         const struct jdoc_place *at)
{
	return count_fitting(c, r, value) == 1 || refuse_choice(c, r, at, "exactly one");
}

bool schema_logic_not(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                      const struct jdoc_place *at)
{
	BUF_CLEANUP struct buf excluded = BUF_INIT;
	if (!schema_check_quietly(c, r->nodes[0], value))
		return true;
	schema_words_node(&excluded, r->nodes[0]);
	return schema_check_fault(c, "not", at, "%s%s", excluded.len ? "without " : "not what is excluded here",
	                          buf_str(&excluded));
}

bool schema_logic_if(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                     const struct jdoc_place *at)
{
	bool holds = schema_check_quietly(c, r->nodes[0], value);
	const struct schema_rule *branch = schema_load_find(r->node, holds ? "then" : "else");
	return !branch || schema_check_node(c, branch->nodes[0], value, at);
}

bool schema_logic_dependent_schemas(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                                    const struct jdoc_place *at)
{
	const char *present;
	json_t *doc;
	size_t i = 0;
	bool fits = true;
	json_object_foreach(r->arg, present, doc) {
		if (json_object_get(value, present) && !schema_check_node(c, r->nodes[i], value, at))
			fits = false;
		i++;
	}
	return fits;
}
