#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "model/rulebook.h"

#define BOOK_CLEANUP __attribute__((cleanup(release)))

static void release(struct rulebook **r)
{
	rulebook_free(*r);
}

static int list_fault(void *ctx, const char *section, const char *key, const char *reason)
{
	buf_printf(ctx, "[%s] %s: %s\n", section, key ? key : "-", reason);
	return 0;
}

/* Feeds "[section]" and "key = value" lines, going on after a fault, which is added to out. */
static void feed(struct rulebook *r, const char *text, struct buf *out)
{
	char section[128] = "", line[1024];

	while (*text) {
		size_t len = strcspn(text, "\n");
		char *equals;
		struct err e = ERR_INIT;

		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		text += len + (text[len] == '\n');
		equals = strstr(line, " = ");
		if (line[0] == '[') {
			snprintf(section, sizeof(section), "%.*s", (int)strlen(line) - 2, line + 1);
		} else if (equals) {
			*equals = '\0';
			if (rulebook_set(r, section, line, equals + 3, &e))
				buf_printf(out, "%s\n", e.text);
		}
	}
}

#define TITLES "ja = あ\nen = a\n"
#define RULED "clause = C1\n" TITLES
#define BASE "[directive]\nid = sample-1\ntitle_ja = 見本\ntitle_en = Sample\nissued = 2024-02-22\n" \
	"in_force = 2024-04-01\noffice = hq\n[unit hq]\n" TITLES "[role manager]\n" TITLES \
	"[matter loan]\n" TITLES "[matter device]\n" TITLES \
	"[kind loan]\n" RULED "opens = loan\n[kind return]\n" RULED "closes = loan loan_entry\n" \
	"[kind check]\n" RULED "within = loan loan_entry\n[kind device]\n" RULED "opens = device\n"

static struct rulebook *finished(const char *text)
{
	struct rulebook *r = rulebook_new();
	struct buf faults BUF_CLEANUP = BUF_INIT;
	struct err e = ERR_INIT;

	feed(r, text, &faults);
	if (faults.len || rulebook_finish(r, &e))
		fail_msg("%s%s", buf_str(&faults), e.text);
	return r;
}

static void expect(const char *text, const char *wanted)
{
	struct rulebook *r BOOK_CLEANUP = rulebook_new();
	struct buf faults BUF_CLEANUP = BUF_INIT;
	struct err e = ERR_INIT;

	feed(r, text, &faults);
	assert_int_equal(rulebook_check(r, list_fault, &faults), 0);
	assert_string_equal(buf_str(&faults), wanted);
	assert_int_equal(rulebook_finish(r, &e), ERR_CONFIG);
}

static void reads_eras_in_order_of_time(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(BASE
		"[era heisei]\nja = 平成\nshort = 平\nletter = H\nsign = ㍻\nfirst = 1989-01-08\n"
		"[era reiwa]\nja = 令和\nshort = 令\nletter = R\nfirst = 2019-05-01\n");

	(void)s;
	assert_int_equal(r->eras_count, 2);
	assert_string_equal(r->eras[1].name, "reiwa");
	assert_string_equal(r->eras[1].ja, "令和");
	assert_string_equal(r->eras[1].abbreviation, "令");
	assert_string_equal(r->eras[1].letter, "R");
	assert_string_equal(r->eras[0].sign, "㍻");
	assert_null(r->eras[1].sign);
	assert_int_equal(r->eras[0].first.day, 8);
}

static void refuses_eras_that_go_back(void **s)
{
	(void)s;
	expect(BASE "[era reiwa]\nja = 令和\nshort = 令\nletter = R\nfirst = 2019-05-01\n"
		"[era heisei]\nja = 平成\nshort = 平\nletter = H\nfirst = 1989-01-08\n",
		"[era heisei] first: it does not lie after that of [era reiwa]\n");
	expect(BASE "[era reiwa]\nja = 令和\nletter = RR\nfirst = 2019-05-01\n",
		"[era reiwa] letter: it must be one letter, A to Z\n[era reiwa] short: it is missing\n");
}

