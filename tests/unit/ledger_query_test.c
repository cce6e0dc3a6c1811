/* Answers of the API that only read. */
#include "ledger_fixture.h"

#include "base/date.h"

static void says_where_the_ledger_stands(void **state)
{
	struct fixture *f = *state;
	int64_t n = 0;
	put(f, "training", NULL, 0);
	struct jdoc *d = query_status(f->ledger);
	assert_string_equal(jdoc_get_text(d, "format"), "daicho.status.v1");
	assert_string_equal(jdoc_get_text(d, "origin"), ORIGIN);
	assert_string_equal(jdoc_get_text(d, "key"), f->pins.fpr);
	assert_true(jdoc_get_integer(d, "entries", &n) && n == 2);
	assert_true(jdoc_get_integer(jdoc_get(d, "last"), "seq", &n) && n == 1);
	assert_string_equal(jdoc_get_text(jdoc_get(d, "last"), "kind"), "training");
	assert_string_equal(jdoc_get_text(jdoc_get(d, "rulebook"), "id"), "kumamoto-r6-120");
	jdoc_free(d);
}

static void offers_every_kind_with_its_schema(void **state)
{
	struct fixture *f = *state;
	struct jdoc *all = query_kinds(f->ledger), *one, *kinds = jdoc_get(all, "kinds");
	assert_int_equal(jdoc_size(kinds), f->ledger->rules->book->kinds_count);
	assert_string_equal(jdoc_get_text(all, "office"), "hq");
	assert_int_equal(jdoc_size(jdoc_get(all, "eras")), f->ledger->rules->book->eras_count);
	for (size_t i = 0; i < jdoc_size(kinds); i++) {
		const char *name = jdoc_get_text(jdoc_at(kinds, i), "name");
		assert_int_equal(query_kind(f->ledger, name, &one, NULL), ERR_OK);
		assert_true(jdoc_is_equal(jdoc_get(one, "kind"), jdoc_at(kinds, i)));
		assert_true(jdoc_is_equal(jdoc_get(one, "eras"), jdoc_get(all, "eras")));
		assert_int_equal(jdoc_type(jdoc_get(jdoc_get(one, "schema"), "properties")), JDOC_OBJECT);
		jdoc_free(one);
	}
	jdoc_free(all);
	struct err e = ERR_INIT;
	assert_int_equal(query_kind(f->ledger, "no-such-kind", &one, &e), ERR_KIND);
}

static void shows_a_record_as_it_was_given(void **state)
{
	struct fixture *f = *state;
	struct jdoc *d, *body = sample(f, "training");
	uint64_t seq = put(f, "training", NULL, 0);
	assert_int_equal(query_show(f->ledger, seq, &d, NULL), ERR_OK);
	assert_true(jdoc_is_equal(jdoc_get(jdoc_get(d, "record"), "body"), body));
	assert_string_equal(jdoc_get_text(d, "state"), "present");
	assert_string_equal(jdoc_get_text(jdoc_get(jdoc_get(d, "record"), "submitter"), "login"), "tester");
	assert_non_null(strstr(jdoc_get_text(d, "leaf"), "\nSeq: 1\n"));
	jdoc_free(d);
	jdoc_free(body);
}

static void shows_an_entry_without_a_record(void **state)
{
	struct fixture *f = *state;
	struct jdoc *d;
	struct err e = ERR_INIT;
	assert_int_equal(query_show(f->ledger, 0, &d, NULL), ERR_OK);
	assert_string_equal(jdoc_get_text(d, "state"), "none");
	assert_int_equal(jdoc_type(jdoc_get(d, "record")), JDOC_NULL);
	assert_int_equal(jdoc_type(jdoc_get(d, "volume")), JDOC_NULL);
	jdoc_free(d);
	assert_int_equal(query_show(f->ledger, 1, &d, &e), ERR_NOTFOUND);
}

static void shows_no_record_that_was_disposed_of(void **state)
{
	struct fixture *f = *state;
	struct jdoc *d;
	struct err e = ERR_INIT;
	int64_t by = 0;
	uint64_t seq = put(f, "training", NULL, 0);
	assert_int_equal(index_dispose(f->ledger->index, seq, 7, NULL), ERR_OK);
	assert_int_equal(query_show(f->ledger, seq, &d, NULL), ERR_OK);
	assert_string_equal(jdoc_get_text(d, "state"), "disposed");
	assert_true(jdoc_get_integer(d, "disposed_by", &by) && by == 7);
	assert_int_equal(jdoc_type(jdoc_get(d, "record")), JDOC_NULL);
	jdoc_free(d);
	assert_int_equal(query_attachment(f->ledger, seq, 1, &d, &e), ERR_GONE);
}

static size_t count(struct fixture *f, struct index_filter filter, const char *text, bool *out_more)
{
	struct jdoc *d;
	struct err e = ERR_INIT;
	if (query_list(f->ledger, &filter, text, &d, &e))
		give_up("query_list", &e);
	size_t n = jdoc_size(jdoc_get(d, "records"));
	*out_more = jdoc_is_true(jdoc_get(d, "more"));
	jdoc_free(d);
	return n;
}

