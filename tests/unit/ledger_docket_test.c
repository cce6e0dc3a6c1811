/* What is open, and the records behind it: of the ledger and of the batch that runs. */
#include "ledger_cars.h"

typedef unsigned long long ull;

static int print_matter(void *ctx, uint64_t opening, const char *matter, struct err *e)
{
	(void)e;
	buf_printf(ctx, "%llu %s;", (ull)opening, matter);
	return ERR_OK;
}

static void assert_open(struct office *o, const char *matter, const char *expected)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	assert_int_equal(docket_each(o->ledger->docket, matter, print_matter, &out, NULL), ERR_OK);
	assert_string_equal(buf_str(&out), expected);
}

static const char *read_text(struct office *o, uint64_t seq, const char *field)
{
	const struct docket_record *r;
	struct err e = ERR_INIT;
	office_must(docket_record(o->ledger->docket, seq, &r, &e), &e);
	assert_int_equal(r->seq, seq);
	return jdoc_get_text(r->body, field);
}

static int read_code(struct office *o, uint64_t seq)
{
	const struct docket_record *r;
	struct err e = ERR_INIT;
	return docket_record(o->ledger->docket, seq, &r, &e);
}

static bool is_open(struct office *o, uint64_t opening, const char *matter, const struct date *day)
{
	bool open = false;
	struct err e = ERR_INIT;
	office_must(docket_is_open(o->ledger->docket, opening, matter, day, &open, &e), &e);
	return open;
}

static bool has_stood(struct office *o, uint64_t opening, const char *matter, struct date day)
{
	bool stood = false;
	struct err e = ERR_INIT;
	office_must(docket_stood(o->ledger->docket, opening, matter, day, &stood, &e), &e);
	return stood;
}

static void lists_what_is_open_in_order(void **state)
{
	struct office *o = *state;
	assert_open(o, NULL, "");
	uint64_t a = cars_put(o, "vehicle", "'body':{'plate':'A','bought_on':'2024-01-31'}");
	uint64_t f = cars_put(o, "fault", "'body':{'what':'tyre','seen_on':'2024-02-01'}");
	uint64_t b = cars_put(o, "vehicle", "'body':{'plate':'B','bought_on':'2024-01-31'}");
	MEM_CLEANUP char *all = mem_printf("%llu vehicle;%llu fault;%llu vehicle;", (ull)a, (ull)f, (ull)b);
	MEM_CLEANUP char *vehicles = mem_printf("%llu vehicle;%llu vehicle;", (ull)a, (ull)b);
	MEM_CLEANUP char *last = mem_printf("%llu vehicle;", (ull)b);
	assert_open(o, NULL, all);
	assert_open(o, "vehicle", vehicles);
	cars_put(o, "vehicle-end", "'body':{'vehicle_entry':%llu,'gone_on':'2024-03-01'}", (ull)a);
	assert_open(o, "vehicle", last);
	docket_forget(o->ledger->docket);
	assert_open(o, "vehicle", last);
}

static void knows_the_entries_of_the_running_batch(void **state)
{
	struct office *o = *state;
	uint64_t kept = cars_put(o, "vehicle", "'body':{'plate':'A','bought_on':'2024-01-31'}");
	MEM_CLEANUP char *before = mem_printf("%llu vehicle;", (ull)kept);
	assert_open(o, "vehicle", before);
	uint64_t fresh = cars_accept(o, 0, "vehicle", "'body':{'plate':'B','bought_on':'2024-02-01'}");
	uint64_t end = cars_accept(o, 1, "vehicle-end", "'body':{'vehicle_entry':%llu,'gone_on':'2024-03-01'}", (ull)kept);
	MEM_CLEANUP char *during = mem_printf("%llu vehicle;", (ull)fresh);
	assert_open(o, "vehicle", during);
	assert_string_equal(read_text(o, fresh, "plate"), "B");
	assert_string_equal(read_text(o, end, "gone_on"), "2024-03-01");
	const struct date last = { 2024, 3, 1 }, after = { 2024, 3, 2 };
	assert_true(is_open(o, kept, "vehicle", &last));
	assert_false(is_open(o, kept, "vehicle", &after));
	docket_forget(o->ledger->docket); /* the batch failed */
	assert_open(o, "vehicle", before);
	assert_int_equal(read_code(o, fresh), ERR_NOTFOUND);
	assert_true(is_open(o, kept, "vehicle", &after));
}

