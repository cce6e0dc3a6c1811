/* What may be disposed of: plans, approvals, and runs that are refused. */
#include "ledger_dispose_office.h"

#include "foreign/sqldb.h"
#include "ledger/act.h"

static void expect_nothing_gone(void)
{
	const uint64_t all[] = { slip, letter, badge, badge_end, out, later };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		assert_true(has_note(all[i]));
	expect_verdict("VALID");
}

static void expect_run_refused(enum err_code code)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	int rc = office_run(office, &d, &e);
	if (rc != (int)code)
		fail_msg("%s: %s", err_word((enum err_code)rc), e.text);
	expect_nothing_gone();
}

static uint64_t appoint_with_the_key_of(struct office *o, const char *login, const char *other)
{
	MEM_CLEANUP char *fpr = office_person_fpr(o, other), *key = office_person_key(o, other);
	MEM_CLEANUP char *body = mem_printf("\"body\":{\"login\":\"%s\",\"fpr\":\"%s\",\"role\":\"officer\","
	                                    "\"openpgp_public_key\":%s}", login, fpr, key);
	return office_add(o, "appointment", body);
}

/* Planning. */

static void plans_by_what_it_kept_as_by_all_leaves(void **state)
{
	(void)state;
	MEM_CLEANUP char *before = list_due();
	office_heartbeat(office);
	office->now = date_to_time((struct date){ office->year + 3, 1, 1 }) + 12 * 3600;
	MEM_CLEANUP char *kept = list_due();
	dispose_forget(office->ledger);
	MEM_CLEANUP char *anew = list_due();
	assert_string_equal(kept, anew);
	assert_true(strlen(before) > 0);
}

static void gives_back_what_it_kept_when_nobody_asks(void **state)
{
	(void)state;
	free(list_due());
	dispose_forget_unused(office->ledger, office->now + 600);
	assert_non_null(office->ledger->disposals);
	dispose_forget_unused(office->ledger, office->now + 601);
	assert_null(office->ledger->disposals);
}

/* The commit of another entry: the leaves that it leads to are not the chain. */
static void plans_by_the_chain_where_the_index_leads_astray(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *right = list_due();
	dispose_forget(office->ledger);
	struct sqldb *db = sqldb_open(office->store.index, &e);
	office_must(db ? ERR_OK : (int)e.code, &e);
	office_must(sqldb_script(db, "UPDATE entry SET oid = (SELECT oid FROM entry WHERE seq = 2) WHERE seq = 3", &e), &e);
	sqldb_close(db);
	MEM_CLEANUP char *again = list_due();
	assert_string_equal(again, right);
}

static void plans_nothing_a_day_early(void **state)
{
	(void)state;
	MEM_CLEANUP char *due = list_due();
	assert_string_equal(due, "");
}

static void plans_on_the_day_what_is_due_and_nothing_else(void **state)
{
	(void)state;
	MEM_CLEANUP char *due = list_due();
	MEM_CLEANUP char *expected = mem_printf("badge [%llu]\nbadge-end [%llu]\nslip [%llu,%llu]\n",
	                                        (unsigned long long)badge, (unsigned long long)badge_end,
	                                        (unsigned long long)slip, (unsigned long long)letter);
	BUF_CLEANUP struct buf plain = BUF_INIT;
	for (const char *at = due; *at; at++)
		if (at[0] != ' ' || at[1] == '[')
			buf_putc(&plain, *at);
	assert_string_equal(buf_str(&plain), expected);
}

static void tells_the_dates_and_the_clause_of_each_group(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	office_must(dispose_plan(office->ledger, office->now, &d, &e), &e);
	const struct jdoc *g = jdoc_at(jdoc_get(d, "groups"), 0);
	MEM_CLEANUP char *from = mem_printf("%d-01-01", office->year + 1);
	MEM_CLEANUP char *expires = mem_printf("%d-12-31", office->year + 1);
	MEM_CLEANUP char *disposable = mem_printf("%d-01-01", office->year + 2);
	assert_string_equal(jdoc_get_text(g, "from"), from);
	assert_string_equal(jdoc_get_text(g, "expires"), expires);
	assert_string_equal(jdoc_get_text(g, "disposable"), disposable);
	assert_string_equal(jdoc_get_text(g, "clause"), "T-3");
	assert_true(jdoc_is_true(jdoc_get(jdoc_get(d, "clock"), "believed")));
	jdoc_free(d);
}