static void reads_what_is_new_of_directive_role_matter_and_kind(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(BASE "[directive]\nexpires = 2030-03-31\nexpires_clause = P-1\n"
		"warn_months = 6\n[role manager]\nscope = ledger\n[matter loan]\nclause = C3\nshow = device_no, lent_on\n"
		"[kind loan]\nsubmit = manager\nsign = manager\nnumber = loan_no\n[kind return]\nsign = any\n");

	(void)s;
	assert_string_equal(r->expires_clause, "P-1");
	assert_int_equal(r->warn_months, 6);
	assert_true(rulebook_role(r, "manager")->everywhere);
	assert_string_equal(rulebook_matter(r, "loan")->clause, "C3");
	assert_int_equal(rulebook_matter(r, "loan")->show_count, 2);
	assert_string_equal(rulebook_matter(r, "loan")->show[1], "lent_on");
	assert_string_equal(rulebook_kind(r, "loan")->sign[0], "manager");
	assert_false(rulebook_kind(r, "loan")->sign_always);
	assert_string_equal(rulebook_kind(r, "loan")->number, "loan_no");
	assert_true(rulebook_kind(r, "return")->sign_always);
	assert_null(rulebook_matter(r, "audit"));
}

static void warns_a_year_ahead_unless_told(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(BASE);

	(void)s;
	assert_int_equal(r->warn_months, 12);
	assert_false(rulebook_role(r, "manager")->everywhere);
}

static void reads_a_rule(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(BASE "[rule lent-once]\n" RULED "next_ja = 次\nnext_en = next\n"
		"kinds = loan, return\nlevel = warn\nwhen = a = \"x\"\nwant = lent_on <= today\n"
		"needs = device in device_entry on lent_on - 1 day\n"
		"forbids = loan with device_entry = device_entry and unit = \"hq\"\n"
		"[rule everywhere]\n" RULED "kinds = all\nlevel = attest\nwant = b\n");
	const struct rulebook_rule *rule = &r->rules[0];

	(void)s;
	assert_int_equal(r->rules_count, 2);
	assert_string_equal(rule->name, "lent-once");
	assert_string_equal(rule->next.ja, "次");
	assert_int_equal(rule->level, RULEBOOK_WARN);
	assert_string_equal(cond_text(rule->when), "a = \"x\"");
	assert_string_equal(cond_text(rule->want), "lent_on <= today");
	assert_string_equal(rule->needs.name, "device");
	assert_string_equal(rule->needs.in, "device_entry");
	assert_string_equal(cond_operand_text(rule->needs.on), "lent_on - 1 day");
	assert_string_equal(rule->forbids.name, "loan");
	assert_string_equal(rule->forbids.in, "");
	assert_int_equal(rule->forbids.terms_count, 2);
	assert_string_equal(rule->forbids.terms[1].field, "unit");
	assert_string_equal(cond_operand_text(rule->forbids.terms[1].operand), "\"hq\"");
	assert_true(rulebook_rule_is_of(rule, "return"));
	assert_false(rulebook_rule_is_of(rule, "device"));
	assert_true(rulebook_rule_is_of(&r->rules[1], "device"));
	assert_int_equal(r->rules[1].level, RULEBOOK_ATTEST);
	assert_string_equal(r->rules[1].needs.name, "");
}

static void says_what_a_rule_lacks(void **s)
{
	(void)s;
	expect(BASE "[rule x]\nkinds = loan\n",
		"[rule x] clause: it is missing\n[rule x] ja: it is missing\n[rule x] en: it is missing\n"
		"[rule x] level: it is missing\n"
		"[rule x] want: it is missing: a rule has one or more of want, needs and forbids\n");
	expect(BASE "[rule x]\n" RULED "kinds = loan, lend\nlevel = refuse\nneeds = lending in a\nforbids = b with c = d\n",
		"[rule x] kinds: there is no [kind lend]\n[rule x] needs: there is no [matter lending]\n"
		"[rule x] forbids: there is no [matter b]\n");
}

