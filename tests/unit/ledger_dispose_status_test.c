/* What status names as the next step is taken when it is tried, and what else is tried is refused for the reason that
 * status told. */
#include "ledger_office.h"

#include "ledger/acts.h"
#include "ledger/act.h"

/* The store as it was when it was made ready, put back before each test: a slip goes into an archive, a badge that was
 * handed back in the year before is transferred. */
static struct office *office;
static uint64_t slip;
static char *plan;

static int make_office(void **state)
{
	(void)state;
	office_library();
	office = office_under("ledger", "s/^\\[kind badge(-end)?\\]$/&\\nmeasure = transfer/");
	office_signers(office);
	slip = office_slip(office, "first");
	office_slip(office, "second");
	office_live_to(office, office->year + 1, 1, 10);
	uint64_t badge = office_add(office, "badge", "\"body\":{\"text\":\"A\"}");
	MEM_CLEANUP char *end = mem_printf("\"body\":{\"badge_entry\":%llu}", (unsigned long long)badge);
	office_add(office, "badge-end", end);
	office_live_to(office, office->year + 1, 12, 31);
	office_keep(office);
	return 0;
}

static int drop_office(void **state)
{
	(void)state;
	office_free(office);
	repo_library_exit();
	return 0;
}

static int put_back_in(int year)
{
	office_put_back(office);
	office_open(office);
	office->now = date_to_time((struct date){ office->year + year, 1, 1 }) + 12 * 3600;
	plan = office_plan(office);
	return 0;
}

static int put_back_on_the_day(void **state)
{
	(void)state;
	return put_back_in(2);
}

static int put_back_a_day_early(void **state)
{
	put_back_in(2);
	office->now -= OFFICE_DAY;
	(void)state;
	return 0;
}

static int forget_plan(void **state)
{
	(void)state;
	free(plan);
	plan = NULL;
	return 0;
}

/* What status tells. */

struct told {
	char step[16], state[16], code[16];
	bool dated;
	char text[ERR_TEXT_MAX], next[ERR_NEXT_MAX];
};

static void copy_text(const struct jdoc *d, const char *name, char *out, size_t size)
{
	const char *text = jdoc_get_text(d, name);
	snprintf(out, size, "%s", text ? text : "");
}

static struct told ask(void)
{
	struct told told;
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	const struct jdoc *next = jdoc_get(d, "next"), *refused = jdoc_get(next, "refused");
	copy_text(d, "state", told.state, sizeof told.state);
	copy_text(next, "step", told.step, sizeof told.step);
	copy_text(refused, "code", told.code, sizeof told.code);
	copy_text(refused, "text", told.text, sizeof told.text);
	copy_text(refused, "next", told.next, sizeof told.next);
	told.dated = jdoc_is_true(jdoc_get(next, "dated"));
	jdoc_free(d);
	return told;
}

/* Steps. */

static int run(struct err *e)
{
	struct jdoc *d = NULL;
	int rc = office_run(office, &d, e);
	jdoc_free(d);
	return rc;
}

static size_t approvals(void)
{
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	int64_t count = 0;
	office_must(dispose_state(office->ledger, office->now, &d, &e), &e);
	jdoc_get_integer(jdoc_get(d, "proposal"), "approvals", &count);
	jdoc_free(d);
	return (size_t)count;
}

static int propose(struct err *e)
{
	char *due = office_plan(office);
	int rc = office_act(office, DISPOSE_PROPOSE, due, "taro", e);
	free(rc ? due : plan);
	plan = rc ? plan : due;
	return rc;
}

static int take(const char *step, struct err *e)
{
	if (strcmp(step, "propose") == 0)
		return propose(e);
	if (strcmp(step, "approve") == 0)
		return office_act(office, DISPOSE_APPROVE, plan, approvals() ? "jiro" : "hanako", e);
	if (strcmp(step, "abort") == 0)
		return office_act(office, DISPOSE_ABORT, plan, "taro", e);
	assert_string_equal(step, "run");
	return run(e);
}