/* An entry may be accepted before anything was asked: here as the keeper accepts it, straight after a start. */
static void loads_in_the_middle_of_a_batch(void **state)
{
	struct office *o = *state;
	uint64_t kept = cars_put(o, "vehicle", "'body':{'plate':'A','bought_on':'2024-01-31'}");
	uint64_t ended = cars_put(o, "vehicle", "'body':{'plate':'B','bought_on':'2024-01-31'}");
	docket_forget(o->ledger->docket);
	struct leaf opening = { .seq = ended + 1, .kind = LEAF_RECORD, .opens = "vehicle" };
	struct leaf closing = { .seq = ended + 2, .kind = LEAF_RECORD };
	struct leaf brief = { .seq = ended + 3, .kind = LEAF_RECORD, .opens = "fault" };
	struct leaf over = { .seq = ended + 4, .kind = LEAF_RECORD };
	leaf_seqs_add(&closing.closes, ended);
	leaf_seqs_add(&over.closes, brief.seq);
	const struct leaf *const batch[] = { &opening, &closing, &brief, &over };
	for (size_t i = 0; i < sizeof batch / sizeof *batch; i++)
		docket_accept(o->ledger->docket, batch[i], NULL);
	MEM_CLEANUP char *during = mem_printf("%llu vehicle;%llu vehicle;", (ull)kept, (ull)opening.seq);
	assert_open(o, NULL, during);
	assert_true(is_open(o, opening.seq, "vehicle", NULL));
	assert_false(is_open(o, ended, "vehicle", NULL));
	assert_false(is_open(o, brief.seq, "fault", NULL));
	docket_forget(o->ledger->docket); /* the batch failed */
	MEM_CLEANUP char *before = mem_printf("%llu vehicle;%llu vehicle;", (ull)kept, (ull)ended);
	assert_open(o, NULL, before);
	leaf_release(&closing);
	leaf_release(&over);
}

static void shows_a_record_as_its_latest_correction_has_it(void **state)
{
	struct office *o = *state;
	uint64_t n = cars_put(o, "vehicle", "'body':{'plate':'A','bought_on':'2024-01-31'}");
	assert_string_equal(read_text(o, n, "plate"), "A");
	uint64_t second = cars_put(o, "vehicle", "'corrects':%llu,'reason':'x','body':{'plate':'B',"
	                           "'bought_on':'2024-01-31'}", (ull)n);
	assert_string_equal(read_text(o, n, "plate"), "B");
	assert_string_equal(read_text(o, second, "plate"), "B");
	uint64_t third = cars_accept(o, 0, "vehicle", "'corrects':%llu,'reason':'x','body':{'plate':'C',"
	                             "'bought_on':'2024-01-31'}", (ull)second);
	assert_string_equal(read_text(o, n, "plate"), "C");
	const struct docket_record *r;
	assert_int_equal(docket_record(o->ledger->docket, n, &r, NULL), ERR_OK);
	assert_int_equal(r->latest, third);
	docket_forget(o->ledger->docket);
	assert_string_equal(read_text(o, n, "plate"), "B");
	MEM_CLEANUP char *one = mem_printf("%llu vehicle;", (ull)n);
	assert_open(o, "vehicle", one); /* a correction opens nothing */
}

static void finds_no_record_where_there_is_none(void **state)
{
	struct office *o = *state;
	assert_int_equal(read_code(o, 0), ERR_NOTFOUND);
	assert_int_equal(read_code(o, office_heartbeat(o)), ERR_NOTFOUND);
	assert_int_equal(read_code(o, 4711), ERR_NOTFOUND);
	assert_false(is_open(o, 4711, "vehicle", NULL));
}

static void knows_what_was_open_on_a_day(void **state)
{
	struct office *o = *state;
	uint64_t n = cars_put(o, "vehicle", "'body':{'plate':'A','bought_on':'2024-02-29'}");
	const struct date before = { 2024, 2, 28 }, first = { 2024, 2, 29 }, last = { 2024, 12, 31 },
	                  after = { 2025, 1, 1 };
	assert_true(is_open(o, n, "vehicle", &after));
	cars_put(o, "vehicle-end", "'body':{'vehicle_entry':%llu,'gone_on':'2024-12-31'}", (ull)n);
	assert_false(is_open(o, n, "vehicle", &before));
	assert_true(is_open(o, n, "vehicle", &first));
	assert_true(is_open(o, n, "vehicle", &last));
	assert_false(is_open(o, n, "vehicle", &after));
	assert_false(is_open(o, n, "vehicle", NULL));
	assert_false(is_open(o, n, "fault", &first));
}

