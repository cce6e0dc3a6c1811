#include "front/gate.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "foreign/schema.h"

#define SCHEMAS_MAX ((size_t)16 << 20)
#define QUERY_MAX 1024

struct gate_kind {
	char *name;
	struct schema *schema;
};

struct kinds {
	struct gate_kind *at;
	size_t count;
};

struct gate {
	pthread_rwlock_t lock;      /* kinds */
	struct kinds kinds;
};

static int add_kind(void *ctx, const char *name, struct jdoc *doc, struct err *e)
{
	struct kinds *k = ctx;
	struct schema *schema = schema_new(doc, e);
	if (!schema)
		return err_prefix(e, "schema of %s", name);
	k->at = mem_grow(k->at, k->count + 1, sizeof *k->at);
	k->at[k->count++] = (struct gate_kind){ mem_strdup(name), schema };
	return ERR_OK;
}

static void release_kinds(struct kinds *k)
{
	for (size_t i = 0; i < k->count; i++) {
		schema_free(k->at[i].schema);
		mem_free_ptr(&k->at[i].name);
	}
	mem_free_ptr(&k->at);
}

static int read_kinds(const char *schemas, size_t len, struct kinds *out, struct err *e)
{
	struct kinds k = { .count = 0 };
	struct jdoc *all = jdoc_parse(schemas, len, SCHEMAS_MAX, JDOC_REALS, e);
	if (!all)
		return (int)e->code;
	int rc = jdoc_each(all, add_kind, &k, e);
	jdoc_free(all);
	if (rc)
		release_kinds(&k);
	else
		*out = k;
	return rc;
}

struct gate *gate_new(const char *schemas, size_t len, struct err *e)
{
	struct kinds kinds;
	if (read_kinds(schemas, len, &kinds, e))
		return NULL;
	struct gate *g = mem_alloc(sizeof *g);
	pthread_rwlock_init(&g->lock, NULL);
	g->kinds = kinds;
	return g;
}

int gate_renew(struct gate *g, const char *schemas, size_t len, struct err *e)
{
	struct kinds fresh, before;
	int rc = read_kinds(schemas, len, &fresh, e);
	if (rc)
		return rc;
	pthread_rwlock_wrlock(&g->lock);
	before = g->kinds;
	g->kinds = fresh;
	pthread_rwlock_unlock(&g->lock);
	release_kinds(&before);
	return ERR_OK;
}

void gate_free(struct gate *g)
{
	if (!g)
		return;
	release_kinds(&g->kinds);
	pthread_rwlock_destroy(&g->lock);
	mem_free_ptr(&g);
}

static const struct schema *find_schema(const struct gate *g, const char *kind)
{
	for (size_t i = 0; i < g->kinds.count; i++)
		if (strcmp(g->kinds.at[i].name, kind) == 0)
			return g->kinds.at[i].schema;
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

static int check_record(const struct gate *g, const struct jdoc *body, struct jdoc **out_faults, struct err *e)
{
	const char *kind = jdoc_get_text(body, "kind");
	const struct jdoc *record = jdoc_get(body, "body");
	if (!kind || !record)
		return err_set(e, ERR_SYNTAX, "request: the members kind, unit and body are needed"),
		       err_next(e, "GET /v1/kinds lists the kinds; GET /v1/kinds/KIND shows the fields of one");
	const struct schema *schema = find_schema(g, kind);
	if (!schema)
		return err_set(e, ERR_KIND, "kind: the rule book has no kind of this name"),
		       err_next(e, "GET /v1/kinds (`daicho kinds`) lists the kinds");
	int rc = jdoc_check_clean(body, e);
	if (!rc && (rc = schema_check(schema, record, out_faults, e)))
		err_next(e, "correct the fields named; GET /v1/kinds/%s (`daicho kinds %s`) shows them all", kind, kind);
	return rc;
}

static int check_record_locked(struct gate *g, const struct jdoc *body, struct jdoc **out_faults, struct err *e)
{
	pthread_rwlock_rdlock(&g->lock);
	int rc = check_record(g, body, out_faults, e);
	pthread_rwlock_unlock(&g->lock);
	return rc;
}

static struct jdoc *read_body(struct gate *g, const struct httpd_request *q, struct jdoc **out_faults,
                              struct err *e)
{
	if (!is_json_type(q->content_type)) {
		err_set(e, ERR_MEDIA, "content type: application/json in UTF-8 is the only one taken");
		err_next(e, "send the header Content-Type: application/json");
		return NULL;
	}
	struct jdoc *body = jdoc_parse(q->body, q->body_len, GATE_BODY_MAX, 0, e);
	if (body && strcmp(q->path, "/v1/records") == 0 && check_record_locked(g, body, out_faults, e)) {
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

struct jdoc *gate_pass(struct gate *g, const struct httpd_request *q, struct jdoc **out_faults, struct err *e)
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
	jdoc_set_integer(message, "uid", (int64_t)q->uid);
	jdoc_set(message, "query", query);
	jdoc_set(message, "body", body ? body : jdoc_null());
	return message;
}
