#include "front/gate.h"

#include <string.h>
#include <strings.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "foreign/schema.h"
#include "foreign/schema_dates.h"

#define SCHEMAS_MAX ((size_t)16 << 20)
#define QUERY_MAX 1024

struct gate_kind {
	char *name;
	struct schema *schema;
};

struct gate {
	struct jdoc *doc;               /* what the keeper said */
	struct gate_kind *kinds;
	size_t count;
	struct era *eras;               /* texts of doc */
	size_t eras_count;
};

static int add_kind(void *ctx, const char *name, struct jdoc *doc, struct err *e)
{
	struct gate *g = ctx;
	struct schema *schema = schema_new(doc, e);
	if (!schema)
		return err_prefix(e, "schema of %s", name);
	g->kinds = mem_grow(g->kinds, g->count + 1, sizeof *g->kinds);
	g->kinds[g->count++] = (struct gate_kind){ mem_strdup(name), schema };
	return ERR_OK;
}

struct gate *gate_new(const char *schemas, size_t len, struct err *e)
{
	struct jdoc *all = jdoc_parse(schemas, len, SCHEMAS_MAX, JDOC_REALS, e);
	if (!all)
		return NULL;
	struct gate *g = mem_alloc(sizeof *g);
	g->doc = all;
	g->eras = schema_dates_parse_eras(jdoc_get(all, "eras"), &g->eras_count);
	int rc = jdoc_each(jdoc_get(all, "schemas"), add_kind, g, e);
	if (!rc)
		return g;
	gate_free(g);
	return NULL;
}

void gate_free(struct gate *g)
{
	for (size_t i = 0; g && i < g->count; i++) {
		schema_free(g->kinds[i].schema);
		mem_free_ptr(&g->kinds[i].name);
	}
	if (g) {
		mem_free_ptr(&g->kinds);
		mem_free_ptr(&g->eras);
		jdoc_free(g->doc);
	}
	mem_free_ptr(&g);
}

static const struct schema *find_schema(const struct gate *g, const char *kind)
{
	for (size_t i = 0; i < g->count; i++)
		if (strcmp(g->kinds[i].name, kind) == 0)
			return g->kinds[i].schema;
	return NULL;
}

static bool is_json_type(const char *type)
{
	static const char json[] = "application/json";
	if (strncasecmp(type, json, sizeof json - 1) != 0)
		return false;
	const char *rest = type + sizeof json - 1;
	rest += strspn(rest, " \t");
	return !*rest || (*rest == ';' && (strcasestr(rest, "charset=utf-8") || !strcasestr(rest, "charset=")));
}

/* The record as the keeper will store it: what is signed stays, and must be right as it is. */
static int check_fields(const struct gate *g, const struct schema *schema, const struct jdoc *body,
                        struct jdoc **out_faults, struct err *e)
{
	const struct schema_dates_table table = { .eras = g->eras, .count = g->eras_count };
	struct jdoc *record = jdoc_keep(jdoc_get(body, "body")), *plain = NULL;
	int rc = ERR_OK;
	if (!jdoc_get(body, "signature")) {
		rc = schema_dates_read(&table, schema_doc(schema), record, &plain, out_faults, e);
		jdoc_free(record);
		record = plain;
	}
	if (!rc)
		rc = schema_check(schema, record, out_faults, e);
	jdoc_free(record);
	return rc;
}

static int check_record(const struct gate *g, const struct jdoc *body, struct jdoc **out_faults, struct err *e)
{
	const char *kind = jdoc_get_text(body, "kind");
	if (!kind || !jdoc_get(body, "body"))
		return err_set(e, ERR_SYNTAX, "request: the members kind, unit and body are needed"),
		       err_next(e, "GET /v1/kinds lists the kinds; GET /v1/kinds/KIND shows the fields of one");
	const struct schema *schema = find_schema(g, kind);
	if (!schema)
		return err_set(e, ERR_KIND, "kind: the rule book has no kind of this name"),
		       err_next(e, "GET /v1/kinds (`daicho kinds`) lists the kinds");
	int rc = jdoc_check_clean(body, e);
	if (!rc && (rc = check_fields(g, schema, body, out_faults, e)))
		err_next(e, "correct the fields named; GET /v1/kinds/%s (`daicho kinds %s`) shows them all", kind, kind);
	return rc;
}

static struct jdoc *read_body(const struct gate *g, const struct httpd_request *q, struct jdoc **out_faults,
                              struct err *e)
{
	if (!is_json_type(q->content_type)) {
		err_set(e, ERR_MEDIA, "content type: application/json in UTF-8 is the only one taken");
		err_next(e, "send the header Content-Type: application/json");
		return NULL;
	}
	struct jdoc *body = jdoc_parse(q->body, q->body_len, GATE_BODY_MAX, 0, e);
	if (body && strcmp(q->path, "/v1/records") == 0 && check_record(g, body, out_faults, e)) {
		jdoc_free(body);
		return NULL;
	}
	return body;
}

static int add_query(void *ctx, const char *name, const char *value)
{
	struct jdoc *query = ctx;
	size_t at;
	if (!value)
		value = "";
	if (strlen(name) > QUERY_MAX || strlen(value) > QUERY_MAX || !text_is_clean(name, strlen(name), &at) ||
	    !text_is_clean(value, strlen(value), &at))
		jdoc_set_bool(query, "", true); /* no parameter has this name */
	else
		jdoc_set_string(query, name, value);
	return 0;
}

struct jdoc *gate_pass(const struct gate *g, const struct httpd_request *q, struct jdoc **out_faults, struct err *e)
{
	bool post = strcmp(q->method, "POST") == 0;
	struct jdoc *body = NULL;
	size_t at;
	*out_faults = NULL;
	if (!post && strcmp(q->method, "GET") != 0) {
		err_set(e, ERR_USAGE, "method: GET and POST are the only ones");
		return NULL;
	}
	if (strlen(q->path) > QUERY_MAX || !text_is_clean(q->path, strlen(q->path), &at)) {
		err_set(e, ERR_USAGE, "path: not a path of this service");
		return NULL;
	}
	if (post && !(body = read_body(g, q, out_faults, e)))
		return NULL;
	struct jdoc *query = jdoc_object();
	httpd_query_each(q, add_query, query);
	if (jdoc_get(query, "")) {
		jdoc_free(query);
		jdoc_free(body);
		err_set(e, ERR_UTF8, "query: text that may not stand in a request");
		return NULL;
	}
	struct jdoc *message = jdoc_object();
	jdoc_set_string(message, "method", q->method);
	jdoc_set_string(message, "path", q->path);
	jdoc_set_string(message, "lang", lang_code(lang_get()));
	jdoc_set_integer(message, "uid", (int64_t)q->uid);
	jdoc_set(message, "query", query);
	jdoc_set(message, "body", body ? body : jdoc_null());
	return message;
}
