/* The rule book that comes with the project, and its schemas, as the programs read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "foreign/inifile.h"
#include "foreign/jdoc.h"
#include "foreign/schema.h"
#include "model/rulebook.h"

#define RULEBOOK PROJECT "/etc/rulebooks/kumamoto-r6-120/directive.ini"
#define FILE_MAX ((size_t)1 << 20)

struct form {              /* one kind with its schema; doc is the schema's own document */
	const struct rulebook_kind *kind;
	struct jdoc *doc;
	struct schema *schema;
};

static struct rulebook *book;
static struct form *forms;

static void give_up(const char *what, const struct err *e)
{
	print_error("%s: %s\n", what, e->text);
	abort();
}

static int take_triple(void *ctx, const char *section, const char *key, const char *value, struct err *e)
{
	return rulebook_set(ctx, section, key, value, e);
}

static void load_form(struct form *f, const struct rulebook_kind *kind)
{
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf text = BUF_INIT;
	char path[512];
	f->kind = kind;
	snprintf(path, sizeof path, "%s/schemas/%s.schema.json", PROJECT, kind->name);
	if (file_read(path, FILE_MAX, &text, &e) || !(f->doc = jdoc_parse(text.ptr, text.len, FILE_MAX, 0, &e)) ||
	    !(f->schema = schema_new(f->doc, &e)))
		give_up(path, &e);
}

static int load_all(void **state)
{
	(void)state;
	struct err e = ERR_INIT;
	book = rulebook_new();
	if (inifile_read(RULEBOOK, take_triple, book, &e) || rulebook_finish(book, &e))
		give_up(RULEBOOK, &e);
	forms = calloc(book->kinds_count, sizeof *forms);
	for (size_t i = 0; i < book->kinds_count; i++)
		load_form(&forms[i], &book->kinds[i]);
	return 0;
}

static int free_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < book->kinds_count; i++) {
		schema_free(forms[i].schema);
		jdoc_free(forms[i].doc);
	}
	free(forms);
	rulebook_free(book);
	return 0;
}

static int check_value(const struct form *f, const struct jdoc *value)
{
	struct err e = ERR_INIT;
	struct jdoc *faults = NULL;
	int rc = schema_check(f->schema, value, &faults, &e);
	jdoc_free(faults);
	return rc;
}

static struct jdoc *get_property(const struct form *f, const char *field)
{
	return jdoc_get(jdoc_get(f->doc, "properties"), field);
}

static void expect_type(const struct form *f, const char *field, const char *type)
{
	const char *has = jdoc_get_text(get_property(f, field), "type");
	if (!has || strcmp(has, type) != 0)
		fail_msg("%s: %s: %s, expected %s", f->kind->name, field, has ? has : "absent", type);
}

static void takes_each_sample_record(void **state)
{
	(void)state;
	for (size_t i = 0; i < book->kinds_count; i++) {
		const struct jdoc *examples = jdoc_get(forms[i].doc, "examples");
		assert_true(jdoc_size(examples) > 0);
		for (size_t j = 0; j < jdoc_size(examples); j++)
			if (check_value(&forms[i], jdoc_at(examples, j)) != ERR_OK)
				fail_msg("%s: sample %zu does not fit its schema", forms[i].kind->name, j);
	}
}

struct copy {              /* a record without one of its fields */
	struct jdoc *to;
	const char *without;
};

static int copy_member(void *ctx, const char *key, struct jdoc *value, struct err *e)
{
	struct copy *c = ctx;
	(void)e;
	if (strcmp(key, c->without) != 0)
		jdoc_set(c->to, key, jdoc_keep(value));
	return ERR_OK;
}

static void refuses_a_record_without_a_required_field(void **state)
{
	(void)state;
	for (size_t i = 0; i < book->kinds_count; i++) {
		const struct jdoc *required = jdoc_get(forms[i].doc, "required");
		assert_true(jdoc_size(required) > 0);
		for (size_t j = 0; j < jdoc_size(required); j++) {
			struct err e = ERR_INIT;
			struct copy c = { jdoc_object(), jdoc_text(jdoc_at(required, j)) };
			jdoc_each(jdoc_at(jdoc_get(forms[i].doc, "examples"), 0), copy_member, &c, &e);
			if (check_value(&forms[i], c.to) != ERR_SCHEMA)
				fail_msg("%s: taken without %s", forms[i].kind->name, c.without);
			jdoc_free(c.to);
		}
	}
}

static void refuses_a_field_that_the_form_does_not_have(void **state)
{
	(void)state;
	for (size_t i = 0; i < book->kinds_count; i++) {
		struct err e = ERR_INIT;
		struct copy c = { jdoc_object(), "" };
		jdoc_each(jdoc_at(jdoc_get(forms[i].doc, "examples"), 0), copy_member, &c, &e);
		jdoc_set_string(c.to, "conversation", "x");
		if (check_value(&forms[i], c.to) != ERR_SCHEMA)
			fail_msg("%s: taken with a field of no form", forms[i].kind->name);
		jdoc_free(c.to);
	}
}

