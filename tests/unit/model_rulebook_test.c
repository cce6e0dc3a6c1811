#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "model/rulebook.h"

#define BOOK_CLEANUP __attribute__((cleanup(release)))

static void release(struct rulebook **r)
{
	rulebook_free(*r);
}

/* Feeds lines of INI without any niceties: "[section]", "key = value". */
static int feed(struct rulebook *r, const char *text, struct err *e)
{
	char section[128] = "";
	int rc = ERR_OK;

	while (!rc && *text) {
		size_t len = strcspn(text, "\n");
		char line[1024], *equals;

		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		text += len + (text[len] == '\n');
		equals = strstr(line, " = ");
		if (line[0] == '[') {
			snprintf(section, sizeof(section), "%.*s", (int)strlen(line) - 2, line + 1);
		} else if (equals) {
			*equals = '\0';
			rc = rulebook_set(r, section, line, equals + 3, e);
		}
	}
	return rc;
}

#define DIRECTIVE "[directive]\nid = sample-1\ntitle_ja = 見本\ntitle_en = Sample\nissued = 2024-02-22\n" \
	"in_force = 2024-04-01\noffice = hq\n"
#define UNITS "[unit hq]\nja = 本部\nen = Headquarters\n[unit chuo]\nja = 中央署\nen = Chuo\n"
#define ROLES "[role manager]\nja = 運用管理者\nen = Manager\nclause = C2.2-1\n"
#define MATTERS "[matter loan]\nja = 貸出\nen = Loan\n[matter device]\nja = 端末\nen = Device\n"
#define LOAN "[kind loan]\nja = 貸出管理簿\nen = Loan ledger\nclause = C3.2.1-2\n"
#define WHOLE DIRECTIVE UNITS ROLES MATTERS LOAN

static struct rulebook *finished(const char *text)
{
	struct rulebook *r = rulebook_new();
	struct err e = ERR_INIT;

	if (feed(r, text, &e) || rulebook_finish(r, &e))
		fail_msg("%s", e.text);
	return r;
}

static void refuse(const char *wanted, const char *text)
{
	struct rulebook *r BOOK_CLEANUP = rulebook_new();
	struct err e = ERR_INIT;
	int rc = feed(r, text, &e);

	if (!rc)
		rc = rulebook_finish(r, &e);
	assert_int_equal(rc, ERR_CONFIG);
	if (!strstr(e.text, wanted))
		fail_msg("\"%s\" does not say \"%s\"", e.text, wanted);
}

static void reads_the_directive(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(WHOLE);

	(void)s;
	assert_string_equal(r->id, "sample-1");
	assert_string_equal(r->title.ja, "見本");
	assert_string_equal(r->title.en, "Sample");
	assert_string_equal(r->office, "hq");
	assert_int_equal(r->issued.day, 22);
	assert_int_equal(r->in_force.month, 4);
	assert_false(r->has_expires);
}

static void reads_the_day_it_expires(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(WHOLE "[directive]\nexpires = 2030-03-31\n");

	(void)s;
	assert_true(r->has_expires);
	assert_int_equal(r->expires.year, 2030);
}

static void has_limits_of_its_own(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(WHOLE);

	(void)s;
	assert_int_equal(r->clock_step_days, 14);
	assert_int_equal(r->clock_back_minutes, 10);
	assert_int_equal(r->event_ahead_days, 0);
	assert_int_equal(r->life_percent, 50);
	assert_int_equal(r->approvals, 2);
	assert_int_equal(r->approval_days, 180);
	assert_int_equal(r->receipts, 0);
}

static void takes_the_limits_given(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(WHOLE "[limits]\nclock_step_days = 30\nclock_back_minutes = 0\n"
		"event_ahead_days = 7\nlife_percent = 80\napprovals = 3\napproval_days = 90\nreceipts = 1\n");

	(void)s;
	assert_int_equal(r->clock_step_days, 30);
	assert_int_equal(r->clock_back_minutes, 0);
	assert_int_equal(r->event_ahead_days, 7);
	assert_int_equal(r->life_percent, 80);
	assert_int_equal(r->approvals, 3);
	assert_int_equal(r->approval_days, 90);
	assert_int_equal(r->receipts, 1);
}

