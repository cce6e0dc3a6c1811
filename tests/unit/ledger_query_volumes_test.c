/* The register of volumes, as of days past and to come, from a real store. */
#include "ledger_office.h"

#include "ledger/carry.h"
#include "ledger/query.h"

static struct office *office;
static uint64_t slip, out;

/* A slip and two badges of the first year, of which one comes back in the second; then its carry entries. */
static int make_office(void **state)
{
	(void)state;
	office_library();
	office = office_under("ledger", "s/^in_force.*/&\\nkeeper_role = officer\\nplace_ja = 書庫\\nplace_en = Store room/");
	office_people(office);
	slip = office_slip(office, "first");
	uint64_t badge = office_add(office, "badge", "\"body\":{\"text\":\"A\"}");
	out = office_add(office, "badge", "\"body\":{\"text\":\"B\"}");
	office->now = date_to_time((struct date){ office->year + 1, 1, 1 });
	struct err e = ERR_INIT;
	office_must(carry_year(office->ledger, office->now, &e), &e);
	MEM_CLEANUP char *end = mem_printf("\"body\":{\"badge_entry\":%llu}", (unsigned long long)badge);
	office_add(office, "badge-end", end);
	return 0;
}

static int drop_office(void **state)
{
	(void)state;
	office_free(office);
	repo_library_exit();
	return 0;
}

static struct date day_of(int year, int month, int day)
{
	return (struct date){ office->year + year, month, day };
}

static struct jdoc *ask(const char *kind, struct date at)
{
	const struct leaf_volume v = { .year = office->year, .unit = "hq" };
	struct leaf_volume named = v;
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	strcpy(named.kind, kind);
	office_must(query_volume(office->ledger, &named, at, office->now, &d, &e), &e);
	return d;
}

static void assert_state(const char *kind, struct date at, const char *state)
{
	struct jdoc *d = ask(kind, at);
	assert_string_equal(jdoc_get_text(jdoc_get(d, "volume"), "state"), state);
	jdoc_free(d);
}

static void assert_number(const struct jdoc *d, const char *member, int64_t wanted)
{
	int64_t n = -1;
	assert_true(jdoc_get_integer(d, member, &n));
	assert_int_equal(n, wanted);
}

static void tells_the_state_of_a_volume_on_any_day(void **state)
{
	(void)state;
	assert_state("slip", day_of(0, 12, 31), "current");
	assert_state("slip", day_of(1, 12, 31), "kept");
	assert_state("slip", day_of(2, 1, 1), "expired");
	assert_state("badge", day_of(0, 12, 31), "current");
	assert_state("badge", day_of(60, 1, 1), "carried");
	assert_state("appointment", day_of(60, 1, 1), "kept"); /* never expires */
}

static void computes_the_days_of_a_volume(void **state)
{
	char wanted[DATE_LEN + 1];
	(void)state;
	struct jdoc *d = ask("slip", day_of(1, 1, 1));
	const struct jdoc *v = jdoc_get(d, "volume");
	date_print(day_of(1, 1, 1), wanted);
	assert_string_equal(jdoc_get_text(v, "from"), wanted);
	date_print(day_of(1, 12, 31), wanted);
	assert_string_equal(jdoc_get_text(v, "expires"), wanted);
	date_print(day_of(2, 1, 1), wanted);
	assert_string_equal(jdoc_get_text(v, "disposable"), wanted);
	assert_string_equal(jdoc_get_text(jdoc_get(v, "retention"), "clause"), "T-3");
	assert_string_equal(jdoc_get_text(jdoc_get(v, "place"), "en"), "Store room");
	jdoc_free(d);
}

