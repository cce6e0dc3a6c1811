#include "cli/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "cli/cli.h"

#define FIELD_NAME_MAX 64
#define VALUE_MAX ((size_t)1 << 20)

static struct jdoc *read_integer(const char *text)
{
	char *end;
	if (!*text || strspn(text, "-0123456789") != strlen(text))
		return NULL;
	long long v = strtoll(text, &end, 10);
	return *end ? NULL : jdoc_integer(v);
}

static struct jdoc *read_boolean(const char *text)
{
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return jdoc_bool(*text == 't');
	return NULL;
}

static struct jdoc *read_json(const char *text)
{
	struct err none = ERR_INIT;
	return jdoc_parse(text, strlen(text), VALUE_MAX, JDOC_ANY, &none);
}

static const struct {
	const char *type, *wanted;
	struct jdoc *(*read)(const char *text);
} types[] = {
	{ "string", N_("text"), jdoc_string },
	{ "integer", N_("a whole number"), read_integer },
	{ "boolean", N_("true or false"), read_boolean },
	{ "object", N_("a JSON object"), read_json },
};

static int read_value(const struct jdoc *schema, const char *kind, const char *name, const char *text,
                      struct jdoc **out, struct err *e)
{
	const char *type = jdoc_get_text(schema, "type");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (!type || strcmp(types[i].type, type) == 0) {
			if ((*out = types[i].read(text)))
				return ERR_OK;
			err_set(e, ERR_USAGE, "%s: %s is wanted", name, lang_text(types[i].wanted));
			return err_next(e, "daicho kinds %s", kind);
		}
	err_set(e, ERR_USAGE, "%s: can't be given as an option", name);
	return err_next(e, "give the record with --file");
}

int fields_set(struct jdoc *body, const struct jdoc *schema, const char *kind, const char *name, const char *value,
               struct err *e)
{
	char field[FIELD_NAME_MAX + 1];
	struct jdoc *v = NULL;
	size_t len = strlen(name);
	memcpy(field, name, len < sizeof field ? len + 1 : sizeof field);
	field[FIELD_NAME_MAX] = '\0';
	for (char *p = field; *p; p++)
		*p = *p == '-' ? '_' : *p;
	const struct jdoc *spec = jdoc_get(jdoc_get(schema, "properties"), field);
	if (!spec) {
		err_set(e, ERR_USAGE, "--%.64s: neither an option nor a field of %s", name, kind);
		return err_next(e, "daicho kinds %s", kind);
	}
	const char *type = jdoc_get_text(spec, "type");
	if (!type || strcmp(type, "array") != 0) {
		int rc = read_value(spec, kind, field, value, &v, e);
		if (!rc)
			jdoc_set(body, field, v);
		return rc;
	}
	int rc = read_value(jdoc_get(spec, "items"), kind, field, value, &v, e);
	if (rc)
		return rc;
	struct jdoc *list = jdoc_get(body, field);
	if (!list) {
		list = jdoc_array();
		jdoc_set(body, field, list);
	}
	jdoc_append(list, v);
	return ERR_OK;
}

static int fill_one(void *ctx, const char *name, struct jdoc *field, struct err *e)
{
	struct jdoc *body = ctx, *value = jdoc_get(field, "default");
	(void)e;
	if (value && !jdoc_get(body, name))
		jdoc_set(body, name, jdoc_keep(value));
	return ERR_OK;
}

void fields_fill(struct jdoc *body, const struct jdoc *schema)
{
	jdoc_each(jdoc_get(schema, "properties"), fill_one, body, NULL);
}