static void lists_records_and_says_whether_there_are_more(void **state)
{
	struct fixture *f = *state;
	bool more;
	for (size_t i = 0; i < 3; i++)
		put(f, "training", NULL, 0);
	put(f, "device", NULL, 0);
	assert_int_equal(count(f, (struct index_filter){ .limit = 10 }, NULL, &more), 4);
	assert_false(more);
	assert_int_equal(count(f, (struct index_filter){ .limit = 3 }, NULL, &more), 3);
	assert_true(more);
	assert_int_equal(count(f, (struct index_filter){ .kind = "training", .limit = 3 }, NULL, &more), 3);
	assert_false(more);
}

static void finds_records_by_their_text(void **state)
{
	struct fixture *f = *state;
	bool more;
	struct jdoc *body = sample(f, "training");
	jdoc_set_string(body, "place", "Room EIGHT");
	assert_int_equal(add(f, request("training", "hq", body), NULL), ERR_OK);
	put(f, "training", NULL, 0);
	assert_int_equal(count(f, (struct index_filter){ .limit = 10 }, "room eight", &more), 1);
	assert_int_equal(count(f, (struct index_filter){ .limit = 10 }, "room nine", &more), 0);
	assert_int_equal(count(f, (struct index_filter){ .limit = 1 }, "place", &more), 1);
	assert_true(more);
}

static void logs_what_the_leaves_say(void **state)
{
	struct fixture *f = *state;
	struct jdoc *d;
	int64_t n = 0;
	put(f, "device", NULL, 0);
	put(f, "device-retire", "device_entry", 1);
	assert_int_equal(query_log(f->ledger, &(struct index_filter){ .limit = 10 }, &d, NULL), ERR_OK);
	struct jdoc *rows = jdoc_get(d, "entries"), *opening = jdoc_at(rows, 1), *end = jdoc_at(rows, 2);
	assert_int_equal(jdoc_size(rows), 3);
	assert_string_equal(jdoc_get_text(jdoc_at(rows, 0), "summary"), "genesis");
	assert_string_equal(jdoc_get_text(opening, "opens"), "device");
	assert_true(jdoc_integer_value(jdoc_at(jdoc_get(end, "closes"), 0), &n) && n == 1);
	assert_int_equal(strncmp(jdoc_get_text(end, "summary"), "device-retire ", 14), 0);
	jdoc_free(d);
}

static int64_t number_of(const struct jdoc *d, const char *name)
{
	int64_t n = -1;
	return jdoc_get_integer(d, name, &n) ? n : -1;
}

static void tells_of_a_record_and_its_correction(void **state)
{
	struct fixture *f = *state;
	struct jdoc *d, *rows;
	uint64_t n = put(f, "training", NULL, 0);
	struct jdoc *correction = request("training", "hq", sample(f, "training"));
	jdoc_set_integer(correction, "corrects", (int64_t)n);
	jdoc_set_string(correction, "reason", "書き間違い");
	assert_int_equal(add(f, correction, NULL), ERR_OK);
	assert_int_equal(query_show(f->ledger, n, &d, NULL), ERR_OK);
	assert_true(number_of(d, "corrected_by") == 2 && number_of(d, "latest") == 2 && number_of(d, "corrects") == -1);
	jdoc_free(d);
	assert_int_equal(query_show(f->ledger, 2, &d, NULL), ERR_OK);
	assert_true(number_of(d, "corrects") == 1 && number_of(d, "latest") == 2 && number_of(d, "corrected_by") == -1);
	assert_string_equal(jdoc_get_text(jdoc_get(d, "record"), "reason"), "書き間違い");
	assert_int_equal(jdoc_size(jdoc_get(jdoc_get(d, "record"), "passed")), 0);
	jdoc_free(d);
	assert_int_equal(query_list(f->ledger, &(struct index_filter){ .limit = 9 }, NULL, &d, NULL), ERR_OK);
	rows = jdoc_get(d, "records");
	assert_true(number_of(jdoc_at(rows, 0), "corrected_by") == 2 && number_of(jdoc_at(rows, 1), "corrects") == 1);
	assert_string_equal(jdoc_get_text(jdoc_at(rows, 1), "reason"), "書き間違い");
	assert_null(jdoc_get_text(jdoc_at(rows, 0), "reason"));
	jdoc_free(d);
	assert_int_equal(query_log(f->ledger, &(struct index_filter){ .limit = 9 }, &d, NULL), ERR_OK);
	rows = jdoc_get(d, "entries");
	assert_true(number_of(jdoc_at(rows, 1), "corrected_by") == 2 && number_of(jdoc_at(rows, 2), "corrects") == 1);
	jdoc_free(d);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(says_where_the_ledger_stands),
		TEST(offers_every_kind_with_its_schema),
		TEST(shows_a_record_as_it_was_given),
		TEST(shows_an_entry_without_a_record),
		TEST(shows_no_record_that_was_disposed_of),
		TEST(lists_records_and_says_whether_there_are_more),
		TEST(finds_records_by_their_text),
		TEST(logs_what_the_leaves_say),
		TEST(tells_of_a_record_and_its_correction),
	};
	return cmocka_run_group_tests_name("ledger/query", tests, make_template, remove_template);
}