static void has_the_same_digest_for_the_plan_and_its_proposal(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_must(office_act(office, DISPOSE_PROPOSE, plan, "taro", &e), &e);
	MEM_CLEANUP char *again = office_plan(office);
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	assert_string_equal(again, plan);
	assert_string_equal(jdoc_get_text(jdoc_get(d, "proposal"), "plan"), plan);
	assert_string_equal(jdoc_get_text(d, "state"), "proposed");
	jdoc_free(d);
}

/* Acts. */

static void builds_the_same_statement_for_who_signs_and_who_checks(void **state)
{
	const uint8_t request[NOTE_REQUEST_LEN] = { 7 };
	const char *plan = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
	struct err e = ERR_INIT;
	struct note note;
	BUF_CLEANUP struct buf text = BUF_INIT;
	(void)state;
	office_must(dispose_note(DISPOSE_APPROVE, &(struct dispose_about){ plan, 2024, 12 }, "No. 8", "hq", request,
	                         (struct date){ 2026, 1, 2 }, &note, &e), &e);
	note_statement(&note, "a.example", &text);
	note_release(&note);
	assert_string_equal(buf_str(&text), "daicho-statement 1\nOrigin: a.example\nKind: approve\nUnit: hq\n"
		"Request: 07000000000000000000000000000000\nEvent: 2026-01-02\n\n{\n  \"act\": \"approve\",\n"
		"  \"base_year\": 2024,\n"
		"  \"decision\": \"No. 8\",\n"
		"  \"plan\": \"sha256:0000000000000000000000000000000000000000000000000000000000000000\",\n"
		"  \"proposal\": 12\n}\n");
}

static void wants_a_decision_to_approve_and_a_reason_to_abort(void **state)
{
	const uint8_t request[NOTE_REQUEST_LEN] = { 7 };
	const char *plan = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
	const struct dispose_about about = { plan, 2024, 12 }, none = { "sha256:0", 2024, 0 };
	const struct date day = { 2026, 1, 2 };
	struct err e = ERR_INIT;
	struct note note;
	(void)state;
	assert_int_equal(dispose_note(DISPOSE_APPROVE, &about, NULL, "hq", request, day, &note, &e), ERR_SYNTAX);
	assert_int_equal(dispose_note(DISPOSE_ABORT, &about, "", "hq", request, day, &note, &e), ERR_SYNTAX);
	assert_int_equal(dispose_note(DISPOSE_PROPOSE, &none, NULL, "hq", request, day, &note, &e), ERR_SYNTAX);
	assert_int_equal(dispose_note(DISPOSE_APPROVE, &about, "a\x1b[0m", "hq", request, day, &note, &e), ERR_UTF8);
}

static void refuses_a_plan_that_is_not_the_plan_now(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(office_act(office, DISPOSE_PROPOSE,
	                            "sha256:0000000000000000000000000000000000000000000000000000000000000000", "taro", &e),
	                 ERR_CONFLICT);
}

static void refuses_to_propose_when_nothing_is_due(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	assert_int_equal(office_act(office, DISPOSE_PROPOSE, plan, "taro", &e), ERR_RULE);
}

static void refuses_the_approval_of_who_proposed(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_must(office_act(office, DISPOSE_PROPOSE, plan, "taro", &e), &e);
	assert_int_equal(office_act(office, DISPOSE_APPROVE, plan, "taro", &e), ERR_RULE);
	expect_run_refused(ERR_RULE);
}

static void refuses_the_approval_of_who_turned_out_to_be_the_proposer(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_must(office_act(office, DISPOSE_PROPOSE, plan, "hanako", &e), &e);
	appoint_with_the_key_of(office, "taro", "hanako");
	assert_int_equal(office_act(office, DISPOSE_APPROVE, plan, "taro", &e), ERR_RULE);
	expect_run_refused(ERR_RULE);
}