static void lists_each_limit_by_its_name(void **s)
{
	static const struct rulebook_limit wanted[RULEBOOK_LIMIT_COUNT] = {
		{ "clock_step_days", 30 }, { "clock_back_minutes", 10 }, { "event_ahead_days", 0 }, { "life_percent", 50 },
		{ "approvals", 3 }, { "approval_days", 180 }, { "receipts", 1 },
	};
	struct rulebook *r BOOK_CLEANUP = finished(WHOLE "[limits]\nclock_step_days = 30\napprovals = 3\nreceipts = 1\n");
	struct rulebook_limit is[RULEBOOK_LIMIT_COUNT];

	(void)s;
	rulebook_limits(r, is);
	for (size_t i = 0; i < RULEBOOK_LIMIT_COUNT; i++) {
		assert_string_equal(is[i].name, wanted[i].name);
		assert_int_equal(is[i].value, wanted[i].value);
	}
}

static void finds_units_roles_and_kinds_by_name(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(WHOLE);

	(void)s;
	assert_string_equal(rulebook_unit(r, "chuo")->title.ja, "中央署");
	assert_string_equal(rulebook_role(r, "manager")->clause, "C2.2-1");
	assert_string_equal(rulebook_kind(r, "loan")->title.en, "Loan ledger");
	assert_null(rulebook_unit(r, "manager"));
	assert_null(rulebook_role(r, "hq"));
	assert_null(rulebook_kind(r, "hq"));
}

static void reads_a_kind_that_appoints(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(WHOLE "identity = login openpgp_fingerprint role\n");
	const struct rulebook_kind *k = rulebook_kind(r, "loan");

	(void)s;
	assert_string_equal(k->identity_login, "login");
	assert_string_equal(k->identity_key, "openpgp_fingerprint");
	assert_string_equal(k->identity_role, "role");
}

static void reads_a_kind_whole(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(WHOLE "form = F02\nopens = loan\n"
		"closes = loan loan_entry, device \tdevice_entry\nwithin = device in_entry\nunder = device under_entry\n"
		"concerns = a_entry, b_entry ,c2\nevent = lent_on\n"
		"submit = manager\nunits = chuo\nretain = 3\nretain_from = closing\nretain_clause = C7-2\n");
	const struct rulebook_kind *k = rulebook_kind(r, "loan");

	(void)s;
	assert_string_equal(k->form, "F02");
	assert_string_equal(k->clause, "C3.2.1-2");
	assert_string_equal(k->opens, "loan");
	assert_int_equal(k->closes.count, 2);
	assert_string_equal(k->closes.at[0].matter, "loan");
	assert_string_equal(k->closes.at[0].field, "loan_entry");
	assert_string_equal(k->closes.at[1].matter, "device");
	assert_string_equal(k->closes.at[1].field, "device_entry");
	assert_string_equal(k->within.at[0].field, "in_entry");
	assert_string_equal(k->under.at[0].field, "under_entry");
	assert_int_equal(k->concerns_count, 3);
	assert_string_equal(k->concerns[1], "b_entry");
	assert_string_equal(k->concerns[2], "c2");
	assert_string_equal(k->event, "lent_on");
	assert_string_equal(k->submit[0], "manager");
	assert_int_equal(k->units_count, 1);
	assert_int_equal(k->retain, 3);
	assert_true(k->retain_from_closing);
	assert_string_equal(k->retain_clause, "C7-2");
}

static void never_expires_unless_it_says_so(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(WHOLE);

	(void)s;
	assert_int_equal(rulebook_kind(r, "loan")->retain, 0);
	assert_false(rulebook_kind(r, "loan")->retain_from_closing);
}