static void must_take(const char *step)
{
	struct err e = ERR_INIT;
	office_must(take(step, &e), &e);
}

/* Whose refusal is told: that of a proposal while none stands, of an approval until the certificate, and of a run. */
static bool is_told_of(const struct told *told, const char *step)
{
	bool stands = strcmp(told->state, "none") != 0;
	if (!*told->text)
		return false;
	if (strcmp(step, "propose") == 0)
		return !stands;
	return stands && (strcmp(step, "run") == 0 || strcmp(told->state, "running") != 0);
}

static void try_other(const char *step, const struct told *told)
{
	struct err e = ERR_INIT;
	uint64_t size = office->ledger->chain.size;
	int rc = take(step, &e);
	bool is_told = is_told_of(told, step);
	if (!rc)
		fail_msg("%s was taken, and status named \"%s\": %s", step, told->step, told->text);
	if (is_told && (strcmp(e.text, told->text) != 0 || strcmp(err_word((enum err_code)rc), told->code) != 0))
		fail_msg("%s: told was: %s %s; refused: %s %s", step, told->code, told->text, err_word((enum err_code)rc),
		         e.text);
	assert_int_equal(office->ledger->chain.size, size);
}

/* Empty words: nothing is to be refused. Tries what is not named. */
static void expect_next(const char *step, const char *code, const char *words)
{
	static const char *const steps[] = { "propose", "approve", "run" };
	const struct told told = ask();
	if (strcmp(told.step, step) != 0 || strcmp(told.code, code) != 0 || !strstr(told.text, words))
		fail_msg("next is \"%s\": %s %s", told.step, told.code, told.text);
	assert_int_equal(*told.text != '\0', *words != '\0');
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (strcmp(steps[i], step) != 0 && !(strcmp(step, "receipt") == 0 && strcmp(steps[i], "run") == 0))
			try_other(steps[i], &told);
}

static void expect_and_take(const char *step, const char *code, const char *words)
{
	expect_next(step, code, words);
	must_take(step);
}

static void approve_all(void)
{
	must_take("propose");
	must_take("approve");
	must_take("approve");
}

static void complete(void)
{
	expect_and_take("run", "", "");
	assert_string_equal(ask().state, "none");
}

/* Other acts, by hanako; moved by jiro where two do it. */

static int act(enum leaf_kind kind, bool by_two, struct err *e, const char *more)
{
	MEM_CLEANUP char *text = mem_printf("{\"act\":\"%s\",%s}", leaf_kind_name(kind), more);
	uint8_t request[NOTE_REQUEST_LEN];
	struct index_person person, first;
	struct jdoc *body = jdoc_parse(text, strlen(text), NOTE_BODY_MAX, 0, e), *done = NULL;
	struct note note;
	random_bytes(request, sizeof request);
	office_must(body ? ERR_OK : (int)e->code, e);
	office_must(act_note(kind, body, "hq", request, date_of_time(office_tick(office)), &note, e), e);
	jdoc_free(body);
	random_bytes(note.salt, sizeof note.salt);
	strcpy(note.login, "hanako");
	office_must(index_person_by_login(office->ledger->index, "hanako", NULL, &person, e), e);
	office_must(index_person_by_login(office->ledger->index, "jiro", NULL, &first, e), e);
	note.signature = office_person_sign(office, "hanako", &note);
	int rc = acts_make(office->ledger, kind, &note, &person, by_two ? &first : NULL, office->now, &done, e);
	note_release(&note);
	jdoc_free(done);
	return rc;
}

static void must_act(enum leaf_kind kind, bool by_two, const char *more)
{
	struct err e = ERR_INIT;
	office_must(act(kind, by_two, &e, more), &e);
}

static uint64_t hold(uint64_t seq)
{
	MEM_CLEANUP char *more = mem_printf("\"basis\":\"audit\",\"on\":[\"entry %llu\"],\"reason\":\"x\"",
	                                    (unsigned long long)seq);
	must_act(LEAF_HOLD, false, more);
	return office->ledger->chain.size - 1;
}