static void refuses_the_approval_by_a_correction_of_the_proposers_appointment(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	MEM_CLEANUP char *corrected = mem_printf("\"corrects\":%llu,\"reason\":\"x\","
	                                         "\"body\":{\"login\":\"zoe\",\"fpr\":\"%040d\","
	                                         "\"role\":\"officer\"}", (unsigned long long)office->hanako, 3);
	office_must(office_act(office, DISPOSE_PROPOSE, plan, "hanako", &e), &e);
	office_add(office, "appointment", corrected);
	assert_int_equal(office_act(office, DISPOSE_APPROVE, plan, "zoe", &e), ERR_RULE);
	expect_run_refused(ERR_RULE);
}

static void refuses_one_person_to_approve_twice(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_must(office_act(office, DISPOSE_PROPOSE, plan, "taro", &e), &e);
	office_must(office_act(office, DISPOSE_APPROVE, plan, "hanako", &e), &e);
	assert_int_equal(office_act(office, DISPOSE_APPROVE, plan, "hanako", &e), ERR_RULE);
	appoint_with_the_key_of(office, "zoe", "hanako");
	assert_int_equal(office_act(office, DISPOSE_APPROVE, plan, "zoe", &e), ERR_RULE);
	expect_run_refused(ERR_RULE);
}

static void refuses_to_run_with_one_approval_of_two(void **state)
{
	struct err e = ERR_INIT;
	struct jdoc *d = NULL;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_must(office_act(office, DISPOSE_PROPOSE, plan, "taro", &e), &e);
	office_must(office_act(office, DISPOSE_APPROVE, plan, "hanako", &e), &e);
	assert_int_equal(office_run(office, &d, &e), ERR_RULE);
	assert_non_null(strstr(e.text, "has 1 approval, and 2 are wanted"));
	expect_nothing_gone();
}

/* As api_disposal.c hands it over, and as a keeper would that asks for no signature. */
static int approve_unsigned(const char *plan, bool by_force, struct err *e)
{
	const uint8_t request[NOTE_REQUEST_LEN] = { 5 };
	struct index_person person;
	struct hash digest;
	struct note note;
	struct leaf leaf;
	struct jdoc *d = NULL;
	uint64_t seq;
	struct dispose_about about;
	office_must(index_person_by_login(office->ledger->index, "jiro", NULL, &person, e), e);
	assert_true(hash_parse(plan, strlen(plan), &digest));
	office_about(office, DISPOSE_APPROVE, plan, &about);
	office_must(dispose_note(DISPOSE_APPROVE, &about, "No. 1", "hq", request, date_of_time(office->now), &note, e), e);
	strcpy(note.login, "jiro");
	if (!by_force) {
		int rc = dispose_act(office->ledger, DISPOSE_APPROVE, &digest, &note, &person, office->now, &d, e);
		note_release(&note);
		return rc;
	}
	act_leaf(office->ledger, LEAF_APPROVE, &note, &person, office->now, &leaf);
	leaf.on = mem_array(1, sizeof *leaf.on);
	leaf.on[0] = (struct leaf_target){ .type = LEAF_ON_ENTRY, .first = leaf.seq - 2, .last = leaf.seq - 2 };
	leaf.on_count = 1;
	int rc = act_append(office->ledger, &leaf, &note, NULL, office->now, &seq, e);
	leaf_release(&leaf);
	note_release(&note);
	return rc;
}

static void takes_no_approval_that_is_not_signed(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_must(office_act(office, DISPOSE_PROPOSE, plan, "taro", &e), &e);
	office_must(office_act(office, DISPOSE_APPROVE, plan, "hanako", &e), &e);
	assert_int_equal(approve_unsigned(plan, false, &e), ERR_PERM);
	office_must(approve_unsigned(plan, true, &e), &e);
	struct jdoc *d = office_verify(office, office->dir, false);
	assert_string_equal(jdoc_get_text(jdoc_get(d, "first"), "state"), "UNSIGNED");
	jdoc_free(d);
}