static void counts_from_creation_when_it_says_so(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(WHOLE "retain = 1\nretain_from = creation\nretain_clause = C7-3\n");

	(void)s;
	assert_int_equal(rulebook_kind(r, "loan")->retain, 1);
	assert_false(rulebook_kind(r, "loan")->retain_from_closing);
}

static void takes_sections_in_any_order(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(LOAN "submit = manager\nopens = loan\n" MATTERS ROLES UNITS DIRECTIVE);

	(void)s;
	assert_int_equal(r->kinds_count, 1);
}

static void stands_in_all_units_unless_it_names_some(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(WHOLE "[kind form]\nja = 様式\nen = Form\nclause = C1\nunits = chuo\n");

	(void)s;
	assert_true(rulebook_kind_has_unit(rulebook_kind(r, "loan"), "hq"));
	assert_true(rulebook_kind_has_unit(rulebook_kind(r, "form"), "chuo"));
	assert_false(rulebook_kind_has_unit(rulebook_kind(r, "form"), "hq"));
}

static void refuses_unknown_sections_and_keys(void **s)
{
	(void)s;
	refuse("[sorcery]: a rule book has no such section", WHOLE "[sorcery]\nx = y\n");
	refuse("[kinds loan]: a rule book has no such section", WHOLE "[kinds loan]\nja = x\n");
	refuse("[kind]: a rule book has no such section", WHOLE "[kind]\nja = x\n");
	refuse("[directive x]: a rule book has no such section", WHOLE "[directive x]\nid = x\n");
	refuse("[kind loan] expiry: this section has no such key", WHOLE "expiry = 3\n");
	refuse("[unit hq] clause: this section has no such key", WHOLE "[unit hq]\nclause = C1\n");
}

static void refuses_names_that_are_none(void **s)
{
	(void)s;
	refuse("[kind Loan]: a name is", WHOLE "[kind Loan]\nja = x\n");
	refuse("[kind ]: a name is", WHOLE "[kind ]\nja = x\n");
	refuse("[kind a b]: a name is", WHOLE "[kind a b]\nja = x\n");
	refuse("[unit abcdefghijklmnopqrstuvwxyzabcdefg]: a name is",
	       WHOLE "[unit abcdefghijklmnopqrstuvwxyzabcdefg]\nja = x\n");
	refuse("[kind loan] opens: it must be 1 to 32", WHOLE "opens = Loan\n");
}

static void shows_hostile_names_safely(void **s)
{
	(void)s;
	refuse("[\\u{1b}]: a rule book has no such section", WHOLE "[\033]\nja = x\n");
}

static void refuses_a_key_set_twice(void **s)
{
	(void)s;
	refuse("[kind loan] ja: it is set twice", WHOLE "ja = 再\n");
	refuse("[limits] life_percent: it is set twice", WHOLE "[limits]\nlife_percent = 50\nlife_percent = 50\n");
}

static void refuses_a_directive_with_something_missing(void **s)
{
	(void)s;
	refuse("[directive] id: it is missing", UNITS LOAN);
	refuse("[directive] office: it is missing", UNITS LOAN "[directive]\nid = x\ntitle_ja = x\ntitle_en = x\n"
	       "issued = 2024-01-01\nin_force = 2024-01-01\n");
	refuse("[unit chuo] en: it is missing", DIRECTIVE LOAN "[unit hq]\nja = x\nen = x\n[unit chuo]\nja = x\n");
	refuse("[kind form] clause: it is missing", WHOLE "[kind form]\nja = x\nen = x\n");
	refuse("[kind]: a rule book has one or more [kind ...]", DIRECTIVE UNITS);
}

