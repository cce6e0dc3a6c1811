/* What the rule book in force offers. */
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "foreign/schema.h"
#include "foreign/schema_dates.h"
#include "ledger/query_forms.h"

static struct jdoc *print_links(const struct rulebook_links *links)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < links->count; i++) {
		struct jdoc *one = jdoc_object();
		jdoc_set_string(one, "matter", links->at[i].matter);
		jdoc_set_string(one, "field", links->at[i].field);
		jdoc_append(list, one);
	}
	return list;
}

static struct jdoc *print_names(char *const *names, size_t count)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < count; i++)
		jdoc_append(list, jdoc_string(names[i]));
	return list;
}

static struct jdoc *print_text(const char *s)
{
	return s && *s ? jdoc_string(s) : jdoc_null();
}

static struct jdoc *print_retention(const struct rulebook_kind *k)
{
	if (!k->retain)
		return jdoc_null();
	struct jdoc *d = jdoc_object();
	jdoc_set_integer(d, "years", k->retain);
	jdoc_set_string(d, "from", k->retain_from_closing ? N_("closing") : N_("creation"));
	jdoc_set(d, "clause", print_text(k->retain_clause));
	return d;
}

static struct jdoc *print_kind(const struct rulebook_kind *k)
{
	struct jdoc *d = jdoc_object(), *concerns = jdoc_array();
	for (size_t i = 0; i < k->concerns_count; i++)
		jdoc_append(concerns, jdoc_string(k->concerns[i]));
	jdoc_set_string(d, "name", k->name);
	query_set_title(d, &k->title);
	jdoc_set(d, "form", print_text(k->form));
	jdoc_set(d, "clause", print_text(k->clause));
	jdoc_set(d, "opens", print_text(k->opens));
	jdoc_set(d, "closes", print_links(&k->closes));
	jdoc_set(d, "within", print_links(&k->within));
	jdoc_set(d, "under", print_links(&k->under));
	jdoc_set(d, "concerns", concerns);
	jdoc_set(d, "event", print_text(k->event));
	jdoc_set(d, "number", print_text(k->number));
	jdoc_set(d, "retention", print_retention(k));
	jdoc_set_string(d, "measure", rulebook_measure_word(k->measure));
	jdoc_set(d, "measure_clause", print_text(k->measure_clause));
	jdoc_set_string(d, "medium", rulebook_medium_word(k->medium));
	jdoc_set(d, "units", k->units_count ? print_names(k->units, k->units_count) : jdoc_null());
	jdoc_set(d, "submit", k->submit_count ? print_names(k->submit, k->submit_count) : jdoc_null());
	jdoc_set(d, "sign", k->sign_always ? jdoc_string("any")
	                    : k->sign_count ? print_names(k->sign, k->sign_count) : jdoc_null());
	return d;
}

static struct jdoc *print_named(const struct rulebook_named *at, size_t count)
{
	struct jdoc *list = jdoc_array();
	for (size_t i = 0; i < count; i++) {
		struct jdoc *d = jdoc_object();
		jdoc_set_string(d, "name", at[i].name);
		query_set_title(d, &at[i].title);
		jdoc_append(list, d);
	}
	return list;
}

struct jdoc *query_eras(struct ledger *l)
{
	size_t count;
	MEM_CLEANUP struct era *eras = rulebook_eras(l->rules->book, &count);
	return schema_dates_print_eras(eras, count);
}

struct jdoc *query_kinds(struct ledger *l)
{
	const struct rulebook *book = l->rules->book;
	struct jdoc *d = jdoc_object(), *kinds = jdoc_array();
	for (size_t i = 0; i < book->kinds_count; i++)
		jdoc_append(kinds, print_kind(&book->kinds[i]));
	jdoc_set_string(d, "format", "daicho.kinds.v1");
	jdoc_set_string(d, "office", book->office);
	jdoc_set(d, "kinds", kinds);
	jdoc_set(d, "eras", query_eras(l));
	jdoc_set(d, "units", print_named(book->units, book->units_count));
	jdoc_set(d, "roles", print_named(book->roles, book->roles_count));
	jdoc_set(d, "matters", print_named(book->matters, book->matters_count));
	return d;
}

int query_kind(struct ledger *l, const char *kind, struct jdoc **out, struct err *e)
{
	const struct rulebook_kind *k = rulebook_kind(l->rules->book, kind);
	const struct schema *schema = rules_schema(l->rules, kind);
	if (!k || !schema) {
		err_set(e, ERR_KIND, "kind: the rule book has no such kind of record");
		return err_next(e, "daicho kinds");
	}
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "format", "daicho.kind.v1");
	jdoc_set(d, "kind", print_kind(k));
	jdoc_set(d, "eras", query_eras(l));
	jdoc_set(d, "schema", jdoc_keep((struct jdoc *)schema_doc(schema)));
	*out = d;
	return ERR_OK;
}