static void refuses_a_second_proposal(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_must(office_act(office, DISPOSE_PROPOSE, plan, "taro", &e), &e);
	assert_int_equal(office_act(office, DISPOSE_PROPOSE, plan, "hanako", &e), ERR_RULE);
}

static void answers_a_repeated_request_with_the_first_entry(void **state)
{
	const uint8_t request[NOTE_REQUEST_LEN] = { 9 };
	struct index_person person;
	struct hash digest;
	struct note note;
	struct jdoc *first = NULL, *second = NULL;
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	assert_true(hash_parse(plan, strlen(plan), &digest));
	office_must(index_person_by_login(office->ledger->index, "taro", NULL, &person, &e), &e);
	office_must(dispose_note(DISPOSE_PROPOSE, &(struct dispose_about){ plan, office->year, 0 }, NULL, "hq", request,
	                         date_of_time(office->now), &note, &e), &e);
	strcpy(note.login, "taro");
	office_must(dispose_act(office->ledger, DISPOSE_PROPOSE, &digest, &note, &person, office->now, &first, &e), &e);
	office_must(dispose_act(office->ledger, DISPOSE_PROPOSE, &digest, &note, &person, office->now, &second, &e), &e);
	assert_true(jdoc_is_equal(first, second));
	note.event.day = note.event.day == 1 ? 2 : 1;
	assert_int_equal(dispose_act(office->ledger, DISPOSE_PROPOSE, &digest, &note, &person, office->now, &second, &e),
	                 ERR_CONFLICT);
	note_release(&note);
	jdoc_free(first);
	jdoc_free(second);
}

/* Refused runs. */

static void refuses_to_run_without_a_proposal(void **state)
{
	(void)state;
	expect_run_refused(ERR_RULE);
}

static void refuses_to_run_without_an_approval(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_must(office_act(office, DISPOSE_PROPOSE, plan, "taro", &e), &e);
	expect_run_refused(ERR_RULE);
}

static void refuses_to_run_what_one_person_turned_out_to_have_approved(void **state)
{
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	appoint_with_the_key_of(office, "taro", "hanako");
	expect_run_refused(ERR_RULE);
}

/* A keeper that knows the appointments as two persons' makes the entries; the records say otherwise. */
static void verifies_no_disposal_by_one_person(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	appoint_with_the_key_of(office, "taro", "hanako");
	struct sqldb *db = sqldb_open(office->store.index, &e);
	office_must(db ? ERR_OK : (int)e.code, &e);
	office_must(sqldb_script(db, "UPDATE person SET first = seq", &e), &e);
	sqldb_close(db);
	run_whole();
	struct jdoc *d = office_verify(office, office->dir, false);
	BUF_CLEANUP struct buf text = BUF_INIT;
	jdoc_print(d, &text);
	jdoc_free(d);
	assert_non_null(strstr(buf_str(&text), "proposed or approved twice by one person"));
	assert_non_null(strstr(buf_str(&text), "\"INVALID\""));
}

static void verifies_a_disposal_whatever_is_learned_later_of_its_persons(void **state)
{
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	run_whole();
	appoint_with_the_key_of(office, "taro", "hanako");
	expect_verdict("VALID");
}

static void refuses_to_run_what_was_aborted(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	office_must(office_act(office, DISPOSE_ABORT, plan, "hanako", &e), &e);
	expect_run_refused(ERR_RULE);
}

static void refuses_to_run_on_an_approval_older_than_180_days(void **state)
{
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	office->now += 181 * (int64_t)OFFICE_DAY;
	office_heartbeat(office);
	expect_run_refused(ERR_RULE);
}

static void refuses_to_run_when_the_clock_jumped(void **state)
{
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	office->now += 400 * (int64_t)OFFICE_DAY;
	expect_run_refused(ERR_CLOCK);
}

