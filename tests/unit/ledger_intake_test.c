/* What a request must be to become a record. */
#include "ledger_fixture.h"

#include "base/date.h"

static struct rules *rules;
static struct rulebook_era *own_eras;      /* of the rule book itself, set aside */
static size_t own_eras_count;
static struct rulebook_era eras[] = {
	{ "heisei", (char *)"平成", (char *)"平", (char *)"H", NULL, { 1989, 1, 8 } },
	{ "reiwa", (char *)"令和", (char *)"令", (char *)"R", NULL, { 2019, 5, 1 } },
};
#define NOW (date_to_time((struct date){ 2026, 6, 1 }) + 9 * HOUR)

static int read_rules(void **state)
{
	(void)state;
	struct err e = ERR_INIT;
	if (rules_read_folder(RULEBOOK, SCHEMAS, &rules, &e))
		give_up("rules_read_folder", &e);
	own_eras = rules->book->eras;
	own_eras_count = rules->book->eras_count;
	rules->book->eras = eras;
	rules->book->eras_count = 2;
	return 0;
}

static int free_rules(void **state)
{
	(void)state;
	rules->book->eras = own_eras;
	rules->book->eras_count = own_eras_count;
	rules_free(rules);
	return 0;
}

static struct jdoc *body_of(const char *kind)
{
	struct copying c = { schema_doc(rules_schema(rules, kind)), jdoc_object() };
	jdoc_each(jdoc_at(jdoc_get(c.schema, "examples"), 0), copy_field, &c, NULL);
	return c.to;
}

/* Takes the request over. */
static int take(struct jdoc *d, struct intake *out, struct err *e)
{
	struct jdoc *faults = NULL;
	int rc = intake_parse(rules, d, 1000, "tester", NOW, out, &faults, e);
	if (rc == ERR_SCHEMA)
		assert_true(jdoc_size(faults) > 0);
	else
		assert_null(faults);
	jdoc_free(faults);
	jdoc_free(d);
	return rc;
}

static void refuses(struct jdoc *d, enum err_code code)
{
	struct intake i;
	struct err e = ERR_INIT;
	int rc = take(d, &i, &e);
	if (rc != (int)code)
		fail_msg("%s: %s, expected %s", err_word((enum err_code)rc), e.text, err_word(code));
}

static struct jdoc *training(void)
{
	return request("training", "hq", body_of("training"));
}

static struct jdoc *with(struct jdoc *d, const char *name, const char *text)
{
	jdoc_set_string(d, name, text);
	return d;
}

static void takes_a_record_whole(void **state)
{
	(void)state;
	struct intake i;
	struct err e = ERR_INIT;
	BUF_CLEANUP struct buf text = BUF_INIT;
	struct note again;
	assert_int_equal(take(with(training(), "key", "ignored here"), &i, &e), ERR_OK);
	assert_string_equal(i.note.login, "tester");
	assert_int_equal(i.note.uid, 1000);
	assert_string_equal(i.leaf.volume.kind, "training");
	assert_string_equal(i.leaf.volume.unit, "hq");
	assert_int_equal(note_print(&i.note, &text, &e), ERR_OK);
	assert_int_equal(note_parse(text.ptr, text.len, &again, &e), ERR_OK);
	note_release(&again);
	intake_release(&i);
}

static void salts_each_record_anew_and_digests_it_alike(void **state)
{
	(void)state;
	struct intake one, two;
	struct err e = ERR_INIT;
	assert_int_equal(take(training(), &one, &e), ERR_OK);
	assert_int_equal(take(training(), &two, &e), ERR_OK);
	assert_memory_not_equal(one.note.salt, two.note.salt, NOTE_SALT_LEN);
	assert_memory_not_equal(one.note.request, two.note.request, NOTE_REQUEST_LEN);
	assert_true(hash_is_equal(&one.digest, &two.digest));
	intake_release(&one);
	intake_release(&two);
}

static void refuses_what_the_rule_book_does_not_have(void **state)
{
	(void)state;
	refuses(request("no-such-kind", "hq", body_of("training")), ERR_KIND);
	refuses(request("genesis", "hq", body_of("training")), ERR_KIND);
	refuses(request("training", "nowhere", body_of("training")), ERR_KIND);
	refuses(with(training(), "role", "emperor"), ERR_KIND);
}

static void refuses_a_unit_that_does_not_keep_the_kind(void **state)
{
	(void)state;
	refuses(request("device", "aso", body_of("device")), ERR_RULE);
}

static void refuses_a_body_that_does_not_fit(void **state)
{
	(void)state;
	struct jdoc *body = body_of("training");
	jdoc_set_string(body, "held_on", "2026-02-30");
	refuses(request("training", "hq", body), ERR_SCHEMA);
	refuses(request("training", "hq", jdoc_object()), ERR_SCHEMA);
}

