#include "foreign/schema_dates.h"

#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "foreign/jdoc_impl.h"

struct mapping {
	schema_dates_fn *fn;
	void *ctx;
	json_t *faults;
};

static void add_fault(struct mapping *m, const struct jdoc_place *place, const struct err *why)
{
	BUF_CLEANUP struct buf at = BUF_INIT;
	const struct jdoc_place *named = place;
	while (named && !named->name)
		named = named->up;
	jdoc_add_pointer(&at, place);
	struct jdoc *fault = jdoc_object();
	jdoc_set_string(fault, "at", buf_str(&at));
	jdoc_set_string(fault, "field", named ? named->name : "");
	jdoc_set_string(fault, "rule", "x-date");
	jdoc_set_string(fault, "reason", why->text);
	json_array_append_new(m->faults, jdoc_raw(fault));
}

static json_t *map_day(struct mapping *m, json_t *value, const struct jdoc_place *place)
{
	BUF_CLEANUP struct buf day = BUF_INIT;
	struct err why = ERR_INIT;
	if (m->fn(m->ctx, json_string_value(value), json_string_length(value), &day, &why)) {
		add_fault(m, place, &why);
		return json_incref(value);
	}
	return json_stringn(buf_str(&day), day.len);
}

static json_t *map_value(struct mapping *m, json_t *schema, json_t *value, const struct jdoc_place *place);

static json_t *map_object(struct mapping *m, json_t *properties, json_t *value, const struct jdoc_place *up)
{
	json_t *out = json_object(), *member;
	struct jdoc_place place = { .up = up };
	json_object_foreach(value, place.name, member)
		json_object_set_new(out, place.name,
		                    map_value(m, json_object_get(properties, place.name), member, &place));
	return out;
}

static json_t *map_array(struct mapping *m, json_t *items, json_t *value, const struct jdoc_place *up)
{
	json_t *out = json_array();
	struct jdoc_place place = { .up = up };
	for (; place.index < json_array_size(value); place.index++)
		json_array_append_new(out, map_value(m, items, json_array_get(value, place.index), &place));
	return out;
}

/* Values are at most as deep as jdoc_parse lets them be. */
static json_t *map_value(struct mapping *m, json_t *schema, json_t *value, const struct jdoc_place *place)
{
	if (json_is_string(value) && json_is_true(json_object_get(schema, "x-date")))
		return map_day(m, value, place);
	if (json_is_object(value) && json_object_get(schema, "properties"))
		return map_object(m, json_object_get(schema, "properties"), value, place);
	if (json_is_array(value) && json_object_get(schema, "items"))
		return map_array(m, json_object_get(schema, "items"), value, place);
	return json_incref(value);
}

int schema_dates_map(const struct jdoc *schema, const struct jdoc *value, schema_dates_fn *fn, void *ctx,
                     struct jdoc **out, struct jdoc **out_faults, struct err *e)
{
	struct mapping m = { fn, ctx, json_array() };
	json_t *mapped = map_value(&m, jdoc_raw(schema), jdoc_raw(value), NULL);
	size_t count = json_array_size(m.faults);
	*out_faults = NULL;
	if (!count) {
		json_decref(m.faults);
		*out = (struct jdoc *)mapped;
		return ERR_OK;
	}
	json_decref(mapped);
	*out_faults = (struct jdoc *)m.faults;
	const struct jdoc *first = jdoc_at(*out_faults, 0);
	return err_set(e, ERR_SCHEMA, count == 1 ? N_("record: %zu fault; first, at %s: %s: %s")
	                                         : N_("record: %zu faults; first, at %s: %s: %s"), count,
	               jdoc_get_text(first, "at"), jdoc_get_text(first, "rule"), jdoc_get_text(first, "reason"));
}

static bool has_iso_form(const char *text, size_t len)
{
	static const char form[] = "....-..-..";
	if (len != DATE_LEN)
		return false;
	for (size_t i = 0; i < len; i++)
		if (form[i] == '.' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	return true;
}

static int read_day(void *ctx, const char *text, size_t len, struct buf *out, struct err *e)
{
	const struct schema_dates_table *t = ctx;
	char iso[DATE_LEN + 1];
	struct date day;
	bool notice = false;
	int rc = has_iso_form(text, len) ? ERR_SYNTAX : era_parse(t->eras, t->count, text, len, &day, &notice, e);
	if (rc == ERR_SYNTAX) {
		buf_add(out, text, len);
		return ERR_OK;
	}
	if (rc)
		return rc;
	date_print(day, iso);
	buf_puts(out, iso);
	if (notice && t->notice)
		t->notice(t->ctx, text, len, day);
	return ERR_OK;
}

int schema_dates_read(const struct schema_dates_table *t, const struct jdoc *schema, const struct jdoc *value,
                      struct jdoc **out, struct jdoc **out_faults, struct err *e)
{
	return schema_dates_map(schema, value, read_day, (void *)t, out, out_faults, e);
}

struct jdoc *schema_dates_print_eras(const struct era *table, size_t count)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < count; i++) {
		char first[DATE_LEN + 1];
		struct jdoc *d = jdoc_object();
		date_print(table[i].first, first);
		jdoc_set_string(d, "ja", table[i].ja);
		jdoc_set_string(d, "abbreviation", table[i].abbreviation);
		jdoc_set_string(d, "letter", table[i].letter);
		jdoc_set(d, "sign", table[i].sign ? jdoc_string(table[i].sign) : jdoc_null());
		jdoc_set_string(d, "first", first);
		jdoc_append(list, d);
	}
	return list;
}

struct era *schema_dates_parse_eras(const struct jdoc *list, size_t *out_count)
{
	struct era *table = mem_array(jdoc_size(list) + 1, sizeof *table);
	size_t count = 0;
	for (size_t i = 0; i < jdoc_size(list); i++) {
		const struct jdoc *d = jdoc_at(list, i);
		const char *first = jdoc_get_text(d, "first");
		struct era era = { jdoc_get_text(d, "ja"), jdoc_get_text(d, "abbreviation"), jdoc_get_text(d, "letter"),
			           jdoc_get_text(d, "sign"), { 0, 0, 0 } };
		if (era.ja && first && date_parse(first, strlen(first), &era.first))
			table[count++] = era;
	}
	*out_count = count;
	return table;
}