static void says_where_the_value_of_a_rule_is_wrong(void **s)
{
	(void)s;
	expect(BASE "[rule x]\n" RULED "kinds = Loan\nlevel = stop\nwant = a = \nneeds = loan\nforbids = loan with a b\n"
		"[rule y]\n" RULED "kinds = all\nlevel = refuse\nwhen = (a\nneeds = loan in a b\nforbids = Loan in a\n"
		"[rule z]\n" RULED "kinds = all\nlevel = refuse\nneeds = loan with a = b, c = d\nforbids = loan in a on b c\n",
		"[rule x] kinds: it must be all, or names, separated by commas\n"
		"[rule x] level: it must be refuse, warn or attest\n"
		"[rule x] want: character 5: a field, a number or a text in \"...\" is wanted\n"
		"[rule x] needs: character 5: \"with\" or \"in\" is wanted\n"
		"[rule x] forbids: character 13: = is wanted\n"
		"[rule y] when: character 3: a ) for the ( at character 1 is wanted\n"
		"[rule y] needs: character 11: the end or \"on\" is wanted\n"
		"[rule y] forbids: character 1: the name of a matter is wanted\n"
		"[rule z] needs: character 16: the end or \"and\" is wanted\n"
		"[rule z] forbids: character 16: the end is wanted\n");
	expect(BASE "[rule x]\n" RULED "kinds = all\nlevel = refuse\n"
		"needs = loan with a = 1 and b = 2 and c = 3 and d = 4 and e = 5\n",
		"[rule x] needs: character 50: at most 4 of FIELD = OPERAND are wanted\n");
}

static void reads_a_due(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(BASE
		"[due monthly]\n" RULED "who = manager\nover = loan\nwhen = a\nevery = month\n"
		"done = check with loan_entry = number\n"
		"[due early]\n" RULED "who = manager\nover = loan\nwithin = 14 days\nfrom = lent_on\nnear = 3\n"
		"done = check with loan_entry = number and b = \"x\"\n"
		"[due end]\n" RULED "who = manager\nover = loan\nuntil = lent_on + 1 year\n");

	(void)s;
	assert_int_equal(r->dues_count, 3);
	assert_int_equal(r->dues[0].every, RULEBOOK_MONTH);
	assert_int_equal(r->dues[0].within_days, -1);
	assert_string_equal(r->dues[0].done.name, "check");
	assert_int_equal(r->dues[1].every, RULEBOOK_ONCE);
	assert_int_equal(r->dues[1].within_days, 14);
	assert_int_equal(r->dues[1].near_days, 3);
	assert_string_equal(cond_operand_text(r->dues[1].from), "lent_on");
	assert_int_equal(r->dues[1].done.terms_count, 2);
	assert_string_equal(cond_operand_text(r->dues[2].until), "lent_on + 1 year");
	assert_null(r->dues[2].from);
	assert_string_equal(r->dues[2].done.name, "");
}

static void says_what_a_due_lacks(void **s)
{
	(void)s;
	expect(BASE "[due x]\n" RULED "who = boss\nover = lending\nevery = week\nwithin = 5\ndone = looked with a = b\n"
		"[due y]\n" RULED "who = manager\nover = loan\nwithin = 5 weeks\n"
		"[due z]\n" RULED "who = manager\nover = loan\ndone = check in a\n",
		"[due x] every: it must be month or year\n"
		"[due y] within: it must be a number of days, 0 to 36600\n"
		"[due z] done: character 7: \"with\" is wanted\n"
		"[due x] who: there is no [role boss]\n[due x] over: there is no [matter lending]\n"
		"[due x] done: there is no [kind looked]\n"
		"[due x] -: exactly one of every, within and until is wanted\n"
		"[due y] done: it is missing: only what is due by `until` may lack it\n"
		"[due z] -: exactly one of every, within and until is wanted\n");
}