static void refuses_text_that_must_not_stand_in_a_record(void **state)
{
	(void)state;
	struct jdoc *body = body_of("training");
	jdoc_set_string(body, "place", "a\xe2\x80\xae""b");
	refuses(request("training", "hq", body), ERR_UTF8);
}

static void refuses_members_that_it_does_not_know(void **state)
{
	(void)state;
	refuses(with(training(), "Seq", "1"), ERR_SYNTAX);
	refuses(with(training(), "corrects", "1"), ERR_SYNTAX);
	refuses(with(training(), "request", "short"), ERR_SYNTAX);
	refuses(with(training(), "signature", "no base64!"), ERR_SYNTAX);
	refuses(jdoc_array(), ERR_SYNTAX);
	refuses(jdoc_object(), ERR_SYNTAX);
}

static struct jdoc *held_on(const char *day)
{
	struct jdoc *body = body_of("training");
	jdoc_set_string(body, "held_on", day);
	return request("training", "hq", body);
}

static void takes_an_event_of_today_but_not_of_tomorrow(void **state)
{
	(void)state;
	struct intake i;
	struct err e = ERR_INIT;
	assert_int_equal(take(held_on("2026-06-01"), &i, &e), ERR_OK);
	assert_int_equal(i.note.event.day, 1);
	intake_release(&i);
	refuses(held_on("2026-06-02"), ERR_RULE);
	refuses(held_on("1999-12-31"), ERR_RULE);
}

static void takes_days_of_an_era(void **state)
{
	(void)state;
	struct intake i;
	struct err e = ERR_INIT;
	assert_int_equal(take(with(held_on("令和８年６月１日"), "event", "R8.6.1"), &i, &e), ERR_OK);
	assert_int_equal(i.note.event.year, 2026);
	assert_non_null(strstr(i.note.body, "\"held_on\": \"2026-06-01\""));
	intake_release(&i);
	refuses(with(held_on("令和8年6月1日"), "event", "2026-05-31"), ERR_RULE);
	refuses(with(held_on("2026-06-01"), "event", "令和8年6月31日"), ERR_RULE);
	refuses(held_on("令和7年2月29日"), ERR_SCHEMA);
	refuses(held_on("8.6.1"), ERR_SCHEMA);
}

/* A signature is over the bytes that are stored. */
static void takes_no_day_of_an_era_under_a_signature(void **state)
{
	(void)state;
	refuses(with(held_on("令和8年6月1日"), "signature", "AAAA"), ERR_SCHEMA);
	refuses(with(with(held_on("2026-06-01"), "signature", "AAAA"), "event", "R8.6.1"), ERR_SYNTAX);
	struct intake i;
	struct err e = ERR_INIT;
	assert_int_equal(take(with(held_on("2026-06-01"), "signature", "AAAA"), &i, &e), ERR_OK);
	intake_release(&i);
}

static void finds_the_document_number_of_a_kind(void **state)
{
	(void)state;
	struct rulebook_kind *k = (struct rulebook_kind *)rulebook_kind(rules->book, "training");
	struct jdoc *body = body_of("training");
	struct intake i;
	struct err e = ERR_INIT;
	struct index_docno d;
	jdoc_set_string(body, "held_on", "2026-05-31");
	jdoc_set_string(body, "doc_no", "令和2年3月25日付け熊少第１２１号の2");
	assert_int_equal(take(request("training", "hq", jdoc_keep(body)), &i, &e), ERR_OK);
	memset(k->number, 0, sizeof k->number);
	assert_false(intake_docno(rules->book, &i.note, &d));
	strcpy(k->number, "doc_no");
	assert_true(intake_docno(rules->book, &i.note, &d));
	assert_string_equal(d.prefix, "熊少");
	assert_true(d.year == 2020 && d.number == 121 && d.branch == 2);
	intake_release(&i);
	jdoc_set_string(body, "doc_no", "熊少第121号");
	assert_int_equal(take(request("training", "hq", jdoc_keep(body)), &i, &e), ERR_OK);
	assert_true(intake_docno(rules->book, &i.note, &d));
	assert_int_equal(d.year, 2026);
	intake_release(&i);
	jdoc_set_string(body, "doc_no", "なし");
	assert_int_equal(take(request("training", "hq", body), &i, &e), ERR_OK);
	assert_false(intake_docno(rules->book, &i.note, &d));
	intake_release(&i);
}

