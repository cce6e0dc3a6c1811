/*
 * Inside schema: a schema is loaded into nodes, one for each (sub)schema, each with a rule for each keyword that has an
 * effect. A keyword is one row of the table in schema_keywords.c: how its argument is loaded, what it checks.
 */
#ifndef FOREIGN_SCHEMA_IMPL_H
#define FOREIGN_SCHEMA_IMPL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "foreign/jdoc_impl.h"
#include "foreign/schema.h"

struct schema_pattern;
struct schema_node;
struct schema_rule;
struct schema_loading;
struct schema_checking;

typedef int schema_load_fn(struct schema_loading *l, struct schema_rule *r, const struct jdoc_place *at, struct err *e);
typedef bool schema_check_fn(struct schema_checking *c, const struct schema_rule *r, json_t *value,
                             const struct jdoc_place *at);

struct schema_keyword {
	const char *name;
	schema_load_fn *load;
	schema_check_fn *check;  /* NULL: an annotation, or read by another keyword of the same schema */
	bool at_root_only;
	bool leads_in_place;     /* its schemas judge the same value, not a part of it */
};

struct schema_rule {
	const struct schema_keyword *keyword;
	const struct schema_node *node;     /* where it stands */
	json_t *arg;                        /* borrowed of the document */
	struct schema_node **nodes;         /* of the schemas in arg; not owned when it is a $ref */
	struct schema_pattern **patterns;
	size_t n_nodes, n_patterns;
};

struct schema_node {
	json_t *doc;
	struct schema_rule *rules;          /* in the order of the table */
	size_t n_rules;
	enum { SCHEMA_NEW, SCHEMA_ENTERED, SCHEMA_LEFT } visit;
};

struct schema_loading {
	json_t *root;
	const struct schema_node *root_node;
};

/* Faults are counted, kept up to SCHEMA_FAULTS_MAX; while quiet they are neither. */
struct schema_checking {
	struct jdoc *faults;
	size_t n_faults;
	unsigned quiet;
	bool exhausted;                     /* a pattern used up its limits: no answer can be trusted */
};

#define SCHEMA_FAULTS_MAX 1000

extern const struct schema_keyword schema_keywords[];
extern const size_t schema_keywords_count;

/* schema_load.c */
int schema_load_node(struct schema_loading *l, json_t *doc, const struct jdoc_place *at, struct schema_node **out,
                     struct err *e);
void schema_load_free(struct schema_node *n);
int schema_load_refuse(const struct jdoc_place *at, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
const struct schema_rule *schema_load_find(const struct schema_node *n, const char *keyword); /* NULL if absent */

/* schema_args.c: shapes of arguments */
schema_load_fn schema_args_any, schema_args_text, schema_args_bool, schema_args_true, schema_args_list, schema_args_count,
	schema_args_number, schema_args_positive, schema_args_pattern, schema_args_type, schema_args_names,
	schema_args_name_lists, schema_args_dialect, schema_args_schema, schema_args_schemas, schema_args_members,
	schema_args_pattern_members, schema_args_ref;

/* schema_check.c */
bool schema_check_node(struct schema_checking *c, const struct schema_node *n, json_t *value,
                       const struct jdoc_place *at);
bool schema_check_quietly(struct schema_checking *c, const struct schema_node *n, json_t *value);
/* Returns false, so that a check can end with it. */
bool schema_check_fault(struct schema_checking *c, const char *rule, const struct jdoc_place *at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* schema_value.c: rules on one value */
schema_check_fn schema_value_type, schema_value_enum, schema_value_const, schema_value_min_length,
	schema_value_max_length, schema_value_pattern, schema_value_minimum, schema_value_maximum,
	schema_value_exclusive_minimum, schema_value_exclusive_maximum, schema_value_multiple_of, schema_value_date;

/* schema_parts.c: rules on members and elements */
schema_check_fn schema_parts_required, schema_parts_dependent_required, schema_parts_min_properties,
	schema_parts_max_properties, schema_parts_properties, schema_parts_pattern_properties,
	schema_parts_additional_properties, schema_parts_property_names, schema_parts_min_items, schema_parts_max_items,
	schema_parts_unique_items, schema_parts_prefix_items, schema_parts_items, schema_parts_contains;

/* schema_logic.c: rules made of schemas for the same value */
schema_check_fn schema_logic_ref, schema_logic_all_of, schema_logic_any_of, schema_logic_one_of, schema_logic_not,
	schema_logic_if, schema_logic_dependent_schemas;

/* schema_number.c */
bool schema_number_is_integer(json_t *number);                      /* 1.0 is one */
int schema_number_compare(json_t *a, json_t *b);                    /* -1, 0, 1 */
bool schema_number_is_multiple(json_t *number, json_t *of);         /* as decimals, exactly; of > 0 */

/* schema_pattern.c: regular expressions of ECMA-262 with the flag u, without flags in the text */
struct schema_pattern *schema_pattern_new(const char *text, size_t len, struct err *e);
void schema_pattern_free(struct schema_pattern *p);
bool schema_pattern_matches(const struct schema_pattern *p, const char *s, size_t len, bool *out_exhausted);

#endif