static void refuses_bad_values(void **s)
{
	(void)s;
	refuse("[directive] issued: it must be a day", "[directive]\nissued = 2024-02-30\n");
	refuse("[directive] expires: it must be a day", "[directive]\nexpires = 令和12年3月31日\n");
	refuse("[directive] id: it must be", "[directive]\nid = A B\n");
	refuse("[directive] title_ja: it must be one line", "[directive]\ntitle_ja = a\033b\n");
	refuse("[kind loan] clause: it must be", "[kind loan]\nclause = 第3\n");
	refuse("[kind loan] event: it must be", "[kind loan]\nevent = 3days\n");
	refuse("[kind loan] retain_from: it must be creation or closing", "[kind loan]\nretain_from = Closing\n");
	refuse("[kind loan] identity: it must be three fields", "[kind loan]\nidentity = login key\n");
	refuse("[kind loan] identity: it must be three fields", "[kind loan]\nidentity = a b c d\n");
	refuse("[limits] life_percent: it must be 1 to 100", "[limits]\nlife_percent = 0\n");
	refuse("[limits] approvals: it must be 2 to 9", "[limits]\napprovals = 1\n");
	refuse("[limits] clock_step_days: it must be 1 to 366", "[limits]\nclock_step_days = -1\n");
}

static void refuses_a_title_that_is_too_long(void **s)
{
	struct buf text BUF_CLEANUP = BUF_INIT;

	(void)s;
	buf_puts(&text, "[unit hq]\nja = ");
	for (int i = 0; i < 513; i++)
		buf_putc(&text, 'x');
	refuse("[unit hq] ja: it must be one line of text, at most 512 bytes", buf_str(&text));
}

static void refuses_bad_lists(void **s)
{
	(void)s;
	refuse("[kind loan] closes: it must be", "[kind loan]\ncloses = loan\n");
	refuse("[kind loan] closes: it must be", "[kind loan]\ncloses = loan loan_entry,\n");
	refuse("[kind loan] closes: it must be", "[kind loan]\ncloses = loan loan_entry more\n");
	refuse("[kind loan] closes: it must be", "[kind loan]\ncloses = a a, b b, c c, d d, e e\n");
	refuse("[kind loan] concerns: it must be", "[kind loan]\nconcerns = a,,b\n");
	refuse("[kind loan] concerns: it must be", "[kind loan]\nconcerns = a b\n");
	refuse("[kind loan] concerns: it must be", "[kind loan]\nconcerns = a, b, c, d, e, f, g, h, i\n");
	refuse("[kind loan] units: it must be", "[kind loan]\nunits = hq chuo\n");
	refuse("[kind loan] submit: it must be", "[kind loan]\nsubmit = Manager\n");
}

static void refuses_retention_without_years_start_or_clause(void **s)
{
	(void)s;
	refuse("[kind loan] retain_from: it is missing", WHOLE "retain = 3\n");
	refuse("[kind loan] retain_clause: it is missing", WHOLE "retain = 3\nretain_from = creation\n");
	refuse("[kind loan] retain_from: it is missing", WHOLE "retain = 3\nretain_clause = C7-2\n");
	refuse("[kind loan] retain: it is missing", WHOLE "retain_from = creation\nretain_clause = C7-2\n");
}

static void refuses_retention_of_no_years_or_too_many(void **s)
{
	(void)s;
	refuse("[kind loan] retain: it must be 1 to 100 calendar years", WHOLE "retain = 0\n");
	refuse("[kind loan] retain: it must be 1 to 100 calendar years", WHOLE "retain = 101\n");
	refuse("[kind loan] retain: it must be 1 to 100 calendar years", WHOLE "retain = 3y\n");
}

static void refuses_to_count_from_the_closing_of_no_matter(void **s)
{
	(void)s;
	refuse("[kind loan] retain_from: a kind that belongs to no matter", WHOLE
	       "retain = 3\nretain_from = closing\nretain_clause = C7-2\n");
}