static void refuses_an_event_other_than_the_body_states(void **state)
{
	(void)state;
	refuses(with(held_on("2026-05-01"), "event", "2026-05-02"), ERR_RULE);
	refuses(with(held_on("2026-05-01"), "event", "yesterday"), ERR_SYNTAX);
}

static struct jdoc *attached(const char *media, const char *data)
{
	struct jdoc *d = training(), *one = jdoc_object(), *list = jdoc_array();
	jdoc_set_string(one, "media", media);
	jdoc_set_string(one, "data", data);
	jdoc_append(list, one);
	jdoc_set(d, "attachments", list);
	return d;
}

static void keeps_an_attachment_under_a_salt(void **state)
{
	(void)state;
	struct intake i;
	struct err e = ERR_INIT;
	const char *raw;
	size_t len;
	assert_int_equal(take(attached("application/pdf", "AAEC"), &i, &e), ERR_OK);
	assert_int_equal(i.note.attachments, 1);
	assert_int_equal(note_unwrap(i.attachments[0].ptr, i.attachments[0].len, &raw, &len, &e), ERR_OK);
	assert_int_equal(len, 3);
	assert_memory_equal(raw, "\0\1\2", 3);
	intake_release(&i);
}

static void refuses_attachments_that_are_not_what_they_say(void **state)
{
	(void)state;
	refuses(attached("picture", "AAEC"), ERR_MEDIA);
	refuses(attached("image/png", "AAE"), ERR_SYNTAX);
	struct jdoc *d = attached("image/png", "AAEC"), *list = jdoc_get(d, "attachments");
	while (jdoc_size(list) <= NOTE_ATTACHMENTS_MAX)
		jdoc_append(list, jdoc_keep(jdoc_at(list, 0)));
	refuses(d, ERR_TOOBIG);
}

static void reads_the_links_that_the_rule_book_names(void **state)
{
	(void)state;
	struct intake i;
	struct err e = ERR_INIT;
	struct jdoc *body = body_of("loan");
	jdoc_set_integer(body, "application_entry", 5);
	jdoc_set_integer(body, "device_entry", 9);
	jdoc_set_integer(body, "training_entry", 3);
	assert_int_equal(take(request("loan", "hq", body), &i, &e), ERR_OK);
	assert_string_equal(i.leaf.opens, "loan");
	assert_int_equal(i.leaf.under.count, 1);
	assert_int_equal(i.leaf.under.at[0], 5);
	assert_int_equal(i.leaf.concerns.count, 2);
	assert_int_equal(i.leaf.concerns.at[0], 3);
	assert_int_equal(i.leaf.concerns.at[1], 9);
	i.leaf.volume.year = 2026;
	assert_int_equal(intake_agrees(rules, &i.leaf, &i.note, NULL, &e), ERR_OK);
	i.leaf.under.at[0] = 6;
	assert_int_equal(intake_agrees(rules, &i.leaf, &i.note, NULL, &e), ERR_LEDGER);
	i.leaf.under.at[0] = 5;
	i.leaf.volume.year = i.note.event.year - 1;
	assert_int_equal(intake_agrees(rules, &i.leaf, &i.note, NULL, &e), ERR_LEDGER);
	intake_release(&i);
}

static struct jdoc *correcting(struct jdoc *d, const char *reason)
{
	jdoc_set_integer(d, "corrects", 7);
	return reason ? with(d, "reason", reason) : d;
}

static struct jdoc *loan_under(int64_t application)
{
	struct jdoc *body = body_of("loan");
	jdoc_set_integer(body, "application_entry", application);
	jdoc_set_integer(body, "device_entry", 9);
	return body;
}

static void takes_a_correction_without_matters_of_its_own(void **state)
{
	(void)state;
	struct intake first, i;
	struct err e = ERR_INIT;
	assert_int_equal(take(request("loan", "hq", loan_under(5)), &first, &e), ERR_OK);
	assert_int_equal(take(correcting(request("loan", "hq", loan_under(5)), "機種名の書き間違い"), &i, &e), ERR_OK);
	assert_string_equal(i.note.reason, "機種名の書き間違い");
	assert_string_equal(i.leaf.opens, "");
	assert_int_equal(i.leaf.under.count, 0);
	assert_int_equal(i.leaf.concerns.at[0], 9);
	i.leaf.volume.year = 2026;
	assert_int_equal(intake_agrees(rules, &i.leaf, &i.note, &first.leaf, &e), ERR_OK);
	first.leaf.under.at[0] = 6;
	assert_int_equal(intake_agrees(rules, &i.leaf, &i.note, &first.leaf, &e), ERR_LEDGER);
	assert_non_null(strstr(e.text, "names other matters"));
	first.leaf.under.at[0] = 5;
	strcpy(i.leaf.opens, "loan");
	assert_int_equal(intake_agrees(rules, &i.leaf, &i.note, &first.leaf, &e), ERR_LEDGER);
	i.leaf.opens[0] = '\0';
	i.note.reason[0] = '\0';
	assert_int_equal(intake_agrees(rules, &i.leaf, &i.note, &first.leaf, &e), ERR_LEDGER);
	assert_non_null(strstr(e.text, "gives no reason"));
	intake_release(&first);
	intake_release(&i);
}