static void reads_a_route(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(BASE
		"[route life]\n" RULED "matter = loan\nsteps = loan, check stage \"一, 二\" , return\n");
	const struct rulebook_route *route = &r->routes[0];

	(void)s;
	assert_int_equal(route->steps_count, 3);
	assert_string_equal(route->steps[0].kind, "loan");
	assert_string_equal(route->steps[0].field, "");
	assert_null(route->steps[0].value);
	assert_string_equal(route->steps[1].field, "stage");
	assert_string_equal(route->steps[1].value, "一, 二");
	assert_string_equal(route->steps[2].kind, "return");
}

static void reads_who_does_an_act(void **s)
{
	struct rulebook *r BOOK_CLEANUP = finished(BASE "[role clerk]\n" TITLES
		"[act hold]\nsubmit = manager, clerk\nclause = C9\n[act release]\nsubmit = manager\n");
	const struct rulebook_act *act = rulebook_act(r, "hold");

	(void)s;
	assert_non_null(act);
	assert_string_equal(act->clause, "C9");
	assert_true(rulebook_act_is_of(act, "clerk"));
	assert_true(rulebook_act_is_of(act, "manager"));
	assert_false(rulebook_act_is_of(act, ""));
	assert_false(rulebook_act_is_of(rulebook_act(r, "release"), "clerk"));
	assert_null(rulebook_act(r, "void"));
}

static void says_which_act_is_wrong(void **s)
{
	(void)s;
	expect(BASE "[act hold]\nclause = C9\n[act genesis]\nsubmit = manager\n[act loan]\nsubmit = manager\n"
		"[act clock]\nsubmit = clerk\n[act void]\nsubmit = 0\n",
		"[act void] submit: it must be names, separated by commas\n"
		"[act hold] submit: it is missing\n"
		"[act genesis] -: no act of persons has this name\n"
		"[act loan] -: no act of persons has this name\n"
		"[act clock] submit: there is no [role clerk]\n");
}

static void says_which_step_of_a_route_is_wrong(void **s)
{
	(void)s;
	expect(BASE "[route a]\n" RULED "matter = loan\nsteps = check, return, device, lend\n"
		"[route b]\n" RULED "matter = lending\nsteps = loan, return\n",
		"[route a] steps: [kind check] stands first and does not open [matter loan]\n"
		"[route a] steps: [kind return] closes [matter loan] and is not the last\n"
		"[route a] steps: [kind device] does not belong to [matter loan]\n"
		"[route a] steps: there is no [kind lend]\n"
		"[route b] matter: there is no [matter lending]\n");
	expect(BASE "[route a]\n" RULED "matter = loan\nsteps = loan\n"
		"[route b]\n" RULED "matter = loan\nsteps = loan, check stage\n"
		"[route c]\n" RULED "matter = loan\nsteps = loan, check stage \"x\n"
		"[route d]\n" RULED "matter = loan\nsteps = loan, check stage \"x\" return\n"
		"[route e]\n" RULED "matter = loan\nsteps = loan, a, a, a, a, a, a, a, a\n"
		"[route f]\n" RULED "matter = loan\nsteps = loan,\n",
		"[route a] steps: character 5: a second step is wanted\n"
		"[route b] steps: character 18: a value in \"...\" is wanted\n"
		"[route c] steps: character 19: the value that begins here wants a closing \"\n"
		"[route d] steps: character 23: the end or a comma is wanted\n"
		"[route e] steps: character 27: at most 8 steps are wanted\n"
		"[route f] steps: character 6: the name of a kind is wanted\n");
}