static void retains_what_clause_7_says_and_nothing_else(void **state)
{
	static const struct {
		const char *form, *clause;
		int years;
	} table[] = { { "F01", "C7-1", 1 }, { "F02", "C7-2", 3 }, { "F03", "C7-3", 1 } };
	(void)state;
	for (size_t i = 0; i < book->kinds_count; i++) {
		const struct rulebook_kind *k = &book->kinds[i];
		int years = 0;
		const char *clause = NULL;
		for (size_t j = 0; j < sizeof table / sizeof *table; j++)
			if (strcmp(k->form, table[j].form) == 0) {
				years = table[j].years;
				clause = table[j].clause;
			}
		if (k->retain != years)
			fail_msg("%s: retained %d years, expected %d", k->name, k->retain, years);
		if (!years)
			continue;
		assert_true(k->retain_from_closing);
		assert_string_equal(k->retain_clause, clause);
	}
}

static void has_every_form_of_the_directive(void **state)
{
	static const char *wanted[] = { "F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F09", "F10", "F11", "F12",
		                        "F13", "F14", "F16", "F17" };
	(void)state;
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		size_t found = 0;
		for (size_t j = 0; j < book->kinds_count; j++)
			found += strcmp(book->kinds[j].form, wanted[i]) == 0;
		if (!found)
			fail_msg("%s: no kind", wanted[i]);
	}
}

static void links_by_integer_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < book->kinds_count; i++) {
		const struct rulebook_kind *k = &book->kinds[i];
		const struct rulebook_links *links[] = { &k->closes, &k->within, &k->under };
		for (size_t j = 0; j < sizeof links / sizeof *links; j++)
			for (size_t n = 0; n < links[j]->count; n++)
				expect_type(&forms[i], links[j]->at[n].field, "integer");
		for (size_t j = 0; j < k->concerns_count; j++) {
			const struct jdoc *field = get_property(&forms[i], k->concerns[j]);
			const char *type = jdoc_get_text(field, "type");
			assert_non_null(type);
			if (strcmp(type, "array") == 0)
				type = jdoc_get_text(jdoc_get(field, "items"), "type");
			assert_string_equal(type, "integer");
		}
	}
}

static void opens_each_matter_by_one_kind_and_closes_it_by_another(void **state)
{
	(void)state;
	for (size_t m = 0; m < book->matters_count; m++) {
		size_t opened = 0, closed = 0;
		for (size_t i = 0; i < book->kinds_count; i++) {
			const struct rulebook_kind *k = &book->kinds[i];
			opened += strcmp(k->opens, book->matters[m].name) == 0;
			for (size_t n = 0; !k->opens[0] && n < k->closes.count; n++) /* a successor closes, too */
				closed += strcmp(k->closes.at[n].matter, book->matters[m].name) == 0;
		}
		if (opened != 1 || closed != 1)
			fail_msg("%s: opened by %zu kinds, closed by %zu", book->matters[m].name, opened, closed);
	}
}

static void keeps_an_application_open_while_its_loan_is(void **state)
{
	(void)state;
	const struct rulebook_kind *loan = rulebook_kind(book, "loan");
	assert_non_null(loan);
	assert_int_equal(loan->under.count, 1);
	assert_string_equal(loan->under.at[0].matter, "application");
	assert_string_equal(loan->opens, "loan");
}

static void lets_a_loan_end_while_its_phone_stays(void **state)
{
	(void)state;
	const struct rulebook_kind *loan = rulebook_kind(book, "loan");
	assert_int_equal(loan->within.count, 0);
	assert_string_equal(loan->concerns[0], "device_entry");
}

static void dates_each_record_by_a_date_of_its_form(void **state)
{
	(void)state;
	for (size_t i = 0; i < book->kinds_count; i++) {
		const char *event = book->kinds[i].event;
		expect_type(&forms[i], event, "string");
		assert_true(jdoc_is_true(jdoc_get(get_property(&forms[i], event), "x-date")));
	}
}

static void appoints_by_login_key_and_role(void **state)
{
	(void)state;
	const struct rulebook_kind *k = rulebook_kind(book, "appointment");
	assert_non_null(k);
	assert_string_equal(k->identity_login, "login");
	assert_string_equal(k->identity_key, "openpgp_fingerprint");
	assert_string_equal(k->identity_role, "role");
}

static void offers_exactly_the_roles_of_the_rule_book(void **state)
{
	(void)state;
	for (size_t i = 0; i < book->kinds_count; i++) {
		if (strcmp(book->kinds[i].name, "appointment") != 0)
			continue;
		const struct jdoc *offered = jdoc_get(get_property(&forms[i], "role"), "enum");
		assert_int_equal(jdoc_size(offered), book->roles_count);
		for (size_t j = 0; j < jdoc_size(offered); j++)
			assert_non_null(rulebook_role(book, jdoc_text(jdoc_at(offered, j))));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_each_sample_record),
		cmocka_unit_test(refuses_a_record_without_a_required_field),
		cmocka_unit_test(refuses_a_field_that_the_form_does_not_have),
		cmocka_unit_test(retains_what_clause_7_says_and_nothing_else),
		cmocka_unit_test(has_every_form_of_the_directive),
		cmocka_unit_test(links_by_integer_fields),
		cmocka_unit_test(opens_each_matter_by_one_kind_and_closes_it_by_another),
		cmocka_unit_test(keeps_an_application_open_while_its_loan_is),
		cmocka_unit_test(lets_a_loan_end_while_its_phone_stays),
		cmocka_unit_test(dates_each_record_by_a_date_of_its_form),
		cmocka_unit_test(appoints_by_login_key_and_role),
		cmocka_unit_test(offers_exactly_the_roles_of_the_rule_book),
	};
	return cmocka_run_group_tests_name("ledger/rulebook_files", tests, load_all, free_all);
}
