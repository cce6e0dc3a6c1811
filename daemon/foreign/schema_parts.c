#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "foreign/schema_impl.h"

bool schema_parts_required(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                           const struct jdoc_place *at)
{
	struct jdoc_place missing = { .up = at };
	bool fits = true;
	for (size_t i = 0; json_is_object(value) && i < json_array_size(r->arg); i++) {
		missing.name = json_string_value(json_array_get(r->arg, i));
		if (!json_object_get(value, missing.name))
			fits = schema_check_fault(c, "required", &missing, "is required");
	}
	return fits;
}

bool schema_parts_dependent_required(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                                     const struct jdoc_place *at)
{
	struct jdoc_place missing = { .up = at };
	const char *present;
	json_t *names;
	bool fits = true;
	json_object_foreach(r->arg, present, names) {
		for (size_t i = 0; json_object_get(value, present) && i < json_array_size(names); i++) {
			missing.name = json_string_value(json_array_get(names, i));
			if (!json_object_get(value, missing.name))
				fits = schema_check_fault(c, "dependentRequired", &missing, "is required beside %s", present);
		}
	}
	return fits;
}

static bool refuse_size(struct schema_checking *c, const struct schema_rule *r, const struct jdoc_place *at,
                        const char *words, const char *unit)
{
	double limit = json_number_value(r->arg);
	return schema_check_fault(c, r->keyword->name, at, "%s %.0f %s%s", words, limit, unit, limit == 1 ? "" : "s");
}

bool schema_parts_min_properties(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                                 const struct jdoc_place *at)
{
	return !json_is_object(value) || (double)json_object_size(value) >= json_number_value(r->arg) ||
	       refuse_size(c, r, at, "at least", "field");
}

bool schema_parts_max_properties(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                                 const struct jdoc_place *at)
{
	return !json_is_object(value) || (double)json_object_size(value) <= json_number_value(r->arg) ||
	       refuse_size(c, r, at, "at most", "field");
}

bool schema_parts_property_names(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                                 const struct jdoc_place *at)
{
	struct jdoc_place inner = { .up = at };
	json_t *member;
	bool fits = true;
	json_object_foreach(value, inner.name, member) {
		json_t *name = json_string(inner.name);
		if (!schema_check_quietly(c, r->nodes[0], name))
			fits = schema_check_fault(c, "propertyNames", &inner, "is not a name that a field may have here");
		json_decref(name);
	}
	return fits;
}

bool schema_parts_properties(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                             const struct jdoc_place *at)
{
	struct jdoc_place inner = { .up = at };
	json_t *doc;
	size_t i = 0;
	bool fits = true;
	json_object_foreach(r->arg, inner.name, doc) {
		json_t *member = json_object_get(value, inner.name);
		if (member && !schema_check_node(c, r->nodes[i], member, &inner))
			fits = false;
		i++;
	}
	return fits;
}

static bool is_name_matched(struct schema_checking *c, const struct schema_rule *r, size_t i, const char *name)
{
	return schema_pattern_matches(r->patterns[i], name, strlen(name), &c->exhausted);
}

bool schema_parts_pattern_properties(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                                     const struct jdoc_place *at)
{
	struct jdoc_place inner = { .up = at };
	json_t *member;
	bool fits = true;
	json_object_foreach(value, inner.name, member) {
		for (size_t i = 0; i < r->n_patterns; i++)
			if (is_name_matched(c, r, i, inner.name) && !schema_check_node(c, r->nodes[i], member, &inner))
				fits = false;
	}
	return fits;
}

static bool is_named(struct schema_checking *c, const struct schema_node *n, const char *name)
{
	const struct schema_rule *patterns = schema_load_find(n, "patternProperties");
	if (json_object_get(json_object_get(n->doc, "properties"), name))
		return true;
	for (size_t i = 0; patterns && i < patterns->n_patterns; i++)
		if (is_name_matched(c, patterns, i, name))
			return true;
	return false;
}

bool schema_parts_additional_properties(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                                        const struct jdoc_place *at)
{
	struct jdoc_place inner = { .up = at };
	json_t *member;
	bool fits = true;
	json_object_foreach(value, inner.name, member) {
		if (is_named(c, r->node, inner.name))
			continue;
		if (json_is_false(r->arg))
			fits = schema_check_fault(c, "additionalProperties", &inner, "is not a field of this kind");
		else if (!schema_check_node(c, r->nodes[0], member, &inner))
			fits = false;
	}
	return fits;
}

