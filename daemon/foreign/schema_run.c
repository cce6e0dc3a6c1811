#include <stdarg.h>
#include <stdio.h>

#include "base/lang.h"
#include "foreign/schema_impl.h"

#define REASON_MAX 512
#define QUOTE_MAX ((size_t)200)

static bool is_about(enum schema_about about, json_t *value)
{
	static const enum schema_about abouts[] = {
		[JSON_INTEGER] = SCHEMA_ABOUT_NUMBER, [JSON_REAL] = SCHEMA_ABOUT_NUMBER,  [JSON_STRING] = SCHEMA_ABOUT_STRING,
		[JSON_ARRAY] = SCHEMA_ABOUT_ARRAY,    [JSON_OBJECT] = SCHEMA_ABOUT_OBJECT, [JSON_NULL] = SCHEMA_ABOUT_ALL,
		[JSON_TRUE] = SCHEMA_ABOUT_ALL,       [JSON_FALSE] = SCHEMA_ABOUT_ALL,
	};
	return about == SCHEMA_ABOUT_ALL || about == abouts[json_typeof(value)];
}

void schema_run_on(struct schema_run *run, const char *keyword, json_t *schema, json_t *value,
                   const struct jdoc_place *place)
{
	if (json_is_false(schema))
		schema_run_fault(run, place, keyword, "nothing may stand here");
	if (!json_is_object(schema))
		return;
	for (const struct schema_keyword *k = schema_keywords; k->name; k++) {
		struct schema_at at = { schema, k->name, NULL, value, place };
		if (!k->apply || !is_about(k->about, value))
			continue;
		at.rule = json_object_get(schema, k->name);
		if (at.rule)
			k->apply(run, &at);
	}
}

bool schema_run_fits(struct schema_run *run, json_t *schema, json_t *value, const struct jdoc_place *place)
{
	size_t before = run->count;
	run->quiet++;
	schema_run_on(run, "", schema, value, place);
	run->quiet--;
	bool fits = run->count == before;
	run->count = before;
	return fits;
}

static const char *name_of(const struct jdoc_place *place)
{
	while (place && !place->name)
		place = place->up;
	return place ? place->name : NULL;
}

/* The last part of the pointer to a member, which is cut where the member's name is long, unescaped. */
static json_t *make_field(const struct jdoc_place *place)
{
	const char *name = name_of(place);
	struct jdoc_place alone = { .name = name };
	BUF_CLEANUP struct buf pointer = BUF_INIT, field = BUF_INIT;
	if (name)
		jdoc_add_pointer(&pointer, &alone);
	for (size_t i = 1; i < pointer.len; i++)
		if (pointer.ptr[i] == '~')
			buf_putc(&field, pointer.ptr[++i] == '0' ? '~' : '/');
		else
			buf_putc(&field, pointer.ptr[i]);
	return json_stringn(buf_str(&field), field.len);
}

static void tell(struct schema_run *run, const struct jdoc_place *place, const char *keyword, const char *reason)
{
	BUF_CLEANUP struct buf pointer = BUF_INIT;
	json_t *fault = json_object();
	jdoc_add_pointer(&pointer, place);
	json_object_set_new(fault, "at", json_stringn(buf_str(&pointer), pointer.len));
	json_object_set_new(fault, "field", make_field(place));
	json_object_set_new(fault, "rule", json_string(keyword));
	json_object_set_new(fault, "reason", json_string(lang_text(reason)));
	json_array_append_new(run->faults, fault);
}

void schema_run_fault(struct schema_run *run, const struct jdoc_place *place, const char *keyword, const char *fmt, ...)
{
	char reason[REASON_MAX];
	va_list args;
	run->count++;
	if (run->quiet || json_array_size(run->faults) >= SCHEMA_FAULTS_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(reason, sizeof reason, lang_text(fmt), args);
	va_end(args);
	tell(run, place, keyword, reason);
}

bool schema_run_matches(struct schema_run *run, const char *pattern, const char *s, size_t len,
                        const struct jdoc_place *place)
{
	enum schema_match match = schema_pattern_try(run->schema, pattern, s, len);
	if (match == SCHEMA_MATCH_UNDECIDED && !run->is_undecided) {
		run->is_undecided = true;
		tell(run, place, "pattern", N_("takes too many steps to hold against its pattern"));
	}
	return match == SCHEMA_MATCH_YES;
}

/* For a reason: text of the schema, cut. */
void schema_run_quote(struct buf *out, const char *s, size_t len)
{
	size_t shown = len;
	if (len > QUOTE_MAX)
		for (shown = QUOTE_MAX; shown && ((unsigned char)s[shown] & 0xc0) == 0x80;)
			shown--;
	buf_add(out, s, shown);
	if (shown < len)
		buf_puts(out, "…");
}