static void refuses_to_run_when_the_years_were_not_lived_through(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	office->ledger->rules->book->life_percent = 90;
	assert_int_equal(office_run(office, &d, &e), ERR_CLOCK);
	assert_int_equal(office_act(office, DISPOSE_ABORT, plan, "taro", &e), ERR_OK);
	expect_nothing_gone();
}

static void deletes_nothing_when_the_archive_can_not_be_written(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	office_do("touch %s", office->store.archive);
	assert_int_not_equal(office_run(office, &d, &e), ERR_OK);
	office_do("rm %s", office->store.archive);
	expect_nothing_gone();
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	assert_string_equal(jdoc_get_text(d, "state"), "approved");
	jdoc_free(d);
}

static void deletes_nothing_when_a_record_was_changed(void **state)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	MEM_CLEANUP char *plan = office_plan(office);
	office_approve(office, plan);
	office_do("cd %s/volumes/%d.git; ref=refs/notes/volumes/%d/slip/hq; old=$(git notes --ref=$ref list | head -1 |"
	          " cut -d ' ' -f 1); new=$(echo x | git hash-object -w --stdin);"
	          " tree=$(git ls-tree $ref | sed \"s/$old/$new/\" | git mktree --missing); git update-ref $ref"
	          " $(git cat-file commit $ref | sed \"1s/.*/tree $tree/\" | git hash-object -t commit -w --stdin)",
	          office->dir, office->year, office->year);
	ledger_year_close(office->ledger, office->year, NULL);
	assert_int_equal(office_run(office, &d, &e), ERR_LEDGER);
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	assert_string_equal(jdoc_get_text(d, "state"), "approved");
	jdoc_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		EARLY(plans_nothing_a_day_early),
		EARLY(refuses_to_propose_when_nothing_is_due),
		ON_THE_DAY(plans_on_the_day_what_is_due_and_nothing_else),
		ON_THE_DAY(tells_the_dates_and_the_clause_of_each_group),
		ON_THE_DAY(has_the_same_digest_for_the_plan_and_its_proposal),
		cmocka_unit_test(builds_the_same_statement_for_who_signs_and_who_checks),
		ON_THE_DAY(plans_by_what_it_kept_as_by_all_leaves),
		ON_THE_DAY(gives_back_what_it_kept_when_nobody_asks),
		ON_THE_DAY(plans_by_the_chain_where_the_index_leads_astray),
		cmocka_unit_test(wants_a_decision_to_approve_and_a_reason_to_abort),
		ON_THE_DAY(refuses_a_plan_that_is_not_the_plan_now),
		ON_THE_DAY(refuses_the_approval_of_who_proposed),
		ON_THE_DAY(refuses_the_approval_of_who_turned_out_to_be_the_proposer),
		ON_THE_DAY(refuses_the_approval_by_a_correction_of_the_proposers_appointment),
		ON_THE_DAY(refuses_one_person_to_approve_twice),
		ON_THE_DAY(refuses_to_run_with_one_approval_of_two),
		ON_THE_DAY(takes_no_approval_that_is_not_signed),
		ON_THE_DAY(refuses_a_second_proposal),
		ON_THE_DAY(answers_a_repeated_request_with_the_first_entry),
		ON_THE_DAY(refuses_to_run_without_a_proposal),
		ON_THE_DAY(refuses_to_run_without_an_approval),
		ON_THE_DAY(refuses_to_run_what_one_person_turned_out_to_have_approved),
		ON_THE_DAY(verifies_no_disposal_by_one_person),
		ON_THE_DAY(verifies_a_disposal_whatever_is_learned_later_of_its_persons),
		ON_THE_DAY(refuses_to_run_what_was_aborted),
		ON_THE_DAY(refuses_to_run_on_an_approval_older_than_180_days),
		ON_THE_DAY(refuses_to_run_when_the_clock_jumped),
		ON_THE_DAY(refuses_to_run_when_the_years_were_not_lived_through),
		ON_THE_DAY(deletes_nothing_when_the_archive_can_not_be_written),
		ON_THE_DAY(deletes_nothing_when_a_record_was_changed),
	};
	return cmocka_run_group_tests_name("ledger/dispose", tests, make_office, drop_office);
}