bool schema_parts_min_items(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                            const struct jdoc_place *at)
{
	return !json_is_array(value) || (double)json_array_size(value) >= json_number_value(r->arg) ||
	       refuse_size(c, r, at, "at least", "element");
}

bool schema_parts_max_items(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                            const struct jdoc_place *at)
{
	return !json_is_array(value) || (double)json_array_size(value) <= json_number_value(r->arg) ||
	       refuse_size(c, r, at, "at most", "element");
}

static int add_identity_member(void *ctx, const char *key, struct jdoc *value, struct err *e);

/* A text that is the same for equal values, and only for them. */
static void add_identity(struct buf *out, json_t *value)
{
	if (json_is_object(value)) {
		buf_putc(out, '{');
		jdoc_each((const struct jdoc *)value, add_identity_member, out, NULL);
		buf_putc(out, '}');
	} else if (json_is_array(value)) {
		buf_putc(out, '[');
		for (size_t i = 0; i < json_array_size(value); i++) {
			add_identity(out, json_array_get(value, i));
			buf_putc(out, ',');
		}
		buf_putc(out, ']');
	} else if (json_is_number(value) && schema_number_is_integer(value))
		buf_printf(out, "%.0f", json_number_value(value) + 0.0); /* no -0; integers of a document are within 2^53 */
	else
		jdoc_print((const struct jdoc *)value, out);
}

static int add_identity_member(void *ctx, const char *key, struct jdoc *value, struct err *e)
{
	(void)e;
	struct jdoc *name = jdoc_string(key);
	jdoc_print(name, ctx);
	jdoc_free(name);
	buf_putc(ctx, ':');
	add_identity(ctx, jdoc_raw(value));
	buf_putc(ctx, ',');
	return ERR_OK;
}

bool schema_parts_unique_items(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                               const struct jdoc_place *at)
{
	struct jdoc_place inner = { .up = at };
	if (!json_is_array(value) || json_is_false(r->arg))
		return true;
	bool fits = true;
	json_t *seen = json_object();
	BUF_CLEANUP struct buf identity = BUF_INIT;
	for (; inner.index < json_array_size(value); inner.index++) {
		buf_clear(&identity);
		add_identity(&identity, json_array_get(value, inner.index));
		if (json_object_get(seen, buf_str(&identity)))
			fits = schema_check_fault(c, "uniqueItems", &inner, "no element twice");
		json_object_set_new_nocheck(seen, buf_str(&identity), json_true());
	}
	json_decref(seen);
	return fits;
}

bool schema_parts_prefix_items(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                               const struct jdoc_place *at)
{
	struct jdoc_place inner = { .up = at };
	bool fits = true;
	for (; inner.index < r->n_nodes && inner.index < json_array_size(value); inner.index++)
		if (!schema_check_node(c, r->nodes[inner.index], json_array_get(value, inner.index), &inner))
			fits = false;
	return fits;
}

bool schema_parts_items(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                        const struct jdoc_place *at)
{
	struct jdoc_place inner = { .up = at, .index = json_array_size(json_object_get(r->node->doc, "prefixItems")) };
	bool fits = true;
	for (; inner.index < json_array_size(value); inner.index++)
		if (!schema_check_node(c, r->nodes[0], json_array_get(value, inner.index), &inner))
			fits = false;
	return fits;
}

bool schema_parts_contains(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                           const struct jdoc_place *at)
{
	json_t *min = json_object_get(r->node->doc, "minContains"), *max = json_object_get(r->node->doc, "maxContains");
	double least = min ? json_number_value(min) : 1, found = 0;
	if (!json_is_array(value))
		return true;
	for (size_t i = 0; i < json_array_size(value); i++)
		found += schema_check_quietly(c, r->nodes[0], json_array_get(value, i));
	BUF_CLEANUP struct buf wanted = BUF_INIT;
	schema_words_node(&wanted, r->nodes[0]);
	const char *colon = wanted.len ? ": " : "";
	bool fits = true;
	if (found < least)
		fits = schema_check_fault(c, min ? "minContains" : "contains", at, "at least %.0f element%s of the kind wanted%s%s",
		                          least, least == 1 ? "" : "s", colon, buf_str(&wanted));
	if (max && found > json_number_value(max))
		fits = schema_check_fault(c, "maxContains", at, "at most %.0f element%s of the kind counted%s%s",
		                          json_number_value(max), json_number_value(max) == 1 ? "" : "s", colon, buf_str(&wanted));
	return fits;
}