static void release(uint64_t hold)
{
	MEM_CLEANUP char *more = mem_printf("\"ends\":%llu,\"reason\":\"x\"", (unsigned long long)hold);
	must_act(LEAF_RELEASE, true, more);
}

/* Walks. */

static void names_nothing_while_nothing_is_due(void **state)
{
	(void)state;
	expect_next("", "RULE", "nothing is due");
}

static void names_each_step_to_the_completion(void **state)
{
	(void)state;
	expect_and_take("propose", "RULE", "no proposal stands");
	expect_and_take("approve", "RULE", "has 0 approvals, and 2 are wanted");
	expect_and_take("approve", "RULE", "has 1 approval, and 2 are wanted");
	complete();
	expect_next("", "RULE", "nothing is due");
}

static void names_the_run_again_once_a_hold_since_the_proposal_is_released(void **state)
{
	(void)state;
	must_take("propose");
	uint64_t first = hold(slip);
	expect_next("abort", "CONFLICT", "what is due now is not what entry");
	release(first);
	expect_and_take("approve", "RULE", "has 0 approvals");
	must_take("approve");
	uint64_t second = hold(slip);
	expect_next("abort", "CONFLICT", "what is due now is not what entry");
	release(second);
	complete();
}

static void names_the_abort_where_an_extension_keeps_what_was_approved(void **state)
{
	(void)state;
	approve_all();
	MEM_CLEANUP char *more = mem_printf("\"on\":[\"entry %llu\"],\"years\":3,\"until\":\"%d-12-31\","
	                                    "\"reason\":\"x\",\"decision\":\"No. 2\"", (unsigned long long)slip,
	                                    office->year + 3);
	must_act(LEAF_EXTEND, false, more);
	expect_and_take("abort", "CONFLICT", "what is due now is not what entry");
	expect_and_take("propose", "RULE", "no proposal stands");
	must_take("approve");
	must_take("approve");
	complete();
}

static void names_the_abort_where_a_correction_belongs_to_what_was_approved(void **state)
{
	(void)state;
	approve_all();
	MEM_CLEANUP char *more = mem_printf("\"corrects\":%llu,\"reason\":\"x\",\"body\":{\"text\":\"right\"}",
	                                    (unsigned long long)slip);
	office_add(office, "slip", more);
	expect_and_take("abort", "CONFLICT", "what is due now is not what entry");
	expect_next("propose", "RULE", "no proposal stands");
}

static void names_the_abort_once_an_approval_is_too_old(void **state)
{
	(void)state;
	must_take("propose");
	must_take("approve");
	office->now += 179 * (int64_t)OFFICE_DAY;
	expect_next("approve", "RULE", "has 1 approval");
	office->now += 2 * (int64_t)OFFICE_DAY;
	expect_and_take("abort", "RULE", "is older than 180 days");
	expect_next("propose", "RULE", "no proposal stands");
}

static void appoint_with_the_key_of(const char *login, const char *other)
{
	MEM_CLEANUP char *fpr = office_person_fpr(office, other), *key = office_person_key(office, other);
	MEM_CLEANUP char *body = mem_printf("\"body\":{\"login\":\"%s\",\"fpr\":\"%s\",\"role\":\"officer\","
	                                    "\"openpgp_public_key\":%s}", login, fpr, key);
	office_add(office, "appointment", body);
}

static void names_the_abort_where_two_who_acted_turned_out_to_be_one(void **state)
{
	(void)state;
	must_take("propose");
	must_take("approve");
	appoint_with_the_key_of("taro", "hanako");
	expect_and_take("abort", "RULE", "appointed one person");
	expect_next("propose", "RULE", "no proposal stands");
}

static void leaves_an_approval_whose_appointment_ended_since(void **state)
{
	(void)state;
	approve_all();
	MEM_CLEANUP char *end = mem_printf("\"body\":{\"appointment_entry\":%llu}", (unsigned long long)office->jiro);
	office_add(office, "appointment-end", end);
	assert_string_equal(ask().step, "run");
	must_take("run");
}

