#include "foreign/schema_impl.h"

void schema_logic_all(struct schema_run *run, const struct schema_at *at)
{
	for (size_t i = 0; i < json_array_size(at->rule); i++)
		schema_run_on(run, at->keyword, json_array_get(at->rule, i), at->value, at->place);
}

static size_t count_fitting(struct schema_run *run, const struct schema_at *at)
{
	size_t n = 0;
	for (size_t i = 0; i < json_array_size(at->rule); i++)
		n += schema_run_fits(run, json_array_get(at->rule, i), at->value, at->place);
	return n;
}

void schema_logic_any(struct schema_run *run, const struct schema_at *at)
{
	if (count_fitting(run, at) == 0)
		schema_run_fault(run, at->place, at->keyword, "must fit at least one of %zu forms", json_array_size(at->rule));
}

void schema_logic_one(struct schema_run *run, const struct schema_at *at)
{
	if (count_fitting(run, at) != 1)
		schema_run_fault(run, at->place, at->keyword, "must fit one and only one of %zu forms",
		                 json_array_size(at->rule));
}

void schema_logic_not(struct schema_run *run, const struct schema_at *at)
{
	if (schema_run_fits(run, at->rule, at->value, at->place))
		schema_run_fault(run, at->place, at->keyword, "has the form that may not stand here");
}

void schema_logic_if(struct schema_run *run, const struct schema_at *at)
{
	bool fits = schema_run_fits(run, at->rule, at->value, at->place);
	const char *branch = fits ? "then" : "else";
	json_t *schema = json_object_get(at->schema, branch);
	if (schema)
		schema_run_on(run, branch, schema, at->value, at->place);
}