static void says_no_day_while_a_record_is_open(void **state)
{
	(void)state;
	struct jdoc *d = ask("badge", day_of(60, 1, 1));
	const struct jdoc *v = jdoc_get(d, "volume"), *rows = jdoc_get(d, "list"), *carried = jdoc_get(d, "carried");
	assert_int_equal(jdoc_type(jdoc_get(v, "expires")), JDOC_NULL);
	assert_number(v, "open", 1);
	assert_number(v, "expired", 1);
	assert_int_equal(jdoc_size(rows), 2);
	assert_number(jdoc_at(rows, 1), "open_matter", (int64_t)out);
	assert_int_equal(jdoc_size(carried), 1);
	assert_number(jdoc_at(carried, 0), "count", 2);
	assert_number(jdoc_at(carried, 0), "into", office->year + 1);
	jdoc_free(d);
}

static void lists_the_volumes_that_there_were_on_that_day(void **state)
{
	const struct query_volumes_filter all = { .kind = NULL }, slips = { .kind = "slip" }, none = { .unit = "branch" };
	const struct {
		const struct query_volumes_filter *filter;
		struct date at;
		size_t count;
	} cases[] = {
		{ &all, day_of(-1, 12, 31), 0 }, { &all, day_of(0, 12, 31), 3 }, { &all, day_of(1, 1, 1), 4 },
		{ &slips, day_of(1, 1, 1), 1 }, { &none, day_of(1, 1, 1), 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct jdoc *d = NULL;
		struct err e = ERR_INIT;
		office_must(query_volumes(office->ledger, cases[i].filter, cases[i].at, office->now, &d, &e), &e);
		assert_int_equal(jdoc_size(jdoc_get(d, "volumes")), cases[i].count);
		jdoc_free(d);
	}
}

static void names_who_holds_the_role_of_the_keeper(void **state)
{
	(void)state;
	struct jdoc *d = ask("slip", day_of(1, 1, 1));
	const struct jdoc *v = jdoc_get(d, "volume");
	assert_int_equal(jdoc_size(jdoc_get(v, "keeper")), 2);
	assert_number(jdoc_at(jdoc_get(v, "keeper_now"), 0), "entry", (int64_t)office->taro);
	jdoc_free(d);
}

static void refuses_a_volume_without_entries(void **state)
{
	const struct leaf_volume v = { .year = office->year, .kind = "slip", .unit = "branch" };
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	(void)state;
	assert_int_equal(query_volume(office->ledger, &v, day_of(0, 12, 31), office->now, &d, &e), ERR_NOTFOUND);
	assert_null(d);
}

static int64_t count_records(struct date at)
{
	const struct query_volumes_filter all = { .kind = "slip" };
	struct jdoc *d = NULL;
	struct err e = ERR_INIT;
	int64_t n, sum = 0;
	office_must(query_volumes(office->ledger, &all, at, office->now, &d, &e), &e);
	const struct jdoc *rows = jdoc_get(d, "volumes");
	for (size_t i = 0; i < jdoc_size(rows); i++) {
		assert_true(jdoc_get_integer(jdoc_at(rows, i), "records", &n));
		sum += n;
	}
	jdoc_free(d);
	return sum;
}

/* What was read for the question before is kept, and does not stand still. */
static void counts_what_has_come_since_it_was_asked_before(void **state)
{
	(void)state;
	const struct date today = day_of(2, 1, 1), before = day_of(0, 12, 31);
	int64_t count = count_records(today), earlier = count_records(before);
	assert_int_equal(count, count_records(today));
	office_slip(office, "another");
	assert_int_equal(count_records(today), count + 1);
	assert_int_equal(count_records(before), earlier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_state_of_a_volume_on_any_day),
		cmocka_unit_test(computes_the_days_of_a_volume),
		cmocka_unit_test(says_no_day_while_a_record_is_open),
		cmocka_unit_test(lists_the_volumes_that_there_were_on_that_day),
		cmocka_unit_test(names_who_holds_the_role_of_the_keeper),
		cmocka_unit_test(refuses_a_volume_without_entries),
		cmocka_unit_test(counts_what_has_come_since_it_was_asked_before),
	};
	return cmocka_run_group_tests_name("ledger/query_volumes", tests, make_office, drop_office);
}