static void leaves_an_approval_whose_appointment_is_void_since(void **state)
{
	(void)state;
	approve_all();
	MEM_CLEANUP char *more = mem_printf("\"entry\":%llu,\"reason\":\"x\"", (unsigned long long)office->jiro);
	must_act(LEAF_VOID, false, more);
	assert_string_equal(ask().step, "run");
	must_take("run");
	struct jdoc *d = office_verify(office, office->dir, false);
	assert_string_equal(jdoc_get_text(d, "verdict"), "VALID");
	jdoc_free(d);
}

/* The clock. */

static void attest(uint64_t first, int year)
{
	char shown[DATE_LEN + 1], entries[48];
	uint64_t last = office->ledger->chain.size - 1;
	int len = snprintf(entries, sizeof entries, "%llu", (unsigned long long)first);
	if (last > first)
		snprintf(entries + len, sizeof entries - (size_t)len, "-%llu", (unsigned long long)last);
	date_print(date_of_time(office->now), shown);
	MEM_CLEANUP char *more = mem_printf("\"entries\":\"%s\",\"counts\":%d,\"shown\":\"%s\",\"reason\":\"x\"",
	                                    entries, year, shown);
	must_act(LEAF_CLOCK, true, more);
}

static void names_nothing_but_the_clock_while_it_is_in_doubt(void **state)
{
	(void)state;
	office->now += 400 * (int64_t)OFFICE_DAY;
	expect_next("", "CLOCK", "days after the last entry");
	office->now -= 400 * (int64_t)OFFICE_DAY;
	must_take("propose");
	office->now -= 2 * OFFICE_DAY;
	expect_next("", "CLOCK", "before the last entry");
	office->now += 2 * OFFICE_DAY;
	must_take("approve");
	must_take("approve");
	office->now += 400 * (int64_t)OFFICE_DAY;
	expect_next("", "CLOCK", "days after the last entry");
	office->now -= 400 * (int64_t)OFFICE_DAY;
	complete();
}

static void names_nothing_where_the_years_were_not_lived_through(void **state)
{
	(void)state;
	office->ledger->rules->book->life_percent = 90;
	expect_next("", "CLOCK", "days");
	office->ledger->rules->book->life_percent = 1;
	approve_all();
	office->ledger->rules->book->life_percent = 90;
	expect_next("", "CLOCK", "days");
	office->ledger->rules->book->life_percent = 1;
	complete();
}

static void names_the_abort_of_what_was_approved_by_a_clock_that_was_ahead(void **state)
{
	uint64_t first = office->ledger->chain.size;
	(void)state;
	office->now += 5 * OFFICE_DAY;
	must_take("propose");
	must_take("approve");
	must_take("approve");
	office->now -= 4 * OFFICE_DAY;
	expect_next("", "CLOCK", "before the last entry");
	attest(first, office->year + 2);
	expect_and_take("abort", "RULE", "has a later Time than an entry made now");
	expect_and_take("propose", "RULE", "no proposal stands");
	must_take("approve");
	must_take("approve");
	complete();
}

static void names_the_approval_of_what_was_proposed_by_a_clock_that_was_ahead(void **state)
{
	uint64_t first = office->ledger->chain.size;
	(void)state;
	office->now += 5 * OFFICE_DAY;
	must_take("propose");
	office->now -= 4 * OFFICE_DAY;
	attest(first, office->year + 2);
	expect_and_take("approve", "RULE", "has 0 approvals");
	expect_and_take("approve", "RULE", "has 1 approval");
	complete();
}

static void names_nothing_while_the_ledger_takes_nothing(void **state)
{
	(void)state;
	approve_all();
	office->ledger->stopped = true;
	expect_next("", "IO", "stopped accepting");
	office->ledger->stopped = false;
	office->ledger->carry_failed = true;
	expect_next("", "LEDGER", "could not be carried over");
	office->ledger->carry_failed = false;
	complete();
}

