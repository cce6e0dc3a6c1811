#include "ledger_office.h"

#include "ledger/act.h"
#include "ledger/amend.h"

static int make_office(void **state)
{
	struct office *o = office_new();
	office_people(o);
	*state = o;
	return 0;
}

static int drop_office(void **state)
{
	office_close(*state);
	office_free(*state);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	office_library();
	return 0;
}

static int end(void **state)
{
	(void)state;
	repo_library_exit();
	return 0;
}

/* The rule book in force, with one word of its directive replaced. */
static struct rules *changed(const struct office *o, const char *from, const char *to)
{
	struct rules *r = rules_new();
	struct err e = ERR_INIT;
	for (size_t i = 0; i < o->ledger->rules->count; i++) {
		const struct rules_file *f = &o->ledger->rules->files[i];
		const char *at = strcmp(f->path, "directive.ini") == 0 ? strstr(f->bytes, from) : NULL;
		BUF_CLEANUP struct buf text = BUF_INIT;
		buf_add(&text, f->bytes, at ? (size_t)(at - f->bytes) : f->len);
		if (at) {
			buf_puts(&text, to);
			buf_puts(&text, at + strlen(from));
		}
		if (strncmp(f->path, "keys/", 5) != 0)
			office_must(rules_add_file(r, f->path, text.ptr, text.len, &e), &e);
	}
	office_must(rules_finish(r, &e), &e);
	return r;
}

static void fill_note(struct office *o, const struct rules *of, struct note *out)
{
	uint8_t request[NOTE_REQUEST_LEN];
	struct err e = ERR_INIT;
	random_bytes(request, sizeof request);
	office_must(amend_note(of, "hq", request, date_of_time(office_tick(o)), out, &e), &e);
	random_bytes(out->salt, sizeof out->salt);
	out->uid = 1000;
	strcpy(out->login, "taro");
}

static int amend(struct office *o, struct rules *fresh, struct jdoc **out, struct err *e)
{
	struct index_person person;
	struct note note;
	office_must(index_person_by_login(o->ledger->index, "taro", NULL, &person, e), e);
	fill_note(o, fresh, &note);
	int rc = amend_rules(o->ledger, fresh, &note, &person, o->now, out, e);
	note_release(&note);
	return rc;
}

static void expect(struct office *o, const char *verdict, const char *reason)
{
	office_close(o);
	struct jdoc *d = office_verify(o, o->dir, false);
	BUF_CLEANUP struct buf text = BUF_INIT;
	jdoc_print(d, &text);
	if (strcmp(jdoc_get_text(d, "verdict"), verdict) != 0 || (reason && !strstr(buf_str(&text), reason)))
		fail_msg("not %s, %s: %s", verdict, reason ? reason : "", buf_str(&text));
	jdoc_free(d);
	office_open(o);
}

static int years_of(struct office *o, uint64_t seq)
{
	struct history *h;
	struct history_entry entry;
	struct err e = ERR_INIT;
	office_must(ledger_history(o->ledger, &h, &e), &e);
	history_entry(h, seq, &entry);
	history_free(h);
	return entry.years;
}

static void leaves_each_record_the_class_of_its_time(void **state)
{
	struct office *o = *state;
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	uint64_t before = office_slip(o, "before");
	office_must(amend(o, changed(o, "retain = 1\n", "retain = 4\n"), &d, &e), &e);
	assert_int_equal(jdoc_size(jdoc_get(d, "remarks")), 1);
	jdoc_free(d);
	uint64_t after = office_slip(o, "after");
	assert_int_equal(years_of(o, before), 1);
	assert_int_equal(years_of(o, after), 4);
	expect(o, "VALID", NULL);
	office_close(o);
	office_do("rm %s/index.db", o->dir);
	office_open(o);
	assert_int_equal(rulebook_kind(o->ledger->rules->book, "slip")->retain, 4);
	assert_int_equal(years_of(o, before), 1);
	assert_int_equal(years_of(o, after), 4);
	uint64_t size = o->ledger->chain.size;
	assert_int_equal(office_slip(o, "later"), size);
}

