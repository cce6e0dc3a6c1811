#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "foreign/schema_impl.h"

#define NAME_SHOWN_MAX 128

bool schema_check_node(struct schema_checking *c, const struct schema_node *n, json_t *value,
                       const struct jdoc_place *at)
{
	bool fits = true;
	if (json_is_false(n->doc))
		return schema_check_fault(c, "false", at, "is not to be there");
	for (size_t i = 0; i < n->n_rules && (fits || !c->quiet); i++)
		if (n->rules[i].keyword->check && !n->rules[i].keyword->check(c, &n->rules[i], value, at))
			fits = false;
	return fits;
}

bool schema_check_quietly(struct schema_checking *c, const struct schema_node *n, json_t *value)
{
	c->quiet++;
	bool fits = schema_check_node(c, n, value, NULL);
	c->quiet--;
	return fits;
}

static const char *find_field(const struct jdoc_place *at)
{
	while (at && !at->name)
		at = at->up;
	return at ? at->name : "";
}

bool schema_check_fault(struct schema_checking *c, const char *rule, const struct jdoc_place *at, const char *fmt, ...)
{
	if (c->quiet || c->n_faults++ >= SCHEMA_FAULTS_MAX)
		return false;
	BUF_CLEANUP struct buf pointer = BUF_INIT, field = BUF_INIT;
	char reason[ERR_TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	vsnprintf(reason, sizeof reason, fmt, args);
	va_end(args);
	for (size_t len = strlen(reason); !text_is_utf8(reason, len);) /* cut within a character */
		reason[--len] = '\0';
	jdoc_add_pointer(&pointer, at);
	buf_puts(&field, find_field(at));
	struct jdoc *fault = jdoc_object();
	jdoc_set_string(fault, "at", buf_str(&pointer));
	jdoc_set_string(fault, "field", field.len > NAME_SHOWN_MAX ? "" : buf_str(&field));
	jdoc_set_string(fault, "rule", rule);
	jdoc_set_string(fault, "reason", reason);
	jdoc_append(c->faults, fault);
	return false;
}