static void tells_what_stood_at_the_end_of_a_day(void **state)
{
	struct office *o = *state;
	uint64_t n = cars_put(o, "vehicle", "'body':{'plate':'A','bought_on':'2024-02-29'}");
	const struct date before = { 2024, 2, 28 }, first = { 2024, 2, 29 }, eve = { 2024, 12, 30 },
	                  last = { 2024, 12, 31 }, after = { 2025, 1, 1 };
	assert_false(has_stood(o, n, "vehicle", before));
	assert_true(has_stood(o, n, "vehicle", first));
	assert_true(has_stood(o, n, "vehicle", after));
	cars_put(o, "vehicle-end", "'body':{'vehicle_entry':%llu,'gone_on':'2024-12-31'}", (ull)n);
	assert_false(has_stood(o, n, "vehicle", before));
	assert_true(has_stood(o, n, "vehicle", first));
	assert_true(has_stood(o, n, "vehicle", eve));
	assert_false(has_stood(o, n, "vehicle", last));
	assert_false(has_stood(o, n, "vehicle", after));
	assert_false(has_stood(o, n, "fault", first));
	assert_false(has_stood(o, 4711, "vehicle", first));
}

static int print_link(void *ctx, uint64_t seq, enum index_link link, struct err *e)
{
	(void)e;
	buf_printf(ctx, "%llu %d;", (ull)seq, (int)link);
	return ERR_OK;
}

static void tells_what_names_an_entry(void **state)
{
	struct office *o = *state;
	uint64_t n = cars_put(o, "fault", "'body':{'what':'tyre','seen_on':'2024-02-01'}");
	uint64_t step = cars_put(o, "fault-step", "'body':{'fault_entry':%llu,'done_on':'2024-02-02','step':'estimated'}",
	                         (ull)n);
	uint64_t next = cars_accept(o, 0, "fault-step",
	                            "'body':{'fault_entry':%llu,'done_on':'2024-02-03','step':'repaired'}", (ull)n);
	uint64_t end = cars_accept(o, 1, "fault-end", "'body':{'fault_entry':%llu,'ended_on':'2024-02-04'}", (ull)n);
	BUF_CLEANUP struct buf out = BUF_INIT;
	MEM_CLEANUP char *expected = mem_printf("%llu %d;%llu %d;%llu %d;", (ull)step, INDEX_WITHIN, (ull)next,
	                                        INDEX_WITHIN, (ull)end, INDEX_CLOSES);
	assert_int_equal(docket_linked(o->ledger->docket, n, print_link, &out, NULL), ERR_OK);
	assert_string_equal(buf_str(&out), expected);
}

/* What the docket has in memory goes with the record. */
static void keeps_nothing_of_what_was_disposed_of(void **state)
{
	struct office *o = *state;
	cars_put(o, "appointment", "'body':{'role':'driver','login':'taro','from_on':'2024-01-01','fpr':'%040d'}", 1);
	cars_put(o, "appointment", "'body':{'role':'driver','login':'hanako','from_on':'2024-01-01','fpr':'%040d'}", 2);
	cars_put(o, "appointment", "'body':{'role':'driver','login':'jiro','from_on':'2024-01-01','fpr':'%040d'}", 3);
	uint64_t n = cars_book(o);
	office_live_to(o, o->year + 2, 1, 5);
	assert_string_equal(read_text(o, n, "plate_wanted"), "A");
	MEM_CLEANUP char *plan = office_plan(o);
	struct jdoc *done = NULL;
	struct err e = ERR_INIT;
	office_approve(o, plan);
	office_must(office_run(o, &done, &e), &e);
	jdoc_free(done);
	assert_int_equal(read_code(o, n), ERR_GONE);
	cars_breaks(o, "A trip has a booking that was granted", "trip", "'body':{'booking_entry':%llu,'vehicle_entry':%llu,"
	            "'driver_entry':%llu,'plate':'A','out_on':'2024-03-10','back_on':'2024-03-12','sober':true}", (ull)n,
	            (ull)cars_put(o, "vehicle", "'body':{'plate':'A','bought_on':'2024-01-31'}"), 1ULL);
}

int main(void)
{
	office_library();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lists_what_is_open_in_order, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(knows_the_entries_of_the_running_batch, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(loads_in_the_middle_of_a_batch, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(shows_a_record_as_its_latest_correction_has_it, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(finds_no_record_where_there_is_none, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(knows_what_was_open_on_a_day, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(tells_what_stood_at_the_end_of_a_day, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(tells_what_names_an_entry, cars_set_up, cars_tear_down),
		cmocka_unit_test_setup_teardown(keeps_nothing_of_what_was_disposed_of, cars_set_up, cars_tear_down),
	};
	return cmocka_run_group_tests_name("ledger/docket", tests, NULL, NULL);
}
