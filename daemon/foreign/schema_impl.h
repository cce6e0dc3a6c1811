/*
 * Inside of schema: the table of keywords, the run of a schema over a value, and what judges each keyword. A schema is
 * interpreted where it stands, in its document; loading it has checked every keyword in it.
 */
#ifndef FOREIGN_SCHEMA_IMPL_H
#define FOREIGN_SCHEMA_IMPL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "foreign/jdoc_impl.h"
#include "foreign/schema.h"

struct schema_pattern;                  /* schema_pattern.c: the compiled patterns of a schema */

struct schema {
	json_t *doc;
	struct schema_pattern *patterns;
};

struct schema_run {
	const struct schema *schema;
	json_t *faults;                 /* at most SCHEMA_FAULTS_MAX */
	size_t count;                   /* of all faults, those too that are only counted */
	unsigned quiet;                 /* above 0: the faults decide about another keyword and are not told */
	bool is_undecided;              /* a pattern gave up: nothing may be taken */
};

struct schema_at {                      /* one keyword meets one value */
	json_t *schema;                 /* the object that the keyword stands in */
	const char *keyword;
	json_t *rule;                   /* the keyword's value */
	json_t *value;
	const struct jdoc_place *place; /* of the value */
};

typedef void schema_apply_fn(struct schema_run *run, const struct schema_at *at);

/* What is being loaded: where, and under which keyword. */
struct schema_load {
	struct schema *schema;
	const char *keyword;
};
typedef int schema_check_fn(struct schema_load *load, json_t *rule, const struct jdoc_place *place, struct err *e);

enum schema_about {
	SCHEMA_ABOUT_ALL, SCHEMA_ABOUT_NUMBER, SCHEMA_ABOUT_STRING, SCHEMA_ABOUT_ARRAY, SCHEMA_ABOUT_OBJECT
};

struct schema_keyword {
	const char *name;
	schema_check_fn *check;
	enum schema_about about;        /* values of another type fit */
	schema_apply_fn *apply;         /* NULL: an annotation, or read by a keyword beside it */
};

extern const struct schema_keyword schema_keywords[];   /* schema.c; ends with a NULL name */

/* schema_load.c: what a keyword's value must be. ERR_CONFIG. */
schema_check_fn schema_load_schema, schema_load_schemas, schema_load_map, schema_load_pattern_map, schema_load_any,
	schema_load_text, schema_load_bool, schema_load_true, schema_load_list, schema_load_values, schema_load_number,
	schema_load_positive, schema_load_count, schema_load_types, schema_load_names, schema_load_names_map,
	schema_load_pattern, schema_load_dialect, schema_load_id;

/* schema_run.c */
void schema_run_on(struct schema_run *run, const char *keyword, json_t *schema, json_t *value,
                   const struct jdoc_place *place); /* keyword: the one that holds the schema */
bool schema_run_fits(struct schema_run *run, json_t *schema, json_t *value, const struct jdoc_place *place);
void schema_run_fault(struct schema_run *run, const struct jdoc_place *place, const char *keyword, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool schema_run_matches(struct schema_run *run, const char *pattern, const char *s, size_t len,
                        const struct jdoc_place *place);
void schema_run_quote(struct buf *out, const char *s, size_t len);

/* schema_value.c: any value, numbers, strings */
schema_apply_fn schema_value_type, schema_value_enum, schema_value_const, schema_value_minimum, schema_value_maximum,
	schema_value_above, schema_value_below, schema_value_multiple, schema_value_min_length, schema_value_max_length,
	schema_value_pattern, schema_value_date;

/* schema_nest.c: objects, arrays */
schema_apply_fn schema_nest_properties, schema_nest_required, schema_nest_additional, schema_nest_patterns,
	schema_nest_names, schema_nest_min_size, schema_nest_max_size, schema_nest_items, schema_nest_prefix,
	schema_nest_unique, schema_nest_contains, schema_nest_dependent_required, schema_nest_dependent_schemas;

/* schema_logic.c */
schema_apply_fn schema_logic_all, schema_logic_any, schema_logic_one, schema_logic_not, schema_logic_if;

/* schema_pattern.c: patterns are searched for anywhere in a text. */
int schema_pattern_add(struct schema *s, const char *pattern, const char **out_reason);  /* 0, or why not */
enum schema_match { SCHEMA_MATCH_NO, SCHEMA_MATCH_YES, SCHEMA_MATCH_UNDECIDED };
enum schema_match schema_pattern_try(const struct schema *s, const char *pattern, const char *text, size_t len);
void schema_pattern_free(struct schema *s);

#endif