/* Runs that were stopped. */

#define STRAY_REF "refs/notes/volumes/%d/appointment/branch"

/* Behind the certificate, before the first record goes: a record too many is in the year's repository. */
static void stop_before_the_deletion(void)
{
	struct err e = ERR_INIT;
	office_do("git -C %s/volumes/%d.git update-ref " STRAY_REF " refs/notes/volumes/%d/appointment/hq", office->dir,
	          office->year, office->year, office->year);
	assert_int_equal(run(&e), ERR_LEDGER);
	office_do("git -C %s/volumes/%d.git update-ref -d " STRAY_REF, office->dir, office->year, office->year);
	assert_string_equal(ask().state, "running");
}

/* What must not be there stops the proof of absence. */
static void stop_after_the_deletion(void)
{
	struct err e = ERR_INIT;
	office_do("touch %s/volumes/stray", office->dir);
	assert_int_not_equal(run(&e), ERR_OK);
	office_do("rm %s/volumes/stray", office->dir);
	assert_string_equal(ask().state, "running");
}

static void names_the_run_of_what_was_stopped_behind_its_certificate(void **state)
{
	(void)state;
	approve_all();
	stop_before_the_deletion();
	complete();
}

static void names_the_run_of_what_was_stopped_after_the_deletion(void **state)
{
	(void)state;
	approve_all();
	stop_after_the_deletion();
	complete();
}

static void names_the_hold_that_stops_a_certificate(void **state)
{
	(void)state;
	approve_all();
	stop_before_the_deletion();
	uint64_t placed = hold(slip);
	MEM_CLEANUP char *words = mem_printf("entry %llu holds entry %llu", (unsigned long long)placed,
	                                     (unsigned long long)slip);
	MEM_CLEANUP char *next = mem_printf("daicho hold release %llu", (unsigned long long)placed);
	expect_next("", "RULE", words);
	assert_non_null(strstr(ask().next, next));
	release(placed);
	complete();
}

static void names_the_day_for_which_a_certificate_waits(void **state)
{
	uint64_t first = office->ledger->chain.size;
	(void)state;
	approve_all();
	stop_before_the_deletion();
	office->now -= OFFICE_DAY - 3600;
	expect_next("", "CLOCK", "before the last entry");
	attest(first, office->year + 1);
	expect_next("", "CLOCK", "names is due from");
	MEM_CLEANUP char *next = mem_printf("wait until %d-01-01", office->year + 2);
	assert_non_null(strstr(ask().next, next));
	office->now += OFFICE_DAY;
	complete();
}

static void makes_the_archive_anew_only_while_all_of_it_is_here(void **state)
{
	(void)state;
	approve_all();
	stop_before_the_deletion();
	office_do("rm -rf %s", office->store.archive);
	expect_next("run", "", "");
	stop_after_the_deletion();
	office_do("mv %s %s/away", office->store.archive, office->root);
	expect_next("", "NOTFOUND", ".tar");
	assert_non_null(strstr(ask().next, "put the archive of the certificate back"));
	office_do("rm -rf %s; cp -r %s/away %s; for f in %s/*.tar; do echo >> $f; done", office->store.archive,
	          office->root, office->store.archive, office->store.archive);
	expect_next("", "CONFLICT", "not the archive that the certificate names");
	office_do("rm -rf %s; mv %s/away %s", office->store.archive, office->root, office->store.archive);
	complete();
}

/* What is transferred, and dated receipts. */

/* The badges of the second year, once the slips are gone. */
static void approve_transfer(void)
{
	approve_all();
	must_take("run");
	office_live_to(office, office->year + 3, 1, 4);
	approve_all();
}