static void refuses_who_signs_and_is_no_role(void **s)
{
	(void)s;
	expect(BASE "[kind loan]\nsubmit = manager\nsign = boss\n", "[kind loan] sign: there is no [role boss]\n");
	expect(BASE "[kind loan]\nsign = manager\n",
	       "[kind loan] sign: wants submit: a record in no role would need no signature\n");
	expect(BASE "[kind loan]\nsign = Any\n", "[kind loan] sign: it must be any, or names, separated by commas\n");
	expect(BASE "[role manager]\nscope = all\n", "[role manager] scope: it must be unit or ledger\n");
	expect(BASE "[matter loan]\nshow = a b\n", "[matter loan] show: it must be fields, separated by commas\n");
}

/* What was refused once is told once: not again as missing. */
static void tells_a_fault_once(void **s)
{
	(void)s;
	expect(BASE "[unit chuo]\nja = 中央\nen = \t\n[directive]\nexpires = tomorrow\n",
		"[unit chuo] en: it must be one line of text, at most 512 bytes\n"
		"[directive] expires: it must be a day, YYYY-MM-DD\n");
}

static int stop(void *ctx, const char *section, const char *key, const char *reason)
{
	(void)section;
	(void)key;
	(void)reason;
	return ++*(int *)ctx == 2 ? 7 : 0;
}

static void ends_the_check_when_told_to(void **s)
{
	struct rulebook *r BOOK_CLEANUP = rulebook_new();
	int count = 0;

	(void)s;
	assert_int_equal(rulebook_check(r, stop, &count), 7);
	assert_int_equal(count, 2);
}

/* Whatever is refused is told at a character, and all is freed. */
static void survives_junk(void **s)
{
	static const char *const keys[] = { "needs", "forbids" };
	static const char *const values[] = {
		"loan with a = b + 1 day and unit = \"x\" and c = 3", "device in device_entry on lent_on - 2 months",
	};
	static const char bytes[] = "\"=,+-. 19anwithodn\t\xe3\x81\x82";
	const char *given = getenv("DAICHO_TEST_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : 140;
	size_t taken = 0;

	(void)s;
	print_message("seed %u (DAICHO_TEST_SEED sets another)\n", seed);
	srandom(seed);
	for (int i = 0; i < 4000; i++) {
		struct rulebook *r BOOK_CLEANUP = rulebook_new();

		for (size_t k = 0; k < 3; k++) {
			char text[64];
			size_t len = (size_t)snprintf(text, sizeof(text), "%s", k < 2 ? values[k] : "loan, check a \"b\", return");
			struct err e = ERR_INIT;

			for (long changes = random() % 5; changes > 0; changes--)
				text[random() % (long)len] = bytes[random() % (long)(sizeof(bytes) - 1)];
			if (rulebook_set(r, k < 2 ? "rule x" : "route x", k < 2 ? keys[k] : "steps", text, &e))
				assert_non_null(strstr(e.text, ": character "));
			else
				taken++;
		}
	}
	assert_true(taken > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_eras_in_order_of_time),
		cmocka_unit_test(refuses_eras_that_go_back),
		cmocka_unit_test(reads_what_is_new_of_directive_role_matter_and_kind),
		cmocka_unit_test(warns_a_year_ahead_unless_told),
		cmocka_unit_test(reads_a_rule),
		cmocka_unit_test(says_what_a_rule_lacks),
		cmocka_unit_test(says_where_the_value_of_a_rule_is_wrong),
		cmocka_unit_test(reads_a_due),
		cmocka_unit_test(says_what_a_due_lacks),
		cmocka_unit_test(reads_a_route),
		cmocka_unit_test(reads_who_does_an_act),
		cmocka_unit_test(says_which_act_is_wrong),
		cmocka_unit_test(says_which_step_of_a_route_is_wrong),
		cmocka_unit_test(refuses_who_signs_and_is_no_role),
		cmocka_unit_test(tells_a_fault_once),
		cmocka_unit_test(ends_the_check_when_told_to),
		cmocka_unit_test(survives_junk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
