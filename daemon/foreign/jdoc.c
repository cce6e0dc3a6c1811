#include "foreign/jdoc.h"

#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/text.h"
#include "foreign/jdoc_impl.h"

#define NAME_SHOWN_MAX ((size_t)128)

/* jansson would open a random device for its hash seed at the first object: too late for a jailed process. */
__attribute__((constructor)) static void prepare(void)
{
	size_t seed;
	random_bytes(&seed, sizeof seed);
	json_set_alloc_funcs(mem_alloc, free);
	json_object_seed(seed | 1);
}

static struct jdoc *wrap(json_t *j)
{
	return (struct jdoc *)j;
}

static int add_dump(const char *bytes, size_t len, void *out)
{
	buf_add(out, bytes, len);
	return 0;
}

void jdoc_print(const struct jdoc *d, struct buf *out)
{
	json_dump_callback(jdoc_raw(d), add_dump, out, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
}

void jdoc_print_canonical(const struct jdoc *d, struct buf *out)
{
	json_dump_callback(jdoc_raw(d), add_dump, out, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	buf_putc(out, '\n');
}

struct jdoc *jdoc_object(void)
{
	return wrap(json_object());
}

struct jdoc *jdoc_array(void)
{
	return wrap(json_array());
}

struct jdoc *jdoc_string(const char *s)
{
	return jdoc_string_n(s ? s : "", s ? strlen(s) : 0);
}

struct jdoc *jdoc_string_n(const char *s, size_t len)
{
	BUF_CLEANUP struct buf safe = BUF_INIT;
	if (len && (!text_is_utf8(s, len) || memchr(s, '\0', len))) {
		text_add_safe(&safe, s, len, false);
		s = buf_str(&safe);
		len = safe.len;
	}
	return wrap(json_stringn_nocheck(len ? s : "", len));
}

struct jdoc *jdoc_integer(int64_t v)
{
	return wrap(json_integer(v));
}

struct jdoc *jdoc_bool(bool v)
{
	return wrap(json_boolean(v));
}

struct jdoc *jdoc_null(void)
{
	return wrap(json_null());
}

struct jdoc *jdoc_keep(struct jdoc *d)
{
	return wrap(json_incref(jdoc_raw(d)));
}

void jdoc_free(struct jdoc *d)
{
	json_decref(jdoc_raw(d));
}

void jdoc_set(struct jdoc *obj, const char *key, struct jdoc *value)
{
	json_object_set_new(jdoc_raw(obj), key, jdoc_raw(value));
}

void jdoc_set_string(struct jdoc *obj, const char *key, const char *s)
{
	jdoc_set(obj, key, jdoc_string(s));
}

void jdoc_set_integer(struct jdoc *obj, const char *key, int64_t v)
{
	jdoc_set(obj, key, jdoc_integer(v));
}

void jdoc_set_bool(struct jdoc *obj, const char *key, bool v)
{
	jdoc_set(obj, key, jdoc_bool(v));
}

void jdoc_append(struct jdoc *arr, struct jdoc *value)
{
	json_array_append_new(jdoc_raw(arr), jdoc_raw(value));
}

enum jdoc_type jdoc_type(const struct jdoc *d)
{
	static const enum jdoc_type types[] = {
		[JSON_NULL] = JDOC_NULL,       [JSON_TRUE] = JDOC_BOOL, [JSON_FALSE] = JDOC_BOOL,
		[JSON_INTEGER] = JDOC_INTEGER, [JSON_REAL] = JDOC_REAL, [JSON_STRING] = JDOC_STRING,
		[JSON_ARRAY] = JDOC_ARRAY,     [JSON_OBJECT] = JDOC_OBJECT,
	};
	return d ? types[json_typeof(jdoc_raw(d))] : JDOC_NULL;
}

struct jdoc *jdoc_get(const struct jdoc *obj, const char *key)
{
	return wrap(json_object_get(jdoc_raw(obj), key));
}

struct jdoc *jdoc_at(const struct jdoc *arr, size_t i)
{
	return wrap(json_array_get(jdoc_raw(arr), i));
}

size_t jdoc_size(const struct jdoc *d)
{
	return json_is_object(jdoc_raw(d)) ? json_object_size(jdoc_raw(d)) : json_array_size(jdoc_raw(d));
}

const char *jdoc_text(const struct jdoc *d)
{
	return json_string_value(jdoc_raw(d));
}

size_t jdoc_text_len(const struct jdoc *d)
{
	return json_string_length(jdoc_raw(d));
}

const char *jdoc_get_text(const struct jdoc *obj, const char *key)
{
	return jdoc_text(jdoc_get(obj, key));
}

bool jdoc_get_integer(const struct jdoc *obj, const char *key, int64_t *out)
{
	return jdoc_integer_value(jdoc_get(obj, key), out);
}

const char *jdoc_text_of(const struct jdoc *obj, const char *key)
{
	const char *text = jdoc_get_text(obj, key);
	return text ? text : "";
}

int64_t jdoc_number_of(const struct jdoc *obj, const char *key)
{
	int64_t n = 0;
	jdoc_get_integer(obj, key, &n);
	return n;
}

bool jdoc_integer_value(const struct jdoc *d, int64_t *out)
{
	if (!json_is_integer(jdoc_raw(d)))
		return false;
	*out = json_integer_value(jdoc_raw(d));
	return true;
}

bool jdoc_number_value(const struct jdoc *d, double *out)
{
	if (!json_is_number(jdoc_raw(d)))
		return false;
	*out = json_number_value(jdoc_raw(d));
	return true;
}

bool jdoc_is_true(const struct jdoc *d)
{
	return json_is_true(jdoc_raw(d));
}

static bool is_equal_object(json_t *a, json_t *b)
{
	const char *key;
	json_t *value;
	if (json_object_size(a) != json_object_size(b))
		return false;
	json_object_foreach(a, key, value) {
		if (!jdoc_is_equal(wrap(value), wrap(json_object_get(b, key))))
			return false;
	}
	return true;
}

static bool is_equal_array(json_t *a, json_t *b)
{
	size_t n = json_array_size(a);
	if (n != json_array_size(b))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!jdoc_is_equal(wrap(json_array_get(a, i)), wrap(json_array_get(b, i))))
			return false;
	return true;
}

/* Numbers by their value: 1 and 1.0 are equal. */
bool jdoc_is_equal(const struct jdoc *a, const struct jdoc *b)
{
	json_t *x = jdoc_raw(a), *y = jdoc_raw(b);
	if (!x || !y)
		return x == y;
	if (json_is_number(x) && json_is_number(y) && json_typeof(x) != json_typeof(y))
		return json_number_value(x) == json_number_value(y);
	if (json_typeof(x) != json_typeof(y))
		return false;
	if (json_is_object(x))
		return is_equal_object(x, y);
	return json_is_array(x) ? is_equal_array(x, y) : json_equal(x, y);
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int jdoc_each(const struct jdoc *obj, jdoc_member_fn *fn, void *ctx, struct err *e)
{
	size_t n = json_object_size(jdoc_raw(obj)), i = 0;
	const char *key;
	json_t *value;
	if (!n)
		return ERR_OK;
	const char **keys = mem_array(n, sizeof *keys);
	json_object_foreach(jdoc_raw(obj), key, value)
		keys[i++] = key;
	qsort(keys, n, sizeof *keys, compare_keys);
	int rc = ERR_OK;
	for (i = 0; !rc && i < n; i++)
		rc = fn(ctx, keys[i], jdoc_get(obj, keys[i]), e);
	free(keys);
	return rc;
}

static void add_name(struct buf *out, const char *name)
{
	size_t len = strlen(name), shown = len;
	if (len > NAME_SHOWN_MAX)
		for (shown = NAME_SHOWN_MAX; shown && ((unsigned char)name[shown] & 0xc0) == 0x80;)
			shown--;
	for (size_t i = 0; i < shown; i++)
		if (name[i] == '~' || name[i] == '/')
			buf_puts(out, name[i] == '~' ? "~0" : "~1");
		else
			buf_putc(out, name[i]);
	if (shown < len)
		buf_puts(out, "…");
}

void jdoc_add_pointer(struct buf *out, const struct jdoc_place *place)
{
	if (!place)
		return;
	jdoc_add_pointer(out, place->up);
	buf_putc(out, '/');
	if (place->name)
		add_name(out, place->name);
	else
		buf_printf(out, "%zu", place->index);
}

static int refuse_unclean(const struct jdoc_place *place, const char *what, struct err *e)
{
	BUF_CLEANUP struct buf pointer = BUF_INIT;
	jdoc_add_pointer(&pointer, place);
	return err_set(e, ERR_UTF8, "%s: %s holds a character that may not stand in a record",
	               pointer.len ? pointer.ptr : _("(record)"), lang_text(what));
}

static int check_clean(json_t *j, const struct jdoc_place *place, struct err *e)
{
	struct jdoc_place inner = { .up = place };
	json_t *value;
	int rc = ERR_OK;
	if (json_is_string(j) && !text_is_clean(json_string_value(j), json_string_length(j), NULL))
		return refuse_unclean(place, "the text", e);
	for (size_t i = 0; !rc && i < json_array_size(j); i++) {
		inner.index = i;
		rc = check_clean(json_array_get(j, i), &inner, e);
	}
	if (!json_is_object(j))
		return rc;
	json_object_foreach(j, inner.name, value) {
		if (!text_is_clean(inner.name, strlen(inner.name), NULL))
			return refuse_unclean(place, "a member's name", e);
		if ((rc = check_clean(value, &inner, e)))
			return rc;
	}
	return ERR_OK;
}

int jdoc_check_clean(const struct jdoc *d, struct err *e)
{
	return check_clean(jdoc_raw(d), NULL, e);
}

struct jdoc *jdoc_error(const struct err *e, const struct jdoc *faults)
{
	struct jdoc *error = jdoc_object(), *doc = jdoc_object();
	jdoc_set_string(error, "code", err_word(e->code));
	jdoc_set_integer(error, "exit", err_exit(e->code));
	jdoc_set_string(error, "text", e->text);
	jdoc_set_string(error, "next", err_next_text(e));
	jdoc_set(error, "faults", faults ? jdoc_keep((struct jdoc *)faults) : jdoc_array());
	jdoc_set_string(doc, "format", "daicho.error.v1");
	jdoc_set(doc, "error", error);
	return doc;
}
