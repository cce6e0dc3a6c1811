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

static int make_office_of_clerks(void **state)
{
	struct office *o = office_under("ledger", "s/^office = hq/&\\namend = clerk/;"
	                                          "$a[role clerk]\\nja = x\\nen = Clerk\\nclause = T-1");
	o->taro = office_appoint_signer(o, "taro");
	*state = o;
	return 0;
}

static int amend_by(struct office *o, bool is_signed, struct err *e)
{
	struct rules *fresh = changed(o, "retain = 1\n", "retain = 4\n");
	struct index_person person;
	struct jdoc *said = NULL;
	struct note note;
	office_must(index_person_by_login(o->ledger->index, "taro", NULL, &person, e), e);
	fill_note(o, fresh, &note);
	note.signature = is_signed ? office_person_sign(o, "taro", &note) : NULL;
	int rc = amend_rules(o->ledger, fresh, &note, &person, o->now, &said, e);
	note_release(&note);
	jdoc_free(said);
	return rc;
}

/* A keeper that does not know what the rule book says. */
static void amend_whatever_the_book_says(struct office *o, bool is_signed)
{
	struct rulebook *book = o->ledger->rules->book;
	struct err e = ERR_INIT;
	assert_int_equal(amend_by(o, is_signed, &e), ERR_PERM);
	free(book->amend[0]);
	book->amend_count = 0;          /* and the list is freed with the book, which another one replaces now */
	office_must(amend_by(o, is_signed, &e), &e);
}

static void make_clerk(struct office *o)
{
	MEM_CLEANUP char *fpr = office_person_fpr(o, "taro"), *key = office_person_key(o, "taro");
	MEM_CLEANUP char *body = mem_printf("\"body\":{\"login\":\"taro\",\"fpr\":\"%s\",\"role\":\"clerk\","
	                                    "\"openpgp_public_key\":%s}", fpr, key);
	office_add(o, "appointment", body);
}

static void is_broken_when_brought_into_force_by_another_role(void **state)
{
	amend_whatever_the_book_says(*state, true);
	expect(*state, "INVALID", "no appointment in force gives its author the role of its act");
}

static void is_unsigned_when_its_person_did_not_sign_it(void **state)
{
	make_clerk(*state);
	amend_whatever_the_book_says(*state, false);
	expect(*state, "INVALID", "a new rule book, and it lacks the signature");
}

static void is_valid_when_signed_by_who_holds_the_role_beside_another(void **state)
{
	struct err e = ERR_INIT;
	make_clerk(*state);
	office_must(amend_by(*state, true, &e), &e);
	expect(*state, "VALID", NULL);
}

static void is_broken_when_its_person_is_appointed_no_more(void **state)
{
	struct office *o = *state;
	struct err e = ERR_INIT;
	struct index_person before;
	struct jdoc *said = NULL;
	struct note note;
	office_must(index_person_by_login(o->ledger->index, "taro", NULL, &before, &e), &e);
	MEM_CLEANUP char *end = mem_printf("\"body\":{\"appointment_entry\":%llu}", (unsigned long long)o->taro);
	office_add(o, "appointment-end", end);
	struct rules *fresh = changed(o, "retain = 1\n", "retain = 4\n");
	fill_note(o, fresh, &note);
	office_must(amend_rules(o->ledger, fresh, &note, &before, o->now, &said, &e), &e);
	note_release(&note);
	jdoc_free(said);
	expect(o, "INVALID", "no appointment in force names its author");
}

int main(void)
{
#define IN_AN_OFFICE_OF_CLERKS(f) cmocka_unit_test_setup_teardown(f, make_office_of_clerks, drop_office)
#define IN_AN_OFFICE(f) cmocka_unit_test_setup_teardown(f, make_office, drop_office)
	const struct CMUnitTest tests[] = {
		IN_AN_OFFICE(leaves_each_record_the_class_of_its_time),
		IN_AN_OFFICE(says_nothing_of_kinds_without_records),
		IN_AN_OFFICE(refuses_what_is_in_force_and_another_id),
		IN_AN_OFFICE(takes_a_rule_book_with_kind_rules_alone),
		IN_AN_OFFICE(is_broken_when_no_person_states_it),
		IN_AN_OFFICE(is_broken_when_its_person_states_another_rule_book),
		IN_AN_OFFICE_OF_CLERKS(is_broken_when_brought_into_force_by_another_role),
		IN_AN_OFFICE_OF_CLERKS(is_unsigned_when_its_person_did_not_sign_it),
		IN_AN_OFFICE_OF_CLERKS(is_valid_when_signed_by_who_holds_the_role_beside_another),
		IN_AN_OFFICE(is_broken_when_its_person_is_appointed_no_more),
	};
	return cmocka_run_group_tests_name("ledger/amend", tests, begin, end);
}