static void finds_the_link_that_a_correction_changes(void **state)
{
	(void)state;
	const struct rulebook_kind *k = rulebook_kind(rules->book, "loan");
	struct jdoc *same = loan_under(5), *other = loan_under(6);
	struct leaf first = { .kind = LEAF_RECORD };
	leaf_seqs_add(&first.under, 5);
	assert_null(intake_find_other_link(k, same, &first));
	assert_string_equal(intake_find_other_link(k, other, &first), "Under");
	leaf_release(&first);
	jdoc_free(same);
	jdoc_free(other);
}

static void refuses_a_correction_that_does_not_say_why(void **state)
{
	(void)state;
	struct intake i;
	struct err e = ERR_INIT;
	assert_int_equal(take(correcting(training(), NULL), &i, &e), ERR_RULE);
	assert_non_null(strstr(e.next, "--reason"));
}

static void takes_a_reason_of_one_clean_line_alone(void **state)
{
	(void)state;
	struct intake i, without;
	struct err e = ERR_INIT;
	char longest[NOTE_REASON_MAX + 2];
	memset(longest, 'x', sizeof longest);
	longest[NOTE_REASON_MAX + 1] = '\0';
	refuses(with(training(), "reason", longest), ERR_TOOBIG);
	refuses(with(training(), "reason", ""), ERR_SYNTAX);
	refuses(with(training(), "reason", "a\nb"), ERR_SYNTAX);
	refuses(with(training(), "reason", "a\x1b[0m"), ERR_SYNTAX);
	refuses(with(training(), "reason", " a"), ERR_SYNTAX);
	longest[NOTE_REASON_MAX] = '\0';
	assert_int_equal(take(with(training(), "reason", longest), &i, &e), ERR_OK);
	assert_int_equal(take(training(), &without, &e), ERR_OK);
	assert_false(hash_is_equal(&i.digest, &without.digest));
	intake_release(&i);
	intake_release(&without);
}

static void finds_whom_a_record_appoints(void **state)
{
	(void)state;
	struct intake i;
	struct index_person p;
	struct err e = ERR_INIT;
	assert_int_equal(take(request("appointment", "hq", body_of("appointment")), &i, &e), ERR_OK);
	assert_true(intake_person(rulebook_kind(rules->book, "appointment"), &i.note, &p));
	assert_string_equal(p.role, "general-manager");
	assert_int_equal(strlen(p.fpr), LEAF_FPR_LEN);
	intake_release(&i);
	assert_int_equal(take(training(), &i, &e), ERR_OK);
	assert_false(intake_person(rulebook_kind(rules->book, "training"), &i.note, &p));
	intake_release(&i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_record_whole),
		cmocka_unit_test(salts_each_record_anew_and_digests_it_alike),
		cmocka_unit_test(refuses_what_the_rule_book_does_not_have),
		cmocka_unit_test(refuses_a_unit_that_does_not_keep_the_kind),
		cmocka_unit_test(refuses_a_body_that_does_not_fit),
		cmocka_unit_test(refuses_text_that_must_not_stand_in_a_record),
		cmocka_unit_test(refuses_members_that_it_does_not_know),
		cmocka_unit_test(takes_an_event_of_today_but_not_of_tomorrow),
		cmocka_unit_test(takes_days_of_an_era),
		cmocka_unit_test(takes_no_day_of_an_era_under_a_signature),
		cmocka_unit_test(finds_the_document_number_of_a_kind),
		cmocka_unit_test(refuses_an_event_other_than_the_body_states),
		cmocka_unit_test(keeps_an_attachment_under_a_salt),
		cmocka_unit_test(refuses_attachments_that_are_not_what_they_say),
		cmocka_unit_test(reads_the_links_that_the_rule_book_names),
		cmocka_unit_test(takes_a_correction_without_matters_of_its_own),
		cmocka_unit_test(finds_the_link_that_a_correction_changes),
		cmocka_unit_test(refuses_a_correction_that_does_not_say_why),
		cmocka_unit_test(takes_a_reason_of_one_clean_line_alone),
		cmocka_unit_test(finds_whom_a_record_appoints),
	};
	return cmocka_run_group_tests_name("ledger/intake", tests, read_rules, free_rules);
}