static void says_nothing_of_kinds_without_records(void **state)
{
	struct office *o = *state;
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_must(amend(o, changed(o, "retain = 1\n", "retain = 4\n"), &d, &e), &e);
	assert_int_equal(jdoc_size(jdoc_get(d, "remarks")), 0);
	jdoc_free(d);
}

static void refuses_what_is_in_force_and_another_id(void **state)
{
	struct office *o = *state;
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	uint64_t size = o->ledger->chain.size;
	assert_int_equal(amend(o, changed(o, "id = sample\n", "id = sample\n"), &d, &e), ERR_CONFLICT);
	assert_int_equal(amend(o, changed(o, "id = sample\n", "id = other\n"), &d, &e), ERR_RULE);
	assert_int_equal(o->ledger->chain.size, size);
	office_must(amend(o, changed(o, "id = sample\n", "id = other\nreplaces = sample\n"), &d, &e), &e);
	jdoc_free(d);
	assert_string_equal(o->ledger->rules->book->id, "other");
}

static void takes_a_rule_book_with_kind_rules_alone(void **state)
{
	struct office *o = *state;
	struct leaf leaf = { .kind = LEAF_HEARTBEAT, .kind_name = "heartbeat" };
	struct rules *fresh = changed(o, "retain = 1\n", "retain = 4\n");
	struct append_item item = { .leaf = &leaf, .rules = fresh };
	struct err e = ERR_INIT;
	assert_int_equal(append_one(o->ledger, &item, office_tick(o), &e), ERR_BUG);
	assert_ptr_equal(item.rules, fresh);
	struct leaf rules = { .kind = LEAF_RULES, .kind_name = "rules" };
	item = (struct append_item){ .leaf = &rules };
	assert_int_equal(append_one(o->ledger, &item, office_tick(o), &e), ERR_BUG);
	rules_free(fresh);
}

static void is_broken_when_no_person_states_it(void **state)
{
	struct office *o = *state;
	struct rules *fresh = changed(o, "retain = 1\n", "retain = 4\n");
	struct leaf leaf = { .kind = LEAF_RULES, .kind_name = "rules" };
	struct append_item item = { .leaf = &leaf, .rules = fresh };
	struct err e = ERR_INIT;
	office_must(rules_keep_keys(fresh, o->ledger->rules, &e), &e);
	office_must(append_one(o->ledger, &item, office_tick(o), &e), &e);
	assert_null(item.rules);
	expect(o, "INVALID", "no person is named who states it");
}

static void is_broken_when_its_person_states_another_rule_book(void **state)
{
	struct office *o = *state;
	struct rules *fresh = changed(o, "retain = 1\n", "retain = 4\n");
	struct rules *stated = changed(o, "retain = 1\n", "retain = 5\n");
	struct index_person person;
	struct note note;
	struct leaf leaf;
	struct err e = ERR_INIT;
	uint64_t seq;
	office_must(index_person_by_login(o->ledger->index, "taro", NULL, &person, &e), &e);
	fill_note(o, stated, &note);
	rules_free(stated);
	office_must(rules_keep_keys(fresh, o->ledger->rules, &e), &e);
	act_leaf(o->ledger, LEAF_RULES, &note, &person, o->now, &leaf);
	office_must(act_append(o->ledger, &leaf, &note, fresh, o->now, &seq, &e), &e);
	leaf_release(&leaf);
	note_release(&note);
	expect(o, "INVALID", "states another rule book");
}

int main(void)
{
#define IN_AN_OFFICE(f) cmocka_unit_test_setup_teardown(f, make_office, drop_office)
	const struct CMUnitTest tests[] = {
		IN_AN_OFFICE(leaves_each_record_the_class_of_its_time),
		IN_AN_OFFICE(says_nothing_of_kinds_without_records),
		IN_AN_OFFICE(refuses_what_is_in_force_and_another_id),
		IN_AN_OFFICE(takes_a_rule_book_with_kind_rules_alone),
		IN_AN_OFFICE(is_broken_when_no_person_states_it),
		IN_AN_OFFICE(is_broken_when_its_person_states_another_rule_book),
	};
	return cmocka_run_group_tests_name("ledger/amend", tests, begin, end);
}
