#include <string.h>

#include "foreign/schema_impl.h"

#define WORDS_MAX ((size_t)400)

static bool is_long(struct buf *out)
{
	if (out->len < WORDS_MAX)
		return false;
	buf_puts(out, ", …");
	return true;
}

void schema_words_value(struct buf *out, json_t *value)
{
	if (json_is_string(value))
		buf_add(out, json_string_value(value), json_string_length(value));
	else if (json_is_real(value))
		buf_printf(out, "%.15g", json_real_value(value));
	else
		jdoc_print((const struct jdoc *)value, out);
}

void schema_words_names(struct buf *out, json_t *names)
{
	for (size_t i = 0; i < json_array_size(names); i++) {
		if (i && is_long(out))
			return;
		buf_puts(out, i ? ", " : "");
		schema_words_value(out, json_array_get(names, i));
	}
}

/* Its title, or the fields that it wants, with the values that they are to have. */
void schema_words_node(struct buf *out, const struct schema_node *n)
{
	json_t *title = json_object_get(n->doc, "x-title-en"), *names = json_object_get(n->doc, "required");
	if (title || (title = json_object_get(n->doc, "title"))) {
		schema_words_value(out, title);
		return;
	}
	for (size_t i = 0; i < json_array_size(names); i++) {
		if (i && is_long(out))
			return;
		const char *name = json_string_value(json_array_get(names, i));
		json_t *value = json_object_get(json_object_get(json_object_get(n->doc, "properties"), name), "const");
		buf_printf(out, "%s%s%s", i ? ", " : "", name, value ? " = " : "");
		if (value)
			schema_words_value(out, value);
	}
}