static void keeps_whoever_was_appointed_and_what_an_open_matter_began_with(void **s)
{
	(void)s;
	refuse("[kind loan] retain: a kind that appoints a person never expires", WHOLE "opens = loan\n"
	       "identity = login key role\nretain = 3\nretain_from = closing\nretain_clause = C7-2\n");
	refuse("[kind loan] retain_from: a kind that opens a matter counts from closing", WHOLE "opens = loan\n"
	       "retain = 3\nretain_from = creation\nretain_clause = C7-2\n");
	rulebook_free(finished(WHOLE "opens = loan\nidentity = login key role\n"));
	rulebook_free(finished(WHOLE "opens = loan\nretain = 3\nretain_from = closing\nretain_clause = C7-2\n"));
}

static void says_what_is_done_at_the_end_and_where_a_volume_is_kept(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(WHOLE "measure = transfer\nmeasure_clause = C9\nmedium = both\n"
		"place_ja = 書庫\nplace_en = Store room\n[kind form]\nja = 様式\nen = Form\nclause = C1\n"
		"[directive]\nplace_ja = 台帳\nplace_en = Ledger\nkeeper_role = manager\n");
	const struct rulebook_kind *loan = rulebook_kind(r, "loan"), *form = rulebook_kind(r, "form");

	(void)s;
	assert_int_equal(loan->measure, RULEBOOK_MEASURE_TRANSFER);
	assert_string_equal(loan->measure_clause, "C9");
	assert_int_equal(loan->medium, RULEBOOK_MEDIUM_BOTH);
	assert_string_equal(rulebook_place(r, loan)->ja, "書庫");
	assert_int_equal(form->measure, RULEBOOK_MEASURE_ARCHIVE);
	assert_int_equal(form->medium, RULEBOOK_MEDIUM_ELECTRONIC);
	assert_string_equal(rulebook_place(r, form)->en, "Ledger");
	assert_string_equal(r->keeper_role, "manager");
}

static void refuses_what_a_volume_can_not_be_described_by(void **s)
{
	(void)s;
	refuse("[kind loan] measure: it must be archive, destroy or transfer", WHOLE "measure = burn\n");
	refuse("[kind loan] measure: it is missing", WHOLE "measure_clause = C9\n");
	refuse("[kind loan] medium: it must be electronic, paper or both", WHOLE "medium = tape\n");
	refuse("[kind loan] place_en: it is missing", WHOLE "place_ja = 書庫\n");
	refuse("[directive] place_ja: it is missing", WHOLE "[directive]\nplace_en = Ledger\n");
	refuse("[directive] keeper_role: there is no [role auditor]", WHOLE "[directive]\nkeeper_role = auditor\n");
}

static void refuses_names_that_do_not_exist(void **s)
{
	(void)s;
	refuse("[directive] first_role: there is no [role auditor]", WHOLE "[directive]\nfirst_role = auditor\n");
	refuse("[directive] office: there is no [unit hq]", DIRECTIVE LOAN "[unit chuo]\nja = x\nen = x\n");
	refuse("[kind loan] opens: there is no [matter audit]", WHOLE "opens = audit\n");
	refuse("[kind loan] closes: there is no [matter audit]", WHOLE "closes = audit audit_entry\n");
	refuse("[kind loan] within: there is no [matter audit]", WHOLE "within = loan a, audit audit_entry\n");
	refuse("[kind loan] under: there is no [matter audit]", WHOLE "opens = loan\nunder = audit audit_entry\n");
	refuse("[kind loan] submit: there is no [role auditor]", WHOLE "submit = manager, auditor\n");
	refuse("[kind loan] sign: there is no [role auditor]", WHOLE "sign = manager, auditor\n");
	refuse("[kind loan] units: there is no [unit minami]", WHOLE "units = minami\n");
}

static void refuses_under_without_opens(void **s)
{
	(void)s;
	refuse("[kind loan] under: a kind that opens no matter", WHOLE "under = device device_entry\n");
}