static int receive(struct err *e)
{
	struct jdoc *d = NULL;
	int64_t approval = 0, bytes = 0;
	office_must(dispose_state(office->ledger, office->now, &d, e), e);
	const struct jdoc *p = jdoc_get(d, "proposal"), *package = jdoc_get(p, "package");
	jdoc_get_integer(p, "approve", &approval);
	jdoc_get_integer(package, "bytes", &bytes);
	const char *hash = jdoc_get_text(package, "hash");
	MEM_CLEANUP char *more = mem_printf("\"approval\":%lld,\"archive\":\"%s\",\"bytes\":%lld,\"receipt\":\"No. 5\"",
	                                    (long long)approval, hash ? hash : "", (long long)bytes);
	int rc = act(LEAF_TRANSFER, false, e, more);
	jdoc_free(d);
	return rc;
}

static void names_the_run_before_the_receipt_of_what_is_transferred(void **state)
{
	struct err e = ERR_INIT;
	(void)state;
	approve_transfer();
	expect_next("run", "", "");
	assert_int_not_equal(receive(&e), ERR_OK);
	must_take("run");
	expect_next("receipt", "", "");
	office_must(receive(&e), &e);
	assert_string_equal(ask().state, "transferred");
	complete();
}

static void asks_for_a_dated_receipt_when_the_certificate_is_made(void **state)
{
	struct rulebook *book = (struct rulebook *)(uintptr_t)office->ledger->rules->book;
	struct err e = ERR_INIT;
	(void)state;
	approve_transfer();
	book->receipts = 1;
	assert_false(ask().dated);
	expect_and_take("run", "", "");
	assert_false(ask().dated);
	expect_next("receipt", "", "");
	office_must(receive(&e), &e);
	expect_next("", "CONFIG", "names nobody");
	office->store.stamp_ca = mem_strdup("ca.pem");
	expect_next("run", "", "");
	assert_true(ask().dated);
	assert_int_equal(run(&e), ERR_RULE);
	assert_non_null(strstr(e.text, "wants a dated receipt"));
	book->receipts = 0;
	assert_false(ask().dated);
	complete();
}

#define ON_THE_DAY(test) cmocka_unit_test_setup_teardown(test, put_back_on_the_day, forget_plan)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_nothing_while_nothing_is_due, put_back_a_day_early, forget_plan),
		ON_THE_DAY(names_each_step_to_the_completion),
		ON_THE_DAY(names_the_run_again_once_a_hold_since_the_proposal_is_released),
		ON_THE_DAY(names_the_abort_where_an_extension_keeps_what_was_approved),
		ON_THE_DAY(names_the_abort_where_a_correction_belongs_to_what_was_approved),
		ON_THE_DAY(names_the_abort_once_an_approval_is_too_old),
		ON_THE_DAY(names_the_abort_where_two_who_acted_turned_out_to_be_one),
		ON_THE_DAY(leaves_an_approval_whose_appointment_ended_since),
		ON_THE_DAY(leaves_an_approval_whose_appointment_is_void_since),
		ON_THE_DAY(names_nothing_but_the_clock_while_it_is_in_doubt),
		ON_THE_DAY(names_nothing_where_the_years_were_not_lived_through),
		ON_THE_DAY(names_the_abort_of_what_was_approved_by_a_clock_that_was_ahead),
		ON_THE_DAY(names_the_approval_of_what_was_proposed_by_a_clock_that_was_ahead),
		ON_THE_DAY(names_nothing_while_the_ledger_takes_nothing),
		ON_THE_DAY(names_the_run_of_what_was_stopped_behind_its_certificate),
		ON_THE_DAY(names_the_run_of_what_was_stopped_after_the_deletion),
		ON_THE_DAY(names_the_hold_that_stops_a_certificate),
		ON_THE_DAY(names_the_day_for_which_a_certificate_waits),
		ON_THE_DAY(makes_the_archive_anew_only_while_all_of_it_is_here),
		ON_THE_DAY(names_the_run_before_the_receipt_of_what_is_transferred),
		ON_THE_DAY(asks_for_a_dated_receipt_when_the_certificate_is_made),
	};
	return cmocka_run_group_tests(tests, make_office, drop_office);
}