static void refuses_the_name_of_an_administrative_kind(void **s)
{
	(void)s;
	refuse("[kind hold]: that name is an administrative kind's", WHOLE "[kind hold]\nja = x\nen = x\nclause = C1\n");
}

static void refuses_to_expire_before_it_is_in_force(void **s)
{
	(void)s;
	refuse("[directive] expires: it lies before in_force", WHOLE "[directive]\nexpires = 2024-03-31\n");
}

static void refuses_more_sections_than_anyone_needs(void **s)
{
	struct buf text BUF_CLEANUP = BUF_INIT;

	(void)s;
	for (int i = 0; i < 1025; i++)
		buf_printf(&text, "[unit u%d]\nja = x\nen = x\n", i);
	refuse("[unit u1024]: a rule book has at most 1024 of them", buf_str(&text));
}

static void reads_the_rule_book_of_kumamoto(void **s)
{
	struct buf text BUF_CLEANUP = BUF_INIT;
	FILE *f = fopen(PROJECT "/etc/rulebooks/kumamoto-r6-120/directive.ini", "r");
	struct rulebook *r = NULL;
	char line[1024];

	(void)s;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (line[0] != '#')
			buf_puts(&text, line);
	fclose(f);
	r = finished(buf_str(&text));
	/* C7: one calendar year for F01 and F03, three for F02, no other. */
	for (size_t i = 0; i < r->kinds_count; i++) {
		const struct rulebook_kind *k = &r->kinds[i];
		bool one = strcmp(k->form, "F01") == 0 || strcmp(k->form, "F03") == 0, three = strcmp(k->form, "F02") == 0;

		assert_int_equal(k->retain, one ? 1 : three ? 3 : 0);
	}
	rulebook_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_directive),
		cmocka_unit_test(reads_the_day_it_expires),
		cmocka_unit_test(has_limits_of_its_own),
		cmocka_unit_test(takes_the_limits_given),
		cmocka_unit_test(lists_each_limit_by_its_name),
		cmocka_unit_test(finds_units_roles_and_kinds_by_name),
		cmocka_unit_test(reads_a_kind_that_appoints),
		cmocka_unit_test(reads_a_kind_whole),
		cmocka_unit_test(never_expires_unless_it_says_so),
		cmocka_unit_test(counts_from_creation_when_it_says_so),
		cmocka_unit_test(takes_sections_in_any_order),
		cmocka_unit_test(stands_in_all_units_unless_it_names_some),
		cmocka_unit_test(refuses_unknown_sections_and_keys),
		cmocka_unit_test(refuses_names_that_are_none),
		cmocka_unit_test(shows_hostile_names_safely),
		cmocka_unit_test(refuses_a_key_set_twice),
		cmocka_unit_test(refuses_a_directive_with_something_missing),
		cmocka_unit_test(refuses_bad_values),
		cmocka_unit_test(refuses_a_title_that_is_too_long),
		cmocka_unit_test(refuses_bad_lists),
		cmocka_unit_test(refuses_retention_without_years_start_or_clause),
		cmocka_unit_test(refuses_retention_of_no_years_or_too_many),
		cmocka_unit_test(refuses_to_count_from_the_closing_of_no_matter),
		cmocka_unit_test(keeps_whoever_was_appointed_and_what_an_open_matter_began_with),
		cmocka_unit_test(says_what_is_done_at_the_end_and_where_a_volume_is_kept),
		cmocka_unit_test(refuses_what_a_volume_can_not_be_described_by),
		cmocka_unit_test(refuses_names_that_do_not_exist),
		cmocka_unit_test(refuses_under_without_opens),
		cmocka_unit_test(refuses_the_name_of_an_administrative_kind),
		cmocka_unit_test(refuses_to_expire_before_it_is_in_force),
		cmocka_unit_test(refuses_more_sections_than_anyone_needs),
		cmocka_unit_test(reads_the_rule_book_of_kumamoto),
	};

	return cmocka_run_group_tests_name("model/rulebook", tests, NULL, NULL);
}
